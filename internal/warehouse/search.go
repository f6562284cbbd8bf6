package warehouse

import (
	"context"
	"fmt"
	"time"

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

// stats counts the events of a span for the unit that had the case then: that of the last
// event before that names one.
var stats = `
WITH` + unsound + `,
    held AS (
        SELECT case, seq, kind, at, reason, reply, notEmpty(faults) AS faulty, step_due,
            countIf(kind = 'replied') OVER (PARTITION BY case ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS k,
            last_value(if(kind IN ('opened', 'signed') OR kind = 'transferred' AND by = '', nullIf(unit, ''), NULL))
                OVER (PARTITION BY case ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS holder
        FROM case_events
    )
SELECT holder AS unit,
    countIf(kind = 'opened') AS opened,
    countIf(kind = 'replied' AND notEmpty(step_due) AND at <= step_due[1] AND (case, k) NOT IN unsound) AS on_time,
    countIf(kind = 'replied' AND notEmpty(step_due) AND at > step_due[1]) AS late,
    countIf(kind = 'verified' AND faulty AND (case, reply) NOT IN accepted) AS unsettled,
    countIf(kind = 'dismissed') AS dismissed,
    countIf(kind = 'closed') AS closed,
    countIf(kind = 'reopened') AS reopened,
    countIf(kind = 'rated' AND reason IN ('满意', '基本满意')) AS content,
    countIf(kind = 'rated' AND reason IN ('满意', '基本满意', '不满意')) AS rated
FROM held WHERE ` + span("at") + ` AND holder IS NOT NULL
GROUP BY unit HAVING opened + on_time + late + dismissed + closed + reopened + rated > 0
ORDER BY opened DESC, unit`

// Stats counts, unit by unit, what was done from one instant up to and without another.
func (w *Warehouse) Stats(ctx context.Context, from, until time.Time) (list []cases.Stat, err error) {
	args := []any{clickhouse.Named("from", fmt.Sprint(from.UnixMilli())), clickhouse.Named("until", fmt.Sprint(until.UnixMilli()))}
	return list, w.each(ctx, "stats", stats, args, func(scan func(...any) error) error {
		var s cases.Stat
		var unit *string
		var n [9]uint64
		if err := scan(&unit, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8]); err != nil {
			return err
		}
		if unit != nil {
			s.Unit = *unit
		}
		for i, to := range []*int{&s.Opened, &s.OnTime, &s.Late, &s.Unsound, &s.Dismissed, &s.Closed, &s.Reopened, &s.Content, &s.Rated} {
			*to = int(n[i])
		}
		list = append(list, s)
		return nil
	})
}
