package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

const (
	quietDays  = 35   // of which it is told on which of them a source brought something
	maxAnswers = 1000 // listed; and as many dismissals
)

// Daily counts and lists what a digest tells.
func (w *Warehouse) Daily(ctx context.Context, q cases.DailyQuery) (d cases.Daily, err error) {
	if d.Flow, err = w.Flow(ctx, q.Span); err != nil {
		return d, err
	}
	for _, read := range []func(context.Context, cases.DailyQuery, *cases.Daily) error{
		w.dailyCounts, w.dailyOpened, w.dailyBefore, w.dailyStories, w.dailyReplies, w.dailyDismissed, w.dailyTrend, w.dailySources,
	} {
		if err := read(ctx, q, &d); err != nil {
			return d, fmt.Errorf("digest: %w", err)
		}
	}
	return d, nil
}

// trend is the span of the days of a digest's trend.
func trend(q cases.DailyQuery) cases.Span {
	return cases.Span{From: q.Span.Until.AddDate(0, 0, -q.Days), Until: q.Span.Until}
}

// dailyArgs are the arguments of span, standing and of the units.
func dailyArgs(q cases.DailyQuery, s cases.Span) []any {
	return argsOf(s, clickhouse.Named("now", fmt.Sprint(q.Now.UnixMilli())),
		clickhouse.Named("units", append([]string{}, q.Units...)), clickhouse.Named("false_alarm", cases.FalseAlarm))
}

// of is the condition that a column is one of the digest's units.
func of(column string) string {
	return "(empty({units:Array(String)}) OR " + column + " IN {units:Array(String)})"
}

// millis is an instant as SQL has it.
func millis(t time.Time) string { return fmt.Sprintf("fromUnixTimestamp64Milli(%d)", t.UnixMilli()) }

// dailyCounts counts each span and the trend, unit by unit, in one reading of the cases.
func (w *Warehouse) dailyCounts(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	spans := append([]cases.Span{q.Span, trend(q)}, q.Before...)
	var columns []string
	first := q.Span.From
	for _, s := range spans {
		within := func(column string) string {
			return column + " >= " + millis(s.From) + " AND " + column + " < " + millis(s.Until)
		}
		columns = append(columns, "countIf("+within("opened")+")", "countIf(kept != '' AND "+within("replied")+")",
			"countIf(kept = 'intime' AND "+within("replied")+")")
		if s.From.Before(first) {
			first = s.From
		}
	}
	query := "SELECT whose, [" + strings.Join(columns, ", ") + "] AS n FROM (" + standing + ")" +
		" WHERE (opened >= " + millis(first) + " OR replied >= " + millis(first) + ") AND " + of("whose") + " GROUP BY whose ORDER BY whose"
	d.Before = make([]cases.BeforeDay, len(q.Before))
	return w.each(ctx, "count cases", query, dailyArgs(q, q.Span), func(scan func(...any) error) error {
		var unit string
		var n []uint64
		if err := scan(&unit, &n); err != nil {
			return err
		}
		count := func(i int) cases.Counts {
			return cases.Counts{Opened: int(n[3*i]), Answered: int(n[3*i+1]), InTime: int(n[3*i+2])}
		}
		u := cases.UnitCounts{Unit: unit, Span: count(0), Trend: count(1)}
		if u.Span != (cases.Counts{}) || u.Trend != (cases.Counts{}) {
			d.Units = append(d.Units, u)
		}
		d.Counts = d.Counts.Plus(u.Span)
		for i := range q.Before {
			d.Before[i].Counts = d.Before[i].Plus(count(2 + i))
		}
		return nil
	})
}

func (w *Warehouse) dailyOpened(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	query := "SELECT whose, topic, count() AS n FROM (" + standing + ") WHERE " + span("opened") + " AND " + of("whose") +
		" GROUP BY whose, topic ORDER BY n DESC, whose, topic"
	return w.each(ctx, "opened cases", query, dailyArgs(q, q.Span), func(scan func(...any) error) error {
		var o cases.UnitTopic
		var n uint64
		err := scan(&o.Unit, &o.Topic, &n)
		o.Cases = int(n)
		d.Opened = append(d.Opened, o)
		return err
	})
}

// replies are the answers of a span with how their cases stand.
var replies = `
SELECT e.case, f.title, if(f.replied = e.at, f.reply_unit, f.unit) AS by_unit, e.by, e.url, e.via, e.at,
    ifNull(f.replied = e.at, false) AS first, if(first, f.kept, '') AS kept
FROM (SELECT case, seq, at, by, url, via FROM case_events WHERE kind = 'replied' AND ` + span("at") + ` LIMIT 1 BY case, seq) AS e
INNER JOIN (
    SELECT * FROM (` + standing + `) WHERE case IN (SELECT case FROM case_events WHERE kind = 'replied' AND ` + span("at") + `)
) AS f ON e.case = f.case
WHERE ` + of("by_unit") + fmt.Sprintf(" ORDER BY e.at, e.case, e.seq LIMIT %d", maxAnswers)

// keptAs are the standings by the words that the table of standings has for how a case
// was kept.
var keptAs = map[string]cases.Standing{"intime": cases.IsInTime, "late": cases.IsLate, "doubtful": cases.IsDoubtful}

func (w *Warehouse) dailyReplies(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	return w.each(ctx, "answers", replies, dailyArgs(q, q.Span), func(scan func(...any) error) error {
		var p cases.Published
		var kept string
		err := scan(&p.Case, &p.Title, &p.Unit, &p.By, &p.URL, &p.Via, &p.At, &p.First, &kept)
		p.Kept = keptAs[kept]
		d.Replies = append(d.Replies, p)
		return err
	})
}

// noAnswer are shown to leaders: what is not answered is decided by one officer alone.
var noAnswer = `
SELECT f.case, f.title, f.whose, e.by, f.dismissed
FROM (SELECT * FROM (` + standing + `) WHERE ` + chosen[cases.IsDismissed] + ` AND ` + span("ended") + ` AND ` + of("whose") + `) AS f
LEFT JOIN (
    SELECT case, argMax(by, seq) AS by FROM case_events WHERE kind = 'dismissed' AND ` + span("at") + ` GROUP BY case
) AS e ON e.case = f.case
ORDER BY f.dismissed != {false_alarm:String}, f.ended, f.case` + fmt.Sprintf(" LIMIT %d", maxAnswers)

func (w *Warehouse) dailyDismissed(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	return w.each(ctx, "dismissed cases", noAnswer, dailyArgs(q, q.Span), func(scan func(...any) error) error {
		var x cases.Dismissal
		err := scan(&x.Case, &x.Title, &x.Unit, &x.By, &x.Reason)
		d.Dismissed = append(d.Dismissed, x)
		return err
	})
}

// ofDay numbers the days of a span; of 24 hours, from its beginning.
func ofDay(column string) string {
	return "intDiv(toUnixTimestamp64Milli(" + column + ") - {from:Int64}, 86400000)"
}

// dailyTrend counts each of the last days, those without anything too.
func (w *Warehouse) dailyTrend(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	s := trend(q)
	d.Days = make([]cases.DayCounts, q.Days)
	for i := range d.Days {
		d.Days[i].From = s.From.AddDate(0, 0, i)
	}
	mine := "SELECT case FROM (" + standing + ") WHERE " + of("whose")
	for _, part := range []struct {
		query string
		add   func(day *cases.DayCounts, n, kept int)
	}{
		{"SELECT " + ofDay("seen") + " AS d, count(), toUInt64(0) FROM mentions WHERE " + span("seen") +
			" AND (empty({units:Array(String)}) OR case IN (" + mine + ")) GROUP BY d",
			func(day *cases.DayCounts, n, _ int) { day.Mentions = n }},
		{"SELECT " + ofDay("opened") + " AS d, count(), toUInt64(0) FROM (" + standing + ") WHERE " + span("opened") + " AND " + of("whose") + " GROUP BY d",
			func(day *cases.DayCounts, n, _ int) { day.Opened = n }},
		{"SELECT " + ofDay("assumeNotNull(replied)") + " AS d, count(), countIf(kept = 'intime') FROM (" + standing + ") WHERE kept != '' AND " +
			span("replied") + " AND " + of("whose") + " GROUP BY d",
			func(day *cases.DayCounts, n, kept int) { day.Answered, day.InTime = n, kept }},
	} {
		err := w.each(ctx, "trend", part.query, dailyArgs(q, s), func(scan func(...any) error) error {
			var at int64
			var n, kept uint64
			if err := scan(&at, &n, &kept); err != nil {
				return err
			}
			if at >= 0 && int(at) < len(d.Days) {
				part.add(&d.Days[at], int(n), int(kept))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sources reads the readings that had something to tell: those that brought nothing new
// and went well are not kept.
var sources = `
SELECT source, arraySort(groupUniqArrayIf(` + ofDay("at") + `, new > 0)) AS days, maxIf(at, new > 0) AS last,
    countIf(error != '' AND at >= fromUnixTimestamp64Milli({span:Int64})) AS failed,
    argMaxIf(error, at, error != '' AND at >= fromUnixTimestamp64Milli({span:Int64})) AS reason
FROM polls WHERE ` + span("at") + ` GROUP BY source ORDER BY source`

func (w *Warehouse) dailySources(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	s := cases.Span{From: q.Span.Until.AddDate(0, 0, -quietDays), Until: q.Span.Until}
	args := argsOf(s, clickhouse.Named("span", fmt.Sprint(q.Span.From.UnixMilli())))
	return w.each(ctx, "sources", sources, args, func(scan func(...any) error) error {
		var x cases.SourceDays
		var days []int64
		var last time.Time
		var failed uint64
		if err := scan(&x.Source, &days, &last, &failed, &x.Reason); err != nil {
			return err
		}
		for _, n := range days {
			x.Days = append(x.Days, s.From.AddDate(0, 0, int(n)))
		}
		if x.Failed = int(failed); len(days) > 0 {
			x.Last = last
		}
		d.Sources = append(d.Sources, x)
		return nil
	})
}
