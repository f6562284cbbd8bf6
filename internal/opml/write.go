package opml

import (
	"encoding/xml"
	"io"
	"slices"
)

type document struct {
	XMLName xml.Name   `xml:"opml"`
	Version string     `xml:"version,attr"`
	Title   string     `xml:"head>title"`
	Body    []*outline `xml:"body>outline"`
}

type outline struct {
	Type  string     `xml:"type,attr,omitempty"`
	Text  string     `xml:"text,attr"`
	Title string     `xml:"title,attr,omitempty"`
	URL   string     `xml:"xmlUrl,attr,omitempty"`
	Site  string     `xml:"htmlUrl,attr,omitempty"`
	In    []*outline `xml:"outline"`
}

// Write writes a list of feeds that Parse reads as the same feeds, in the same order. A
// folder is written once for each run of feeds in it.
func Write(w io.Writer, title string, feeds []Feed) error {
	doc := document{Version: "2.0", Title: title}
	var at []string     // the folder that is open
	var open []*outline // its outlines
	for _, f := range feeds {
		same := 0
		for same < min(len(at), len(f.Folder)) && at[same] == f.Folder[same] {
			same++
		}
		at, open = slices.Clone(f.Folder), open[:same]
		for _, name := range f.Folder[same:] {
			folder := &outline{Text: name}
			doc.add(open, folder)
			open = append(open, folder)
		}
		doc.add(open, &outline{Type: "rss", Text: f.Title, Title: f.Title, URL: f.URL, Site: f.Site})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add puts o into the innermost of the open outlines.
func (d *document) add(open []*outline, o *outline) {
	in := &d.Body
	if len(open) > 0 {
		in = &open[len(open)-1].In
	}
	*in = append(*in, o)
}
