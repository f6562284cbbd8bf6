package cases

import (
	"testing"
	"time"

	"huiyin/internal/workday"
)

func TestMark(t *testing.T) {
	cal := calendar(t)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) } // the 20th is a Friday
	for _, c := range []struct {
		name     string
		target   string
		from     time.Time
		now      time.Time
		reminded string
		want     string
	}{
		{"just begun", "1wd", at(20, 9, 0), at(20, 9, 0), "", ""},
		{"half of 15 working hours", "1wd", at(20, 9, 0), at(20, 17, 30), "", Halfway},
		{"told already", "1wd", at(20, 9, 0), at(22, 12, 0), Halfway, ""},
		{"the weekend does not count", "1wd", at(20, 9, 0), at(22, 23, 0), "", Halfway},
		{"four fifths", "1wd", at(20, 9, 0), at(23, 14, 30), Halfway, Nearly},
		{"only the last of two", "1wd", at(20, 9, 0), at(23, 15, 0), "", Nearly},
		{"at the due time", "1wd", at(20, 9, 0), at(23, 17, 30), Nearly, ""},
		{"after it", "1wd", at(20, 9, 0), at(23, 17, 31), Nearly, Late},
		{"told that too", "1wd", at(20, 9, 0), at(25, 9, 0), Late, ""},
		{"received on a day off", "1wd", at(21, 12, 0), at(23, 9, 0), "", ""},
		{"received on a day off, half", "1wd", at(21, 12, 0), at(23, 13, 45), "", Halfway},
		{"plain hours, by day", "48h", at(23, 9, 0), at(24, 9, 0), "", Halfway},
		{"plain hours wait for the morning", "48h", at(23, 1, 0), at(24, 1, 0), "", ""},
		{"an emergency does not", "5h", at(21, 1, 0), at(21, 4, 0), "", Halfway},
	} {
		target, err := workday.ParseTarget(c.target)
		if err != nil {
			t.Fatal(err)
		}
		k := Case{State: Registered, Start: c.from, Reminded: c.reminded, Steps: []Step{{Name: "回应", Target: c.target, Due: cal.Due(c.from, target).At}}}
		if got := k.Mark(cal, c.now); got != c.want {
			t.Errorf("%s: %q, want %q (due %s)", c.name, got, c.want, k.Steps[0].Due)
		}
		k.State = Answered
		if got := k.Mark(cal, c.now); got != "" {
			t.Errorf("%s: %q of a case that is answered", c.name, got)
		}
	}
}

// A pause does not count, whether it is over or not.
func TestMarkPaused(t *testing.T) {
	cal := calendar(t)
	c := begun(t, cal, "reply", moment(t, "2026-11-23 09:00")) // 15 working hours
	c = pause(t, cal, c, moment(t, "2026-11-23 14:00"), moment(t, "2026-11-25 14:00"))
	for now, want := range map[string]string{
		"2026-11-25 14:00": "", "2026-11-25 17:29": "", "2026-11-25 17:30": Halfway, "2026-11-26 14:29": Halfway,
		"2026-11-26 14:30": Nearly, "2026-11-26 17:30": Nearly, "2026-11-26 17:31": Late,
	} {
		if got := c.Mark(cal, moment(t, now)); got != want {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
	// New steps do not know of the pause.
	raised := moment(t, "2026-11-25 15:00")
	steps, err := c.RaisedSteps(cal, Major, raised, false)
	if err != nil {
		t.Fatal(err)
	}
	c = more(t, c, Event{Kind: Raised, At: raised, Severity: Major, Steps: steps})
	for after, want := range map[time.Duration]string{149 * time.Minute: "", 150 * time.Minute: Halfway, 4 * time.Hour: Nearly} {
		if got := c.Mark(cal, raised.Add(after)); got != want {
			t.Errorf("%v after the rise: %q, want %q", after, got, want)
		}
	}
}

// A reply ends the reminding of its step; the next step begins anew.
func TestReminded(t *testing.T) {
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	events := []Event{
		{Case: "2026-000001", Seq: 1, Kind: Opened, At: start, Post: "p", Officer: "王敏", Steps: []Step{
			{Name: "首次表态", Target: "5h", Due: start.Add(5 * time.Hour)}, {Name: "新闻发布", Target: "24h", Due: start.Add(24 * time.Hour)},
		}},
		{Case: "2026-000001", Seq: 2, Kind: Reminded, At: start.Add(3 * time.Hour), Officer: "王敏", Reason: Halfway},
		{Case: "2026-000001", Seq: 3, Kind: Replied, At: start.Add(4 * time.Hour), By: "王敏", Text: "正在处置"},
	}
	for n, want := range map[int]string{1: "", 2: Halfway, 3: ""} {
		c, err := Fold(events[:n])
		if err != nil || c.Reminded != want {
			t.Errorf("after %d events: %q, %v, want %q", n, c.Reminded, err, want)
		}
	}
}
