// Package warehouse is the room of the record: ClickHouse, embedded or on a server,
// through clickhouse-go. It applies the schema, ships what the journal queued, and
// asks the questions that digests answer.
package warehouse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"huiyin/internal/cases"
)

// Database holds the tables, unless the URL names another.
const Database = "huiyin"

// Options say where ClickHouse is.
type Options struct {
	// URL is clickhouse://user@host1:9000,host2:9000/db, http:// or https://; several
	// addresses are tried in order. Empty: Dial reaches the embedded engine.
	URL      string
	Password string
	CAFile   string // PEM of the authorities to trust; empty: the system's
	Dial     func(ctx context.Context, addr string) (net.Conn, error)
	// KeepPosts is for how long posts are kept, in whole days; 0: 30 days.
	KeepPosts time.Duration
	// Rules are by which cases are summed up: it takes them to migrate and to ship.
	Rules cases.Rules
	Log   *slog.Logger
}

// Warehouse is a connection to ClickHouse. It is safe for concurrent use.
type Warehouse struct {
	conn      driver.Conn
	bare      driver.Conn // without the database, which may not exist yet
	database  string
	keepPosts time.Duration
	rules     cases.Rules
	log       *slog.Logger
	alone     bool        // there is one server
	covered   atomic.Bool // all mentions have the index of their words
}

// Open prepares the connection. It does not dial: ClickHouse may be away.
func Open(o Options) (*Warehouse, error) {
	opt, err := options(o)
	if err != nil {
		return nil, err
	}
	w := &Warehouse{database: opt.Auth.Database, keepPosts: o.KeepPosts, rules: o.Rules, log: o.Log, alone: len(opt.Addr) == 1}
	if w.keepPosts == 0 {
		w.keepPosts = defaultKeepPosts
	}
	if w.conn, err = clickhouse.Open(opt); err != nil {
		return nil, fmt.Errorf("clickhouse: %w", err)
	}
	bare := *opt
	bare.Auth.Database = "default"
	bare.MaxOpenConns, bare.MaxIdleConns = 1, 1
	if w.bare, err = clickhouse.Open(&bare); err != nil {
		return nil, fmt.Errorf("clickhouse: %w", err)
	}
	return w, nil
}

func options(o Options) (*clickhouse.Options, error) {
	if o.URL == "" {
		return &clickhouse.Options{
			Protocol: clickhouse.HTTP, Addr: []string{"embedded:0"}, DialContext: o.Dial,
			Auth:        clickhouse.Auth{Database: Database},
			DialTimeout: 10 * time.Second, ReadTimeout: time.Minute,
			MaxOpenConns: 8, MaxIdleConns: 2, // more than the board may use at once: shipping goes on
			Settings: ownSettings,
		}, nil
	}
	opt, err := clickhouse.ParseDSN(o.URL)
	if err != nil {
		return nil, fmt.Errorf("clickhouse url: %w", err)
	}
	if o.Password != "" {
		opt.Auth.Password = o.Password
	}
	if opt.Auth.Database == "" {
		opt.Auth.Database = Database
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("clickhouse ca_file: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("clickhouse ca_file %s: no certificate in it", o.CAFile)
		}
		if opt.TLS == nil {
			opt.TLS = &tls.Config{}
		}
		opt.TLS.RootCAs = roots
	}
	opt.DialTimeout = 10 * time.Second
	if opt.Settings == nil {
		opt.Settings = clickhouse.Settings{}
	}
	maps.Copy(opt.Settings, settings)
	return opt, nil
}

// settings are for all statements. The rows of one case are all in one partition: FINAL need
// not look for them in others.
var settings = clickhouse.Settings{"do_not_merge_across_partitions_select_final": 1}

// ownSettings are those for the engine of our own, which is sparing unless told otherwise: what
// somebody waits for is read with two cores.
var ownSettings = clickhouse.Settings{"do_not_merge_across_partitions_select_final": 1, "max_threads": 2}

// Close ends the connections.
func (w *Warehouse) Close() error { return errors.Join(w.conn.Close(), w.bare.Close()) }

// Select runs a query and fills dest, a pointer to a slice of structs with `ch` tags.
func (w *Warehouse) Select(ctx context.Context, dest any, query string, args ...any) error {
	return w.conn.Select(ctx, dest, query, args...)
}

//go:embed schema/*.sql
var schema embed.FS

// faster is the one schema file that a ClickHouse may refuse: no answer depends on it.
const faster = "schema/006_faster.sql"

const versions = `CREATE TABLE IF NOT EXISTS schema_versions (version UInt32, name String, applied DateTime64(3, 'Asia/Shanghai'))
ENGINE = MergeTree ORDER BY version SETTINGS non_replicated_deduplication_window = 1000`

// Migrate makes the database and applies the schema files that it has not seen, in
// the order of their numbers. Each may be applied again, should a crash come between
// its statements. Then it sums up the cases whose row is behind their events.
func (w *Warehouse) Migrate(ctx context.Context) error {
	quoted := "`" + strings.ReplaceAll(w.database, "`", "\\`") + "`"
	createErr := w.bare.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoted)
	if err := w.conn.Exec(ctx, versions); err != nil {
		// A user who may not create databases is fine where there is one already.
		return fmt.Errorf("schema: %w", errors.Join(createErr, err))
	}
	var applied []struct {
		Version uint32 `ch:"version"`
	}
	if err := w.conn.Select(ctx, &applied, "SELECT version FROM schema_versions"); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	files, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, a := range applied {
		if int(a.Version) > len(files) {
			return fmt.Errorf("schema: the record was written by a newer version of the program (schema %d, this one knows %d): start that one", a.Version, len(files))
		}
	}
	whole := true
	for _, file := range files {
		version, err := strconv.ParseUint(strings.TrimPrefix(file, "schema/")[:3], 10, 32)
		if err != nil {
			return fmt.Errorf("schema %s: %w", file, err)
		}
		done := slices.ContainsFunc(applied, func(a struct {
			Version uint32 `ch:"version"`
		}) bool {
			return a.Version == uint32(version)
		})
		if !done {
			err := w.apply(ctx, file, uint32(version))
			var refused *clickhouse.Exception
			if file == faster && errors.As(err, &refused) {
				w.log.Warn("ClickHouse does without what makes questions fast; from 26.2 on it can have it", "error", err)
				whole = false // it is tried again when the program starts the next time
				continue
			}
			if err != nil {
				return fmt.Errorf("schema %s: %w", file, err)
			}
		}
	}
	if whole {
		if err := w.cover(ctx); err != nil {
			return err
		}
	}
	if err := w.conn.Exec(ctx, view); err != nil {
		return fmt.Errorf("schema: view for dashboards: %w", err)
	}
	return w.catchUp(ctx)
}

func (w *Warehouse) apply(ctx context.Context, file string, version uint32) error {
	text, err := schema.ReadFile(file)
	if err != nil {
		return err
	}
	for _, statement := range strings.Split(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if err := w.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	w.log.Info("schema applied", "file", file)
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplication_token": file,
	}))
	batch, err := w.conn.PrepareBatch(ctx, "INSERT INTO schema_versions (version, name, applied)")
	if err != nil {
		return err
	}
	if err := batch.Append(version, file, time.Now()); err != nil {
		return err
	}
	return batch.Send()
}
