package when

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/text/width"
	"pgregory.net/rapid"
)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

const none = "" // no time could be read

// timeForms are times as sources write them, and what they mean in Shanghai
// when it is 10:00 on 21 November 2026 there.
var timeForms = map[string]string{
	// with a zone
	"2026-11-21T08:30:00+08:00":       "2026-11-21 08:30:00",
	"2026-11-21T00:30:00Z":            "2026-11-21 08:30:00",
	"2026-11-21T00:30:00.123Z":        "2026-11-21 08:30:00",
	"2026-11-20T19:30:00-05:00":       "2026-11-21 08:30:00",
	"Sat, 21 Nov 2026 08:30:15 +0800": "2026-11-21 08:30:15",
	"Sat, 21 Nov 2026 00:30:15 GMT":   "2026-11-21 08:30:15",
	"Fri, 20 Nov 2026 19:30:15 EST":   "2026-11-21 08:30:15",
	"Sat Nov 21 00:30:15 UTC 2026":    "2026-11-21 08:30:15",
	"2026-11-21 08:30:00 +0800":       "2026-11-21 08:30:00",
	"Sat, 21 Nov 2026 08:30:15 CST":   "2026-11-21 08:30:15", // China's, not America's
	"2026-11-21 08:30 CST":            "2026-11-21 08:30:00",
	// without: the source's
	"2026-11-21T08:30:00":                  "2026-11-21 08:30:00",
	"Sat, 21 Nov 2026 08:30:15":            "2026-11-21 08:30:15",
	"21 Nov 26 08:30":                      "2026-11-21 08:30:00",
	"Nov 21, 2026 8:30 AM":                 "2026-11-21 08:30:00",
	"November 20th, 2026 8:30 pm":          "2026-11-20 20:30:00",
	"2026-11-21 08:30":                     "2026-11-21 08:30:00",
	"2026-11-21 8:5:7":                     "2026-11-21 08:05:07",
	"2026/11/21":                           "2026-11-21 00:00:00",
	"2026.11.21 08:30":                     "2026-11-21 08:30:00",
	"2026年11月21日 08:30":                    "2026-11-21 08:30:00",
	"2026年11月21日":                          "2026-11-21 00:00:00",
	"2026 年 11 月 21 日 8时30分":               "2026-11-21 08:30:00",
	"2026年11月20日下午3点":                      "2026-11-20 15:00:00",
	"2026年11月20日 上午12:05":                  "2026-11-20 00:05:00",
	"2026年11月20日(星期五)08:30":                "2026-11-20 08:30:00",
	"2026-11-20 晚上9:15":                    "2026-11-20 21:15:00",
	"发表于 2026-11-21 08:30:12":              "2026-11-21 08:30:12",
	"发布时间:2026-11-21 08:30 来源:本网":          "2026-11-21 08:30:00",
	"2026-11-21 08\uFF1A30":                "2026-11-21 08:30:00",
	"\uFF12\uFF10\uFF12\uFF16-11-21 08:30": "2026-11-21 08:30:00",
	"2026-11-21\u00a008:30":                "2026-11-21 08:30:00",
	"2026-11-19 24:00":                     "2026-11-20 00:00:00",
	"2026年11月20日 周五 08:30":                 "2026-11-20 08:30:00",
	"2026年11月20日 星期五 下午8:30":               "2026-11-20 20:30:00",
	"Sat Nov 21, 2026 8:30 am":             "2026-11-21 08:30:00",
	"Fri Nov 20, 2026 8:30 pm":             "2026-11-20 20:30:00",
	"21 Nov 2026, 08:30":                   "2026-11-21 08:30:00",
	"二〇二六年十一月二十一日":                         "2026-11-21 00:00:00",
	"二○二六年十一月二十日 下午三点半":                    "2026-11-20 15:30:00",
	"二零二六年一月十日":                            "2026-01-10 00:00:00",
	"二〇二五年十二月三十一日八时零五分":                    "2025-12-31 08:05:00",
	"２０２６年１１月２０日　２２：１５":                    "2026-11-20 22:15:00",
	"2026年11月20日 下午3點20分":                  "2026-11-20 15:20:00",
	"2026年11月20號":                          "2026-11-20 00:00:00",
	"2026-10":                              "2026-10-01 00:00:00",
	"2025年3月":                              "2025-03-01 00:00:00",
	"发表于 2026-11-21 08:30 | 只看该作者":         "2026-11-21 08:30:00",
	// with a zone, as databases and browsers write it
	"2026-11-21 00:30:15+00":                     "2026-11-21 08:30:15",
	"2026-11-21 08:30:15.123456+08":              "2026-11-21 08:30:15",
	"Sat Nov 21 08:30:15 +0800 2026":             "2026-11-21 08:30:15",
	"Sat Nov 21 2026 08:30:15 GMT+0800 (中国标准时间)": "2026-11-21 08:30:15",
	"2026-11-21 07:30 GMT+7":                     "2026-11-21 08:30:00",
	"2026-11-21T00:30:00.000000Z":                "2026-11-21 08:30:00",
	// without a year
	"Nov 20":          "2026-11-20 00:00:00",
	"20 Nov, 8:30 pm": "2026-11-20 20:30:00",
	"Dec 31 at 23:00": "2025-12-31 23:00:00",
	"十一月二十日":          "2026-11-20 00:00:00",
	"11-20":           "2026-11-20 00:00:00",
	"星期五 08:30":       "2026-11-20 08:30:00",
	"周六 09:30":        "2026-11-21 09:30:00",
	"週六 11:30":        "2026-11-14 11:30:00",
	"11-21 08:30":     "2026-11-21 08:30:00",
	"11月21日":          "2026-11-21 00:00:00",
	"11月21日 08:30":    "2026-11-21 08:30:00",
	"12-31 23:00":     "2025-12-31 23:00:00",
	"2月29日":           "2024-02-29 00:00:00",
	"08:30":           "2026-11-21 08:30:00",
	"22:15":           "2026-11-20 22:15:00",
	// relative
	"刚刚":                     "2026-11-21 10:00:00",
	"30秒前":                   "2026-11-21 09:59:30",
	"5 分钟前":                  "2026-11-21 09:55:00",
	"3小时前":                   "2026-11-21 07:00:00",
	"3 小时之前":                 "2026-11-21 07:00:00",
	"半小时前":                   "2026-11-21 09:30:00",
	"1个半小时前":                 "2026-11-21 08:30:00",
	"3天半前":                   "2026-11-17 22:00:00",
	"2天前":                    "2026-11-19 10:00:00",
	"1周前":                    "2026-11-14 10:00:00",
	"昨天 22:15":               "2026-11-20 22:15:00",
	"昨天22:15":                "2026-11-20 22:15:00",
	"前天 08:00":               "2026-11-19 08:00:00",
	"大前天 08:00":              "2026-11-18 08:00:00",
	"今天 07:05":               "2026-11-21 07:05:00",
	"昨天":                     "2026-11-20 00:00:00",
	"2 hours ago":            "2026-11-21 08:00:00",
	"an hour ago":            "2026-11-21 09:00:00",
	"2 小時前":                  "2026-11-21 08:00:00",
	"5分鐘前":                   "2026-11-21 09:55:00",
	"剛剛":                     "2026-11-21 10:00:00",
	"一週前":                    "2026-11-14 10:00:00",
	"两个小时前":                  "2026-11-21 08:00:00",
	"十五分钟前":                  "2026-11-21 09:45:00",
	"半个小时前":                  "2026-11-21 09:30:00",
	"前天 10:11":               "2026-11-19 10:11:00",
	"大前天 10:11":              "2026-11-18 10:11:00",
	"编辑于 昨天 22:15":           "2026-11-20 22:15:00",
	"今天 08:30":               "2026-11-21 08:30:00",
	"10分钟前 来自 iPhone":        "2026-11-21 09:50:00",
	"Yesterday, 10:15 pm":    "2026-11-20 22:15:00",
	"Today at 8:30 AM":       "2026-11-21 08:30:00",
	"less than a minute ago": "2026-11-21 09:59:00",
	// digits
	"1795221000.5":        "2026-11-21 08:30:00",
	"1795221000123456":    "2026-11-21 08:30:00",
	"1795221000123456789": "2026-11-21 08:30:00",
	"202611210830":        "2026-11-21 08:30:00",
	"1795221000":          "2026-11-21 08:30:00",
	"1795221000123":       "2026-11-21 08:30:00",
	"20261121":            "2026-11-21 00:00:00",
	"20261121083000":      "2026-11-21 08:30:00",
	// ahead: a clock or zone gone wrong, up to a day
	"2026-11-21 10:05":              "2026-11-21 10:00:00",
	"Sat, 21 Nov 2026 09:30:00 GMT": "2026-11-21 10:00:00",
	"2026-11-23 10:05":              none,
	"2099-01-01":                    none,
	// nonsense
	"": none, "暂无": none, "0": none, "1970-01-01 00:00:00": none, "0000-00-00 00:00:00": none, "2026-13-45": none,
	"2026-02-30": none, "2026-11-21 25:61": none, "13-45": none, "999999年前": none, "共 3 楼": none, "第一周的事": none, "2026-13": none, "星期八": none, "99999999999999999999": none,
}

func TestParse(t *testing.T) {
	zone := shanghai(t)
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, zone) // a Saturday
	for in, want := range timeForms {
		got := Parse(in, zone, now)
		s := none
		if !got.IsZero() {
			s = got.In(zone).Format(time.DateTime)
		}
		if s != want {
			t.Errorf("Parse(%q) = %q, want %q", in, s, want)
		}
	}
}

// The zone that counts is the source's, not China's.
func TestParseInAnotherZone(t *testing.T) {
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2026-11-20 08:30":              "2026-11-20T14:30:00Z",
		"Fri, 20 Nov 2026 08:30:00 CST": "2026-11-20T14:30:00Z",
	} {
		if got := Parse(in, chicago, now).UTC().Format(time.RFC3339); got != want {
			t.Errorf("Parse(%q) = %s, want %s", in, got, want)
		}
	}
}

// Whatever form a time is written in, in whatever zone, the same minute is read.
func TestParseReadsWhatIsWritten(t *testing.T) {
	digits := []rune("〇一二三四五六七八九")
	chinese := func(n int) string { // up to 99
		s := string(digits[n%10])
		if n%10 == 0 && n > 0 {
			s = ""
		}
		switch {
		case n >= 20:
			return string(digits[n/10]) + "十" + s
		case n >= 10:
			return "十" + s
		}
		return s
	}
	layout := func(l string) func(time.Time) string { return func(t time.Time) string { return t.Format(l) } }
	forms := map[string]func(time.Time) string{
		"seconds":      func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) },
		"milliseconds": func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) },
		"numerals": func(t time.Time) string {
			year := ""
			for _, d := range strconv.Itoa(t.Year()) {
				year += string(digits[d-'0'])
			}
			return year + "年" + chinese(int(t.Month())) + "月" + chinese(t.Day()) + "日" + chinese(t.Hour()) + "时" + chinese(t.Minute()) + "分"
		},
		"half days": func(t time.Time) string {
			half := "上午"
			if t.Hour() >= 12 {
				half = "下午"
			}
			return t.Format("2006年1月2日 ") + half + t.Format("3:04")
		},
		"full width": func(t time.Time) string { return width.Widen.String(t.Format("2006-01-02 15:04")) },
	}
	for _, l := range []string{
		time.RFC3339, time.RFC3339Nano, time.RFC1123Z, time.RFC850, time.RubyDate, time.ANSIC, "2006-01-02T15:04:05.000Z07:00", "2006-01-02 15:04:05-07:00",
		"2006-01-02 15:04", "2006-1-2 15:04", "2006/01/02 15:04", "2006/1/2 15:04:05", "2006.01.02 15:04", "2006年01月02日 15:04", "2006年1月2日15时04分",
		"2006 年 1 月 2 日 15:04", "20060102150405", "200601021504", "Mon Jan 2, 2006 3:04 pm", "January 2, 2006 3:04 PM", "02 Jan 2006, 15:04", "2 Jan 2006 15:04:05",
	} {
		forms[l] = layout(l)
	}
	names := slices.Sorted(maps.Keys(forms))
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata", "Europe/London", "Pacific/Apia"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		want := now.Add(-time.Duration(rapid.Int64Range(0, 20*365*24*60).Draw(t, "minutes ago")) * time.Minute).In(zone)
		// An hour that a clock shows twice could be either.
		for _, d := range []time.Duration{-time.Hour, time.Hour} {
			if want.Add(d).Format(time.DateTime) == want.Format(time.DateTime) {
				return
			}
		}
		name := rapid.SampledFrom(names).Draw(t, "form")
		text := forms[name](want)
		if got := Parse(text, zone, now); !got.Equal(want) {
			t.Fatalf("%s: %q is read as %v, not %v", name, text, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-11-21 08:30", "昨天 22:15", "3小时前", "11月21日", "Sat, 21 Nov 2026 08:30:15 GMT", "1795221000", "2026年11月20日下午3点", "二〇二六年十一月二十日", "廿一日", "Nov 20", "週六 11:30", "2026-11-21 08:30+08"} {
		f.Add(s)
	}
	zone := shanghai(f)
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, zone)
	f.Fuzz(func(t *testing.T, s string) {
		got := Parse(s, zone, now)
		if !got.IsZero() && (got.After(now) || got.Before(earliest)) {
			t.Errorf("Parse(%q) = %v", s, got)
		}
	})
}

// Whatever a relative pattern reads, maybeRelative lets through.
func TestMaybeRelative(t *testing.T) {
	for _, s := range []string{
		"刚刚", "刚才", "现在", "Just Now", "A few seconds ago", "3小时前", "半年以前", "1个月之前", "an Hour AGO", "2 days ago",
		"今天 8:30", "今日", "昨天", "昨日", "前天", "大前天", "Today at 8:30", "YESTERDAY",
	} {
		if !dayRe.MatchString(s) && !agoRe.MatchString(s) && !agoEn.MatchString(s) && !justNow.MatchString(s) {
			t.Errorf("%s is not relative", s)
		}
		if !maybeRelative(s) {
			t.Errorf("%s is passed over", s)
		}
	}
	if s := "Sat, 21 Nov 2026 00:30:00 +0000"; maybeRelative(s) {
		t.Errorf("%s is looked at", s)
	}
}
