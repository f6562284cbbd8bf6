package report

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// PeriodKind is how long a period is.
type PeriodKind string

// The kinds of periods.
const (
	Week    PeriodKind = "week"
	Month   PeriodKind = "month"
	Quarter PeriodKind = "quarter"
	Half    PeriodKind = "half"
	Year    PeriodKind = "year"
)

// periodKinds are, for each kind, its name and what its report is called.
var periodKinds = map[PeriodKind][2]string{Week: {"周", "周报"}, Month: {"月", "月报"}, Quarter: {"季度", "季报"}, Half: {"半年", "半年报"}, Year: {"年", "年报"}}

// String is the kind's Chinese name; empty for one that there is not.
func (k PeriodKind) String() string { return periodKinds[k][0] }

// Report is what the report of such a period is called: 季报.
func (k PeriodKind) Report() string { return periodKinds[k][1] }

// Period is a week (from Monday on, numbered as ISO 8601 does), a month, a quarter, half a
// year or a year. Periods compare with ==; the zero Period is none.
type Period struct {
	Kind PeriodKind
	Year int
	N    int // which of the year, from 1; of a year 0
}

// The years that a period may be of.
const (
	firstYear = 2000
	lastYear  = 2199
)

var written = map[PeriodKind]*regexp.Regexp{
	Week:    regexp.MustCompile(`^(\d{4})[Ww](\d{1,2})$`),
	Month:   regexp.MustCompile(`^(\d{4})-(\d{1,2})$`),
	Quarter: regexp.MustCompile(`^(\d{4})[Qq](\d)$`),
	Half:    regexp.MustCompile(`^(\d{4})[Hh](\d)$`),
	Year:    regexp.MustCompile(`^(\d{4})()$`),
}

// ParsePeriod reads "2026Q3", "2026W37", "2026-09", "2026H1" or "2026": what String writes,
// and a little more. The error is one line of plain Chinese.
func ParsePeriod(s string) (Period, error) {
	for kind, form := range written {
		m := form.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		p := Period{Kind: kind}
		p.Year, _ = strconv.Atoi(m[1])
		p.N, _ = strconv.Atoi(m[2])
		if p.Year < firstYear || p.Year > lastYear {
			return Period{}, fmt.Errorf("年份应当在 %d 与 %d 之间：%s", firstYear, lastYear, s)
		}
		if most := p.most(); kind != Year && (p.N < 1 || p.N > most) {
			return Period{}, fmt.Errorf("%d 年的%s只有 1 到 %d：%s", p.Year, kind, most, s)
		}
		return p, nil
	}
	return Period{}, fmt.Errorf("时间没有看懂：%q。周写成 2026W37，月写成 2026-09，季度写成 2026Q3，半年写成 2026H1，年写成 2026", s)
}

// most is how many periods of the kind the year has.
func (p Period) most() int {
	switch p.Kind {
	case Week:
		_, weeks := time.Date(p.Year, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek() // which is always in the last one
		return weeks
	case Month:
		return 12
	case Quarter:
		return 4
	case Half:
		return 2
	}
	return 0
}

// PeriodOf is the period of a kind in which t lies, by t's own zone.
func PeriodOf(kind PeriodKind, t time.Time) Period {
	p := Period{Kind: kind, Year: t.Year()}
	month := int(t.Month())
	switch kind {
	case Week:
		p.Year, p.N = t.ISOWeek()
	case Month:
		p.N = month
	case Quarter:
		p.N = (month + 2) / 3
	case Half:
		p.N = (month + 5) / 6
	}
	return p
}

// String is the period as ParsePeriod reads it.
func (p Period) String() string {
	switch p.Kind {
	case Week:
		return fmt.Sprintf("%dW%02d", p.Year, p.N)
	case Month:
		return fmt.Sprintf("%d-%02d", p.Year, p.N)
	case Quarter:
		return fmt.Sprintf("%dQ%d", p.Year, p.N)
	case Half:
		return fmt.Sprintf("%dH%d", p.Year, p.N)
	case Year:
		return strconv.Itoa(p.Year)
	}
	return ""
}

// Name is the period as people read it: 2026年第三季度.
func (p Period) Name() string {
	year := fmt.Sprintf("%d年", p.Year)
	switch p.Kind {
	case Week:
		return fmt.Sprintf("%s第%d周", year, p.N)
	case Month:
		return fmt.Sprintf("%s%d月", year, p.N)
	case Quarter:
		return year + "第" + []string{"", "一", "二", "三", "四"}[p.N] + "季度"
	case Half:
		return year + []string{"", "上半年", "下半年"}[p.N]
	}
	return year
}

// Span is when the period begins, and when the next one does.
func (p Period) Span(loc *time.Location) (from, until time.Time) {
	month := func(n int) time.Time { return time.Date(p.Year, time.Month(n), 1, 0, 0, 0, 0, loc) }
	switch p.Kind {
	case Week:
		first := time.Date(p.Year, 1, 4, 0, 0, 0, 0, loc) // which is always in the first one
		from = first.AddDate(0, 0, -(int(first.Weekday())+6)%7+7*(p.N-1))
		return from, from.AddDate(0, 0, 7)
	case Month:
		return month(p.N), month(p.N + 1)
	case Quarter:
		return month(3*p.N - 2), month(3*p.N + 1)
	case Half:
		return month(6*p.N - 5), month(6*p.N + 1)
	}
	return month(1), month(13)
}

// Previous is the period of the same kind before this one.
func (p Period) Previous() Period {
	p.N--
	if p.N < 1 {
		p.Year--
		p.N = p.most()
	}
	return p
}

// YearBefore is the same period of the year before; of the 53rd week the last one.
func (p Period) YearBefore() Period {
	p.Year--
	if most := p.most(); most > 0 {
		p.N = min(p.N, most)
	}
	return p
}

// parts are the parts by which the course of the period is told: days of a week, weeks of
// a month or a quarter, months of what is longer.
func (p Period) parts(loc *time.Location) (list []time.Time) {
	from, until := p.Span(loc)
	for t := from; t.Before(until); {
		list = append(list, t)
		switch p.Kind {
		case Week:
			t = t.AddDate(0, 0, 1)
		case Month, Quarter:
			t = t.AddDate(0, 0, 7-(int(t.Weekday())+6)%7)
		default:
			t = t.AddDate(0, 1, 0)
		}
	}
	return list
}

// periodWords are words for a period: of which kind, and how many before the one that lasts.
var periodWords = map[string]struct {
	kind PeriodKind
	ago  int
}{
	"本周": {Week, 0}, "这周": {Week, 0}, "上周": {Week, 1}, "本月": {Month, 0}, "这个月": {Month, 0}, "上月": {Month, 1}, "上个月": {Month, 1},
	"本季度": {Quarter, 0}, "这个季度": {Quarter, 0}, "上季度": {Quarter, 1}, "上个季度": {Quarter, 1}, "今年": {Year, 0}, "本年": {Year, 0}, "去年": {Year, 1},
}

var (
	aMonth   = regexp.MustCompile(`^(\d{1,2})月$`)
	aQuarter = regexp.MustCompile(`^第?([一二三四1-4])季度$`)
	aYear    = regexp.MustCompile(`^(\d{4})年$`)
)

// periodNamed reads a word that names a period: 上季度, 三季度, 上半年, 10月, 2025年, or as ParsePeriod
// has it, but for a year, which may be any number. Of those without a year it is the last
// one that has begun.
func periodNamed(word string, now time.Time) (p Period, ok bool) {
	if n, ok := periodWords[word]; ok {
		p := PeriodOf(n.kind, now)
		for range n.ago {
			p = p.Previous()
		}
		return p, true
	}
	begun := func(kind PeriodKind, n int) (Period, bool) {
		p := Period{Kind: kind, Year: now.Year(), N: n}
		if from, _ := p.Span(now.Location()); from.After(now) {
			p.Year--
		}
		return p, n >= 1 && n <= p.most()
	}
	switch word {
	case "上半年":
		return begun(Half, 1)
	case "下半年":
		return begun(Half, 2)
	}
	if m := aMonth.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1])
		return begun(Month, n)
	}
	if m := aQuarter.FindStringSubmatch(word); m != nil {
		return begun(Quarter, map[string]int{"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}[m[1]])
	}
	if m := aYear.FindStringSubmatch(word); m != nil {
		word = m[1]
	} else if written[Year].MatchString(word) {
		return p, false
	}
	p, err := ParsePeriod(word)
	return p, err == nil
}
