package cases

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	kinds = slices.Sorted(maps.Keys(kindNames))
	names = []string{"王敏", "李强", "赵刚", "周红", "孙局"}
	units = []string{"供水公司", "住建局", "卫健委"}
)

// someEvent draws any event that may be in a file: the fold does not judge the rules of
// May, and takes what it is given.
func someEvent(t *rapid.T, kind Kind, at time.Time) Event {
	text := rapid.SampledFrom([]string{"", "好了", "多\n行", "\x00<b>"})
	e := Event{
		Kind: kind, At: at, By: rapid.SampledFrom(append(names, "")).Draw(t, "by"), Officer: rapid.SampledFrom(append(names, "")).Draw(t, "officer"),
		Unit: rapid.SampledFrom(units).Draw(t, "unit"), Source: rapid.SampledFrom([]string{"论坛", "微博", "小报"}).Draw(t, "source"),
		Other: rapid.SampledFrom([]string{"2026-000002", "2026-000003"}).Draw(t, "other"), Text: text.Draw(t, "text"), Title: text.Draw(t, "title"),
		Reason: rapid.SampledFrom(Reasons).Draw(t, "reason"), Mentions: rapid.IntRange(1, 9).Draw(t, "mentions"),
	}
	switch kind {
	case Opened, Raised, Resumed, Extended, Reopened:
		e.Steps = rapid.SampledFrom([][]Step{one, major}).Draw(t, "steps")
		e.Severity = rapid.SampledFrom([]Severity{"", Larger, Major}).Draw(t, "severity")
	case Replied:
		e.URL = rapid.SampledFrom([]string{"", "https://a.example"}).Draw(t, "url")
	case Verified:
		e.Faults = rapid.SampledFrom([][]string{nil, {"打不开。"}}).Draw(t, "faults")
	case Reminded:
		e.Reason = rapid.SampledFrom(marks[1:]).Draw(t, "mark")
	}
	return e
}

// A case is the fold of its events, whatever they are: however they are split, and with
// both through JSON on the way, as the journal keeps them.
func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := story(opened(rapid.SampledFrom([][]Step{nil, one, major}).Draw(t, "steps")))
		replies := 0
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			kind := rapid.SampledFrom(kinds).Filter(func(k Kind) bool { return k != Opened }).Draw(t, "kind")
			e := someEvent(t, kind, at(float64(rapid.IntRange(0, 100).Draw(t, "hour"))))
			switch {
			case kind == Replied:
				replies++
			case (kind == Verified || kind == Accepted) && replies == 0:
				continue
			case kind == Verified || kind == Accepted:
				e.Reply = rapid.IntRange(1, replies).Draw(t, "reply")
			}
			events = story(append(events, e)...)
		}
		whole, err := Fold(events)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, len(events)).Draw(t, "split at")
		part, err := Fold(through(t, events[:n]))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range through(t, events[n:]) {
			part = through(t, part)
			if err := part.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(through(t, whole), through(t, part)); d != "" {
			t.Fatalf("split at %d: %s", n, d)
		}
		if d := cmp.Diff(events, through(t, events)); d != "" {
			t.Fatalf("events through JSON: %s", d)
		}
		sound(t, whole)
		seen, shows := 0, 0
		for _, e := range events {
			if e.Kind == Opened || e.Kind == Joined {
				seen++
			}
			if e.Kind != Delivered && e.Kind != Undelivered && (e.Kind != Kept || e.By != "") {
				shows = e.Seq
			}
			if e.Line() == "" {
				t.Fatalf("no line for %+v", e)
			}
		}
		if whole.Mentions != seen || whole.Rev != shows || whole.Seq != len(events) {
			t.Fatalf("%d mentions, rev %d, seq %d", whole.Mentions, whole.Rev, whole.Seq)
		}
	})
}

// through is v as it comes back from a file.
func through[T any](t rapid.TB, v T) (back T) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// sound checks what is true of every case.
func sound(t rapid.TB, c Case) {
	t.Helper()
	next, owed := c.Next()
	switch {
	case c.Met() < 0 || c.Met() > len(c.Steps):
		t.Fatalf("%d of %d steps are met", c.Met(), len(c.Steps))
	case owed && (!c.Open() || next != c.Steps[c.Met()]):
		t.Fatalf("owes %v in state %s", next, c.State)
	case c.Open() && c.Over() || c.State == "":
		t.Fatalf("state %q", c.State)
	case c.Officer != "" && !slices.Contains(c.Followers, c.Officer):
		t.Fatalf("%s has the case and no card: %v", c.Officer, c.Followers)
	case c.Rev > c.Seq || c.Seq < 1:
		t.Fatalf("rev %d, seq %d", c.Rev, c.Seq)
	case c.Part("") != Former || c.Part("谁也不是") != Former:
		t.Fatal("a stranger has a part")
	}
	sorted := slices.Sorted(slices.Values(c.Followers))
	if len(slices.Compact(sorted)) != len(c.Followers) || slices.Contains(c.Followers, "") {
		t.Fatalf("followers %v", c.Followers)
	}
	for _, who := range names {
		if c.Part(who) != Former && !slices.Contains(c.Followers, who) && !helper(c, who) {
			t.Fatalf("%s has part %d and no card", who, c.Part(who))
		}
	}
}

func helper(c Case, who string) bool {
	return slices.ContainsFunc(c.Helpers, func(h Helper) bool { return h.Officer == who })
}

// acts are what people do; the others happen.
var acts = []Kind{Signed, Transferred, Declined, Enlisted, Helped, Paused, Resumed, Extended, Submitted, Approved, Returned,
	Replied, Accepted, Kept, Rated, Dismissed, Closed, Reopened, Merged, Split}

// happenings are what the program records by itself while a case is not merged away.
var happenings = []Kind{Joined, Alike, Took, Changed, Delivered, Undelivered, Reassigned, Called, Reminded, Verified, Raised}

// A case to which only happens what may happen is sound all the way, and never stuck: what
// is open can be answered, what is answered closed, what is over opened again.
func TestLawfulLives(t *testing.T) {
	when := func(time.Time) string { return "" }
	rapid.Check(t, func(t *rapid.T) {
		cal := calendar(t)
		events := story(opened(steps(t, cal, "reply", day0)))
		c := fold(t, events...)
		now := day0
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "minutes")) * time.Minute)
			kind := rapid.SampledFrom(slices.Concat(acts, happenings)).Draw(t, "kind")
			if c.May(kind, when) != nil || c.State == Joint && slices.Contains(happenings, kind) {
				continue
			}
			e, ok := lawful(t, c, kind, now)
			if !ok {
				continue
			}
			was := through(t, c)
			if err := c.Apply(e); err != nil {
				t.Fatal(err)
			}
			follows(t, was, c, e)
			events = append(events, e)
		}
		summed(t, c, events, now)
		if c.Over() && c.State != Joint && c.May(Reopened, when) != nil {
			t.Fatal("it cannot be opened again")
		}
	})
}

// follows checks what is true of every case after a lawful event.
func follows(t *rapid.T, was, c Case, e Event) {
	sound(t, c)
	sum := 0
	for _, s := range c.Sources {
		sum += s.Count
	}
	switch {
	case c.Seq != was.Seq+1 || c.Rev < was.Rev || c.Told() < 1 || c.Told() > sum+9*len(c.Taken):
		t.Fatalf("seq %d after %d, rev %d after %d, told %d, by source %d", c.Seq, was.Seq, c.Rev, was.Rev, c.Told(), sum)
	case was.Severity.Above(c.Severity):
		t.Fatalf("%s after %s", c.Severity, was.Severity)
	case c.State == InHand && c.SignedBy == "":
		t.Fatalf("after %s it counts as signed, by nobody", e.Kind)
	case c.Over() && (c.Offer != nil || c.Reviewing() != nil || len(c.Called) > 0):
		t.Fatalf("over, and yet something is waited for: %+v", c)
	case c.Over() == c.Ended.IsZero():
		t.Fatalf("state %s, ended %v", c.State, c.Ended)
	case !c.Unsigned() && len(c.Called) > 0:
		t.Fatalf("%v are asked to sign what is signed, after %s", c.Called, e.Kind)
	case (c.State == Joint) != (c.Into != ""):
		t.Fatalf("state %s goes on in %q", c.State, c.Into)
	case c.Paused() != nil && !c.Open():
		t.Fatalf("time stands in state %s", c.State)
	case c.Open() && c.May(Replied, nil) != nil:
		t.Fatal("it is open and cannot be answered")
	}
	if _, owed := c.Next(); owed != c.Open() {
		t.Fatalf("state %s, owed %v", c.State, owed)
	}
	if who := c.Rings(e); who != "" && !slices.Contains(c.Followers, who) {
		t.Fatalf("%s rings for %s, who has no card", e.Kind, who)
	}
	for i := range c.Pauses {
		if i < len(c.Pauses)-1 && c.Pauses[i].Until.IsZero() {
			t.Fatalf("pause %d never ended: %+v", i, c.Pauses)
		}
	}
}

// lawful makes the event that the pipeline would make; false when there is none.
func lawful(t *rapid.T, c Case, kind Kind, now time.Time) (Event, bool) {
	cal := calendar(t)
	e := someEvent(t, kind, now)
	e.Case, e.Seq, e.Steps = c.Number, c.Seq+1, nil
	switch kind {
	case Signed:
		e.Unit, e.By = c.Unit, c.Officer
		if c.Offer != nil {
			e.Unit, e.By = c.Offer.Unit, c.Offer.Officer
		}
		return e, e.By != ""
	case Transferred:
		return e, e.Unit != c.Unit && e.Officer != "" && (e.By != "" || c.Open()) // by nobody: the unit is gone
	case Called:
		return e, e.Officer != "" && c.Unsigned()
	case Reassigned, Submitted:
		return e, e.Officer != "" && c.Open()
	case Enlisted, Helped:
		return e, e.Officer != "" && e.By != ""
	case Reopened:
		e.Officer, e.Steps = "王敏", steps(t, cal, "reply", now)
	case Resumed:
		e.Steps = c.ResumedSteps(cal, now)
	case Extended:
		e.Steps = c.ExtendedSteps(cal, "孙局")
	case Raised:
		var err error
		if e.Severity == "" || !e.Severity.Above(c.Severity) || c.State == NotOwed || c.State == Done {
			e.Severity = Larger
		}
		if !e.Severity.Above(c.Severity) || c.Over() {
			return e, false
		}
		if e.Steps, err = c.RaisedSteps(cal, e.Severity, now, false); err != nil {
			t.Fatal(err)
		}
	case Replied:
		e.By = "王敏"
		if p := c.Paused(); p != nil && c.Open() {
			return Event{Case: c.Number, Seq: c.Seq + 1, Kind: Resumed, At: now, Steps: c.ResumedSteps(cal, now)}, true
		}
		if next, owed := c.Next(); owed {
			e.Steps = []Step{next}
		}
	case Verified, Accepted:
		e.Reply = len(c.Replies)
		return e, e.Reply > 0
	case Split:
		i := slices.IndexFunc(c.Sources, func(s SourceCount) bool { return s.Count > 0 && s.Source != "论坛" })
		if i < 0 {
			return e, false
		}
		e.Source = c.Sources[i].Source
	case Reminded:
		return e, c.Open()
	}
	return e, true
}
