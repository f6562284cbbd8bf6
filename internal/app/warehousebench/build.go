package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/warehouse"
)

// database is the engine with the set in it.
type database struct {
	dir    string
	engine *chdb.Engine
	conn   driver.Conn // for what the program itself never asks
	w      *warehouse.Warehouse
	plain  *warehouse.Warehouse // one that was not told that there is an index of words
	watch  watch                // of these two
	lives  *lives
	out    io.Writer
	log    *slog.Logger
	built  built
	own    cost // of asking what was read
}

// built is which steps of the set are done, kept beside the engine's own files.
type built struct {
	Set   set
	Steps map[string]float64 // seconds that they took
}

const builtName = "built.json"

// open starts the engine in dir, which holds this very set, or nothing.
func open(ctx context.Context, dir string, s set, out io.Writer, log *slog.Logger) (db *database, err error) {
	db = &database{dir: dir, out: out, log: log, built: built{Set: s, Steps: map[string]float64{}}}
	text, err := os.ReadFile(filepath.Join(dir, builtName))
	if err == nil {
		err = json.Unmarshal(text, &db.built)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("what is built in %s: %w", dir, err)
	}
	if db.built.Set != s {
		return nil, fmt.Errorf("%s holds another set: take another folder, or delete it", dir)
	}
	if db.lives, err = newLives(s); err != nil {
		return nil, err
	}
	if db.engine, err = chdb.Start(ctx, chdb.Options{Dir: filepath.Join(dir, "engine"), Log: log}); err != nil {
		return nil, err
	}
	db.conn, err = clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{"embedded:0"}, DialContext: db.engine.DialContext, Auth: clickhouse.Auth{Database: warehouse.Database},
		DialTimeout: 10 * time.Second, ReadTimeout: 3 * time.Hour,
	})
	if err == nil {
		db.watch.dial = db.engine.DialContext
		o := warehouse.Options{Dial: db.watch.DialContext, Rules: db.lives.rules(), Log: log}
		if db.w, err = warehouse.Open(o); err == nil {
			db.plain, err = warehouse.Open(o)
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.engine.Close())
	}
	return db, nil
}

func (db *database) close() error {
	return errors.Join(db.w.Close(), db.plain.Close(), db.conn.Close(), db.engine.Close())
}

// exec runs a statement that may take long and read a lot.
func (db *database) exec(ctx context.Context, query string) error {
	return db.conn.Exec(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_threads": 2, "max_block_size": 65536, "min_insert_block_size_rows": 1 << 20, "min_insert_block_size_bytes": 512 << 20,
		"max_insert_threads": 1, "max_query_size": 1 << 20,
	})), query)
}

// step does what was not done before, and keeps that it is done.
func (db *database) step(name string, do func() error) error {
	if _, done := db.built.Steps[name]; done {
		return nil
	}
	began := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	took := time.Since(began)
	fmt.Fprintf(db.out, "built %-24s %8.1f s\n", name, took.Seconds())
	db.built.Steps[name] = took.Seconds()
	text, err := json.MarshalIndent(db.built, "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(db.dir, builtName)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// build writes the set, or what of it is not there yet.
func (db *database) build(ctx context.Context) error {
	if err := db.w.Migrate(ctx); err != nil {
		return err
	}
	err := db.step("vocabulary", func() error {
		if err := db.exec(ctx, "CREATE DATABASE IF NOT EXISTS bench"); err != nil {
			return err
		}
		if err := db.exec(ctx, "CREATE OR REPLACE TABLE bench.vocabulary (words String) ENGINE = MergeTree ORDER BY ()"); err != nil {
			return err
		}
		return db.exec(ctx, "INSERT INTO bench.vocabulary VALUES ('"+words()+"')")
	})
	if err != nil {
		return err
	}
	if err := db.events(ctx); err != nil {
		return err
	}
	if err := db.step("cases", func() error { return db.w.Migrate(ctx) }); err != nil {
		return err
	}
	// As an hour later: months that are over are merged then.
	if err := db.step("cases merged", func() error { return db.exec(ctx, "OPTIMIZE TABLE cases FINAL") }); err != nil {
		return err
	}
	list := months()
	for k, from := range list[:len(list)-1] {
		until, name := list[k+1], from.Format(" 2006-01")
		err := errors.Join(
			db.step("mentions"+name, func() error {
				return db.once(ctx, "mentions", from, func() error { return db.built.Set.mentions(ctx, db, from, until) })
			}),
			db.step("polls"+name, func() error {
				return db.once(ctx, "polls", from, func() error { return db.built.Set.polls(ctx, db, from, until) })
			}),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// once drops what a run that was broken off may have left of a month.
func (db *database) once(ctx context.Context, table string, month time.Time, do func() error) error {
	if err := db.exec(ctx, fmt.Sprintf("ALTER TABLE %s DROP PARTITION %s", table, month.Format("200601"))); err != nil {
		return err
	}
	return do()
}

// eventsAtOnce is how many cases' events go into one insert.
const eventsAtOnce = 20_000

func (db *database) events(ctx context.Context) error {
	for from := 0; from < db.built.Set.Cases; from += eventsAtOnce {
		until := min(from+eventsAtOnce, db.built.Set.Cases)
		if err := db.step(fmt.Sprintf("events %07d", from), func() error { return db.eventsOf(ctx, from, until) }); err != nil {
			return err
		}
	}
	return nil
}

const eventColumns = "id, shipment, case, seq, kind, at, by, post, source, title, url, topic, unit, officer, mentions, text, reason, " +
	"step_name, step_target, step_due, step_why, via, severity, reply, faults, sha256"

func (db *database) eventsOf(ctx context.Context, from, until int) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplication_token": fmt.Sprintf("events-%d", from), "max_partitions_per_insert_block": 0,
	}))
	batch, err := db.conn.PrepareBatch(ctx, "INSERT INTO case_events ("+eventColumns+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := from; i < until; i++ {
		events, err := db.lives.of(i)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := batch.Append(eventRow(e)...); err != nil {
				return err
			}
		}
	}
	return batch.Send()
}

func eventRow(e cases.Event) []any {
	names, targets, whys, dues := []string{}, []string{}, []string{}, []time.Time{}
	for _, s := range e.Steps {
		names, targets, dues, whys = append(names, s.Name), append(targets, s.Target), append(dues, s.Due), append(whys, s.Why)
	}
	return []any{
		e.ID(), "bench-" + e.Case[:9], e.Case, uint32(e.Seq), string(e.Kind), e.At, e.By, e.Post, e.Source, e.Title, e.URL, e.Topic, e.Unit, e.Officer,
		uint32(e.Mentions), e.Text, e.Reason, names, targets, dues, whys, e.Via, string(e.Severity), uint32(e.Reply), append([]string{}, e.Faults...), e.SHA256,
	}
}
