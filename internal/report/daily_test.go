package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

var update = flag.Bool("update", false, "write the golden files anew")

func calendar(t *testing.T) *workday.Calendar {
	t.Helper()
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	if err != nil {
		t.Fatal(err)
	}
	cal, err := workday.New(time.FixedZone("Asia/Shanghai", 8*3600), hours)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

func at(month time.Month, day, hour, minute int) time.Time {
	return time.Date(2026, month, day, hour, minute, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))
}

func TestSpan(t *testing.T) {
	cal := calendar(t)
	for _, c := range []struct{ day, from, until time.Time }{
		{at(11, 20, 8, 30), at(11, 19, 0, 0), at(11, 20, 0, 0)}, // Friday: Thursday
		{at(11, 23, 8, 30), at(11, 20, 0, 0), at(11, 23, 0, 0)}, // Monday: Friday to Sunday
		{at(10, 8, 8, 30), at(9, 30, 0, 0), at(10, 8, 0, 0)},    // after the National Day holiday: all of it
	} {
		from, until := Span(cal, c.day)
		if !from.Equal(c.from) || !until.Equal(c.until) {
			t.Errorf("the digest of %v covers %v to %v, want %v to %v", c.day, from, until, c.from, c.until)
		}
	}
}

func TestText(t *testing.T) {
	overdue := func(number, title string, due time.Time) cases.Case {
		return cases.Case{Number: number, Title: title, Unit: "供水集团", Officer: "王敏", State: cases.InHand,
			Steps: []cases.Step{{Name: "回应", Due: due}}}
	}
	quiet := Daily{Agency: "清河市人民政府", From: at(11, 19, 0, 0), Until: at(11, 20, 0, 0), Now: at(11, 20, 8, 30),
		Figures: &cases.Figures{Read: 41}, Sources: 2, Calendar: calendar(t)}
	busy := Daily{Agency: "清河市<人民政府>", From: at(11, 20, 0, 0), Until: at(11, 23, 0, 0), Now: at(11, 24, 8, 30),
		Figures: &cases.Figures{Read: 132, Matched: 15, Cased: 15, Delivered: 14, OnTime: 6, Late: 1, Closed: 4, Dismissed: 2,
			Opened: []cases.UnitTopic{{Unit: "供水集团", Topic: "供水", Cases: 5}, {Unit: "城管局", Topic: "噪音扰民", Cases: 4},
				{Unit: "城管局", Topic: "环境卫生", Cases: 3}},
			Dismissals: []cases.Dismissal{
				{Case: "2026-000104", Title: "二手房<急售>", Unit: "住建局", By: "赵磊", Reason: "广告或灌水"},
				{Case: "2026-000107", Title: "停电了", Unit: "供水集团", By: "李强", Reason: "误报，与本单位工作无关"},
			}},
		Live: cases.Live{Open: 8, Paused: 1, Doubtful: []cases.Case{{Number: "2026-000099", Title: "水压低", Unit: "供水集团",
			Replies: []cases.Reply{{Faults: []string{"链接不在本单位公开答复的网站上，请核对链接。"}}}}}, Matched: 15, Queued: 1, Refused: 1,
			Overdue:     []cases.Case{overdue("2026-000101", "翠湖小区<停水>三天没人管,老人孩子都没有水喝,什么时候能来水", at(11, 23, 17, 30))},
			Unreachable: []cases.Person{{Name: "赵强", Cases: 2}}},
		Sources: 3, Failing: []Source{{Name: "清河论坛", Reason: "页面结构变了，选择器 .xst 找不到任何帖子", Since: at(11, 22, 3, 12)}, {Name: "清河新闻", Reason: "连不上"}},
		Detached: 2, Calendar: calendar(t)}
	now := quiet
	now.Until, now.Now = at(11, 20, 15, 42), at(11, 20, 15, 42)
	now.Live = cases.Live{Open: 3, Matched: 3}
	now.Figures = &cases.Figures{Read: 5, Matched: 3, Cased: 3, Delivered: 3, Opened: []cases.UnitTopic{{Unit: "供水集团", Topic: "供水", Cases: 3}}}
	away := quiet
	away.Figures, away.Now = nil, time.Date(2031, 1, 2, 8, 30, 0, 0, time.UTC)
	brief, link := busy, busy
	brief.Disclose = cases.Disclosure{Level: cases.Brief}
	link.Disclose = cases.Disclosure{Level: cases.Link, Board: "https://huiyin.oa.example.cn"}
	for name, d := range map[string]Daily{"quiet": quiet, "busy": busy, "now": now, "away": away, "brief": brief, "link": link} {
		golden(t, name, d.Text())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimRight(string(want), "\n") != got {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// The longest digest that there can be is one message.
func TestTextFits(t *testing.T) {
	long := strings.Repeat("很长的名字", 8)
	d := Daily{Agency: long, From: at(11, 20, 0, 0), Until: at(11, 23, 0, 0), Now: at(11, 24, 8, 30), Figures: &cases.Figures{},
		Calendar: calendar(t), Sources: 500, Detached: 9}
	for range 200 {
		d.Figures.Opened = append(d.Figures.Opened, cases.UnitTopic{Unit: strings.Repeat("单位", 8), Topic: "专题", Cases: 10000})
		d.Failing = append(d.Failing, Source{Name: long, Reason: strings.Repeat(long, 9), Since: at(11, 1, 0, 0)})
		d.Live.Overdue = append(d.Live.Overdue, cases.Case{Number: "2026-999999", Title: strings.Repeat(long, 9), Unit: strings.Repeat("单位", 8),
			Officer: strings.Repeat("姓名", 8), State: cases.InHand, Steps: []cases.Step{{Name: "信息公开答复", Due: at(1, 5, 0, 0)}}})
		d.Figures.Dismissals = append(d.Figures.Dismissals, cases.Dismissal{Case: "2026-999999", Title: long, Unit: strings.Repeat("单位", 8),
			By: strings.Repeat("姓名", 8), Reason: cases.FalseAlarm})
		d.Live.Doubtful = append(d.Live.Doubtful, cases.Case{Number: "2026-999999", Title: long, Unit: strings.Repeat("单位", 8),
			Replies: []cases.Reply{{Faults: []string{strings.Repeat("这一页没有通过核验", 5)}}}})
		d.Live.Unreachable = append(d.Live.Unreachable, cases.Person{Name: strings.Repeat("姓名", 8), Cases: 10000})
	}
	d.Live.Open, d.Live.Matched, d.Live.Queued, d.Live.Unshipped = 99999, 99999, 99999, 99999
	if n := utf8.RuneCountInString(d.Text()); n > 4096 {
		t.Errorf("the longest digest has %d characters, more than the 4096 of a message", n)
	}
}
