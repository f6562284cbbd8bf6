package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// toldText is what is searched: it must be written as in the index of mentions, told.
const toldText = `lowerUTF8(concat(title, '\n', text))`

// tells is the condition on mentions that all the words are in them, in capitals or not,
// with its arguments. A word of two characters or more is looked up in the index.
func tells(words []string) (condition string, args []any) {
	and := []string{"true"}
	for i, word := range words {
		name := fmt.Sprintf("word%d", i)
		and = append(and, toldText+" LIKE lowerUTF8({"+name+":String})")
		args = append(args, clickhouse.Named(name, "%"+literally.Replace(word)+"%"))
	}
	return strings.Join(and, " AND "), args
}

// literally takes what LIKE would understand as a pattern for what it is.
var literally = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// maxLooked is how many mentions a search looks at, the last ones: above that they are of
// the cases that it has found already, nearly always.
const maxLooked = 1000

// found puts the case first that was told of last. A case is of every unit that it was
// ever given to. What is read is limited first, and grouped then: a word that is everywhere
// is found in the last days.
const found = `
SELECT case, argMin(title, no) AS first_title, argMax(source, seen) AS last_source, argMax(url, seen) AS last_url, max(seen) AS last, count() AS mentions
FROM (
    SELECT case, no, title, source, url, seen FROM mentions
    WHERE %s AND %s
        AND (empty({units:Array(String)}) OR case IN (SELECT case FROM case_events WHERE has({units:Array(String)}, unit)))
    ORDER BY seen DESC LIMIT %d
)
GROUP BY case ORDER BY last DESC, case DESC LIMIT {limit:UInt32}`

// Search finds the cases in whose mentions all the words are, among the last 1000 mentions
// that have them; those are counted.
func (w *Warehouse) Search(ctx context.Context, s cases.Search) (list []cases.Found, err error) {
	told, args := tells(s.Words)
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
