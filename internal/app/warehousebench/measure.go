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

// goal is how long a question of a digest or of the board may take.
const goal = 300 * time.Millisecond

// designed is how ClickHouse answers what nobody has asked before; undesigned, how it would
// if there were nothing to make it fast: without projections and skip indexes.
var (
	designed   = clickhouse.Settings{"use_query_condition_cache": 0}
	undesigned = clickhouse.Settings{"use_query_condition_cache": 0, "optimize_use_projections": 0, "use_skip_indexes": 0}
)

// cost is what asking once took.
type cost struct {
	took  time.Duration
	rows  int64
	bytes int64
}

// costs are of asking often.
type costs []cost

// quantile is a time by which so many of a hundred were answered.
func (c costs) quantile(of int) time.Duration {
	times := make([]time.Duration, len(c))
	for i := range c {
		times[i] = c[i].took
	}
	slices.Sort(times)
	return times[(len(times)*of+99)/100-1]
}

// mean is how many rows and bytes were read for one answer.
func (c costs) mean() (rows, bytes int64) {
	for _, x := range c {
		rows, bytes = rows+x.rows, bytes+x.bytes
	}
	return rows / int64(len(c)), bytes / int64(len(c))
}

// row is what a question cost, as it is and without the design.
type row struct {
	question
	now, before costs
}

// measure asks each question often, each time about something else, and prints what that
// took. Nobody else may ask the engine meanwhile: rows are counted for all.
func (db *database) measure(ctx context.Context, list []question, runs int, patience time.Duration) (rows []row, err error) {
	fmt.Fprintf(db.out, "\n%-8s %-40s %9s %9s %11s %9s   %9s %11s %6s\n", "", "", "p50 ms", "p95 ms", "rows read", "MB read", "before ms", "rows read", "ratio")
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
	n, b := r.now.mean()
	before, _ := r.before.mean()
	p50, was := r.now.quantile(50), r.before.quantile(50)
	slow := ""
	if r.now.quantile(95) > goal {
		slow = "  over the goal"
	}
	fmt.Fprintf(db.out, "%-8s %-40s %9.1f %9.1f %11d %9.1f   %9.1f %11d %6.1f%s\n", r.of, r.name, ms(p50), ms(r.now.quantile(95)), n, float64(b)/1e6,
		ms(was), before, float64(was)/float64(p50), slow)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ask asks once for nothing, and then as often as told, but no longer than patience: what
// took longer has taken at least so long.
func (db *database) ask(ctx context.Context, w *warehouse.Warehouse, q question, runs int, patience time.Duration) (list costs, err error) {
	r := rand.New(rand.NewPCG(2, uint64(len(q.name))))
	began := time.Now()
	for i := -1; i < runs && (i < 1 || time.Since(began) < patience); i++ {
		a := db.about(r)
		rows, bytes, err := db.read(ctx)
		if err != nil {
			return nil, err
		}
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
		rows2, bytes2, err := db.read(ctx)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			list = append(list, cost{took, rows2 - rows - db.own, bytes2 - bytes})
		}
	}
	return list, nil
}

// read tells how much the engine has read since it started.
func (db *database) read(ctx context.Context) (rows, bytes int64, err error) {
	err = db.conn.QueryRow(ctx, "SELECT toInt64(sumIf(value, event = 'SelectedRows')), toInt64(sumIf(value, event = 'SelectedBytes')) FROM system.events").Scan(&rows, &bytes)
	return rows, bytes, err
}

// calibrate finds how many rows are read to ask how many were read.
func (db *database) calibrate(ctx context.Context) error {
	var last int64
	for range 3 {
		n, _, err := db.read(ctx)
		if err != nil {
			return err
		}
		db.own, last = n-last, n
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
