package warehouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// found puts the case first that was told of last. A case is of every unit that it was
// ever given to.
var found = `
SELECT case, argMin(m.title, no) AS first_title, argMax(m.source, seen) AS last_source, argMax(m.url, seen) AS last_url, max(seen) AS last, count() AS mentions
FROM mentions AS m
WHERE ` + span("seen") + `
    AND arrayAll(w -> positionCaseInsensitiveUTF8(title, w) > 0 OR positionCaseInsensitiveUTF8(text, w) > 0, {words:Array(String)})
    AND (empty({units:Array(String)}) OR case IN (SELECT case FROM case_events WHERE has({units:Array(String)}, unit)))
GROUP BY case ORDER BY last DESC, case DESC LIMIT {limit:UInt32}`

// Search finds the cases in whose mentions all the words are.
func (w *Warehouse) Search(ctx context.Context, s cases.Search) (list []cases.Found, err error) {
	args := []any{
		clickhouse.Named("from", fmt.Sprint(s.From.UnixMilli())), clickhouse.Named("until", fmt.Sprint(s.Until.UnixMilli())),
		clickhouse.Named("words", s.Words), clickhouse.Named("units", s.Units), clickhouse.Named("limit", fmt.Sprint(s.Limit)),
	}
	return list, w.each(ctx, "search", found, args, func(scan func(...any) error) error {
		var f cases.Found
		var mentions uint64
		if err := scan(&f.Case, &f.Title, &f.Source, &f.URL, &f.Seen, &mentions); err != nil {
			return err
		}
		f.Mentions = int(mentions)
		list = append(list, f)
		return nil
	})
}
