package workday

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// notice2027 is how an office writes the notice of a year that is not built in.
const notice2027 = "\ufeff# 2027 年放假安排\r\n" +
	"2027-01-01..2027-01-03 放假 元旦\r\n" +
	"\r\n" +
	"  2027-2-6\u3000上班\u3000春节  # 周六\r\n" +
	"2027-02-05至2027-02-06 放假 冬至\n"

func TestParseOverrides(t *testing.T) {
	got, err := ParseOverrides([]byte(strings.Replace(notice2027, "2027-02-05至2027-02-06", "2027-02-07\uff5e2027-02-08", 1)))
	if err != nil {
		t.Fatal(err)
	}
	want := []Override{
		{"2027-01-01", "元旦", false, 2}, {"2027-01-02", "元旦", false, 2}, {"2027-01-03", "元旦", false, 2},
		{"2027-02-06", "春节", true, 4},
		{"2027-02-07", "冬至", false, 5}, {"2027-02-08", "冬至", false, 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, empty := range []string{"", "\ufeff", "# 还没有\n\n\u3000\n\uff03 真的没有"} {
		if got, err := ParseOverrides([]byte(empty)); err != nil || len(got) != 0 {
			t.Errorf("ParseOverrides(%q) = %v, %v", empty, got, err)
		}
	}
}

func TestParseOverridesRejects(t *testing.T) {
	for text, want := range map[string]string{
		notice2027:                            "5: 2027-02-06 写了两次，第 4 行已经有了",
		"放假 2027-01-01":                       "1: 开头应当是日期",
		"2027.01.01 放假":                       "1: 开头应当是日期",
		"2027-01-01.. 放假":                     "1: 开头应当是日期",
		"２０２７-01-01 放假":                       "1: 开头应当是日期",
		"\n2027-02-29 放假":                     "2: 日历上没有这一天",
		"2027-13-01 放假":                       "1: 日历上没有这一天",
		"0227-01-01 放假":                       "1: 年份应当在",
		"2100-01-01 放假":                       "1: 年份应当在",
		"2027-01-03..2027-01-01 放假":           "1: 后一个日期应当不早于前一个",
		"2027-01-01..2027-02-01 放假":           "1: 一行最多 31 天，现在是 32 天",
		"2027-01-01":                          "1: 日期后面空一格，写“放假”或“上班”",
		"2027-01-01 休息":                       "1: 日期后面空一格，写“放假”或“上班”",
		"2027-01-01，放假，元旦":                    "1: 开头应当是日期",
		"2027-01-01 放假 元旦 2027-01-04 上班":      "1: “放假”“上班”后面只能写一个名称",
		"2027-01-01 放假 " + words(17):          "1: 名称最多 16 个字",
		"2027-01-01 放假 元\u200b旦":              "1: 名称里有看不见的字符",
		"\xd4\xaa\xb5\xa9":                    "0: 文件不是 UTF-8 编码",
		"# " + strings.Repeat("x", 256<<10):   "0: 文件超过 256 KiB",
		"2027-01-01 放假\n2027-1-1 上班":          "2: 2027-01-01 写了两次，第 1 行已经有了",
		"2027-01-01\n2027-01-02 放假\n2027-1\n": "1: 日期后面空一格，写“放假”或“上班”，例如 2027-01-01 放假 元旦; line 3: 开头应当是日期",
	} {
		got, err := ParseOverrides([]byte(text))
		var list OverrideErrors
		if !errors.As(err, &list) || got != nil || !strings.Contains(err.Error(), " line "+want) {
			t.Errorf("ParseOverrides(%.80q) = %v, %v; want %s", text, got, err, want)
		}
	}
	var many strings.Builder
	for d := dayAt(2027, 1, 1); d <= dayAt(2027, 1, 1)+MaxOverrides; d++ {
		fmt.Fprintf(&many, "%s 放假\n", d.utc().Format(time.DateOnly))
	}
	if _, err := ParseOverrides([]byte(many.String())); err == nil || !strings.Contains(err.Error(), "line 4001: 一共最多写 4000 天") {
		t.Errorf("4001 days: %v", err)
	}
	if _, err := ParseOverrides([]byte(strings.Repeat("x\n", 1000))); len(err.(OverrideErrors)) != maxOverrideErrors {
		t.Errorf("1000 bad lines: %v", err)
	}
}

func words(n int) string { return strings.Repeat("节", n) }

// TestOverrideFileMakesAYearKnown: with the notice typed in, a case over New Year
// is due by it, and no warning is left.
func TestOverrideFileMakesAYearKnown(t *testing.T) {
	days, err := ParseOverrides([]byte(`
2027-01-01..2027-01-03 放假 元旦
2027-02-05..2027-02-11 放假 春节
2027-05-01..2027-05-05 放假 劳动节
2027-10-01..2027-10-07 放假 国庆节`))
	if err != nil {
		t.Fatal(err)
	}
	c := office(t, days...)
	due := c.Due(clock(t, c, "2026-12-31 10:00"), Target{1, WorkingDays})
	const why = "12-31 周四 10:00 收到，次日起算；2027-01-01 至 2027-01-03 元旦放假；第 1 个工作日 2027-01-04 周一，17:30 截止"
	if !c.Known(2027) || due.Why != why {
		t.Errorf("2027 known: %t; %s", c.Known(2027), due.Why)
	}
}

// FuzzParseOverrides: what is accepted makes a calendar that says so; what is not
// is told in lines of text, each with a line that is there.
func FuzzParseOverrides(f *testing.F) {
	f.Add([]byte(notice2027))
	f.Add([]byte("2027-01-01..2027-01-03 放假 元旦\n2027-1-9 上班\n"))
	f.Add([]byte("2027-01-01～2027-02-31 放假#\r2099-12-31 上班 x"))
	hours, err := ParseHours([]string{"09:00-17:00"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		days, err := ParseOverrides(data)
		lines := 1 + strings.Count(string(data), "\n")
		if err != nil {
			var list OverrideErrors
			if !errors.As(err, &list) || len(list) == 0 || len(list) > maxOverrideErrors {
				t.Fatalf("%T: %v", err, err)
			}
			for _, e := range list {
				if e.Line < 0 || e.Line > lines || strings.ContainsAny(e.Reason, "\r\n") || !utf8.ValidString(e.Reason) {
					t.Fatalf("line %d of %d: %q", e.Line, lines, e.Reason)
				}
			}
			return
		}
		c, err := New(time.UTC, hours, days...)
		if err != nil {
			t.Fatalf("%v are no calendar: %v", days, err)
		}
		for i, o := range days {
			at, err := time.Parse(time.DateOnly, o.Date)
			if err != nil || c.IsWorkday(at) != o.Work || o.Line < 1 || o.Line > lines || i > 0 && o.Line < days[i-1].Line {
				t.Fatalf("%+v: %v", o, err)
			}
		}
	})
}
