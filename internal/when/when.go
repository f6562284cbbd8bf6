// Package when is the room of the dates that people and programs write: 昨天 22:15,
// 3小时前, 11月21日, RFC 822, Unix seconds. It is pure: now is an argument.
package when

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

const (
	maxTimeText = 200            // bytes of a time's text that are looked at
	maxAhead    = 24 * time.Hour // a clock may be wrong, or a zone; beyond that the time is made up
)

var earliest = time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC) // before: not when anything here was posted

// Parse reads the time a source gives in any of the forms found in feeds
// and on Chinese forums. A time without a zone is in zone; one without a year,
// or relative, is the latest possible before now. Times up to a day ahead of
// now are now; what is further ahead, or cannot be read, is the zero Time.
func Parse(raw string, zone *time.Location, now time.Time) time.Time {
	if len(raw) > maxTimeText {
		raw = raw[:maxTimeText]
	}
	s := strings.Join(strings.Fields(norm.NFKC.String(strings.ToValidUTF8(raw, ""))), " ")
	s = arabic(simplified.Replace(s))
	now = now.In(zone)
	for _, read := range []func(string, time.Time) (time.Time, bool){
		readDigits, readRelative, readYMD, readEnglish, readMD, readEnglishMD, readYM, readWeekday, readClock,
	} {
		if t, ok := read(s, now); ok {
			return plausible(t, now)
		}
	}
	return time.Time{}
}

func plausible(t, now time.Time) time.Time {
	switch {
	case t.Before(earliest), t.After(now.Add(maxAhead)):
		return time.Time{}
	case t.After(now):
		return now
	}
	return t
}

var fraction = regexp.MustCompile(`^(\d{9,10})\.\d{1,9}$`)

// readDigits reads Unix seconds, perhaps with a fraction, milli-, micro- and
// nanoseconds, 20261121, 202611210830 and 20261121083000.
func readDigits(s string, now time.Time) (time.Time, bool) {
	if m := fraction.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	switch len(s) {
	case 8, 12, 14:
		t, err := time.ParseInLocation("20060102150405"[:len(s)], s, now.Location())
		return t, err == nil
	case 9, 10:
		return time.Unix(n, 0), true
	case 13:
		return time.UnixMilli(n), true
	case 16:
		return time.UnixMicro(n), true
	case 19:
		return time.Unix(0, n), true
	}
	return time.Time{}, false
}

var (
	justNow = regexp.MustCompile(`(?i)刚刚|刚才|^\s*现在|just now|a few seconds ago`)
	agoRe   = regexp.MustCompile(`(半|\d{1,6})\s*个?(半?)(秒钟?|分钟?|小时|钟头|天|日|周|星期|月|年)(半?)(?:之?前|以前)`)
	agoEn   = regexp.MustCompile(`(?i)\b(\d{1,6}|an?)\s+(sec|min|hour|day|week|month|year)[a-z]*\s+ago\b`)
	dayRe   = regexp.MustCompile(`(?i)(今天|今日|昨天|昨日|大前天|前天|\btoday\b|\byesterday\b),?\s*(?:at\s+)?` + clockPattern)
)

var dayBack = map[string]int{"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2, "大前天": 3, "today": 0, "yesterday": 1}

// maybeRelative tells whether s holds anything that the patterns of readRelative need:
// a feed's dates do not, and a hundred of them are read at each change.
func maybeRelative(s string) bool {
	if strings.ContainsAny(s, "天日前刚现") {
		return true
	}
	s = strings.ToLower(s)
	return strings.Contains(s, "ago") || strings.Contains(s, "now") || strings.Contains(s, "today") || strings.Contains(s, "yesterday")
}

// readRelative reads 刚刚, 3小时前, 半小时前, 昨天 22:15.
func readRelative(s string, now time.Time) (time.Time, bool) {
	if !maybeRelative(s) {
		return time.Time{}, false
	}
	if m := dayRe.FindStringSubmatch(s); m != nil {
		d := now.AddDate(0, 0, -dayBack[strings.ToLower(m[1])])
		c, ok := clockOf(m[2:])
		return c.on(d.Year(), int(d.Month()), d.Day(), now.Location()), ok
	}
	if m := agoRe.FindStringSubmatch(s); m != nil {
		n, half := 0.5, 0.0
		if m[1] != "半" {
			n, _ = strconv.ParseFloat(m[1], 64) // digits, by the pattern
		}
		if m[2]+m[4] != "" { // 1个半小时, 3天半
			half = 0.5
		}
		return ago(now, n+half, unit(m[3])), true
	}
	if m := agoEn.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			n = 1 // "an hour ago"
		}
		return ago(now, n, unit(strings.ToLower(m[2]))), true
	}
	return now, justNow.MatchString(s)
}

// ago is n units before now; the zero Time when that is beyond what a Duration holds.
func ago(now time.Time, n float64, unit time.Duration) time.Time {
	if d := n * float64(unit); d < 100*365*24*float64(time.Hour) {
		return now.Add(-time.Duration(d))
	}
	return time.Time{}
}

func unit(word string) time.Duration {
	switch word {
	case "秒", "秒钟", "sec":
		return time.Second
	case "分", "分钟", "min":
		return time.Minute
	case "小时", "钟头", "hour":
		return time.Hour
	case "天", "日", "day":
		return 24 * time.Hour
	case "周", "星期", "week":
		return 7 * 24 * time.Hour
	case "月", "month":
		return 30 * 24 * time.Hour
	}
	return 365 * 24 * time.Hour
}

const (
	// am/pm before, hour, minute, second, am/pm behind: five groups
	clockPattern = `(?:(上午|下午|中午|晚上|夜里|凌晨|早上|早晨|傍晚|AM|PM)?\s*(\d{1,2})(?::|时|点)(\d{1,2})?(?:(?::|分)(\d{1,2}))?(?:秒|分)?(?:[.,]\d{1,9})?\s*(AM|PM|am|pm)?)?`
	zonePattern  = `\s*(Z\b|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|(?:UTC|GMT)[+-]\d{1,2}\b|[+-]\d{2}\b|[A-Z]{2,5}\b)?`
)

var (
	ymdRe   = regexp.MustCompile(`(?:^|\D)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?(?:[T,]|\s?(?:\(?(?:星期|周)[一二三四五六日天]\)?))?\s*` + clockPattern + zonePattern)
	mdRe    = regexp.MustCompile(`(?:^|\D)(\d{1,2})(?:\s?[-/]\s?|\s?月\s?)(\d{1,2})\s?[日号]?\s*` + clockPattern)
	ymRe    = regexp.MustCompile(`(?:^|[^-/.\d])(\d{4})\s?[-/.年]\s?(\d{1,2})\s?月?\s*$`)
	weekRe  = regexp.MustCompile(`^\s*(?:星期|周)([一二三四五六日天])\s*` + clockPattern + `\s*$`)
	clockRe = regexp.MustCompile(`^\s*` + clockPattern + `\s*$`)
)

// readYMD reads 2026-11-21 08:30, 2026/11/21, 2026年11月21日 下午3点, and ISO 8601.
func readYMD(s string, now time.Time) (time.Time, bool) {
	m := ymdRe.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	c, ok := clockOf(m[4:9])
	zone, known := zoneOf(m[9], now)
	y, mo, d := atoi(m[1]), atoi(m[2]), atoi(m[3])
	return c.on(y, mo, d, zone), ok && known && validDate(y, mo, d)
}

// readMD reads 11-21 08:30 and 11月21日, the last one before now.
func readMD(s string, now time.Time) (time.Time, bool) {
	m := mdRe.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	c, ok := clockOf(m[3:8])
	t, found := lastYear(c, atoi(m[1]), atoi(m[2]), now)
	return t, ok && found
}

// lastYear is the last day of that month and number before now.
func lastYear(c clock, mo, d int, now time.Time) (time.Time, bool) {
	for y := now.Add(maxAhead).Year(); y > now.Year()-9; y-- { // nine: from one 29 February to the next
		if t := c.on(y, mo, d, now.Location()); validDate(y, mo, d) && !t.After(now.Add(maxAhead)) {
			return t, true
		}
	}
	return time.Time{}, false
}

// readYM reads 2026-11 and 2026年11月, all that some sites say of old posts: the month's first day.
func readYM(s string, now time.Time) (time.Time, bool) {
	m := ymRe.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	y, mo := atoi(m[1]), atoi(m[2])
	return clock{}.on(y, mo, 1, now.Location()), validDate(y, mo, 1)
}

// readWeekday reads 星期六 08:30, the last one before now.
func readWeekday(s string, now time.Time) (time.Time, bool) {
	m := weekRe.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	day := map[string]int{"日": 0, "天": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}[m[1]]
	c, ok := clockOf(m[2:])
	d := now.AddDate(0, 0, -(int(now.Weekday())-day+7)%7)
	if c.on(d.Year(), int(d.Month()), d.Day(), now.Location()).After(now) {
		d = d.AddDate(0, 0, -7)
	}
	return c.on(d.Year(), int(d.Month()), d.Day(), now.Location()), ok
}

// readClock reads 08:30, today's or yesterday's.
func readClock(s string, now time.Time) (time.Time, bool) {
	m := clockRe.FindStringSubmatch(s)
	if m == nil || m[2] == "" {
		return time.Time{}, false
	}
	c, ok := clockOf(m[1:])
	t := c.on(now.Year(), int(now.Month()), now.Day(), now.Location())
	if t.After(now) {
		t = t.AddDate(0, 0, -1)
	}
	return t, ok
}

// clock is a time of day.
type clock struct{ h, m, s int }

func (c clock) on(y, mo, d int, zone *time.Location) time.Time {
	return time.Date(y, time.Month(mo), d, c.h, c.m, c.s, 0, zone)
}

// clockOf reads the groups of clockPattern; midnight when there was no clock.
func clockOf(g []string) (clock, bool) {
	c := clock{atoi(g[1]), atoi(g[2]), atoi(g[3])}
	switch half := strings.ToUpper(g[0] + g[4]); {
	case (half == "下午" || half == "晚上" || half == "傍晚" || half == "PM") && c.h < 12,
		half == "中午" && c.h < 3, half == "夜里" && c.h >= 6 && c.h < 12:
		c.h += 12
	case (half == "AM" || half == "上午" || half == "凌晨") && c.h == 12:
		c.h = 0
	}
	if c.h == 24 && c.m == 0 && c.s == 0 {
		return c, true // the end of the day
	}
	return c, c.h < 24 && c.m < 60 && c.s <= 60
}

func validDate(y, mo, d int) bool {
	t := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
	return mo >= 1 && mo <= 12 && t.Month() == time.Month(mo) && t.Day() == d
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // groups of digits, or empty
	return n
}
