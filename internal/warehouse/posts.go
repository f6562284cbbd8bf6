package warehouse

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

const (
	day              = 24 * time.Hour
	defaultKeepPosts = 30 * day
	// A post that has less time than this left is not sent any more: ClickHouse may drop
	// it before it was looked for.
	expiryMargin = time.Hour
)

var ttlDays = regexp.MustCompile(`TTL toDateTime\(seen\) \+ toIntervalDay\((\d+)\)`)

// keepFor makes the table of posts keep them for the configured time.
func (w *Warehouse) keepFor(ctx context.Context) error {
	var engine string
	err := w.conn.QueryRow(ctx, "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'posts'").Scan(&engine)
	if err != nil {
		return fmt.Errorf("how long posts are kept: %w", err)
	}
	days := strconv.Itoa(int(w.keepPosts / day))
	if found := ttlDays.FindStringSubmatch(engine); found != nil && found[1] == days {
		return nil
	}
	w.log.Info("posts are kept for another time", "days", days)
	if err := w.conn.Exec(ctx, "ALTER TABLE posts MODIFY TTL toDateTime(seen) + toIntervalDay("+days+")"); err != nil {
		return fmt.Errorf("have posts kept for %s days: %w", days, err)
	}
	return nil
}

// lasting is t without the rows that ClickHouse may drop as soon as it has them, for
// which the queue must not wait.
func (w *Warehouse) lasting(t table) table {
	if t.name == "posts" {
		oldest := time.Now().Add(expiryMargin - w.keepPosts)
		t.rows = slices.DeleteFunc(t.rows, func(r row) bool { return r.at.Before(oldest) })
	}
	return t
}

// EachPost calls f for the posts that were first read from one instant up to and
// without another, the oldest first, until f returns an error. Posts past the time for
// which they are kept are left out. However many there are, it holds few at a time.
func (w *Warehouse) EachPost(ctx context.Context, from, until time.Time, f func(cases.StoredPost) error) error {
	if oldest := time.Now().Add(-w.keepPosts); from.Before(oldest) {
		from = oldest
	}
	// One query a day: none takes long, and ClickHouse has the parts of one day open.
	for ; from.Before(until); from = from.Add(day) {
		end := from.Add(day)
		if end.After(until) {
			end = until
		}
		if err := w.postsOf(ctx, from, end, f); err != nil {
			return err
		}
	}
	return nil
}

const postsIn = "SELECT id, source, title, text, url, published, seen, topics FROM posts WHERE "

func (w *Warehouse) postsOf(ctx context.Context, from, until time.Time, f func(cases.StoredPost) error) error {
	args := []any{clickhouse.Named("from", fmt.Sprint(from.UnixMilli())), clickhouse.Named("until", fmt.Sprint(until.UnixMilli()))}
	return w.each(ctx, "read posts", postsIn+span("seen")+" ORDER BY seen, id", args, func(scan func(...any) error) error {
		var p cases.StoredPost
		var published *time.Time
		if err := scan(&p.ID, &p.Source, &p.Title, &p.Text, &p.URL, &published, &p.Seen, &p.Topics); err != nil {
			return err
		}
		if published != nil {
			p.Published = *published
		}
		return f(p)
	})
}

// each runs a query and calls row for each of its rows, as they come, until row returns
// an error, which is returned as it is; scan reads the row. what says what is being done.
func (w *Warehouse) each(ctx context.Context, what, query string, args []any, row func(scan func(...any) error) error) error {
	ctx, cancel := context.WithCancel(ctx)
	rows, err := w.conn.Query(ctx, query, args...)
	if err != nil {
		cancel()
		return fmt.Errorf("%s: %w", what, err)
	}
	defer rows.Close()
	defer cancel() // before Close, which would read all that is left
	for rows.Next() {
		if err := row(func(dest ...any) error {
			if err := rows.Scan(dest...); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
