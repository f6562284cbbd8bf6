package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/internal/workday"
)

// PauseReasons are why the time of a case may stand (停时), as offered on its card.
var PauseReasons = []string{"等其他单位答复", "等上级答复", "等群众补充情况", "等鉴定或检测结果"}

// ExtendReasons are why a leader may give more time (延期), as offered on the card.
var ExtendReasons = []string{"情况复杂，需要现场核实", "涉及多个单位，需要会商", "需要专业鉴定或检测"}

const stamp = "01-02 15:04"

// stamped writes t for reading, with the year when it is not that of seen.
func stamped(t, seen time.Time) string {
	if t.Year() != seen.Year() {
		return t.Format("2006-" + stamp)
	}
	return t.Format(stamp)
}

// RaisedSteps are what is owed once the case is of that severity: the steps of the new
// ladder, counted from now, of which the first is never later than what was owed before.
// A pause that lasts ends with it.
func (c *Case) RaisedSteps(cal *workday.Calendar, to Severity, now time.Time, review bool) ([]Step, error) {
	steps, err := Steps(cal, to.Ladder(), now, review)
	if err != nil {
		return nil, err
	}
	old, owed := c.Next()
	paused := ""
	for i := range steps {
		steps[i].Why = strings.Replace(steps[i].Why, " 收到", " 升为"+string(to), 1)
	}
	if owed && c.Paused() != nil {
		old = c.ResumedSteps(cal, now)[c.Met()]
		paused = "停时到此为止；"
	}
	if owed && old.Due.Before(steps[0].Due) {
		steps[0].Due = old.Due.In(cal.Location())
		steps[0].Why = fmt.Sprintf("升为%s，但原定 %s 更早，仍按原定", to, stamped(steps[0].Due, now.In(cal.Location())))
	}
	steps[0].Why = paused + steps[0].Why
	return steps, nil
}

// ResumedSteps are the steps after a pause that ends now: what is not met yet is due as
// much later as there was time left when the pause began. What was late then stays as
// it was. The pause must last.
func (c *Case) ResumedSteps(cal *workday.Calendar, now time.Time) []Step {
	steps, from := slices.Clone(c.Steps), c.Paused().From
	for i := c.Met(); i < len(steps); i++ {
		if from.Before(steps[i].Due) {
			steps[i].resume(cal, from, now.In(cal.Location()))
		}
	}
	return steps
}

// resume moves a due time for a pause from one instant to another.
func (s *Step) resume(cal *workday.Calendar, from, to time.Time) {
	left := s.span(cal, from, s.Due)
	due, counted, daysOff, unknown := to.Add(left), "", "", ""
	if !s.plain() {
		due, counted = cal.Add(to, left), "（工作时间）"
		_, why, _ := strings.Cut(cal.WhyBetween(to, due), "；")
		daysOff, unknown, _ = strings.Cut(why, "合计 "+workday.FormatDuration(left))
	}
	if due.Before(s.Due) { // a clock that was set back, or office hours that changed meanwhile
		due = s.Due.In(cal.Location())
	}
	s.Due = due
	s.Why = fmt.Sprintf("停时前还剩 %s%s；%s 恢复计时；%s%s 截止%s",
		workday.FormatDuration(left), counted, stamped(to, to), daysOff, stamped(due, to), unknown)
}

// ExtendedSteps are the steps after a leader gave the time of each that is not met once
// more, counted from when it was due.
func (c *Case) ExtendedSteps(cal *workday.Calendar, leader string) []Step {
	steps := slices.Clone(c.Steps)
	for i := c.Met(); i < len(steps); i++ {
		s := &steps[i]
		t, err := workday.ParseTarget(s.Target)
		if err != nil {
			continue
		}
		was := s.Due.In(cal.Location())
		due := cal.Due(was, t)
		_, how, _ := strings.Cut(due.Why, "；") // before it: when it was received
		s.Due = due.At
		s.Why = fmt.Sprintf("原定 %s，%s批准延期%s；%s", was.Format(stamp), leader, t.Name(), how)
	}
	return steps
}

// Signing is until when somebody should sign who was asked.
func (c *Case) Signing(cal *workday.Calendar, within, major time.Duration) time.Time {
	if c.Severity == Major {
		return c.Asked.Add(major)
	}
	return cal.Add(c.Asked, within)
}

// Spent is how much working time went by from when the clock began to at, without that in
// which the case was paused.
func (c *Case) Spent(cal *workday.Calendar, at time.Time) time.Duration {
	spent := cal.Between(c.Start, at)
	for _, p := range c.Pauses {
		if p.From.Before(c.Start) { // before it began anew
			continue
		}
		until := p.Until
		if until.IsZero() || until.After(at) {
			until = at
		}
		spent -= cal.Between(p.From, until)
	}
	return spent
}

// Stood is how much working time of its whole life the case was paused, up to now.
func (c *Case) Stood(cal *workday.Calendar, now time.Time) (sum time.Duration) {
	for _, p := range c.Pauses {
		until := p.Until
		if until.IsZero() {
			until = now
		}
		sum += cal.Between(p.From, until)
	}
	return sum
}
