package chdb

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"huiyin/internal/chdb/flock"
)

// What lies in the folder that Options.Dir names.
const (
	dataName   = "data"       // the engine's own folder
	configName = "engine.xml" // its configuration, written anew when it changes
	socketName = "engine.sock"
	parentLock = "parent.lock" // held by the process that called Start
	childLock  = "engine.lock" // held by the process that has the engine loaded
	copiesName = "definitions" // copies of table definitions
	asideName  = "aside"       // bad files that repair took out
)

// How long the child waits for others, and others for it.
const (
	predecessorWait = 15 * time.Second // for the child of a killed parent to end
	drainTime       = 3 * time.Second  // for running statements when told to end
	endTime         = 6 * time.Second  // then for the engine to close
	lastWords       = 50 * time.Millisecond
	lockGap         = 100 * time.Millisecond
	detachedEvery   = time.Hour
)

// event is a line of JSON that the child writes to its standard output.
type event struct {
	Ready    bool     `json:"ready,omitempty"`
	Version  string   `json:"version,omitempty"`
	Repaired []string `json:"repaired,omitempty"`
	Detached *int     `json:"detached,omitempty"` // parts that the engine set aside as broken
	Warning  string   `json:"warning,omitempty"`
}

// ChildMain is the hidden subcommand that Start runs: it opens the engine and
// serves it until its standard input closes, which happens even when the
// parent is killed. (Linux's Pdeathsig is no substitute: it fires when the
// thread that started the child ends.) The result is an exit code.
func ChildMain(args []string) int {
	fs := flag.NewFlagSet("engine-child", flag.ContinueOnError)
	dir := fs.String("dir", "", "folder of the engine")
	library := fs.String("library", "", "libchdb file, already checked")
	keepFree := fs.Uint64("keep-free", 0, "bytes of disk to leave free")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	// A Ctrl-C at the terminal reaches the child too; the parent decides.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	syscall.Umask(0o077) // the data, and the socket, are the user's alone
	c := &child{dir: *dir, library: *library, keepFree: *keepFree, events: json.NewEncoder(os.Stdout)}
	if err := c.run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

type child struct {
	dir      string
	library  string
	keepFree uint64

	mu     sync.Mutex
	events *json.Encoder
	server *server
}

func (c *child) say(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.events.Encode(e) // with the parent gone nobody listens, and stdin says so
}

func (c *child) run(stdin io.Reader) error {
	// The socket's name must be short, so it is bound relative to the folder.
	if err := os.Chdir(c.dir); err != nil {
		return fmt.Errorf("open the engine's folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), predecessorWait)
	// Never unlocked: this process has the folder until its last moment.
	_, err := flock.Wait(ctx, filepath.Join(c.dir, childLock), func(h *flock.HeldError) {
		c.say(event{Warning: "an earlier engine process still ends: " + h.Error()})
	})
	cancel()
	if err != nil {
		return fmt.Errorf("the engine's folder is still in use after %v: %w", predecessorWait, err)
	}
	base, err := c.open()
	if err != nil {
		return err
	}
	listener, err := listen()
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: c.server, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxHeaders}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	stop := make(chan struct{})
	go c.server.guard.watch(stop)
	go c.countDetached(stop)
	c.say(event{Ready: true, Version: c.server.version})

	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // nothing is ever sent: it ends when the parent wants, or is gone
		close(ended)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the engine's socket: %w", err)
	case <-ended:
	}
	close(stop)
	// A kill is safe at any moment, so nothing is lost by not waiting longer.
	time.AfterFunc(drainTime+endTime, func() { os.Exit(0) })
	ctx, cancel = context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return nil // a statement still runs: closing the engine under it would crash
	}
	c.server.guard.close()
	base.close()
	return nil
}

// open repairs the folder, loads the library and opens the engine on it.
func (c *child) open() (base *conn, err error) {
	data := filepath.Join(c.dir, dataName)
	v := &vault{data: data, copies: filepath.Join(c.dir, copiesName), aside: filepath.Join(c.dir, asideName)}
	config, err := writeConfig(c.dir, c.keepFree)
	if err != nil {
		return nil, err
	}
	lib, err := loadLibrary(c.library)
	if err != nil {
		return nil, err
	}
	open := func() (*conn, error) { return lib.open("--path="+data, "--config-file="+config) }
	if base, err = c.openRepaired(v, open); err != nil {
		return nil, err
	}
	watch, err := open()
	if err != nil {
		return nil, err
	}
	zone, err := base.text("SELECT timezone()")
	if err != nil {
		return nil, fmt.Errorf("ask the engine for its time zone: %w", err)
	}
	if want := os.Getenv("TZ"); zone != want {
		return nil, fmt.Errorf("the engine took time zone %q instead of %q", zone, want)
	}
	version, err := base.text("SELECT version()")
	if err != nil {
		return nil, fmt.Errorf("ask the engine for its version: %w", err)
	}
	g := &guard{conn: watch, dir: c.dir, keepFree: c.keepFree, die: func() {
		fmt.Fprintln(os.Stderr, "a write to the disk failed: this engine process ends at once and is opened anew")
		// Time for the answer to go out; no write is acknowledged meanwhile.
		time.AfterFunc(lastWords, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
	}}
	// A merge may already run: a write that failed so early counts too.
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("while the engine opened: %w", err)
	}
	if err := v.save(); err != nil {
		c.say(event{Warning: err.Error()})
	}
	c.server = &server{open: open, guard: g, vault: v, version: version, timeZone: zone, slots: make(chan struct{}, maxStatements)}
	n, err := c.detached()
	if err != nil {
		return nil, err
	}
	c.say(event{Detached: &n})
	return base, nil
}

// openRepaired opens the engine, and once more if the first time it set parts
// aside whose tokens it had already read.
func (c *child) openRepaired(v *vault, open func() (*conn, error)) (*conn, error) {
	for again := false; ; again = true {
		repaired, err := v.repair()
		if len(repaired) > 0 {
			c.say(event{Repaired: repaired})
		}
		if err != nil {
			return nil, err
		}
		base, err := open()
		if err != nil {
			// A predecessor's end frees our lock a moment before the engine's own.
			time.Sleep(lockGap)
			if base, err = open(); err != nil {
				return nil, err
			}
		}
		stray, err := v.strayTokens(false)
		if err == nil && stray > 0 && again {
			err = errors.New("the engine lost parts each time that it opened")
		}
		if err == nil && stray == 0 {
			return base, nil
		}
		base.close()
		if err != nil {
			return nil, err
		}
	}
}

// listen binds the socket, over one that a killed process left. Only the
// holder of the child's lock gets here.
func listen() (net.Listener, error) {
	if err := os.Remove(socketName); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	l, err := net.Listen("unix", socketName)
	if err != nil {
		return nil, fmt.Errorf("open the engine's socket: %w", err)
	}
	return l, nil
}

// detached counts the parts that the engine has set aside: it does so without
// a word when a part's files are missing or cut off.
func (c *child) detached() (int, error) {
	conn, err := c.server.open()
	if err != nil {
		return 0, err
	}
	defer conn.close()
	text, err := conn.text("SELECT count() FROM system.detached_parts")
	if err != nil {
		return 0, fmt.Errorf("count the detached parts: %w", err)
	}
	return strconv.Atoi(text)
}

func (c *child) countDetached(stop <-chan struct{}) {
	tick := time.NewTicker(detachedEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if n, err := c.detached(); err != nil {
			c.say(event{Warning: err.Error()})
		} else {
			c.say(event{Detached: &n})
		}
	}
}
