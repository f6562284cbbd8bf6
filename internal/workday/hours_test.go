package workday

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseHours(t *testing.T) {
	good := []struct {
		in   []string
		want string
		day  time.Duration
	}{
		{[]string{"09:00-12:00", "13:00-17:30"}, "09:00–12:00、13:00–17:30", 7*time.Hour + 30*time.Minute},
		{[]string{"9:00–12:00", " 13:00 — 17:30 "}, "09:00–12:00、13:00–17:30", 7*time.Hour + 30*time.Minute},
		{[]string{"9\uff1a00——12:00", "12:00 ～ 18:00"}, "09:00–12:00、12:00–18:00", 9 * time.Hour},
		{[]string{"09\uff1a00至12\uff1a00", "12:00~18:00"}, "09:00–12:00、12:00–18:00", 9 * time.Hour},
		{[]string{"00:00-23:59"}, "00:00–23:59", 24*time.Hour - time.Minute},
	}
	for _, c := range good {
		h, err := ParseHours(c.in)
		if err != nil || h.String() != c.want || h.PerDay() != c.day {
			t.Errorf("ParseHours(%q) = %s, %s a day, %v; want %s, %s", c.in, h, h.PerDay(), err, c.want, c.day)
		}
	}
	bad := []struct {
		in    []string
		item  int
		value string
		why   string
	}{
		{nil, -1, "", "至少要有一段"},
		{[]string{""}, 0, "", "两个时间"},
		{[]string{"09:00"}, 0, "09:00", "两个时间"},
		{[]string{"09:00-"}, 0, "09:00-", "两个时间"},
		{[]string{"- 9:00"}, 0, "- 9:00", "两个时间"},
		{[]string{"09:00-12:00", "13:00-24:00"}, 1, "24:00", "不是 00:00 到 23:59"},
		{[]string{" 25:30 -26:00"}, 0, "25:30", "不是 00:00 到 23:59"},
		{[]string{"09:60-12:00"}, 0, "09:60", "不是 00:00 到 23:59"},
		{[]string{"9:5-12:00"}, 0, "9:5", "不是 00:00 到 23:59"},
		{[]string{"12:00-09:00"}, 0, "12:00-09:00", "晚于开始"},
		{[]string{"12:00-12:00"}, 0, "12:00-12:00", "晚于开始"},
		{[]string{"22:00-06:00"}, 0, "22:00-06:00", "晚于开始"},
		{[]string{"09:00-12:00", "11:59-17:30"}, 1, "11:59-17:30", "前一段 09:00–12:00 结束以后"},
		{[]string{"13:00-17:30", "09:00-12:00"}, 1, "09:00-12:00", "前一段 13:00–17:30 结束以后"},
		{[]string{"09:00-12:00-13:00"}, 0, "12:00-13:00", "不是 00:00 到 23:59"},
		{[]string{strings.Repeat("上", 1000)}, 0, strings.Repeat("上", 10) + "…", "两个时间"},
		{make([]string, 9), -1, "", "最多 8 段，现在有 9 段"},
	}
	for _, c := range bad {
		h, err := ParseHours(c.in)
		var e *SpanError
		if !errors.As(err, &e) || e.Item != c.item || e.Value != c.value || !strings.Contains(e.Reason, c.why) {
			t.Errorf("ParseHours(%q) = %s, %+v; want item %d, %q, …%s…", c.in, h, e, c.item, c.value, c.why)
		} else if !strings.Contains(err.Error(), e.Reason) || !strings.Contains(err.Error(), e.Value) {
			t.Errorf("ParseHours(%q): the error keeps something back: %v", c.in, err)
		}
	}
}

func TestParseClock(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"08:30": 8*time.Hour + 30*time.Minute, "8:30": 8*time.Hour + 30*time.Minute, " 8\uff1a30\u3000": 8*time.Hour + 30*time.Minute,
		"00:00": 0, "0:00": 0, "23:59": 24*time.Hour - time.Minute,
	} {
		if got, err := ParseClock(in); err != nil || got != want {
			t.Errorf("ParseClock(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "8", "8:3", "24:00", "12:60", "-1:00", "08:30:00", "08:30,12:00", "早上"} {
		if got, err := ParseClock(in); err == nil {
			t.Errorf("ParseClock(%q) = %s; want an error", in, got)
		}
	}
}

// FuzzParseHours: what is accepted is in order, and reads the same when written.
func FuzzParseHours(f *testing.F) {
	f.Add("09:00-12:00", "13:00-17:30")
	f.Add("09\uff1a00至12\uff1a00", "12:00~18:00")
	f.Add("24:00-1:00", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		h, err := ParseHours([]string{a, b})
		if err != nil {
			return
		}
		last := 0
		for _, s := range h.spans {
			if s.from < last || s.to <= s.from || s.to >= 24*60 {
				t.Fatalf("ParseHours(%q, %q) = %v", a, b, h.spans)
			}
			last = s.to
		}
		again, err := ParseHours(strings.Split(h.String(), "、"))
		if err != nil || again.String() != h.String() {
			t.Errorf("%s read again: %s, %v", h, again, err)
		}
	})
}
