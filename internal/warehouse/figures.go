package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// span is the WHERE clause for a column between two instants, without the second.
func span(column string) string {
	return column + " >= fromUnixTimestamp64Milli({from:Int64}) AND " + column + " < fromUnixTimestamp64Milli({until:Int64})"
}

// unsound are the answers, by their number within the case, whose page did not verify and
// that nobody accepted.
const unsound = `
    accepted AS (SELECT case, reply FROM case_events WHERE kind = 'accepted'),
    unsound AS (
        SELECT case, toUInt64(reply) FROM case_events
        WHERE kind = 'verified' AND notEmpty(faults) AND (case, reply) NOT IN accepted
    )`

// counts reads the single figures. A mention is delivered when some card of its case
// that Telegram confirmed counted it. An answer carries the step that it met, if any; one
// whose page did not verify is not in time unless a leader accepted it.
var counts = `
WITH` + unsound + `,
    shown AS (SELECT case, max(mentions) AS mentions FROM case_events WHERE kind = 'delivered' GROUP BY case),
    replied AS (SELECT case, at, step_due, row_number() OVER (PARTITION BY case ORDER BY seq) AS k FROM case_events WHERE kind = 'replied'),
    met AS (
        SELECT at, at > step_due[1] AS late, NOT late AND (case, k) NOT IN unsound AS on_time FROM replied WHERE notEmpty(step_due)
    )
SELECT
    (SELECT sum(new) FROM polls WHERE ` + span("at") + `) AS read,
    (SELECT count() FROM mentions WHERE ` + span("seen") + `) AS matched,
    (SELECT count() FROM mentions WHERE case != '' AND ` + span("seen") + `) AS cased,
    (SELECT count() FROM mentions AS m INNER JOIN shown AS s ON m.case = s.case
        WHERE m.no <= s.mentions AND ` + span("m.seen") + `) AS delivered,
    (SELECT countIf(on_time) FROM met WHERE ` + span("at") + `) AS on_time,
    (SELECT countIf(late) FROM met WHERE ` + span("at") + `) AS late,
    (SELECT count() FROM case_events WHERE kind = 'dismissed' AND ` + span("at") + `) AS dismissed,
    (SELECT count() FROM case_events WHERE kind = 'closed' AND ` + span("at") + `) AS closed`

// dismissals are shown to leaders: what is not answered is decided by one officer alone.
var dismissals = `
SELECT d.case, o.title, o.unit, d.by, d.reason
FROM (SELECT case, seq, by, reason, at FROM case_events WHERE kind = 'dismissed' AND ` + span("at") + `) AS d
INNER JOIN (SELECT case, title, unit FROM case_events WHERE kind = 'opened') AS o ON d.case = o.case
ORDER BY d.at LIMIT 100`

const byUnit = `
SELECT unit, topic, count() AS cases FROM case_events WHERE kind = 'opened' AND `

// Figures counts what happened from one instant up to and without another.
func (w *Warehouse) Figures(ctx context.Context, from, until time.Time) (cases.Figures, error) {
	args := []any{
		clickhouse.Named("from", fmt.Sprint(from.UnixMilli())),
		clickhouse.Named("until", fmt.Sprint(until.UnixMilli())),
	}
	var read, matched, cased, delivered, onTime, late, dismissed, closed uint64
	err := w.conn.QueryRow(ctx, counts, args...).Scan(&read, &matched, &cased, &delivered, &onTime, &late, &dismissed, &closed)
	if err != nil {
		return cases.Figures{}, fmt.Errorf("figures: %w", err)
	}
	f := cases.Figures{
		Read: int(read), Matched: int(matched), Cased: int(cased), Delivered: int(delivered),
		OnTime: int(onTime), Late: int(late), Dismissed: int(dismissed), Closed: int(closed),
	}
	var rows []struct {
		Unit  string `ch:"unit"`
		Topic string `ch:"topic"`
		Cases uint64 `ch:"cases"`
	}
	if err := w.conn.Select(ctx, &rows, byUnit+span("at")+" GROUP BY unit, topic ORDER BY cases DESC, unit, topic", args...); err != nil {
		return cases.Figures{}, fmt.Errorf("figures by unit: %w", err)
	}
	for _, r := range rows {
		f.Opened = append(f.Opened, cases.UnitTopic{Unit: r.Unit, Topic: r.Topic, Cases: int(r.Cases)})
	}
	err = w.each(ctx, "dismissed cases", dismissals, args, func(scan func(...any) error) error {
		var d cases.Dismissal
		if err := scan(&d.Case, &d.Title, &d.Unit, &d.By, &d.Reason); err != nil {
			return err
		}
		f.Dismissals = append(f.Dismissals, d)
		return nil
	})
	return f, err
}
