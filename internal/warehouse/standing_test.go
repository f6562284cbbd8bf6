package warehouse

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"huiyin/internal/cases"
)

// What is read of the table of cases is what the rules make of the events, however often
// they were sent.
func TestCases(t *testing.T) {
	w, _ := embedded(t)
	s := life()
	for range 2 {
		if err := w.Ship(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	var want []cases.Fact
	for _, number := range []string{"2026-000002", "2026-000001"} { // the last opened first
		events, err := w.History(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		f, err := w.rules.Sum(events)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, f)
	}
	got, total, err := w.Cases(t.Context(), cases.Filter{}, at(25, 9, 0))
	if err != nil || total != 2 {
		t.Fatal(total, err)
	}
	equal := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if d := cmp.Diff(want, got, equal, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for is, want := range map[cases.Standing]int{
		"": 2, cases.IsOpen: 0, cases.IsAnswered: 1, cases.IsLate: 1, cases.IsInTime: 0, cases.IsDoubtful: 0, cases.IsDismissed: 1,
		cases.IsFalseAlarm: 1, cases.IsClosed: 0, cases.IsReopened: 1, cases.IsReturned: 0, cases.IsPassedOn: 1, cases.IsOverdue: 0,
		cases.IsUnsigned: 0, cases.IsPaused: 0, cases.IsUnsound: 0, cases.IsExtended: 0, cases.IsBack: 0, cases.IsRushed: 0,
		cases.IsRushedIn: 0,
	} {
		_, n, err := w.Cases(t.Context(), cases.Filter{Is: is, From: at(20, 0, 0), Until: at(21, 0, 0)}, at(25, 9, 0))
		if err != nil || n != want {
			t.Errorf("%q chooses %d, want %d (%v)", is, n, want, err)
		}
	}
	for name, c := range map[string]struct {
		f    cases.Filter
		want int
	}{
		"who answered":         {cases.Filter{Unit: "住建局"}, 1},
		"of whom it was first": {cases.Filter{Unit: "供水集团"}, 1},
		"what one unit had":    {cases.Filter{Units: []string{"供水集团"}}, 2},
		"what another had":     {cases.Filter{Units: []string{"住建局"}}, 1},
		"an officer":           {cases.Filter{Officer: "赵倩"}, 1},
		"a topic":              {cases.Filter{Topic: "物业"}, 0},
		"a category":           {cases.Filter{Category: "民生", Topics: []string{"供水"}}, 2},
		"an empty category":    {cases.Filter{Category: "民生"}, 0},
		"a source":             {cases.Filter{Source: "清河论坛"}, 1},
		"answered on a day":    {cases.Filter{Dated: cases.ByReplied, From: at(20, 0, 0), Until: at(21, 0, 0)}, 1},
		"ended on a day":       {cases.Filter{Dated: cases.ByEnded, From: at(20, 0, 0), Until: at(21, 0, 0)}, 1},
		"before all":           {cases.Filter{Until: at(20, 0, 0)}, 0},
	} {
		if _, n, err := w.Cases(t.Context(), c.f, at(25, 9, 0)); err != nil || n != c.want {
			t.Errorf("%s: %d, want %d (%v)", name, n, c.want, err)
		}
	}
	var view []struct {
		N uint64 `ch:"n"`
	}
	if err := w.Select(t.Context(), &view, "SELECT count() AS n FROM cases_now WHERE kept = 'late'"); err != nil || view[0].N != 1 {
		t.Errorf("the view for dashboards: %v, %v", view, err)
	}
}

// Who merges or dismisses a case that is late already has been late all the same.
func TestLatenessStays(t *testing.T) {
	w, _ := embedded(t)
	steps := []cases.Step{{Name: "回应", Target: "1wd", Due: at(23, 17, 30), Why: "次日起算"}}
	s := cases.Shipment{ID: "late"}
	for number, last := range map[string]cases.Event{
		"2026-000001": {Kind: cases.Merged, At: at(24, 9, 0), By: "王敏", Other: "2026-000009"},
		"2026-000002": {Kind: cases.Merged, At: at(23, 9, 0), By: "王敏", Other: "2026-000009"}, // in time: it goes on there
		"2026-000003": {Kind: cases.Dismissed, At: at(24, 9, 0), By: "王敏", Reason: cases.FalseAlarm},
		"2026-000004": {Kind: cases.Dismissed, At: at(23, 9, 0), By: "王敏", Reason: cases.FalseAlarm},
	} {
		first := cases.Event{Kind: cases.Opened, At: at(20, 9, 0), Post: "p" + number, Topic: "供水", Unit: "供水集团", Officer: "王敏", Steps: steps}
		for i, e := range []cases.Event{first, last} {
			e.Case, e.Seq = number, i+1
			s.Records = append(s.Records, cases.Record{Event: &e})
		}
	}
	if err := w.Ship(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for is, want := range map[cases.Standing]int{"": 3, cases.IsLate: 2, cases.IsDismissed: 2, cases.IsOpen: 0} {
		if _, n, err := w.Cases(t.Context(), cases.Filter{Is: is}, at(25, 9, 0)); err != nil || n != want {
			t.Errorf("%q chooses %d, want %d (%v)", is, n, want, err)
		}
	}
}

// Who gets a case at the last moment can show it where it became late; who passed it on
// then, and got it back with more time, cannot.
func TestRushedIn(t *testing.T) {
	w, _ := embedded(t)
	by := func(due time.Time) []cases.Step { return []cases.Step{{Name: "回应", Target: "1wd", Due: due}} }
	passed := func(from, to time.Time, by, unit, officer string) []cases.Event {
		return []cases.Event{
			{Kind: cases.Transferred, At: from, By: by, Unit: unit, Officer: officer, Reason: "属物业"},
			{Kind: cases.Signed, At: to, By: officer, Unit: unit},
		}
	}
	soon, last := passed(at(20, 10, 0), at(20, 11, 0), "王敏", "住建局", "赵倩"), passed(at(23, 17, 0), at(23, 17, 10), "王敏", "住建局", "赵倩")
	more := cases.Event{Kind: cases.Extended, At: at(23, 17, 15), Steps: by(at(27, 17, 30))}
	s := cases.Shipment{ID: "rushed"}
	for number, after := range map[string][]cases.Event{
		"2026-000001": soon,
		"2026-000002": last,
		"2026-000003": append(last[:2:2], cases.Event{Kind: cases.Replied, At: at(23, 17, 20), By: "赵倩", Text: "已修好"}),
		"2026-000004": slices.Concat(last, []cases.Event{more}, passed(at(23, 17, 20), at(23, 17, 25), "赵倩", "供水集团", "王敏")),
	} {
		first := []cases.Event{
			{Kind: cases.Opened, At: at(20, 9, 0), Post: "p" + number, Topic: "供水", Unit: "供水集团", Officer: "王敏", Steps: by(at(23, 17, 30))},
			{Kind: cases.Signed, At: at(20, 9, 5), By: "王敏", Unit: "供水集团"},
		}
		for i, e := range append(first, after...) {
			e.Case, e.Seq = number, i+1
			s.Records = append(s.Records, cases.Record{Event: &e})
		}
	}
	if err := w.Ship(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for f, want := range map[[2]string]int{
		{"", string(cases.IsRushed)}: 3, {"", string(cases.IsLate)}: 3, {"", string(cases.IsRushedIn)}: 1,
		{"住建局", string(cases.IsLate)}: 2, {"住建局", string(cases.IsRushedIn)}: 1, {"供水集团", string(cases.IsLate)}: 1, {"供水集团", string(cases.IsRushedIn)}: 0,
	} {
		if _, n, err := w.Cases(t.Context(), cases.Filter{Unit: f[0], Is: cases.Standing(f[1])}, at(30, 9, 0)); err != nil || n != want {
			t.Errorf("%q chooses %d, want %d (%v)", f, n, want, err)
		}
	}
}

// What a case was when an earlier shipment summed it up does not count, though the indexes
// find the old row and pass over the new one.
func TestOldRows(t *testing.T) {
	w, _ := embedded(t)
	if err := w.conn.Exec(t.Context(), "SYSTEM STOP MERGES cases"); err != nil {
		t.Fatal(err)
	}
	now := at(21, 12, 0)
	for _, step := range []struct {
		events, open, total int
	}{{1, 1, 1}, {7, 0, 1}, {9, 1, 1}, {10, 0, 1}} {
		s := cases.Shipment{ID: fmt.Sprintf("part-%d", step.events)}
		for _, r := range life().Records {
			if e := r.Event; e != nil && e.Case == "2026-000001" && e.Seq <= step.events {
				s.Records = append(s.Records, r)
			}
		}
		if err := w.Ship(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		for is, want := range map[cases.Standing]int{cases.IsOpen: step.open, "": step.total} {
			if list, n, err := w.Cases(t.Context(), cases.Filter{Is: is, Limit: 10}, now); err != nil || n != want || len(list) != want {
				t.Errorf("after %d events %q chooses %d, want %d (%v)", step.events, is, n, want, err)
			}
		}
		if tally, err := w.Tally(t.Context(), cases.Filter{}, now, now); err != nil || tally.Open != step.open {
			t.Errorf("after %d events %d are open, want %d (%v)", step.events, tally.Open, step.open, err)
		}
	}
}

// FINAL looks at the months that are asked for and no others.
func TestSettings(t *testing.T) {
	w, _ := embedded(t)
	var one uint8
	err := w.conn.QueryRow(t.Context(), "SELECT toUInt8(getSetting('do_not_merge_across_partitions_select_final'))").Scan(&one)
	if err != nil || one != 1 {
		t.Errorf("%d, %v", one, err)
	}
}
