package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// rings are the messages that came anew, as words: 王敏 2026-000001.
func rings(sent []cases.Parcel) (list []string) {
	for _, p := range sent {
		if p.Message == 0 && p.Case != "" {
			list = append(list, p.To+" "+p.Case)
		}
	}
	return list
}

// A story that spreads is graver: it rings again, once for each rise, and owes more.
func TestSpread(t *testing.T) {
	for name, c := range map[string]struct {
		larger, major cases.Spread
		sources       []string
		want          map[int]string // after how many posts: what is said
	}{
		"by posts": {
			larger: cases.Spread{Mentions: 3}, major: cases.Spread{Mentions: 5}, sources: []string{"论坛"},
			want: map[int]string{3: "升级为较大：同一件事已有 3 帖", 5: "升级为重大：同一件事已有 5 帖"},
		},
		"by sources": {
			larger: cases.Spread{Sources: 2}, major: cases.Spread{Sources: 3}, sources: []string{"论坛", "微博", "贴吧"},
			want: map[int]string{2: "升级为较大：已有 2 个来源在说", 3: "升级为重大：已有 3 个来源在说"},
		},
		"by speed": {
			larger: cases.Spread{Hourly: 4}, sources: []string{"论坛"}, want: map[int]string{4: "升级为较大：一小时内有 4 帖"},
		},
		"straight to major": {
			larger: cases.Spread{Mentions: 2}, major: cases.Spread{Mentions: 2}, sources: []string{"论坛"},
			want: map[int]string{2: "升级为重大：同一件事已有 2 帖"},
		},
		"never": {sources: []string{"论坛", "微博"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := busyDesk(t, "王敏", "李强", "周局")
			d.office.Larger, d.office.Major, d.office.Copies = c.larger, c.major, nil
			d.restart()
			number := d.open1(1, "停水").Number
			d.act(cases.Signed, "王敏", number)
			d.drain()
			for n := 2; n <= 6; n++ {
				d.now = d.now.Add(10 * time.Second)
				d.ingest(d.post(c.sources[(n-1)%len(c.sources)], fmt.Sprint("r", n), telling(1, "停水")))
				var want []string
				if c.want[n] != "" {
					want = []string{"王敏 " + number}
					if got := d.last(number); got != c.want[n] {
						t.Errorf("after %d posts: %q, want %q", n, got, c.want[n])
					}
				}
				if got := rings(d.drain()); !slices.Equal(got, want) {
					t.Errorf("after %d posts %q rang, want %q", n, got, want)
				}
			}
		})
	}
}

// A rise brings the steps of the graver ladder, from now on; the first is never due later
// than what was owed before.
func TestRisenSteps(t *testing.T) {
	due := func(c cases.Case) (list []string) {
		for _, s := range c.Steps {
			list = append(list, s.Name+" "+s.Due.Format("02 15:04"))
		}
		return list
	}
	d := busyDesk(t, "王敏", "李强", "何平", "周局")
	c := d.open1(1, "停水")
	d.act(cases.Signed, "王敏", c.Number)
	d.act(cases.Paused, "王敏", c.Number, reason(cases.PauseReasons[0]))
	d.now = clock(23, 15, 0)
	d.ingest(d.post("论坛", "2", telling(1, "停水")+"现场聚集了很多人"))
	c = d.kase(c.Number)
	if got := due(c); c.Severity != cases.Larger || c.Paused() != nil || !slices.Equal(got, []string{"回应 25 15:00"}) { // a pause ends: 48 hours from now
		t.Errorf("%s: %q", c.Severity, got)
	}
	d.now = clock(25, 12, 0)
	d.ingest(d.post("论坛", "3", telling(1, "停水")+"有伤亡"))
	c = d.kase(c.Number)
	if got := due(c); c.Severity != cases.Major || !slices.Equal(got, []string{"首次表态 25 15:00", "新闻发布 26 12:00"}) || !c.Steps[0].Review {
		t.Errorf("%s: %q", c.Severity, got)
	}
	d.ingest(d.post("论坛", "4", telling(1, "停水")+"聚集")) // it never falls
	if c = d.kase(c.Number); c.Severity != cases.Major || d.last(c.Number) != "并入：论坛也有一帖" {
		t.Errorf("%s: %s", c.Severity, d.last(c.Number))
	}
}

// Grave words make a case major from the start; alone they are about nothing.
func TestGraveWords(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "周局")
	d.ingest(d.post("论坛", "1", telling(1, "停水")+"，有伤亡"), d.post("论坛", "2", telling(2, "伤亡")))
	all := d.cases()
	if len(all) != 1 || all[0].Severity != cases.Major || all[0].Topic != "供水" || len(all[0].Steps) != 2 {
		t.Errorf("%+v", all)
	}
	if got := d.last(all[0].Number); got != "登记：供水，重大（帖文里说到“伤亡”），归供水公司，责任人王敏" {
		t.Error(got)
	}
	d.now = clock(23, 9, 10)
	d.ok(d.p.Tick())
	if got := d.last(all[0].Number); got != "催签：王敏 10 分内没有签收，请李强来签" {
		t.Error(got)
	}
}

// What was answered, closed or dismissed is taken up again when it turns out graver.
func TestRiseAfterTheEnd(t *testing.T) {
	for name, end := range map[string]func(d *desk, number string){
		"answered": func(d *desk, n string) { d.act(cases.Replied, "王敏", n, text("好了")) },
		"closed": func(d *desk, n string) {
			d.act(cases.Replied, "王敏", n, text("好了"))
			d.act(cases.Closed, "王敏", n)
		},
		"dismissed": func(d *desk, n string) { d.act(cases.Dismissed, "王敏", n, reason(cases.FalseAlarm)) },
	} {
		t.Run(name, func(t *testing.T) {
			d := busyDesk(t, "王敏", "李强", "周局")
			number := d.open1(1, "停水").Number
			end(d, number)
			d.drain()
			d.ok(d.p.Blocked(cases.Parcel{Outgoing: cases.Outgoing{To: "王敏"}, Chat: 1})) // the one who had it is not there
			d.now = clock(24, 10, 0)
			d.ingest(d.post("论坛", "2", telling(1, "停水")+"有伤亡"))
			c := d.kase(number)
			next, owed := c.Next()
			if !c.Open() || c.Severity != cases.Major || !owed || next.Name != "首次表态" || next.Due.After(clock(24, 15, 0)) {
				t.Errorf("%+v", c)
			}
			if got := rings(d.drain()); !slices.Equal(got, []string{"李强 " + number}) {
				t.Errorf("%q rang", got)
			}
		})
	}
}

// Time stands while a case waits for somebody else, to the second, and a leader may give
// more, once.
func TestClock(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "何平", "周局")
	number := d.open1(1, "停水").Number // due on the 24th at 17:30
	due := func(want time.Time) {
		t.Helper()
		c := d.kase(number)
		if next, _ := c.Next(); !next.Due.Equal(want) || !strings.Contains(next.Why, want.Format("01-02 ")) || !strings.Contains(next.Why, want.Format("15:04 截止")) {
			t.Errorf("due %s, want %s: %s", next.Due, want, next.Why)
		}
	}
	say := func(want string, kind cases.Kind, who string, more ...func(*cases.Act)) {
		t.Helper()
		if got := d.act(kind, who, number, more...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	say(number+" 还没有签收，不能停时。请先签收。", cases.Paused, "王敏", reason("等其他单位答复"))
	d.act(cases.Signed, "王敏", number)
	d.now = clock(24, 16, 0) // an hour and a half is left
	say(number+" 已停时：等其他单位答复。有了结果请点“恢复计时”。", cases.Paused, "王敏", reason("等其他单位答复"))
	say(number+" 已从 11-24 16:00 起停时（等其他单位答复），不用重复操作。", cases.Paused, "李强")
	d.drain()
	d.now = clock(26, 11, 0)
	d.ok(d.p.Tick())
	if c := d.kase(number); c.Overdue(d.now) || c.Reminded != "" || len(d.queue()) != 0 {
		t.Errorf("time does not stand: %+v", c)
	}
	say("这一项要由领导来定。", cases.Extended, "王敏")
	say(number+" 正在停时，不用延期。", cases.Extended, "周局")
	say(number+" 已恢复计时，请在 11-26 13:30 前回应。", cases.Resumed, "李强")
	say(number+" 没有停时，不用恢复。", cases.Resumed, "王敏")
	due(clock(26, 13, 30)) // over lunch
	say(number+" 已延期到 11-27 17:30：情况复杂，需要现场核实。", cases.Extended, "周局", reason(cases.ExtendReasons[0]))
	due(clock(27, 17, 30))
	say(number+" 已经延期过一次，不能再延。请在 11-27 17:30 前完成回应。", cases.Extended, "周局")
	// An answer ends a pause, also one that was written before it and came late.
	d.now = clock(27, 10, 0)
	d.act(cases.Paused, "王敏", number, reason("等上级答复"))
	d.now = clock(27, 11, 0)
	d.act(cases.Replied, "王敏", number, text("好了"), func(a *cases.Act) { a.At = clock(27, 9, 30) })
	c := d.kase(number)
	if c.Paused() != nil || c.State != cases.Answered || !c.Replies[0].At.Equal(clock(27, 9, 30)) || !c.Replies[0].OnTime() || !c.Pauses[1].Until.Equal(clock(27, 10, 0)) {
		t.Errorf("%+v", c)
	}
	say(number+" 已经回应，时限不再计算，不用操作。", cases.Paused, "王敏")
}

// Plain hours stand and go on as plain hours.
func TestClockOfPlainHours(t *testing.T) {
	d := busyDesk(t, "钱伟", "周局")
	number := d.open1(1, "爆炸").Number
	d.act(cases.Signed, "钱伟", number)
	d.now = d.now.Add(90 * time.Minute)
	d.act(cases.Paused, "钱伟", number, reason("等鉴定或检测结果"))
	d.now = clock(28, 23, 0) // a Saturday night
	d.act(cases.Resumed, "钱伟", number)
	c := d.kase(number)
	if !c.Steps[0].Due.Equal(clock(29, 2, 30)) || !c.Steps[1].Due.Equal(clock(29, 21, 30)) {
		t.Errorf("%+v", c.Steps)
	}
}
