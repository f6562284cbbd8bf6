package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiyin/internal/post"
)

// maxRows is how many rows of a list page are looked at, threads or not.
const maxRows = 5000

// layoutError is a page that came but does not look as the selectors expect.
type layoutError struct {
	field    string // of the configuration
	selector string
	found    int // how many elements the selector found, none of which could be used
}

func (e *layoutError) Error() string {
	if e.found > 0 {
		return fmt.Sprintf("%s %q finds %d elements, none with a title and a link", e.field, e.selector, e.found)
	}
	return fmt.Sprintf("%s %q finds nothing", e.field, e.selector)
}

var errPage = errors.New("page cannot be read as HTML")

// parsePage parses HTML and finds what its relative links are relative to.
func parsePage(doc []byte, pageURL *url.URL) (*goquery.Document, *url.URL, error) {
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(doc))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errPage, err)
	}
	base := pageURL
	if href, ok := page.Find("base[href]").First().Attr("href"); ok {
		if s := resolve(pageURL, href); s != "" {
			if u, err := url.Parse(s); err == nil {
				base = u
			}
		}
	}
	return page, base, nil
}

// parseList reads the threads of a forum's list page in UTF-8.
func parseList(doc []byte, sel ListSelectors, at place) ([]item, error) {
	page, base, err := parsePage(doc, at.base)
	if err != nil {
		return nil, err
	}
	rows := page.Find(sel.Item)
	if rows.Length() == 0 {
		return nil, &layoutError{field: "list.item", selector: sel.Item}
	}
	var items []item
	rows.EachWithBreak(func(i int, row *goquery.Selection) bool {
		if it := readRow(row, sel, at, base); it.title != "" && it.link != "" {
			items = append(items, it)
		}
		return len(items) < maxItems && i < maxRows
	})
	if len(items) == 0 {
		return nil, &layoutError{"list.item", sel.Item, rows.Length()}
	}
	return items, nil
}

// readRow reads one row of a list page; without title or link it is none.
func readRow(row *goquery.Selection, sel ListSelectors, at place, base *url.URL) item {
	css, attr := splitSelector(sel.Link)
	link := pick(row, sel.Link)
	if css == "" && !link.Is("a[href]") {
		link = row.Find("a[href]").First()
	}
	it := item{link: resolve(base, link.AttrOr(cmp.Or(attr, "href"), ""))}
	if it.link == "" {
		return it
	}
	if sel.Title == "" {
		it.title = post.Line(nodesText(link.Nodes), post.MaxTitle)
	} else {
		it.title = post.Line(value(row, sel.Title), post.MaxTitle)
	}
	if sel.Author != "" {
		it.author = post.Line(value(row, sel.Author), maxAuthor)
	}
	if sel.Time != "" {
		it.published = timeOf(row, sel.Time, at)
	}
	return it
}

// parsePost completes it with what the thread's own page says, in UTF-8.
func parsePost(doc []byte, sel PostSelectors, at place, p post.Post) (post.Post, error) {
	page, _, err := parsePage(doc, at.base)
	if err != nil {
		return p, err
	}
	text := value(page.Selection, sel.Text)
	if text == "" {
		return p, &layoutError{field: "post.text", selector: sel.Text}
	}
	p.Text = text
	if sel.Author != "" {
		if a := post.Line(value(page.Selection, sel.Author), maxAuthor); a != "" {
			p.Author = a
		}
	}
	if sel.Time != "" {
		if t := timeOf(page.Selection, sel.Time, at); !t.IsZero() {
			p.Published = t
		}
	}
	return p, nil
}

// pick is the first element selector finds inside in; in itself when it names none.
func pick(in *goquery.Selection, selector string) *goquery.Selection {
	css, _ := splitSelector(selector)
	if css == "" {
		return in.First()
	}
	return in.Find(css).First()
}

// value is the text, or the named attribute, of what selector finds.
func value(in *goquery.Selection, selector string) string {
	s := pick(in, selector)
	if _, attr := splitSelector(selector); attr != "" {
		return post.Lines(s.AttrOr(attr, ""), post.MaxText)
	}
	return nodesText(s.Nodes)
}

// timeOf reads the time selector finds. Forums show 昨天 22:15 and put the exact
// time into an attribute of the element or of one inside it.
func timeOf(in *goquery.Selection, selector string, at place) time.Time {
	if _, attr := splitSelector(selector); attr != "" {
		return parseTime(value(in, selector), at.zone, at.now)
	}
	s := pick(in, selector)
	texts := []string{}
	for _, e := range []*goquery.Selection{s, s.Find("[datetime], [title]")} {
		e.Each(func(_ int, e *goquery.Selection) {
			texts = append(texts, e.AttrOr("datetime", ""), e.AttrOr("title", ""))
		})
	}
	texts = append(texts, strings.TrimSpace(nodesText(s.Nodes)))
	var best time.Time
	for _, text := range texts {
		t := parseTime(text, at.zone, at.now)
		if !t.IsZero() && (best.IsZero() || midnight(best, at.zone) && !midnight(t, at.zone)) {
			best = t // the first, but rather one with a time of day than a date alone
		}
	}
	return best
}

func midnight(t time.Time, zone *time.Location) bool {
	t = t.In(zone)
	return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
}
