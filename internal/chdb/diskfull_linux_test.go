package chdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

const smallDisk = 160 * mib

// onSmallDisk runs the calling test again in a process of its own that has a
// small disk (a tmpfs) in a mount namespace of its own: as root, or else in a
// user namespace, so that no privilege is needed. In that process it returns
// the disk's folder; in the first one it returns "" when the second is done.
func onSmallDisk(t *testing.T) string {
	const variable = "HUIYIN_TEST_SMALL_DISK"
	if dir := os.Getenv(variable); dir != "" {
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatalf("make mounts private: %v", err)
		}
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", smallDisk)); err != nil {
			t.Fatalf("mount the small disk: %v", err)
		}
		return dir
	}
	again := osexec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), variable+"="+t.TempDir())
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := again.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		// The kernel's settings forbid namespaces. TestRefusedWrites shows the
		// same on any machine, with a limit on files' size.
		fmt.Printf("disk full: no small disk can be mounted here (%v); shown by TestRefusedWrites only\n", err)
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "disk full:") {
			fmt.Print(line)
		}
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("on the small disk: %v\n%s", err, out)
	}
	return ""
}

// noise is text that does not compress, so that a batch needs its room on disk.
func noise(random *rand.Rand) string {
	b := make([]byte, 0, 1000)
	for len(b) < 1000 {
		b = binary.LittleEndian.AppendUint64(b, random.Uint64())
	}
	return string(b)
}

// TestDiskFull fills a small disk to its last bytes, again and again, while
// batches are shipped and tables are made and changed. Whatever was
// acknowledged must be there each time that the engine has reopened.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := onSmallDisk(t)
	if dir == "" {
		return
	}
	// Often the engine sees in time that there is no room; it is the rounds in
	// which a write is really refused that count.
	const leastRounds, mostRounds, leastRefused = 10, 60, 3
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	// A floor of one byte: the engine's own stop before the end is as good as
	// off, so that writes do fail.
	e := startEngine(t, filepath.Join(dir, "engine"), func(o *Options) { o.KeepFree = 1 })
	s := &shipment{conn: connect(t, e), rows: 100, text: func() string { return noise(random) }}
	run(t, s.conn, shipmentTable)
	var batch uint64
	var rounds, refused, tables, columns int
	for ; rounds < leastRounds || refused < leastRefused && rounds < mostRounds; rounds++ {
		// A batch takes 100 kB for its rows, which the engine asks for, and 40 kB
		// for its small files, which it does not. Aim in between.
		leave := random.Int64N(3)*140_000 + 100_000 + random.Int64N(40_000)
		if rounds%3 == 2 {
			leave = random.Int64N(16_000) // for the table and the column
		}
		fill(t, dir, leave)
		for range 20 {
			if s.send(t.Context(), batch) != nil {
				break
			}
			batch++
		}
		if err := s.last.Swap(nil); err != nil && strings.Contains((*err).Error(), "refused a write") {
			refused++
		}
		if s.conn.Exec(t.Context(), fmt.Sprintf("CREATE TABLE extra%d (a UInt8) ENGINE = MergeTree ORDER BY a", tables)) == nil {
			tables++
		}
		if s.conn.Exec(t.Context(), fmt.Sprintf("ALTER TABLE ship ADD COLUMN c%d String", columns)) == nil {
			columns++
		}
		if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
			t.Fatal(err)
		}
		// The interrupted batch goes out again, with its token.
		eventually(t, "there is room again", func() bool { return s.send(t.Context(), batch) == nil })
		batch++
		s.verify(t, batch)
		if got := one[uint64](t, s.conn, "SELECT count() FROM system.tables WHERE name LIKE 'extra%'"); got < uint64(tables) {
			t.Errorf("%d of %d acknowledged tables are there", got, tables)
		}
		if got := one[uint64](t, s.conn, "SELECT count() FROM system.columns WHERE table = 'ship' AND name LIKE 'c%'"); got < uint64(columns) {
			t.Errorf("%d of %d acknowledged columns are there", got, columns)
		}
		run(t, s.conn, fmt.Sprintf("DROP TABLE IF EXISTS extra%d", tables)) // it may be there unacknowledged
		run(t, s.conn, fmt.Sprintf("ALTER TABLE ship DROP COLUMN IF EXISTS c%d", columns))
	}
	if refused < leastRefused {
		t.Errorf("a write was refused in %d rounds only: this showed nothing", refused)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	again := startEngine(t, filepath.Join(dir, "engine"))
	s.conn = connect(t, again)
	s.verify(t, batch)
	fmt.Printf("disk full: seed %d: %d rounds on %d MiB, %d with refused writes, %d restarts, %d batches, %d tables and %d columns acknowledged, none lost: %v; %d detached parts\n",
		seed, rounds, smallDisk/mib, refused, e.Restarts(), batch, tables, columns, !t.Failed(), again.DetachedParts())
}

// fill leaves about the given number of bytes free on dir's disk.
func fill(t *testing.T, dir string, leave int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	eventually(t, "the filler fits", func() bool {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(dir, &fs); err != nil {
			t.Fatal(err)
		}
		// The engine may take room between the question and the filling.
		return syscall.Fallocate(int(f.Fd()), 0, 0, max(1, int64(fs.Bavail)*int64(fs.Bsize)-leave)) == nil
	})
}

// TestFloor sees that a write is refused, with ClickHouse's code, while the
// disk holds less than the floor, and that reading goes on and the engine lives.
func TestFloor(t *testing.T) {
	t.Parallel()
	dir := onSmallDisk(t)
	if dir == "" {
		return
	}
	e := startEngine(t, filepath.Join(dir, "engine"), func(o *Options) { o.KeepFree = 32 * mib })
	s := &shipment{conn: connect(t, e), rows: 10, text: func() string { return "停水" }}
	run(t, s.conn, shipmentTable)
	if err := s.send(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	fill(t, dir, 31*mib)
	var ex *clickhouse.Exception
	if err := s.send(t.Context(), 1); !errors.As(err, &ex) || ex.Code != codeNoSpace {
		t.Errorf("below the floor: %v", err)
	}
	s.verify(t, 1)
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	if err := s.send(t.Context(), 1); err != nil {
		t.Error(err)
	}
	s.verify(t, 2)
	if e.Restarts() != 0 {
		t.Errorf("%d restarts", e.Restarts())
	}
}

func init() {
	childModes["small-files"] = smallFilesChild
}

const smallFile = 256 << 10

// smallFilesChild is an engine's child that cannot write a file beyond 256 KiB:
// write() fails there with EFBIG, as it does with ENOSPC on a full disk.
func smallFilesChild(args []string) int {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: smallFile, Max: smallFile}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return ChildMain(args)
}

// TestRefusedWrites ships batches of random size to an engine whose larger
// writes fail: an acknowledged one must be there after reopening, and one whose
// write failed must not have been acknowledged.
func TestRefusedWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	e := startEngine(t, dir, func(o *Options) { o.ChildArgv = []string{os.Args[0], "small-files"} })
	conn := connect(t, e)
	// Without merges: one would outgrow the limit each time the engine opens.
	run(t, conn, shipmentTable+" SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1")
	var refused int
	acked := map[uint64]int{}
	for batch := range uint64(30) {
		s := &shipment{conn: conn, rows: 50 + random.IntN(400), text: func() string { return noise(random) }}
		err := s.send(t.Context(), batch)
		if err == nil {
			acked[batch] = s.rows
			if s.rows*1000 > smallFile {
				t.Errorf("a batch of %d kB was acknowledged", s.rows)
			}
			continue
		}
		refused++
		if !strings.Contains(err.Error(), "refused a write") {
			t.Logf("batch of %d kB: %v", s.rows, err)
		}
		eventually(t, "the engine comes back", func() bool { return e.Restarts() == refused && e.Healthy() == nil })
	}
	if refused == 0 || len(acked) == 0 {
		t.Errorf("%d refused, %d acknowledged: this showed nothing", refused, len(acked))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	conn = connect(t, startEngine(t, dir))
	for batch, rows := range acked {
		if got := one[uint64](t, conn, "SELECT uniqExact(row) FROM ship WHERE batch = {b:UInt64}", clickhouse.Named("b", batch)); got != uint64(rows) {
			t.Errorf("batch %d: %d of %d acknowledged rows", batch, got, rows)
		}
	}
	fmt.Printf("refused writes: seed %d: %d batches acknowledged, all there: %v; %d refused, after each the engine reopened\n", seed, len(acked), !t.Failed(), refused)
}

// TestBrokenMerge lets the engine merge on its own where the merged part's
// file cannot be written. The engine believes that it worked; the guard's watch
// must end it, and reopening must bring the rows back from the merge's sources.
func TestBrokenMerge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 0))
	e := startEngine(t, dir, func(o *Options) { o.ChildArgv = []string{os.Args[0], "small-files"} })
	s := &shipment{conn: connect(t, e), rows: 60, text: func() string { return noise(random) }}
	run(t, s.conn, shipmentTable)
	var batches uint64
	for ; batches < 6 && e.Restarts() == 0; batches++ {
		if err := s.send(t.Context(), batches); err != nil {
			break // the merge came early, and its failure was seen by this batch's check
		}
	}
	eventually(t, "the broken merge is noticed", func() bool { return e.Restarts() > 0 })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	again := startEngine(t, dir)
	s.conn = connect(t, again)
	if batches < 6 {
		if err := s.send(t.Context(), batches); err != nil {
			t.Fatal(err)
		}
		batches++
	}
	s.verify(t, batches)
}
