package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"huiyin/internal/cases"
)

// NextNumber draws the next case number of a year: they have no gaps, because the
// draw is undone when its transaction is.
func (t *Tx) NextNumber(year int) (string, error) {
	key, last := []byte(strconv.Itoa(year)), 0
	if _, err := t.get(bNumbers, key, &last); err != nil {
		return "", err
	}
	last++
	return cases.Number(year, last), t.put(bNumbers, key, last)
}

// Events returns a case's events in order; none when the case is not held.
func (t *Tx) Events(number string) ([]cases.Event, error) {
	b := t.tx.Bucket(bCases).Bucket([]byte(number))
	if b == nil {
		return nil, nil
	}
	var events []cases.Event
	return events, b.ForEach(func(k, v []byte) error {
		var e cases.Event
		if err := json.Unmarshal(v, &e); err != nil {
			return fmt.Errorf("journal: case %s: %w", number, err)
		}
		events = append(events, e)
		return nil
	})
}

// Case returns the case of that number; false when it is not held. The fold over its
// events is kept beside them, so that a matter told thousands of times costs no more
// than another.
func (t *Tx) Case(number string) (c cases.Case, ok bool, err error) {
	ok, err = t.get(bFolds, []byte(number), &c)
	return c, ok, err
}

// Cases calls f for every case that is held, in the order of their numbers.
func (t *Tx) Cases(f func(cases.Case) error) error {
	return t.tx.Bucket(bCases).ForEachBucket(func(k []byte) error {
		c, _, err := t.Case(string(k))
		if err != nil {
			return err
		}
		return f(c)
	})
}

// Append adds an event to its case and queues it for the warehouse. The event gets
// the next sequence number, and the fold must accept it.
func (t *Tx) Append(e cases.Event) (cases.Case, error) {
	b, err := t.tx.Bucket(bCases).CreateBucketIfNotExists([]byte(e.Case))
	if err != nil {
		return cases.Case{}, err
	}
	c, _, err := t.Case(e.Case)
	if err != nil {
		return cases.Case{}, err
	}
	e.Seq = c.Seq + 1
	if err := c.Apply(e); err != nil {
		return cases.Case{}, err
	}
	if err := t.put(bFolds, []byte(e.Case), c); err != nil {
		return cases.Case{}, err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return cases.Case{}, fmt.Errorf("journal: %s: %w", e.ID(), err)
	}
	if err := b.Put(number(uint64(e.Seq)), raw); err != nil {
		return cases.Case{}, err
	}
	return c, t.Enqueue(cases.Record{Event: &e})
}

// PutMention keeps a mention with its case and queues it for the warehouse.
func (t *Tx) PutMention(m cases.Mention) error {
	if err := t.KeepMention(m); err != nil {
		return err
	}
	return t.Enqueue(cases.Record{Mention: &m})
}

// KeepMention keeps a mention with its case; the warehouse has it already.
func (t *Tx) KeepMention(m cases.Mention) error {
	return t.put(bMentions, mentionKey(m.Case, m.No), m)
}

// Mention returns the no-th mention of a case; false when it is not held.
func (t *Tx) Mention(number string, no int) (m cases.Mention, ok bool, err error) {
	ok, err = t.get(bMentions, mentionKey(number, no), &m)
	return m, ok, err
}

func mentionKey(number string, no int) []byte { return pair(number, fmt.Sprintf("%06d", no)) }

// dropCase forgets a case with all that hangs on it.
func (t *Tx) dropCase(c cases.Case) error {
	prefix := pair(c.Number, "")
	err := t.each(bPending, prefix, func(_, seq []byte) error { return t.tx.Bucket(bOutbox).Delete(seq) })
	if err == nil {
		err = t.tx.Bucket(bCases).DeleteBucket([]byte(c.Number))
	}
	if err == nil {
		err = t.tx.Bucket(bFolds).Delete([]byte(c.Number))
	}
	for _, bucket := range [][]byte{bMentions, bCards, bPending, bLooks, bPages, bOffers} {
		if err == nil {
			err = t.drop(bucket, func(k, _ []byte) bool { return bytes.HasPrefix(k, prefix) })
		}
	}
	return err
}
