package pipeline

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/workday"
)

// once runs f for an update that was not handled before, in one transaction.
func (p *Pipeline) once(update int64, f func(tx *journal.Tx) error) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		before, err := tx.Updated(update, p.Now())
		if before || err != nil {
			return err
		}
		return f(tx)
	})
	if err == nil {
		p.Wake()
	}
	return err
}

// reply queues the answer to an update, which is plain text.
func (p *Pipeline) reply(tx *journal.Tx, update int64, to, text string) error {
	return tx.Say(cases.Outgoing{To: to, Text: html.EscapeString(text), Key: updateKey(update)}, p.Now())
}

// inform queues a message to somebody else than who sent the update.
func (p *Pipeline) inform(tx *journal.Tx, update int64, to, text string) error {
	return tx.Say(cases.Outgoing{To: to, Text: html.EscapeString(text), Key: updateKey(update) + "/" + to}, p.Now())
}

// Answer queues an answer, in Telegram's HTML, to what a person wrote, once for each update.
func (p *Pipeline) Answer(update int64, name, html string, buttons ...cases.Button) error {
	return p.once(update, func(tx *journal.Tx) error {
		return tx.Say(cases.Outgoing{To: name, Text: html, Key: updateKey(update), Buttons: buttons}, p.Now())
	})
}

// AnswerWith queues an answer as Answer does, and a picture after it.
func (p *Pipeline) AnswerWith(update int64, name, html string, picture cases.Picture) error {
	return p.once(update, func(tx *journal.Tx) error { return p.tell(tx, name, updateKey(update), html, picture) })
}

// tell queues a message, and the pictures after it.
func (p *Pipeline) tell(tx *journal.Tx, name, key, html string, pictures ...cases.Picture) error {
	if err := tx.Say(cases.Outgoing{To: name, Text: html, Key: key}, p.Now()); err != nil {
		return err
	}
	for i, picture := range pictures {
		if picture.From == nil {
			continue
		}
		o := cases.Outgoing{To: name, Text: picture.Caption, Picture: picture.From, Key: fmt.Sprintf("%s/picture/%d", key, i+1)}
		if err := tx.Say(o, p.Now()); err != nil {
			return err
		}
	}
	return nil
}

// Tell queues a message to a person with pictures after it, once for each key.
func (p *Pipeline) Tell(name, key, text string, pictures ...cases.Picture) error {
	err := p.Journal.Update(func(tx *journal.Tx) error { return p.tell(tx, name, key, text, pictures...) })
	if err == nil {
		p.Wake()
	}
	return err
}

// Show sends a case's card anew to somebody who asks for it and may see it. What comes
// back says why not; empty when it is on its way.
func (p *Pipeline) Show(update int64, name, number string) (why string, err error) {
	return why, p.once(update, func(tx *journal.Tx) error {
		c, held, err := tx.Case(number)
		if err != nil {
			return err
		}
		if !held || !p.sees(c, name) || !concerns(c, name) {
			why = fmt.Sprintf("%s 现在不归您办。要看办理记录，请发 /case %s", number, number)
			return nil
		}
		return tx.Touch(number, name, true)
	})
}

// sees tells whether a person may read a case: leaders all, others those of their units.
func (p *Pipeline) sees(c cases.Case, name string) bool {
	if p.Leads(name) || slices.Contains(c.Followers, name) {
		return true
	}
	own, offered := p.parties(c, name)
	return own || offered || p.helping(c, name) != ""
}

// Number is the case that somebody means by what was typed: 123 is the 123rd of this
// year, 2026-123 that of another; false when it is no number of a case.
func (p *Pipeline) Number(typed string) (string, bool) {
	year, n, dashed := strings.Cut(strings.TrimSpace(typed), "-")
	if !dashed {
		year, n = strconv.Itoa(p.Now().In(p.Calendar.Location()).Year()), year
	}
	y, err1 := strconv.Atoi(year)
	i, err2 := strconv.Atoi(n)
	if err1 != nil || err2 != nil || y < 2000 || y > 9999 || i < 1 || i > 999999 {
		return "", false
	}
	return cases.Number(y, i), true
}

// History returns a case with all that happened to it, for somebody who may read it;
// false when it is not held, or not that person's to read.
func (p *Pipeline) History(name, number string) (c cases.Case, events []cases.Event, ok bool, err error) {
	return c, events, ok, p.Journal.View(func(tx *journal.Tx) error {
		if c, ok, err = tx.Case(number); err != nil || !ok {
			return err
		}
		if ok = p.sees(c, name); !ok {
			c = cases.Case{}
			return nil
		}
		events, err = tx.Events(number)
		return err
	})
}

// Todo returns the open cases that a person has to see to, those due first before the
// others: an officer's own and those of the units that the person heads; for a leader all.
// Cases that wait for the person in another part, as a reviewer or helper, are among them.
func (p *Pipeline) Todo(name string) (list []cases.Case, err error) {
	lead := p.Leads(name)
	err = p.Journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error {
			u, _ := p.unit(c.Unit)
			if c.Part(name) != cases.Former && !c.Over() || c.Open() && (lead || u.Head == name) {
				list = append(list, c)
			}
			return nil
		})
	})
	slices.SortStableFunc(list, func(a, b cases.Case) int {
		x, owes := a.Next()
		y, also := b.Next()
		if owes != also {
			return cmp.Compare(bit(also), bit(owes))
		}
		return x.Due.Compare(y.Due)
	})
	return list, err
}

// Left tells how much time there is for the next step of a case, as its target counts it;
// empty when none is owed, or it is over, or time stands.
func (p *Pipeline) Left(c cases.Case) string {
	next, owed := c.Next()
	if !owed || c.Paused() != nil || c.Overdue(p.Now()) {
		return ""
	}
	if t, err := workday.ParseTarget(next.Target); err == nil && t.Unit == workday.PlainHours {
		return workday.FormatDuration(next.Due.Sub(p.Now()))
	}
	return workday.FormatDuration(p.calendar(c.Unit).Between(p.Now(), next.Due)) + "（工作时间）"
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Duties tells who is on duty today in the units that a person belongs to; in all of them
// for leaders and admins.
func (p *Pipeline) Duties(name string) (list []cases.Duty, err error) {
	return list, p.Journal.View(func(tx *journal.Tx) error {
		for _, u := range p.Office.Units {
			if !u.Has(name) && !p.Leads(name) && !p.Administers(name) {
				continue
			}
			d := cases.Duty{Unit: u.Name}
			if d.Officer, err = p.onDuty(tx, u); err != nil {
				return err
			}
			turn, err := tx.Turn(u.Name, p.day(p.Now()))
			if err != nil {
				return err
			}
			d.ByHand = turn != "" && turn == d.Officer
			for _, who := range []string{u.A, u.B} {
				away, err := p.away(tx, who)
				if err != nil {
					return err
				}
				if away {
					d.Away = append(d.Away, who)
				}
			}
			list = append(list, d)
		}
		return nil
	})
}

// Swap puts somebody on duty for a day (调班) in the units that both belong to; by is who
// says so. What comes back is the answer.
func (p *Pipeline) Swap(update int64, by, name, day string) (said string, err error) {
	return said, p.once(update, func(tx *journal.Tx) error {
		var units []string
		for _, u := range p.Office.Units {
			if u.Has(name) && (u.Has(by) || p.Administers(by)) {
				units = append(units, u.Name)
				if err := tx.PutTurn(u.Name, day, name); err != nil {
					return err
				}
			}
		}
		said = fmt.Sprintf("已登记：%s %s由%s值班。", day, strings.Join(units, "、"), name)
		if len(units) == 0 {
			said = fmt.Sprintf("没有登记：%s不是您单位的责任人。请核对姓名。", name)
		}
		if err := p.reassign(tx); err != nil {
			return err
		}
		if len(units) > 0 && by != name {
			told := fmt.Sprintf("%s登记：%s %s由您值班。", by, day, strings.Join(units, "、"))
			if err := p.inform(tx, update, name, told); err != nil {
				return err
			}
		}
		return p.reply(tx, update, by, said)
	})
}

// Off registers leave for somebody from one day to another, both included; an empty from
// takes back what is to come. By is who says so: the person, the unit's head, or an admin.
// Leave is of those who are of a unit: nobody takes over from a leader.
func (p *Pipeline) Off(update int64, by, name, from, until string) (said string, err error) {
	return said, p.once(update, func(tx *journal.Tx) error {
		allowed := by == name || p.Administers(by) || slices.ContainsFunc(p.Office.Units, func(u Unit) bool { return u.Head == by && u.Has(name) })
		if !p.Answers(name) {
			said = fmt.Sprintf("没有登记：%s不是哪个单位的责任人。请假、销假只登记各单位的人，领导和管理员不用登记。", name)
			return p.reply(tx, update, by, said)
		}
		if !allowed {
			said = fmt.Sprintf("没有登记：%s的请假由本人、单位负责人或管理员登记。", name)
			return p.reply(tx, update, by, said)
		}
		leaves, err := tx.Leaves(name)
		if err != nil {
			return err
		}
		today := p.day(p.Now())
		leaves = slices.DeleteFunc(leaves, func(l journal.Leave) bool { return l.Until < today || from == "" })
		said = fmt.Sprintf("已销假：%s今天起照常值班。", name)
		if from != "" {
			leaves = append(leaves, journal.Leave{From: from, Until: until})
			cover, err := p.cover(tx, name, from, until)
			if err != nil {
				return err
			}
			said = fmt.Sprintf("已登记：%s %s 至 %s 请假。%s", name, from, until, cover)
		}
		if err := tx.PutLeaves(name, leaves); err != nil {
			return err
		}
		if err := p.reassign(tx); err != nil {
			return err
		}
		if by != name {
			if err := p.inform(tx, update, name, fmt.Sprintf("%s替您登记了。%s", by, said)); err != nil {
				return err
			}
		}
		return p.reply(tx, update, by, said)
	})
}

// cover says who takes over from a person who is on leave, unit by unit.
func (p *Pipeline) cover(tx *journal.Tx, name, from, until string) (said string, err error) {
	for _, u := range p.Office.Units {
		if !u.Has(name) {
			continue
		}
		other := u.A
		if u.A == name {
			other = u.B
		}
		if name != u.A && name != u.B {
			said += fmt.Sprintf("%s送审的草稿由领导审核。", u.Name)
			continue
		}
		there := false
		if other != "" {
			if there, err = p.reachable(tx, other); err != nil {
				return "", err
			}
		}
		leaves, err := tx.Leaves(other)
		if err != nil {
			return "", err
		}
		switch {
		case !there:
			said += fmt.Sprintf("%s没有别的责任人能接手，期间的事项仍在%s名下。", u.Name, name)
		case slices.ContainsFunc(leaves, func(l journal.Leave) bool { return l.From <= until && from <= l.Until }):
			said += fmt.Sprintf("%s的事项由%s接手；%s也有请假，两人都不在的日子没有人接手。", u.Name, other, other)
		default:
			said += fmt.Sprintf("期间%s的事项由%s接手。", u.Name, other)
		}
	}
	return said, nil
}

// Mute silences a topic until a time; the zero time ends it. Its cards come all the same,
// without a sound; major cases ring.
func (p *Pipeline) Mute(topic string, until time.Time) error {
	return p.Journal.Update(func(tx *journal.Tx) error {
		mutes, err := tx.Mutes()
		if err != nil {
			return err
		}
		for t, end := range mutes {
			if end.Before(p.Now()) {
				delete(mutes, t)
			}
		}
		if delete(mutes, topic); !until.IsZero() {
			mutes[topic] = until
		}
		return tx.PutMutes(mutes)
	})
}

// Mutes returns until when topics are silent.
func (p *Pipeline) Mutes() (mutes map[string]time.Time, err error) {
	return mutes, p.Journal.View(func(tx *journal.Tx) error {
		mutes, err = tx.Mutes()
		for t, end := range mutes {
			if end.Before(p.Now()) {
				delete(mutes, t)
			}
		}
		return err
	})
}

// muted tells whether a card of the case comes without a sound.
func (p *Pipeline) muted(tx *journal.Tx, c cases.Case) (bool, error) {
	mutes, err := tx.Mutes()
	return c.Severity != cases.Major && mutes[c.Topic].After(p.Now()), err
}
