package app

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"huiyin/internal/chdb"
)

// engine starts the embedded engine and tries again while that fails: a full disk or
// a missing library must not keep alerts from officers.
type engine struct {
	opt     chdb.Options
	started chan struct{} // closed when it first runs
	mu      sync.Mutex
	run     *chdb.Engine
	err     error // why it does not run
	over    bool
}

func newEngine(o chdb.Options) *engine {
	return &engine{opt: o, started: make(chan struct{}), err: errors.New("the embedded engine starts")}
}

const (
	retryEngine = 30 * time.Second
	dialEngine  = 5 * time.Second
)

// keep starts the engine, however often it takes, and returns when it runs or ctx ends.
func (e *engine) keep(ctx context.Context) {
	for {
		run, err := chdb.Start(ctx, e.opt)
		e.mu.Lock()
		e.run, e.err = run, err
		if e.over && run != nil { // closed meanwhile
			run.Close()
		}
		e.mu.Unlock()
		if err == nil {
			close(e.started)
			return
		}
		e.opt.Log.Error("embedded engine", "error", err, "again_in", retryEngine)
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryEngine):
		}
	}
}

func (e *engine) get() (*chdb.Engine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.run, e.err
}

// dial connects to the engine; while it starts for the first time it waits a while.
func (e *engine) dial(ctx context.Context, addr string) (net.Conn, error) {
	select {
	case <-e.started:
	case <-ctx.Done():
	case <-time.After(dialEngine):
	}
	run, err := e.get()
	if err != nil {
		return nil, err
	}
	return run.DialContext(ctx, addr)
}

// health returns how often the engine was restarted, how many parts of tables it
// found broken, and why it does not work (nil: it does).
func (e *engine) health() (restarts, detached int, err error) {
	run, err := e.get()
	if err != nil {
		return 0, 0, err
	}
	return run.Restarts(), run.DetachedParts(), run.Healthy()
}

func (e *engine) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.run == nil {
		return nil
	}
	return e.run.Close()
}
