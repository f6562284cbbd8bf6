package board

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// Limits of what somebody may look for, as in the chat.
const (
	maxWords = 5
	maxWord  = 20 // characters
	lookBack = 30 // days, when no span is named
)

// searchPage is the posts that somebody looks for.
type searchPage struct {
	Query    string // as it was typed
	Words    []string
	Told     string // what is looked for, in words
	Asked    bool
	Posts    []telling
	Total    int
	Of       int // cases
	Pager    pager
	Topics   []string
	Sources  []string
	Topic    string
	Source   string
	From, To string
	Back     string // the link to the same for a year; empty: no use
}

// searchLink is a link to posts; what is empty is left out.
func searchLink(of map[string]string) string {
	v := url.Values{}
	for key, value := range of {
		if value != "" {
			v.Set(key, value)
		}
	}
	return "/search?" + v.Encode()
}

func (b *Board) search(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	ctx, now := r.Context(), b.Now()
	p := searchPage{}
	f, link, err := b.wanted(r, who, &p, now)
	if err != nil {
		return nil, err
	}
	choices, err := b.Data.Choices(ctx, who.scope(), false)
	if err != nil {
		return nil, err
	}
	p.Topics, p.Sources = choices.Topics, keys(b.channels())
	v := &view{Template: "search", Title: "找帖文", Here: "/search", Body: &p}
	if !p.Asked {
		return v, nil
	}
	page := pageNo(r.URL.Query())
	f.Limit, f.Offset = perPage, (page-1)*perPage
	list, total, of, err := b.Data.Mentions(ctx, f)
	if err != nil {
		return nil, err
	}
	p.Total, p.Of, p.Pager = total, of, newPager("/search", link, page, total)
	for _, m := range list {
		marks := p.Words
		if len(marks) == 0 {
			marks = m.Words
		}
		p.Posts = append(p.Posts, telling{Mention: m, Marks: marks})
	}
	return v, nil
}

// wanted reads what somebody looks for, and the query that links to the same.
func (b *Board) wanted(r *http.Request, who Reader, p *searchPage, now time.Time) (cases.MentionFilter, url.Values, error) {
	v := r.URL.Query()
	of, err := b.filter(r, who)
	if err != nil {
		return cases.MentionFilter{}, nil, err
	}
	f := cases.MentionFilter{From: of.From, Until: of.Until, Source: of.Source, Topic: of.Topic, Topics: of.Topics, Sources: of.Sources, Unit: of.Unit, Units: of.Units}
	p.Query = post.Line(v.Get("q"), 200)
	spanned := !f.From.IsZero() || !f.Until.IsZero()
	for _, word := range strings.Fields(p.Query) {
		if b.When != nil {
			if from, until, is := b.When(word, now, b.Zone); is {
				f.From, f.Until, spanned = from, until, true
				continue
			}
		}
		if len(f.Words) < maxWords {
			f.Words = append(f.Words, post.Cut(word, maxWord))
		}
	}
	narrow := f.Source + f.Topic + f.Unit + of.Category + of.Channel
	if n, ok := number(v.Get("case")); ok {
		fact, err := b.find(r.Context(), n, who)
		if err != nil {
			return f, nil, err
		}
		merged, err := b.Data.Merged(r.Context(), fact.Case)
		if err != nil {
			return f, nil, err
		}
		f.Cases, spanned = append([]string{n}, merged...), true
		narrow += n
	}
	p.Asked = len(f.Words) > 0 || narrow != "" || spanned
	if p.Words = f.Words; !spanned {
		f.Until = b.evening(now)
		f.From = f.Until.AddDate(0, 0, -lookBack)
		v.Set("from", minuteOf(f.Until.AddDate(0, 0, -365)))
		p.Back = "/search?" + v.Encode()
		v.Del("from")
	}
	v.Del("page")
	p.Told = b.told(f, of, v.Get("case"), now)
	p.Topic, p.Source = f.Topic, f.Source
	if !of.From.IsZero() {
		p.From = of.From.In(b.Zone).Format(time.DateOnly)
	}
	if !of.Until.IsZero() {
		p.To = of.Until.Add(-1).In(b.Zone).Format(time.DateOnly)
	}
	return f, v, nil
}

// told says what is looked for.
func (b *Board) told(f cases.MentionFilter, of cases.Filter, number string, now time.Time) string {
	var parts []string
	if len(f.Words) > 0 {
		parts = append(parts, "说到“"+strings.Join(f.Words, " ")+"”")
	}
	if len(f.Cases) > 0 {
		parts = append(parts, number)
	}
	narrow := of
	narrow.From, narrow.Until, narrow.Is, narrow.Officer = time.Time{}, time.Time{}, "", ""
	if words := inWords(narrow, b.Zone, now); words != "全部事项" {
		parts = append(parts, words)
	}
	if span := spanWords(f.From, f.Until, b.Zone, now); span != "" {
		parts = append(parts, span+"读到")
	}
	return strings.Join(parts, "，")
}
