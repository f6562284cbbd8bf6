package cases

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/workday"
)

var zone = time.FixedZone("UTC+8", 8*3600)

// calendar is one with the built-in holidays, which end with 2026, and a lunch break.
func calendar(t rapid.TB) *workday.Calendar {
	t.Helper()
	return officeOf(t, "09:00-12:00", "13:00-17:30")
}

func officeOf(t rapid.TB, spans ...string) *workday.Calendar {
	t.Helper()
	hours, err := workday.ParseHours(spans)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := workday.New(zone, hours)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

func steps(t rapid.TB, cal *workday.Calendar, ladder string, start time.Time) []Step {
	t.Helper()
	list, err := Steps(cal, ladder, start, false)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// moment reads 2026-11-20 16:00.
func moment(t rapid.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// begun is a case on a ladder that was signed when it came.
func begun(t rapid.TB, cal *workday.Calendar, ladder string, start time.Time) Case {
	c := fold(t, opened(steps(t, cal, ladder, start)), Event{Kind: Signed, At: start, By: "王敏"})
	c.Opened, c.Start, c.Asked = start, start, start
	return c
}

// more applies events to a case.
func more(t rapid.TB, c Case, events ...Event) Case {
	t.Helper()
	c = through(t, c)
	for _, e := range events {
		e.Case, e.Seq = c.Number, c.Seq+1
		if err := c.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func pause(t rapid.TB, cal *workday.Calendar, c Case, from, to time.Time) Case {
	t.Helper()
	c = more(t, c, Event{Kind: Paused, At: from, Reason: PauseReasons[0]})
	return more(t, c, Event{Kind: Resumed, At: to, Steps: c.ResumedSteps(cal, to)})
}

// The days off and make-up days of autumn 2026: 09-20 (Sunday) and 10-10 (Saturday) are worked,
// 09-25 to 09-27 and 10-01 to 10-07 are off. 2027 is unknown.
func TestResumedSteps(t *testing.T) {
	for _, c := range []struct {
		name, ladder, start, from, to, due, why string
	}{
		{"over lunch: no working time", "reply", "2026-11-23 10:00", "2026-11-23 12:10", "2026-11-23 12:50", "2026-11-24 17:30",
			"停时前还剩 12 小时（工作时间）；11-23 12:50 恢复计时；11-24 17:30 截止"},
		{"over lunch and an hour", "reply", "2026-11-23 10:00", "2026-11-24 11:30", "2026-11-24 13:30", "2026-11-25 10:00",
			"停时前还剩 5 小时（工作时间）；11-24 13:30 恢复计时；11-25 10:00 截止"},
		{"over a weekend: none", "reply", "2026-11-20 16:00", "2026-11-20 17:30", "2026-11-23 09:00", "2026-11-23 17:30",
			"停时前还剩 7 小时 30 分（工作时间）；11-23 09:00 恢复计时；11-23 17:30 截止"},
		{"resumed on a day off", "reply", "2026-11-20 16:00", "2026-11-20 16:30", "2026-11-21 11:00", "2026-11-24 10:00",
			"停时前还剩 8 小时 30 分（工作时间）；11-21 11:00 恢复计时；11-21、11-22 休息；11-24 10:00 截止"},
		{"over the National Day", "written", "2026-09-29 10:00", "2026-09-30 15:00", "2026-10-08 10:00", "2026-10-13 13:30",
			"停时前还剩 32 小时 30 分（工作时间）；10-08 10:00 恢复计时；10-10 国庆节调休上班；10-11 休息；10-13 13:30 截止"},
		{"into a make-up Saturday", "reply", "2026-10-08 10:00", "2026-10-09 09:00", "2026-10-09 16:30", "2026-10-10 16:30",
			"停时前还剩 7 小时 30 分（工作时间）；10-09 16:30 恢复计时；10-10 国庆节调休上班；10-10 16:30 截止"},
		{"into an unknown year", "reply", "2026-12-30 10:00", "2026-12-31 16:30", "2027-01-04 16:30", "2027-01-04 17:30",
			"停时前还剩 1 小时（工作时间）；01-04 16:30 恢复计时；01-04 17:30 截止（2027 年的放假安排尚未录入，暂按周一至周五上班计算，请人工核对）"},
		{"resumed before New Year, due after it", "reply", "2026-12-30 10:00", "2026-12-31 10:00", "2026-12-31 16:30", "2027-01-01 15:30",
			"停时前还剩 6 小时 30 分（工作时间）；12-31 16:30 恢复计时；2027-01-01 15:30 截止（2027 年的放假安排尚未录入，暂按周一至周五上班计算，请人工核对）"},
		{"plain hours", "general", "2026-11-20 16:00", "2026-11-21 10:00", "2026-11-21 22:30", "2026-11-23 04:30",
			"停时前还剩 30 小时；11-21 22:30 恢复计时；11-23 04:30 截止"},
		{"late already", "reply", "2026-11-20 16:00", "2026-11-23 17:31", "2026-11-25 10:00", "2026-11-23 17:30",
			"11-20 周五 16:00 收到，次日起算；11-21、11-22 休息；第 1 个工作日 11-23 周一，17:30 截止"},
	} {
		cal := calendar(t)
		k := pause(t, cal, begun(t, cal, c.ladder, moment(t, c.start)), moment(t, c.from), moment(t, c.to))
		s := k.Steps[0]
		if got := s.Due.Format("2006-01-02 15:04"); got != c.due {
			t.Errorf("%s: due %s, want %s", c.name, got, c.due)
		}
		if s.Why != c.why {
			t.Errorf("%s: %s\nwant %s", c.name, s.Why, c.why)
		}
	}
}

// What was met before the pause is not due later, and what comes after it is.
func TestResumedOfTwo(t *testing.T) {
	cal, start := calendar(t), moment(t, "2026-11-23 10:00")
	c := begun(t, cal, "major", start)
	c = more(t, c, replyTo(c, start.Add(time.Hour)))
	c = pause(t, cal, c, start.Add(2*time.Hour), start.Add(4*time.Hour))
	if a, b := c.Steps[0].Due.Sub(start), c.Steps[1].Due.Sub(start); a != 5*time.Hour || b != 26*time.Hour {
		t.Errorf("due after %v and %v", a, b)
	}
	if c.Steps[0].Why != steps(t, cal, "major", start)[0].Why {
		t.Error(c.Steps[0].Why)
	}
}

// Office hours that changed meanwhile, or a clock that was set back, make nothing due sooner.
func TestResumedNeverSooner(t *testing.T) {
	long, short := calendar(t), officeOf(t, "08:30-12:00", "13:00-17:00")
	c := begun(t, long, "reply", moment(t, "2026-11-20 16:00")) // due on Monday at 17:30
	c = pause(t, short, c, moment(t, "2026-11-23 17:10"), moment(t, "2026-11-23 17:10"))
	if got := c.Steps[0].Due; !got.Equal(moment(t, "2026-11-23 17:30")) {
		t.Errorf("due %s", got)
	}
	for _, ladder := range []string{"reply", "general"} {
		c = begun(t, long, ladder, moment(t, "2026-11-20 16:00"))
		due := c.Steps[0].Due
		c = pause(t, long, c, moment(t, "2026-11-20 17:00"), moment(t, "2026-11-20 16:30"))
		if got := c.Steps[0].Due; !got.Equal(due) {
			t.Errorf("%s: due %s, before %s", ladder, got, due)
		}
	}
}

func TestExtendedSteps(t *testing.T) {
	for _, c := range []struct{ ladder, start, due, why string }{
		{"reply", "2026-11-19 16:00", "2026-11-23 17:30", "原定 11-20 17:30，孙局批准延期1个工作日；11-21、11-22 休息；第 1 个工作日 11-23 周一，17:30 截止"},
		{"reply", "2026-10-08 09:00", "2026-10-10 17:30", "原定 10-09 17:30，孙局批准延期1个工作日；10-10 国庆节调休上班；第 1 个工作日 10-10 周六，17:30 截止"},
		{"reply", "2026-12-30 09:00", "2027-01-01 17:30", "原定 12-31 17:30，孙局批准延期1个工作日；第 1 个工作日 2027-01-01 周五，17:30 截止（2027 年的放假安排尚未录入，暂按周一至周五上班计算，请人工核对）"},
		{"general", "2026-11-20 16:00", "2026-11-24 16:00", "原定 11-22 16:00，孙局批准延期48小时；满 48 小时，11-24 周二 16:00 截止"},
		{"written", "2026-09-29 10:00", "2026-10-19 17:30", "原定 10-12 17:30，孙局批准延期5个工作日；10-17、10-18 休息；第 5 个工作日 10-19 周一，17:30 截止"},
	} {
		cal := calendar(t)
		k := begun(t, cal, c.ladder, moment(t, c.start))
		// What comes back from the warehouse is in UTC: people still read their own zone.
		k.Steps[0].Due = k.Steps[0].Due.UTC()
		s := k.ExtendedSteps(cal, "孙局")[0]
		if got := s.Due.Format("2006-01-02 15:04"); got != c.due || s.Why != c.why {
			t.Errorf("%s of %s: due %s\n%s\nwant %s\n%s", c.ladder, c.start, got, s.Why, c.due, c.why)
		}
	}
}

func TestRaisedSteps(t *testing.T) {
	cal := calendar(t)
	type want struct{ due, why string }
	for _, c := range []struct {
		name, ladder, start, paused, now string
		to                               Severity
		want                             []want
	}{
		{"to major", "reply", "2026-11-20 16:00", "", "2026-11-20 17:00", Major, []want{
			{"11-20 22:00", "11-20 周五 17:00 升为重大，即时起算，节假日和夜间照计；满 5 小时，11-20 周五 22:00 截止"},
			{"11-21 17:00", "11-20 周五 17:00 升为重大，即时起算，节假日和夜间照计；满 24 小时，11-21 周六 17:00 截止"}}},
		{"the old time is sooner", "reply", "2026-11-20 16:00", "", "2026-11-23 16:30", Larger, []want{
			{"11-23 17:30", "升为较大，但原定 11-23 17:30 更早，仍按原定"}}},
		{"late stays late", "reply", "2026-11-20 16:00", "", "2026-11-24 09:00", Major, []want{
			{"11-23 17:30", "升为重大，但原定 11-23 17:30 更早，仍按原定"},
			{"11-25 09:00", "11-24 周二 09:00 升为重大，即时起算，节假日和夜间照计；满 24 小时，11-25 周三 09:00 截止"}}},
		{"while paused", "reply", "2026-11-20 16:00", "2026-11-23 10:00", "2026-11-25 09:00", Major, []want{
			{"11-25 14:00", "停时到此为止；11-25 周三 09:00 升为重大，即时起算，节假日和夜间照计；满 5 小时，11-25 周三 14:00 截止"},
			{"11-26 09:00", "11-25 周三 09:00 升为重大，即时起算，节假日和夜间照计；满 24 小时，11-26 周四 09:00 截止"}}},
		{"while paused, with little time left", "reply", "2026-11-20 16:00", "2026-11-23 16:30", "2026-11-25 09:00", Major, []want{
			{"11-25 10:00", "停时到此为止；升为重大，但原定 11-25 10:00 更早，仍按原定"},
			{"11-26 09:00", "11-25 周三 09:00 升为重大，即时起算，节假日和夜间照计；满 24 小时，11-26 周四 09:00 截止"}}},
	} {
		k := begun(t, cal, c.ladder, moment(t, c.start))
		for i := range k.Steps { // as it comes back from the warehouse
			k.Steps[i].Due = k.Steps[i].Due.UTC()
		}
		if c.paused != "" {
			k = more(t, k, Event{Kind: Paused, At: moment(t, c.paused)})
		}
		got, err := k.RaisedSteps(cal, c.to, moment(t, c.now), true)
		if err != nil || len(got) != len(c.want) {
			t.Fatalf("%s: %v, %v", c.name, got, err)
		}
		for i, s := range got {
			if due := s.Due.Format(stamp); due != c.want[i].due || s.Why != c.want[i].why || !s.Review {
				t.Errorf("%s: %s %s\nwant %s %s", c.name, due, s.Why, c.want[i].due, c.want[i].why)
			}
		}
	}
	k := begun(t, cal, "reply", day0)
	k = more(t, k, replyTo(k, day0))
	if got, err := k.RaisedSteps(cal, Major, day0.Add(time.Minute), false); err != nil || !strings.Contains(got[0].Why, " 升为重大，") {
		t.Errorf("answered, then raised: %v, %v", got, err)
	}
	if _, err := k.RaisedSteps(cal, Ordinary, day0, false); err == nil {
		t.Error("raised to nothing")
	}
}

func TestSigning(t *testing.T) {
	cal := calendar(t)
	for _, c := range []struct {
		severity   Severity
		asked, due string
	}{
		{Ordinary, "2026-11-20 10:00", "2026-11-20 10:30"},
		{Ordinary, "2026-11-20 11:50", "2026-11-20 13:20"},
		{Larger, "2026-11-20 17:20", "2026-11-23 09:20"},
		{"", "2026-09-30 17:10", "2026-10-08 09:10"},
		{Ordinary, "2026-10-10 08:00", "2026-10-10 09:30"},
		{Major, "2026-11-20 23:55", "2026-11-21 00:05"},
	} {
		k := Case{Severity: c.severity, Asked: moment(t, c.asked)}
		if got := k.Signing(cal, 30*time.Minute, 10*time.Minute).Format("2006-01-02 15:04"); got != c.due {
			t.Errorf("%s asked at %s: %s, want %s", c.severity, c.asked, got, c.due)
		}
	}
}

func TestStood(t *testing.T) {
	cal := calendar(t)
	k := Case{Pauses: []Pause{
		{From: moment(t, "2026-11-20 11:30"), Until: moment(t, "2026-11-20 13:30")}, // an hour around lunch
		{From: moment(t, "2026-11-20 17:00"), Until: moment(t, "2026-11-23 09:30")}, // an hour around a weekend
		{From: moment(t, "2026-11-24 09:00")},
	}}
	for now, want := range map[string]time.Duration{
		"2026-11-24 09:00": 2 * time.Hour, "2026-11-24 12:30": 5 * time.Hour, "2026-11-25 08:00": 9*time.Hour + 30*time.Minute,
	} {
		if got := k.Stood(cal, moment(t, now)); got != want {
			t.Errorf("at %s: %v, want %v", now, got, want)
		}
	}
}

// someClock draws a calendar, a case that has begun, and an instant before its due time.
func someClock(t *rapid.T) (*workday.Calendar, Case, time.Time) {
	cal := officeOf(t, rapid.SampledFrom([][]string{{"09:00-12:00", "13:00-17:30"}, {"08:30-17:00"}, {"00:00-23:59"}}).Draw(t, "hours")...)
	ladder := rapid.SampledFrom([]string{"reply", "general", "major", "written", "disclosure"}).Draw(t, "ladder")
	start := moment(t, "2026-09-14 00:00").Add(time.Duration(rapid.IntRange(0, 120*86400).Draw(t, "start")) * time.Second)
	c := begun(t, cal, ladder, start)
	whole := c.Steps[0].Due.Sub(start)
	from := start.Add(time.Duration(rapid.Int64Range(0, int64(whole/time.Second)-1).Draw(t, "from")) * time.Second)
	return cal, c, from
}

func between(s Step, cal *workday.Calendar, a, b time.Time) time.Duration {
	if strings.HasSuffix(s.Target, "h") && !strings.HasSuffix(s.Target, "wh") {
		return b.Sub(a)
	}
	return cal.Between(a, b)
}

// To pause and resume at once changes nothing, also not what rings; a pause moves what is
// owed by as much as it took of the time that counts; nothing rings and nothing is late in it.
func TestPauseLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, c, from := someClock(t)
		if rapid.Bool().Draw(t, "reminded") {
			c.Reminded = c.Mark(cal, from)
		}
		at := pause(t, cal, c, from, from)
		for i, s := range at.Steps {
			if !s.Due.Equal(c.Steps[i].Due) {
				t.Fatalf("paused for no time: due %s, before %s", s.Due, c.Steps[i].Due)
			}
		}
		if at.Mark(cal, from) != c.Mark(cal, from) {
			t.Fatalf("paused for no time: rings for %q, before %q", at.Mark(cal, from), c.Mark(cal, from))
		}
		to := from.Add(time.Duration(rapid.IntRange(0, 20*86400).Draw(t, "seconds")) * time.Second)
		standing := more(t, c, Event{Kind: Paused, At: from})
		if standing.Overdue(to) || standing.Mark(cal, to) != "" {
			t.Fatalf("paused, and yet overdue %v, marked %q", standing.Overdue(to), standing.Mark(cal, to))
		}
		if got, want := standing.Stood(cal, to), cal.Between(from, to); got != want {
			t.Fatalf("stood for %v, want %v", got, want)
		}
		after := pause(t, cal, c, from, to)
		for i, s := range after.Steps {
			if moved, took := between(s, cal, c.Steps[i].Due, s.Due), between(s, cal, from, to); moved != took || s.Due.Before(c.Steps[i].Due) {
				t.Fatalf("%s: a pause of %v moved it by %v", s.Target, took, moved)
			}
			if left := between(s, cal, to, s.Due); left != between(s, cal, from, c.Steps[i].Due) || after.Overdue(to) {
				t.Fatalf("%v are left", left)
			}
		}
		if mark := after.Mark(cal, to); mark != "" && mark != c.Mark(cal, from) && cal.Between(from, from.Add(time.Second)) > 0 {
			t.Fatalf("a pause made it ring for %q; %q before", mark, c.Mark(cal, from))
		}
		again := to.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "later")) * time.Second)
		if again.Before(after.Steps[0].Due) {
			twice := pause(t, cal, after, again, again.Add(time.Hour))
			if got, want := twice.Stood(cal, again.Add(2*time.Hour)), cal.Between(from, to)+cal.Between(again, again.Add(time.Hour)); got != want {
				t.Fatalf("stood for %v, want %v", got, want)
			}
		}
	})
}

// More time is never less, at whatever moment it is given, and leaves what is met alone.
func TestExtensionLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, c, from := someClock(t)
		if rapid.Bool().Draw(t, "answered") {
			c = more(t, c, replyTo(c, from))
		}
		for i, s := range c.ExtendedSteps(cal, "孙局") {
			if i < c.Met() != s.Due.Equal(c.Steps[i].Due) || s.Due.Before(c.Steps[i].Due) {
				t.Fatalf("step %d (%d met): %s after %s", i, c.Met(), s.Due, c.Steps[i].Due)
			}
		}
	})
}

// Graver is never later.
func TestRaiseLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, c, from := someClock(t)
		old, _ := c.Next()
		to := rapid.SampledFrom([]Severity{Larger, Major}).Draw(t, "to")
		s, err := c.RaisedSteps(cal, to, from, false)
		if err != nil || s[0].Due.After(old.Due) {
			t.Fatalf("%s after %s, %v", s[0].Due, old.Due, err)
		}
		standing, now := more(t, c, Event{Kind: Paused, At: from}), from.Add(100*time.Hour)
		s, err = standing.RaisedSteps(cal, to, now, false)
		if err != nil || s[0].Due.After(standing.ResumedSteps(cal, now)[0].Due) {
			t.Fatalf("paused: %s, %v", s[0].Due, err)
		}
	})
}
