package report

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

// What a digest is compared with is of the same kind as its span.
func TestCompare(t *testing.T) {
	cal := calendar(t)
	for name, c := range map[string]struct {
		from, until time.Time
		want        []string
	}{
		"a day":                      {at(11, 19, 0, 0), at(11, 20, 0, 0), []string{"前一日 11-18 00:00–11-19 00:00", "上周同日 11-12 00:00–11-13 00:00"}},
		"after a weekend":            {at(11, 20, 0, 0), at(11, 23, 0, 0), []string{"上周同期 11-13 00:00–11-16 00:00"}},
		"a Monday":                   {at(11, 23, 0, 0), at(11, 24, 0, 0), []string{"上个工作日 11-20 00:00–11-21 00:00", "上周同日 11-16 00:00–11-17 00:00"}},
		"a week after the holiday":   {at(10, 13, 0, 0), at(10, 14, 0, 0), []string{"前一日 10-12 00:00–10-13 00:00"}},
		"a whole holiday":            {at(9, 30, 0, 0), at(10, 8, 0, 0), []string{"此前 8 天 09-22 00:00–09-30 00:00"}},
		"a weekend after a holiday":  {at(10, 9, 0, 0), at(10, 12, 0, 0), []string{"此前 3 天 10-06 00:00–10-09 00:00"}},
		"up to this moment":          {at(11, 19, 0, 0), at(11, 20, 15, 42), []string{"上周同期 11-12 00:00–11-13 15:42"}},
		"this moment of a long span": {at(9, 30, 0, 0), at(10, 8, 15, 42), []string{"之前同样长的时间 09-21 08:18–09-30 00:00"}},
	} {
		var got []string
		for _, x := range Compare(cal, c.from, c.until, c.until.Add(8*time.Hour)) {
			got = append(got, x.Name+" "+x.From.Format("01-02 15:04")+"–"+x.Until.Format("01-02 15:04"))
			if !x.Moment.Equal(x.Until.Add(8 * time.Hour)) {
				t.Errorf("%s: %s was read at %v", name, x.Name, x.Moment)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestQuiet: a source is quiet when it is silent for much longer than ever, in working days.
func TestQuiet(t *testing.T) {
	cal, until := calendar(t), at(11, 20, 0, 0) // a Friday
	on := func(days ...int) (list []time.Time) {
		for _, d := range days {
			list = append(list, at(11, d, 0, 0))
		}
		return list
	}
	got := QuietOf([]cases.SourceDays{
		{Source: "daily", Days: on(10, 11, 12, 13, 16, 17)}, // silent on Wednesday and Thursday
		{Source: "one day", Days: on(10, 11, 12, 13, 16, 17, 18)},
		{Source: "weekly", Days: on(2, 5, 9, 13)},          // at most 2 working days between, silent for 4
		{Source: "weekly, and long", Days: on(2, 4, 6, 9)}, // at most 1, silent for 8
		{Source: "new", Days: on(10, 11, 12)},
		{Source: "gone", Days: on(2, 3, 4, 5)},
		{Source: "never"},
	}, cal, until, []string{"daily", "one day", "weekly", "weekly, and long", "new", "never"})
	want := []Quiet{{Name: "weekly, and long", Days: 8, Longest: 1}, {Name: "daily", Days: 2}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// examples are digests made by hand: a quiet day, a busy one, and the busy one as it leaves
// houses that tell less.
func examples(t *testing.T) map[string]Daily {
	cal := calendar(t)
	quiet := Daily{Agency: "清河市人民政府", From: at(11, 19, 0, 0), Until: at(11, 20, 0, 0), Now: at(11, 20, 8, 30),
		Compared: Compare(cal, at(11, 19, 0, 0), at(11, 20, 0, 0), at(11, 20, 8, 30)),
		Figures:  &cases.Daily{Flow: cases.Flow{Read: 41}, Before: make([]cases.BeforeDay, 2)}, Live: &cases.Live{}, Sources: 2, Calendar: cal}
	late := cases.Owed{Case: "2026-000101", Title: "翠湖小区<停水>三天没人管,老人孩子都没有水喝,什么时候能来水", Unit: "供水集团", Officer: "王敏", Step: "回应", Due: at(11, 23, 17, 30), Overdue: true}
	stopped := cases.Owed{Case: "2026-000098", Title: "夜间施工", Unit: "城管局", Officer: "周涛", Step: "回应", Due: at(11, 20, 11, 30), Paused: at(11, 23, 9, 30), Overdue: true}
	busy := quiet
	busy.Agency, busy.From, busy.Until, busy.Now = "清河市<人民政府>", at(11, 20, 0, 0), at(11, 23, 0, 0), at(11, 24, 8, 30)
	busy.Compared = Compare(cal, busy.From, busy.Until, busy.Now)
	busy.Board = "https://huiyin.oa.example.cn"
	busy.Figures = &cases.Daily{
		Flow: cases.Flow{Read: 132, Matched: 15, Cased: 15, Delivered: 14}, Counts: cases.Counts{Opened: 12, Answered: 7, InTime: 6},
		Before: []cases.BeforeDay{{Counts: cases.Counts{Opened: 15, Answered: 4, InTime: 3}, Open: 10, Overdue: 2}},
		Opened: []cases.UnitTopic{{Unit: "供水集团", Topic: "供水", Cases: 5}, {Unit: "城管局", Topic: "噪音扰民", Cases: 4}, {Unit: "城管局", Topic: "环境卫生", Cases: 3}},
		Units:  []cases.UnitCounts{{Unit: "供水集团", Span: cases.Counts{Opened: 5, Answered: 7, InTime: 6}, Trend: cases.Counts{Opened: 30, Answered: 28, InTime: 27}}},
		Stories: []cases.Growing{{Fact: cases.Fact{Case: "2026-000101", Title: late.Title, Unit: "供水集团", URL: "https://bbs.example.cn/?a=1&b=2",
			Mentions: 23, Sources: []string{"清河论坛", "市长信箱"}}, New: 20, Before: 3, Curve: []int{1, 2, 0, 8, 9}}},
		Replies: []cases.Published{
			{Case: "2026-000088", Title: "水压低", Unit: "供水集团", By: "李强", URL: "https://www.example.cn/r/88", At: at(11, 20, 10, 5), First: true, Kept: cases.IsInTime},
			{Case: "2026-000090", Title: "路灯<不亮>", Unit: "城管局", By: "周涛", Via: "电话", At: at(11, 22, 10, 5), First: true, Kept: cases.IsLate}},
		Dismissed: []cases.Dismissal{
			{Case: "2026-000107", Title: "停电了", Unit: "供水集团", By: "李强", Reason: cases.FalseAlarm},
			{Case: "2026-000104", Title: "二手房<急售>", Unit: "住建局", By: "赵磊", Reason: "广告或灌水"}},
		Days: []cases.DayCounts{{From: at(11, 21, 0, 0), Mentions: 4}, {From: at(11, 22, 0, 0), Mentions: 11, Counts: cases.Counts{Opened: 7, Answered: 2, InTime: 1}}},
	}
	busy.Owed = []cases.Owed{stopped, late, {Case: "2026-000110", Unit: "住建局", Due: at(11, 25, 17, 30)}}
	busy.Live = &cases.Live{Matched: 15, Queued: 1, Refused: 1, Unreachable: []cases.Person{{Name: "赵强", Cases: 2}},
		Doubtful: []cases.Case{{Number: "2026-000099", Title: "水压低", Unit: "供水集团", Officer: "王敏",
			Replies: []cases.Reply{{Faults: []string{"链接不在本单位公开答复的网站上，请核对链接。"}}}}}}
	busy.Sources, busy.Detached = 3, 2
	busy.Failing = []Source{{Name: "清河论坛", Reason: "页面结构变了，选择器 .xst 找不到任何帖文", Since: at(11, 22, 3, 12)}, {Name: "清河新闻", Reason: "连不上"}}
	busy.Quiet = []Quiet{{Name: "市长信箱", Days: 6, Longest: 2, Last: at(11, 13, 9, 0)}}
	head := busy
	head.Units = []string{"供水集团"}
	now := quiet
	now.Until, now.Now = at(11, 20, 15, 42), at(11, 20, 15, 42)
	now.Compared = Compare(cal, now.From, now.Until, now.Now)
	now.Owed = []cases.Owed{{Case: "2026-000001", Unit: "供水集团", Due: at(11, 23, 17, 30)}}
	now.Live = &cases.Live{Matched: 3}
	now.Figures = &cases.Daily{Flow: cases.Flow{Read: 5, Matched: 3, Cased: 3, Delivered: 3}, Counts: cases.Counts{Opened: 3}, Before: make([]cases.BeforeDay, 1),
		Opened: []cases.UnitTopic{{Unit: "供水集团", Topic: "供水", Cases: 3}}}
	away := busy
	away.Figures, away.Now = nil, time.Date(2031, 1, 2, 8, 30, 0, 0, time.UTC)
	brief, link := busy, busy
	brief.Disclose = cases.Disclosure{Level: cases.Brief}
	link.Disclose = cases.Disclosure{Level: cases.Link, Board: busy.Board}
	return map[string]Daily{"quiet": quiet, "busy": busy, "now": now, "away": away, "head": head, "brief": brief, "link": link}
}

func TestText(t *testing.T) {
	for name, d := range examples(t) {
		golden(t, name, d.Text())
	}
}

// What is not to leave the house is neither in the text nor in the picture.
func TestDisclosure(t *testing.T) {
	all := examples(t)
	for name, secrets := range map[string][]string{
		"brief": {"停水", "水压", "路灯", "急售", "停电", "bbs.example.cn", "www.example.cn", "灌水", "请核对链接"},
		"link":  {"停水", "水压", "路灯", "急售", "停电", "bbs.example.cn", "www.example.cn", "灌水", "2026-0001", "2026-0000", "供水集团", "王敏", "赵强", "清河论坛"},
	} {
		d := all[name]
		p, ok := d.Picture()
		drawn, err := json.Marshal(p)
		if !ok || err != nil {
			t.Fatal("no picture", err)
		}
		for _, secret := range secrets {
			if strings.Contains(d.Text(), secret) {
				t.Errorf("%s tells %s:\n%s", name, secret, d.Text())
			}
			if strings.Contains(string(drawn), secret) && secret != "供水集团" || name == "link" && strings.Contains(string(drawn), secret) {
				t.Errorf("the picture of %s tells %s: %s", name, secret, drawn)
			}
		}
	}
	if p, _ := all["head"].Picture(); p.Title != "供水集团" {
		t.Errorf("the picture of a head is of %s", p.Title)
	}
	for _, name := range []string{"quiet", "away"} {
		if _, ok := all[name].Picture(); ok {
			t.Errorf("there is a picture of nothing on a day that is %s", name)
		}
	}
}

// A page has all that a text tells, escaped, without styles or scripts of its own.
func TestHTML(t *testing.T) {
	for name, d := range examples(t) {
		page, err := d.HTML()
		if err != nil {
			t.Fatal(err)
		}
		text := string(page)
		if strings.Contains(text, "<script") || strings.Contains(text, "style=") || strings.Contains(text, "<急售>") || strings.Contains(text, "<停水>") {
			t.Errorf("%s:\n%s", name, text)
		}
		if name == "busy" {
			for _, part := range []string{"翠湖小区&lt;停水&gt;三天没人管,老人孩子都没有水喝,什么时候能来水", "广告或灌水", "停时中", `href="https://www.example.cn/r/88"`,
				"2 天 22 小时", "已经 6 个工作日没有新帖", "赵强", "请核对链接。", `href="/case/2026-000099"`, "来源、核验和收不到消息的人"} {
				if !strings.Contains(text, part) {
					t.Errorf("the page of a busy day does not say %s:\n%s", part, text)
				}
			}
		}
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

// The fullest digest that there can be still fits one screen: 35 lines and 1800 characters.
func TestTextFits(t *testing.T) {
	long, unit, person := strings.Repeat("很长的名字", 8), strings.Repeat("单位", 8), strings.Repeat("姓名", 8)
	cal := calendar(t)
	d := Daily{Agency: long, From: at(11, 19, 0, 0), Until: at(11, 20, 0, 0), Now: time.Date(2031, 11, 21, 8, 30, 0, 0, time.UTC), Figures: &cases.Daily{}, Live: &cases.Live{},
		Calendar: cal, Sources: 500, Detached: 9, Board: "https://huiyin.oa.example.cn", Disclose: cases.Disclosure{Board: "https://huiyin.oa.example.cn"}}
	d.Compared = Compare(cal, d.From, d.Until, d.Now)
	f := d.Figures
	f.Flow, f.Counts = cases.Flow{Read: 999999, Matched: 99999, Cased: 99998, Delivered: 99997}, cases.Counts{Opened: 99999, Answered: 99999, InTime: 88888}
	f.Before = []cases.BeforeDay{{Counts: f.Counts, Open: 99999, Overdue: 99999}, {Counts: f.Counts, Open: 99999, Overdue: 99999}}
	for i := range 200 {
		number := cases.Number(2026, 999700+i)
		f.Opened = append(f.Opened, cases.UnitTopic{Unit: fmt.Sprint(i, unit), Topic: "专题", Cases: 10000})
		f.Replies = append(f.Replies, cases.Published{Case: number, Title: long, Unit: unit, By: person, URL: "https://www.example.cn/" + number, Kept: cases.IsUnsound})
		f.Dismissed = append(f.Dismissed, cases.Dismissal{Case: number, Title: long, Unit: unit, By: person, Reason: cases.FalseAlarm})
		d.Failing = append(d.Failing, Source{Name: long, Reason: strings.Repeat(long, 9), Since: at(11, 1, 0, 0), Pushed: true, Gaps: 9999, GapAt: at(11, 1, 0, 0)})
		d.Quiet = append(d.Quiet, Quiet{Name: long, Days: 99, Longest: 9})
		d.Owed = append(d.Owed, cases.Owed{Case: number, Title: strings.Repeat(long, 9), Unit: fmt.Sprint(i, unit), Officer: person, Due: at(1, 5, 0, 0), Paused: at(11, 5, 0, 0), Overdue: true})
		d.Live.Doubtful = append(d.Live.Doubtful, cases.Case{Number: number, Title: long, Unit: unit, Officer: person, Replies: []cases.Reply{{Faults: []string{long}}}})
		d.Live.Unreachable = append(d.Live.Unreachable, cases.Person{Name: person, Cases: 10000})
	}
	for range 3 {
		f.Stories = append(f.Stories, cases.Growing{Fact: cases.Fact{Case: "2026-999999", Title: long, URL: "https://bbs.example.cn/1", Mentions: 99999,
			Sources: []string{long, long}}, New: 99999, Curve: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}})
	}
	d.Live.Matched, d.Live.Queued, d.Live.Unshipped, d.Live.Refused = 99999, 99999, 99999, 99999
	everybody := d.Live.Unreachable
	for _, level := range []cases.Level{cases.Full, cases.Brief, cases.Link} {
		for _, units := range [][]string{nil, {unit}, {unit, unit + "二", unit + "三", unit + "四"}} {
			d.Disclose.Level, d.Units = level, units
			for _, people := range []int{200, 2} {
				d.Live.Unreachable = everybody[:people]
				text := d.Text()
				if lines, chars := strings.Count(text, "\n")+1, visible(text); lines > 35 || chars > 1800 {
					t.Errorf("%s, %d units: %d lines and %d characters:\n%s", level, len(units), lines, chars, text)
				}
			}
		}
	}
	d.Disclose.Level, d.Units = cases.Full, nil
	golden(t, "fullest", d.Text())
}
