package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"golang.org/x/sync/errgroup"

	"huiyin/internal/cases"
)

const (
	quietDays  = 35   // of which it is told on which of them a source brought something
	maxAnswers = 1000 // listed; and as many dismissals
)

// Daily counts and lists what a digest tells.
func (w *Warehouse) Daily(ctx context.Context, q cases.DailyQuery) (cases.Daily, error) {
	d := cases.Daily{Before: make([]cases.BeforeDay, len(q.Before)), Days: make([]cases.DayCounts, q.Days)}
	for i := range d.Days {
		d.Days[i].From = trend(q).From.AddDate(0, 0, i)
	}
	parts, ctx := errgroup.WithContext(ctx) // each fills fields of its own
	parts.SetLimit(2)                       // the board and shipping want their turn too
	for _, read := range []func(context.Context, cases.DailyQuery, *cases.Daily) error{
		w.dailyCases, w.dailyStories, w.dailyMentions, w.dailyReplies, w.dailyDismissed, w.dailySources, w.dailyFlow,
	} {
		parts.Go(func() error { return wrap("digest", read(ctx, q, &d)) })
	}
	for i, at := range q.Moments {
		parts.Go(func() error {
			owed, err := w.OwedAt(ctx, q.Units, at)
			d.Before[i].Open, d.Before[i].Overdue = len(owed), len(cases.Overdue(owed))
			return err
		})
	}
	err := parts.Wait()
	return d, err
}

func (w *Warehouse) dailyFlow(ctx context.Context, q cases.DailyQuery, d *cases.Daily) (err error) {
	d.Flow, err = w.Flow(ctx, q.Span)
	return err
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

var (
	dailyOpened   = "SELECT whose, opened, topic FROM (" + standing + ") WHERE " + span("opened") + " AND " + of("whose")
	dailyAnswered = "SELECT whose, assumeNotNull(replied), kept FROM (" + standing + ") WHERE kept != '' AND " + spanKnown("replied") + " AND " + of("whose")
)

// dailyCases counts the cases that were opened, and those that were first answered, in each
// span and on each day of the trend.
func (w *Warehouse) dailyCases(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	units, opened := map[string]*cases.UnitCounts{}, map[cases.UnitTopic]int{}
	count := func(unit string, at time.Time, c cases.Counts) {
		u := units[unit]
		if u == nil {
			u = &cases.UnitCounts{Unit: unit}
			units[unit] = u
		}
		if q.Span.Holds(at) {
			u.Span, d.Counts = u.Span.Plus(c), d.Counts.Plus(c)
		}
		if s := trend(q); s.Holds(at) {
			i := len(d.Days) - 1 // of days that may have 23 or 25 hours, the last that began before
			for i > 0 && at.Before(d.Days[i].From) {
				i--
			}
			of := &d.Days[i]
			u.Trend, of.Counts = u.Trend.Plus(c), of.Plus(c)
		}
		for i, s := range q.Before {
			if s.Holds(at) {
				d.Before[i].Counts = d.Before[i].Plus(c)
			}
		}
	}
	all := q.Span
	for _, s := range append([]cases.Span{trend(q)}, q.Before...) {
		if s.From.Before(all.From) {
			all.From = s.From
		}
		if s.Until.After(all.Until) {
			all.Until = s.Until
		}
	}
	var unit, what string
	var at time.Time
	read := func(query string, each func()) error {
		return w.each(ctx, "count cases", query, dailyArgs(q, all), func(scan func(...any) error) error {
			err := scan(&unit, &at, &what)
			each()
			return err
		})
	}
	err := read(dailyOpened, func() {
		count(unit, at, cases.Counts{Opened: 1})
		if q.Span.Holds(at) {
			opened[cases.UnitTopic{Unit: unit, Topic: what}]++
		}
	})
	if err != nil {
		return err
	}
	err = read(dailyAnswered, func() {
		c := cases.Counts{Answered: 1}
		if cases.Standing(what) == cases.IsInTime {
			c.InTime = 1
		}
		count(unit, at, c)
	})
	for _, u := range slices.SortedFunc(maps.Values(units), func(a, b *cases.UnitCounts) int { return cmp.Compare(a.Unit, b.Unit) }) {
		if u.Span != (cases.Counts{}) || u.Trend != (cases.Counts{}) {
			d.Units = append(d.Units, *u)
		}
	}
	for o, n := range opened {
		o.Cases = n
		d.Opened = append(d.Opened, o)
	}
	slices.SortFunc(d.Opened, func(a, b cases.UnitTopic) int {
		return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Topic, b.Topic))
	})
	return err
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

func (w *Warehouse) dailyReplies(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	return w.each(ctx, "answers", replies, dailyArgs(q, q.Span), func(scan func(...any) error) error {
		var p cases.Published
		var kept string
		err := scan(&p.Case, &p.Title, &p.Unit, &p.By, &p.URL, &p.Via, &p.At, &p.First, &kept)
		p.Kept = cases.Standing(kept)
		d.Replies = append(d.Replies, p)
		return err
	})
}

// noAnswer are shown to leaders: what is not answered is decided by one officer alone.
var noAnswer = `
SELECT f.case, f.title, f.whose, e.by, f.dismissed
FROM (SELECT * FROM (` + standing + `) WHERE ` + chosen[cases.IsDismissed] + ` AND ` + spanKnown("ended") + ` AND ` + of("whose") + `) AS f
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

// toldOn are the cases of which something was read on the days that a span touches: somewhat
// more than in the span, but of days they are kept ready.
const toldOn = `SELECT case FROM mentions WHERE toDate(seen, 'Asia/Shanghai') >= toDate(fromUnixTimestamp64Milli({from:Int64}), 'Asia/Shanghai')
    AND toDate(seen, 'Asia/Shanghai') <= toDate(fromUnixTimestamp64Milli({until:Int64}), 'Asia/Shanghai') GROUP BY case`

var dailyMentions = "SELECT " + ofDay("seen") + " AS d, count() FROM mentions WHERE " + span("seen") +
	" AND (empty({units:Array(String)}) OR case IN (SELECT case FROM (" + standing + ") WHERE NOT empty({units:Array(String)}) AND " + of("whose") +
	" AND case IN (" + toldOn + "))) GROUP BY d"

// dailyMentions counts those of each day of the trend.
func (w *Warehouse) dailyMentions(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	return w.each(ctx, "trend", dailyMentions, dailyArgs(q, trend(q)), func(scan func(...any) error) error {
		var at int64
		var n uint64
		err := scan(&at, &n)
		if at >= 0 && int(at) < len(d.Days) {
			d.Days[at].Mentions = int(n)
		}
		return err
	})
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
