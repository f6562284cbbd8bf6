package warehouse

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// Queue is where shipments come from.
type Queue interface {
	// Seal fixes the next shipment, at most max records; the same one until Shipped.
	Seal(max int) (cases.Shipment, error)
	// Shipped takes it off the queue: ClickHouse was seen to hold all of it.
	Shipped(id string) error
}

const (
	maxShipment = 1000
	shipFor     = time.Minute
	firstWait   = 200 * time.Millisecond
	maxWait     = 30 * time.Second
	lookEvery   = 10 * time.Second
)

// Run applies the schema, has posts kept for as long as is configured, and then ships
// the queue, until ctx ends. While ClickHouse
// is away the queue waits; nothing else does. An error of the queue ends it.
func (w *Warehouse) Run(ctx context.Context, q Queue, wake <-chan struct{}, shipped func(records int, err error)) error {
	ready, wait := false, firstWait
	for ctx.Err() == nil {
		next := lookEvery
		err := w.prepare(ctx, &ready)
		if err == nil {
			var n int
			n, err = w.shipNext(ctx, q, shipped)
			if n > 0 {
				wait = firstWait
				continue
			}
		}
		if err != nil && ctx.Err() == nil {
			if _, broken := err.(queueError); broken {
				return err
			}
			shipped(0, err)
			w.log.Warn("clickhouse", "error", err, "again_in", wait)
			next, wait = wait, min(2*wait, maxWait)
		}
		if !sleep(ctx, next, wake, err == nil) {
			break
		}
	}
	return nil
}

// sleep waits for d, and less when woken, if that may be; false when ctx ended.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}, mayWake bool) bool {
	if !mayWake {
		wake = nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-timer.C:
	}
	return true
}

func (w *Warehouse) prepare(ctx context.Context, ready *bool) error {
	if *ready {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, shipFor)
	defer cancel()
	err := w.Migrate(ctx)
	if err == nil {
		err = w.keepFor(ctx)
	}
	*ready = err == nil
	return err
}

// queueError is an error of the queue itself, after which nothing can go on.
type queueError struct{ error }

func (e queueError) Unwrap() error { return e.error }

// shipNext ships one shipment and returns how many records it had.
func (w *Warehouse) shipNext(ctx context.Context, q Queue, shipped func(int, error)) (int, error) {
	s, err := q.Seal(maxShipment)
	if err != nil {
		return 0, queueError{err}
	}
	if len(s.Records) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, shipFor)
	defer cancel()
	if err := w.Ship(ctx, s); err != nil {
		return 0, err
	}
	if err := q.Shipped(s.ID); err != nil {
		return 0, queueError{err}
	}
	shipped(len(s.Records), nil)
	return len(s.Records), nil
}

// Ship sends a shipment and returns when ClickHouse was seen to hold each of its
// rows. It may be called again with the same shipment after any error. What is there
// is not sent again; and the token makes ClickHouse ignore an insert that was still
// under way when it was looked for. Posts past their time are left out. The cases whose
// events it brought are summed up anew.
func (w *Warehouse) Ship(ctx context.Context, s cases.Shipment) error {
	for _, t := range tables(s) {
		if err := w.shipTable(ctx, w.lasting(t), s.ID); err != nil {
			return fmt.Errorf("ship %s: %s: %w", s.ID, t.name, err)
		}
	}
	var touched []string
	for _, r := range s.Records {
		if r.Event != nil {
			touched = append(touched, r.Event.Case)
		}
	}
	slices.Sort(touched)
	return w.sumUp(ctx, slices.Compact(touched))
}

// maxAttempts is how often rows that ClickHouse took and does not hold are sent.
const maxAttempts = 3

func (w *Warehouse) shipTable(ctx context.Context, t table, shipment string) error {
	all := len(t.rows)
	for attempt := 0; len(t.rows) > 0; attempt++ {
		missing, err := w.missing(ctx, t, shipment)
		if err != nil {
			return fmt.Errorf("look for it: %w", err)
		}
		if t.rows = missing; len(missing) == 0 {
			return nil
		}
		token := shipment
		if attempt > 0 || len(missing) < all { // the shipment's own token is used up
			w.log.Warn("rows of a shipment are missing", "shipment", shipment, "table", t.name, "rows", len(missing), "of", all)
			token = fmt.Sprintf("%s+%d+%x", shipment, attempt, digest(missing))
		}
		if attempt == maxAttempts {
			return fmt.Errorf("%d rows of %d were taken and are not there", len(missing), all)
		}
		if err := w.insert(ctx, t, token); err != nil {
			return err
		}
	}
	return nil
}

func (w *Warehouse) insert(ctx context.Context, t table, token string) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplicate": 1, "insert_deduplication_token": token,
		"deduplicate_blocks_in_dependent_materialized_views": 1, "async_insert": 0,
		"max_partitions_per_insert_block": 0, // posts have one a day
	}))
	batch, err := w.conn.PrepareBatch(ctx, "INSERT INTO "+t.name+" ("+t.columns+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	for _, r := range t.rows {
		if err := batch.Append(r.values...); err != nil {
			return err
		}
	}
	return batch.Send()
}

// missing returns the rows of t that the table does not hold.
func (w *Warehouse) missing(ctx context.Context, t table, shipment string) ([]row, error) {
	first, last := t.rows[0].at, t.rows[0].at
	for _, r := range t.rows {
		if r.at.Before(first) {
			first = r.at
		}
		if r.at.After(last) {
			last = r.at
		}
	}
	rows, err := w.conn.Query(ctx, "SELECT id FROM "+t.name+" WHERE shipment = {shipment:String} AND "+t.time+
		" BETWEEN fromUnixTimestamp64Milli({first:Int64}) AND fromUnixTimestamp64Milli({last:Int64})",
		clickhouse.Named("shipment", shipment),
		clickhouse.Named("first", fmt.Sprint(first.UnixMilli()-1)), clickhouse.Named("last", fmt.Sprint(last.UnixMilli()+1)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	held := make(map[string]bool)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		held[id] = true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var missing []row
	for _, r := range t.rows {
		if !held[r.id] {
			missing = append(missing, r)
		}
	}
	return missing, nil
}

func digest(rows []row) uint64 {
	h := fnv.New64a()
	for _, r := range rows {
		h.Write([]byte(r.id + "\n"))
	}
	return h.Sum64()
}
