package board

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"huiyin/internal/cases"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// funcs are what templates can call.
func (b *Board) funcs() template.FuncMap {
	now := func() time.Time { return b.Now().In(b.Zone) }
	return template.FuncMap{
		"moment":  func(t time.Time) string { return moment(t.In(b.Zone), now()) },
		"iso":     func(t time.Time) string { return t.In(b.Zone).Format(time.RFC3339) },
		"clock":   func(t time.Time) string { return t.In(b.Zone).Format("15:04") },
		"took":    workday.FormatDuration,
		"web":     webLink,
		"path":    url.PathEscape,
		"cut":     post.Cut,
		"rate":    share,
		"mark":    mark,
		"excerpt": excerpt,
		"status":  func(f cases.Fact) status { return statusOf(f, now()) },
		"unit":    func(unit string) string { return "/cases?" + cases.Filter{Unit: unit}.Link(b.Zone) },
		"topic":   func(topic string) string { return "/cases?" + cases.Filter{Topic: topic}.Link(b.Zone) },
		"add":     func(a, b int) int { return a + b },
	}
}

// moment writes a time as people say it: 今天 17:30, 7月15日 周三 17:30, with the year where
// it is another one.
func moment(t, now time.Time) string {
	if t.Year() < 1900 {
		return "—"
	}
	return dayWord(t, now) + t.Format(" 15:04")
}

func dayWord(t, now time.Time) string {
	day := func(t time.Time) int {
		y, m, d := t.Date()
		return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	switch day(t) - day(now) {
	case 0:
		return "今天"
	case 1:
		return "明天"
	case -1:
		return "昨天"
	}
	return date(t, now) + " 周" + []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()]
}

// date writes a day, with its year where it is not that of now.
func date(t, now time.Time) string {
	if t.Year() != now.Year() {
		return t.Format("2006年1月2日")
	}
	return t.Format("1月2日")
}

// webLink is an address that a page may link to; empty for one that is none of the web.
func webLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// share is a part of a whole; of few it is told as it is, because a percentage would say
// more than there is.
func share(part, whole int) string {
	switch {
	case whole == 0:
		return "—"
	case whole < 5:
		return fmt.Sprintf("%d/%d", part, whole)
	}
	return fmt.Sprintf("%d%%", 100*part/whole)
}

// status is how a case stands, in a sign and words: colour only adds to them.
type status struct {
	Class, Sign, Word string
	Due               time.Time // what the page's script counts to; zero: to nothing
}

func statusOf(f cases.Fact, now time.Time) status {
	open := !f.Due.IsZero()
	stands := !f.Paused.IsZero()
	late := f.LateUnit != ""
	switch {
	case f.State == cases.Joint:
		return status{Class: "done", Sign: "→", Word: "已并入 " + f.Into}
	case open && f.Due.Before(now) && (!stands || f.Due.Before(f.Paused)):
		return status{"late", "⚠", "已超 " + workday.FormatPlain(now.Sub(f.Due)), f.Due}
	case open && stands:
		return status{Class: "still", Sign: "‖", Word: "停时"}
	case open && f.Due.Sub(now) < 4*time.Hour:
		return status{"soon", "◔", "还剩 " + workday.FormatPlain(f.Due.Sub(now)), f.Due}
	case open:
		return status{"", "○", "还剩 " + workday.FormatPlain(f.Due.Sub(now)), f.Due}
	case f.State == cases.NotOwed:
		return status{Class: "done", Sign: "–", Word: "无需回应"}
	case f.Doubtful:
		return status{Class: "late", Sign: "✗", Word: "未通过核验"}
	case late:
		return status{Class: "was-late", Sign: "⚠", Word: "超时回应"}
	}
	return status{Class: "done", Sign: "✓", Word: "按时回应"}
}

// inWords says which cases a filter chooses: 供水集团，按时，7月1日至9月30日立案.
func inWords(f cases.Filter, zone *time.Location, now time.Time) string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, post.Line(value, 60)))
		}
	}
	add("%s", f.Unit)
	add("责任人%s", f.Officer)
	add("专题“%s”", f.Topic)
	add("类别“%s”", f.Category)
	add("渠道“%s”", f.Channel)
	add("来源“%s”", f.Source)
	if f.Is != "" {
		add("%s", f.Is.String())
	}
	did := map[cases.Dated]string{"": "立案", cases.ByReplied: "首次回应", cases.ByEnded: "结束"}[f.Dated]
	if span := spanWords(f.From, f.Until, zone, now); span != "" {
		parts = append(parts, span+did)
	}
	if len(parts) == 0 {
		return "全部事项"
	}
	return strings.Join(parts, "，")
}

// spanWords writes the days from one instant up to and without another.
func spanWords(from, until time.Time, zone *time.Location, now time.Time) string {
	edge := func(t time.Time, last bool) string {
		t = t.In(zone)
		if h, m, s := t.Clock(); h+m+s != 0 {
			return moment(t, now.In(zone))
		}
		if last {
			t = t.AddDate(0, 0, -1)
		}
		return date(t, now.In(zone))
	}
	switch {
	case from.IsZero() && until.IsZero():
		return ""
	case until.IsZero():
		return edge(from, false) + "起"
	case from.IsZero():
		return edge(until, true) + "及以前"
	}
	a, b := edge(from, false), edge(until, true)
	if a == b {
		return a
	}
	return a + "至" + b
}

// fold is a character as search takes it: capital or small, full or half width.
func fold(r rune) rune {
	if n := width.LookupRune(r).Narrow(); n != 0 && r >= 0xFF00 {
		r = n
	}
	return unicode.ToLower(r)
}

// found are the places of words in a text, in characters, in order and not overlapping.
func found(text []rune, words []string) (spans [][2]int) {
	folded := make([]rune, len(text))
	for i, r := range text {
		folded[i] = fold(r)
	}
	hit := make([]bool, len(text))
	for _, word := range words {
		w := []rune(word)
		for i := range w {
			w[i] = fold(w[i])
		}
		for i := 0; len(w) > 0 && i+len(w) <= len(folded); i++ {
			if string(folded[i:i+len(w)]) == string(w) {
				for k := range w {
					hit[i+k] = true
				}
			}
		}
	}
	for i := 0; i < len(hit); i++ {
		if hit[i] {
			from := i
			for i < len(hit) && hit[i] {
				i++
			}
			spans = append(spans, [2]int{from, i})
		}
	}
	return spans
}

// mark writes a text with words in <mark>.
func mark(text string, words []string) template.HTML {
	runes := []rune(text)
	var b strings.Builder
	at := 0
	for _, s := range found(runes, words) {
		b.WriteString(html.EscapeString(string(runes[at:s[0]])))
		b.WriteString("<mark>" + html.EscapeString(string(runes[s[0]:s[1]])) + "</mark>")
		at = s[1]
	}
	b.WriteString(html.EscapeString(string(runes[at:])))
	return template.HTML(b.String())
}

const (
	before = 40  // characters that an excerpt shows before the first word found
	about  = 160 // and altogether
)

// excerpt is what stands around the first of some words in a text, with the words marked.
func excerpt(text string, words []string) template.HTML {
	runes := []rune(text)
	from := 0
	if spans := found(runes, words); len(spans) > 0 {
		from = max(0, spans[0][0]-before)
	}
	until := min(len(runes), from+about)
	from = max(0, min(from, until-about))
	s := string(runes[from:until])
	if from > 0 {
		s = "…" + s
	}
	if until < len(runes) {
		s += "…"
	}
	return mark(s, words)
}

// number reads a case's number as it is written in links.
func number(s string) (string, bool) {
	year, n, ok := strings.Cut(s, "-")
	y, err1 := strconv.Atoi(year)
	i, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || y < 1 || y > 9999 || i < 1 || utf8.RuneCountInString(s) > 20 {
		return "", false
	}
	return s, cases.Number(y, i) == s
}
