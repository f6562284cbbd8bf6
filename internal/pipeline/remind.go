package pipeline

import (
	"fmt"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// Remind rings again for the open cases whose time is half gone, nearly gone or over:
// each of the three once, and only the last of those that passed unseen.
func (p *Pipeline) Remind() error {
	now := p.Now()
	var due []string
	err := p.Journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error {
			if c.Mark(p.Calendar, now) != "" {
				due = append(due, c.Number)
			}
			return nil
		})
	})
	if err != nil || len(due) == 0 {
		return err
	}
	err = p.Journal.Update(func(tx *journal.Tx) error {
		for _, number := range due {
			if err := p.remind(tx, number); err != nil {
				return fmt.Errorf("case %s: %w", number, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remind: %w", err)
	}
	p.Wake()
	return nil
}

// remind rings for one case, if it is still due.
func (p *Pipeline) remind(tx *journal.Tx, number string) error {
	c, held, err := tx.Case(number)
	if err != nil || !held {
		return err
	}
	mark := c.Mark(p.Calendar, p.Now())
	if mark == "" {
		return nil
	}
	c, err = tx.Append(cases.Event{Case: number, Kind: cases.Reminded, At: p.Now(), Officer: c.Officer, Reason: mark})
	if err != nil {
		return err
	}
	if c.Officer != "" {
		if err := tx.Touch(number, c.Officer, true); err != nil {
			return err
		}
	}
	return p.touch(tx, c)
}
