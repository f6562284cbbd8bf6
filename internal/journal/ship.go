package journal

import (
	"encoding/json"
	"fmt"

	"huiyin/internal/cases"
)

// Enqueue puts a record on the ship queue.
func (t *Tx) Enqueue(r cases.Record) error {
	seq, err := t.tx.Bucket(bShip).NextSequence()
	if err != nil {
		return err
	}
	return t.put(bShip, number(seq), r)
}

// Unshipped is the number of records that the warehouse does not hold for sure.
// The numbers of the queue have no gaps.
func (t *Tx) Unshipped() int {
	c := t.tx.Bucket(bShip).Cursor()
	first, _ := c.First()
	last, _ := c.Last()
	if first == nil {
		return 0
	}
	return int(numbered(last)-numbered(first)) + 1
}

// maxShipment is how many bytes of records travel together: a thousand of the longest
// posts would be too much for a small machine.
const maxShipment = 8 << 20

var sealedKey = []byte("sealed")

// sealed is the run of the queue that travels now.
type sealed struct{ First, Last uint64 }

// Seal fixes the next shipment: the first records of the queue, at most max, and fewer
// when they are big. One that is sealed already is returned as it is, so that what is
// sent again is what was sent before. It is empty when nothing waits.
func (j *Journal) Seal(max int) (cases.Shipment, error) {
	var s cases.Shipment
	err := j.Update(func(t *Tx) error {
		var run sealed
		ok, err := t.get(bMeta, sealedKey, &run)
		if err != nil {
			return err
		}
		s, err = t.shipment(run, ok, max)
		if err != nil || ok || len(s.Records) == 0 {
			return err
		}
		first, _ := t.tx.Bucket(bShip).Cursor().First()
		run.First = numbered(first)
		run.Last = run.First + uint64(len(s.Records)) - 1
		s.ID = t.shipmentID(run)
		return t.put(bMeta, sealedKey, run)
	})
	return s, err
}

// shipment reads the records of a sealed run, or else the first ones of the queue.
// The numbers of the queue have no gaps.
func (t *Tx) shipment(run sealed, isSealed bool, max int) (cases.Shipment, error) {
	var s cases.Shipment
	if isSealed {
		s.ID = t.shipmentID(run)
	}
	c, size := t.tx.Bucket(bShip).Cursor(), 0
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if isSealed && numbered(k) > run.Last || !isSealed && (len(s.Records) == max || size > maxShipment) {
			break
		}
		size += len(v)
		var r cases.Record
		if err := json.Unmarshal(v, &r); err != nil {
			return s, fmt.Errorf("journal: ship queue %x: %w", k, err)
		}
		s.Records = append(s.Records, r)
	}
	return s, nil
}

func (t *Tx) shipmentID(run sealed) string {
	return fmt.Sprintf("%s-%d-%d", t.id, run.First, run.Last)
}

// Shipped takes a shipment off the queue: the warehouse was seen to hold all of it.
func (j *Journal) Shipped(id string) error {
	return j.Update(func(t *Tx) error {
		var run sealed
		ok, err := t.get(bMeta, sealedKey, &run)
		if err != nil {
			return err
		}
		if !ok || t.shipmentID(run) != id {
			return fmt.Errorf("journal: shipment %s is not the one that travels", id)
		}
		for n := run.First; n <= run.Last; n++ { // not drop, which would read a long queue to its end
			if err := t.tx.Bucket(bShip).Delete(number(n)); err != nil {
				return err
			}
		}
		return t.tx.Bucket(bMeta).Delete(sealedKey)
	})
}
