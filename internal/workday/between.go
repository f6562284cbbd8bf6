package workday

import (
	"fmt"
	"iter"
	"time"
)

// Between is the working time from a to b: the part of it that lies inside
// office hours of working days. It is exact, and zero when b is not after a.
// The two may be decades apart, not millennia: every day is looked at.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	var sum time.Duration
	for from, to := range c.open(a) {
		if !from.Before(b) {
			break
		}
		if to.After(b) {
			to = b
		}
		sum += to.Sub(from)
	}
	return sum
}

// WhyBetween says in one Chinese sentence how Between(a, b) comes about.
func (c *Calendar) WhyBetween(a, b time.Time) string {
	a, b = a.In(c.loc), b.In(c.loc)
	if !a.Before(b) {
		return "没有经过上班时间"
	}
	first, last := c.dayOf(a), c.dayOf(b)
	why := fmt.Sprintf("%s 至 %s，只计上班时间 %s；%s合计 %s", c.moment(a, a), c.moment(b, a), c.hours,
		c.story(first, last, a), FormatDuration(c.Between(a, b)))
	return why + c.unknown(first, last)
}

// Add is the first instant by which d of working time has passed since start, in
// the calendar's zone: Between(start, Add(start, d)) is d. It is exact, inside
// office hours of a working day or at their end; start itself when d is not above
// zero. Like Between it looks at every day.
func (c *Calendar) Add(start time.Time, d time.Duration) time.Time {
	at := start
	if d > 0 {
		for from, to := range c.open(start) {
			if worked := to.Sub(from); worked < d {
				d -= worked
				continue
			}
			at = from.Add(d)
			break
		}
	}
	return at.In(c.loc)
}

// open yields the stretches of office hours from start on, without end, in order
// and not overlapping even on a day when the clocks are changed. The first one
// is cut where start lies inside it. None is empty.
func (c *Calendar) open(start time.Time) iter.Seq2[time.Time, time.Time] {
	return func(yield func(from, to time.Time) bool) {
		cursor := start
		for d := c.dayOf(start); ; d++ {
			if !c.works(d) {
				continue
			}
			for _, s := range c.hours.spans {
				from, to := c.at(d, s.from), c.at(d, s.to)
				if from.Before(cursor) {
					from = cursor
				}
				if !from.Before(to) {
					continue
				}
				if !yield(from, to) {
					return
				}
				cursor = to
			}
		}
	}
}

// FormatDuration writes how long something took, as people read it: 1 小时 20 分,
// 3 小时, 45 分, 30 秒. Seconds are shown below one minute only, and what is
// left over is dropped, not rounded up. A negative d has a minus sign before it.
func FormatDuration(d time.Duration) string {
	sign := ""
	h, m, s := int64(d/time.Hour), int64(d/time.Minute)%60, int64(d/time.Second)%60
	if d < 0 { // after the division: the least Duration has no positive twin
		sign, h, m, s = "-", -h, -m, -s
	}
	switch {
	case h > 0 && m > 0:
		return fmt.Sprintf("%s%d 小时 %d 分", sign, h, m)
	case h > 0:
		return fmt.Sprintf("%s%d 小时", sign, h)
	case m > 0:
		return fmt.Sprintf("%s%d 分", sign, m)
	case s > 0:
		return fmt.Sprintf("%s%d 秒", sign, s)
	}
	return "0 分"
}

// FormatPlain writes plain time, as coarse as it may be: below a day to the minute, below ten
// days to the hour.
func FormatPlain(d time.Duration) string {
	if days := int(d / (24 * time.Hour)); days > 0 {
		if h := int(d/time.Hour) % 24; h > 0 && days < 10 {
			return fmt.Sprintf("%d 天 %d 小时", days, h)
		}
		return fmt.Sprintf("%d 天", days)
	}
	if d < time.Minute {
		return "不到 1 分"
	}
	return FormatDuration(d.Truncate(time.Minute))
}
