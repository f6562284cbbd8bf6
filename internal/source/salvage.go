package source

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth   = 200     // of nested elements; gofeed would recurse as deep as it is told to
	maxRootTag = 8 << 10 // bytes; it is repeated before each item when items are read one by one
)

var charRef = regexp.MustCompile(`&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,8}));`)

// cleanXML drops the characters that XML forbids, written out or as references
// to them: one of them would cost all items behind it.
func cleanXML(doc []byte) []byte {
	doc = bytes.Map(func(r rune) rune {
		if !xmlChar(r) {
			return -1
		}
		return r
	}, doc)
	return charRef.ReplaceAllFunc(doc, func(ref []byte) []byte {
		m := charRef.FindSubmatch(ref)
		n, err := strconv.ParseUint(string(m[1]), 16, 32)
		if len(m[2]) > 0 {
			n, err = strconv.ParseUint(string(m[2]), 10, 32)
		}
		if err != nil || n > utf8.MaxRune || !xmlChar(rune(n)) {
			return nil
		}
		return ref
	})
}

func xmlChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// root is the outermost element of a feed.
type root struct {
	name       string // with its prefix, as written
	start, end int    // its start tag is doc[start:end]
}

// scanXML looks through doc without building anything from it: where its root
// element is, and that it nests no deeper than is safe. Directives before the
// root, entity definitions among them, are left outside of root. What is
// malformed is left to the parser to find.
func scanXML(doc []byte) (root, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.Strict = false
	var r root
	var open []string // elements, outermost first
	for {
		before := int(d.InputOffset())
		tok, err := d.RawToken()
		if err != nil {
			if r.name == "" {
				if errors.Is(err, io.EOF) {
					err = errors.New("no element in it")
				}
				return root{}, fmt.Errorf("%w: %w", errNotFeed, err)
			}
			return r, nil
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if r.name == "" {
				r = root{t.Name.Local, before, int(d.InputOffset())}
				if t.Name.Space != "" {
					r.name = t.Name.Space + ":" + t.Name.Local
				}
			}
			if open = append(open, t.Name.Local); len(open) > maxDepth {
				return root{}, fmt.Errorf("%w: elements nested deeper than %d", errNotFeed, maxDepth)
			}
		case xml.EndElement: // closes what is unclosed inside, as the parser does
			for i := len(open) - 1; i >= 0; i-- {
				if open[i] == t.Name.Local {
					open = open[:i]
					break
				}
			}
		}
	}
}

var itemStart = regexp.MustCompile(`<(item|entry)[\s>]`)

// salvage cuts the items out of a feed that does not parse as a whole, because
// it is cut off or broken somewhere, and makes each a document of its own. lost
// counts the items that have no end.
func salvage(doc []byte, r root) (docs [][]byte, lost int) {
	if r.end-r.start > maxRootTag || bytes.HasSuffix(bytes.TrimSpace(doc[r.start:r.end]), []byte("/>")) {
		return nil, 0
	}
	head, tail := string(doc[r.start:r.end]), "</"+r.name+">"
	if strings.EqualFold(r.name, "rss") {
		head, tail = head+"<channel>", "</channel>"+tail
	}
	starts := itemStart.FindAllSubmatchIndex(doc, maxItems+1)
	for i, s := range starts[:min(len(starts), maxItems)] {
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
		docs = append(docs, []byte(head+string(rest[:end])+closing+tail))
	}
	return docs, lost
}
