package warehouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// factsAtOnce is how many cases are summed up in one run.
const factsAtOnce = 1000

// behind are the cases whose row is missing, older than their events, or of another sum. What
// counts is the row that is read: another version of the program may have written one after ours.
var behind = fmt.Sprintf(`
SELECT e.case FROM (SELECT case, max(seq) AS last FROM case_events GROUP BY case) AS e
LEFT JOIN (SELECT case, seq AS last FROM cases FINAL WHERE made = %d) AS c ON e.case = c.case
WHERE c.last < e.last ORDER BY e.case`, cases.SumVersion)

// catchUp sums up what an earlier version left, or a shipment that was broken off.
func (w *Warehouse) catchUp(ctx context.Context) error {
	var numbers []string
	err := w.each(ctx, "cases that are not summed up", behind, nil, func(scan func(...any) error) error {
		var number string
		err := scan(&number)
		numbers = append(numbers, number)
		return err
	})
	if err != nil {
		return err
	}
	if len(numbers) > 0 {
		w.log.Info("cases are summed up anew", "cases", len(numbers))
	}
	return w.sumUp(ctx, numbers)
}

// sumUp makes the rows of some cases anew, from their events. To do it again changes
// nothing: of several rows of a case the last one counts.
func (w *Warehouse) sumUp(ctx context.Context, numbers []string) error {
	for some := range slices.Chunk(numbers, factsAtOnce) {
		if err := w.sumUpSome(ctx, some); err != nil {
			return fmt.Errorf("sum up cases: %w", err)
		}
	}
	return nil
}

func (w *Warehouse) sumUpSome(ctx context.Context, numbers []string) error {
	var facts []cases.Fact
	var of []cases.Event // one case
	add := func() {
		if len(of) == 0 {
			return
		}
		f, err := w.rules.Sum(of)
		if err != nil { // events are still on their way: it is summed up when they arrive
			w.log.Warn("a case cannot be summed up", "case", of[0].Case, "error", err)
		} else {
			facts = append(facts, f)
		}
		of = nil
	}
	err := w.eachEvent(ctx, "events to sum up", numbers, func(e cases.Event) error {
		if len(of) > 0 && of[0].Case != e.Case {
			add()
		}
		of = append(of, e)
		return nil
	})
	if err != nil {
		return err
	}
	if add(); len(facts) == 0 {
		return nil
	}
	// Rows that were there before are written once more where others came after them. ClickHouse
	// of 2026 ignores inserts of the same rows whatever insert_deduplicate says; older ones do not
	// know deduplicate_insert; a token of its own makes all of them take the rows.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplicate": 0, "insert_deduplication_token": rand.Text(), "async_insert": 0, "max_partitions_per_insert_block": 0,
	}))
	batch, err := w.conn.PrepareBatch(ctx, "INSERT INTO cases ("+factColumns+", made)")
	if err != nil {
		return err
	}
	defer batch.Close()
	for _, f := range facts {
		if err := batch.Append(factRow(f)...); err != nil {
			return err
		}
	}
	return batch.Send()
}

// factRow is a row of the table cases: factColumns, and by which sum it is made.
func factRow(f cases.Fact) []any {
	units, officers, worked, rushed := []string{}, []string{}, []uint32{}, []uint16{}
	for _, t := range f.Turns {
		units, officers, worked = append(units, t.Unit), append(officers, t.Officer), append(worked, seconds(t.Worked))
		rushed = append(rushed, uint16(t.Rushed))
	}
	return []any{
		f.Case, uint32(f.Seq), f.Opened, f.Topic, f.Title, f.URL, append([]string{}, f.Sources...), uint32(max(0, f.Mentions)),
		string(f.Severity), string(f.State), f.Unit, f.Officer, f.Into, known(f.Due), known(f.Paused), f.SignBy, known(f.Signed),
		known(f.Replied), known(f.ReplyDue), f.ReplyURL, f.ReplyUnit, f.ReplyOfficer, seconds(f.Worked), seconds(f.Took),
		uint16(f.Answers), f.LateUnit, f.LateOfficer, units, officers, worked, f.Verified, f.Doubtful,
		uint16(f.Transfers), uint16(f.Returned), uint16(f.Reopened), uint16(f.Extended), f.Dismissed, known(f.Ended), f.Rating,
		uint16(f.Pauses), seconds(f.Stood), uint16(f.Back), uint16(f.Declined), rushed, f.ByHand, known(f.Settled), uint8(cases.SumVersion),
	}
}

func seconds(d time.Duration) uint32 { return uint32(max(0, d) / time.Second) }
