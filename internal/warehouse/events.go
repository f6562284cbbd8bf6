package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

const events = `
SELECT case, seq, kind, at, by, via, post, source, title, url, topic, contact, severity, other, unit, officer, mentions, text, reason,
    reply, faults, sha256, step_name, step_target, step_due, step_why
FROM case_events WHERE case IN {cases:Array(String)}%s ORDER BY case, seq LIMIT 1 BY case, seq`

// eachEvent calls f for all events of some cases, case by case in their order.
func (w *Warehouse) eachEvent(ctx context.Context, what string, numbers []string, f func(cases.Event) error) error {
	return w.eachEventBefore(ctx, what, numbers, time.Time{}, f)
}

// eachEventBefore is eachEvent without those that happened at a moment or later; a zero moment
// leaves none out.
func (w *Warehouse) eachEventBefore(ctx context.Context, what string, numbers []string, moment time.Time, f func(cases.Event) error) error {
	args, query := []any{clickhouse.Named("cases", numbers)}, fmt.Sprintf(events, "")
	if !moment.IsZero() {
		args = append(args, clickhouse.Named("moment", fmt.Sprint(moment.UnixMilli())))
		query = fmt.Sprintf(events, " AND at < fromUnixTimestamp64Milli({moment:Int64})")
	}
	return w.each(ctx, what, query, args, func(scan func(...any) error) error {
		var e cases.Event
		var kind, severity string
		var seq, mentions, reply uint32
		var names, targets, whys []string
		var dues []time.Time
		err := scan(&e.Case, &seq, &kind, &e.At, &e.By, &e.Via, &e.Post, &e.Source, &e.Title, &e.URL, &e.Topic, &e.Contact, &severity,
			&e.Other, &e.Unit, &e.Officer, &mentions, &e.Text, &e.Reason, &reply, &e.Faults, &e.SHA256, &names, &targets, &dues, &whys)
		if err != nil {
			return err
		}
		e.Seq, e.Mentions, e.Reply = int(seq), int(mentions), int(reply)
		e.Kind, e.Severity = cases.Kind(kind), cases.Severity(severity)
		for i := range min(len(names), len(targets), len(dues), len(whys)) {
			e.Steps = append(e.Steps, cases.Step{Name: names[i], Target: targets[i], Due: dues[i], Why: whys[i]})
		}
		return f(e)
	})
}

// History returns all events of a case in order; none when there is no such case.
func (w *Warehouse) History(ctx context.Context, number string) (list []cases.Event, err error) {
	return list, w.eachEvent(ctx, "history of "+number, []string{number}, func(e cases.Event) error {
		list = append(list, e)
		return nil
	})
}
