package pipeline

import (
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// Live reads what is owed and what waits at now; Matched and Refused count the days
// from one date up to and without another.
func (p *Pipeline) Live(now, from, until time.Time) (l cases.Live, err error) {
	return l, p.Journal.View(func(tx *journal.Tx) error {
		owed := make(map[string]int)
		err := tx.Cases(func(c cases.Case) error {
			if c.Doubtful() >= 0 && !c.Over() {
				l.Doubtful = append(l.Doubtful, c)
			}
			if !c.Open() {
				return nil
			}
			l.Open++
			owed[c.Officer]++
			if c.Overdue(now) {
				l.Overdue = append(l.Overdue, c)
			}
			if o, ok := c.Owed(now); ok {
				l.Owed = append(l.Owed, o)
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortStableFunc(l.Overdue, func(a, b cases.Case) int {
			x, _ := a.Next()
			y, _ := b.Next()
			return x.Due.Compare(y.Due)
		})
		cases.SortOwed(l.Owed)
		if l.Unreachable, err = p.unreachable(tx, owed); err != nil {
			return err
		}
		queue, err := tx.Outgoing()
		if err != nil {
			return err
		}
		l.Queued, l.Unshipped = len(queue), tx.Unshipped()
		if l.Matched, err = tx.Counted(p.day(from), p.day(until), "matched"); err != nil {
			return err
		}
		l.Refused, err = tx.Counted(p.day(from), p.day(until), "refused")
		return err
	})
}

func (p *Pipeline) unreachable(tx *journal.Tx, owed map[string]int) ([]cases.Person, error) {
	var people []cases.Person
	for name, n := range owed {
		ok, err := p.reachable(tx, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			people = append(people, cases.Person{Name: name, Cases: n})
		}
	}
	slices.SortFunc(people, func(a, b cases.Person) int {
		if a.Cases != b.Cases {
			return b.Cases - a.Cases
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return people, nil
}
