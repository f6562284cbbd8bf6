package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huiyin/internal/cases"
)

// atOnce is how many records a shipment has, as the program ships them at most.
const atOnce = 1000

// ship measures what it takes to ship, with the design and without, on an engine of its own
// that holds nothing else.
func (db *database) ship(ctx context.Context, runs int) error {
	dir, err := os.MkdirTemp(db.dir, "ship")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	other, err := open(ctx, filepath.Join(dir, "set"), db.built.Set, db.out, db.log)
	if err != nil {
		return err
	}
	err = other.shipBoth(ctx, runs)
	return errors.Join(err, other.close())
}

func (db *database) shipBoth(ctx context.Context, runs int) error {
	if err := db.w.Migrate(ctx); err != nil {
		return err
	}
	fmt.Fprintf(db.out, "\nA shipment of %d records, half of them mentions and half events    p50 ms    p95 ms\n", atOnce)
	next := 0
	for _, name := range []string{"with the design", "without"} {
		if name == "without" {
			if err := db.strip(ctx); err != nil {
				return err
			}
		}
		var list costs
		for i := range runs + 1 {
			s, after := db.shipment(next)
			next = after
			began := time.Now()
			if err := db.w.Ship(ctx, s); err != nil {
				return err
			}
			if i > 0 {
				list = append(list, cost{took: time.Since(began)})
			}
		}
		fmt.Fprintf(db.out, "  %-65s %9.1f %9.1f\n", name, ms(list.quantile(50)), ms(list.quantile(95)))
	}
	return nil
}

// shipment is the next one, from a case on.
func (db *database) shipment(from int) (s cases.Shipment, next int) {
	s.ID = fmt.Sprintf("ship-%d", from)
	all := words()
	for next = from; len(s.Records) < atOnce; next++ {
		events, err := db.lives.of(next % db.built.Set.Cases)
		if err != nil {
			panic(err) // the ladders are those of the program
		}
		for i, e := range events {
			m := cases.Mention{
				ID: fmt.Sprintf("%016x%016x", mixed(next*100+i)*2654435761, next*100+i), Case: e.Case, No: i + 1, Source: sourceName(next % db.built.Set.Sources),
				Title: events[0].Title, URL: events[0].URL, Seen: e.At, Topics: []string{events[0].Topic}, Words: topics[topicOf(next)].words[:1],
			}
			for k := range 40 {
				m.Text += word(all, skew(mixed(next*1000+i*50+k), vocabulary))
			}
			s.Records = append(s.Records, cases.Record{Mention: &m}, cases.Record{Event: &e})
		}
	}
	s.Records = s.Records[:atOnce]
	return s, next
}

// strip takes the design away.
func (db *database) strip(ctx context.Context) error {
	rows, err := db.conn.Query(ctx, `
SELECT concat('ALTER TABLE ', table, ' DROP INDEX ', name) FROM system.data_skipping_indices WHERE database = currentDatabase()
UNION ALL SELECT concat('ALTER TABLE ', table, ' DROP PROJECTION ', name) FROM system.projections WHERE database = currentDatabase()`)
	if err != nil {
		return err
	}
	var statements []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return errors.Join(err, rows.Close())
		}
		statements = append(statements, one)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	slices.Sort(statements)
	for _, one := range statements {
		if err := db.exec(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// sizes prints how much of the disk each table takes, and what of it.
func (db *database) sizes(ctx context.Context) error {
	rows, err := db.conn.Query(ctx, `
WITH whole AS (
    SELECT table, sum(rows) AS n, sum(bytes_on_disk) AS bytes, sum(secondary_indices_compressed_bytes) AS indexes, count() AS parts
    FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table
)
SELECT * FROM (
SELECT table, n, bytes, parts, 'all' AS what, 0 AS k FROM whole
UNION ALL SELECT table, n, indexes, parts, 'skip indexes', 1 FROM whole WHERE indexes > 0
UNION ALL SELECT p.table, any(w.n), sum(p.bytes_on_disk), count(), concat('projection ', p.name), 2
    FROM system.projection_parts AS p INNER JOIN whole AS w ON p.table = w.table WHERE p.active AND p.database = currentDatabase() GROUP BY p.table, p.name
UNION ALL SELECT c.table, any(w.n), sum(c.column_data_compressed_bytes), count(), concat('column ', c.column), 3
    FROM system.parts_columns AS c INNER JOIN whole AS w ON c.table = w.table WHERE c.active AND c.database = currentDatabase() AND c.table IN ('mentions')
    GROUP BY c.table, c.column HAVING sum(c.column_data_compressed_bytes) > any(w.n)
) ORDER BY table, k, bytes DESC`)
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprintf(db.out, "\n%-16s %-24s %12s %7s %10s %22s\n", "", "", "rows", "parts", "MB", "MB per million rows")
	for rows.Next() {
		var table, what string
		var n, bytes, parts uint64
		var k uint8
		if err := rows.Scan(&table, &n, &bytes, &parts, &what, &k); err != nil {
			return err
		}
		fmt.Fprintf(db.out, "%-16s %-24s %12d %7d %10.1f %22.1f\n", table, what, n, parts, float64(bytes)/1e6, float64(bytes)/float64(max(n, 1)))
	}
	return rows.Err()
}
