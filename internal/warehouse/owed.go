package warehouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// wasOwed are the cases that may have owed an answer at {at}: those that do now, or that
// were settled since, maybe not for the first time.
const wasOwed = `
SELECT case FROM cases FINAL WHERE opened < fromUnixTimestamp64Milli({at:Int64}) AND due IS NOT NULL
UNION ALL
SELECT case FROM cases FINAL WHERE opened < fromUnixTimestamp64Milli({at:Int64}) AND settled >= fromUnixTimestamp64Milli({at:Int64})
    AND assumeNotNull(settled) >= fromUnixTimestamp64Milli({at:Int64})`

// OwedAt tells on which cases an answer was owed at a moment that has passed, the one due
// first first: by the events up to then, from which the case is made as it was. Units are
// those that held the cases; empty: all.
func (w *Warehouse) OwedAt(ctx context.Context, units []string, at time.Time) (list []cases.Owed, err error) {
	var numbers []string
	err = w.each(ctx, "cases that were open", wasOwed, []any{clickhouse.Named("at", fmt.Sprint(at.UnixMilli()))}, func(scan func(...any) error) error {
		var number string
		err := scan(&number)
		numbers = append(numbers, number)
		return err
	})
	slices.Sort(numbers)
	for some := range slices.Chunk(numbers, factsAtOnce) {
		if err == nil {
			list, err = w.owedOf(ctx, some, units, at, list)
		}
	}
	cases.SortOwed(list)
	return list, err
}

// owedOf adds what was owed on some cases at a moment.
func (w *Warehouse) owedOf(ctx context.Context, numbers, units []string, at time.Time, list []cases.Owed) ([]cases.Owed, error) {
	var of []cases.Event // one case
	add := func() {
		c, err := cases.Fold(of)
		of = nil
		if err != nil { // it was not there yet, or its events are still on their way
			return
		}
		if o, ok := c.Owed(at); ok && (len(units) == 0 || slices.Contains(units, o.Unit)) {
			list = append(list, o)
		}
	}
	err := w.eachEventBefore(ctx, "events of cases that were open", numbers, at, func(e cases.Event) error {
		if len(of) > 0 && of[0].Case != e.Case {
			add()
		}
		// Up to the first that had not happened by then: what was told after that, though it had
		// happened, was not known yet.
		if e.Seq == len(of)+1 {
			of = append(of, e)
		}
		return nil
	})
	add()
	return list, err
}
