package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// What the board asks. Cases are chosen and counted as standing.go says, so that each
// figure is the length of a list; %s stands for the condition of the filter.

var (
	tally = `
SELECT count(), countIf(overdue), countIf(signed IS NULL), countIf(paused IS NOT NULL), countIf(NOT overdue AND until < fromUnixTimestamp64Milli({evening:Int64}))
FROM (` + standing + `) WHERE due IS NOT NULL AND %s`
	doubtful = `SELECT count() FROM (` + standing + `) WHERE doubtful AND %s`
)

// Tally counts how the cases stand that a filter chooses at now; evening is until when the
// day lasts.
func (w *Warehouse) Tally(ctx context.Context, f cases.Filter, now, evening time.Time) (t cases.Tally, err error) {
	condition, args := where(f, now)
	args = append(args, clickhouse.Named("evening", fmt.Sprint(evening.UnixMilli())))
	var n [6]uint64
	err = w.conn.QueryRow(ctx, fmt.Sprintf(tally, condition), args...).Scan(&n[0], &n[1], &n[2], &n[3], &n[4])
	if err == nil {
		err = w.conn.QueryRow(ctx, fmt.Sprintf(doubtful, condition), args...).Scan(&n[5])
	}
	for i, to := range []*int{&t.Open, &t.Overdue, &t.Unsigned, &t.Paused, &t.Today, &t.Doubtful} {
		*to = int(n[i])
	}
	return t, wrap("tally of the board", err)
}

// maxOffered is how many words of a kind are offered: more nobody looks through.
const maxOffered = 500

// offered looks at who has the cases, and at rows that are made anew since: to find whose each
// case's figure is, among the last rows alone, takes ten times as long, and a word that leads to
// nothing is no harm.
const offered = `
SELECT kind, name FROM (
    SELECT 'unit' AS kind, toString(unit) AS name FROM cases WHERE %[1]s GROUP BY unit
    UNION ALL SELECT 'officer', toString(officer) FROM cases WHERE %[1]s GROUP BY officer
    UNION ALL SELECT 'topic', toString(topic) FROM cases WHERE %[1]s GROUP BY topic
) WHERE name != '' ORDER BY name LIMIT %[2]d BY kind`

// Choices lists the units, officers and topics of the cases of these units that an answer is
// owed on, or of all; at most 500 of each. No units: of all units.
func (w *Warehouse) Choices(ctx context.Context, units []string, open bool) (o cases.Choices, err error) {
	f := cases.Filter{Units: units}
	if open {
		f.Is = cases.IsOpen
	}
	condition, args := where(f, time.Time{})
	lists := map[string]*[]string{"unit": &o.Units, "officer": &o.Officers, "topic": &o.Topics}
	return o, w.each(ctx, "what the board offers", fmt.Sprintf(offered, condition, maxOffered), args, func(scan func(...any) error) error {
		var kind, name string
		err := scan(&kind, &name)
		if list := lists[kind]; list != nil {
			*list = append(*list, name)
		}
		return err
	})
}

const factOf = `SELECT ` + factColumns + ` FROM cases FINAL WHERE case = {case:String} AND %s`

// Fact returns one case, also one that was merged; false when there is none that somebody
// may see who sees those of units. No units: all may be seen.
func (w *Warehouse) Fact(ctx context.Context, number string, units []string) (fact cases.Fact, ok bool, err error) {
	condition, args := where(cases.Filter{Units: units}, time.Time{})
	args = append(args, clickhouse.Named("case", number))
	return fact, ok, w.each(ctx, "case "+number, fmt.Sprintf(factOf, condition), args, func(scan func(...any) error) error {
		ok = true
		fact, err = scanFact(scan)
		return err
	})
}

const mergedInto = `SELECT case FROM cases FINAL WHERE into IN {cases:Array(String)} ORDER BY case LIMIT 500`

// Merged lists the cases that go on in another one, also by way of a third.
func (w *Warehouse) Merged(ctx context.Context, number string) (all []string, err error) {
	next := []string{number}
	for depth := 0; len(next) > 0 && depth < 10 && len(all) < 500; depth++ {
		args := []any{clickhouse.Named("cases", next)}
		next = nil
		err := w.each(ctx, "cases merged into "+number, mergedInto, args, func(scan func(...any) error) error {
			var n string
			err := scan(&n)
			next = append(next, n)
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, next...)
	}
	return all, nil
}

var boardMap = `
SELECT whose, topic, count(), countIf(` + chosen[cases.IsOverdue] + `)
FROM (` + standing + `) WHERE %s GROUP BY whose, topic ORDER BY whose, topic`

// Map counts the cases that a filter chooses by unit and topic.
func (w *Warehouse) Map(ctx context.Context, f cases.Filter, now time.Time) (list []cases.Cell, err error) {
	condition, args := where(f, now)
	return list, w.each(ctx, "map of units and topics", fmt.Sprintf(boardMap, condition), args, func(scan func(...any) error) error {
		var c cases.Cell
		var n, late uint64
		err := scan(&c.Unit, &c.Topic, &n, &late)
		c.Cases, c.Overdue = int(n), int(late)
		list = append(list, c)
		return err
	})
}

// caseKeys are what cases are grouped by; mentionKeys likewise.
var (
	caseKeys = map[cases.By]string{
		cases.ByDay: "toString(toDate(opened, {zone:String}))", cases.ByTopic: "topic", cases.ByUnit: "whose",
		cases.BySource: "arrayJoin(arrayDistinct(sources))", cases.ByFirstSource: "sources[1]",
	}
	mentionKeys = map[cases.By]string{
		cases.ByDay: "toString(toDate(seen, {zone:String}))", cases.ByTopic: "topics[1]", cases.BySource: "source", cases.ByFirstSource: "source",
		cases.ByUnit: "unit",
	}
)

// maxKeys is how many groups are told of: the largest ones.
const maxKeys = 1000

var keptBy = `
SELECT %s AS key, count() AS opened_n, countIf(` + chosen[cases.IsInTime] + `), countIf(` + chosen[cases.IsLate] + `),
    countIf(` + chosen[cases.IsUnsound] + `), countIf(kept != '')
FROM (` + standing + `) WHERE %s GROUP BY key ORDER BY opened_n DESC, key LIMIT ` + fmt.Sprint(maxKeys)

// Groups counts the cases that a filter chooses by something, the most first, at most 1000
// groups. Days are those of zone, which must have its name in the tz database.
func (w *Warehouse) Groups(ctx context.Context, f cases.Filter, by cases.By, zone *time.Location, now time.Time) (list []cases.Group, err error) {
	condition, args := where(f, now)
	args = append(args, clickhouse.Named("zone", zone.String()))
	return list, w.each(ctx, "cases by "+string(by), fmt.Sprintf(keptBy, caseKeys[by], condition), args, func(scan func(...any) error) error {
		k, n := cases.Group{}, [5]uint64{}
		err := scan(&k.Key, &n[0], &n[1], &n[2], &n[3], &n[4])
		k.Opened, k.InTime, k.Late, k.Unsound, k.Decided = int(n[0]), int(n[1]), int(n[2]), int(n[3]), int(n[4])
		list = append(list, k)
		return err
	})
}

// mentioned is the condition on mentions of a filter, with its arguments. Whole days are
// asked for as such: how many there are on a day is kept ready, by topic and source as by
// case. Without a zone there are none.
func (w *Warehouse) mentioned(f cases.MentionFilter, zone *time.Location) (condition string, args []any) {
	and := []string{"true"}
	add := func(condition, name string, value any) {
		and, args = append(and, condition), append(args, clickhouse.Named(name, value))
	}
	column := "seen"
	if zone != nil && midnight(f.From, zone) && midnight(f.Until, zone) {
		column = "toDate(seen, {zone:String})"
	}
	bound := func(t time.Time, name, operator string) {
		if t.IsZero() {
			return
		}
		limit := "fromUnixTimestamp64Milli({" + name + ":Int64})"
		if column != "seen" {
			limit = "toDate(" + limit + ", {zone:String})"
		}
		add(column+operator+limit, name, fmt.Sprint(t.UnixMilli()))
	}
	bound(f.From, "from", " >= ")
	bound(f.Until, "until", " < ")
	if len(f.Words) > 0 {
		told, words := w.tells(f.Words)
		and, args = append(and, told), append(args, words...)
	}
	if len(f.Cases) > 0 {
		add("case IN {cases:Array(String)}", "cases", f.Cases)
	}
	if f.Source != "" {
		add("source = {source:String}", "source", f.Source)
	}
	if f.Sources != nil {
		add("source IN {sources:Array(String)}", "sources", f.Sources)
	}
	if f.Topic != "" {
		add("topics[1] = {topic:String}", "topic", f.Topic)
	}
	if f.Topics != nil {
		add("topics[1] IN {topics:Array(String)}", "topics", f.Topics)
	}
	if f.Unit != "" {
		add("case IN (SELECT case FROM cases FINAL WHERE unit = {unit:String})", "unit", f.Unit)
	}
	if len(f.Units) > 0 {
		own, ofUnits := where(cases.Filter{Units: f.Units}, time.Time{})
		and, args = append(and, "case IN (SELECT case FROM cases FINAL WHERE "+own+")"), append(args, ofUnits...)
	}
	return strings.Join(and, " AND "), args
}

// midnight tells whether t is one, or no time at all.
func midnight(t time.Time, zone *time.Location) bool {
	h, m, s := t.In(zone).Clock()
	return t.IsZero() || h+m+s+t.Nanosecond() == 0
}

const (
	mentionsBy     = `SELECT %s AS key, count() AS n FROM mentions WHERE %s GROUP BY key ORDER BY n DESC, key LIMIT 1000`
	mentionsByUnit = `WITH told AS (SELECT case, count() AS n FROM mentions WHERE %[2]s GROUP BY case)
SELECT %[1]s AS key, sum(m.n) AS n FROM told AS m
INNER JOIN (SELECT case, unit FROM cases FINAL WHERE case IN (SELECT case FROM told)) AS c ON m.case = c.case
GROUP BY key ORDER BY n DESC, key LIMIT 1000`
)

// MentionsBy counts the mentions that a filter chooses by something, the most first, at
// most 1000 groups. Days are those of zone, which must have its name in the tz database.
func (w *Warehouse) MentionsBy(ctx context.Context, f cases.MentionFilter, by cases.By, zone *time.Location) (list []cases.Count, err error) {
	condition, args := w.mentioned(f, zone)
	query := mentionsBy
	if by == cases.ByUnit {
		query = mentionsByUnit
	}
	args = append(args, clickhouse.Named("zone", zone.String()))
	return list, w.each(ctx, "mentions by "+string(by), fmt.Sprintf(query, mentionKeys[by], condition), args, counted(&list))
}

// counted reads rows of a key and a number.
func counted(list *[]cases.Count) func(func(...any) error) error {
	return func(scan func(...any) error) error {
		var c cases.Count
		var n uint64
		err := scan(&c.Key, &n)
		c.N = int(n)
		*list = append(*list, c)
		return err
	}
}

const hours = `SELECT toString(toUnixTimestamp(toStartOfHour(seen))) AS key, count() AS n FROM mentions WHERE %s GROUP BY key ORDER BY key LIMIT 1000`

// Hours counts the mentions that a filter chooses by the hour in which they were first
// read: the key is its begin in seconds since 1970. Hours without any are left out, and of
// more than 1000 the later ones.
func (w *Warehouse) Hours(ctx context.Context, f cases.MentionFilter) (list []cases.Count, err error) {
	condition, args := w.mentioned(f, nil)
	return list, w.each(ctx, "mentions by hour", fmt.Sprintf(hours, condition), args, counted(&list))
}
