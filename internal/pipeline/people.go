package pipeline

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// InviteFor is how long an invitation can be used.
const InviteFor = 24 * time.Hour

// unitFor is the unit that answers for a topic; own is the one that the topic names
// itself, if any.
func (p *Pipeline) unitFor(topic, own string) Unit {
	for _, name := range []string{p.Office.Topics[topic], own, p.Office.Topics["*"]} {
		if u, ok := p.unit(name); ok {
			return u
		}
	}
	return p.Office.Units[0]
}

func (p *Pipeline) unit(name string) (Unit, bool) {
	i := slices.IndexFunc(p.Office.Units, func(u Unit) bool { return u.Name == name })
	if i < 0 {
		return Unit{}, false
	}
	return p.Office.Units[i], true
}

// onDuty is whose turn it is in a unit: the A officer, or B while A cannot be
// reached. When neither can it is A's, and waits.
func (p *Pipeline) onDuty(tx *journal.Tx, u Unit) (string, error) {
	for _, name := range []string{u.A, u.B} {
		ok, err := p.reachable(tx, name)
		if err != nil {
			return "", err
		}
		if ok {
			return name, nil
		}
	}
	return u.A, nil
}

// reachable tells whether a person works here, has bound a chat and not blocked the
// bot.
func (p *Pipeline) reachable(tx *journal.Tx, name string) (bool, error) {
	if !p.Employed(name) {
		return false, nil
	}
	b, ok, err := tx.Binding(name)
	return ok && !b.Blocked, err
}

// Employed tells whether a name is in the configuration.
func (p *Pipeline) Employed(name string) bool { return p.Leads(name) || p.Answers(name) }

// Leads tells whether a person reads digests.
func (p *Pipeline) Leads(name string) bool { return slices.Contains(p.Office.Leaders, name) }

// Answers tells whether a person is an officer of some unit.
func (p *Pipeline) Answers(name string) bool {
	return slices.ContainsFunc(p.Office.Units, func(u Unit) bool { return u.Has(name) })
}

// Invite makes a one-time code by which a person binds a chat.
func (p *Pipeline) Invite(name string) (code string, err error) {
	if !p.Employed(name) {
		return "", fmt.Errorf("配置里没有“%s”这个人：请先在 units 或 leaders 里写上，再邀请", name)
	}
	code = rand.Text()[:16]
	return code, p.Journal.Update(func(tx *journal.Tx) error {
		return tx.PutInvite(code, journal.Invite{Name: name, Expires: p.Now().Add(InviteFor)})
	})
}

// Who returns the employed person a chat is bound to; empty for anybody else.
func (p *Pipeline) Who(chat int64) (name string, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		if name = tx.NameOf(chat); !p.Employed(name) {
			name = ""
		}
		return nil
	})
	return name, err
}

// Bind uses up a code: the chat is that person's from now on. The name is empty when
// the code is not good; the update is then still to be answered. An update that was
// handled before changes nothing.
func (p *Pipeline) Bind(update, chat int64, code string, welcome func(name string) string) (name string, err error) {
	err = p.Journal.Update(func(tx *journal.Tx) error {
		if tx.Handled(update) {
			name = tx.NameOf(chat)
			return nil
		}
		in, ok, err := tx.TakeInvite(code, p.Now())
		if err != nil || !ok || !p.Employed(in.Name) {
			return err
		}
		if _, err := tx.Updated(update, p.Now()); err != nil {
			return err
		}
		name = in.Name
		if err := tx.Bind(journal.Binding{Name: name, Chat: chat, At: p.Now()}); err != nil {
			return err
		}
		o := cases.Outgoing{To: name, Text: welcome(name), Key: updateKey(update)}
		if err := tx.Say(o, p.Now()); err != nil {
			return err
		}
		return p.handOver(tx, name)
	})
	if err == nil {
		p.Wake()
	}
	return name, err
}

// Reachable notes that a person who had blocked the bot is back.
func (p *Pipeline) Reachable(name string) error {
	err := p.Journal.Update(func(tx *journal.Tx) error { return p.back(tx, name) })
	if err == nil {
		p.Wake()
	}
	return err
}

// back notes that a person did something in the chat: who blocked the bot is back.
func (p *Pipeline) back(tx *journal.Tx, name string) error {
	b, ok, err := tx.Binding(name)
	if err != nil || !ok || !b.Blocked {
		return err
	}
	b.Blocked = false
	if err := tx.Bind(b); err != nil {
		return err
	}
	return p.handOver(tx, name)
}

// handOver gives a person who can be reached now the cards of that person's open
// cases, and the cases of that person's units that wait for somebody who cannot.
func (p *Pipeline) handOver(tx *journal.Tx, name string) error {
	err := tx.Cases(func(c cases.Case) error {
		if !c.Open() || c.Officer != name {
			return nil
		}
		return tx.Touch(c.Number, name, false)
	})
	if err != nil {
		return err
	}
	return p.reassign(tx)
}

// reassign gives every open case to somebody who can be reached, where there is one,
// and who is of the unit: people block the bot, lose their chat to somebody else, and
// leave the office; units are renamed.
func (p *Pipeline) reassign(tx *journal.Tx) error {
	var moved []cases.Event
	err := tx.Cases(func(c cases.Case) error {
		if !c.Open() {
			return nil
		}
		e := cases.Event{Case: c.Number, Kind: cases.Reassigned, At: p.Now()}
		u, ok := p.unit(c.Unit)
		if !ok {
			u = p.unitFor(c.Topic, "")
			e.Kind, e.Unit, e.Reason = cases.Transferred, u.Name, "配置里不再有“"+c.Unit+"”"
		}
		officer, err := p.successor(tx, c, u)
		if e.Officer = officer; err == nil && (!ok || officer != c.Officer) {
			moved = append(moved, e)
		}
		return err
	})
	for _, e := range moved {
		if err != nil {
			return err
		}
		var c cases.Case
		if c, err = tx.Append(e); err == nil {
			if err = tx.Touch(c.Number, c.Officer, true); err == nil {
				err = p.touch(tx, c)
			}
		}
	}
	return err
}

// successor is who of a unit has a case from now on: the officer who has it, unless
// another one can be reached and this one cannot, or is not of the unit.
func (p *Pipeline) successor(tx *journal.Tx, c cases.Case, u Unit) (string, error) {
	duty, err := p.onDuty(tx, u)
	if err != nil || !u.Has(c.Officer) {
		return duty, err
	}
	if here, err := p.reachable(tx, c.Officer); here || err != nil {
		return c.Officer, err
	}
	if there, err := p.reachable(tx, duty); !there || err != nil {
		return c.Officer, err
	}
	return duty, nil
}

func updateKey(update int64) string { return fmt.Sprintf("update/%d", update) }

// UnitNames lists the units in the order of the configuration.
func (p *Pipeline) UnitNames() []string {
	var names []string
	for _, u := range p.Office.Units {
		names = append(names, u.Name)
	}
	return names
}

// Unsaid returns those of the people who were not yet told key/name and who had bound
// a chat before that time: to tell somebody who came later would be old news.
func (p *Pipeline) Unsaid(key string, before time.Time, people []string) (names []string, err error) {
	return names, p.Journal.View(func(tx *journal.Tx) error {
		for _, name := range people {
			b, bound, err := tx.Binding(name)
			if err != nil {
				return err
			}
			if bound && b.At.Before(before) && !tx.Said(key+"/"+name) {
				names = append(names, name)
			}
		}
		return nil
	})
}
