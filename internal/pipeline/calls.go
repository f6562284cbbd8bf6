package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/workday"
)

// Tick does what time asks for; it is to be called every minute. Who is on leave hands
// over; where nobody signs the next is asked; cases whose time is half gone, nearly gone
// or over ring again: each of the three once, and only the last of those that passed
// unseen. When there is nothing to do nothing is written.
func (p *Pipeline) Tick() error {
	var due []string
	err := p.Journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error {
			_, ok, err := p.pressing(tx, c)
			if ok {
				due = append(due, c.Number)
			}
			return err
		})
	})
	if err == nil && len(due) > 0 {
		err = p.Journal.Update(func(tx *journal.Tx) error {
			for _, number := range due {
				if err := p.press(tx, number); err != nil {
					return fmt.Errorf("case %s: %w", number, err)
				}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("tick: %w", err)
	}
	p.Wake() // also for what was queued to be sent later
	return nil
}

// press does all that time asks for on a case.
func (p *Pipeline) press(tx *journal.Tx, number string) error {
	c, held, err := tx.Case(number)
	for err == nil && held {
		var e cases.Event
		if e, held, err = p.pressing(tx, c); err == nil && held {
			c, err = p.record(tx, e)
		}
	}
	return err
}

// pressing is the next event that time asks for on a case; false when there is none.
func (p *Pipeline) pressing(tx *journal.Tx, c cases.Case) (e cases.Event, ok bool, err error) {
	if c.Open() {
		if e, ok, err = p.stray(tx, c); ok || err != nil {
			return e, ok, err
		}
		if e, ok, err = p.call(tx, c, p.Now()); ok || err != nil {
			return e, ok, err
		}
	}
	cal := p.calendar(c.Unit)
	why := cmp.Or(c.Mark(cal, p.Now()), c.Nudge(cal, p.Now()))
	return cases.Event{Case: c.Number, Kind: cases.Reminded, At: p.Now(), Officer: c.Officer, Reason: why}, why != "", nil
}

// call is the event by which somebody further up is asked, because the case was not
// signed in time; false when it is not time, or nobody is left.
func (p *Pipeline) call(tx *journal.Tx, c cases.Case, now time.Time) (e cases.Event, ok bool, err error) {
	s := p.Office.Signing
	if !c.Unsigned() || len(s.Rungs) == 0 {
		return e, false, nil
	}
	unit, asked := c.Unit, c.Officer
	if c.Offer != nil {
		unit, asked = c.Offer.Unit, c.Offer.Officer
	}
	cal := p.calendar(unit)
	if now.Before(c.Signing(cal, s.Within, s.Major)) {
		return e, false, nil
	}
	u, _ := p.unit(unit)
	for _, rung := range s.Rungs {
		for _, name := range p.rung(u, rung) {
			if name == "" || name == asked || slices.Contains(c.Called, name) {
				continue
			}
			ok, away, err := p.presence(tx, name)
			if err != nil {
				return e, false, err
			}
			if !ok || away {
				continue
			}
			last := asked
			if n := len(c.Called); n > 0 {
				last = c.Called[n-1]
			}
			within := workday.FormatDuration(s.Within) + "（工作时间）"
			if c.Severity == cases.Major {
				within = workday.FormatDuration(s.Major)
			}
			return cases.Event{
				Case: c.Number, Kind: cases.Called, At: now, Unit: unit, Officer: name, Reason: fmt.Sprintf("%s %s内没有签收", last, within),
			}, true, nil
		}
	}
	return e, false, nil
}

// rung is who stands on a rung of a unit: B's is the other officer, when A is asked.
func (p *Pipeline) rung(u Unit, rung string) []string {
	switch rung {
	case RungB:
		return []string{u.B, u.A}
	case RungHead:
		return []string{u.Head}
	}
	return p.Office.Leaders
}
