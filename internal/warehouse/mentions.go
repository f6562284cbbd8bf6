package warehouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
)

const (
	mentionsOf = `SELECT id, case, no, source, title, text, url, published, seen, replies, views, topics, words FROM mentions
WHERE %s ORDER BY seen DESC, case DESC, no DESC LIMIT %d OFFSET %d`
	mentionCount = `SELECT count(), uniqExact(case) FROM mentions WHERE %s`
)

// Mentions returns the mentions that a filter chooses, the last read first, how many there
// are without its limit, and of how many cases; of those that have words it counts no more
// than 1000, the last.
func (w *Warehouse) Mentions(ctx context.Context, f cases.MentionFilter) (list []cases.Mention, total, of int, err error) {
	if len(f.Words) > 0 {
		f, total, of, err = w.worded(ctx, f)
	} else {
		condition, args := w.mentioned(f, nil)
		var n, k uint64
		err = w.conn.QueryRow(ctx, fmt.Sprintf(mentionCount, condition), args...).Scan(&n, &k)
		total, of = int(n), int(k)
	}
	if err != nil || f.Offset >= total {
		return nil, total, of, wrap("count mentions", err)
	}
	condition, args := w.mentioned(f, nil)
	query := fmt.Sprintf(mentionsOf, condition, max(1, f.Limit), max(0, f.Offset))
	return list, total, of, w.each(ctx, "mentions", query, args, func(scan func(...any) error) error {
		var m cases.Mention
		var no, replies, views uint32
		var published *time.Time
		err := scan(&m.ID, &m.Case, &no, &m.Source, &m.Title, &m.Text, &m.URL, &published, &m.Seen, &replies, &views, &m.Topics, &m.Words)
		m.No, m.Replies, m.Views, m.Published = int(no), int(replies), int(views), when(published)
		list = append(list, m)
		return err
	})
}

// maxCounted is up to how many mentions are counted that have words.
const maxCounted = 1000

const whenTold = `SELECT seen, case FROM mentions WHERE %s ORDER BY seen DESC, case DESC, no DESC LIMIT %d`

// worded counts the last mentions that have the words of a filter, and returns the filter of
// those that its page shows: they alone are read whole.
func (w *Warehouse) worded(ctx context.Context, f cases.MentionFilter) (page cases.MentionFilter, total, of int, err error) {
	condition, args := w.mentioned(f, nil)
	var seen []time.Time
	numbers := map[string]bool{}
	err = w.each(ctx, "mentions that have words", fmt.Sprintf(whenTold, condition, maxCounted), args, func(scan func(...any) error) error {
		var at time.Time
		var number string
		err := scan(&at, &number)
		seen, numbers[number] = append(seen, at), true
		return err
	})
	if first := max(0, f.Offset); err == nil && first < len(seen) {
		last := min(first+max(1, f.Limit), len(seen)) - 1
		f.From, f.Until = seen[last], seen[first].Add(time.Millisecond)
		f.Offset = first - slices.IndexFunc(seen, seen[first].Equal)
	}
	return f, len(seen), len(numbers), err
}
