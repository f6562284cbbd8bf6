package parse

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What a page may cost. The pages of forums stay far below: 300 KB, 5,000 tags.
const (
	maxPage  = 4 << 20 // bytes
	maxTags  = 100_000 // starting or ending; a tag becomes a few hundred bytes
	maxRoots = 100     // <html> and <body>: each is compared with all attributes of those before
)

var (
	tagStart  = regexp.MustCompile(`</?[A-Za-z]`)
	rootStart = regexp.MustCompile(`(?i)<(?:html|body)[\s/>]`)
	// HTML opens these again in every block that follows, until they end: 500 of them, left
	// open, become 500 elements in each of the next 20,000 paragraphs.
	formatting = regexp.MustCompile(`(?i)<(/?)(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)([\s/>])`)
)

// plainTag is put before the names of the formatting elements while a page is parsed, to
// make them elements like any other. It begins no element's name in any page.
const plainTag = "huiyin-plain-"

// affordable says whether doc can be parsed as HTML in bounded memory and time. It
// looks at the bytes alone, so that nothing can be hidden from it in comments or scripts.
func affordable(doc []byte) error {
	switch {
	case len(doc) > maxPage:
		return fmt.Errorf("%w: larger than %d bytes", ErrPage, maxPage)
	case len(tagStart.FindAllIndex(doc, maxTags+1)) > maxTags:
		return fmt.Errorf("%w: more than %d tags", ErrPage, maxTags)
	case len(rootStart.FindAllIndex(doc, maxRoots+1)) > maxRoots:
		return fmt.Errorf("%w: more than %d <html> or <body>", ErrPage, maxRoots)
	}
	return nil
}

// parseHTML parses a page, or with inBody what stands in a page's body.
func parseHTML(doc []byte, inBody bool) (root *html.Node, err error) {
	if err := affordable(doc); err != nil {
		return nil, err
	}
	in := bytes.NewReader(formatting.ReplaceAll(doc, []byte("<${1}"+plainTag+"${2}${3}")))
	if inBody {
		root = &html.Node{Type: html.DocumentNode}
		var nodes []*html.Node
		nodes, err = html.ParseFragment(in, &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
		for _, n := range nodes {
			root.AppendChild(n)
		}
	} else {
		root, err = html.Parse(in)
	}
	if err != nil { // nested absurdly deep
		return nil, fmt.Errorf("%w: %w", ErrPage, err)
	}
	unplain(root)
	for n := range root.Descendants() {
		unplain(n)
	}
	return root, nil
}

// unplain gives a node its own name back, and texts that looked like tags theirs.
func unplain(n *html.Node) {
	if n.Type == html.ElementNode {
		if name, ok := strings.CutPrefix(n.Data, plainTag); ok {
			n.Data, n.DataAtom = name, atom.Lookup([]byte(name))
		}
	} else {
		n.Data = strings.ReplaceAll(n.Data, plainTag, "")
	}
	for i, a := range n.Attr {
		n.Attr[i].Val = strings.ReplaceAll(a.Val, plainTag, "")
	}
}
