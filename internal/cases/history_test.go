package cases

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// The whole life of a case, and of two that end otherwise, as people read it. Every kind of
// event is there.
func TestLine(t *testing.T) {
	cal := calendar(t)
	life := life()
	life[0].Contact, life[0].Severity, life[0].Reason = "", Larger, "帖文里说到“自来水发黄”"
	for i := range life { // with due times as they come
		switch life[i].Kind {
		case Opened:
			life[i].Steps = steps(t, cal, "reply", life[i].At)
		case Raised, Resumed, Extended:
			c := fold(t, slices.Clone(life[:i])...)
			switch life[i].Kind {
			case Raised:
				life[i].Severity = Major
				var err error
				if life[i].Steps, err = c.RaisedSteps(cal, Major, life[i].At, false); err != nil {
					t.Fatal(err)
				}
			case Resumed:
				life[i].Steps = c.ResumedSteps(cal, life[i].At)
			default:
				life[i].Steps = c.ExtendedSteps(cal, "孙局")
			}
		}
	}
	letter := Event{Kind: Opened, At: day0, Topic: "噪音", Unit: "住建局", Officer: "赵刚", By: "周红", Via: "群", Steps: one}
	fromSplit := letter
	fromSplit.Other, fromSplit.Severity = "2026-000001", Larger
	lives := [][]Event{
		append(life, Event{Kind: Reopened, At: at(17), Officer: "赵刚", Reason: "办结后又有人反映", Steps: steps(t, cal, "reply", at(17))}),
		{letter, {Kind: Verified, Reply: 1}, {Kind: Replied, By: "赵刚", Text: "已要求\n停工。 ", Via: ""},
			{Kind: Dismissed, By: "赵刚", Reason: FalseAlarm}, {Kind: Archived}},
		{fromSplit, {Kind: Declined, Reason: "配置里不再有“城管局”"}, {Kind: Declined, By: "钱进", Unit: "城管局"}, {Kind: Transferred, Unit: "城管局", Officer: "钱进", Reason: "配置里不再有“住建局”"}, {Kind: Merged, By: "钱进", Other: "2026-000009", Via: "群"}},
	}
	var b strings.Builder
	seen := map[Kind]bool{}
	for _, events := range lives {
		for _, e := range events {
			seen[e.Kind] = true
			line := e.Line()
			fmt.Fprintf(&b, "%s\n", line)
			proper(t, line)
		}
		b.WriteString("\n")
	}
	golden(t, "history.txt", b.String())
	if len(seen) != len(kinds) {
		t.Errorf("%d of %d kinds are told", len(seen), len(kinds))
	}
}

// proper checks a line's punctuation.
func proper(t *testing.T, line string) {
	t.Helper()
	for _, bad := range []string{"，，", "。，", "：，", "，：", "（）", "：：", "  ", "））", "。。", "；，", "\n"} {
		if strings.Contains(line, bad) {
			t.Errorf("%q in: %s", bad, line)
		}
	}
	r := []rune(line)
	for i, c := range r {
		if strings.ContainsRune(",;!?()", c) || c == ':' && i > 0 && unicode.Is(unicode.Han, r[i-1]) {
			t.Errorf("%q in: %s", c, line)
		}
	}
	if last := r[len(r)-1]; strings.ContainsRune("，：；、 ", last) {
		t.Errorf("it breaks off: %s", line)
	}
}
