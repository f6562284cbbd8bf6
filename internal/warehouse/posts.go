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
	postsPage    = 500 // posts of one query: however long they are, they fit in memory
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
// which they are kept are left out. It holds few posts at a time, and no connection
// while f works.
func (w *Warehouse) EachPost(ctx context.Context, from, until time.Time, f func(cases.StoredPost) error) error {
	if oldest := time.Now().Add(-w.keepPosts); from.Before(oldest) {
		from = oldest
	}
	after := "" // the last ID that was seen at from
	for {
		page, err := w.posts(ctx, from, until, after)
		if err != nil {
			return fmt.Errorf("read posts: %w", err)
		}
		for _, p := range page {
			if err := f(p); err != nil {
				return err
			}
		}
		if len(page) < postsPage {
			return nil
		}
		last := page[len(page)-1]
		from, after = last.Seen, last.ID
	}
}

func (w *Warehouse) posts(ctx context.Context, from, until time.Time, after string) ([]cases.StoredPost, error) {
	rows, err := w.conn.Query(ctx, "SELECT id, source, title, text, url, published, seen, topics FROM posts WHERE "+span("seen")+
		" AND (seen > fromUnixTimestamp64Milli({from:Int64}) OR id > {after:String}) ORDER BY seen, id LIMIT "+strconv.Itoa(postsPage),
		clickhouse.Named("from", strconv.FormatInt(from.UnixMilli(), 10)),
		clickhouse.Named("until", strconv.FormatInt(until.UnixMilli(), 10)), clickhouse.Named("after", after))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []cases.StoredPost
	for rows.Next() {
		var p cases.StoredPost
		var published *time.Time
		if err := rows.Scan(&p.ID, &p.Source, &p.Title, &p.Text, &p.URL, &published, &p.Seen, &p.Topics); err != nil {
			return nil, err
		}
		if published != nil {
			p.Published = *published
		}
		page = append(page, p)
	}
	return page, rows.Err()
}
