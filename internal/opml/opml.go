// Package opml is the room of subscription lists: feeds as other readers hand them over
// and take them, in OPML 2.0 (http://opml.org/spec2.opml). It is pure.
//
// What is read is what programs write, not what the specification says: names in any
// case, bare ampersands and angle brackets, entities of HTML, no title.
package opml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// The limits of what is read.
const (
	MaxBytes = 10 << 20
	MaxFeeds = 20_000
	MaxDepth = 50   // elements in one another
	maxText  = 500  // characters of a title or a folder's name
	maxURL   = 2000 // bytes
)

// What is wrong with a whole document.
var (
	ErrTooLarge = fmt.Errorf("more than %d bytes", MaxBytes)
	ErrTooMany  = fmt.Errorf("more than %d feeds", MaxFeeds)
	ErrTooDeep  = fmt.Errorf("more than %d elements in one another", MaxDepth)
	ErrNotOPML  = errors.New("no OPML")
)

// Feed is a subscription. Texts are on one line, without spaces around them.
type Feed struct {
	Title  string   // empty when the list has none
	URL    string   // http or https, with a host, without what follows a #
	Site   string   // the page for people; empty when the list has none that can be opened
	Folder []string // the names of the outlines that it stands in, the outermost first
}

// Key is the same for two feeds that are one: http and https, and what is written
// differently and means the same, make no difference.
func (f Feed) Key() string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return f.URL
	}
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return host + path + "?" + u.RawQuery
}

// Problem is an outline that is no feed that can be read.
type Problem struct {
	Line  int    // in the document, from 1
	Title string // may be empty
	Msg   string // what is wrong, in Chinese
}

// Parse reads the feeds of a list in UTF-8, in its order, each once. Outlines that were
// meant for feeds and cannot be are in skipped. Of a document that ends in the middle the
// feeds before are given, and a Problem. Errors: the four above.
func Parse(doc []byte) (feeds []Feed, skipped []Problem, err error) {
	if len(doc) > MaxBytes {
		return nil, nil, ErrTooLarge
	}
	// One character that XML forbids would cost all feeds behind it.
	doc = bytes.Map(func(c rune) rune {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
			return -1
		}
		return c
	}, doc)
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\uFEFF"))))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // whatever it says: it is UTF-8
	r := reader{first: map[string]string{}}
	for {
		token, err := d.Token()
		if err != nil {
			if !r.root {
				return nil, nil, ErrNotOPML
			}
			if !errors.Is(err, io.EOF) {
				line, _ := d.InputPos()
				r.skip(line, "", "文件从这里起坏了或不完整，后面的没有读到")
			}
			return r.feeds, r.skipped, nil
		}
		switch t := token.(type) {
		case xml.StartElement:
			line, _ := d.InputPos()
			if err := r.start(t, line); err != nil {
				return nil, nil, err
			}
		case xml.EndElement:
			r.end(t)
		}
	}
}

// reader is what was read so far.
type reader struct {
	feeds   []Feed
	skipped []Problem
	first   map[string]string // Key → title of the feed that has it
	root    bool              // the document is OPML
	depth   int               // elements that are not closed
	open    []level           // the outlines among them
}

// level is an open outline.
type level struct {
	folder  string // "" when it gives no name to what is in it
	comment bool   // it and all in it are commented out
}

func (r *reader) start(t xml.StartElement, line int) error {
	r.depth++
	name := strings.ToLower(t.Name.Local)
	switch {
	case !r.root && name != "opml":
		return ErrNotOPML
	case r.depth > MaxDepth:
		return ErrTooDeep
	case !r.root:
		r.root = true
		return nil
	case name != "outline":
		return nil
	}
	o := attributes(t)
	inside := level{comment: strings.EqualFold(o["iscomment"], "true") || len(r.open) > 0 && r.open[len(r.open)-1].comment}
	if !r.feed(o, inside.comment, line) {
		inside.folder = title(o)
	}
	r.open = append(r.open, inside)
	if len(r.feeds)+len(r.skipped) > MaxFeeds {
		return ErrTooMany
	}
	return nil
}

func (r *reader) end(t xml.EndElement) {
	r.depth--
	if strings.EqualFold(t.Name.Local, "outline") && len(r.open) > 0 {
		r.open = r.open[:len(r.open)-1]
	}
}

// feed takes an outline that is a feed, or was meant to be one; false when it is neither.
func (r *reader) feed(o map[string]string, comment bool, line int) bool {
	kind, raw := strings.ToLower(o["type"]), o["xmlurl"]
	if raw == "" && (kind == "rss" || kind == "atom") {
		raw = o["url"]
	}
	switch address, wrong := feedURL(raw); {
	case raw == "" && (kind == "link" || kind == "include"):
		r.skip(line, title(o), "这是一个链接，不是订阅")
	case raw == "" && (kind == "rss" || kind == "atom" || o["htmlurl"] != ""):
		r.skip(line, title(o), "没有写订阅地址（xmlUrl）")
	case raw == "":
		return false
	case comment:
		r.skip(line, title(o), "标成了注释（isComment），没有启用")
	case wrong != "":
		r.skip(line, title(o), wrong)
	default:
		f := Feed{Title: title(o), URL: address}
		if site, wrong := webURL(o["htmlurl"]); wrong == "" {
			f.Site = site
		}
		for _, l := range r.open {
			if l.folder != "" {
				f.Folder = append(f.Folder, l.folder)
			}
		}
		if first, again := r.first[f.Key()]; again {
			r.skip(line, f.Title, "和前面的“"+first+"”是同一个地址")
			break
		}
		r.first[f.Key()] = f.Title
		r.feeds = append(r.feeds, f)
	}
	return true
}

func (r *reader) skip(line int, title, msg string) {
	r.skipped = append(r.skipped, Problem{Line: line, Title: title, Msg: msg})
}

// attributes are an element's, by their names in lower case. Of two the first with
// something in it counts.
func attributes(t xml.StartElement) map[string]string {
	o := make(map[string]string, len(t.Attr))
	for _, a := range t.Attr {
		if name := strings.ToLower(a.Name.Local); o[name] == "" {
			o[name] = strings.TrimSpace(a.Value)
		}
	}
	return o
}

// title is how an outline is called. The specification asks for text and lets title be
// the feed's own; readers write either, or both.
func title(o map[string]string) string {
	if t := oneLine(o["title"]); t != "" {
		return t
	}
	return oneLine(o["text"])
}

// oneLine is a text with single spaces, and without what cannot be seen.
func oneLine(v string) string {
	v = v[:min(len(v), 64*maxText)] // enough, and no work on megabytes
	v = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(v, ""))
	v = strings.Join(strings.Fields(v), " ")
	if runes := []rune(v); len(runes) > maxText {
		v = strings.TrimSpace(string(runes[:maxText]))
	}
	return v
}

// feedURL is the address of a feed, or what is wrong with it. feed:// is what browsers
// were once given to open a reader.
func feedURL(raw string) (address, wrong string) {
	if rest, ok := cutFold(raw, "feed://"); ok {
		raw = "http://" + rest
	} else if rest, ok := cutFold(raw, "feed:"); ok {
		raw = rest
	}
	return webURL(raw)
}

func cutFold(v, prefix string) (rest string, ok bool) {
	if len(v) < len(prefix) || !strings.EqualFold(v[:len(prefix)], prefix) {
		return v, false
	}
	return v[len(prefix):], true
}

// webURL is an address that can be asked for, or what is wrong with it.
func webURL(raw string) (address, wrong string) {
	raw, _, _ = strings.Cut(strings.TrimSpace(raw), "#")
	u, err := url.Parse(raw)
	switch {
	case err == nil && u.User != nil:
		return "", "地址里带着用户名或密码"
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", !validPort(u):
		return "", "地址不是以 http:// 或 https:// 开头的完整网址"
	case len(raw) > maxURL:
		return "", fmt.Sprintf("地址太长，超过 %d 个字节", maxURL)
	case strings.ContainsFunc(raw, func(c rune) bool { return c == ' ' || c == unicode.ReplacementChar || !unicode.IsPrint(c) }):
		return "", "地址里有空格或看不见的字符"
	}
	return u.Scheme + raw[len(u.Scheme):], "" // the scheme in lower case
}

// validPort tells whether a URL's host has no port, or one that there can be.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}
