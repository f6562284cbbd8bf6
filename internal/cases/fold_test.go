package cases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	day0  = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	one   = []Step{{Name: "回应", Target: "1wd", Due: day0.Add(24 * time.Hour), Why: "第一个工作日"}}
	major = []Step{
		{Name: "首次表态", Target: "5h", Due: day0.Add(5 * time.Hour), Why: "5 小时"},
		{Name: "新闻发布", Target: "24h", Due: day0.Add(24 * time.Hour), Why: "24 小时"},
	}
)

func at(hours float64) time.Time { return day0.Add(time.Duration(hours * float64(time.Hour))) }

func opened(steps []Step) Event {
	return Event{
		Kind: Opened, At: day0, Post: "p1", Source: "论坛", Title: "停水", URL: "https://a.example/1", Topic: "供水",
		Steps: steps, Unit: "供水公司", Officer: "王敏",
	}
}

// story numbers events as those of one case.
func story(events ...Event) []Event {
	for i := range events {
		events[i].Case, events[i].Seq = "2026-000001", i+1
	}
	return events
}

func fold(t testing.TB, events ...Event) Case {
	t.Helper()
	c, err := Fold(story(events...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFoldStates(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	replied := Event{Kind: Replied, At: at(2), By: "王敏", Text: "已修好"}
	for name, c := range map[string]struct {
		steps  []Step
		after  []Event
		state  State
		open   bool
		over   bool
		owed   string
		rev    int
		holder string
	}{
		"opened":        {one, nil, Registered, true, false, "回应", 1, "王敏"},
		"joined":        {one, []Event{{Kind: Joined, Source: "论坛"}}, Registered, true, false, "回应", 2, "王敏"},
		"delivered":     {one, []Event{{Kind: Delivered, Officer: "王敏", Mentions: 1}}, Registered, true, false, "回应", 1, "王敏"},
		"undelivered":   {one, []Event{{Kind: Undelivered, Officer: "王敏"}}, Registered, true, false, "回应", 1, "王敏"},
		"signed":        {one, []Event{signed}, InHand, true, false, "回应", 2, "王敏"},
		"signed by B":   {one, []Event{{Kind: Signed, By: "李强"}}, InHand, true, false, "回应", 2, "李强"},
		"replied":       {one, []Event{signed, replied}, Answered, false, false, "", 3, "王敏"},
		"replied twice": {one, []Event{signed, replied, replied}, Answered, false, false, "", 4, "王敏"},
		"first of two":  {major, []Event{signed, replied}, InHand, true, false, "新闻发布", 3, "王敏"},
		"both of two":   {major, []Event{signed, replied, replied}, Answered, false, false, "", 4, "王敏"},
		"transferred":   {one, []Event{signed, {Kind: Transferred, Unit: "住建局", Officer: "赵刚"}}, Registered, true, false, "回应", 3, "赵刚"},
		"reassigned":    {one, []Event{signed, {Kind: Reassigned, Officer: "李强"}}, InHand, true, false, "回应", 3, "李强"},
		"dismissed":     {one, []Event{{Kind: Dismissed, By: "王敏", Reason: FalseAlarm}}, NotOwed, false, true, "", 2, "王敏"},
		"closed":        {one, []Event{signed, replied, {Kind: Closed, By: "王敏"}}, Done, false, true, "", 4, "王敏"},
		"joined after":  {one, []Event{signed, replied, {Kind: Closed}, {Kind: Joined}}, Done, false, true, "", 5, "王敏"},
	} {
		t.Run(name, func(t *testing.T) {
			got := fold(t, append([]Event{opened(c.steps)}, c.after...)...)
			if got.State != c.state || got.Open() != c.open || got.Over() != c.over || got.Rev != c.rev || got.Officer != c.holder {
				t.Errorf("state %s, open %v, over %v, rev %d, officer %s", got.State, got.Open(), got.Over(), got.Rev, got.Officer)
			}
			if next, owed := got.Next(); owed != (c.owed != "") || next.Name != c.owed {
				t.Errorf("owes %q, %v", next.Name, owed)
			}
			if got.Seq != len(c.after)+1 {
				t.Errorf("seq %d", got.Seq)
			}
		})
	}
}

func TestFoldFields(t *testing.T) {
	got := fold(t, opened(one),
		Event{Kind: Joined, Source: "微博"}, Event{Kind: Delivered, Officer: "王敏", Mentions: 2},
		Event{Kind: Joined, Source: "论坛"}, Event{Kind: Delivered, Officer: "王敏", Mentions: 1}, // an older card, confirmed late
		Event{Kind: Signed, At: at(1), By: "王敏"},
		Event{Kind: Transferred, At: at(2), By: "王敏", Unit: "住建局", Officer: "赵刚"},
		Event{Kind: Signed, At: at(3), By: "赵刚"},
		Event{Kind: Replied, At: at(4), By: "赵刚", URL: "https://b.example", Text: "好了"},
		Event{Kind: Closed, At: at(5), By: "赵刚"},
	)
	want := Case{
		Number: "2026-000001", Post: "p1", Topic: "供水", Title: "停水", URL: "https://a.example/1", Unit: "住建局", Officer: "赵刚",
		State: Done, Opened: day0, Steps: one, Sources: []SourceCount{{"论坛", 2}, {"微博", 1}}, Mentions: 3,
		Signed: at(3), SignedBy: "赵刚", Replies: []Reply{{at(4), "赵刚", "https://b.example", "好了"}},
		Ended: at(5), EndedBy: "赵刚", From: "供水公司", Officers: []string{"王敏", "赵刚"},
		Shown: map[string]int{"王敏": 2}, Seq: 10, Rev: 10,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// What the last unit did to sign it is not the new one's signature.
func TestTransferUnsigns(t *testing.T) {
	c := fold(t, opened(one), Event{Kind: Signed, At: at(1), By: "王敏"}, Event{Kind: Transferred, Unit: "住建局", Officer: "赵刚"})
	if !c.Signed.IsZero() || c.SignedBy != "" || c.From != "供水公司" {
		t.Errorf("%+v", c)
	}
}

func TestFoldRefuses(t *testing.T) {
	signed := Event{Kind: Signed, By: "王敏"}
	edit := func(i int, f func(*Event)) []Event {
		events := story(opened(one), signed, Event{Kind: Joined})
		f(&events[i])
		return events
	}
	for name, events := range map[string][]Event{
		"none":              nil,
		"not opened":        story(signed),
		"opened twice":      story(opened(one), opened(one)),
		"a hole":            edit(1, func(e *Event) { e.Seq = 3 }),
		"the same again":    edit(2, func(e *Event) { e.Seq = 2 }),
		"wrong order":       {story(opened(one), signed)[1], story(opened(one))[0]},
		"starts late":       edit(0, func(e *Event) { e.Seq = 2 }),
		"a foreign event":   edit(1, func(e *Event) { e.Case = "2026-000002" }),
		"an unknown kind":   edit(1, func(e *Event) { e.Kind = "eaten" }),
		"an empty kind":     edit(1, func(e *Event) { e.Kind = "" }),
		"first one unknown": edit(0, func(e *Event) { e.Kind = "eaten" }),
	} {
		if c, err := Fold(events); err == nil || c.Seq != 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestDueTimes(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	reply := func(h float64) Event { return Event{Kind: Replied, At: at(h), By: "王敏"} }
	for name, c := range map[string]struct {
		steps  []Step
		after  []Event
		now    float64
		over   bool
		onTime []bool
	}{
		"not yet due":              {one, nil, 24, false, nil},
		"just past":                {one, nil, 24.01, true, nil},
		"answered late":            {one, []Event{signed, reply(30)}, 40, false, []bool{false}},
		"answered at the due time": {one, []Event{signed, reply(24)}, 40, false, []bool{true}},
		"first step late":          {major, []Event{signed}, 6, true, nil},
		"first step met":           {major, []Event{signed, reply(5)}, 6, false, []bool{true}},
		"second step late":         {major, []Event{signed, reply(5)}, 25, true, []bool{true}},
		"late, then in time":       {major, []Event{signed, reply(6), reply(24)}, 25, false, []bool{false, true}},
		"an addition":              {major, []Event{signed, reply(4), reply(23), reply(99)}, 100, false, []bool{true, true, true}},
		"dismissed":                {one, []Event{{Kind: Dismissed}}, 40, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := fold(t, append([]Event{opened(c.steps)}, c.after...)...)
			if got.Overdue(at(c.now)) != c.over {
				t.Errorf("overdue: %v", !c.over)
			}
			for i, want := range c.onTime {
				if got.OnTime(i) != want {
					t.Errorf("reply %d on time: %v", i, !want)
				}
			}
		})
	}
}

// anyEvent draws an event that may follow, by its order; the fold does not judge the
// rules of May.
func anyEvent() *rapid.Generator[Event] {
	name := rapid.SampledFrom([]string{"王敏", "李强", "赵刚"})
	return rapid.Custom(func(t *rapid.T) Event {
		e := Event{
			Kind: rapid.SampledFrom([]Kind{Joined, Delivered, Undelivered, Signed, Replied, Transferred, Reassigned, Dismissed, Closed}).Draw(t, "kind"),
			At:   at(float64(rapid.IntRange(0, 100).Draw(t, "hour"))),
			By:   name.Draw(t, "by"),
		}
		switch e.Kind {
		case Joined:
			e.Post, e.Title = rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "post"), rapid.String().Draw(t, "title")
			e.Source = rapid.SampledFrom([]string{"论坛", "微博"}).Draw(t, "source")
		case Delivered, Undelivered, Reassigned:
			e.Officer, e.Mentions = name.Draw(t, "officer"), rapid.IntRange(0, 9).Draw(t, "mentions")
		case Transferred:
			e.Officer, e.Unit = name.Draw(t, "officer"), rapid.SampledFrom([]string{"供水公司", "住建局"}).Draw(t, "unit")
		case Replied:
			e.URL, e.Text = "https://a.example", rapid.String().Draw(t, "text")
		case Dismissed:
			e.Reason = rapid.SampledFrom(Reasons).Draw(t, "reason")
		}
		return e
	})
}

// A case is the fold of its events: however they are split, and after a trip through
// JSON. What it counts follows from them.
func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SampledFrom([][]Step{one, major}).Draw(t, "steps")
		events := story(append([]Event{opened(steps)}, rapid.SliceOfN(anyEvent(), 0, 20).Draw(t, "events")...)...)
		whole, err := Fold(events)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, len(events)).Draw(t, "n")
		part, err := Fold(events[:n])
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events[n:] {
			if err := part.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(whole, part); d != "" {
			t.Fatalf("split at %d: %s", n, d)
		}
		var read []Event
		raw, err := json.Marshal(events)
		if err == nil {
			err = json.Unmarshal(raw, &read)
		}
		if d := cmp.Diff(events, read); err != nil || d != "" {
			t.Fatalf("through JSON: %v %s", err, d)
		}
		mentions, sum, shows := 0, 0, 0
		for _, e := range events {
			if e.Kind == Opened || e.Kind == Joined {
				mentions++
			}
			if e.Kind != Delivered && e.Kind != Undelivered {
				shows = e.Seq
			}
		}
		for _, s := range whole.Sources {
			sum += s.Count
		}
		if whole.Mentions != mentions || sum != mentions || whole.Rev != shows || whole.Seq != len(events) {
			t.Fatalf("%d mentions, %d by source, rev %d, seq %d", whole.Mentions, sum, whole.Rev, whole.Seq)
		}
		if !slices.Contains(whole.Officers, whole.Officer) || whole.Open() && whole.Over() {
			t.Fatalf("%+v", whole)
		}
		if _, owed := whole.Next(); owed != whole.Open() && len(whole.Replies) < len(steps) {
			t.Fatalf("owed %v, open %v", owed, whole.Open())
		}
	})
}

func TestNames(t *testing.T) {
	for in, want := range map[int]string{1: "2026-000001", 123: "2026-000123", 999999: "2026-999999", 1000000: "2026-1000000"} {
		if got := Number(2026, in); got != want {
			t.Errorf("Number(2026, %d) = %s", in, got)
		}
	}
	e := story(opened(one), Event{Kind: Signed, By: "王敏", At: at(1)})[1]
	other := e
	other.By, other.At, other.Kind = "李强", at(9), Replied
	if e.ID() != "2026-000001/0002" || other.ID() != e.ID() {
		t.Errorf("IDs %s and %s: they shall depend on the case and the number only", e.ID(), other.ID())
	}
	ids := map[string]bool{}
	for n := range 12_000 {
		ids[Event{Case: "2026-000001", Seq: n}.ID()] = true
	}
	if len(ids) != 12_000 {
		t.Errorf("%d IDs for 12000 events", len(ids))
	}
	for k := range kindNames {
		if k.String() == "" || strings.Contains(k.String(), string(k)) {
			t.Errorf("%q reads %q", string(k), k)
		}
	}
	if s := fmt.Sprint(Kind("eaten")); s != "" {
		t.Errorf("an unknown kind reads %q", s)
	}
}
