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
// counts it: working time for working days and hours, plain time for plain hours; time
// in which the case was paused does not count. A target of more than 24 plain hours does
// not ring outside office hours.
func (c *Case) Mark(cal *workday.Calendar, now time.Time) string {
	step, owed := c.Next()
	if !owed || c.Paused() != nil {
		return ""
	}
	mark := c.passed(cal, step, now)
	if slices.Index(marks, mark) <= slices.Index(marks, c.Reminded) {
		return ""
	}
	t, err := workday.ParseTarget(step.Target)
	if err == nil && t.Unit == workday.PlainHours && t.N > 24 && cal.Between(now, now.Add(time.Second)) == 0 {
		return ""
	}
	return mark
}

// What a card rings for again and again while it lasts, at these distances of working
// days: else time that stands, or an answer that does not, would lie in silence.
const (
	LongPaused = "停时已久，请看看能不能恢复计时"
	Unsound    = "回应没有通过核验，请改好再发，或请领导认可"

	longPause = 5 // working days
	unsound   = 1
)

// Nudge returns what the card is to ring for at now besides the marks; empty for nothing.
func (c *Case) Nudge(cal *workday.Calendar, now time.Time) string {
	waits := func(since time.Time, days int) bool {
		if since.Before(c.Nudged) {
			since = c.Nudged
		}
		return cal.Between(since, now) >= time.Duration(days)*cal.Hours().PerDay()
	}
	if p := c.Paused(); c.Open() && p != nil && waits(p.From, longPause) {
		return LongPaused
	}
	if i := c.Doubtful(); !c.Over() && i >= 0 && waits(c.Replies[i].At, unsound) {
		return Unsound
	}
	return ""
}

// passed returns the last mark that a step has passed at now.
func (c *Case) passed(cal *workday.Calendar, s Step, now time.Time) string {
	if now.After(s.Due) {
		return Late
	}
	gone, all := c.gone(cal, s, now)
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

// nearlyDue tells whether less than a quarter of the time is left at now for what is owed.
// What is late already is not: that is of who let it become so.
func (c *Case) nearlyDue(cal *workday.Calendar, now time.Time) bool {
	step, owed := c.Next()
	if p := c.Paused(); p != nil {
		now = p.From
	}
	gone, all := c.gone(cal, step, now)
	return owed && !c.Overdue(now) && 4*gone > 3*all
}

// gone is how much is gone at now of the time for a step, and of how much. Time in which
// the case was paused is left out.
func (c *Case) gone(cal *workday.Calendar, s Step, now time.Time) (gone, all time.Duration) {
	gone, all = s.span(cal, c.Start, now), s.span(cal, c.Start, s.Due)
	for _, p := range c.Pauses {
		from := p.From
		if from.Before(c.Start) { // it belongs to steps of before
			from = c.Start
		}
		stood := s.span(cal, from, p.Until)
		gone, all = gone-stood, all-stood
	}
	return gone, all
}

// span is the time from a to b as the step's target counts it; zero when b is not after a.
func (s Step) span(cal *workday.Calendar, a, b time.Time) time.Duration {
	if s.plain() {
		return max(0, b.Sub(a))
	}
	return cal.Between(a, b)
}

// plain tells whether the step's target counts hours by the clock.
func (s Step) plain() bool {
	t, err := workday.ParseTarget(s.Target)
	return err == nil && t.Unit == workday.PlainHours
}
