package chdb

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"huiyin/internal/chdb/fetch"
)

// libraryPath is the real library; every test of this room runs on it.
var libraryPath string

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if f, ok := childModes[os.Args[1]]; ok {
			os.Exit(f(os.Args[2:]))
		}
	}
	if os.Getenv("GORACE") == "" {
		// The race detector lets each engine's process sleep a second at its end.
		os.Setenv("GORACE", "atexit_sleep_ms=10")
	}
	var err error
	if libraryPath, err = fetch.Path(); err == nil {
		err = fetch.Verify(libraryPath)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		fmt.Fprintln(os.Stderr, "FAIL: the embedded engine is not on this machine: run `make engine`")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// childModes are what the test binary does when it is started again as another
// program.
var childModes = map[string]func(args []string) int{
	"engine-child": ChildMain,
}

const mib = 1 << 20

// startEngine runs an engine in dir until the test ends.
func startEngine(t testing.TB, dir string, change ...func(*Options)) *Engine {
	t.Helper()
	opt := Options{Dir: dir, KeepFree: mib, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	for _, f := range change {
		f(&opt)
	}
	e, err := Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// connect opens clickhouse-go as the warehouse does.
func connect(t testing.TB, e *Engine) driver.Conn {
	t.Helper()
	return open(t, e.DialContext)
}

// connectTo reaches an engine of another program.
func connectTo(t testing.TB, socket string) driver.Conn {
	t.Helper()
	return open(t, func(ctx context.Context, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	})
}

func open(t testing.TB, dial func(context.Context, string) (net.Conn, error)) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol:    clickhouse.HTTP,
		Addr:        []string{"embedded:8123"},
		DialContext: dial,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func run(t testing.TB, conn driver.Conn, sql string, args ...any) {
	t.Helper()
	if err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func one[T any](t testing.TB, conn driver.Conn, sql string, args ...any) (v T) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// eventually waits for what another process does; the deadline is only for a
// test that fails.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func withSettings(ctx context.Context, s clickhouse.Settings) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(s))
}
