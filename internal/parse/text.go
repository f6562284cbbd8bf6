package parse

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"huiyin/internal/post"
)

const maxAuthor = 100 // runes

// looksHTML tells markup from text that merely holds a "<" or "&": feeds
// declare one and send the other.
var looksHTML = regexp.MustCompile(`(?i)</?(?:a|abbr|article|b|big|blockquote|body|br|center|code|dd|details|div|dl|dt|em|figure|font|h[1-6]|hr|html|i|iframe|img|li|ol|p|pre|s|script|section|small|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|u|ul|video)(?:\s[^<>]*)?/?>|<!--|<!\[CDATA\[|&(?:[a-z]{2,31}|#\d{1,7}|#x[0-9a-f]{1,6});`)

// maxHTML is how much of one item's HTML is parsed, in bytes: the tree of a few
// megabytes of tags takes a gigabyte, and a post keeps 20,000 characters.
const maxHTML = 512 << 10

// plainText turns what a source sends as text, be it HTML or not, into plain
// text with its lines.
func plainText(s string) string {
	s = s[:min(len(s), maxHTML)]
	if !looksHTML.MatchString(s) {
		return post.Lines(s, post.MaxText)
	}
	root, err := parseHTML([]byte(s), true)
	if err != nil {
		return post.Lines(tokenText(s), post.MaxText)
	}
	return nodesText([]*html.Node{root})
}

// plainLine is plainText on one line.
func plainLine(s string, max int) string {
	return post.Line(plainText(s), max)
}

// nodesText is the text a reader of these nodes would see.
func nodesText(nodes []*html.Node) string {
	var w textWriter
	for _, n := range nodes {
		w.node(n, false)
	}
	return post.Lines(w.String(), post.MaxText)
}

// tokenText drops the tags and nothing else.
func tokenText(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		default:
			b.WriteByte('\n')
		}
	}
}

// textWriter lays out text as a browser would: white space folded, blocks on
// their own lines.
type textWriter struct {
	strings.Builder
	last         rune // written last; 0 at the start of a line
	space, wrap  bool // white space is due before the next character; it held a line break
	lineRequired bool
}

// line asks for the next character to start a line.
func (w *textWriter) line() { w.lineRequired = true }

func (w *textWriter) text(s string, pre bool) {
	for _, r := range s {
		switch {
		case pre && r == '\n':
			w.line()
		case unicode.IsSpace(r):
			w.space = true
			w.wrap = w.wrap || r == '\n'
		default:
			w.rune(r)
		}
	}
}

func (w *textWriter) rune(r rune) {
	switch {
	case w.lineRequired:
		if w.Len() > 0 {
			w.WriteByte('\n')
		}
	case w.space && w.last != 0 && (!w.wrap || !wide(w.last) || !wide(r)):
		// A line break in the source between two Chinese characters is no space:
		// it would tear a word apart.
		w.WriteByte(' ')
	}
	w.lineRequired, w.space, w.wrap = false, false, false
	w.WriteRune(r)
	w.last = r
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFFEF
}

func (w *textWriter) node(n *html.Node, pre bool) {
	if w.Len() > 4*post.MaxText {
		return // more than will be kept
	}
	switch n.Type {
	case html.TextNode:
		w.text(n.Data, pre)
		return
	case html.ElementNode:
		if unseen(n) {
			return
		}
	case html.DocumentNode:
	default:
		return
	}
	if n.DataAtom == atom.Img && emoji(n) {
		w.text(attr(n, "alt"), false)
	}
	block := blocks[n.DataAtom]
	if block {
		w.line()
	}
	if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
		w.space = true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, pre || n.DataAtom == atom.Pre)
	}
	if block {
		w.line()
	}
}

// hiddenClasses are what Discuz! puts among the words of a post: noise that its style
// sheet hides, who edited the post and when, and that guests see no pictures.
var hiddenClasses = map[string]bool{"jammer": true, "pstatus": true, "attach_nopermission": true}

// emoji says whether n is a character that the site's software shows as a picture.
func emoji(n *html.Node) bool {
	return strings.Contains(attr(n, "class"), "smiley") || strings.Contains(attr(n, "class"), "emoji")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// unseen says whether a reader does not see n: scripts and styles, and the
// noise some forums weave into their posts against copying.
func unseen(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe, atom.Svg, atom.Math, atom.Head,
		atom.Textarea, atom.Select, atom.Button, atom.Object, atom.Audio, atom.Video, atom.Canvas:
		return true
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if strings.Contains(strings.ToLower(strings.Join(strings.Fields(a.Val), "")), "display:none") {
				return true
			}
		case "class":
			for c := range strings.FieldsSeq(a.Val) {
				if hiddenClasses[c] {
					return true
				}
			}
		}
	}
	return false
}

var blocks = func() map[atom.Atom]bool {
	set := make(map[atom.Atom]bool)
	for _, a := range []atom.Atom{
		atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Br, atom.Center, atom.Dd, atom.Details, atom.Div,
		atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2,
		atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hr, atom.Li, atom.Main, atom.Nav, atom.Ol, atom.P,
		atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tr, atom.Ul,
	} {
		set[a] = true
	}
	return set
}()
