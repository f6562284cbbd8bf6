package look

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	readability "codeberg.org/readeck/go-readability/v2"
	"codeberg.org/readeck/go-readability/v2/render"
	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

// Limits to what is read of one page. Long threads have ten thousand elements,
// each of which takes a kilobyte or two while the page is read; comments count too.
const (
	maxElements = 60_000
	maxText     = 2 << 20 // bytes of text, scripts and styles left out
)

// isText says whether resp is HTML or plain text, by its bytes rather than by
// what it is called.
func isText(resp *fetch.Response) bool {
	kind := http.DetectContentType(resp.Body)
	called := strings.ToLower(resp.ContentType)
	return strings.HasPrefix(kind, "text/") ||
		// Chinese in a charset of its own may look like data.
		kind == "application/octet-stream" && strings.HasPrefix(called, "text/") && !bytes.Contains(resp.Body, []byte{0, 0, 0})
}

// parse parses a page in UTF-8 that keeps the limits.
func parse(body []byte) (*goquery.Document, error) {
	if !fits(body) {
		return nil, ErrTooLarge
	}
	// Without scripting what stands in a noscript element is parsed as well: some
	// forums show their posts there.
	root, err := html.ParseWithOptions(bytes.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return goquery.NewDocumentFromNode(root), nil
}

// fits says whether a page keeps the limits, without building its tree.
func fits(body []byte) bool {
	elements, text, code := 0, 0, false
	for z := html.NewTokenizer(bytes.NewReader(body)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return true
		case html.StartTagToken:
			name, _ := z.TagName()
			code = string(name) == "script" || string(name) == "style"
			elements++
		case html.SelfClosingTagToken, html.CommentToken:
			elements++
		case html.TextToken:
			if !code {
				text += len(z.Raw())
			}
			code = false
		}
		if elements > maxElements || text > maxText {
			return false
		}
	}
}

// reader reads one page.
type reader struct {
	doc  *goquery.Document
	zone *time.Location
	post string // the number of the post that is asked for; empty for the first

	around []string // the lines of the page outside its text
}

// noise are the elements that are not read: what is not shown, what differs from
// one visit to the next, and the characters that Discuz weaves in against copying.
const noise = `script:not([type="application/ld+json"]):not(#flarum-json-payload), style, template, iframe, object, svg, canvas, audio, video,
	textarea, select, button, input, [hidden], .jammer, .aimg_tip,
	noscript:not(:has(article, .Post-body, [itemprop])),
	ins.adsbygoogle, .a_p, .a_pr, .a_pt, .a_pb, .ad, .ads, .advert, .advertisement, [id^="ad_"], .recommend, .related, .bdsharebuttonbox`

// bodies are where known forums and publishing systems keep the text of a page,
// the most certain first: Discuz, phpwind, Flarum, what is marked as such, and
// the systems of government sites.
var bodies = []string{
	`[id^="postmessage_"]`, `td.t_f`, `#read_tpc`, `#flarum-content .Post-body`, `[itemprop="articleBody"]`,
	`#UCAP-CONTENT`, `.TRS_Editor`, `.TRS_UEDITOR`, `.trs_editor_view`, `#zoom`, `#vsb_content`, `.v_news_content`, `.wp_articlecontent`,
}

// fewRunes is how little text makes a page's text doubtful: such a container
// may be empty, and filled by a script.
const fewRunes = 10

// read fills in what the page says.
func (r *reader) read(p *Page) {
	p.Title = r.title()
	dates := r.declared() // before what declares them is thrown away
	closed := r.flarumClosed()
	r.doc.Find(noise).Remove()
	r.doc.Find(`script`).Remove()
	r.doc.Find(`[style]`).Each(func(_ int, s *goquery.Selection) {
		style := strings.ToLower(strings.Join(strings.Fields(s.AttrOr("style", "")), ""))
		if strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") {
			s.Remove()
		}
	})
	dates = append(dates, r.shown()...)
	body := r.body()
	if body == nil {
		p.Text = steady(r.readable(p.URL))
	} else { // what is about the page stands elsewhere
		p.Text = downloads.ReplaceAllString(textOf(body), "")
	}
	r.around = r.linesAround(body)
	p.Published, p.DatePrecise = settle(append(dates, r.labelled()...), p.At)
	p.State = r.state(p, closed)
}

// body finds the page's text where a known system keeps it; nil if none does.
func (r *reader) body() *html.Node {
	if s := r.doc.Find("#postmessage_" + r.post); r.post != "" && s.Length() > 0 {
		return s.Nodes[0]
	}
	for _, css := range bodies {
		s := r.doc.Find(css).First()
		if s.Length() > 0 && (strings.HasPrefix(css, "[id^=") || len([]rune(textOf(s.Nodes[0]))) >= fewRunes) {
			return s.Nodes[0]
		}
	}
	return nil
}

// readable is the text of a page of unknown making.
func (r *reader) readable(address string) string {
	base, err := url.Parse(address)
	if err != nil {
		base = &url.URL{} // only to make links absolute, which are not read
	}
	parser := readability.NewParser()
	// Chinese says in 40 characters what the default of 500 letters is meant for.
	// Below, the parser would take in more and more of the page around the text.
	parser.CharThresholds = 40
	whole := goquery.CloneDocument(r.doc)
	whole.Find("nav, footer, aside, body > header").Remove()
	curb(whole)
	article, err := parser.ParseDocument(whole.Nodes[0], base) // which works on a copy
	if err == nil && article.Node != nil {
		if text := textOf(article.Node); len([]rune(text)) >= fewRunes {
			return text
		}
	}
	return textOf(firstOf(whole.Find("body")))
}

// Limits to what the parser compares: each heading with the title.
const (
	maxHead     = 500 // runes of a title, or of a heading
	maxHeadings = 500
)

// curb keeps doc within the limits to titles and headings. Ordinary pages stay as they are;
// of others the text does.
func curb(doc *goquery.Document) {
	doc.Find("title").Each(func(_ int, s *goquery.Selection) {
		if longer(s.Nodes[0], maxHead) {
			s.SetText(post.Cut(s.Text(), maxHead))
		}
	})
	doc.Find("meta[content]").Each(func(_ int, s *goquery.Selection) {
		s.SetAttr("content", post.Cut(s.AttrOr("content", ""), maxHead))
	})
	doc.Find("h1, h2").Each(func(i int, s *goquery.Selection) {
		if n := s.Nodes[0]; i >= maxHeadings || longer(n, maxHead) {
			n.Data, n.DataAtom = "p", atom.P
		}
	})
}

// longer says whether n has more than max runes of text.
func longer(n *html.Node, max int) bool {
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			max -= utf8.RuneCountInString(d.Data)
		}
		if max < 0 {
			return true
		}
	}
	return false
}

// linesAround are the lines of the page, but for those of body.
func (r *reader) linesAround(body *html.Node) []string {
	doc := goquery.CloneDocument(r.doc)
	if body != nil {
		for _, css := range bodies {
			doc.Find(css).Remove()
		}
	}
	return strings.Split(lines(render.InnerText(doc.Nodes[0])), "\n")
}

// textOf is the text of n, lines kept; empty for nil.
func textOf(n *html.Node) string {
	if n == nil {
		return ""
	}
	return lines(render.InnerText(n))
}

func lines(s string) string { return post.Lines(s, len(s)+1) }

func firstOf(s *goquery.Selection) *html.Node {
	if s.Length() == 0 {
		return nil
	}
	return s.Nodes[0]
}

// title is what the page calls itself, on one line.
func (r *reader) title() string {
	line := func(s string) string { return post.Line(s, 4*post.MaxTitle) }
	if t := line(r.meta("articletitle")); t != "" {
		return t
	}
	if t := line(r.doc.Find("#thread_subject").First().Text()); t != "" {
		return t
	}
	whole, best := line(r.doc.Find("title").First().Text()), ""
	r.doc.Find("h1, h2").EachWithBreak(func(i int, s *goquery.Selection) bool {
		// Many sites put their own name into a heading, and it is in the title as
		// well: the longer one is the page's.
		if t := line(s.Text()); len(t) > len(best) && (whole == "" || strings.Contains(whole, t)) {
			best = t
		}
		return i < 20
	})
	return cmp.Or(best, line(r.meta("og:title")), whole)
}

var postNumber = regexp.MustCompile(`(?:#pid|[?&]pid=)(\d{1,20})\b`)

// postOf is the number of the post that one of the addresses names.
func postOf(addresses ...string) string {
	for _, a := range addresses {
		if m := postNumber.FindStringSubmatch(a); m != nil {
			return m[1]
		}
	}
	return ""
}
