package chdb

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ClickHouse's error codes that this room gives itself.
const (
	codeBadArguments = 36
	codeCannotWrite  = 75
	codeNoSpace      = 243
)

// guard stands between a write and its acknowledgement. This build of the
// engine counts a failed write() (full disk, I/O error) but goes on as if it
// had worked. Once the counter has moved nothing in this process can be
// trusted any more: no further write is acknowledged, and the process ends as
// if killed, without the clean close that would write more broken files. What
// then opens the folder again sees the parts that are whole and no others.
type guard struct {
	mu       sync.Mutex
	conn     *conn
	dir      string
	keepFree uint64 // bytes
	moved    atomic.Bool
	die      func() // ends the process, soon
}

// failedWrites reads the counter; 1.5 ms.
func failedWrites(c *conn) (uint64, error) {
	text, err := c.text("SELECT sum(value) FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'")
	if err != nil {
		return 0, fmt.Errorf("read the counter of failed writes: %w", err)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the counter of failed writes: %w", err)
	}
	return n, nil
}

// check returns an error if any write of this process ever failed, or if that
// cannot be told.
func (g *guard) check() error {
	g.mu.Lock()
	if g.conn == nil { // closed: watch came late, nothing writes any more
		g.mu.Unlock()
		return nil
	}
	now, err := failedWrites(g.conn)
	g.mu.Unlock()
	if err == nil && now == 0 && !g.moved.Load() {
		return nil
	}
	if !g.moved.Swap(true) {
		g.die()
	}
	if err != nil {
		return err
	}
	return g.refused()
}

func (g *guard) refused() error {
	return &engineError{code: codeCannotWrite, text: fmt.Sprintf("Code: %d. DB::Exception: the disk of %s refused a write "+
		"(is it full?); nothing of this statement is certain, the engine reopens. (CANNOT_WRITE_TO_FILE_DESCRIPTOR)", codeCannotWrite, g.dir)}
}

// admit refuses a write once a write has failed, and while the disk holds less
// than the floor, so that it does not fill up to where writes fail.
func (g *guard) admit() error {
	if g.moved.Load() {
		return g.refused()
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(g.dir, &fs); err != nil {
		return fmt.Errorf("ask for free space in %s: %w", g.dir, err)
	}
	if free := fs.Bavail * uint64(fs.Bsize); free < g.keepFree {
		return &engineError{code: codeNoSpace, text: fmt.Sprintf("Code: %d. DB::Exception: the disk of %s has %d MiB free and %d MiB "+
			"are kept free: nothing is written until there is room. (NOT_ENOUGH_SPACE)", codeNoSpace, g.dir, free>>20, g.keepFree>>20)}
	}
	return nil
}

// close ends the guard's connection, after the last check.
func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conn.close()
	g.conn = nil
}

// watch checks on its own, for the sake of merges: their sources stay for
// oldPartsLifetime, so a broken merge is found while it can be undone.
func (g *guard) watch(stop <-chan struct{}) {
	tick := time.NewTicker(guardInterval)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			// check itself ends the process.
			_ = g.check()
		}
	}
}

// Merged parts' sources are kept for oldPartsLifetime; guardInterval lies well
// below it.
const (
	oldPartsLifetime = 480 * time.Second
	guardInterval    = 10 * time.Second
)
