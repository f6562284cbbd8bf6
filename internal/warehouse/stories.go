package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

const (
	topStories = 3
	leastPosts = 3 // in the span: two are told twice by chance
	curveParts = 12
	curveLong  = 7 * 24 * time.Hour // at most, unless the span is longer
	maxGrowing = 1000               // looked at, to find those of a head's units
	maxJoints  = 5                  // how often a case may go on in another that goes on in another
)

// growth is how many posts told a case.
type growth struct{ now, before int }

const toldOf = `
SELECT case, countIf(seen >= fromUnixTimestamp64Milli({span:Int64})) AS n, countIf(seen < fromUnixTimestamp64Milli({span:Int64})) AS before
FROM mentions WHERE case != '' AND seen >= fromUnixTimestamp64Milli({from:Int64}) AND seen < fromUnixTimestamp64Milli({until:Int64})
GROUP BY case`

// dailyStories finds the cases about which more was written than in as long a time before:
// a few posts, and more than then. What was merged counts where it goes on.
func (w *Warehouse) dailyStories(ctx context.Context, q cases.DailyQuery, d *cases.Daily) error {
	both := cases.Span{From: q.Span.From.Add(q.Span.From.Sub(q.Span.Until)), Until: q.Span.Until}
	args := dailyArgs(q, both)
	counts := map[string]growth{}
	err := w.each(ctx, "posts by case", toldOf, append(args, clickhouse.Named("span", fmt.Sprint(q.Span.From.UnixMilli()))),
		func(scan func(...any) error) error {
			var number string
			var now, before uint64
			err := scan(&number, &now, &before)
			counts[number] = growth{int(now), int(before)}
			return err
		})
	if err != nil || len(counts) == 0 {
		return err
	}
	into, err := w.joined(ctx, both, counts)
	if err != nil {
		return err
	}
	var grew []string
	for number, g := range counts {
		if g.now >= leastPosts && g.now > g.before {
			grew = append(grew, number)
		}
	}
	slices.SortFunc(grew, func(a, b string) int {
		x, y := counts[a], counts[b]
		return cmp.Or(cmp.Compare(y.now-y.before, x.now-x.before), cmp.Compare(y.now, x.now), cmp.Compare(a, b))
	})
	facts, err := w.factsOf(ctx, q, grew[:min(len(grew), maxGrowing)])
	if err != nil {
		return err
	}
	for _, number := range grew {
		f, ok := facts[number]
		if !ok || len(d.Stories) == topStories {
			continue
		}
		s := cases.Growing{Fact: f, New: counts[number].now, Before: counts[number].before}
		if s.Curve, err = w.curve(ctx, f, into, q.Span); err != nil {
			return err
		}
		d.Stories = append(d.Stories, s)
	}
	return nil
}

// joined moves the counts of merged cases to where they go on, and tells where that is.
func (w *Warehouse) joined(ctx context.Context, s cases.Span, counts map[string]growth) (into map[string]string, err error) {
	into = map[string]string{}
	read := func(condition string, args []any) error {
		return w.each(ctx, "merged cases", "SELECT case, into FROM cases FINAL WHERE into != '' AND "+condition, args, func(scan func(...any) error) error {
			var from, to string
			err := scan(&from, &to)
			into[from] = to
			return err
		})
	}
	if err := read("case IN (SELECT case FROM mentions WHERE "+span("seen")+")", argsOf(s)); err != nil {
		return nil, err
	}
	for range maxJoints {
		var further []string
		for to := range maps.Values(into) {
			if _, known := into[to]; !known {
				further = append(further, to)
			}
		}
		before := len(into)
		if len(further) > 0 {
			if err := read("case IN {cases:Array(String)}", []any{clickhouse.Named("cases", further)}); err != nil {
				return nil, err
			}
		}
		if len(into) == before {
			break
		}
	}
	for from := range into {
		g, to := counts[from], goesOn(into, from)
		delete(counts, from)
		counts[to] = growth{counts[to].now + g.now, counts[to].before + g.before}
	}
	return into, nil
}

// goesOn is the case in which one goes on in the end.
func goesOn(into map[string]string, number string) string {
	for range maxJoints + 1 {
		next, ok := into[number]
		if !ok {
			break
		}
		number = next
	}
	return number
}

// factsOf reads those of some cases that are of the digest's units.
func (w *Warehouse) factsOf(ctx context.Context, q cases.DailyQuery, numbers []string) (map[string]cases.Fact, error) {
	facts := map[string]cases.Fact{}
	query := "SELECT " + factColumns + " FROM (" + standing + ") WHERE case IN {cases:Array(String)} AND " + of("whose")
	args := append(dailyArgs(q, q.Span), clickhouse.Named("cases", append([]string{}, numbers...)))
	return facts, w.each(ctx, "cases that grew", query, args, func(scan func(...any) error) error {
		f, err := scanFact(scan)
		facts[f.Case] = f
		return err
	})
}

// byPart counts posts in equal parts of a span.
const byPart = `
SELECT intDiv({parts:Int64} * (toUnixTimestamp64Milli(seen) - {from:Int64}), {until:Int64} - {from:Int64}) AS part, count()
FROM mentions
WHERE seen >= fromUnixTimestamp64Milli({from:Int64}) AND seen < fromUnixTimestamp64Milli({until:Int64})
    AND case IN (SELECT arrayJoin({cases:Array(String)}) UNION ALL SELECT case FROM cases FINAL WHERE into IN {cases:Array(String)})
GROUP BY part`

// curve counts the posts about a case, and about what was merged into it, in equal parts of
// the time from its opening, or from a week before, until the end of the span.
func (w *Warehouse) curve(ctx context.Context, f cases.Fact, into map[string]string, s cases.Span) ([]int, error) {
	until, start := s.Until, s.Until.Add(-max(curveLong, s.Until.Sub(s.From)))
	if f.Opened.After(start) {
		start = f.Opened
	}
	members := []string{f.Case}
	for from := range into {
		if goesOn(into, from) == f.Case {
			members = append(members, from)
		}
	}
	parts := make([]int, curveParts)
	args := argsOf(cases.Span{From: start, Until: until}, clickhouse.Named("cases", members), clickhouse.Named("parts", fmt.Sprint(curveParts)))
	return parts, w.each(ctx, "posts over time", byPart, args, func(scan func(...any) error) error {
		var part int64
		var n uint64
		if err := scan(&part, &n); err != nil {
			return err
		}
		parts[part] = int(n)
		return nil
	})
}
