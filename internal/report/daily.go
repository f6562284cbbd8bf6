// Package report is the room of what leaders read. A digest is made of figures from
// the warehouse and of what is live in the journal, and fits one screen of a phone.
package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// Daily is what a digest says of the span from From up to and without Until, to a leader or
// to the head of some units.
type Daily struct {
	Agency      string
	Units       []string // whose cases it tells of; empty: all units', as leaders read it
	From, Until time.Time
	Now         time.Time
	Compared    []Compared // with which spans
	// Figures is nil while ClickHouse is away; what the journal knows is told all the
	// same.
	Figures *cases.Daily
	Owed    []cases.Owed // at Now, of the units
	Live    *cases.Live  // what only the journal knows; nil for a day that has passed
	// Of sources and of the machine only leaders read.
	Sources  int // how many are polled
	Failing  []Source
	Quiet    []Quiet
	Detached int // parts of the embedded engine's tables that it found broken
	Calendar *workday.Calendar
	Hours    func(unit string) *workday.Calendar // by which a unit works; nil: by Calendar
	// Disclose is how much of the cases leaves the house: of links only the counts do.
	Disclose cases.Disclosure
	// Board is the address that links in the text go to, without a slash at the end; empty:
	// there are none.
	Board string
}

// Source is one that fails or warns, and why.
type Source struct {
	Name   string
	Reason string
	Since  time.Time // last good reading; zero: never
	Gaps   int       // times that posts may have come and gone unread
	GapAt  time.Time // when last
	Pushed bool      // the site sends what is new by itself
}

// Span is what the digest of a day covers: from the working day before it, so that
// the one after days off covers them all, up to the day itself.
func Span(cal *workday.Calendar, day time.Time) (from, until time.Time) {
	return Midnight(cal, cal.PrevWorkday(day)), Midnight(cal, day)
}

// Midnight is the start of t's day.
func Midnight(cal *workday.Calendar, t time.Time) time.Time {
	y, m, d := t.In(cal.Location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, cal.Location())
}

// Compared is a span that a digest is compared with.
type Compared struct {
	Name string // 前一日, 上周同日
	cases.Span
	Moment time.Time // when its digest would have been read
}

// Compare finds what the digest of a span, read at now, can fairly be compared with: a day
// with the working day before it and with the same day of the week before; several days,
// which have days off among them, with the same days of the week before; and where these
// were not as many working days, with as long a time right before.
func Compare(cal *workday.Calendar, from, until, now time.Time) (list []Compared) {
	late := now.Sub(until)
	add := func(name string, from, until time.Time) {
		list = append(list, Compared{name, cases.Span{From: from, Until: until}, until.Add(late)})
	}
	week := func(t time.Time) time.Time { return t.AddDate(0, 0, -7) }
	like := !until.After(from.AddDate(0, 0, 7))
	for day := from; day.Before(until); day = day.AddDate(0, 0, 1) {
		like = like && cal.IsWorkday(day) == cal.IsWorkday(week(day))
	}
	if oneDay := until.Equal(from.AddDate(0, 0, 1)); oneDay && cal.IsWorkday(from) {
		before := Midnight(cal, cal.PrevWorkday(from))
		name := "前一日"
		if !before.AddDate(0, 0, 1).Equal(from) {
			name = "上个工作日"
		}
		add(name, before, before.AddDate(0, 0, 1))
		if like {
			add("上周同日", week(from), week(until))
		}
		return list
	}
	if like {
		add("上周同期", week(from), week(until))
		return list
	}
	name := "之前同样长的时间"
	if n := int(until.Sub(from) / (24 * time.Hour)); until.Equal(from.AddDate(0, 0, n)) {
		name = fmt.Sprintf("此前 %d 天", n)
	}
	add(name, from.Add(from.Sub(until)), from)
	return list
}

// span says which days are covered.
func (d Daily) span() string {
	s := d.said(cases.Span{From: d.From, Until: d.Until})
	if d.Until.Equal(d.Now) {
		s += "（此刻）"
	}
	return s
}

// said names a span that begins at midnight by its days, and by the time where it ends in
// the middle of one.
func (d Daily) said(s cases.Span) string {
	loc := d.Calendar.Location()
	from, until := s.From.In(loc), s.Until.In(loc)
	if !until.Equal(Midnight(d.Calendar, until)) || !from.Equal(Midnight(d.Calendar, from)) {
		return fmt.Sprintf("%s %s 到 %s", day(from), from.Format("15:04"), until.Format("01-02 15:04"))
	}
	return days(from, until)
}

// days names the days from one midnight up to and without another.
func days(from, until time.Time) string {
	last := until.AddDate(0, 0, -1)
	if last.Equal(from) {
		return day(from)
	}
	return fmt.Sprintf("%s 到 %s", day(from), day(last))
}

func day(t time.Time) string {
	return t.Format("01-02") + " 周" + []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()]
}

// leader tells whether the digest is for one who sees all.
func (d Daily) leader() bool { return len(d.Units) == 0 }

// page is the address of the digest's page below the board's; of one that somebody asked for
// that of this moment, which goes on.
func (d Daily) page() string {
	if !d.Until.Equal(Midnight(d.Calendar, d.Until)) {
		return "/digest/now"
	}
	return d.pageOf(d.Now)
}

func (d Daily) pageOf(read time.Time) string {
	return "/digest/" + read.In(d.Calendar.Location()).Format(time.DateOnly)
}

// overdue are the cases past their time, the longest first.
func (d Daily) overdue() []cases.Owed { return cases.Overdue(d.Owed) }

// past says for how long a case is overdue: in plain time and in its unit's working time.
func (d Daily) past(o cases.Owed) (plain, working time.Duration) {
	cal := d.Calendar
	if d.Hours != nil {
		cal = d.Hours(o.Unit)
	}
	end := o.Stopped(d.Now)
	return end.Sub(o.Due), cal.Between(o.Due, end)
}

// figure is a number of something.
type figure struct {
	name string
	n    int
}

// tallied counts a list by a name, the most first and otherwise by name.
func tallied[T any](list []T, of func(T) (name string, n int)) (counts []figure) {
	for _, x := range list {
		name, n := of(x)
		i := slices.IndexFunc(counts, func(c figure) bool { return c.name == name })
		if i < 0 {
			i, counts = len(counts), append(counts, figure{name: name})
		}
		counts[i].n += n
	}
	slices.SortStableFunc(counts, func(a, b figure) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.name, b.name)
	})
	return counts
}

// byUnit counts what is owed by unit.
func byUnit(list []cases.Owed) []figure {
	return tallied(list, func(o cases.Owed) (string, int) { return o.Unit, 1 })
}
