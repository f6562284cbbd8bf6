package pipeline

import (
	"crypto/rand"
	"fmt"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// InviteFor is how long an invitation can be used.
const InviteFor = 24 * time.Hour

// Invite makes a one-time code by which a person binds a chat.
func (p *Pipeline) Invite(name string) (code string, err error) {
	if _, isGroup := groupOf(name); isGroup || !p.Employed(name) {
		return "", fmt.Errorf("配置里没有“%s”这个人：请先在 units、leaders 或 admins 里写上，再邀请", name)
	}
	code = rand.Text()[:16]
	return code, p.Journal.Update(func(tx *journal.Tx) error {
		return tx.PutInvite(code, journal.Invite{Name: name, Expires: p.Now().Add(InviteFor)})
	})
}

// Who returns the employed person a chat is bound to; empty for anybody else.
func (p *Pipeline) Who(chat int64) (name string, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		name = tx.NameOf(chat)
		if _, isGroup := groupOf(name); isGroup || !p.Employed(name) {
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

// handOver gives a person who can be reached now the cards of the open cases that wait
// for that person, and the cases of that person's units that wait for somebody who cannot
// be.
func (p *Pipeline) handOver(tx *journal.Tx, name string) error {
	err := tx.Cases(func(c cases.Case) error {
		if !c.Open() || c.Part(name) == cases.Former {
			return nil
		}
		return tx.Touch(c.Number, name, false)
	})
	if err != nil {
		return err
	}
	return p.reassign(tx)
}

// reassign sees that every open case is with somebody who is there, where there is one.
func (p *Pipeline) reassign(tx *journal.Tx) error {
	var open []cases.Case
	err := tx.Cases(func(c cases.Case) error {
		if c.Open() {
			open = append(open, c)
		}
		return nil
	})
	for _, c := range open {
		if err != nil {
			return err
		}
		_, err = p.place(tx, c)
	}
	return err
}

// place sees that a case, and each part of it, is with somebody who is there.
func (p *Pipeline) place(tx *journal.Tx, c cases.Case) (cases.Case, error) {
	for {
		e, ok, err := p.stray(tx, c)
		if err != nil || !ok {
			return c, err
		}
		if c, err = p.record(tx, e); err != nil {
			return c, err
		}
	}
}

// stray is the event by which a case goes from people who are not there to those who are;
// false when it need not: people go on leave, block the bot, lose their chat to somebody
// else, and leave the office; units are renamed.
func (p *Pipeline) stray(tx *journal.Tx, c cases.Case) (e cases.Event, ok bool, err error) {
	if !c.Open() {
		return e, false, nil
	}
	e = cases.Event{Case: c.Number, Kind: cases.Reassigned, At: p.Now()}
	u, known := p.unit(c.Unit)
	if !known {
		u = p.unitOr(c.Unit, c.Topic)
		e.Kind, e.Unit, e.Reason = cases.Transferred, u.Name, gone(c.Unit)
		e.Officer, err = p.onDuty(tx, u)
		return e, true, err
	}
	if e.Officer, err = p.successor(tx, u, c.Officer); err != nil || e.Officer != c.Officer {
		return e, true, err
	}
	if o := c.Offer; o != nil {
		e.Unit = o.Unit
		if u, known = p.unit(o.Unit); !known {
			e.Kind, e.Officer, e.Reason = cases.Declined, "", gone(o.Unit)
			return e, true, nil
		}
		if e.Officer, err = p.successor(tx, u, o.Officer); err != nil || e.Officer != o.Officer {
			return e, true, err
		}
	}
	for _, h := range c.Helpers {
		u, known := p.unit(h.Unit)
		if h.Text != "" || !known || h.Unit == c.Unit { // which took the case over
			continue
		}
		e.Kind, e.Unit = cases.Enlisted, h.Unit
		if e.Officer, err = p.successor(tx, u, h.Officer); err != nil || e.Officer != h.Officer {
			e.Reason = h.Officer + "不在"
			return e, true, err
		}
	}
	return p.strayDraft(tx, c)
}

func gone(unit string) string { return "配置里不再有“" + unit + "”" }

// strayDraft is the event by which a draft goes to another reviewer, because the one who
// has it is not there; false when it need not.
func (p *Pipeline) strayDraft(tx *journal.Tx, c cases.Case) (e cases.Event, ok bool, err error) {
	d := c.Reviewing()
	if d == nil {
		return e, false, nil
	}
	u, _ := p.unit(c.Unit)
	here, away, err := p.presence(tx, d.Reviewer)
	if err != nil || here && !away && (u.Head == d.Reviewer || p.Leads(d.Reviewer)) {
		return e, false, err
	}
	other, err := p.reviewer(tx, c.Unit, d.By)
	if err != nil || other == "" || other == d.Reviewer {
		return e, false, err
	}
	if _, away, err := p.presence(tx, other); err != nil || away && here { // no better
		return e, false, err
	}
	return cases.Event{
		Case: c.Number, Kind: cases.Submitted, At: p.Now(), By: d.By, Officer: other, Text: d.Text, Reason: d.Reviewer + "不在",
	}, true, nil
}

// successor is who of a unit has a case from now on: who has it, unless another one is
// there and this one is on leave, cannot be reached, or is not of the unit.
func (p *Pipeline) successor(tx *journal.Tx, u Unit, who string) (string, error) {
	duty, err := p.onDuty(tx, u)
	if err != nil || !u.Has(who) || duty == who {
		return duty, err
	}
	here, away, err := p.presence(tx, who)
	if err != nil || here && !away {
		return who, err
	}
	there, off, err := p.presence(tx, duty)
	if err != nil || !there || here && off { // no better
		return who, err
	}
	return duty, nil
}

func updateKey(update int64) string { return fmt.Sprintf("update/%d", update) }

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
