package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
)

func stored(id string, seen time.Time) cases.StoredPost {
	return cases.StoredPost{ID: id, Source: "清河论坛", Title: "天气", Text: "今天\n天气真好", URL: "https://bbs.example.cn/" + id, Seen: seen,
		Topics: []string{}}
}

func postsShipment(id string, posts ...cases.StoredPost) cases.Shipment {
	s := cases.Shipment{ID: id}
	for i := range posts {
		s.Records = append(s.Records, cases.Record{Post: &posts[i]})
	}
	return s
}

// now is this moment as ClickHouse keeps it.
func now() time.Time { return time.Now().Truncate(time.Millisecond) }

func read(t *testing.T, w *Warehouse, from, until time.Time) (posts []cases.StoredPost) {
	t.Helper()
	err := w.EachPost(t.Context(), from, until, func(p cases.StoredPost) error { posts = append(posts, p); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

func ids(posts []cases.StoredPost) (list []string) {
	for _, p := range posts {
		list = append(list, p.ID)
	}
	return list
}

// Posts come back as they were, in the order in which they were seen, each once however
// often they were sent, and over as many days as it takes.
func TestEachPost(t *testing.T) {
	w, _ := embedded(t)
	base := now().Add(-60 * time.Hour)
	var posts []cases.StoredPost
	for i := range 2007 {
		p := stored(fmt.Sprintf("p%d-%05d", 9-i/700, i), base.Add(time.Duration(i/700)*14*time.Hour)) // many in one instant
		if i%3 == 0 {
			p.Published, p.Topics = p.Seen.Add(-time.Hour), []string{"供水", "物业"}
		}
		posts = append(posts, p)
	}
	mixed := slices.Clone(posts)
	slices.Reverse(mixed)
	for range 2 {
		if err := w.Ship(t.Context(), postsShipment("j-1-9", mixed...)); err != nil {
			t.Fatal(err)
		}
	}
	end := now()
	if d := cmp.Diff(posts, read(t, w, base, end)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := read(t, w, base.Add(14*time.Hour), base.Add(28*time.Hour)); len(got) != 700 || got[0].ID != "p8-00700" {
		t.Errorf("the second instant has %d posts", len(got))
	}
	enough, n := errors.New("enough"), 0
	err := w.EachPost(t.Context(), base, end, func(cases.StoredPost) error {
		if n++; n == 701 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 701 {
		t.Errorf("%d posts, then %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = w.EachPost(ctx, base, end, func(cases.StoredPost) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled reading ends with %v", err)
	}
}

// A record of an earlier version gets the table of posts, keeps what it holds, and has its
// cases summed up anew: by the table, and by the view on it.
func TestMigrateOldRecord(t *testing.T) {
	w := open(t, Options{Dial: engine(t).DialContext})
	for _, q := range []string{"CREATE DATABASE huiyin", "DROP TABLE IF EXISTS huiyin.posts"} {
		if err := w.bare.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.conn.Exec(t.Context(), versions); err != nil {
		t.Fatal(err)
	}
	for i, file := range []string{"001_record", "003_casework", "005_cases"} {
		if err := w.apply(t.Context(), "schema/"+file+".sql", uint32(2*i+1)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{ // as the earlier version wrote it
		"INSERT INTO huiyin.mentions (id, case, no, seen) VALUES ('p0', '2026-000009', 1, '2026-11-19 09:00:00')",
		"INSERT INTO huiyin.case_events (id, case, seq, kind, at) VALUES ('2026-000009/0001', '2026-000009', 1, 'opened', '2026-11-19 09:00:00')",
		"INSERT INTO huiyin.case_events (id, case, seq, kind, at) VALUES ('2026-000009/0002', '2026-000009', 2, 'extended', '2026-11-19 10:00:00')",
		"INSERT INTO huiyin.case_events (id, case, seq, kind, at) VALUES ('2026-000009/0003', '2026-000009', 3, 'extended', '2026-11-19 11:00:00')",
		"INSERT INTO huiyin.cases (case, seq, opened, extended) VALUES ('2026-000009', 3, '2026-11-19 09:00:00', true)", view,
	} {
		if err := w.conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Ship(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if err := w.Ship(t.Context(), postsShipment("j-20-20", stored("p", now()))); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"mentions": 4, "case_events": 12, "posts": 1, "schema_versions": 8} {
		if got := count(t, w, table); got != want {
			t.Errorf("%s holds %d rows, want %d", table, got, want)
		}
	}
	var rows []struct {
		Extended uint16 `ch:"extended"`
		Made     uint8  `ch:"made"`
		Stood    uint32 `ch:"stood"`
	}
	err := w.Select(t.Context(), &rows, "SELECT extended, made, stood FROM cases_now WHERE case = '2026-000009'")
	if err != nil || len(rows) != 1 || rows[0].Extended != 2 || rows[0].Made != cases.SumVersion {
		t.Errorf("the old case is %+v (%v)", rows, err)
	}
	var said strings.Builder
	w.log = slog.New(slog.NewTextHandler(&said, nil))
	if err := w.Migrate(t.Context()); err != nil || strings.Contains(said.String(), "anew") {
		t.Errorf("once more: %s (%v)", said.String(), err)
	}
	// The earlier version was started in between, and summed up the same events.
	for _, q := range []string{"SYSTEM STOP MERGES huiyin.cases", "INSERT INTO huiyin.cases (case, seq, opened, extended) VALUES ('2026-000009', 3, '2026-11-19 09:00:00', 1)"} {
		if err := w.conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	rows = nil
	err = errors.Join(w.Migrate(t.Context()), w.Select(t.Context(), &rows, "SELECT extended, made, stood FROM cases_now WHERE case = '2026-000009'"))
	if err != nil || len(rows) != 1 || rows[0].Extended != 2 || rows[0].Made != cases.SumVersion {
		t.Errorf("after two versions in turn the old case is %+v (%v)", rows, err)
	}
}

// The time for which posts are kept follows the configuration, also for those that are
// there, and nothing is done when it is the same.
func TestKeepPosts(t *testing.T) {
	e := engine(t)
	var said strings.Builder
	keep := func(d time.Duration) *Warehouse {
		w := open(t, Options{Dial: e.DialContext, KeepPosts: d})
		w.log = slog.New(slog.NewTextHandler(&said, nil))
		if err := w.prepare(t.Context(), new(bool)); err != nil {
			t.Fatal(err)
		}
		return w
	}
	altered := func(w *Warehouse) (n int) {
		t.Helper()
		var mutations uint64
		if err := w.conn.QueryRow(t.Context(), "SELECT count() FROM system.mutations WHERE table = 'posts'").Scan(&mutations); err != nil {
			t.Fatal(err)
		}
		return int(mutations)
	}
	w := keep(0)
	fresh, older := stored("fresh", now().Add(-time.Hour)), stored("older", now().Add(-20*day))
	if err := w.Ship(t.Context(), postsShipment("j-1-2", older, fresh)); err != nil {
		t.Fatal(err)
	}
	if w = keep(30 * day); altered(w) != 0 || strings.Contains(said.String(), "another time") {
		t.Errorf("the same time altered the table:\n%s", &said)
	}
	if w = keep(366 * day); altered(w) != 1 || count(t, w, "posts") != 2 {
		t.Errorf("kept longer: %d mutations, %d posts", altered(w), count(t, w, "posts"))
	}
	if got := ids(read(t, w, now().Add(-100*day), now())); !slices.Equal(got, []string{"older", "fresh"}) {
		t.Errorf("kept longer: %q", got)
	}
	reader := open(t, Options{Dial: e.DialContext, KeepPosts: 7 * day}) // which changes nothing
	if got := ids(read(t, reader, now().Add(-100*day), now())); !slices.Equal(got, []string{"fresh"}) || count(t, w, "posts") != 2 {
		t.Errorf("to be kept shorter: %q are shown, %d are there", got, count(t, w, "posts"))
	}
	w = keep(7 * day)
	// Parts whose time is over go as a whole, when ClickHouse next merges.
	if err := w.conn.Exec(t.Context(), "ALTER TABLE posts MATERIALIZE TTL SETTINGS mutations_sync = 1"); err != nil {
		t.Fatal(err)
	}
	if err := w.conn.Exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, "posts"); n != 1 {
		t.Errorf("%d posts are left, want 1", n)
	}
}

// Posts whose time is over when they are shipped count as shipped: ClickHouse would drop
// them at once, and the queue would wait for them for ever.
func TestShipExpiredPosts(t *testing.T) {
	e := engine(t)
	w := open(t, Options{Dial: e.DialContext, KeepPosts: 7 * day})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	gone, nearly, fresh := stored("gone", now().Add(-100*day)), stored("nearly", now().Add(expiryMargin/2-7*day)), stored("fresh", now())
	mixed := postsShipment("j-1-4", gone, nearly, fresh)
	mixed.Records = append(mixed.Records, cases.Record{Poll: &cases.Poll{ID: "poll", Source: "清河论坛", At: now().Add(-100 * day)}})
	q := &queue{empty: cancel, waiting: []cases.Shipment{postsShipment("j-0-0", gone, nearly), mixed, postsShipment("j-5-5", stored("next", now()))}}
	records := 0
	err := w.Run(ctx, q, nil, func(n int, err error) {
		if records += n; err != nil {
			t.Error(err)
			cancel()
		}
	})
	if err != nil || len(q.waiting) != 0 || records != 7 {
		t.Errorf("%d shipments wait, %d records were shipped, %v", len(q.waiting), records, err)
	}
	if got := ids(read(t, w, now().Add(-200*day), now().Add(time.Second))); !slices.Equal(got, []string{"fresh", "next"}) {
		t.Errorf("kept: %q", got)
	}
	if n := count(t, w, "polls"); n != 1 {
		t.Errorf("%d polls, want 1: their time is never over", n)
	}
}

// Rows of more days than ClickHouse likes in one block are taken.
func TestShipManyDays(t *testing.T) {
	w := open(t, Options{Dial: engine(t).DialContext, KeepPosts: 366 * day})
	if err := w.prepare(t.Context(), new(bool)); err != nil {
		t.Fatal(err)
	}
	var posts []cases.StoredPost
	for i := range 300 {
		posts = append(posts, stored(fmt.Sprintf("p%03d", i), now().Add(-time.Duration(i)*day)))
	}
	if err := w.Ship(t.Context(), postsShipment("j-1-300", posts...)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, "posts"); n != 300 {
		t.Errorf("%d posts, want 300", n)
	}
}
