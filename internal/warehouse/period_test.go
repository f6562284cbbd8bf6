package warehouse

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	town "huiyin/internal/sample"
)

func loaded(t *testing.T) *Warehouse {
	t.Helper()
	w, _ := embedded(t)
	for _, s := range town.Shipments(town.Now) {
		if err := w.Ship(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func quarter() cases.Cohort {
	c := cases.Cohort{From: town.From, Until: town.Until, Channels: town.Channels(), Categories: map[string]string{}}
	for name, topics := range town.Categories {
		for _, topic := range topics {
			c.Categories[topic] = name
		}
	}
	for day := c.From; day.Before(c.Until); day = day.AddDate(0, 1, 0) {
		c.Parts = append(c.Parts, day)
	}
	return c
}

// Every figure is the number of cases that its filter chooses, and the groups of each
// grouping are all cases together.
func TestScores(t *testing.T) {
	w, c := loaded(t), quarter()
	list, err := w.Scores(t.Context(), c, town.Now)
	if err != nil {
		t.Fatal(err)
	}
	count := func(f cases.Filter) int {
		f.From, f.Until = c.From, c.Until
		_, n, err := w.Cases(t.Context(), f, town.Now)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	sums, groups := map[cases.Grouping]cases.Score{}, map[cases.Grouping]int{}
	var all cases.Score
	for _, ta := range list {
		if ta.Of == cases.OfAll {
			all = ta
		}
		sums[ta.Of] = sums[ta.Of].Add(ta)
		groups[ta.Of]++
		f := cases.Filter{}
		switch ta.Of {
		case cases.OfUnit:
			f.Unit = ta.Key
		case cases.OfOfficer:
			if ta.Key != town.Units[1].Name { // those of one unit will do
				continue
			}
			f.Unit, f.Officer = ta.Key, ta.Sub
		case cases.OfCategory:
			f.Category, f.Topics = ta.Key, town.Categories[ta.Key]
		case cases.OfTopic, cases.OfPart, cases.OfChannel:
			continue
		}
		for is, got := range map[cases.Standing]int{
			"": ta.Cases, cases.IsInTime: ta.InTime, cases.IsLate: ta.Late, cases.IsOverdue: ta.Overdue, cases.IsOpen: ta.Open, cases.IsDismissed: ta.Dismissed,
			cases.IsClosed: ta.Closed, cases.IsDoubtful: ta.Doubtful, cases.IsReturned: ta.Returned, cases.IsReopened: ta.Reopened,
			cases.IsUnsound: ta.Unsound, cases.WasPaused: ta.Paused, cases.IsExtended: ta.Extended, cases.IsDeclined: ta.Declined, cases.IsBack: ta.Back,
			cases.IsRushedIn: ta.RushedIn, cases.IsPageless: ta.Pageless, cases.IsByHand: ta.ByHand,
		} {
			if f.Is = is; count(f) != got {
				t.Errorf("%s %s %s: %d are %q, the filter chooses %d", ta.Of, ta.Key, ta.Sub, got, is, count(f))
			}
		}
		if f.Is = cases.IsRushed; f.Unit == "" && count(f) != ta.Rushed {
			t.Errorf("%s %s: %d were passed on in a rush, the filter chooses %d", ta.Of, ta.Key, ta.Rushed, count(f))
		}
		if ta.Pending < 0 || ta.Cases > ta.Decided()+ta.Pending+ta.Dismissed || ta.Median > ta.P90 {
			t.Errorf("%+v", ta)
		}
	}
	all.Median, all.P90, all.Plain = 0, 0, 0
	for of, sum := range sums {
		sum.Of, sum.Key, sum.Sub = all.Of, "", ""
		if d := cmp.Diff(all, sum); d != "" {
			t.Errorf("all groups by %s together (-all +sum):\n%s", of, d)
		}
	}
	for of, want := range map[cases.Grouping]int{cases.OfAll: 1, cases.OfUnit: len(town.Units), cases.OfCategory: 4, cases.OfTopic: 13, cases.OfChannel: 6, cases.OfPart: 3} {
		if groups[of] != want {
			t.Errorf("%d groups by %s, want %d", groups[of], of, want)
		}
	}
	for what, n := range map[string]int{"passed on": all.PassedOn, "rated": all.Rated, "signed late": all.SignedLate, "verified": all.Verified,
		"paused": all.Paused, "time stood": int(all.Stood), "extended": all.Extended, "declined": all.Declined, "back": all.Back, "rushed": all.Rushed, "rushed in": all.RushedIn,
		"answered without a page": all.Pageless, "registered by hand": all.ByHand, "unsound": all.Unsound} {
		if n == 0 {
			t.Errorf("none is %s", what)
		}
	}
	bare, err := w.Scores(t.Context(), cases.Cohort{From: c.From, Until: c.Until}, town.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, ta := range bare {
		if (ta.Of == cases.OfCategory || ta.Of == cases.OfChannel) && (ta.Key != cases.Elsewhere || ta.Cases != all.Cases) {
			t.Errorf("without names: %+v", ta)
		}
	}
	if none, err := w.Scores(t.Context(), cases.Cohort{From: c.From.AddDate(-1, 0, 0), Until: c.From}, town.Now); err != nil || len(none) != 0 {
		t.Errorf("of a span without cases: %+v, %v", none, err)
	}
}

// The cases one by one are those of the filter, and count as it says.
func TestCounted(t *testing.T) {
	w := loaded(t)
	var list []cases.Counted
	err := w.Counted(t.Context(), town.From, town.Until, town.Now, func(c cases.Counted) error {
		list = append(list, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for is, want := range map[cases.Standing]int{cases.IsInTime: 0, cases.IsLate: 0, cases.IsOverdue: 0} {
		for _, c := range list {
			if c.Kept == is || is == cases.IsOverdue && c.Overdue {
				want++
			}
		}
		if _, n, err := w.Cases(t.Context(), cases.Filter{Is: is, From: town.From, Until: town.Until}, town.Now); err != nil || n != want || n == 0 {
			t.Errorf("%d are %s, the filter chooses %d (%v)", want, is, n, err)
		}
	}
	if _, n, err := w.Cases(t.Context(), cases.Filter{From: town.From, Until: town.Until}, town.Now); err != nil || n != len(list) {
		t.Errorf("%d cases, want %d (%v)", len(list), n, err)
	}
	for i, c := range list {
		if i > 0 && c.Opened.Before(list[i-1].Opened) || c.Whose == "" || c.First == "" || c.Signing == "" {
			t.Fatalf("case %d: %+v", i, c)
		}
	}
}

// The posts of a case that was merged are told with the one in which it goes on, however
// often that was merged in turn.
func TestSpread(t *testing.T) {
	w, _ := embedded(t)
	var s cases.Shipment
	s.ID = "j-1-1"
	add := func(number string, seq int, kind cases.Kind, minute int, other string) {
		e := cases.Event{Case: number, Seq: seq, Kind: kind, At: at(20, 9, minute), Other: other, Unit: "供水集团", Officer: "王敏", Source: "清河论坛", Post: number}
		s.Records = append(s.Records, cases.Record{Event: &e})
		if kind == cases.Opened {
			s.Records = append(s.Records, cases.Record{Mention: &cases.Mention{ID: number, Case: number, No: 1, Seen: e.At, Topics: []string{}, Words: []string{}}})
		}
	}
	for i, number := range []string{"2026-000001", "2026-000002", "2026-000003"} {
		add(number, 1, cases.Opened, i, "")
	}
	add("2026-000003", 2, cases.Merged, 10, "2026-000002")
	add("2026-000002", 2, cases.Merged, 11, "2026-000001")
	if err := w.Ship(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	got, err := w.Spread(t.Context(), []string{"2026-000001", "2026-000009"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]time.Time{"2026-000001": {at(20, 9, 0), at(20, 9, 1), at(20, 9, 2)}}
	same := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if d := cmp.Diff(want, got, same); d != "" {
		t.Error(d)
	}
	if none, err := w.Spread(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("of no cases: %v, %v", none, err)
	}
}
