package warehouse

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// toldText is what is searched. It must be written as in the index of mentions, told.
const toldText = `lowerUTF8(concat(title, '\n', text))`

// tells is the condition on mentions that all the words are in them, in capitals or not,
// with its arguments. The index knows which pairs of characters are in which mention. Where
// it covers all of them it answers for a word of two characters alone, and of a longer one
// the mentions that have its pairs are read; else it only tells ClickHouse where to look.
func (w *Warehouse) tells(words []string) (condition string, args []any) {
	and := []string{"true"}
	for i, word := range words {
		n := utf8.RuneCountInString(word)
		if w.covered.Load() && n > 1 {
			and = append(and, fmt.Sprintf("hasAllTokens(%s, lowerUTF8({word%d:String}))", toldText, i))
		}
		if !w.covered.Load() || n != 2 {
			and = append(and, fmt.Sprintf("%s LIKE concat('%%', lowerUTF8({like%d:String}), '%%')", toldText, i))
		}
		args = append(args, clickhouse.Named(fmt.Sprintf("word%d", i), word), clickhouse.Named(fmt.Sprintf("like%d", i), literally.Replace(word)))
	}
	return strings.Join(and, " AND "), args
}

// uncovered counts the parts of mentions that have no index of their words, yet.
const uncovered = `SELECT count() FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'mentions' AND rows > 0 AND secondary_indices_compressed_bytes = 0`

// cover finds out whether the index covers all mentions: a part that it does not cover would
// count as one that has no words. What is written later has the index from the beginning.
// Of several servers, others may be behind the one that is asked: there it never counts.
func (w *Warehouse) cover(ctx context.Context) error {
	var parts uint64
	if err := w.conn.QueryRow(ctx, uncovered).Scan(&parts); err != nil {
		return fmt.Errorf("schema: index of words: %w", err)
	}
	w.covered.Store(parts == 0 && w.alone)
	return nil
}

// literally takes what LIKE would understand as a pattern for what it is.
var literally = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// maxLooked is how many mentions a search looks at, the last ones: others are nearly always
// of cases that it has found already.
const maxLooked = 300

// found puts the case first that was told of last. A case is of every unit that it was
// ever given to. What is read is limited first and grouped then.
const found = `
SELECT case, argMin(title, no) AS first_title, argMax(source, seen) AS last_source, argMax(url, seen) AS last_url, max(seen) AS last, count() AS mentions
FROM (
    SELECT case, no, title, source, url, seen FROM mentions
    WHERE %s AND %s
        AND (empty({units:Array(String)}) OR case IN (SELECT case FROM case_events WHERE has({units:Array(String)}, unit)))
    ORDER BY seen DESC LIMIT %d
)
GROUP BY case ORDER BY last DESC, case DESC LIMIT {limit:UInt32}`

// searchBack is how far a search looks back at first, in days: where it finds enough there,
// it need not open what is older.
var searchBack = []int{30, 365}

// Search finds the cases in whose mentions all the words are, among the last 300 mentions
// that have them; those are counted.
func (w *Warehouse) Search(ctx context.Context, s cases.Search) (list []cases.Found, err error) {
	for _, days := range searchBack {
		last := s
		if last.From = s.Until.AddDate(0, 0, -days); !last.From.After(s.From) {
			break
		}
		list, err = w.search(ctx, last)
		looked := 0
		for _, f := range list {
			looked += f.Mentions
		}
		if err != nil || len(list) >= s.Limit || looked >= maxLooked {
			return list, err
		}
	}
	return w.search(ctx, s)
}

func (w *Warehouse) search(ctx context.Context, s cases.Search) (list []cases.Found, err error) {
	told, args := w.tells(s.Words)
	args = append(args,
		clickhouse.Named("from", fmt.Sprint(s.From.UnixMilli())), clickhouse.Named("until", fmt.Sprint(s.Until.UnixMilli())),
		clickhouse.Named("units", s.Units), clickhouse.Named("limit", fmt.Sprint(s.Limit)),
	)
	return list, w.each(ctx, "search", fmt.Sprintf(found, span("seen"), told, maxLooked), args, func(scan func(...any) error) error {
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
