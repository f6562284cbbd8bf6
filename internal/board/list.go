package board

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"huiyin/internal/cases"
)

// listPage is the list of the cases that a filter chooses.
type listPage struct {
	Filter     cases.Filter
	Words      string
	Rows       []cases.Fact
	Pager      pager
	Choices    cases.Choices
	Categories []string
	Channels   []string
	Sources    []string
	Standings  []cases.StandingName
	From, To   string // days, both within
}

// filter reads a filter for a reader.
func (b *Board) filter(r *http.Request, who Reader) (cases.Filter, error) {
	v := r.URL.Query()
	if to, err := time.ParseInLocation(time.DateOnly, v.Get("to"), b.Zone); err == nil && v.Get("until") == "" {
		v.Set("until", to.AddDate(0, 0, 1).Format(time.DateOnly)) // of the form: people name the last day
	}
	f := cases.FilterOf(v, b.Zone)
	f.Units = who.scope()
	var err error
	if f.Category != "" {
		if f.Topics, err = b.members(r, f.Units, b.categories(), f.Category, cases.ByTopic); err != nil {
			return f, err
		}
	}
	if f.Channel != "" {
		f.Sources, err = b.members(r, f.Units, b.channels(), f.Channel, cases.ByFirstSource)
	}
	return f, err
}

// others is the category, or channel, of what has none.
const others = "其他"

// members are the topics of a category, or the sources of a channel.
func (b *Board) members(r *http.Request, units []string, of map[string]string, value string, by cases.By) ([]string, error) {
	list := []string{} // not nil: none of them is not all of them
	for k, v := range of {
		if v == value {
			list = append(list, k)
		}
	}
	if value != others {
		return list, nil
	}
	groups, err := b.Data.Groups(r.Context(), cases.Filter{Units: units}, by, b.Zone, b.Now())
	for _, g := range groups {
		if of[g.Key] == "" {
			list = append(list, g.Key)
		}
	}
	return list, err
}

func (b *Board) list(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	ctx, now := r.Context(), b.Now()
	f, err := b.filter(r, who)
	if err != nil {
		return nil, err
	}
	page := pageNo(r.URL.Query())
	f.Limit, f.Offset = perPage, (page-1)*perPage
	list, total, err := b.Data.Cases(ctx, f, now)
	if err != nil {
		return nil, err
	}
	p := listPage{Filter: f, Words: inWords(f, b.Zone, now), Rows: list, Standings: cases.StandingNames}
	if p.Choices, err = b.Data.Choices(ctx, who.scope(), false); err != nil {
		return nil, err
	}
	p.Categories, p.Channels, p.Sources = values(b.categories()), values(b.channels()), keys(b.channels())
	query, err := url.ParseQuery(f.Link(b.Zone))
	if err != nil {
		return nil, err
	}
	p.Pager = newPager("/cases", query, page, total)
	if !f.From.IsZero() {
		p.From = f.From.In(b.Zone).Format(time.DateOnly)
	}
	if !f.Until.IsZero() {
		p.To = f.Until.Add(-1).In(b.Zone).Format(time.DateOnly)
	}
	return &view{Template: "list", Title: "事项", Here: "/cases", Body: p}, nil
}

// values are what a map leads to, each once, in order; keys what leads there.
func values(m map[string]string) (list []string) {
	for _, v := range m {
		list = append(list, v)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func keys(m map[string]string) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// intOf reads a number of a query that must be one of some; else it is the first.
func intOf(s string, of ...int) int {
	if n, err := strconv.Atoi(s); err == nil && slices.Contains(of, n) {
		return n
	}
	return of[0]
}
