package board

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"huiyin/internal/cases"
)

// How far back the pages of sources look, in days, and how much they list.
const (
	sourceDays  = 7
	sourceCurve = 30
	maxBadPolls = 30
	maxRead     = 300
)

// sourceRow is one source among all.
type sourceRow struct {
	Source
	Live         bool // it is configured now
	Channel      string
	New, Matched int // of the last days
	MentionLink  string
}

// sourcesPage is how the reading of all sources goes.
type sourcesPage struct {
	Rows    []sourceRow
	Pager   pager
	Failing int
	Days    int
}

func (b *Board) sources(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	until := b.evening(b.Now())
	from := until.AddDate(0, 0, -sourceDays)
	days, err := b.Data.SourceDays(r.Context(), "", from, until, b.Zone)
	if err != nil {
		return nil, err
	}
	channels, at := b.channels(), map[string]*sourceRow{}
	p := sourcesPage{Days: sourceDays}
	for _, s := range b.live() {
		at[s.Name] = &sourceRow{Source: s, Live: true}
		if s.Reason != "" {
			p.Failing++
		}
	}
	for _, d := range days {
		row := at[d.Source]
		if row == nil {
			row = &sourceRow{Source: Source{Name: d.Source}}
			at[d.Source] = row
		}
		row.New, row.Matched = row.New+d.New, row.Matched+d.Matched
	}
	for name, row := range at {
		row.Channel = channels[name]
		if who.casework() {
			row.MentionLink = searchLink(map[string]string{"source": name, "from": minuteOf(from), "until": minuteOf(until)})
		}
		p.Rows = append(p.Rows, *row)
	}
	slices.SortFunc(p.Rows, func(a, b sourceRow) int {
		return cmp.Or(rank(a)-rank(b), b.Failures-a.Failures, cmp.Compare(a.Name, b.Name))
	})
	page := pageNo(r.URL.Query())
	p.Pager = newPager("/sources", nil, page, len(p.Rows))
	start := min((page-1)*perPage, len(p.Rows))
	p.Rows = p.Rows[start:min(start+perPage, len(p.Rows))]
	return &view{Template: "sources", Title: "来源", Here: "/sources", Auto: true, Body: p}, nil
}

// rank puts sources in trouble first and those no longer configured last.
func rank(s sourceRow) int {
	switch {
	case s.Reason != "":
		return 0
	case !s.Live:
		return 3
	case s.Gaps > 0:
		return 1
	}
	return 2
}

// live is how the reading of the configured sources goes.
func (b *Board) live() []Source {
	if b.Sources == nil {
		return nil
	}
	return b.Sources()
}

// sourcePage is the health of one source.
type sourcePage struct {
	sourceRow
	Charts []curve
	Days   []sourceDay // the last first
	Bad    []cases.Poll
	Day    string // of which the posts are listed; empty: of none
	Posts  []cases.StoredPost
	Full   bool // there are more posts than are listed
}

// sourceDay is a day with the links to what it counts.
type sourceDay struct {
	cases.SourceDay
	Label, NewLink, MentionLink string
}

func (b *Board) source(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	ctx, name, now := r.Context(), r.PathValue("name"), b.Now()
	until := b.evening(now)
	from := until.AddDate(0, 0, -sourceCurve)
	days, err := b.Data.SourceDays(ctx, name, from, until, b.Zone)
	if err != nil {
		return nil, err
	}
	p := sourcePage{sourceRow: sourceRow{Source: Source{Name: name}, Channel: b.channels()[name]}}
	for _, s := range b.live() {
		if s.Name == name {
			p.Source, p.Live = s, true
		}
	}
	if name == "" || !p.Live && len(days) == 0 { // without a name the figures would be of all
		return nil, ErrNone
	}
	if p.Bad, err = b.Data.BadPolls(ctx, name, from, until, maxBadPolls); err != nil {
		return nil, err
	}
	b.daysOf(&p, days, from, until, now, who)
	if day, err := time.ParseInLocation(time.DateOnly, r.URL.Query().Get("day"), b.Zone); err == nil {
		p.Day = date(day, now.In(b.Zone))
		if p.Posts, err = b.Data.PostsOf(ctx, name, day, day.AddDate(0, 0, 1), maxRead); err != nil {
			return nil, err
		}
		p.Full = len(p.Posts) == maxRead
	}
	return &view{Template: "source", Title: "来源：" + name, Here: "/sources", Body: p}, nil
}

// daysOf fills in what was read day by day.
func (b *Board) daysOf(p *sourcePage, days []cases.SourceDay, from, until, now time.Time, who Reader) {
	at := map[string]cases.SourceDay{}
	for _, d := range days {
		at[d.Day] = d
	}
	var posts, mentions []point
	for t := from; t.Before(until); t = t.AddDate(0, 0, 1) {
		d := at[t.Format(time.DateOnly)]
		label := date(t, now.In(b.Zone))
		one := sourceDay{SourceDay: d, Label: label, NewLink: "?day=" + t.Format(time.DateOnly) + "#posts"}
		if who.casework() {
			one.MentionLink = searchLink(map[string]string{"source": p.Name, "from": minuteOf(t), "until": minuteOf(t.AddDate(0, 0, 1))})
		}
		posts = append(posts, point{label, t.Format("1-2"), d.New, 0, one.NewLink})
		mentions = append(mentions, point{label, t.Format("1-2"), d.Matched, 0, one.MentionLink})
		if d.Polls > 0 {
			p.Days = append(p.Days, one)
		}
	}
	slices.Reverse(p.Days)
	p.Charts = []curve{newCurve("new", "每天新读到的帖数", posts, false), newCurve("matched", "其中与本单位工作有关的", mentions, false)}
}
