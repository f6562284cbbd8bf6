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

// Outgoing lists what is queued for people who can be reached: words before cards, so
// that a greeting comes before the cards that waited for it; else the oldest first.
func (p *Pipeline) Outgoing(ctx context.Context) (queue []cases.Outgoing, err error) {
	return queue, p.Journal.View(func(tx *journal.Tx) error {
		all, err := tx.Outgoing()
		if err != nil {
			return err
		}
		can := make(map[string]bool)
		for _, o := range all {
			ok, known := can[o.To]
			if !known {
				if ok, err = p.reachable(tx, o.To); err != nil {
					return err
				}
				can[o.To] = ok
			}
			if ok {
				queue = append(queue, o)
			}
		}
		slices.SortStableFunc(queue, func(a, b cases.Outgoing) int { return cmp.Compare(min(1, len(a.Case)), min(1, len(b.Case))) })
		return ctx.Err()
	})
}

// Begin makes a queued message ready and remembers that its sending has begun. False
// means that it is not to be sent now: its person has no chat, or it is gone.
func (p *Pipeline) Begin(seq uint64) (parcel cases.Parcel, ok bool, err error) {
	err = p.Journal.Update(func(tx *journal.Tx) error {
		o, queued, err := tx.Queued(seq)
		if err != nil || !queued {
			return err
		}
		can, err := p.reachable(tx, o.To)
		if err != nil || !can {
			return err
		}
		b, _, err := tx.Binding(o.To)
		if err != nil {
			return err
		}
		parcel = cases.Parcel{Outgoing: o, Chat: b.Chat, Again: !o.Begun.IsZero()}
		if o.Case != "" {
			if ok, err = p.fill(tx, &parcel); !ok || err != nil {
				return err
			}
		}
		ok = true
		if parcel.Message != 0 {
			return nil // an edit may be repeated: it shows the same
		}
		o.Begun = p.Now()
		parcel.Outgoing = o
		return tx.PutOutgoing(o)
	})
	return parcel, ok, err
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
	shown = shown && card.Chat == parcel.Chat // a card in another chat is out of reach
	holder := held && c.Officer == parcel.To
	if !held || !shown && !holder || shown && !parcel.Ring && card.Rev == c.Rev {
		return false, tx.DropOutgoing(parcel.Outgoing)
	}
	if shown && !(parcel.Ring && holder) {
		parcel.Message = card.Message
	}
	parcel.View = c
	parcel.First, _, err = tx.Mention(c.Number, 1)
	return err == nil, err
}

// Delivered records that Telegram confirmed a parcel as that message: from here on
// it is not sent again.
func (p *Pipeline) Delivered(parcel cases.Parcel, message int) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		if parcel.Case == "" {
			return tx.DropOutgoing(parcel.Outgoing)
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
// there is something newer to try; a card's refusal stands in the case's history.
func (p *Pipeline) Refused(parcel cases.Parcel, reason string) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		if err := tx.Count(p.day(p.Now()), "refused", 1); err != nil {
			return err
		}
		_, held, err := tx.Case(parcel.Case)
		if err != nil {
			return err
		}
		if !held { // a text, or a case that was forgotten meanwhile
			return tx.DropOutgoing(parcel.Outgoing)
		}
		c, err := tx.Append(cases.Event{
			Case: parcel.Case, Kind: cases.Undelivered, At: p.Now(), Officer: parcel.To, Reason: reason,
		})
		if err != nil {
			return fmt.Errorf("refused card: %w", err)
		}
		return p.settle(tx, parcel, c.Rev)
	})
	if err == nil {
		p.Wake()
	}
	return err
}
