package workday

import (
	"math"
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	c := office(t)
	for _, x := range []struct{ start, target, at, why string }{
		{"2026-11-20 18:40", "1wd", "2026-11-23 17:30",
			"11-20 周五 18:40 收到，次日起算；11-21、11-22 休息；第 1 个工作日 11-23 周一，17:30 截止"},
		{"2026-11-18 00:00", "1wd", "2026-11-19 17:30",
			"11-18 周三 00:00 收到，次日起算；第 1 个工作日 11-19 周四，17:30 截止"},
		{"2026-11-21 10:00", "1wd", "2026-11-23 17:30",
			"11-21 周六 10:00 收到（周六休息），次日起算；11-22 休息；第 1 个工作日 11-23 周一，17:30 截止"},
		{"2026-09-30 17:31", "1wd", "2026-10-08 17:30",
			"09-30 周三 17:31 收到，次日起算；10-01 至 10-07 国庆节放假；第 1 个工作日 10-08 周四，17:30 截止"},
		{"2026-10-09 09:00", "1wd", "2026-10-10 17:30",
			"10-09 周五 09:00 收到，次日起算；10-10 国庆节调休上班；第 1 个工作日 10-10 周六，17:30 截止"},
		{"2026-10-09 09:00", "2wd", "2026-10-12 17:30",
			"10-09 周五 09:00 收到，次日起算；10-10 国庆节调休上班；10-11 休息；第 2 个工作日 10-12 周一，17:30 截止"},
		{"2026-09-18 08:40", "20wd", "2026-10-22 17:30",
			"09-18 周五 08:40 收到，次日起算；其间周末休息 4 天；09-20 国庆节调休上班；09-25 至 09-27 中秋节放假；" +
				"10-01 至 10-07 国庆节放假；10-10 国庆节调休上班；第 20 个工作日 10-22 周四，17:30 截止"},
		{"2022-12-30 10:00", "1wd", "2023-01-03 17:30",
			"12-30 周五 10:00 收到，次日起算；12-31 至 2023-01-02 元旦放假；第 1 个工作日 2023-01-03 周二，17:30 截止"},
		{"2025-01-10 10:00", "366wd", "2026-07-07 17:30",
			"01-10 周五 10:00 收到，次日起算；其间周末休息 127 天；其间节假日放假 50 天；其间调休上班 9 天；" +
				"第 366 个工作日 2026-07-07 周二，17:30 截止"},
		{"2026-12-30 10:00", "1wd", "2026-12-31 17:30",
			"12-30 周三 10:00 收到，次日起算；第 1 个工作日 12-31 周四，17:30 截止"},
		{"2026-12-31 10:00", "1wd", "2027-01-01 17:30",
			"12-31 周四 10:00 收到，次日起算；第 1 个工作日 2027-01-01 周五，17:30 截止" +
				"（2027 年的放假安排尚未录入，暂按周一至周五上班计算，请人工核对）"},
		{"2026-11-20 16:40", "4wh", "2026-11-23 13:10",
			"11-20 周五 16:40 收到，即时起算，只计上班时间 09:00–12:00、13:00–17:30；11-21、11-22 休息；" +
				"满 4 个工作小时，11-23 周一 13:10 截止"},
		{"2026-11-20 18:40", "3wh", "2026-11-23 12:00",
			"11-20 周五 18:40 收到，不在上班时间，11-23 周一 09:00 起算，只计上班时间 09:00–12:00、13:00–17:30；" +
				"11-21、11-22 休息；满 3 个工作小时，11-23 周一 12:00 截止"},
		{"2026-11-20 12:00", "1wh", "2026-11-20 14:00",
			"11-20 周五 12:00 收到，不在上班时间，11-20 周五 13:00 起算，只计上班时间 09:00–12:00、13:00–17:30；" +
				"满 1 个工作小时，11-20 周五 14:00 截止"},
		{"2026-11-20 18:40", "24h", "2026-11-21 18:40",
			"11-20 周五 18:40 收到，即时起算，节假日和夜间照计；满 24 小时，11-21 周六 18:40 截止"},
		{"2026-12-31 18:40:37", "48h", "2027-01-02 18:40:37",
			"12-31 周四 18:40 收到，即时起算，节假日和夜间照计；满 48 小时，2027-01-02 周六 18:40 截止"},
	} {
		target, err := ParseTarget(x.target)
		if err != nil {
			t.Fatal(err)
		}
		// The same instant in another zone is the same receipt.
		got := c.Due(clock(t, c, x.start).UTC(), target)
		if want := clock(t, c, x.at); !got.At.Equal(want) || got.At.Location() != c.Location() || got.Why != x.why {
			t.Errorf("Due(%s, %s)\n got %s %s\nwant %s %s", x.start, x.target, got.At, got.Why, want, x.why)
		}
	}
	for _, bad := range []Target{{}, {0, WorkingDays}, {1, "d"}, {9000, PlainHours}} {
		if got := c.Due(clock(t, c, "2026-11-20 18:40"), bad); got != (Due{}) {
			t.Errorf("Due of %+v = %+v", bad, got)
		}
	}
}

func TestNewRejects(t *testing.T) {
	h, err := ParseHours([]string{"09:00-17:00"})
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() (*Calendar, error){
		"no zone":  func() (*Calendar, error) { return New(nil, h) },
		"no hours": func() (*Calendar, error) { return New(time.UTC, Hours{}) },
		"bad date": func() (*Calendar, error) { return New(time.UTC, h, Override{Date: "2026-2-30"}) },
		"twice": func() (*Calendar, error) {
			return New(time.UTC, h, Override{Date: "2026-02-03"}, Override{Date: "2026-02-03", Work: true})
		},
		"too many days": func() (*Calendar, error) { return New(time.UTC, h, make([]Override, MaxOverrides+1)...) },
	} {
		if c, err := try(); err == nil || c != nil {
			t.Errorf("%s: %v, %v; want an error", name, c, err)
		}
	}
}

func TestOverrides(t *testing.T) {
	c := office(t,
		Override{Date: "2026-11-23", Name: "县庆"},
		Override{Date: "2026-11-22", Work: true},
		Override{Date: "2026-10-01", Name: "防汛", Work: true})
	for date, want := range map[string]string{
		"2026-11-23": "县庆放假", "2026-11-22": "本单位调休上班", "2026-10-01": "防汛调休上班", "2026-10-02": "国庆节放假"} {
		if got := c.Why(clock(t, c, date+" 09:00")); got != want {
			t.Errorf("%s: %s, want %s", date, got, want)
		}
	}
	fri := clock(t, c, "2026-11-20 23:59")
	if got, want := c.NextWorkday(fri), clock(t, c, "2026-11-22 09:00"); !got.Equal(want) {
		t.Errorf("NextWorkday = %s, want %s", got, want)
	}
	if got, want := c.PrevWorkday(clock(t, c, "2026-11-24 00:00")), clock(t, c, "2026-11-22 09:00"); !got.Equal(want) {
		t.Errorf("PrevWorkday = %s, want %s", got, want)
	}
	sat := clock(t, c, "2026-11-21 03:00")
	if got, want := c.Opening(sat), clock(t, c, "2026-11-21 09:00"); !got.Equal(want) {
		t.Errorf("Opening = %s, want %s", got, want)
	}
	if got, want := c.Closing(sat), clock(t, c, "2026-11-21 17:30"); !got.Equal(want) {
		t.Errorf("Closing = %s, want %s", got, want)
	}
}

// TestKnown: a year becomes known when its notice is given whole, not before.
func TestKnown(t *testing.T) {
	c := office(t)
	if c.Known(2017) || !c.Known(2018) || !c.Known(2026) || c.Known(2027) || c.LastKnownYear() != 2026 {
		t.Errorf("known: %v, last %d", c.known, c.LastKnownYear())
	}
	if c.Sources(2027) != nil || len(c.Sources(2020)) != 2 {
		t.Errorf("sources: %v, %v", c.Sources(2027), c.Sources(2020))
	}
	whole := []Override{{Date: "2027-01-01", Name: "元旦"}, {Date: "2027-02-08", Name: "春节"},
		{Date: "2027-05-01", Name: "劳动节"}, {Date: "2027-10-01", Name: "国庆节"}}
	if c := office(t, whole...); !c.Known(2027) || c.LastKnownYear() != 2027 {
		t.Error("2027 is not known though its holidays were given")
	}
	for i := range whole {
		part := append(append([]Override{}, whole[:i]...), whole[i+1:]...)
		if office(t, part...).Known(2027) {
			t.Errorf("2027 is known without %s", whole[i].Date)
		}
	}
}

func TestBetween(t *testing.T) {
	c := office(t)
	for _, x := range []struct {
		a, b, want string
	}{
		{"2026-11-20 09:00", "2026-11-20 17:30", "7h30m"},
		{"2026-11-20 08:00", "2026-11-20 09:00", "0s"},
		{"2026-11-20 11:59:59", "2026-11-20 13:00:01", "2s"},
		{"2026-11-20 12:00", "2026-11-20 13:00", "0s"},
		{"2026-11-20 17:00", "2026-11-23 09:30", "1h"},
		{"2026-09-30 17:00", "2026-10-08 09:30", "1h"},
		{"2026-10-10 00:00", "2026-10-11 00:00", "7h30m"},
		{"2026-11-21 00:00", "2026-11-23 00:00", "0s"},
		{"2026-11-23 10:00", "2026-11-20 10:00", "0s"},
		{"2026-01-01 00:00", "2027-01-01 00:00", "1860h"}, // 248 days
	} {
		want, err := time.ParseDuration(x.want)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Between(clock(t, c, x.a), clock(t, c, x.b)); got != want {
			t.Errorf("Between(%s, %s) = %s, want %s", x.a, x.b, got, want)
		}
	}
}

func TestWhyBetween(t *testing.T) {
	c := office(t)
	for _, x := range []struct{ a, b, want string }{
		{"2026-11-20 17:00", "2026-11-23 10:20",
			"11-20 周五 17:00 至 11-23 周一 10:20，只计上班时间 09:00–12:00、13:00–17:30；11-21、11-22 休息；合计 1 小时 50 分"},
		{"2026-12-31 17:00", "2027-01-01 09:30", "12-31 周四 17:00 至 2027-01-01 周五 09:30，只计上班时间 09:00–12:00、13:00–17:30；合计 1 小时" +
			"（2027 年的放假安排尚未录入，暂按周一至周五上班计算，请人工核对）"},
		{"2026-10-01 09:00", "2026-10-07 17:30",
			"10-01 周四 09:00 至 10-07 周三 17:30，只计上班时间 09:00–12:00、13:00–17:30；10-01 至 10-07 国庆节放假；合计 0 分"},
		{"2026-11-23 10:20", "2026-11-20 17:00", "没有经过上班时间"},
	} {
		if got := c.WhyBetween(clock(t, c, x.a).UTC(), clock(t, c, x.b).UTC()); got != x.want {
			t.Errorf("WhyBetween(%s, %s)\n got %s\nwant %s", x.a, x.b, got, x.want)
		}
	}
}

func TestAdd(t *testing.T) {
	c := office(t)
	for _, x := range []struct{ start, d, want string }{
		{"2026-11-20 17:10", "30m", "2026-11-23 09:10"},
		{"2026-11-20 17:00", "30m", "2026-11-20 17:30"}, // the end of the day, not the next morning
		{"2026-11-20 11:59:59", "2s", "2026-11-20 13:00:01"},
		{"2026-11-21 03:00", "1s", "2026-11-23 09:00:01"},
		{"2026-09-30 17:00", "1h", "2026-10-08 09:30"},
		{"2026-10-09 17:30", "7h30m", "2026-10-10 17:30"}, // a make-up Saturday
		{"2026-11-21 03:00", "0s", "2026-11-21 03:00"},
		{"2026-11-21 03:00", "-1h", "2026-11-21 03:00"},
	} {
		d, err := time.ParseDuration(x.d)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := c.Add(clock(t, c, x.start).UTC(), d), clock(t, c, x.want); !got.Equal(want) || got.Location() != c.Location() {
			t.Errorf("Add(%s, %s) = %s, want %s", x.start, x.d, got, want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 分", time.Millisecond: "0 分", -time.Millisecond: "0 分", 30 * time.Second: "30 秒", 59999 * time.Millisecond: "59 秒",
		time.Minute: "1 分", 119 * time.Second: "1 分", time.Hour: "1 小时", 80 * time.Minute: "1 小时 20 分",
		61*time.Hour + 59*time.Minute + 59*time.Second: "61 小时 59 分", -80 * time.Minute: "-1 小时 20 分",
		math.MinInt64: "-2562047 小时 47 分",
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%d) = %s, want %s", d, got, want)
		}
	}
}
