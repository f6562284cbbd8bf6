package chdb

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// process is one life of the child.
type process struct {
	cmd     *exec.Cmd
	started time.Time
	stdin   io.Closer     // closing it ends the child
	ready   chan struct{} // closed when it serves
	serves  func()        // closes ready, once
	ended   chan struct{} // closed when it is gone, then err is set
	err     error
}

// spawn starts a child and waits until it serves, ends, or ctx ends.
func (e *Engine) spawn(ctx context.Context) error {
	p, err := e.launch()
	if err != nil {
		return fmt.Errorf("start the engine's process: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	select {
	case <-p.ready:
		e.mu.Lock()
		defer e.mu.Unlock()
		e.proc, e.ready, e.failure = p, true, nil
		close(e.up)
		return nil
	case <-p.ended:
		return p.err
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("the engine's process did not open its folder in time: %w", ctx.Err())
	}
}

func (e *Engine) launch() (*process, error) {
	argv := e.opt.ChildArgv
	cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)],
		"-dir", e.opt.Dir, "-library", e.opt.Library, "-keep-free", strconv.FormatInt(e.opt.KeepFree, 10))...)
	cmd.Env = e.environment()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, started: time.Now(), stdin: stdin, ready: make(chan struct{}), ended: make(chan struct{})}
	p.serves = sync.OnceFunc(func() { close(p.ready) })
	var readers sync.WaitGroup
	last := &tail{}
	readers.Go(func() { e.readEvents(p, stdout) })
	readers.Go(func() {
		eachLine(stderr, func(line string) { last.add(line); e.log.Warn("embedded engine says", "line", line) })
	})
	go func() {
		readers.Wait()
		err := cmd.Wait()
		if err == nil {
			err = errors.New("the engine's process ended by itself")
		}
		if words := last.String(); words != "" {
			err = fmt.Errorf("%w: %s", err, words)
		}
		p.err = err
		close(p.ended)
	}()
	return p, nil
}

// environment is what the child needs and no more: the parent's may hold
// secrets. TZ and malloc's settings must be there before the library loads.
func (e *Engine) environment() []string {
	env := []string{"TZ=" + e.opt.TimeZone, "MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0"}
	for _, name := range []string{"LD_LIBRARY_PATH", "TMPDIR", "GORACE"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func (e *Engine) readEvents(p *process, stdout io.Reader) {
	eachLine(stdout, func(line string) {
		var ev event
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			e.log.Warn("embedded engine says", "line", line)
			return
		}
		for _, what := range ev.Repaired {
			e.log.Warn("embedded engine: repaired its folder before opening", "what", what)
		}
		if ev.Warning != "" {
			e.log.Warn("embedded engine", "warning", ev.Warning)
		}
		if n := ev.Detached; n != nil {
			e.mu.Lock()
			e.detached = *n
			e.mu.Unlock()
			if *n > 0 {
				e.log.Error("embedded engine: broken data parts were set aside, their rows are missing", slog.Int("parts", *n))
			}
		}
		if ev.Ready {
			p.serves()
		}
	})
}

// supervise starts the child again whenever it ends: at once if it had lived a
// while, and with growing pauses while it does not come up.
func (e *Engine) supervise() {
	defer close(e.gone)
	for {
		select {
		case <-e.stop:
			e.end(e.proc)
			return
		case <-e.proc.ended:
		}
		e.mu.Lock()
		e.ready, e.failure, e.up = false, e.proc.err, make(chan struct{})
		e.mu.Unlock()
		e.log.Warn("embedded engine ended", "pid", e.proc.cmd.Process.Pid, "err", e.proc.err)
		if !e.restart() {
			return
		}
	}
}

// restart is false when Close was called meanwhile.
func (e *Engine) restart() bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-e.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	if time.Since(e.proc.started) < shortLife && !sleep(ctx, firstPause) {
		return false
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		e.mu.Lock()
		e.restarts++
		e.mu.Unlock()
		err := e.spawn(ctx)
		if err == nil {
			e.log.Info("embedded engine ready again", "pid", e.Pid(), "restarts", e.Restarts())
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		e.mu.Lock()
		e.failure = err
		e.mu.Unlock()
		e.log.Error("embedded engine does not start", "err", err, "again_in", pause)
		if !sleep(ctx, pause) {
			return false
		}
	}
}

// sleep is false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// end asks the child to go, then makes it.
func (e *Engine) end(p *process) {
	_ = p.stdin.Close() // already closed if the child is gone
	select {
	case <-p.ended:
	case <-time.After(closeTime):
		e.log.Warn("embedded engine did not end when told and is killed", "pid", p.cmd.Process.Pid)
		p.kill()
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only if it is already gone
	<-p.ended
}

// tail keeps the last lines that a child said, for the error that tells of its
// end.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lines = append(t.lines, line); len(t.lines) > 5 {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, " | ")
}

// eachLine reads r to its end, whatever the length of its lines; f gets at
// most 4 KiB of each.
func eachLine(r io.Reader, f func(string)) {
	br := bufio.NewReaderSize(r, 4096)
	for {
		line, more, err := br.ReadLine()
		if err != nil {
			return
		}
		if text := strings.TrimSpace(string(line)); text != "" {
			f(text)
		}
		for more && err == nil {
			_, more, err = br.ReadLine()
		}
	}
}
