package chdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func init() {
	childModes["engine-once"] = engineOnce
	childModes["refuses"] = func([]string) int {
		fmt.Fprintln(os.Stderr, "first line\nthe reason")
		return 3
	}
}

// engineOnce is a child that comes up only the first time.
func engineOnce(args []string) int {
	f, err := os.OpenFile(filepath.Join(args[0], "once"), os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, "not again")
		return 3
	}
	f.Close()
	return ChildMain(args[1:])
}

// TestStartErrors sees that each way to fail says what happened and what to do.
func TestStartErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	cut := filepath.Join(dir, "cut.so")
	text := filepath.Join(dir, "text.so")
	in, err := os.Open(libraryPath)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, mib))
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{file: nil, cut: head, text: []byte("<html>503</html>")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, opt := range map[string]Options{
		"Options.Dir is empty":                   {},
		"KeepFree is negative":                   {Dir: dir, KeepFree: -1},
		"not there; run `make engine`":           {Dir: dir, Library: filepath.Join(dir, "nowhere.so")},
		"is cut off: it has 1048576 bytes":       {Dir: dir, Library: cut},
		"bad magic number":                       {Dir: dir, Library: text},
		"cannot handle; choose another":          {Dir: filepath.Join(dir, "a*b")},
		"not a directory":                        {Dir: file},
		"exit status 3: first line | the reason": {Dir: dir, ChildArgv: []string{os.Args[0], "refuses"}},
		"no such file":                           {Dir: dir, ChildArgv: []string{filepath.Join(dir, "nowhere")}},
		"Mars/Olympus":                           {Dir: filepath.Join(dir, "zone"), TimeZone: "Mars/Olympus"},
	} {
		e, err := Start(t.Context(), opt)
		if err == nil {
			e.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", opt, err, want)
		}
	}
}

// TestDeepFolder has a path that no socket's address can hold.
func TestDeepFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("很深的文件夹", 10), "a [b]'")
	e := startEngine(t, dir)
	conn := connect(t, e)
	run(t, conn, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	if copies, _ := filepath.Glob(filepath.Join(globEscaper.Replace(dir), copiesName, "store/*/*/t.sql")); len(copies) != 1 {
		t.Errorf("copies of the definition: %v", copies)
	}
	short := e.short
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(short); short == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the short link %q is still there: %v", short, err)
	}
}

// TestClose closes an engine that is busy, looks for what is left, and opens
// the folder again at once.
func TestClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := startEngine(t, dir)
	conn := connect(t, e)
	go conn.Exec(t.Context(), "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)")
	eventually(t, "the engine is busy", func() bool {
		return one[uint64](t, conn, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(sipHash64%'") == 1
	})
	if st, err := os.Stat(filepath.Join(dir, socketName)); err != nil || st.Mode().Perm()&0o077 != 0 {
		t.Errorf("the socket's mode is %v, %v", st.Mode(), err)
	}
	pid := e.Pid()
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if _, err := e.DialContext(t.Context(), ""); !errors.Is(err, ErrClosed) {
		t.Errorf("dial after Close: %v", err)
	}
	if err := e.Healthy(); !errors.Is(err, ErrClosed) {
		t.Errorf("healthy after Close: %v", err)
	}
	if err := startEngine(t, dir).Healthy(); err != nil {
		t.Error(err)
	}
}

// TestDown kills a child that does not come up again: the reason must be told,
// callers must not wait beyond their time, and Close must work.
func TestDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := startEngine(t, dir, func(o *Options) { o.ChildArgv = []string{os.Args[0], "engine-once", dir} })
	if err := e.Healthy(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(e.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the reason is told", func() bool {
		err := e.Healthy()
		return err != nil && strings.Contains(err.Error(), "not again")
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.DialContext(ctx, ""); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "not again") {
		t.Errorf("dial while down: %v", err)
	}
}

// TestEachLine reads lines of any length.
func TestEachLine(t *testing.T) {
	t.Parallel()
	var got []int
	eachLine(strings.NewReader("ab\n\n"+strings.Repeat("x", 100_000)+"\nend"), func(s string) { got = append(got, len(s)) })
	if want := []int{2, 4096, 3}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
