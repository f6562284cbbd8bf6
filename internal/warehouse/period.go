package warehouse

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// opened chooses the cases of a cohort.
var opened = "(" + standing + ") WHERE " + span("opened")

// scores counts each case in all its groups at once: a case is joined with the list of
// them, each with the parts (a sum of 1, 2, 4, 8, 16) that the case has in it: whose it is,
// who was to sign, who answered, who passed it on, who did so in a rush. Whose answer there is
// none is in the same group as whose the case is, where it does not count.
var scores = `
WITH cohort AS (
    SELECT *, toString(whose) AS u, toString(whose_officer) AS o, toString(first_unit) AS fu, toString(first_officer) AS fo,
        if(replied IS NULL, u, toString(reply_unit)) AS ru, if(replied IS NULL, o, toString(reply_officer)) AS ro, toString(topic) AS t,
        transform(t, {topics:Array(String)}, {categories:Array(String)}, {elsewhere:String}) AS category,
        transform(toString(sources[1]), {sources:Array(String)}, {channels:Array(String)}, {elsewhere:String}) AS channel,
        toString(arrayCount(p -> p <= toUnixTimestamp64Milli(opened), {parts:Array(Int64)})) AS part,
        arrayConcat(
            arrayMap(n -> (toString(turn_unit[n]), toString(turn_officer[n]), 8),
                arrayFilter((n, unit) -> unit != cases.unit AND NOT has(arraySlice(turn_unit, n + 1), unit), arrayEnumerate(turn_unit), turn_unit)),
            arrayMap(n -> (toString(turn_unit[n]), toString(turn_officer[n]), 16), arrayFilter(n -> turn_rushed[n] > 0, arrayEnumerate(turn_unit)))) AS before
    FROM (SELECT * FROM ` + opened + `) AS cases
)
SELECT g.1 AS of, g.2 AS key, g.3 AS sub,
    countIf(whose_part) AS cases,
    countIf(whose_part AND kept = 'intime') AS in_time,
    countIf(whose_part AND kept = 'late') AS late,
    countIf(whose_part AND kept = 'unsound') AS unsound,
    countIf(whose_part AND overdue) AS still,
    countIf(whose_part AND due IS NOT NULL) AS owed,
    countIf(whose_part AND kept = '' AND state != '无需回应') AS pending,
    countIf(whose_part AND state = '无需回应') AS not_owed,
    countIf(whose_part AND state = '办结') AS closed,
    countIf(first_part AND signing = 'intime') AS signed_in_time,
    countIf(first_part AND signing = 'late') AS signed_late,
    countIf(answer_part) AS answered,
    countIf(whose_part AND replied IS NOT NULL AND reply_url != '' AND verified) AS verified_ones,
    countIf(whose_part AND doubtful) AS doubtful_ones,
    countIf(whose_part AND returned > 0) AS returned_ones,
    countIf(whose_part AND reopened > 0) AS reopened_ones,
    countIf(bitAnd(g.4, 8) > 0) AS passed_on,
    countIf(whose_part AND rating IN ('满意', '基本满意')) AS content,
    countIf(whose_part AND rating IN ('满意', '基本满意', '不满意')) AS rated,
    countIf(whose_part AND pauses > 0) AS paused_ones,
    countIf(whose_part AND extended > 0) AS extended_ones,
    countIf(whose_part AND declined > 0) AS declined_ones,
    countIf(whose_part AND back > 0) AS back_ones,
    uniqExactIf(case, bitAnd(g.4, 16) > 0) AS rushed_ones,
    countIf(whose_part AND rushed_in) AS rushed_in_ones,
    countIf(whose_part AND replied IS NOT NULL AND reply_url = '') AS pageless,
    countIf(whose_part AND by_hand) AS by_hand_ones,
    sumIf(stood, whose_part) AS stood_sum,
    arrayConcat(quantilesExactInclusiveIf(0.5, 0.9)(worked, answer_part), quantilesExactInclusiveIf(0.5)(took, answer_part)) AS times
FROM (
    SELECT *, g, ` + rushedIn + ` AS rushed_in,
        bitAnd(g.4, 1) > 0 AS whose_part, bitAnd(g.4, 2) > 0 AS first_part, bitAnd(g.4, 4) > 0 AND replied IS NOT NULL AS answer_part
    FROM cohort ARRAY JOIN arrayConcat(
        [('all', '', '', 7), ('unit', u, '', 1), ('unit', fu, '', 2), ('unit', ru, '', 4), ('officer', u, o, 1), ('officer', fu, fo, 2), ('officer', ru, ro, 4),
            ('category', category, '', 7), ('topic', category, t, 7), ('channel', channel, '', 7), ('part', part, '', 7)],
        arrayFlatten(arrayMap(b -> [('all', '', '', b.3), ('unit', b.1, '', b.3), ('officer', b.1, b.2, b.3), ('category', category, '', b.3),
            ('topic', category, t, b.3), ('channel', channel, '', b.3), ('part', part, '', b.3)], before))) AS g
)
GROUP BY of, key, sub ORDER BY of, cases DESC, key, sub`

// Scores counts the cases of a cohort as they stand at now, group by group: of each
// grouping the largest first.
func (w *Warehouse) Scores(ctx context.Context, c cases.Cohort, now time.Time) (list []cases.Score, err error) {
	topics, categories := pairs(c.Categories)
	sources, channels := pairs(c.Channels)
	parts := []int64{}
	for _, p := range c.Parts {
		parts = append(parts, p.UnixMilli())
	}
	args := append(cohortArgs(c.From, c.Until, now),
		clickhouse.Named("topics", topics), clickhouse.Named("categories", categories), clickhouse.Named("sources", sources),
		clickhouse.Named("channels", channels), clickhouse.Named("elsewhere", cases.Elsewhere), clickhouse.Named("parts", parts))
	return list, w.each(ctx, "scores", scores, args, func(scan func(...any) error) error {
		t, err := scanScore(scan)
		list = append(list, t)
		return err
	})
}

func cohortArgs(from, until, now time.Time) []any {
	return []any{
		clickhouse.Named("now", fmt.Sprint(now.UnixMilli())), clickhouse.Named("from", fmt.Sprint(from.UnixMilli())),
		clickhouse.Named("until", fmt.Sprint(until.UnixMilli())),
	}
}

// pairs are the keys of a map and their values. ClickHouse's transform wants at least one.
func pairs(m map[string]string) (keys, values []string) {
	keys, values = []string{""}, []string{cases.Elsewhere}
	for k, v := range m {
		if k != "" {
			keys, values = append(keys, k), append(values, v)
		}
	}
	return keys, values
}

func scanScore(scan func(...any) error) (t cases.Score, err error) {
	var of string
	var n [27]uint64
	var stood uint64
	var times []float64
	dest := []any{&of, &t.Key, &t.Sub}
	for i := range n {
		dest = append(dest, &n[i])
	}
	if err := scan(append(dest, &stood, &times)...); err != nil {
		return t, err
	}
	t.Of = cases.Grouping(of)
	for i, to := range []*int{
		&t.Cases, &t.InTime, &t.Late, &t.Unsound, &t.Overdue, &t.Open, &t.Pending, &t.Dismissed, &t.Closed, &t.SignedInTime, &t.SignedLate, &t.Answered,
		&t.Verified, &t.Doubtful, &t.Returned, &t.Reopened, &t.PassedOn, &t.Content, &t.Rated,
		&t.Paused, &t.Extended, &t.Declined, &t.Back, &t.Rushed, &t.RushedIn, &t.Pageless, &t.ByHand,
	} {
		*to = int(n[i])
	}
	t.Stood = time.Duration(stood) * time.Second
	if t.Answered > 0 && len(times) == 3 {
		t.Median, t.P90, t.Plain = ofSeconds(times[0]), ofSeconds(times[1]), ofSeconds(times[2])
	}
	return t, nil
}

func ofSeconds(s float64) time.Duration { return time.Duration(math.Round(s)) * time.Second }

// Counted calls f for the cases opened from one instant up to and without another, with
// how they count at now, in the order in which they were opened, until f returns an error.
func (w *Warehouse) Counted(ctx context.Context, from, until, now time.Time, f func(cases.Counted) error) error {
	query := "SELECT " + factColumns + ", kept, overdue, whose, whose_officer, signing, first_unit, first_officer FROM " + opened + " ORDER BY opened, case"
	return w.each(ctx, "cases of a span", query, cohortArgs(from, until, now), func(scan func(...any) error) error {
		var c cases.Counted
		var kept, signing string
		fact, err := scanFact(func(dest ...any) error {
			return scan(append(dest, &kept, &c.Overdue, &c.Whose, &c.WhoseOfficer, &signing, &c.First, &c.FirstOfficer)...)
		})
		if err != nil {
			return err
		}
		c.Fact, c.Kept, c.Signing = fact, cases.Standing(kept), cases.Standing(signing)
		return f(c)
	})
}

const seenOf = "SELECT case, min(seen) AS at FROM mentions WHERE case IN {cases:Array(String)} GROUP BY case, id ORDER BY at"

// Spread returns when the posts that tell some cases were first read, case by case and in
// order, those of cases that were merged into them included.
func (w *Warehouse) Spread(ctx context.Context, numbers []string) (map[string][]time.Time, error) {
	of := make(map[string]string, len(numbers)) // case → that of numbers in which it goes on
	for _, n := range numbers {
		merged, err := w.Merged(ctx, n)
		if err != nil {
			return nil, err
		}
		of[n] = n
		for _, m := range merged {
			of[m] = n
		}
	}
	all := make([]string, 0, len(of))
	for n := range of {
		all = append(all, n)
	}
	spread := make(map[string][]time.Time, len(numbers))
	return spread, w.each(ctx, "spread", seenOf, []any{clickhouse.Named("cases", all)}, func(scan func(...any) error) error {
		var number string
		var at time.Time
		err := scan(&number, &at)
		spread[of[number]] = append(spread[of[number]], at)
		return err
	})
}
