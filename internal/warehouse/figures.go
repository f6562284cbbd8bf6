package warehouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// span is the WHERE clause for a column between two instants, without the second.
func span(column string) string {
	return column + " >= fromUnixTimestamp64Milli({from:Int64}) AND " + column + " < fromUnixTimestamp64Milli({until:Int64})"
}

// spanKnown is span for a column that may be NULL: of what is not, the index knows where it is.
func spanKnown(column string) string {
	return span(column) + " AND " + span("assumeNotNull("+column+")")
}

// flow reads what ran through. A mention is delivered when some card of its case that
// Telegram confirmed counted it: such a card was sent after the mention was seen, so that
// nothing before the span need be read, and of the events only those of the span's cases.
var flow = `
WITH
    told AS (SELECT case, no FROM mentions WHERE ` + span("seen") + `),
    shown AS (
        SELECT case, max(mentions) AS mentions FROM case_events
        WHERE kind = 'delivered' AND at >= fromUnixTimestamp64Milli({from:Int64}) AND case IN (SELECT case FROM told WHERE case != '')
        GROUP BY case
    )
SELECT (SELECT sum(new) FROM polls WHERE ` + span("at") + `) AS read,
    count() AS matched, countIf(m.case != '') AS cased, countIf(m.no <= s.mentions) AS delivered
FROM told AS m LEFT JOIN shown AS s ON m.case = s.case`

// Flow counts what ran through in a span.
func (w *Warehouse) Flow(ctx context.Context, s cases.Span) (cases.Flow, error) {
	var read, matched, cased, delivered uint64
	if err := w.conn.QueryRow(ctx, flow, argsOf(s)...).Scan(&read, &matched, &cased, &delivered); err != nil {
		return cases.Flow{}, fmt.Errorf("what ran through: %w", err)
	}
	return cases.Flow{Read: int(read), Matched: int(matched), Cased: int(cased), Delivered: int(delivered)}, nil
}

// argsOf are the arguments of span.
func argsOf(s cases.Span, more ...any) []any {
	return append([]any{
		clickhouse.Named("from", fmt.Sprint(s.From.UnixMilli())), clickhouse.Named("until", fmt.Sprint(s.Until.UnixMilli())),
	}, more...)
}
