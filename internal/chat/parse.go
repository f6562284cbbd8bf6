package chat

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"

	"huiyin/internal/cases"
)

// What people type is read leniently: full-width digits, dates as they are spoken, names
// cut short. What cannot be read for sure is not guessed.

// plainNumber makes of a case's number, as people write it, what Desk reads.
func plainNumber(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '—' || r == '–':
			return '-'
		case r >= '0' && r <= '9', r == '-':
			return r
		case strings.ContainsRune("#第号件编： :No.", r):
			return -1
		}
		return r
	}, width.Narrow.String(typed))
}

// first cuts the first word off; connectors and punctuation around it go.
func first(s string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimLeft(s, " \t\n　，,"), " ")
	if i := strings.IndexAny(word, "\n\t　，,"); i >= 0 {
		word, rest = word[:i], word[i:]+" "+rest
	}
	return word, strings.Trim(rest, " \t\n　，,")
}

// dated is a date as people write it.
var dated = regexp.MustCompile(`大后天|后天|明天|明日|今天|今日|` +
	`(下|这|本)?(?:周|星期|礼拜)([一二三四五六日天])|` +
	`(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?|(\d{1,2})\s*[日号]`)

// days takes the dates out of a text, each as a midnight, in order; false when one of them
// is no date, has passed, or is beyond the next year.
func days(text string, today time.Time) (list []time.Time, rest string, ok bool) {
	text, ok = width.Narrow.String(text), true
	rest = dated.ReplaceAllStringFunc(text, func(s string) string {
		last := today
		if len(list) > 0 {
			last = list[len(list)-1]
		}
		d, good := day(dated.FindStringSubmatch(s), today, last)
		ok = ok && good && !d.Before(today) && d.Year() <= today.Year()+1
		list = append(list, d)
		return "\x00"
	})
	return list, joint.ReplaceAllString(rest, " "), ok
}

// joint is what stands between two dates, or in place of one.
var joint = regexp.MustCompile(`\x00(?:\s*(?:到|至|~|-|—|–)*\s*\x00)*`)

// day reads a match of dated; last is the date before it.
func day(m []string, today, last time.Time) (time.Time, bool) {
	word, week, weekday, year, month, dom, alone := m[0], m[1], m[2], m[3], m[4], m[5], m[6]
	if n := slices.Index([]string{"今", "明", "后"}, word[:3]); n >= 0 {
		return today.AddDate(0, 0, n), true
	}
	if word == "大后天" {
		return today.AddDate(0, 0, 3), true
	}
	if weekday != "" {
		want := slices.Index([]string{"一", "二", "三", "四", "五", "六", "日", "天"}, weekday)
		want = min(want, 6)
		now := (int(today.Weekday()) + 6) % 7
		switch {
		case week == "下":
			want += 7
		case want < now && week == "":
			want += 7
		}
		return today.AddDate(0, 0, want-now), true
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	if alone != "" { // a day of the month that was spoken of before
		d, ok := date(last.Year(), int(last.Month()), number(alone), today.Location())
		if ok && d.Before(today) {
			next := time.Date(last.Year(), last.Month()+1, 1, 0, 0, 0, 0, today.Location())
			return date(next.Year(), int(next.Month()), number(alone), today.Location())
		}
		return d, ok
	}
	if year != "" {
		return date(number(year), number(month), number(dom), today.Location())
	}
	d, ok := date(today.Year(), number(month), number(dom), today.Location())
	if !ok || d.Before(today) {
		return date(today.Year()+1, number(month), number(dom), today.Location())
	}
	return d, ok
}

// date is the midnight of a day; false when there is no such day.
func date(year, month, day int, loc *time.Location) (time.Time, bool) {
	d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, loc)
	return d, d.Year() == year && int(d.Month()) == month && d.Day() == day
}

// fill are words around a name that say nothing.
var fill = regexp.MustCompile(`^(?:请假|休假|值班|从|起|由|换|改)+|(?:请假|休假|值班|起)+$`)

// nameIn is the one name that is left of a text; false when there are several words.
func nameIn(rest string) (string, bool) {
	var names []string
	for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \t\n　,:;，：；、。", r) }) {
		if word = fill.ReplaceAllString(word, ""); word != "" {
			names = append(names, word)
		}
	}
	if len(names) > 1 {
		return "", false
	}
	return strings.Join(names, ""), true
}

// lasting is a length of time as people write it.
var lasting = regexp.MustCompile(`^(\d{1,3}|半|一|两|二|三|四|五|六|七|八|九|十)\s*个?\s*(分钟|分|小时|钟头|天)$`)

// clockTime is a time of day.
var clockTime = regexp.MustCompile(`^(\d{1,2})[:点](\d{2})?分?$`)

// maxMute is how long a topic can be silenced.
const maxMute = 30 * 24 * time.Hour

// morning is when a silence ends that lasts to a day: before the office opens.
const morning = 8 * time.Hour

// until reads when something shall end: 2小时, 到明天, 到 17:30. It is after now, and within
// maxMute.
func until(typed string, now time.Time) (end time.Time, ok bool) {
	typed = strings.TrimSpace(width.Narrow.String(typed))
	typed = strings.TrimSpace(strings.TrimLeft(typed, "到至"))
	today := midnight(now)
	switch m := lasting.FindStringSubmatch(typed); {
	case m != nil:
		end = now.Add(length(m[1], m[2]))
	case typed == "今天" || typed == "今日":
		end = today.AddDate(0, 0, 1)
	case clockTime.MatchString(typed):
		m := clockTime.FindStringSubmatch(typed)
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		if hour > 24 || minute > 59 {
			return end, false
		}
		end = today.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	default:
		list, rest, good := days(typed, today)
		if !good || len(list) != 1 || strings.TrimSpace(rest) != "" {
			return end, false
		}
		end = list[0].Add(morning)
	}
	return end, end.After(now) && end.Sub(now) <= maxMute
}

func length(n, unit string) time.Duration {
	each := map[string]time.Duration{"分钟": time.Minute, "分": time.Minute, "小时": time.Hour, "钟头": time.Hour, "天": 24 * time.Hour}[unit]
	if n == "半" {
		return each / 2
	}
	if i := slices.Index([]string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}, n); i > 0 {
		return time.Duration(i) * each
	}
	if n == "两" {
		return 2 * each
	}
	i, _ := strconv.Atoi(n)
	return time.Duration(i) * each
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// oneOf finds a name that a text begins with, whole or cut short, and what follows; name is
// empty when none fits, or several do.
func oneOf(names []string, text string) (name, rest string) {
	for _, n := range names {
		if after, ok := strings.CutPrefix(text, n); ok && len(n) > len(name) {
			name, rest = n, after
		}
	}
	if name != "" {
		return name, strings.TrimLeft(rest, " \t\n　，,：:。")
	}
	word, rest := first(text)
	var fits []string
	for _, n := range names {
		if utf8.RuneCountInString(word) > 1 && strings.Contains(n, word) {
			fits = append(fits, n)
		}
	}
	if len(fits) != 1 {
		return "", text
	}
	return fits[0], rest
}

var (
	channels = regexp.MustCompile(`^(来电|来信|来访|电话|信件|邮件|上访|走访)[\s：:，,、]*`)
	reach    = regexp.MustCompile(`(?m)^[ \t　]*(?:联系电话|联系方式|联系人|电话|手机)[ \t　]*[：:][ \t　]*(.+)$`)
	phone    = regexp.MustCompile(`(?:^|\D)(1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8})(?:\D|$)`)
)

// channelNames are how what is no post reaches the office.
var channelNames = []string{"来电", "来信", "来访"}

// channelOf makes one word of those that mean the same.
var channelOf = map[string]string{"电话": "来电", "信件": "来信", "邮件": "来信", "上访": "来访", "走访": "来访"}

// letter reads what an officer typed of a call, a letter or a visit: the channel and the
// title in the first line, the rest below; false when there is no channel or no title.
func letter(text string) (l cases.Letter, ok bool) {
	m := channels.FindStringSubmatch(text)
	if m == nil {
		return l, false
	}
	l.Channel = m[1]
	if same := channelOf[m[1]]; same != "" {
		l.Channel = same
	}
	text = text[len(m[0]):]
	if all := reach.FindAllStringSubmatch(text, -1); all != nil {
		for _, m := range all {
			l.Contact = strings.TrimSpace(l.Contact + " " + m[1])
		}
		text = reach.ReplaceAllString(text, "")
	} else if m := phone.FindStringSubmatch(width.Narrow.String(text)); m != nil {
		l.Contact = m[1]
	}
	title, body, _ := strings.Cut(strings.TrimSpace(text), "\n")
	l.Title, l.Text = strings.TrimSpace(title), strings.TrimSpace(body)
	return l, l.Title != ""
}
