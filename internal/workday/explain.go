package workday

import (
	"fmt"
	"strings"
	"time"
)

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// Above these, an explanation gives sums instead of every stretch of days.
const (
	maxWeekends = 2
	maxSpecials = 4
)

// stretch is a run of days of one kind: weekend, or one holiday, or make-up days.
type stretch struct {
	first, last day
	kind        string // 休息, 国庆节放假, 国庆节调休上班
}

func (s stretch) days() int { return int(s.last-s.first) + 1 }

// story tells which days from first to last were off and which were make-up
// working days, each followed by a semicolon; "" when every day was plain.
func (c *Calendar) story(first, last day, seenFrom time.Time) string {
	var weekends, specials []stretch
	for _, s := range c.stretches(first, last) {
		if s.kind == weekend {
			weekends = append(weekends, s)
		} else {
			specials = append(specials, s)
		}
	}
	if len(weekends) <= maxWeekends && len(specials) <= maxSpecials {
		return c.list(c.stretches(first, last), seenFrom)
	}
	out := ""
	if n := total(weekends, ""); n > 0 {
		out = fmt.Sprintf("其间周末休息 %d 天；", n)
	}
	if len(specials) <= maxSpecials {
		return out + c.list(specials, seenFrom)
	}
	if n := total(specials, "放假"); n > 0 {
		out += fmt.Sprintf("其间节假日放假 %d 天；", n)
	}
	if n := total(specials, "上班"); n > 0 {
		out += fmt.Sprintf("其间调休上班 %d 天；", n)
	}
	return out
}

const weekend = "休息"

// stretches groups the days from first to last that are not plain weekdays.
func (c *Calendar) stretches(first, last day) []stretch {
	var out []stretch
	for d := first; d <= last; d++ {
		kind := ""
		if s, ok := c.days[d]; ok {
			kind = s.String()
		} else if !c.works(d) {
			kind = weekend
		}
		if kind == "" {
			continue
		}
		if n := len(out); n > 0 && out[n-1].last == d-1 && out[n-1].kind == kind {
			out[n-1].last = d
			continue
		}
		out = append(out, stretch{d, d, kind})
	}
	return out
}

// total counts the days of the stretches whose kind ends in suffix.
func total(list []stretch, suffix string) int {
	n := 0
	for _, s := range list {
		if strings.HasSuffix(s.kind, suffix) {
			n += s.days()
		}
	}
	return n
}

func (c *Calendar) list(stretches []stretch, seenFrom time.Time) string {
	var b strings.Builder
	for _, s := range stretches {
		b.WriteString(c.monthDay(s.first, seenFrom))
		switch n := s.days(); {
		case n == 2:
			b.WriteString("、" + c.monthDay(s.last, seenFrom))
		case n > 2:
			b.WriteString(" 至 " + c.monthDay(s.last, seenFrom))
		}
		b.WriteString(" " + s.kind + "；")
	}
	return b.String()
}

// monthDay writes d as 11-20, with the year before it when it is not the year
// in which seenFrom falls.
func (c *Calendar) monthDay(d day, seenFrom time.Time) string {
	if d.year() != seenFrom.In(c.loc).Year() {
		return d.utc().Format(time.DateOnly)
	}
	return d.utc().Format("01-02")
}

// date writes d as 11-20 周五.
func (c *Calendar) date(d day, seenFrom time.Time) string {
	return c.monthDay(d, seenFrom) + " " + weekdays[d.utc().Weekday()]
}

// moment writes t as 11-20 周五 18:40.
func (c *Calendar) moment(t, seenFrom time.Time) string {
	return c.date(c.dayOf(t), seenFrom) + " " + t.In(c.loc).Format("15:04")
}

// unknown warns of the years from first to last whose holidays are not known;
// "" when all are.
func (c *Calendar) unknown(first, last day) string {
	var years []string
	for y := first.year(); y <= last.year(); y++ {
		if !c.Known(y) {
			years = append(years, fmt.Sprint(y))
		}
	}
	if len(years) == 0 {
		return ""
	}
	return fmt.Sprintf("（%s 年的放假安排尚未录入，暂按周一至周五上班计算，请人工核对）", strings.Join(years, "、"))
}
