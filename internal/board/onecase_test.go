package board

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// Posts that joined one after the other are one line, that opens; what else happened is a
// line each, and nothing is lost.
func TestHappenings(t *testing.T) {
	w := newWorld(t, empty{}, nil)
	var events []cases.Event
	add := func(kinds ...cases.Kind) {
		for _, k := range kinds {
			events = append(events, cases.Event{Kind: k, Seq: len(events) + 1, At: now.Add(time.Duration(len(events)) * time.Hour)})
		}
	}
	add(cases.Opened, cases.Delivered, cases.Joined, cases.Delivered, cases.Signed)
	add(slices.Repeat([]cases.Kind{cases.Joined, cases.Delivered}, 100)...)
	add(cases.Replied, cases.Joined, cases.Joined)
	list, seen := w.happenings(events, now), 0
	for _, h := range list {
		if seen += max(1, len(h.Row)+h.Left); h.Seq > seen {
			t.Errorf("event %d stands at %d", h.Seq, seen)
		}
	}
	if len(list) != 8 || seen != len(events) {
		t.Fatalf("%d lines of %d events, want 8 of %d", len(list), seen, len(events))
	}
	if h := list[5]; h.N != 100 || len(h.Row) != lastEvents || h.Left != 40 || h.Days != "9月22日至9月30日" {
		t.Errorf("%d posts, %d shown, %d left, %s", h.N, len(h.Row), h.Left, h.Days)
	}
	if h := list[7]; h.N != 2 || h.Days != "9月30日至10月1日" && h.Days != "10月1日" && h.Days != "9月30日" {
		t.Errorf("the last: %d posts, %s", h.N, h.Days)
	}
}

// A case that was passed on at the last moment says by whom.
func TestRushed(t *testing.T) {
	f := someCase(t, cases.Filter{Is: cases.IsRushedIn})
	of := f.Turns[slices.IndexFunc(f.Turns, func(turn cases.Turn) bool { return turn.Rushed > 0 })]
	body := newWorld(t, data(t), nil).as("刘建国").must("/case/" + f.Case)
	if want := of.Unit + of.Officer + "在时限剩下不到四分之一时把它转给了别的单位（临期转出）。"; !strings.Contains(body, want) || strings.Count(body, "（临期转出）") != 1 {
		t.Errorf("it does not say %q once:\n%s", want, text(body))
	}
}
