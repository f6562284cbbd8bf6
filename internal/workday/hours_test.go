package workday

import (
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
		in   []string
		want string
	}{
		{nil, "at least one"},
		{[]string{""}, "want two times"},
		{[]string{"09:00"}, "want two times"},
		{[]string{"09:00-"}, `time ""`},
		{[]string{"09:00-24:00"}, `time "24:00"`},
		{[]string{"09:60-12:00"}, `time "09:60"`},
		{[]string{"12:00-09:00"}, "ends before"},
		{[]string{"12:00-12:00"}, "ends before"},
		{[]string{"22:00-06:00"}, "ends before"},
		{[]string{"09:00-12:00", "11:59-17:30"}, "before 09:00–12:00 has ended"},
		{[]string{"13:00-17:30", "09:00-12:00"}, "before 13:00–17:30 has ended"},
		{[]string{"09:00-12:00-13:00"}, `time "12:00-13:00"`},
		{[]string{strings.Repeat("9", 1000)}, "too long"},
		{make([]string, 9), "at most 8"},
	}
	for _, c := range bad {
		if h, err := ParseHours(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseHours(%q) = %s, %v; want an error with %q", c.in, h, err, c.want)
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
