package cases

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/workday"
)

func rules(t rapid.TB) Rules {
	cal := calendar(t)
	return Rules{Calendar: func(string) *workday.Calendar { return cal }, Within: 30 * time.Minute, Major: 10 * time.Minute}
}

// day is a time on 2026-11-23, a Monday, or a day after it; office hours are 9 to 12 and 13 to 17:30.
func day(after, hour, minute int) time.Time {
	return time.Date(2026, 11, 23+after, hour, minute, 0, 0, zone)
}

// What a case's sum says of who was slow: each is charged what it held, and lateness is of
// who held the case when the time ran out.
func TestSum(t *testing.T) {
	due := []Step{{Name: "回应", Target: "1wd", Due: day(1, 17, 30)}}
	begin := Event{Kind: Opened, At: day(0, 9, 0), Post: "p1", Source: "论坛", Title: "停水", Topic: "供水", Steps: due, Unit: "供水公司", Officer: "王敏"}
	signed := func(at time.Time, who, unit string) Event { return Event{Kind: Signed, At: at, By: who, Unit: unit} }
	offered := func(at time.Time) Event {
		return Event{Kind: Transferred, At: at, By: "王敏", Unit: "住建局", Officer: "赵刚", Reason: "属物业"}
	}
	replied := func(at time.Time) Event {
		return Event{Kind: Replied, At: at, By: "某人", Text: "好了", Steps: due}
	}
	turn := func(unit, officer string, d time.Duration) Turn { return Turn{Unit: unit, Officer: officer, Worked: d} }
	for name, c := range map[string]struct {
		after     []Event
		turns     []Turn
		worked    time.Duration
		replyUnit string
		late      string
		transfers int
		signed    time.Time
	}{
		"only opened": {nil, []Turn{turn("供水公司", "王敏", 0)}, 0, "", "", 0, time.Time{}},
		"over lunch": {[]Event{signed(day(0, 11, 30), "王敏", "供水公司"), replied(day(0, 14, 0))},
			[]Turn{turn("供水公司", "王敏", 4*time.Hour)}, 4 * time.Hour, "供水公司", "", 0, day(0, 11, 30)},
		"an answer signs": {[]Event{replied(day(0, 10, 0))}, []Turn{turn("供水公司", "王敏", time.Hour)}, time.Hour, "供水公司", "", 0, day(0, 10, 0)},
		"only what it held": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), offered(day(0, 10, 0)), signed(day(0, 11, 0), "赵刚", "住建局"), replied(day(0, 11, 30))},
			[]Turn{turn("供水公司", "王敏", 2*time.Hour), turn("住建局", "赵刚", 30*time.Minute)}, 30 * time.Minute, "住建局", "", 1, day(0, 9, 30)},
		"not while time stood": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), {Kind: Paused, At: day(0, 10, 0), Reason: "等"},
			{Kind: Resumed, At: day(1, 9, 0), Steps: due}, replied(day(1, 10, 0))},
			[]Turn{turn("供水公司", "王敏", 2*time.Hour)}, 2 * time.Hour, "供水公司", "", 0, day(0, 9, 30)},
		"two officers": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), {Kind: Reassigned, At: day(0, 10, 0), Officer: "李强"}, replied(day(0, 11, 0))},
			[]Turn{turn("供水公司", "王敏", time.Hour), turn("供水公司", "李强", time.Hour)}, 2 * time.Hour, "供水公司", "", 0, day(0, 9, 30)},
		"late": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), replied(day(2, 9, 30))},
			[]Turn{turn("供水公司", "王敏", 15*time.Hour+30*time.Minute)}, 15*time.Hour + 30*time.Minute, "供水公司", "供水公司 王敏", 0, day(0, 9, 30)},
		"late by another": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), offered(day(2, 9, 0)), signed(day(2, 9, 10), "赵刚", "住建局"), replied(day(2, 9, 20))},
			[]Turn{turn("供水公司", "王敏", 15*time.Hour+10*time.Minute), turn("住建局", "赵刚", 10*time.Minute)}, 10 * time.Minute, "住建局", "供水公司 王敏", 1, day(0, 9, 30)},
		"in time, and told late": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), {Kind: Reminded, At: day(2, 9, 0), Reason: Late}, replied(day(1, 17, 0))},
			[]Turn{turn("供水公司", "王敏", 14*time.Hour+30*time.Minute)}, 14*time.Hour + 30*time.Minute, "供水公司", "", 0, day(0, 9, 30)},
		"not late while time stood": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), {Kind: Paused, At: day(0, 10, 0), Reason: "等"}, {Kind: Joined, At: day(3, 9, 0), Source: "论坛"}},
			[]Turn{turn("供水公司", "王敏", time.Hour)}, 0, "", "", 0, day(0, 9, 30)},
		"dismissed in time, answered late after all": {[]Event{{Kind: Dismissed, At: day(0, 10, 0), By: "王敏", Reason: FalseAlarm}, {Kind: Replied, At: day(2, 9, 30), By: "王敏", Text: "好了"}},
			[]Turn{turn("供水公司", "王敏", time.Hour)}, time.Hour, "供水公司", "供水公司 王敏", 0, day(0, 10, 0)},
		"dismissed, and answered in time after all": {[]Event{{Kind: Dismissed, At: day(0, 10, 0), By: "王敏", Reason: FalseAlarm}, {Kind: Replied, At: day(0, 11, 0), By: "王敏", Text: "好了"}},
			[]Turn{turn("供水公司", "王敏", time.Hour)}, time.Hour, "供水公司", "", 0, day(0, 10, 0)},
		"late, and merged": {[]Event{signed(day(0, 9, 30), "王敏", "供水公司"), {Kind: Merged, At: day(2, 9, 0), By: "王敏", Other: "2026-000002"}},
			[]Turn{turn("供水公司", "王敏", 15*time.Hour)}, 0, "", "供水公司 王敏", 0, day(0, 9, 30)},
		"after its end nothing counts": {[]Event{replied(day(0, 10, 0)), {Kind: Closed, At: day(0, 11, 0), By: "王敏"}, {Kind: Joined, At: day(5, 9, 0), Source: "论坛"}},
			[]Turn{turn("供水公司", "王敏", time.Hour)}, time.Hour, "供水公司", "", 0, day(0, 10, 0)},
	} {
		f, err := rules(t).Sum(story(append([]Event{begin}, c.after...)...))
		if err != nil {
			t.Fatal(name, err)
		}
		late := f.LateUnit
		if late != "" {
			late += " " + f.LateOfficer
		}
		if len(f.Turns) != len(c.turns) || f.Worked != c.worked || f.ReplyUnit != c.replyUnit || late != c.late || f.Transfers != c.transfers || !f.Signed.Equal(c.signed) {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		for i := range c.turns {
			if f.Turns[i] != c.turns[i] {
				t.Errorf("%s: turn %d is %+v, want %+v", name, i, f.Turns[i], c.turns[i])
			}
		}
		if !f.SignBy.Equal(day(0, 9, 30)) {
			t.Errorf("%s: to sign until %v", name, f.SignBy)
		}
	}
	if _, err := rules(t).Sum(nil); err == nil {
		t.Error("a case without events is summed up")
	}
}

// summed holds the sum of a lawful life to what is true of every one.
func summed(t *rapid.T, c Case, events []Event, now time.Time) {
	f, err := rules(t).Sum(events)
	if err != nil {
		t.Fatal(err)
	}
	var all time.Duration
	for _, turn := range f.Turns {
		all += turn.Worked
	}
	switch whole := calendar(t).Between(c.Opened, now); {
	case all < 0 || all > whole:
		t.Fatalf("turns of %s in %s of working time", all, whole)
	case f.Worked < 0 || f.Worked > all:
		t.Fatalf("%s of %s until the answer", f.Worked, all)
	case f.Seq != c.Seq || f.State != c.State || f.Unit != c.Unit || f.Officer != c.Officer:
		t.Fatalf("%+v is not as the case %+v", f, c)
	case (f.Answers > 0) != !f.Replied.IsZero():
		t.Fatalf("%+v", f)
	case !f.Due.IsZero() != c.Open():
		t.Fatalf("due %v in state %s", f.Due, c.State)
	case f.Answers > 0 && f.Signed.IsZero():
		t.Fatal("answered and not signed")
	}
}

// What a unit asks that is judged: how long time stood, how often it was given more, what
// became of the cases that were passed on, and how short before the time ran out.
func TestSumOfPassing(t *testing.T) {
	due := []Step{{Name: "回应", Target: "1wd", Due: day(1, 17, 30)}} // of 15 hours
	begin := Event{Kind: Opened, At: day(0, 9, 0), Post: "p1", Source: "来访", Title: "停水", Topic: "供水", Steps: due, Unit: "甲", Officer: "王敏"}
	signed := func(at time.Time, who, unit string) Event { return Event{Kind: Signed, At: at, By: who, Unit: unit} }
	offered := func(at time.Time, by, unit, to string) Event {
		return Event{Kind: Transferred, At: at, By: by, Unit: unit, Officer: to, Reason: "不归我们"}
	}
	replied := func(at time.Time) Event {
		return Event{Kind: Replied, At: at, By: "某人", Text: "好了", Steps: due}
	}
	paused := func(at time.Time) Event { return Event{Kind: Paused, At: at, By: "王敏", Reason: "等"} }
	resumed := func(at time.Time) Event { return Event{Kind: Resumed, At: at, By: "王敏", Steps: due} }
	declined := func(at time.Time) Event {
		return Event{Kind: Declined, At: at, By: "赵刚", Unit: "乙", Reason: "也不归"}
	}
	mine, theirs := signed(day(0, 9, 10), "王敏", "甲"), signed(day(0, 11, 0), "赵刚", "乙")
	for name, c := range map[string]struct {
		after                             []Event
		pauses                            int
		stood                             time.Duration
		transfers, back, declined, rushed int
		extended                          int
	}{
		"nothing of it": {after: []Event{mine, replied(day(0, 10, 0))}},
		"two pauses": {after: []Event{mine, paused(day(0, 10, 0)), resumed(day(0, 14, 0)), paused(day(0, 15, 0)), resumed(day(1, 9, 30)), replied(day(1, 10, 0))},
			pauses: 2, stood: 6 * time.Hour},
		"one that lasts":        {after: []Event{mine, paused(day(0, 10, 0)), {Kind: Joined, At: day(0, 12, 0), Source: "论坛"}}, pauses: 1},
		"after the answer":      {after: []Event{mine, replied(day(0, 10, 0)), {Kind: Reopened, At: day(0, 11, 0), Steps: due, Officer: "王敏"}, paused(day(0, 12, 0)), resumed(day(0, 14, 0))}},
		"in one, told late":     {after: []Event{mine, paused(day(0, 10, 0)), resumed(day(0, 12, 0)), replied(day(0, 11, 0))}, pauses: 1, stood: time.Hour},
		"before one, told late": {after: []Event{mine, paused(day(0, 10, 0)), resumed(day(0, 12, 0)), replied(day(0, 9, 30))}},
		"extended twice": {after: []Event{mine, {Kind: Extended, At: day(0, 10, 0), Steps: due}, {Kind: Reopened, At: day(0, 11, 0), Steps: due, Officer: "王敏"}, {Kind: Extended, At: day(0, 12, 0), Steps: due}},
			extended: 2},
		"passed on at once":  {after: []Event{mine, offered(day(0, 10, 0), "王敏", "乙", "赵刚"), theirs}, transfers: 1},
		"and back":           {after: []Event{mine, offered(day(0, 10, 0), "王敏", "乙", "赵刚"), theirs, offered(day(0, 12, 0), "赵刚", "甲", "王敏"), signed(day(0, 14, 0), "王敏", "甲")}, transfers: 2, back: 1},
		"refused":            {after: []Event{mine, offered(day(1, 17, 0), "王敏", "乙", "赵刚"), declined(day(1, 17, 10))}, declined: 1},
		"at the last moment": {after: []Event{mine, offered(day(1, 13, 50), "王敏", "乙", "赵刚"), signed(day(1, 17, 0), "赵刚", "乙")}, transfers: 1, rushed: 1},
		"just before that":   {after: []Event{mine, offered(day(1, 13, 40), "王敏", "乙", "赵刚"), signed(day(1, 17, 0), "赵刚", "乙")}, transfers: 1},
		"when it was late":   {after: []Event{mine, offered(day(2, 9, 0), "王敏", "乙", "赵刚"), signed(day(2, 9, 5), "赵刚", "乙")}, transfers: 1},
		"while time stood": {after: []Event{mine, paused(day(1, 10, 0)), offered(day(1, 17, 0), "王敏", "乙", "赵刚"), signed(day(1, 17, 5), "赵刚", "乙")}, pauses: 1,
			transfers: 1},
		"refused, then taken in time": {after: []Event{mine, offered(day(1, 17, 0), "王敏", "乙", "赵刚"), declined(day(1, 17, 10)), {Kind: Extended, At: day(1, 17, 15), Steps: []Step{{Name: "回应", Target: "1wd", Due: day(2, 17, 30)}}},
			offered(day(1, 17, 20), "王敏", "丙", "钱进"), signed(day(1, 17, 25), "钱进", "丙")}, declined: 1, extended: 1, transfers: 1},
		"by the program": {after: []Event{mine, {Kind: Transferred, At: day(1, 17, 0), Unit: "乙", Officer: "赵刚", Reason: "单位撤销"}}, transfers: 1},
	} {
		f, err := rules(t).Sum(story(append([]Event{begin}, c.after...)...))
		if err != nil {
			t.Fatal(name, err)
		}
		rushed := 0
		for _, turn := range f.Turns {
			if rushed += turn.Rushed; turn.Rushed > 0 && turn.Unit != "甲" {
				t.Errorf("%s: %+v", name, turn)
			}
		}
		if f.Pauses != c.pauses || f.Stood != c.stood || f.Transfers != c.transfers || f.Back != c.back || f.Declined != c.declined || rushed != c.rushed || f.Extended != c.extended {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for want, e := range map[bool]Event{false: {Kind: Opened, By: "王敏", Other: "2026-000009"}, true: {Kind: Opened, By: "王敏"}} {
		if f, err := rules(t).Sum(story(e)); err != nil || f.ByHand != want {
			t.Errorf("%+v is registered by hand: %v (%v)", e, f.ByHand, err)
		}
	}
}
