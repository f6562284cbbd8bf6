package parse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const maxRootTag = 8 << 10 // bytes; it is repeated before each item when items are read one by one

// cleanXML drops the characters that XML forbids, written out or as references
// to them: one of them would cost all items behind it.
func cleanXML(doc []byte) []byte {
	doc = bytes.Map(func(r rune) rune {
		if !xmlChar(r) {
			return -1
		}
		return r
	}, doc)
	kept := 0 // doc[:kept] is clean, doc[read:] not looked at
	for read := 0; ; {
		n := bytes.Index(doc[read:], []byte("&#"))
		if n < 0 {
			return doc[:kept+copy(doc[kept:], doc[read:])]
		}
		kept += copy(doc[kept:], doc[read:read+n])
		read += n
		ref := doc[read:min(len(doc), read+12)]
		if end := bytes.IndexByte(ref, ';'); end > 0 && forbidden(string(ref[2:end])) {
			read += end + 1
			continue
		}
		kept += copy(doc[kept:], "&#")
		read += 2
	}
}

// forbidden says whether a character reference, without its &# and ;, is a number that
// names no character of XML.
func forbidden(ref string) bool {
	base := 10
	if ref != "" && (ref[0] == 'x' || ref[0] == 'X') {
		ref, base = ref[1:], 16
	}
	n, err := strconv.ParseUint(ref, base, 32)
	return err == nil && (n > utf8.MaxRune || !xmlChar(rune(n)))
}

func xmlChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// root is the outermost element of a feed.
type root struct {
	name       string // with its prefix, as written
	start, end int    // its start tag is doc[start:end]
}

// isFeed says whether an element of this name is what a feed is made of.
func (r root) isFeed() bool {
	switch strings.ToLower(r.name[strings.LastIndexByte(r.name, ':')+1:]) {
	case "rss", "rdf", "feed":
		return true
	}
	return false
}

// scan is what a look through an XML document tells of it.
type scan struct {
	root
	whole int    // where its last whole item ends; 0 when it has none
	tail  string // the end tags of what is open there
	items int    // whole ones, at most MaxItems: no further is looked
	over  error  // the limit that ended the look, or nil
}

// scanXML looks through doc without building anything from it: where its root element
// and its whole items are, and that reading them costs no more than is safe. Directives
// before the root, entity definitions among them, are left outside of root. What is
// malformed is left to the parser to find.
func scanXML(doc []byte) (scan, error) {
	in := &tagReader{doc: doc}
	d := xml.NewDecoder(in)
	d.Strict = false
	var s scan
	var cost budget
	var open []element // outermost first
	item := 0          // how many are open inside the item, it among them; 0 outside of items
	for s.items < MaxItems && s.over == nil {
		before := int(d.InputOffset())
		in.token = before
		tok, err := d.RawToken()
		if err != nil {
			if s.name == "" {
				if errors.Is(err, io.EOF) {
					err = errors.New("no element in it")
				}
				return scan{}, fmt.Errorf("%w: %w", ErrNotFeed, err)
			}
			if errors.Is(err, errTag) {
				s.over = errTag
			}
			return s, nil
		}
		switch t := tok.(type) {
		case xml.StartElement:
			e := element{name: t.Name.Local}
			if t.Name.Space != "" {
				e.name = t.Name.Space + ":" + t.Name.Local
			}
			if s.name == "" {
				s.root = root{e.name, before, int(d.InputOffset())}
			}
			open = append(open, e)
			if item == 0 && len(open) <= 3 && (t.Name.Local == "item" || t.Name.Local == "entry") {
				item = len(open)
			}
			s.over = cost.start(open, t.Attr)
		case xml.CharData:
			s.over = cost.text(open, len(t))
		case xml.EndElement: // closes what is unclosed inside, as the parser does
			i := len(open) - 1
			for i >= 0 && local(open[i].name) != t.Name.Local {
				i--
			}
			if i < 0 {
				break
			}
			for _, e := range open[i:] {
				cost.spaces -= e.spaces
			}
			if open = open[:i]; item > i {
				item = 0
				s.items++
				s.whole, s.tail = int(d.InputOffset()), closing(open)
			}
			if len(open) == 0 {
				return s, nil // what stands behind the feed is none of it
			}
		}
	}
	return s, nil
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

func closing(open []element) string {
	var b strings.Builder
	for _, e := range slices.Backward(open) {
		b.WriteString("</" + e.name + ">")
	}
	return b.String()
}

var itemStart = regexp.MustCompile(`<(item|entry)[\s>]`)

// salvage cuts the items out of a feed that does not parse as a whole, because it is cut
// off or broken somewhere, and makes each a document of its own; head is one of what
// stands before them. lost counts the items that have no end.
func salvage(doc []byte, r root) (head []byte, docs [][]byte, lost int) {
	if r.end-r.start > maxRootTag || bytes.HasSuffix(bytes.TrimSpace(doc[r.start:r.end]), []byte("/>")) {
		return nil, nil, 0
	}
	before, after := string(doc[r.start:r.end]), "</"+r.name+">"
	starts := itemStart.FindAllSubmatchIndex(doc, MaxItems+1)
	if len(starts) == 0 {
		return nil, nil, 0
	}
	head = doc[r.start:starts[0][0]]
	if strings.EqualFold(r.name, "rss") {
		before, after = before+"<channel>", "</channel>"+after
	}
	head = append(bytes.Clone(head), after...)
	for i, s := range starts[:min(len(starts), MaxItems)] {
		rest := doc[s[0]:]
		if i+1 < len(starts) {
			rest = doc[s[0]:starts[i+1][0]]
		}
		closing := "</" + string(doc[s[2]:s[3]]) + ">"
		end := bytes.LastIndex(rest, []byte(closing))
		if end < 0 {
			lost++
			continue
		}
		docs = append(docs, []byte(before+string(rest[:end])+closing+after))
	}
	return head, docs, lost
}
