package parse

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a feed may cost. Real ones stay far below: a feed of 100 long articles has some
// 10,000 elements. The limits are together about what keeps gofeed under 300 MB.
const (
	maxDepth    = 200     // of nested elements; gofeed recurses as deep as it is told to
	maxElements = 200_000 // each costs a few hundred bytes
	maxAttrs    = 500_000 // of all elements
	maxSpaces   = 100     // namespaces declared at one place; each further declaration copies them all
	maxTag      = 1 << 20 // bytes of one tag: it may hold a picture
	maxJoin     = 4 << 30 // bytes copied where an element's text is joined from pieces, which is quadratic
)

var errTag = fmt.Errorf("a tag longer than %d bytes", maxTag)

// element is one that is open.
type element struct {
	name   string
	spaces int // namespaces it declares
	text   int // bytes of its own text so far
}

// budget is what reading a feed has cost so far.
type budget struct{ elements, attrs, spaces, joined int }

// start counts the last of open and its attributes.
func (b *budget) start(open []element, attrs []xml.Attr) error {
	b.elements++
	b.attrs += len(attrs)
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && strings.EqualFold(a.Name.Local, "xmlns") {
			open[len(open)-1].spaces++
			b.spaces++
		}
	}
	switch {
	case len(open) > maxDepth:
		return fmt.Errorf("elements nested deeper than %d", maxDepth)
	case b.elements > maxElements:
		return fmt.Errorf("more than %d elements", maxElements)
	case b.attrs > maxAttrs:
		return fmt.Errorf("more than %d attributes", maxAttrs)
	case b.spaces > maxSpaces:
		return fmt.Errorf("more than %d namespaces at one place", maxSpaces)
	}
	return nil
}

// text counts n bytes of text in the last of open.
func (b *budget) text(open []element, n int) error {
	if len(open) == 0 {
		return nil
	}
	e := &open[len(open)-1]
	e.text += n
	if b.joined += e.text; b.joined > maxJoin {
		return errors.New("text in too many pieces")
	}
	return nil
}

// tagReader reads doc and stops inside a tag that is too long: its attributes would be
// in memory before anyone could count them.
type tagReader struct {
	doc        []byte
	pos, token int // the token being read starts at token
}

// ReadByte implements io.ByteReader, which is what encoding/xml reads by.
func (r *tagReader) ReadByte() (byte, error) {
	if r.pos >= len(r.doc) {
		return 0, io.EOF
	}
	if r.pos-r.token > maxTag && r.doc[r.token] == '<' && r.doc[r.token+1] != '!' && r.doc[r.token+1] != '?' {
		return 0, errTag
	}
	r.pos++
	return r.doc[r.pos-1], nil
}

// Read implements io.Reader.
func (r *tagReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}
