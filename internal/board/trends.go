package board

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"huiyin/internal/cases"
)

// groupings are by what the trends can be told apart, with the words that people read.
var groupings = []struct {
	Key, Name string
	by        cases.By
}{
	{"unit", "单位", cases.ByUnit}, {"topic", "专题", cases.ByTopic}, {"category", "类别", cases.ByTopic},
	{"source", "来源", cases.BySource}, {"channel", "渠道", cases.ByFirstSource},
}

// trendsPage is how things went in the last days.
type trendsPage struct {
	Days        int
	Span        string
	By, ByName  string
	DayLinks    []place
	ByLinks     []place
	Charts      []curve
	Rows        []trendRow
	Sum         trendRow
	Before      trendRow // of as many days before
	Overlapping bool     // a case is in several rows
}

// trendRow is a group's figures, and the links to them.
type trendRow struct {
	Name     string
	Mentions int
	cases.Group
	MentionLink, OpenedLink, InTimeLink, LateLink, UnsoundLink string
}

func (b *Board) trends(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	q, now := r.URL.Query(), b.Now()
	p := trendsPage{Days: intOf(q.Get("days"), 30, 90, 365)}
	by := groupings[0]
	for _, g := range groupings {
		if g.Key == q.Get("by") {
			by = g
		}
	}
	p.By, p.ByName, p.Overlapping = by.Key, by.Name, by.Key == "source"
	link := func(days int, by string) string { return "/trends?days=" + strconv.Itoa(days) + "&by=" + by }
	for _, days := range []int{30, 90, 365} {
		p.DayLinks = append(p.DayLinks, place{link(days, by.Key), "近 " + strconv.Itoa(days) + " 天", days == p.Days})
	}
	for _, g := range groupings {
		p.ByLinks = append(p.ByLinks, place{link(p.Days, g.Key), "按" + g.Name, g.Key == by.Key})
	}
	until := b.evening(now)
	from := until.AddDate(0, 0, -p.Days)
	p.Span = spanWords(from, until, b.Zone, now)
	f := cases.Filter{From: from, Until: until, Units: who.scope()}
	err := b.curves(r.Context(), &p, f, now)
	if err != nil {
		return nil, err
	}
	before := f
	before.From, before.Until = from.AddDate(0, 0, -p.Days), from
	days, err := b.Data.Groups(r.Context(), before, cases.ByDay, b.Zone, now)
	if err != nil {
		return nil, err
	}
	told, err := b.Data.MentionsBy(r.Context(), mentionsIn(before), cases.ByDay, b.Zone)
	if err != nil {
		return nil, err
	}
	p.Before = b.row("前 "+strconv.Itoa(p.Days)+" 天", sumOf(days), countOf(told), before)
	if p.Rows, err = b.rows(r.Context(), f, by.Key, by.by, now); err != nil {
		return nil, err
	}
	return &view{Template: "trends", Title: "趋势", Here: "/trends", Body: p}, nil
}

// mentionsIn chooses the mentions of a filter's span.
func mentionsIn(f cases.Filter) cases.MentionFilter {
	return cases.MentionFilter{From: f.From, Until: f.Until, Units: f.Units}
}

// curves draws what the days were like, one by one or in weeks.
func (b *Board) curves(ctx context.Context, p *trendsPage, f cases.Filter, now time.Time) error {
	days, err := b.Data.Groups(ctx, f, cases.ByDay, b.Zone, now)
	if err != nil {
		return err
	}
	told, err := b.Data.MentionsBy(ctx, mentionsIn(f), cases.ByDay, b.Zone)
	if err != nil {
		return err
	}
	groups, mentions := map[string]cases.Group{}, map[string]int{}
	for _, g := range days {
		groups[g.Key] = g
	}
	for _, c := range told {
		mentions[c.Key] = c.N
	}
	every, unit := 1, "天"
	if p.Days > 30 {
		every, unit = 7, "周"
	}
	var posts, opened, kept []point
	for t := f.From; t.Before(f.Until); t = t.AddDate(0, 0, every) {
		end := t.AddDate(0, 0, every)
		if end.After(f.Until) {
			end = f.Until
		}
		var g cases.Group
		n := 0
		for d := t; d.Before(end); d = d.AddDate(0, 0, 1) {
			key := d.Format(time.DateOnly)
			n += mentions[key]
			g = add(g, groups[key])
		}
		label := spanWords(t, end, b.Zone, now)
		row := b.row(label, g, n, cases.Filter{From: t, Until: end})
		short := t.Format("1-2")
		posts = append(posts, point{label, short, n, 0, row.MentionLink})
		opened = append(opened, point{label, short, g.Opened, 0, row.OpenedLink})
		kept = append(kept, point{label, short, g.InTime, g.Decided, row.InTimeLink})
	}
	p.Sum = b.row("合计", sumOf(days), countOf(told), f)
	p.Charts = []curve{
		newCurve("posts", "每"+unit+"说到的帖数", posts, false), newCurve("opened", "每"+unit+"新立的件数", opened, false),
		newCurve("kept", "按时率（按立案的"+unit+"）", kept, true),
	}
	return nil
}

func add(a, b cases.Group) cases.Group {
	a.Opened, a.InTime, a.Late, a.Unsound, a.Decided = a.Opened+b.Opened, a.InTime+b.InTime, a.Late+b.Late, a.Unsound+b.Unsound, a.Decided+b.Decided
	return a
}

func sumOf(list []cases.Group) (sum cases.Group) {
	for _, g := range list {
		sum = add(sum, g)
	}
	return sum
}

func countOf(list []cases.Count) (n int) {
	for _, c := range list {
		n += c.N
	}
	return n
}

// rows are the figures of a span by something.
func (b *Board) rows(ctx context.Context, f cases.Filter, key string, by cases.By, now time.Time) ([]trendRow, error) {
	groups, err := b.Data.Groups(ctx, f, by, b.Zone, now)
	if err != nil {
		return nil, err
	}
	counts, err := b.Data.MentionsBy(ctx, mentionsIn(f), by, b.Zone)
	if err != nil {
		return nil, err
	}
	name := func(s string) string { return s }
	switch of := b.categories(); key {
	case "channel":
		of = b.channels()
		fallthrough
	case "category":
		name = func(s string) string { return cmp.Or(of[s], others) }
	}
	at := map[string]*trendRow{}
	row := func(k string) *trendRow {
		k = cmp.Or(name(k), "（没有）")
		if at[k] == nil {
			at[k] = &trendRow{Name: k}
		}
		return at[k]
	}
	for _, g := range groups {
		r := row(g.Key)
		r.Group = add(r.Group, g)
	}
	for _, c := range counts {
		row(c.Key).Mentions += c.N
	}
	var list []trendRow
	for k, r := range at {
		of := cases.Filter{From: f.From, Until: f.Until}
		switch key {
		case "unit":
			of.Unit = k
		case "topic":
			of.Topic = k
		case "source":
			of.Source = k
		case "category":
			of.Category = k
		case "channel":
			of.Channel = k
		}
		list = append(list, b.row(k, r.Group, r.Mentions, of))
	}
	slices.SortFunc(list, func(a, b trendRow) int {
		return cmp.Or(b.Opened-a.Opened, b.Mentions-a.Mentions, cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), 100)], nil
}

// row adds the links to figures.
func (b *Board) row(name string, g cases.Group, mentions int, f cases.Filter) trendRow {
	link := func(is cases.Standing) string {
		f.Is = is
		return "/cases?" + f.Link(b.Zone)
	}
	return trendRow{
		Name: name, Group: g, Mentions: mentions, OpenedLink: link(""), InTimeLink: link(cases.IsInTime), LateLink: link(cases.IsLate),
		UnsoundLink: link(cases.IsUnsound),
		MentionLink: searchLink(map[string]string{
			"from": minuteOf(f.From.In(b.Zone)), "until": minuteOf(f.Until.In(b.Zone)), "unit": f.Unit, "topic": f.Topic, "source": f.Source,
			"category": f.Category, "channel": f.Channel,
		}),
	}
}
