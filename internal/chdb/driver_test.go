package chdb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
)

// TestTypes writes and reads every column type that the warehouse uses.
func TestTypes(t *testing.T) {
	t.Parallel()
	conn := connect(t, startEngine(t, t.TempDir()))
	if err := conn.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `CREATE TABLE types (
		id UInt32, big UInt64, signed Int64, text String, unit LowCardinality(String), urgent Bool,
		seen DateTime64(3, 'Asia/Shanghai'), words Array(String), note Nullable(String), counts Map(String, UInt32)
	) ENGINE = MergeTree ORDER BY id`)
	type row struct {
		ID     uint32            `ch:"id"`
		Big    uint64            `ch:"big"`
		Signed int64             `ch:"signed"`
		Text   string            `ch:"text"`
		Unit   string            `ch:"unit"`
		Urgent bool              `ch:"urgent"`
		Seen   time.Time         `ch:"seen"`
		Words  []string          `ch:"words"`
		Note   *string           `ch:"note"`
		Counts map[string]uint32 `ch:"counts"`
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	note := "已转办\n\t'引号' \\ __exception__\r\n"
	want := []row{
		{1, 1<<64 - 1, -1 << 63, "供水停了三天", "水务局", true, time.Date(2026, 2, 17, 0, 0, 0, 123e6, shanghai), []string{"停水", "", "a'b"}, &note, map[string]uint32{"停水": 3}},
		{2, 0, 0, "", "", false, time.Date(1999, 12, 31, 23, 59, 59, 999e6, shanghai), []string{}, nil, map[string]uint32{}},
	}
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO types")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range want {
		if err := batch.AppendStruct(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	var got []row
	if err := conn.Select(t.Context(), &got, "SELECT * FROM types ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if name, _ := got[0].Seen.Zone(); name != "CST" {
		t.Errorf("time read in zone %s", name)
	}
	if zone := one[string](t, conn, "SELECT timezone()"); zone != "Asia/Shanghai" {
		t.Errorf("engine's zone %s", zone)
	}
	if midnight := one[string](t, conn, "SELECT formatDateTime(seen, '%F %T') FROM types WHERE id = 1"); midnight != "2026-02-17 00:00:00" {
		t.Errorf("midnight is %s", midnight)
	}
}

// TestNamedParameters sends what people write through named parameters.
func TestNamedParameters(t *testing.T) {
	t.Parallel()
	conn := connect(t, startEngine(t, t.TempDir()))
	for _, text := range []string{
		"", "停水", "a'b", `a"b`, "tab\there", "line\nbreak", "cr\r\n", `back\slash \n \t \\`, "%20&=+?#", "'; DROP TABLE t; --", "😀 {x:String}", "nul\x00byte",
	} {
		if got := one[string](t, conn, "SELECT {text:String}", clickhouse.Named("text", text)); got != text {
			t.Errorf("sent %q, got %q", text, got)
		}
	}
	if n := one[uint64](t, conn, "SELECT {n:UInt64} + 1", clickhouse.Named("n", uint64(41))); n != 42 {
		t.Errorf("41 + 1 = %d", n)
	}
	if got := one[[]string](t, conn, "SELECT {words:Array(String)}", clickhouse.Named("words", []string{"停水", "a'b\\\t"})); !cmp.Equal(got, []string{"停水", "a'b\\\t"}) {
		t.Errorf("array came back as %q", got)
	}
	run(t, conn, "CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")
	run(t, conn, "INSERT INTO t SELECT {a:String}", clickhouse.Named("a", "写入\n'"))
	run(t, conn, "INSERT INTO t VALUES ('one'),\n('two')\n,('three')")
	if n := one[uint64](t, conn, "SELECT count() FROM t WHERE a IN ('one', 'two', 'three', {a:String})", clickhouse.Named("a", "写入\n'")); n != 4 {
		t.Errorf("%d rows instead of 4", n)
	}
}

// TestExceptions sees that each way to fail arrives as clickhouse-go's own
// error, with ClickHouse's code.
func TestExceptions(t *testing.T) {
	t.Parallel()
	conn := connect(t, startEngine(t, t.TempDir()))
	run(t, conn, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	ctx := t.Context()
	for _, c := range []struct {
		name string
		code int32
		run  func() error
	}{
		{"syntax", 62, func() error { return conn.Exec(ctx, "SELEC 1") }},
		{"unknown table", 60, func() error { return conn.Exec(ctx, "SELECT * FROM nope") }},
		{"unknown table in a batch", 60, func() error { _, err := conn.PrepareBatch(ctx, "INSERT INTO nope"); return err }},
		{"unknown setting", 115, func() error {
			return conn.Exec(withSettings(ctx, clickhouse.Settings{"no_such": 1}), "SELECT 1")
		}},
		{"exists", 57, func() error { return conn.Exec(ctx, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a") }},
		{"write hidden in a read", 36, func() error { return conn.Exec(ctx, "WITH 1 AS x INSERT INTO t SELECT x") }},
		{"write behind a read", 164, func() error { return conn.Exec(ctx, "SHOW TABLES; DROP TABLE t") }},
		{"late", 395, func() error {
			rows, err := conn.Query(ctx, "SELECT throwIf(number = 1000000) FROM numbers(2000000)")
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
			}
			return rows.Err()
		}},
	} {
		var ex *clickhouse.Exception
		if err := c.run(); !errors.As(err, &ex) || ex.Code != c.code {
			t.Errorf("%s: %v, want code %d", c.name, err, c.code)
		}
	}
	if n := one[uint64](t, conn, "SELECT count() FROM t"); n != 0 {
		t.Errorf("%d rows came from failed statements", n)
	}
}

// TestSessionsDoNotLeak runs SET, USE and a temporary table and looks for them
// afterwards.
func TestSessionsDoNotLeak(t *testing.T) {
	t.Parallel()
	conn := connect(t, startEngine(t, t.TempDir()))
	run(t, conn, "CREATE DATABASE other")
	for range 3 {
		run(t, conn, "SET max_threads = 3, max_result_rows = 1")
		run(t, conn, "USE other")
		run(t, conn, "CREATE TEMPORARY TABLE tmp (a UInt8)")
		if n := one[uint64](t, conn, "SELECT toUInt64(getSetting('max_threads'))"); n != 1 {
			t.Errorf("max_threads is %d", n)
		}
		if db := one[string](t, conn, "SELECT currentDatabase()"); db != "default" {
			t.Errorf("database is %s", db)
		}
	}
	ctx := withSettings(t.Context(), clickhouse.Settings{"max_threads": 2, "database": "other"})
	var n uint64
	var db string
	if err := conn.QueryRow(ctx, "SELECT toUInt64(getSetting('max_threads')), currentDatabase()").Scan(&n, &db); err != nil || n != 2 || db != "other" {
		t.Errorf("per statement: %d threads in %s, %v", n, db, err)
	}
}

// TestCancel ends a statement that would run for days.
func TestCancel(t *testing.T) {
	t.Parallel()
	conn := connect(t, startEngine(t, t.TempDir()))
	running := func() uint64 {
		return one[uint64](t, conn, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sipHash64%'")
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		var sum uint64
		failed <- conn.QueryRow(ctx, "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)").Scan(&sum)
	}()
	eventually(t, "the statement runs", func() bool { return running() == 1 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	eventually(t, "the statement ends in the engine", func() bool { return running() == 0 })
}

// TestConcurrent mixes writers, readers and statements inside loops over rows.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	conn := connect(t, startEngine(t, t.TempDir()))
	run(t, conn, "CREATE TABLE t (a UInt32, b UInt32) ENGINE = MergeTree ORDER BY a")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 10 {
				batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO t")
				for j := 0; err == nil && j < 100; j++ {
					err = batch.Append(uint32(w), uint32(i*100+j))
				}
				if err == nil {
					err = batch.Send()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 5 {
				rows, err := conn.Query(t.Context(), "SELECT number FROM numbers(3)")
				if err != nil {
					t.Error(err)
					return
				}
				for rows.Next() {
					var n, again uint64
					err := rows.Scan(&n)
					if err == nil {
						err = conn.QueryRow(t.Context(), fmt.Sprint("SELECT toUInt64(", n, ")")).Scan(&again)
					}
					if err != nil || n != again {
						t.Errorf("%d, %d, %v", n, again, err)
					}
				}
				if err := errors.Join(rows.Err(), rows.Close()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := one[uint64](t, conn, "SELECT uniqExact(a, b) FROM t"); n != 4000 {
		t.Errorf("%d rows instead of 4000", n)
	}
}
