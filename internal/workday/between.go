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
