package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/warehouse"
)

// goal is how long a query of a digest or of the board may take.
const goal = 300 * time.Millisecond

// designed is how ClickHouse answers what nobody has asked before; undesigned, how it would
// if there were nothing to make it fast: without projections and skip indexes.
var (
	designed   = clickhouse.Settings{"use_query_condition_cache": 0}
	undesigned = clickhouse.Settings{"use_query_condition_cache": 0, "optimize_use_projections": 0, "use_skip_indexes": 0}
)

// cost is what asking once took: what somebody waited, and the engine's part in it. The time
// that the engine's threads were at work does not grow when a machine has other things to do.
type cost struct {
	took, worked time.Duration
	queries      int
	longest      time.Duration // of the queries
	rows, bytes  int64
}

// costs are of asking often.
type costs []cost

// quantile is a time by which so many of a hundred were answered.
func (c costs) quantile(of int) time.Duration {
	return quantile(of, c, func(x cost) time.Duration { return x.took })
}

// longest is likewise of the longest query of each.
func (c costs) longest(of int) time.Duration {
	return quantile(of, c, func(x cost) time.Duration { return x.longest })
}

func quantile(percent int, c costs, of func(cost) time.Duration) time.Duration {
	times := make([]time.Duration, len(c))
	for i := range c {
		times[i] = of(c[i])
	}
	slices.Sort(times)
	return times[(len(times)*percent+99)/100-1]
}

// mean is how long the engine worked, and how many rows and bytes it read, for one answer, and
// how many queries it took at most.
func (c costs) mean() (m cost) {
	for _, x := range c {
		m.worked, m.rows, m.bytes, m.queries = m.worked+x.worked, m.rows+x.rows, m.bytes+x.bytes, max(m.queries, x.queries)
	}
	n := int64(len(c))
	m.worked, m.rows, m.bytes = m.worked/time.Duration(n), m.rows/n, m.bytes/n
	return m
}

// row is what a question cost, as it is and without the design.
type row struct {
	question
	now, before costs
}

// measure asks each question often, each time about something else, and prints what that
// took. Nobody else may ask the engine meanwhile: rows are counted for all.
func (db *database) measure(ctx context.Context, list []question, runs int, patience time.Duration) (rows []row, err error) {
	fmt.Fprintf(db.out, "\n%-8s %-40s %7s %7s %7s %7s %7s %7s %11s %7s  %8s %7s %11s %6s\n", "", "",
		"queries", "longest", "p95 ms", "all p50", "p95 ms", "cpu ms", "rows read", "MB read", "before", "cpu ms", "rows read", "ratio")
	for _, q := range list {
		r := row{question: q}
		if r.now, err = db.ask(clickhouse.Context(ctx, clickhouse.WithSettings(designed)), db.w, q, runs, patience); err != nil {
			return rows, fmt.Errorf("%s: %w", q.name, err)
		}
		if r.before, err = db.ask(clickhouse.Context(ctx, clickhouse.WithSettings(undesigned)), db.plain, q, runs, patience/4); err != nil {
			return rows, fmt.Errorf("%s, without the design: %w", q.name, err)
		}
		r.tell(db)
		rows = append(rows, r)
	}
	return rows, nil
}

func (r row) tell(db *database) {
	now, before := r.now.mean(), r.before.mean()
	p50, was := r.now.quantile(50), r.before.quantile(50)
	slow := ""
	if r.now.longest(95) > goal {
		slow = "  over the goal"
	}
	fmt.Fprintf(db.out, "%-8s %-40s %7d %7.1f %7.1f %7.1f %7.1f %7.1f %11d %7.1f  %8.1f %7.1f %11d %6.1f%s\n", r.of, r.name,
		now.queries, ms(r.now.longest(50)), ms(r.now.longest(95)), ms(p50), ms(r.now.quantile(95)), ms(now.worked), now.rows, float64(now.bytes)/1e6,
		ms(was), ms(before.worked), before.rows, float64(was)/float64(p50), slow)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ask asks once for nothing, and then as often as told, but no longer than patience: what
// took longer has taken at least so long.
func (db *database) ask(ctx context.Context, w *warehouse.Warehouse, q question, runs int, patience time.Duration) (list costs, err error) {
	r := rand.New(rand.NewPCG(2, uint64(len(q.name))))
	began := time.Now()
	for i := -1; i < runs && (i < 1 || time.Since(began) < patience); i++ {
		a := db.about(r)
		before, err := db.read(ctx)
		if err != nil {
			return nil, err
		}
		db.watch.start()
		at := time.Now()
		asking, cancel := context.WithTimeout(ctx, patience)
		err = q.ask(asking, w, a)
		cancel()
		took := time.Since(at)
		if late := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil; err != nil && !late {
			return nil, err
		} else if late {
			i = max(i, 0)
		}
		after, err := db.read(ctx)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			c := cost{took: took, worked: after.worked - before.worked - db.own.worked, rows: after.rows - before.rows - db.own.rows, bytes: after.bytes - before.bytes - db.own.bytes}
			c.queries, c.longest = db.watch.seen()
			list = append(list, c)
		}
	}
	return list, nil
}

// read tells how much the engine has read and worked since it started.
func (db *database) read(ctx context.Context) (c cost, err error) {
	var micros int64
	err = db.conn.QueryRow(ctx, `SELECT toInt64(sumIf(value, event = 'SelectedRows')), toInt64(sumIf(value, event = 'SelectedBytes')),
    toInt64(sumIf(value, event IN ('UserTimeMicroseconds', 'SystemTimeMicroseconds'))) FROM system.events`).Scan(&c.rows, &c.bytes, &micros)
	c.worked = time.Duration(micros) * time.Microsecond
	return c, err
}

// calibrate finds what it takes to ask how much was read.
func (db *database) calibrate(ctx context.Context) error {
	var last cost
	for range 3 {
		c, err := db.read(ctx)
		if err != nil {
			return err
		}
		db.own, last = cost{worked: c.worked - last.worked, rows: c.rows - last.rows, bytes: c.bytes - last.bytes}, c
	}
	return nil
}

// peak is how much memory the engine's process had at most, in bytes; 0 where the system
// does not tell.
func (db *database) peak() int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", db.engine.Pid()))
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
