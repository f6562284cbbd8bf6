package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestCancelled(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.serve = func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Length", strconv.Itoa(len(w.tgz)))
		rw.Write(w.tgz[:len(w.tgz)/2])
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	var progress bytes.Buffer
	_, err := Ensure(ctx, writerFunc(func(p []byte) {
		progress.Write(p)
		cancel()
	}))
	if err != errInterrupted || strings.Contains(progress.String(), "cancel") {
		t.Errorf("%v\n%s", err, &progress)
	}
	w.serve = w.content
	w.ensure(t)
	if len(w.ranges) != 2 || w.ranges[1] == "" {
		t.Errorf("the next run did not go on: %q", w.ranges)
	}
}

// TestCancelledUnpacking ends the context between any two looks at it: there is
// the whole library or nothing, and the package is kept for the next run.
func TestCancelledUnpacking(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Dir(w.path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tarball := filepath.Join(dir, "engine.tgz")
	if err := os.WriteFile(tarball, w.tgz, 0o644); err != nil {
		t.Fatal(err)
	}
	for looks := 0; ; looks++ {
		err := install(&ending{t.Context(), looks}, w.pin, tarball, w.path)
		left, readErr := os.ReadDir(dir)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err == nil {
			reading := &ending{t.Context(), looks}
			if err := extract(during(reading, bytes.NewReader(w.tgz)), io.Discard, w.pin.LibrarySize); err != nil {
				t.Fatal(err)
			}
			if looks < 10 || reading.left == 0 { // 300 kB in some pieces, and once more when all is on the disk
				t.Errorf("unpacked after %d looks at the context, all but %d while reading", looks, reading.left)
			}
			break
		}
		if !errors.Is(err, context.Canceled) || len(left) != 1 {
			t.Fatalf("after %d looks: %v, left %v", looks, err, left)
		}
	}
	w.ensure(t)

	if err := os.Remove(w.path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Ensure(ctx, writerFunc(func(p []byte) {
		if strings.Contains(string(p), "unpacking") {
			cancel()
		}
	}))
	if err != errInterrupted {
		t.Error(err)
	}
	before := len(w.ranges)
	w.ensure(t)
	if len(w.ranges) != before {
		t.Error("the package was fetched again")
	}
}

// TestCancelledCheck ends the context while what is there is read: nothing is
// thrown away for that.
func TestCancelledCheck(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Dir(w.path)
	for _, name := range []string{"engine.tgz", "engine.tgz.part"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), w.tgz, 0o644); err != nil {
			t.Fatal(err)
		}
		for looks := range 8 {
			ctx := &ending{t.Context(), looks}
			var err error
			if name == "engine.tgz" {
				err = obtain(ctx, w.pin, filepath.Join(dir, name), io.Discard)
			} else {
				err = downloadChecked(ctx, w.pin, "http://127.0.0.1:1/", filepath.Join(dir, name), io.Discard)
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%s, %d looks: %v", name, looks, err)
			}
		}
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, w.tgz) {
			t.Errorf("%s is not there any more: %v", name, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "engine.tgz.part")); err != nil {
		t.Fatal(err)
	}
	w.ensure(t)
	if len(w.ranges) != 0 {
		t.Errorf("%d requests", len(w.ranges))
	}
	if err := os.Remove(stampPath(w.path)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ensure(ctx, io.Discard); err != errInterrupted {
		t.Error(err)
	}
	w.ensure(t)
	if len(w.ranges) != 0 {
		t.Errorf("%d requests", len(w.ranges))
	}
}

// ending is a context that ends after so many looks at it.
type ending struct {
	context.Context
	left int
}

func (e *ending) Err() error {
	if e.left == 0 {
		return context.Canceled
	}
	e.left--
	return nil
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }
