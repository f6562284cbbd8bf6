package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"huiyin/internal/cases"
)

// Touch asks for a case's card on an officer's phone to be brought up to date. There
// is one entry for each case and officer, however often it is asked for; it rings
// when one of them asked for that.
func (t *Tx) Touch(number, officer string, ring bool) error {
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
