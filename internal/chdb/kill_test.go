package chdb

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// shipment is a writer as the warehouse is one: deterministic batches, each
// sent with its token until it is acknowledged.
type shipment struct {
	conn  driver.Conn
	rows  int
	text  func() string // the filling of a row
	acked atomic.Int64
	tries atomic.Int64
	last  atomic.Pointer[error]
}

const shipmentTable = `CREATE TABLE IF NOT EXISTS ship (batch UInt64, row UInt32, text String) ENGINE = MergeTree ORDER BY (batch, row)`

func (s *shipment) send(ctx context.Context, batch uint64) error {
	s.tries.Add(1)
	ctx, cancel := context.WithTimeout(withSettings(ctx, clickhouse.Settings{
		"insert_deduplicate": 1, "insert_deduplication_token": fmt.Sprint("batch ", batch),
		"deduplicate_blocks_in_dependent_materialized_views": 1,
	}), 30*time.Second)
	defer cancel()
	b, err := s.conn.PrepareBatch(ctx, "INSERT INTO ship (batch, row, text)")
	for row := 0; err == nil && row < s.rows; row++ {
		err = b.Append(batch, uint32(row), s.text())
	}
	if err == nil {
		err = b.Send()
	}
	if err != nil {
		s.last.Store(&err)
		return err
	}
	s.acked.Add(1)
	return nil
}

// verify is nil if exactly the batches below n are there, each once and whole.
func (s *shipment) verify(t testing.TB, n uint64) {
	t.Helper()
	var rows, distinct, batches uint64
	err := s.conn.QueryRow(t.Context(), "SELECT count(), uniqExact(batch, row), uniqExact(batch) FROM ship").Scan(&rows, &distinct, &batches)
	if want := n * uint64(s.rows); err != nil || rows != want || distinct != want || batches != n {
		t.Errorf("%d rows, %d distinct, of %d batches instead of %d rows of %d batches: %v", rows, distinct, batches, want, n, err)
	}
}

// TestKills kills the engine's process at random moments while two writers
// ship: every batch that was acknowledged must be there exactly once, in the
// table and in a view that counts it.
func TestKills(t *testing.T) {
	t.Parallel()
	const kills = 22
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	e := startEngine(t, t.TempDir())
	s := &shipment{conn: connect(t, e), rows: 100, text: func() string { return "停水" }}
	run(t, s.conn, shipmentTable)
	run(t, s.conn, "CREATE TABLE counted (batch UInt64, n UInt64) ENGINE = SummingMergeTree ORDER BY batch")
	run(t, s.conn, "CREATE MATERIALIZED VIEW counting TO counted AS SELECT batch, count() AS n FROM ship GROUP BY batch")

	var next atomic.Uint64
	var writers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				batch := next.Add(1) - 1
				for s.send(t.Context(), batch) != nil && t.Context().Err() == nil {
				}
			}
		})
	}
	for kill := 1; kill <= kills; kill++ {
		// A random number of acknowledgements later, somewhere inside the next.
		until := s.acked.Load() + 1 + random.Int64N(12)
		eventually(t, "batches are acknowledged", func() bool { return s.acked.Load() >= until })
		time.Sleep(time.Duration(random.IntN(15_000)) * time.Microsecond)
		if err := syscall.Kill(e.Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the engine comes back", func() bool { return e.Restarts() >= kill && e.Healthy() == nil })
	}
	close(stop)
	writers.Wait()
	n := next.Load()
	s.verify(t, n)
	var sum, wrong uint64
	err := s.conn.QueryRow(t.Context(), "SELECT sum(c), countIf(c != 100) FROM (SELECT sum(n) AS c FROM counted GROUP BY batch)").Scan(&sum, &wrong)
	if err != nil || sum != n*100 || wrong != 0 {
		t.Errorf("the view counted %d rows, %d batches wrongly: %v", sum, wrong, err)
	}
	fmt.Printf("kills: seed %d: %d kills, %d batches acknowledged in %d tries, each there exactly once: %v; %d detached parts\n",
		seed, e.Restarts(), s.acked.Load(), s.tries.Load(), !t.Failed(), e.DetachedParts())
}

func init() {
	childModes["hold-engine"] = holdEngine
}

// holdEngine is another program that has an engine open, in the folder that is
// its argument.
func holdEngine(args []string) int {
	e, err := Start(context.Background(), Options{Dir: args[0], KeepFree: mib})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open", e.Pid())
	select {}
}

// TestParentKilled kills the program that holds the engine, and opens the
// folder at once in this one. The old engine is busy, so it needs some time to
// end; before that the folder is refused.
func TestParentKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := osexec.Command(os.Args[0], "hold-engine", dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Process.Kill(); other.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	var pid int
	if _, scanErr := fmt.Sscanf(line, "open %d", &pid); scanErr != nil {
		t.Fatalf("the other program said %q (%v)", line, err)
	}
	_, err = Start(t.Context(), Options{Dir: dir, KeepFree: mib})
	if want := fmt.Sprint("already open by process ", other.Process.Pid); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second opener: %v, want %q", err, want)
	}
	busy := connectTo(t, filepath.Join(dir, socketName))
	run(t, busy, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	run(t, busy, "INSERT INTO t VALUES (7)")
	go busy.Exec(t.Context(), "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)")
	eventually(t, "the engine is busy", func() bool {
		return one[uint64](t, busy, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sipHash64%'") == 1
	})

	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	e := startEngine(t, dir)
	if e.Pid() == pid {
		t.Error("this is still the old engine")
	}
	if got := one[uint8](t, connect(t, e), "SELECT a FROM t"); got != 7 {
		t.Errorf("read %d", got)
	}
}
