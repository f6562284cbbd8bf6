package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
)

// Touch asks for a case's card on an officer's phone to be brought up to date. There
// is one entry for each case and officer, however often it is asked for; it rings
// when one of them asked for that. A card that rings need not stand on a list as well.
func (t *Tx) Touch(number, officer string, ring bool) error {
	if ring {
		if err := t.unlist(number, officer); err != nil {
			return err
		}
	}
	if raw := t.tx.Bucket(bPending).Get(pair(number, officer)); raw != nil {
		o, ok, err := t.outgoing(raw)
		if err != nil || !ok || !ring || o.Ring {
			return err
		}
		o.Ring = true // and Begun stays: an attempt may have reached the phone
		return t.put(bOutbox, raw, o)
	}
	seq, err := t.enqueue(cases.Outgoing{To: officer, Case: number, Ring: ring})
	if err != nil {
		return err
	}
	return t.tx.Bucket(bPending).Put(pair(number, officer), seq)
}

// Ringing tells whether a ring for a case is queued for somebody.
func (t *Tx) Ringing(number, who string) (bool, error) {
	raw := t.tx.Bucket(bPending).Get(pair(number, who))
	if raw == nil {
		return false, nil
	}
	o, _, err := t.outgoing(raw)
	return o.Ring, err
}

// Bundle puts a case on the list of those that a person gets in one message, which is
// sent not before after.
func (t *Tx) Bundle(who, number string, after time.Time) error {
	if raw := t.tx.Bucket(bPending).Get(pair("", who)); raw != nil {
		o, ok, err := t.outgoing(raw)
		if err != nil || slices.Contains(o.Bundle, number) {
			return err
		}
		if ok && o.Begun.IsZero() {
			o.Bundle = append(o.Bundle, number)
			return t.put(bOutbox, raw, o)
		}
	}
	seq, err := t.enqueue(cases.Outgoing{To: who, Bundle: []string{number}, After: after})
	if err != nil {
		return err
	}
	return t.tx.Bucket(bPending).Put(pair("", who), seq)
}

// unlist takes a case off the list that waits for somebody, unless that may have reached
// the phone.
func (t *Tx) unlist(number, who string) error {
	raw := t.tx.Bucket(bPending).Get(pair("", who))
	if raw == nil {
		return nil
	}
	o, ok, err := t.outgoing(raw)
	i := slices.Index(o.Bundle, number)
	if err != nil || !ok || i < 0 || !o.Begun.IsZero() {
		return err
	}
	if o.Bundle = slices.Delete(o.Bundle, i, i+1); len(o.Bundle) == 0 {
		return t.DropOutgoing(o)
	}
	return t.put(bOutbox, raw, o)
}

// Say queues a message to a person once: a key that was said before is not said
// again.
func (t *Tx) Say(o cases.Outgoing, at time.Time) error {
	said := t.tx.Bucket(bSaid)
	if said.Get([]byte(o.Key)) != nil {
		return nil
	}
	if err := said.Put([]byte(o.Key), stamp(at)); err != nil {
		return err
	}
	_, err := t.enqueue(o)
	return err
}

// Said tells whether a message of that key was queued before.
func (t *Tx) Said(key string) bool { return t.tx.Bucket(bSaid).Get([]byte(key)) != nil }

func (t *Tx) enqueue(o cases.Outgoing) (key []byte, err error) {
	seq, err := t.tx.Bucket(bOutbox).NextSequence()
	if err != nil {
		return nil, err
	}
	key = number(seq)
	return key, t.put(bOutbox, key, o)
}

// Outgoing returns all that is queued for the chat, oldest first.
func (t *Tx) Outgoing() ([]cases.Outgoing, error) {
	var all []cases.Outgoing
	return all, t.each(bOutbox, nil, func(k, v []byte) error {
		o, err := decodeOutgoing(k, v)
		all = append(all, o)
		return err
	})
}

// PutOutgoing keeps what changed about a queued message: an attempt that begins or
// failed. One that is no longer queued stays so.
func (t *Tx) PutOutgoing(o cases.Outgoing) error {
	if t.tx.Bucket(bOutbox).Get(number(o.Seq)) == nil {
		return nil
	}
	return t.put(bOutbox, number(o.Seq), o)
}

// Queued returns the queued message of that number; false when it is gone.
func (t *Tx) Queued(seq uint64) (cases.Outgoing, bool, error) { return t.outgoing(number(seq)) }

// DropOutgoing takes a message off the queue: it was delivered, or never will be.
func (t *Tx) DropOutgoing(o cases.Outgoing) error {
	if err := t.tx.Bucket(bOutbox).Delete(number(o.Seq)); err != nil {
		return err
	}
	pending := t.tx.Bucket(bPending)
	if raw := pending.Get(pair(o.Case, o.To)); raw != nil && numbered(raw) == o.Seq {
		return pending.Delete(pair(o.Case, o.To))
	}
	return nil
}

func (t *Tx) outgoing(key []byte) (cases.Outgoing, bool, error) {
	raw := t.tx.Bucket(bOutbox).Get(key)
	if raw == nil {
		return cases.Outgoing{}, false, nil
	}
	o, err := decodeOutgoing(key, raw)
	return o, err == nil, err
}

func decodeOutgoing(k, v []byte) (o cases.Outgoing, err error) {
	if err := json.Unmarshal(v, &o); err != nil {
		return o, fmt.Errorf("journal: outbox %x: %w", k, err)
	}
	o.Seq = numbered(k)
	return o, nil
}

// Card returns the message that shows a case to an officer; false when there is
// none yet.
func (t *Tx) Card(number, officer string) (c cases.Card, ok bool, err error) {
	ok, err = t.get(bCards, pair(number, officer), &c)
	return c, ok, err
}

// PutCard remembers which message shows a case to an officer.
func (t *Tx) PutCard(c cases.Card) error { return t.put(bCards, pair(c.Case, c.Officer), c) }

// Unlisted forgets that a list which waits will tell somebody of a case.
func (t *Tx) Unlisted(number, who string) error {
	c, ok, err := t.Card(number, who)
	if err != nil || !ok || !c.Listed || c.Message != 0 {
		return err
	}
	return t.tx.Bucket(bCards).Delete(pair(number, who))
}
