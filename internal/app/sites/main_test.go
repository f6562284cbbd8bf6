// Package sites holds a test on real software: a site made with hexo and a WordPress run
// on loopback, people and editors write on them with their own tools, and the whole of
// Huiyin reads them and rings phones. scripts/sites installs what it needs.
package sites

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"huiyin/internal/app"
)

// TestMain runs the tests, or is the engine that one of them started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(app.EngineChild(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// patience is when a test gives up.
const patience = 3 * time.Minute

// must is for what cannot fail unless the test itself is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// eventually waits for what nobody announces.
func eventually(what string, ok func() bool) error {
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("waited in vain for %s", what)
		}
	}
	return nil
}

// installed is the folder into which scripts/sites put a piece of software.
func installed(name string) (string, error) {
	cache := os.Getenv("HUIYIN_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(user, "huiyin")
	}
	dir := filepath.Join(cache, "sites", name)
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("%s is not installed; please run `make sites`, which installs it or says what to install: %w", name, err)
	}
	return dir, nil
}

// freeAddress is one on loopback that nobody listens on.
func freeAddress() string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	return ln.Addr().String()
}

// serve starts a program that runs until the test ends, and waits until it answers at an
// address. What it said is shown when the test fails.
func serve(t *testing.T, cmd *exec.Cmd, network, address string) error {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s (`make sites` installs it): %w", filepath.Base(cmd.Path), err)
	}
	gone := make(chan struct{})
	go func() {
		cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-gone
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), said.Bytes())
		}
	})
	ended := false
	err := eventually("an answer at "+address, func() bool {
		select {
		case <-gone:
			ended = true
			return true
		default:
		}
		conn, err := net.Dial(network, address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	if ended {
		return fmt.Errorf("%s ended at once: %s", filepath.Base(cmd.Path), said.Bytes())
	}
	return err
}

// run runs a program to its end and returns what it printed.
func run(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("%s: %w: %s%s", cmd, err, out, exit.Stderr)
	}
	return out, err
}
