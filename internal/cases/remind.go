package cases

import (
	"slices"
	"time"

	"huiyin/internal/workday"
)

// The marks at which an open case rings again, by how much of the time for its next
// step is gone; in order.
const (
	Halfway = "时间过半"
	Nearly  = "时间只剩两成"
	Late    = "超过时限"
)

var marks = []string{"", Halfway, Nearly, Late}

// Mark returns the mark that the case has passed at now and was not reminded of; empty
// when there is none. Of several it is the last. Time is counted as the step's target
// counts it: working time for working days and hours, plain time for plain hours. A
// target of more than 24 plain hours does not ring outside office hours.
func (c *Case) Mark(cal *workday.Calendar, now time.Time) string {
	step, owed := c.Next()
	if !owed {
		return ""
	}
	mark := step.passed(cal, c.Opened, now)
	if slices.Index(marks, mark) <= slices.Index(marks, c.Reminded) {
		return ""
	}
	t, err := workday.ParseTarget(step.Target)
	if err == nil && t.Unit == workday.PlainHours && t.N > 24 && cal.Between(now, now.Add(time.Second)) == 0 {
		return ""
	}
	return mark
}

// passed returns the last mark that a step has passed at now.
func (s Step) passed(cal *workday.Calendar, start, now time.Time) string {
	if now.After(s.Due) {
		return Late
	}
	gone, all := cal.Between(start, now), cal.Between(start, s.Due)
	if t, err := workday.ParseTarget(s.Target); err == nil && t.Unit == workday.PlainHours {
		gone, all = now.Sub(start), s.Due.Sub(start)
	}
	switch {
	case all <= 0:
		return ""
	case 10*gone >= 8*all:
		return Nearly
	case 2*gone >= all:
		return Halfway
	}
	return ""
}
