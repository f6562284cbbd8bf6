package parse

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiyin/internal/post"
	"huiyin/internal/when"
)

// maxRows is how many rows of a list page are looked at, threads or not.
const maxRows = 5000

// readPage parses HTML and finds what its relative links are relative to.
func readPage(doc []byte, pageURL *url.URL) (*goquery.Document, *url.URL, error) {
	root, err := parseHTML(doc, false)
	if err != nil {
		return nil, nil, err
	}
	page := goquery.NewDocumentFromNode(root)
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

// List reads the threads of a forum's list page in UTF-8.
func List(doc []byte, sel Fields, at At) (Document, error) {
	page, base, err := readPage(doc, at.Base)
	if err != nil {
		return Document{}, err
	}
	rows := page.Find(sel.Item)
	if rows.Length() == 0 {
		return Document{}, &LayoutError{Field: "list.item", Selector: sel.Item}
	}
	var items []Item
	rows.EachWithBreak(func(i int, row *goquery.Selection) bool {
		if it := readRow(row, sel, at, base); it.Title != "" && it.Link != "" {
			items = append(items, it)
		}
		return len(items) < MaxItems && i < maxRows
	})
	if len(items) == 0 {
		return Document{}, &LayoutError{"list.item", sel.Item, rows.Length()}
	}
	out := Document{Items: items}
	if sel.Next != "" {
		_, attr := SplitSelector(sel.Next)
		out.Next = nextPage(at.Base, base, pick(page.Selection, sel.Next).AttrOr(cmp.Or(attr, "href"), ""))
	}
	return out, nil
}

// readRow reads one row of a list page; without title or link it is none.
func readRow(row *goquery.Selection, sel Fields, at At, base *url.URL) Item {
	css, attr := SplitSelector(sel.Link)
	link := pick(row, sel.Link)
	if css == "" && !link.Is("a[href]") {
		link = row.Find("a[href]").First()
	}
	it := Item{Replies: -1, Views: -1, Link: resolve(base, link.AttrOr(cmp.Or(attr, "href"), ""))}
	if it.Link == "" {
		return it
	}
	if sel.Title == "" {
		it.Title = post.Line(nodesText(link.Nodes), post.MaxTitle)
	} else {
		it.Title = post.Line(value(row, sel.Title), post.MaxTitle)
	}
	if sel.Page != "" {
		it.Page = resolve(base, value(row, sel.Page))
	}
	if sel.Text != "" {
		it.Text = value(row, sel.Text)
	}
	if sel.Author != "" {
		it.Author = post.Line(value(row, sel.Author), maxAuthor)
	}
	if sel.Time != "" {
		it.Published = timeOf(row, sel.Time, at)
	}
	if sel.Replies != "" {
		it.Replies = count(value(row, sel.Replies), saysReplies)
	}
	if sel.Views != "" {
		it.Views = count(value(row, sel.Views), saysViews)
	}
	return it
}

// Page reads what a thread's own page says of its opening post. Errors: ErrPage;
// *LayoutError when there is no text.
func Page(doc []byte, sel PageFields, at At) (Item, error) {
	page, _, err := readPage(doc, at.Base)
	if err != nil {
		return Item{}, err
	}
	it := Item{Text: value(page.Selection, sel.Text), Replies: -1, Views: -1}
	if it.Text == "" {
		return Item{}, &LayoutError{Field: "post.text", Selector: sel.Text}
	}
	if sel.Author != "" {
		it.Author = post.Line(value(page.Selection, sel.Author), maxAuthor)
	}
	if sel.Time != "" {
		it.Published = timeOf(page.Selection, sel.Time, at)
	}
	return it, nil
}

// pick is the first element selector finds inside in; in itself when it names none.
func pick(in *goquery.Selection, selector string) *goquery.Selection {
	css, _ := SplitSelector(selector)
	if css == "" {
		return in.First()
	}
	return in.Find(css).First()
}

// value is the text, or the named attribute, of what selector finds.
func value(in *goquery.Selection, selector string) string {
	s := pick(in, selector)
	if _, attr := SplitSelector(selector); attr != "" {
		return post.Lines(s.AttrOr(attr, ""), post.MaxText)
	}
	return nodesText(s.Nodes)
}

// timeOf reads the time selector finds. Forums show 昨天 22:15 and put the exact
// time into an attribute of the element or of one inside it.
func timeOf(in *goquery.Selection, selector string, at At) time.Time {
	if _, attr := SplitSelector(selector); attr != "" {
		return when.Parse(value(in, selector), at.Zone, at.Now)
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
		t := when.Parse(text, at.Zone, at.Now)
		if !t.IsZero() && (best.IsZero() || midnight(best, at.Zone) && !midnight(t, at.Zone)) {
			best = t // the first, but rather one with a time of day than a date alone
		}
	}
	return best
}

func midnight(t time.Time, zone *time.Location) bool {
	t = t.In(zone)
	return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
}
