package sample

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
)

// The quarter is the same each time, every case of it folds, and there is something of
// each kind to count.
func TestShipments(t *testing.T) {
	list := Shipments(Now)
	if d := cmp.Diff(list, Shipments(Now)); d != "" {
		t.Fatalf("it differs from one time to the next:\n%s", d)
	}
	rules, all, mentions := Rules(), Events(list), 0
	for _, s := range list {
		for _, r := range s.Records {
			if r.Mention != nil {
				mentions++
			}
		}
	}
	n := map[string]int{}
	for number, events := range all {
		f, err := rules.Sum(events)
		if err != nil {
			t.Fatalf("case %s: %v", number, err)
		}
		if f.Opened.Before(From) || !f.Opened.Before(Until) {
			t.Errorf("%s was opened at %v", number, f.Opened)
		}
		for what, is := range map[string]bool{
			"answered": !f.Replied.IsZero(), "late": f.LateUnit != "", "late of another unit": f.LateUnit != "" && f.LateUnit != f.ReplyUnit && f.ReplyUnit != "",
			"open": !f.Due.IsZero(), "dismissed": f.State == cases.NotOwed, "false": f.Dismissed == cases.FalseAlarm, "passed on": f.Transfers > 0,
			"back": f.Back > 0, "declined": f.Declined > 0, "rushed": slices.ContainsFunc(f.Turns, func(t cases.Turn) bool { return t.Rushed > 0 }),
			"extended": f.Extended > 0, "stood": f.Stood > 0, "answered by phone": !f.Replied.IsZero() && f.ReplyURL == "", "registered by hand": f.ByHand,
			"reopened": f.Reopened > 0, "doubtful": f.Doubtful, "rated": f.Rating != "", "signed late": f.Signed.After(f.SignBy), "told often": f.Mentions > 20,
		} {
			if is {
				n[what]++
			}
		}
	}
	t.Logf("%d cases, %d mentions: %v", len(all), mentions, n)
	for _, what := range []string{"answered", "late", "open", "dismissed", "false", "passed on", "back", "declined", "rushed", "extended", "stood", "answered by phone", "registered by hand", "reopened", "doubtful", "rated", "signed late", "told often"} {
		if n[what] == 0 {
			t.Errorf("none is %s", what)
		}
	}
}
