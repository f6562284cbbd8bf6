package pipeline

import (
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// record appends an event to its case, and does what follows from any event: the phones
// ring of those whose turn it is, copies go out, and all cards of the case are brought up
// to date.
func (p *Pipeline) record(tx *journal.Tx, e cases.Event) (cases.Case, error) {
	c, err := tx.Append(e)
	if err != nil {
		return c, err
	}
	if who := c.Rings(e); who != "" {
		if err := p.ring(tx, c, e, who); err != nil {
			return c, err
		}
	}
	return c, p.touch(tx, c)
}

// touch asks for every card of the case to be edited; a list is not. What was told since it
// went comes with a card.
func (p *Pipeline) touch(tx *journal.Tx, c cases.Case) error {
	for _, who := range c.Followers {
		card, _, err := tx.Card(c.Number, who)
		if err != nil {
			return err
		}
		if card.Told(c) || !p.Employed(who) {
			continue
		}
		if err := tx.Touch(c.Number, who, false); err != nil {
			return err
		}
	}
	return nil
}

// ring makes the phones ring for an event: that of who, those of others for whom the case
// waits as well when time runs out, and the unit's group; and copies go out.
func (p *Pipeline) ring(tx *journal.Tx, c cases.Case, e cases.Event, who string) error {
	phones := []string{who}
	if e.Kind == cases.Reminded || e.Kind == cases.Raised {
		phones = append(phones, waiting(c)...)
	}
	unit := alerted(c, e)
	group := groupMark + unit
	switch ok, err := p.reachable(tx, group); {
	case err != nil:
		return err
	case ok && slices.Contains(groupRings, e.Kind):
		phones = append(phones, group)
	}
	for i, phone := range phones {
		if slices.Contains(phones[:i], phone) {
			continue
		}
		if err := p.sound(tx, c, e, phone); err != nil {
			return err
		}
	}
	return p.copyOut(tx, c, e, unit)
}

// waiting are those besides its holder for whom a case waits: to take it over, and to
// review a draft.
func waiting(c cases.Case) (names []string) {
	if c.Offer != nil {
		names = append(names, c.Offer.Officer)
	}
	if d := c.Reviewing(); d != nil {
		names = append(names, d.Reviewer)
	}
	return names
}

// alerted is the unit for which an event rings.
func alerted(c cases.Case, e cases.Event) string {
	if slices.Contains([]cases.Kind{cases.Transferred, cases.Enlisted, cases.Called, cases.Reassigned}, e.Kind) && e.Unit != "" {
		return e.Unit
	}
	return c.Unit
}

// sound makes a phone ring. When too many cases ring within a minute the rest come in one
// message, unless it is grave.
func (p *Pipeline) sound(tx *journal.Tx, c cases.Case, e cases.Event, who string) error {
	before, err := tx.Rang(who, p.Now())
	if err != nil {
		return err
	}
	ringing, err := tx.Ringing(c.Number, who)
	if err != nil {
		return err
	}
	if p.Office.Storm == 0 || before < p.Office.Storm || ringing || c.Grave(e) {
		return tx.Touch(c.Number, who, true)
	}
	if err := tx.Bundle(who, c.Number, p.Now().Add(time.Minute)); err != nil {
		return err
	}
	b, _, err := tx.Binding(who)
	if err != nil {
		return err
	}
	if shown, err := p.shown(tx, c.Number, who, b.Chat); err != nil || shown {
		return err
	}
	return tx.PutCard(cases.Card{Case: c.Number, Officer: who, Listed: true})
}

// shown tells whether a message in a chat shows the case as a card of its own.
func (p *Pipeline) shown(tx *journal.Tx, number, who string, chat int64) (bool, error) {
	card, ok, err := tx.Card(number, who)
	return ok && !card.Listed && card.Chat == chat, err
}

// groupRings are the events that ring in a unit's group.
var groupRings = []cases.Kind{cases.Opened, cases.Raised, cases.Reopened, cases.Transferred}

// copyOut queues a copy of the alert for every place outside Telegram that wants those of
// a unit.
func (p *Pipeline) copyOut(tx *journal.Tx, c cases.Case, e cases.Event, unit string) error {
	for _, place := range p.Office.Copies {
		if len(place.Units) > 0 && !slices.Contains(place.Units, unit) {
			continue
		}
		o := cases.Outgoing{To: copyMark + place.Name, Text: p.Alert(c, e), Key: fmt.Sprintf("%s%s/%s/%04d", copyMark, place.Name, c.Number, c.Seq)}
		if err := tx.Say(o, p.Now()); err != nil {
			return err
		}
	}
	return nil
}

// say queues a message to a person about a case, as Telegram's HTML, once for each event.
func (p *Pipeline) say(tx *journal.Tx, c cases.Case, to, html string, buttons ...cases.Button) error {
	if to == "" {
		return nil
	}
	key := fmt.Sprintf("say/%s/%04d/%s", c.Number, c.Seq, to)
	return tx.Say(cases.Outgoing{To: to, Text: html, Key: key, Buttons: buttons}, p.Now())
}
