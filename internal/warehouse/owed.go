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

// OwedAt tells on which cases an answer was owed at each of some moments that have passed,
// the one due first first: by the events up to then, from which the case is made as it was.
// Units are those that held the cases; empty: all.
func (w *Warehouse) OwedAt(ctx context.Context, units []string, moments ...time.Time) ([][]cases.Owed, error) {
	lists := make([][]cases.Owed, len(moments))
	for i, at := range moments {
		var numbers []string
		err := w.each(ctx, "cases that were open", wasOwed, []any{clickhouse.Named("at", fmt.Sprint(at.UnixMilli()))}, func(scan func(...any) error) error {
			var number string
			err := scan(&number)
			numbers = append(numbers, number)
			return err
		})
		for some := range slices.Chunk(numbers, factsAtOnce) {
			if err == nil {
				lists[i], err = w.owedOf(ctx, some, units, at, lists[i])
			}
		}
		if err != nil {
			return nil, err
		}
		cases.SortOwed(lists[i])
	}
	return lists, nil
}

// owedOf adds what was owed on some cases at a moment.
func (w *Warehouse) owedOf(ctx context.Context, numbers, units []string, at time.Time, list []cases.Owed) ([]cases.Owed, error) {
	var of []cases.Event // one case
	add := func() {
		// Up to the first that had not happened by then; one that was told late counts with
		// what was known when it was told.
		end := slices.IndexFunc(of, func(e cases.Event) bool { return !e.At.Before(at) })
		if end < 0 {
			end = len(of)
		}
		c, err := cases.Fold(of[:end])
		of = nil
		if err != nil { // it was not there yet, or its events are still on their way
			return
		}
		if o, ok := c.Owed(at); ok && (len(units) == 0 || slices.Contains(units, o.Unit)) {
			list = append(list, o)
		}
	}
	err := w.eachEvent(ctx, "events of cases that were open", numbers, func(e cases.Event) error {
		if len(of) > 0 && of[0].Case != e.Case {
			add()
		}
		of = append(of, e)
		return nil
	})
	add()
	return list, err
}

// dailyBefore counts what was owed when the digests would have been read that this one is
// compared with.
func (w *Warehouse) dailyBefore(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	lists, err := w.OwedAt(ctx, q.Units, q.Moments...)
	if err != nil {
		return err
	}
	for i, list := range lists {
		d.Before[i].Open, d.Before[i].Overdue = len(list), len(cases.Overdue(list))
	}
	return nil
}
