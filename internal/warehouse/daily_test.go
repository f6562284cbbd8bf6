package warehouse

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"huiyin/internal/cases"
	town "huiyin/internal/sample"
)

// naive counts a digest's figures anew from the records of the sample quarter, one after
// the other.
type naive struct {
	events   map[string][]cases.Event
	facts    map[string]cases.Fact
	mentions []cases.Mention
	polls    []cases.Poll
	now      time.Time
	units    []string
}

func newNaive(t *testing.T, list []cases.Shipment, now time.Time) *naive {
	t.Helper()
	n := &naive{events: town.Events(list), facts: map[string]cases.Fact{}, now: now}
	for number, events := range n.events {
		f, err := town.Rules().Sum(events)
		if err != nil {
			t.Fatal(err)
		}
		n.facts[number] = f
	}
	for _, s := range list {
		for _, r := range s.Records {
			if r.Mention != nil {
				n.mentions = append(n.mentions, *r.Mention)
			}
			if r.Poll != nil {
				n.polls = append(n.polls, *r.Poll)
			}
		}
	}
	return n
}

// kept is how a case was kept, and whose the figure is.
func (n *naive) kept(f cases.Fact) (is cases.Standing, whose string) {
	overdue := !f.Due.IsZero() && f.Due.Before(n.now) && (f.Paused.IsZero() || f.Due.Before(f.Paused))
	switch {
	case f.State == cases.NotOwed && f.Replied.IsZero():
		return "", f.Unit
	case f.State == cases.NotOwed:
		return "", f.ReplyUnit
	case f.LateUnit != "":
		return cases.IsLate, f.LateUnit
	case overdue:
		return cases.IsLate, f.Unit
	case f.Replied.IsZero():
		return "", f.Unit
	case f.Doubtful:
		return cases.IsUnsound, f.ReplyUnit
	}
	return cases.IsInTime, f.ReplyUnit
}

func (n *naive) ours(unit string) bool { return len(n.units) == 0 || slices.Contains(n.units, unit) }

func in(s cases.Span, t time.Time) bool { return !t.Before(s.From) && t.Before(s.Until) }

// count is that of a span by unit; those of merged cases are left out.
func (n *naive) count(s cases.Span) map[string]cases.Counts {
	counts := map[string]cases.Counts{}
	for _, f := range n.facts {
		is, whose := n.kept(f)
		if f.State == cases.Joint || !n.ours(whose) {
			continue
		}
		c := counts[whose]
		if in(s, f.Opened) {
			c.Opened++
		}
		if is != "" && in(s, f.Replied) {
			c.Answered++
			if is == cases.IsInTime {
				c.InTime++
			}
		}
		if c != (cases.Counts{}) {
			counts[whose] = c
		}
	}
	return counts
}

func total(counts map[string]cases.Counts) (sum cases.Counts) {
	for c := range maps.Values(counts) {
		sum = sum.Plus(c)
	}
	return sum
}

func (n *naive) flow(s cases.Span) (f cases.Flow) {
	for _, p := range n.polls {
		if in(s, p.At) {
			f.Read += p.New
		}
	}
	for _, m := range n.mentions {
		if !in(s, m.Seen) {
			continue
		}
		f.Matched++
		if m.Case != "" {
			f.Cased++
		}
		if slices.ContainsFunc(n.events[m.Case], func(e cases.Event) bool { return e.Kind == cases.Delivered && e.Mentions >= m.No }) {
			f.Delivered++
		}
	}
	return f
}

// owed is what was owed at a moment.
func (n *naive) owed(at time.Time) (list []cases.Owed) {
	for _, number := range slices.Sorted(maps.Keys(n.events)) {
		var until []cases.Event
		for _, e := range n.events[number] {
			if !e.At.Before(at) {
				break
			}
			until = append(until, e)
		}
		c, err := cases.Fold(until)
		if err != nil || !n.ours(c.Unit) {
			continue
		}
		if o, ok := c.Owed(at); ok {
			list = append(list, o)
		}
	}
	cases.SortOwed(list)
	return list
}

// stories are the numbers of those that grew most, with how much.
func (n *naive) stories(s cases.Span) (said []string) {
	now, before := map[string]int{}, map[string]int{}
	for _, m := range n.mentions {
		root := m.Case
		for n.facts[root].Into != "" {
			root = n.facts[root].Into
		}
		if in(s, m.Seen) {
			now[root]++
		}
		if in(cases.Span{From: s.From.Add(s.From.Sub(s.Until)), Until: s.From}, m.Seen) {
			before[root]++
		}
	}
	var numbers []string
	for number, posts := range now {
		if _, whose := n.kept(n.facts[number]); posts >= 3 && posts > before[number] && n.ours(whose) {
			numbers = append(numbers, number)
		}
	}
	slices.SortFunc(numbers, func(a, b string) int {
		return cmp.Or(cmp.Compare(now[b]-before[b], now[a]-before[a]), cmp.Compare(now[b], now[a]), cmp.Compare(a, b))
	})
	for _, number := range numbers[:min(len(numbers), 3)] {
		said = append(said, fmt.Sprintf("%s %d %d", number, now[number], before[number]))
	}
	return said
}

// replies are the answers of a span, in order.
func (n *naive) replies(s cases.Span) (said []string) {
	var list []cases.Event
	for _, events := range n.events {
		for _, e := range events {
			if e.Kind == cases.Replied && in(s, e.At) && n.facts[e.Case].State != cases.Joint {
				list = append(list, e)
			}
		}
	}
	slices.SortFunc(list, func(a, b cases.Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Seq, b.Seq))
	})
	for _, e := range list {
		f := n.facts[e.Case]
		unit, kept := f.Unit, cases.Standing("")
		if f.Replied.Equal(e.At) {
			unit = f.ReplyUnit
			kept, _ = n.kept(f)
		}
		if n.ours(unit) {
			said = append(said, fmt.Sprint(e.Case, " ", unit, " ", e.URL, " ", kept))
		}
	}
	return said
}

// What a digest tells of some days of the quarter is what one counts by going through the
// events, and what was owed at some moments is what they told then.
func TestDaily(t *testing.T) {
	w, _ := embedded(t)
	list := town.Shipments(town.Now)
	for _, s := range list {
		if err := w.Ship(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	n := newNaive(t, list, town.Now)
	t.Run("figures", func(t *testing.T) { figures(t, w, n) })
	t.Run("owed", func(t *testing.T) { owedAt(t, w, n) })
}

func figures(t *testing.T, w *Warehouse, n *naive) {
	cal, said := town.Calendar(), 0
	for day := time.Date(2026, 7, 2, 0, 0, 0, 0, town.Zone()); day.Before(town.Now); day = cal.NextWorkday(day.AddDate(0, 0, 8)) {
		y, m, d := day.Date()
		until := time.Date(y, m, d, 0, 0, 0, 0, day.Location())
		y, m, d = cal.PrevWorkday(until).Date()
		s := cases.Span{From: time.Date(y, m, d, 0, 0, 0, 0, day.Location()), Until: until}
		week := cases.Span{From: s.From.AddDate(0, 0, -7), Until: s.Until.AddDate(0, 0, -7)}
		for _, units := range [][]string{nil, {"住建局", "城管局"}} {
			n.units = units
			q := cases.DailyQuery{
				Span: s, Now: n.now, Units: units, Before: []cases.Span{week}, Days: 14,
				Moments: []time.Time{week.Until.Add(8*time.Hour + 30*time.Minute)},
			}
			got, err := w.Daily(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			n.compare(t, fmt.Sprint(until.Format(time.DateOnly), units), q, got)
			said += len(got.Stories) + len(got.Replies) + len(got.Dismissed)
		}
	}
	if said < 50 {
		t.Errorf("only %d lines in all: the sample has too little to compare", said)
	}
}

func (n *naive) compare(t *testing.T, what string, q cases.DailyQuery, got cases.Daily) {
	t.Helper()
	same := func(part string, want, got any) {
		t.Helper()
		if d := gocmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)); d != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, part, d)
		}
	}
	same("flow", n.flow(q.Span), got.Flow)
	counts, trend := n.count(q.Span), n.count(trend(q))
	same("counts", total(counts), got.Counts)
	for _, u := range got.Units {
		same(u.Unit, cases.UnitCounts{Unit: u.Unit, Span: counts[u.Unit], Trend: trend[u.Unit]}, u)
		delete(trend, u.Unit)
	}
	if len(trend) > 0 {
		t.Errorf("%s: nothing is told of %v", what, trend)
	}
	before := cases.BeforeDay{Counts: total(n.count(q.Before[0]))}
	owed := n.owed(q.Moments[0])
	before.Open, before.Overdue = len(owed), len(cases.Overdue(owed))
	same("before", []cases.BeforeDay{before}, got.Before)
	opened := 0
	for _, o := range got.Opened {
		opened += o.Cases
	}
	same("opened", got.Counts.Opened, opened)
	var stories, answers []string
	for _, s := range got.Stories {
		stories = append(stories, fmt.Sprintf("%s %d %d", s.Case, s.New, s.Before))
	}
	same("stories", n.stories(q.Span), stories)
	for _, r := range got.Replies {
		answers = append(answers, fmt.Sprint(r.Case, " ", r.Unit, " ", r.URL, " ", r.Kept))
	}
	same("answers", n.replies(q.Span), answers)
	dismissed, wrong := 0, 0
	for _, f := range n.facts {
		if _, whose := n.kept(f); f.State == cases.NotOwed && in(q.Span, f.Ended) && n.ours(whose) {
			if dismissed++; f.Dismissed == cases.FalseAlarm {
				wrong++
			}
		}
	}
	same("dismissed", dismissed, len(got.Dismissed))
	for i, d := range got.Dismissed {
		if d.FalseAlarm() != (i < wrong) || d.By == "" || d.Title == "" {
			t.Errorf("%s: dismissal %d of which %d are false alarms: %+v", what, i, wrong, d)
		}
	}
	n.days(t, what, got)
}

func (n *naive) days(t *testing.T, what string, got cases.Daily) {
	for _, day := range got.Days {
		s := cases.Span{From: day.From, Until: day.From.AddDate(0, 0, 1)}
		want := cases.DayCounts{From: day.From, Counts: total(n.count(s))}
		for _, m := range n.mentions {
			if _, whose := n.kept(n.facts[m.Case]); in(s, m.Seen) && n.ours(whose) {
				want.Mentions++
			}
		}
		if want != day {
			t.Errorf("%s: %+v, want %+v", what, day, want)
		}
	}
}

func owedAt(t *testing.T, w *Warehouse, n *naive) {
	overdue := 0
	for _, units := range [][]string{nil, {"住建局"}} {
		n.units = units
		for at := town.From.Add(8 * time.Hour); at.Before(town.Now); at = at.Add(191 * time.Hour) {
			got, err := w.OwedAt(t.Context(), units, at)
			if err != nil {
				t.Fatal(err)
			}
			if d := gocmp.Diff(n.owed(at), got, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)); d != "" {
				t.Errorf("at %v (-want +got):\n%s", at, d)
			}
			overdue += len(cases.Overdue(got))
		}
	}
	if overdue == 0 {
		t.Error("nothing was overdue")
	}
}

// Where clocks are put back, a day has an hour more than 24.
func TestDailyWhenClocksAreSet(t *testing.T) {
	w, _ := embedded(t)
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 10, 30, 0, 0, 0, 0, zone)
	e := cases.Event{Case: "2026-000001", Seq: 1, Kind: cases.Opened, At: until.Add(-30 * time.Minute), Topic: "供水", Unit: "供水集团", Officer: "王敏",
		Steps: []cases.Step{{Name: "回应", Target: "1wd", Due: until.Add(day)}}}
	if err := w.Ship(t.Context(), cases.Shipment{ID: "clocks", Records: []cases.Record{{Event: &e}}}); err != nil {
		t.Fatal(err)
	}
	d, err := w.Daily(t.Context(), cases.DailyQuery{Span: cases.Span{From: until.AddDate(0, 0, -1), Until: until}, Now: until, Days: 14})
	if err != nil || d.Days[13].Opened != 1 {
		t.Errorf("the last day is %+v (%v)", d.Days[13], err)
	}
}
