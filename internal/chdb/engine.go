// Package chdb is the room of the embedded engine: ClickHouse as a shared
// library (libchdb), loaded without cgo in a supervised child process of the
// same binary, which speaks ClickHouse's HTTP protocol on a unix socket. To
// clickhouse-go it is one more HTTP server:
//
//	engine, err := chdb.Start(ctx, chdb.Options{Dir: dir, Log: log})
//	conn, err := clickhouse.Open(&clickhouse.Options{
//		Protocol:    clickhouse.HTTP,
//		Addr:        []string{"embedded:8123"}, // any name: DialContext decides
//		DialContext: engine.DialContext,
//	})
//
// Leave Options.Compression and Options.HttpHeaders unset; external tables,
// HTTP sessions and roles are refused. A write that was answered without an
// error is on the disk. A write that failed, or whose answer was lost, may or
// may not be there: send it again with the same insert_deduplication_token.
package chdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"huiyin/internal/chdb/fetch"
	"huiyin/internal/chdb/flock"
)

// Options say where and how the engine runs. Dir is required; the zero value
// of every other field means its default.
type Options struct {
	Dir       string       // folder of the engine, made if missing; one engine per folder
	Library   string       // libchdb file; default fetch.Path()
	Log       *slog.Logger // default: no log
	ChildArgv []string     // program and arguments that reach ChildMain; default this program and "engine-child"
	TimeZone  string       // the engine's time zone; default Asia/Shanghai
	KeepFree  int64        // bytes of disk below which nothing is written; default 1 GiB
}

// Engine is a running embedded engine and the supervisor of its process.
type Engine struct {
	opt    Options
	log    *slog.Logger
	lock   *flock.Lock
	socket string // path to dial
	short  string // folder of a short link to Dir, "" when the socket's own path is short enough

	stop chan struct{} // closed by Close
	gone chan struct{} // closed when the supervisor has ended

	mu       sync.Mutex
	proc     *process
	up       chan struct{} // closed while the engine is ready
	ready    bool
	failure  error // why it is not ready
	restarts int
	detached int
}

// How long things may take, and how soon a dead engine is started again.
const (
	startTime   = 60 * time.Second // for the child to open the folder
	dialWait    = 10 * time.Second // for a restart to end, in DialContext
	redialPause = 10 * time.Millisecond
	closeTime   = drainTime + endTime + time.Second
	shortLife   = time.Second // a child that ended sooner waits firstPause
	firstPause  = 100 * time.Millisecond
	lastPause   = 10 * time.Second
)

// ErrClosed is what a closed Engine answers.
var ErrClosed = errors.New("the embedded engine is closed")

// Start opens the engine in opt.Dir and returns when it is ready. It fails at
// once with "already open by …" when another process has the folder, and says
// what to do when the library is missing. ctx bounds the start only.
func Start(ctx context.Context, opt Options) (*Engine, error) {
	e := &Engine{stop: make(chan struct{}), gone: make(chan struct{}), up: make(chan struct{})}
	if err := e.defaults(opt); err != nil {
		return nil, fmt.Errorf("start the embedded engine: %w", err)
	}
	if err := e.claim(); err != nil {
		return nil, fmt.Errorf("start the embedded engine in %s: %w", e.opt.Dir, err)
	}
	err := e.spawn(ctx)
	if err == nil {
		go e.supervise()
		e.log.Info("embedded engine ready", "socket", filepath.Join(e.opt.Dir, socketName), "pid", e.Pid())
		return e, nil
	}
	e.release()
	return nil, fmt.Errorf("start the embedded engine in %s: %w", e.opt.Dir, err)
}

func (e *Engine) defaults(opt Options) (err error) {
	if opt.Dir == "" {
		return errors.New("Options.Dir is empty")
	}
	if opt.Dir, err = filepath.Abs(opt.Dir); err != nil {
		return err
	}
	// The engine would take the folder's name for a pattern, and its tables for
	// files of any format.
	if strings.ContainsAny(opt.Dir, `*?{\`) {
		return fmt.Errorf("the folder's path %s has one of * ? { \\ in it, which the engine cannot handle; choose another", opt.Dir)
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.TimeZone == "" {
		opt.TimeZone = "Asia/Shanghai"
	}
	if opt.KeepFree == 0 {
		opt.KeepFree = 1 << 30
	}
	if opt.KeepFree < 0 {
		return errors.New("Options.KeepFree is negative")
	}
	if len(opt.ChildArgv) == 0 {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		opt.ChildArgv = []string{self, "engine-child"}
	}
	if opt.Library == "" {
		if opt.Library, err = fetch.Path(); err != nil {
			return err
		}
	}
	if err := fetch.Verify(opt.Library); err != nil {
		return err
	}
	e.opt, e.log = opt, opt.Log
	return checkLibrary(opt.Library)
}

// claim makes the folder, sees that it can be written to (the engine itself
// would fail without a message), and locks it.
func (e *Engine) claim() error {
	if err := os.MkdirAll(e.opt.Dir, 0o700); err != nil {
		return err
	}
	lock, err := flock.Try(filepath.Join(e.opt.Dir, parentLock))
	var held *flock.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("already open by process %d; stop that one first, or use another folder", held.Pid)
	}
	if err != nil {
		return fmt.Errorf("the folder cannot be written to: %w", err)
	}
	e.lock = lock
	if e.socket, e.short, err = dialPath(e.opt.Dir); err != nil {
		e.release()
	}
	return err
}

func (e *Engine) release() {
	if e.short != "" {
		if err := os.RemoveAll(e.short); err != nil {
			e.log.Warn("embedded engine: remove the short link to its folder", "err", err)
		}
	}
	if err := e.lock.Unlock(); err != nil {
		e.log.Warn("embedded engine: unlock its folder", "err", err)
	}
}

// maxSocketPath is what a socket's address holds on Linux and macOS alike.
const maxSocketPath = 103

// dialPath is a name of the socket that fits into an address: its own or, in a
// deep folder, one through a link in the system's temporary folder.
func dialPath(dir string) (socket, short string, err error) {
	if socket = filepath.Join(dir, socketName); len(socket) <= maxSocketPath {
		return socket, "", nil
	}
	if short, err = os.MkdirTemp("", "huiyin"); err != nil {
		return "", "", fmt.Errorf("make a short name for the engine's socket: %w", err)
	}
	link := filepath.Join(short, "d")
	if err = os.Symlink(dir, link); err != nil {
		return "", short, fmt.Errorf("make a short name for the engine's socket: %w", err)
	}
	return filepath.Join(link, socketName), short, nil
}

// DialContext connects to the engine, for clickhouse.Options.DialContext. addr
// is ignored. While the engine restarts it waits, up to 10 s.
func (e *Engine) DialContext(ctx context.Context, _ string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	var d net.Dialer
	for {
		e.mu.Lock()
		up := e.up
		e.mu.Unlock()
		select {
		case <-up:
		case <-e.stop:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, errors.Join(e.Healthy(), ctx.Err())
		}
		conn, err := d.DialContext(ctx, "unix", e.socket)
		if err == nil {
			return conn, nil
		}
		// A killed process still counts as up until the kernel has freed its
		// memory, but its socket is dead at once.
		if !sleep(ctx, redialPause) {
			return nil, fmt.Errorf("reach the embedded engine: %w", err)
		}
	}
}

// Healthy is nil while the engine is ready, and else says why it is not.
func (e *Engine) Healthy() error {
	select {
	case <-e.stop:
		return ErrClosed
	default:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ready:
		return nil
	case e.failure != nil:
		return fmt.Errorf("the embedded engine is down, %d restarts so far: %w", e.restarts, e.failure)
	}
	return errors.New("the embedded engine starts")
}

// Pid is the process id of the engine's child, of the last one while it is
// down.
func (e *Engine) Pid() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.proc.cmd.Process.Pid
}

// Restarts counts how often the child was started again.
func (e *Engine) Restarts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.restarts
}

// DetachedParts is how many data parts the engine has set aside as broken, as
// counted at its start and every hour since. Anything but 0 is an alarm: those
// rows are missing from every answer.
func (e *Engine) DetachedParts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.detached
}

// Close ends the engine: running statements get 3 s. Safe to call twice.
func (e *Engine) Close() error {
	e.mu.Lock()
	select {
	case <-e.stop:
		e.mu.Unlock()
		<-e.gone
		return nil
	default:
	}
	close(e.stop)
	e.mu.Unlock()
	<-e.gone
	e.release()
	return nil
}
