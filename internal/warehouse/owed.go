package warehouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// wasOwed are the cases that may have owed an answer at {at} or since: not those that were
// over before, nor those that one answer had met before and that nobody took up again.
const wasOwed = `
SELECT case FROM cases FINAL
WHERE opened < fromUnixTimestamp64Milli({until:Int64})
    AND (ended IS NULL OR ended >= fromUnixTimestamp64Milli({at:Int64}))
    AND NOT (due IS NULL AND dismissed = '' AND into = '' AND answers = 1 AND reopened = 0 AND ifNull(replied < fromUnixTimestamp64Milli({at:Int64}), false))
ORDER BY case`

// OwedAt tells on which cases an answer was owed at each of some moments that have passed,
// the one due first first: by the events up to then, from which the case is made as it was.
// Units are those that held the cases; empty: all.
func (w *Warehouse) OwedAt(ctx context.Context, units []string, moments ...time.Time) ([][]cases.Owed, error) {
	lists := make([][]cases.Owed, len(moments))
	if len(moments) == 0 {
		return lists, nil
	}
	first, last := slices.MinFunc(moments, time.Time.Compare), slices.MaxFunc(moments, time.Time.Compare)
	var numbers []string
	args := []any{clickhouse.Named("at", fmt.Sprint(first.UnixMilli())), clickhouse.Named("until", fmt.Sprint(last.UnixMilli()))}
	err := w.each(ctx, "cases that were open", wasOwed, args, func(scan func(...any) error) error {
		var number string
		err := scan(&number)
		numbers = append(numbers, number)
		return err
	})
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(numbers, factsAtOnce) {
		if err := w.owedOf(ctx, some, units, moments, lists); err != nil {
			return nil, err
		}
	}
	for _, list := range lists {
		cases.SortOwed(list)
	}
	return lists, nil
}

// owedOf adds what was owed on some cases.
func (w *Warehouse) owedOf(ctx context.Context, numbers, units []string, moments []time.Time, lists [][]cases.Owed) error {
	var of []cases.Event // one case
	add := func() {
		for i, at := range moments {
			// Up to the first that had not happened by then; one that was told late counts with
			// what was known when it was told.
			end := slices.IndexFunc(of, func(e cases.Event) bool { return !e.At.Before(at) })
			if end < 0 {
				end = len(of)
			}
			c, err := cases.Fold(of[:end])
			if err != nil { // it was not there yet, or its events are still on their way
				continue
			}
			if o, ok := c.Owed(at); ok && (len(units) == 0 || slices.Contains(units, o.Unit)) {
				lists[i] = append(lists[i], o)
			}
		}
		of = nil
	}
	err := w.eachEvent(ctx, "events of cases that were open", numbers, func(e cases.Event) error {
		if len(of) > 0 && of[0].Case != e.Case {
			add()
		}
		of = append(of, e)
		return nil
	})
	add()
	return err
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
