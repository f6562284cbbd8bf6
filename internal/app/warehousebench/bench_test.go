package main

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// TestBench builds a small set and asks every question of it.
func TestBench(t *testing.T) {
	var out, warnings bytes.Buffer
	log := slog.New(slog.NewTextHandler(&warnings, &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := open(t.Context(), t.TempDir(), set{Cases: 300, Mentions: 20_000, Polls: 1, Days: scaled(1).Days, Sources: 20}, &out, log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.close(); err != nil {
			t.Error(err)
		}
	}()
	for range 2 { // what is built is not built again
		if err := db.build(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "mentions 2024-02"); n != 1 {
		t.Errorf("a month was built %d times", n)
	}
	if _, err := db.conn.Query(t.Context(), "SELECT throwIf(count() > 0) FROM system.mutations WHERE NOT is_done"); err != nil {
		t.Fatal(err)
	}
	t.Run("the set", func(t *testing.T) { consistent(t, db) })
	if warnings.Len() > 0 {
		t.Errorf("warnings:\n%s", &warnings)
	}
	t.Run("the questions", func(t *testing.T) { asked(t, db, &out) })
	if err := db.ship(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if err := db.sizes(t.Context()); err != nil || db.peak() == 0 {
		t.Errorf("peak %d, %v", db.peak(), err)
	}
	t.Logf("\n%s", &out)
}

// consistent sees that what is told in several ways is the same in all of them.
func consistent(t *testing.T, db *database) {
	s, ctx := db.built.Set, t.Context()
	sum := func(list []cases.Count, err error) (n int) {
		for _, c := range list {
			n += c.N
		}
		if err != nil {
			t.Error(err)
		}
		return n
	}
	for _, by := range []cases.By{cases.ByDay, cases.ByTopic, cases.BySource, cases.ByUnit} {
		if got := sum(db.w.MentionsBy(ctx, cases.MentionFilter{From: begins.AddDate(0, 0, 100), Until: ends}, by, zone)); got == 0 {
			t.Error("none", by)
		} else if raw := sum(db.w.MentionsBy(ctx, cases.MentionFilter{From: begins.AddDate(0, 0, 100), Until: ends.Add(-time.Second)}, by, zone)); got != raw {
			t.Errorf("by %s there are %d mentions in whole days, and %d counted one by one", by, got, raw)
		}
		if got := sum(db.w.MentionsBy(ctx, cases.MentionFilter{}, by, zone)); got != s.Mentions && by != cases.ByDay { // of those 1000 at most
			t.Errorf("by %s there are %d mentions, want %d", by, got, s.Mentions)
		}
	}
	if _, n, err := db.w.Cases(ctx, cases.Filter{Limit: 1}, ends); err != nil || n != s.Cases {
		t.Errorf("%d cases are summed up, want %d (%v)", n, s.Cases, err)
	}
	var strangers, early uint64
	err := db.conn.QueryRow(ctx, `SELECT countIf(c.case = ''), countIf(m.no = 1 AND m.seen != c.opened OR m.seen < c.opened)
FROM mentions AS m LEFT JOIN (SELECT case, opened FROM cases FINAL) AS c ON m.case = c.case`).Scan(&strangers, &early)
	if err != nil || strangers+early > 0 {
		t.Errorf("%d mentions are of no case, %d were seen before their case was opened (%v)", strangers, early, err)
	}
	kinds := map[cases.Kind]int{}
	for i := range s.Cases {
		want, err := db.lives.of(i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.w.History(ctx, db.lives.number(i))
		same := cmp.Comparer(func(a, b time.Time) bool { return a.Truncate(time.Millisecond).Equal(b.Truncate(time.Millisecond)) })
		review := cmpopts.IgnoreFields(cases.Step{}, "Review") // the record keeps what was owed, not how it is approved
		if d := cmp.Diff(want, got, same, review, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Fatalf("case %d: %v\n%s", i, err, d)
		}
		if _, err := cases.Fold(got); err != nil {
			t.Fatal(err)
		}
		for _, e := range got {
			kinds[e.Kind]++
		}
	}
	for _, k := range []cases.Kind{cases.Signed, cases.Transferred, cases.Replied, cases.Verified, cases.Dismissed, cases.Closed, cases.Rated} {
		if kinds[k] == 0 {
			t.Errorf("nothing was ever %s", k)
		}
	}
}

// asked asks all questions, and sees that those for which there is something in the design
// read no more than a part of what they would without it. Rows do not depend on the machine.
func asked(t *testing.T, db *database, out *bytes.Buffer) {
	if err := db.calibrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := db.measure(t.Context(), questions(), 1, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string]int64{ // at most one of so many
		"Mentions of a case": 2, "Hours of a great story": 2, "Mentions a year, a word of no post": 50, "Search a year, a word of no post": 50,
		"MentionsBy unit, 90 days": 2, "TopicFigures 90 days": 2,
	}
	for _, r := range rows {
		now, before := r.now.mean().rows, r.before.mean().rows
		if n := part[r.name]; n > 0 && now*n > before {
			t.Errorf("%s reads %d rows, and %d without the design: want one of %d", r.name, now, before, n)
		}
		delete(part, r.name)
	}
	if len(part) > 0 {
		t.Errorf("nobody asked %v", part)
	}
}
