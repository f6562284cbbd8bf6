package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// Outgoing lists what is due to people and groups that can be reached: words before
// cards, so that a greeting comes before the cards that waited for it; what rings before
// what is only brought up to date, and of that the gravest first; else the oldest.
func (p *Pipeline) Outgoing(ctx context.Context) ([]cases.Outgoing, error) {
	return p.outgoing(ctx, p.reachable)
}

func (p *Pipeline) outgoing(ctx context.Context, reaches func(*journal.Tx, string) (bool, error)) (queue []cases.Outgoing, err error) {
	return queue, p.Journal.View(func(tx *journal.Tx) error {
		all, err := tx.Outgoing()
		if err != nil {
			return err
		}
		can := make(map[string]bool)
		rank := make(map[uint64]int)
		for _, o := range all {
			ok, known := can[o.To]
			if !known {
				if ok, err = reaches(tx, o.To); err != nil {
					return err
				}
				can[o.To] = ok
			}
			if !ok || o.After.After(p.Now()) {
				continue
			}
			if rank[o.Seq], err = p.rank(tx, o); err != nil {
				return err
			}
			queue = append(queue, o)
		}
		slices.SortStableFunc(queue, func(a, b cases.Outgoing) int { return cmp.Compare(rank[a.Seq], rank[b.Seq]) })
		return ctx.Err()
	})
}

// rank is how much a message presses, 0 the most.
func (p *Pipeline) rank(tx *journal.Tx, o cases.Outgoing) (int, error) {
	switch {
	case o.Picture != nil: // the text before it says the same
		return 4, nil
	case o.Case == "":
		return 0, nil
	case !o.Ring:
		return 3, nil
	}
	c, _, err := tx.Case(o.Case)
	if c.Severity == cases.Major {
		return 1, err
	}
	return 2, err
}

// Begin makes a queued message ready and remembers that its sending has begun. False
// means that it is not to be sent now: its person has no chat, or it is gone.
func (p *Pipeline) Begin(seq uint64) (parcel cases.Parcel, ok bool, err error) {
	err = p.Journal.Update(func(tx *journal.Tx) error {
		o, queued, err := tx.Queued(seq)
		if err != nil || !queued {
			return err
		}
		can, err := p.reaches(tx, o.To)
		if err != nil || !can {
			return err
		}
		b, _, err := tx.Binding(o.To)
		if err != nil {
			return err
		}
		parcel = cases.Parcel{Outgoing: o, Chat: b.Chat, Again: !o.Begun.IsZero()}
		if o.Case != "" {
			ok, err = p.fill(tx, &parcel)
		} else {
			ok, err = p.bundle(tx, &parcel)
		}
		if !ok || err != nil {
			return err
		}
		if parcel.Message != 0 {
			return nil // an edit may be repeated: it shows the same
		}
		o.Begun = p.Now()
		parcel.Outgoing = o
		return tx.PutOutgoing(o)
	})
	return parcel, ok, err
}

// bundle reads the cases that a message lists; it is taken off the queue when none of
// them is the person's turn any more, and makes no sound when all of them are muted. Of a
// message without cases it is true.
func (p *Pipeline) bundle(tx *journal.Tx, parcel *cases.Parcel) (bool, error) {
	if len(parcel.Bundle) == 0 {
		return true, nil
	}
	parcel.Quiet = true
	for _, number := range parcel.Bundle {
		c, held, err := tx.Case(number)
		if err != nil {
			return false, err
		}
		if !held || !concerns(c, parcel.To) {
			if err := tx.Unlisted(number, parcel.To); err != nil {
				return false, err
			}
			continue
		}
		parcel.Cases = append(parcel.Cases, c)
		muted, err := p.muted(tx, c)
		if err != nil {
			return false, err
		}
		parcel.Quiet = parcel.Quiet && muted
	}
	if len(parcel.Cases) == 0 {
		return false, tx.DropOutgoing(parcel.Outgoing)
	}
	return true, nil
}

// concerns tells whether a case is for somebody to act on: a person whose part it is, or
// the group of a unit that has it.
func concerns(c cases.Case, who string) bool {
	if unit, isGroup := groupOf(who); isGroup {
		return !c.Over() && (unit == c.Unit || c.Offer != nil && unit == c.Offer.Unit)
	}
	return c.Part(who) != cases.Former
}

// fill reads what a card shows. A card that the phone shows already as it is, or
// that nobody ever sent and that needs no ring, is taken off the queue.
func (p *Pipeline) fill(tx *journal.Tx, parcel *cases.Parcel) (ok bool, err error) {
	c, held, err := tx.Case(parcel.Case)
	if err != nil {
		return false, err
	}
	card, shown, err := tx.Card(parcel.Case, parcel.To)
	if err != nil {
		return false, err
	}
	// A card in another chat is out of reach; a list that is queued goes wherever its reader is.
	shown = shown && (card.Chat == parcel.Chat || card.Listed && card.Message == 0)
	turn := held && concerns(c, parcel.To)
	// A list tells of all that there was when it went. What is told of the case after it comes
	// with a card of its own, without a sound.
	if !held || (!shown || card.Listed) && !turn || shown && !parcel.Ring && (card.Rev == c.Rev || card.Told(c)) {
		return false, tx.DropOutgoing(parcel.Outgoing)
	}
	if shown && !card.Listed && !(parcel.Ring && turn) {
		parcel.Message = card.Message
	}
	parcel.View = c
	if parcel.Quiet, err = p.muted(tx, c); err != nil {
		return false, err
	}
	parcel.Quiet = parcel.Quiet || card.Listed && !parcel.Ring
	parcel.First, _, err = tx.Mention(c.Number, 1)
	return err == nil, err
}

// Delivered records that Telegram confirmed a parcel as that message: from here on
// it is not sent again.
func (p *Pipeline) Delivered(parcel cases.Parcel, message int) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		if parcel.Case == "" {
			return p.listed(tx, parcel, message)
		}
		c, held, err := tx.Case(parcel.Case)
		if err != nil || !held {
			return err
		}
		fresh := parcel.Message != message
		if fresh || c.Shown[parcel.To] < parcel.View.Mentions {
			_, err = tx.Append(cases.Event{
				Case: c.Number, Kind: cases.Delivered, At: p.Now(), Officer: parcel.To, Mentions: parcel.View.Mentions,
			})
			if err != nil {
				return err
			}
		}
		err = tx.PutCard(cases.Card{
			Case: c.Number, Officer: parcel.To, Chat: parcel.Chat, Message: message, Rev: parcel.View.Rev,
		})
		if err != nil {
			return err
		}
		return p.settle(tx, parcel, c.Rev)
	})
	if err == nil {
		p.Wake()
	}
	return err
}

// listed records that a message without a card of its own arrived. The cases that it
// lists were told of; what shows one of them better goes on to.
func (p *Pipeline) listed(tx *journal.Tx, parcel cases.Parcel, message int) error {
	for _, c := range parcel.Cases {
		now, held, err := tx.Case(c.Number)
		if err != nil {
			return err
		}
		if !held {
			continue
		}
		_, err = tx.Append(cases.Event{Case: c.Number, Kind: cases.Delivered, At: p.Now(), Officer: parcel.To, Mentions: c.Mentions})
		if err != nil {
			return err
		}
		if shown, err := p.shown(tx, c.Number, parcel.To, parcel.Chat); err != nil {
			return err
		} else if shown {
			continue
		}
		card := cases.Card{Case: c.Number, Officer: parcel.To, Chat: parcel.Chat, Message: message, Rev: c.Rev, Listed: true}
		if err := tx.PutCard(card); err != nil {
			return err
		}
		if now.Mentions > c.Mentions { // it was told again while the list was under way
			if err := tx.Touch(c.Number, parcel.To, false); err != nil {
				return err
			}
		}
	}
	return tx.DropOutgoing(parcel.Outgoing)
}

// settle takes a sent card off the queue, unless the case moved on meanwhile, or its
// person to another chat.
func (p *Pipeline) settle(tx *journal.Tx, parcel cases.Parcel, rev int) error {
	o, queued, err := tx.Queued(parcel.Seq)
	if err != nil || !queued {
		return err
	}
	b, _, err := tx.Binding(parcel.To)
	if err != nil {
		return err
	}
	if rev == parcel.View.Rev && o.Ring == parcel.Ring && b.Chat == parcel.Chat {
		return tx.DropOutgoing(o)
	}
	if parcel.Message == 0 && parcel.Ring { // it rang; an edit does not
		o.Ring = false
	}
	o.Begun = time.Time{}
	return tx.PutOutgoing(o)
}

// Failed records that an attempt surely did not reach the phone: the next one is no
// repetition.
func (p *Pipeline) Failed(parcel cases.Parcel) error {
	return p.Journal.Update(func(tx *journal.Tx) error {
		o, queued, err := tx.Queued(parcel.Seq)
		if err != nil || !queued || parcel.Again {
			return err
		}
		o.Begun = time.Time{}
		return tx.PutOutgoing(o)
	})
}

// Gone records that the message of a card is no more (the officer cleared the chat):
// the card is sent anew.
func (p *Pipeline) Gone(parcel cases.Parcel) error {
	return p.Journal.Update(func(tx *journal.Tx) error {
		card, shown, err := tx.Card(parcel.Case, parcel.To)
		if err != nil || !shown {
			return err
		}
		card.Chat = 0 // no chat at all
		return tx.PutCard(card)
	})
}

// Blocked records that a person blocked the bot: the other officer of the unit gets
// the cases, and what was for the person waits.
func (p *Pipeline) Blocked(parcel cases.Parcel) error {
	err := p.Failed(parcel)
	if err != nil {
		return err
	}
	err = p.Journal.Update(func(tx *journal.Tx) error {
		b, bound, err := tx.Binding(parcel.To)
		if err != nil || !bound || b.Blocked || b.Chat != parcel.Chat { // the person has another chat by now
			return err
		}
		b.Blocked = true
		if err := tx.Bind(b); err != nil {
			return err
		}
		return p.reassign(tx)
	})
	if err == nil {
		p.Wake()
	}
	return err
}

// Refused records that Telegram will never take a parcel. It leaves the queue, unless
// there is something newer to try; a card's refusal stands in the case's history, and the
// cases of a list are told of one by one.
func (p *Pipeline) Refused(parcel cases.Parcel, reason string) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		if err := tx.Count(p.day(p.Now()), "refused", 1); err != nil {
			return err
		}
		_, held, err := tx.Case(parcel.Case)
		if err != nil {
			return err
		}
		if !held { // a text or a list, or a case that was forgotten meanwhile
			for _, number := range parcel.Bundle {
				if err := tx.Touch(number, parcel.To, true); err != nil {
					return err
				}
			}
			return tx.DropOutgoing(parcel.Outgoing)
		}
		c, err := tx.Append(cases.Event{
			Case: parcel.Case, Kind: cases.Undelivered, At: p.Now(), Officer: parcel.To, Reason: reason,
		})
		if err != nil {
			return fmt.Errorf("refused card: %w", err)
		}
		if err := tx.Unlisted(parcel.Case, parcel.To); err != nil {
			return err
		}
		return p.settle(tx, parcel, c.Rev)
	})
	if err == nil {
		p.Wake()
	}
	return err
}

// Copies is the part of the outbox that goes to places outside Telegram.
type Copies struct{ *Pipeline }

// Outgoing lists what is due there, the oldest first.
func (c Copies) Outgoing(ctx context.Context) ([]cases.Outgoing, error) {
	return c.outgoing(ctx, func(_ *journal.Tx, to string) (bool, error) { return c.copied(to), nil })
}

// copied tells whether a name is that of a place outside Telegram.
func (p *Pipeline) copied(to string) bool {
	return slices.ContainsFunc(p.Office.Copies, func(c Copy) bool { return to == copyMark+c.Name })
}

// reaches tells whether a message can be sent to a person, a group or a place now.
func (p *Pipeline) reaches(tx *journal.Tx, to string) (bool, error) {
	if p.copied(to) {
		return true, nil
	}
	return p.reachable(tx, to)
}
