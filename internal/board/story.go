package board

import (
	"net/http"
	"strconv"
	"time"

	"huiyin/internal/cases"
)

// byHourUpTo is how long a story is whose curve counts hours; that of a longer one days.
const byHourUpTo = 4 * 24 * time.Hour

// storyPage is how a matter spread.
type storyPage struct {
	Fact        cases.Fact
	Merged      []string
	Total       int
	Sources     []cases.Count
	First, Last telling
	Curve       curve
	Step        string // 小时 or 天
	Top         point
	Posts       []telling
	Pager       pager
}

func (b *Board) story(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	ctx, now := r.Context(), b.Now()
	fact, err := b.find(ctx, r.PathValue("number"), who)
	if err != nil {
		return nil, err
	}
	p := storyPage{Fact: fact}
	if p.Merged, err = b.Data.Merged(ctx, fact.Case); err != nil {
		return nil, err
	}
	page := pageNo(r.URL.Query())
	f := cases.MentionFilter{Cases: append([]string{fact.Case}, p.Merged...), Limit: perPage, Offset: (page - 1) * perPage}
	list, total, _, err := b.Data.Mentions(ctx, f)
	if err != nil {
		return nil, err
	}
	events, err := b.Data.History(ctx, fact.Case)
	if err != nil {
		return nil, err
	}
	p.Total, p.Posts = total, tellings(list, events)
	p.Pager = newPager("/story/"+fact.Case, nil, page, total)
	if total == 0 {
		return &view{Template: "story", Title: "传播：" + fact.Case, Here: "/cases", Body: p}, nil
	}
	if p.Sources, err = b.Data.MentionsBy(ctx, f, cases.BySource, b.Zone); err != nil {
		return nil, err
	}
	hours, err := b.Data.Hours(ctx, f)
	if err != nil {
		return nil, err
	}
	points, step := b.spread(hours, fact.Case, now)
	for _, q := range points {
		if q.N > p.Top.N {
			p.Top = q
		}
	}
	p.Step, p.Curve = step, newCurve("curve", "每"+step+"新读到的帖数", points, false)
	for at, to := range map[int]*telling{0: &p.Last, total - 1: &p.First} {
		f.Limit, f.Offset = 1, at
		if list, _, _, err := b.Data.Mentions(ctx, f); err != nil {
			return nil, err
		} else if len(list) > 0 {
			*to = telling{Mention: list[0], Marks: list[0].Words}
		}
	}
	return &view{Template: "story", Title: "传播：" + fact.Case, Here: "/cases", Body: p}, nil
}

// spread makes points of hours that are counted, one for each hour or day from the first to
// the last, also where nothing was.
func (b *Board) spread(hours []cases.Count, number string, now time.Time) (list []point, step string) {
	if len(hours) == 0 {
		return nil, "小时"
	}
	at := func(c cases.Count) time.Time {
		s, _ := strconv.ParseInt(c.Key, 10, 64)
		return time.Unix(s, 0).In(b.Zone)
	}
	first, last := at(hours[0]), at(hours[len(hours)-1])
	step = "小时"
	begin := func(t time.Time) time.Time { return t.Truncate(time.Hour) }
	next := func(t time.Time) time.Time { return t.Add(time.Hour) }
	label, layout := func(t time.Time) string { return date(t, now.In(b.Zone)) + t.Format(" 15 时") }, "2日15时"
	if last.Sub(first) > byHourUpTo {
		step = "天"
		begin = b.midnight
		next = func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
		label, layout = func(t time.Time) string { return date(t, now.In(b.Zone)) }, "1-2"
	}
	n := map[int64]int{}
	for _, h := range hours {
		n[begin(at(h)).Unix()] += h.N
	}
	for t := begin(first); !t.After(last) && len(list) < maxPoints; t = next(t) {
		list = append(list, point{Label: label(t), Short: t.Format(layout), N: n[t.Unix()], Link: searchLink(map[string]string{
			"case": number, "from": minuteOf(t), "until": minuteOf(next(t)),
		})})
	}
	return list, step
}

func (b *Board) midnight(t time.Time) time.Time {
	y, m, d := t.In(b.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, b.Zone)
}
