package fetch

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// parcel is a small package like the real one.
type parcel struct {
	tgz, library []byte
	pin          pin
}

func newParcel(t testing.TB) *parcel {
	library := make([]byte, 300_000)
	random := rand.New(rand.NewPCG(1, 0))
	for i := range library {
		library[i] = byte(random.Uint32())
	}
	p := &parcel{library: library}
	p.tgz = pack(t, member{"package/index.js", tar.TypeReg, []byte("x")}, member{memberName, tar.TypeReg, library}, member{"package/late", tar.TypeReg, nil})
	tarSum, libSum := sha512.Sum512(p.tgz), sha256.Sum256(library)
	p.pin = pin{Package: packageName(platform()), TarballSize: int64(len(p.tgz)), TarballSHA512: base64.StdEncoding.EncodeToString(tarSum[:]),
		LibrarySize: int64(len(library)), LibrarySHA256: hex.EncodeToString(libSum[:])}
	return p
}

// world is a registry on the loopback, an npm client that knows only it, and an
// empty cache folder.
type world struct {
	*parcel
	path string // of the library
	npm  string // folder of the npm client

	mu     sync.Mutex
	ranges []string // the Range headers of the requests
	serve  func(w http.ResponseWriter, r *http.Request)
}

func newWorld(t *testing.T) *world {
	p := newParcel(t)
	w := &world{parcel: p, npm: t.TempDir()}
	w.serve = w.content
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.ranges = append(w.ranges, r.Header.Get("Range"))
		serve := w.serve
		w.mu.Unlock()
		serve(rw, r)
	}))
	t.Cleanup(server.Close)
	before, pause := pins[platform()], tryPause
	pins[platform()], tryPause = p.pin, 0
	t.Cleanup(func() { pins[platform()], tryPause = before, pause })
	t.Setenv(cacheVariable, t.TempDir())
	t.Setenv(engineVariable, "")
	w.client(t, `if [ "$1" = view ]; then echo '"`+server.URL+`/lib.tgz"'; exit; fi; echo "npm error nothing to pack" >&2; exit 1`)
	t.Setenv("PATH", w.npm+":/bin:/usr/bin")
	var err error
	if w.path, err = Path(); err != nil {
		t.Fatal(err)
	}
	return w
}

// client makes the npm client a shell script.
func (w *world) client(t *testing.T, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.npm, "npm"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// content serves the package as a good server does, ranges included.
func (w *world) content(rw http.ResponseWriter, r *http.Request) {
	http.ServeContent(rw, r, "lib.tgz", time.Time{}, bytes.NewReader(w.tgz))
}

// ensure fetches and compares what came, to the byte.
func (w *world) ensure(t *testing.T) string {
	t.Helper()
	var progress bytes.Buffer
	path, err := Ensure(t.Context(), &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	got, err := os.ReadFile(path)
	if err != nil || path != w.path || !bytes.Equal(got, w.library) {
		t.Fatalf("%s is not the library: %v", path, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 3 {
		t.Errorf("left in the folder beside library, stamp and lock: %v %v", left, err)
	}
	return progress.String()
}

// fails fetches and wants an error with all the given words in it, and no
// library.
func (w *world) fails(t *testing.T, words ...string) {
	t.Helper()
	_, err := Ensure(t.Context(), io.Discard)
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("error %v, want %q", err, word)
		}
	}
	if Verify(w.path) == nil {
		t.Error("a library is there all the same")
	}
}

func TestFetchOnce(t *testing.T) {
	w := newWorld(t)
	if text := w.ensure(t); !strings.Contains(text, "(100%)") {
		t.Errorf("progress:\n%s", text)
	}
	w.client(t, "exit 9")
	if text := w.ensure(t); text != "" || len(w.ranges) != 1 {
		t.Errorf("the second run said %q after %d requests", text, len(w.ranges))
	}
}

// TestResume has a server that breaks off again and again.
func TestResume(t *testing.T) {
	w := newWorld(t)
	w.serve = func(rw http.ResponseWriter, r *http.Request) {
		w.content(&breaking{ResponseWriter: rw, left: 50_000}, r)
	}
	w.ensure(t)
	for i, got := range w.ranges[1:] {
		var from int
		if _, err := fmt.Sscanf(got, "bytes=%d-", &from); err != nil || from < 1 || i > 10 {
			t.Errorf("request %d asked for %q", i+1, got)
		}
	}
	if len(w.ranges) < 5 {
		t.Errorf("only %d requests", len(w.ranges))
	}
}

// breaking ends the connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) >= b.left {
		b.ResponseWriter.Write(p[:b.left])
		b.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

// TestPartFile starts with what an earlier run left, in each way that a server
// may answer to that.
func TestPartFile(t *testing.T) {
	ignoreRange := func(w *world) func(http.ResponseWriter, *http.Request) {
		return func(rw http.ResponseWriter, r *http.Request) { r.Header.Del("Range"); w.content(rw, r) }
	}
	for name, c := range map[string]struct {
		part     func(w *world) []byte
		serve    func(w *world) func(http.ResponseWriter, *http.Request)
		requests int
	}{
		"half":               {part: func(w *world) []byte { return w.tgz[:100_000] }, requests: 1},
		"range ignored":      {part: func(w *world) []byte { return w.tgz[:100_000] }, serve: ignoreRange, requests: 1},
		"whole":              {part: func(w *world) []byte { return w.tgz }, requests: 0},
		"too long":           {part: func(w *world) []byte { return append(w.tgz[:len(w.tgz):len(w.tgz)], 1) }, requests: 1},
		"of something else":  {part: func(*world) []byte { return make([]byte, 100_000) }, requests: 2},
		"whole, but damaged": {part: func(w *world) []byte { return make([]byte, len(w.tgz)) }, requests: 1},
		"not satisfiable": {part: func(w *world) []byte { return w.tgz[:100_000] }, requests: 2, serve: func(w *world) func(http.ResponseWriter, *http.Request) {
			return func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					rw.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
					return
				}
				w.content(rw, r)
			}
		}},
		"another range than asked for": {part: func(w *world) []byte { return w.tgz[:100_000] }, requests: 2, serve: func(w *world) func(http.ResponseWriter, *http.Request) {
			return func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					r.Header.Set("Range", "bytes=7-")
				}
				w.content(rw, r)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			dir := filepath.Dir(w.path)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "engine.tgz.part"), c.part(w), 0o644); err != nil {
				t.Fatal(err)
			}
			if c.serve != nil {
				w.serve = c.serve(w)
			}
			w.ensure(t)
			if len(w.ranges) != c.requests {
				t.Errorf("%d requests %q instead of %d", len(w.ranges), w.ranges, c.requests)
			}
		})
	}
}

// TestDamaged damages a fetched library: it must be noticed and fetched again.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"gone":      os.Remove,
		"truncated": func(p string) error { return os.Truncate(p, 1000) },
		"flipped": func(p string) error {
			f, err := os.OpenFile(p, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			if _, err := f.WriteAt([]byte("flipped"), 5000); err != nil {
				return err
			}
			return f.Close()
		},
		"a folder": func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.Mkdir(p, 0o755)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.ensure(t)
			if err := damage(w.path); err != nil {
				t.Fatal(err)
			}
			if name == "a folder" { // nothing of ours: a person must look
				w.fails(t, "no regular file")
				return
			}
			if err := Verify(w.path); err == nil || !strings.Contains(err.Error(), "make engine") || !strings.Contains(err.Error(), w.path) {
				t.Errorf("verify: %v", err)
			}
			w.ensure(t)
		})
	}
	t.Run("flipped behind the stamp", func(t *testing.T) {
		w := newWorld(t)
		w.ensure(t)
		st, err := os.Stat(w.path)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(w.library)
		bad[7]++
		if err := os.WriteFile(w.path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(w.path, st.ModTime(), st.ModTime()); err != nil {
			t.Fatal(err)
		}
		if _, err := Refetch(t.Context(), io.Discard); err != nil {
			t.Fatal(err)
		}
		w.ensure(t)
	})
}

// TestWrongPackage serves what is not the package; npm cannot help either.
func TestWrongPackage(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		words  []string
	}{
		"other bytes": {func(w *world) { w.tgz = bytes.Clone(w.tgz); w.tgz[9]++ }, []string{"not the one expected", "sha512"}},
		"truncated":   {func(w *world) { w.tgz = w.tgz[:1000] }, []string{"offers 1000 bytes"}},
		"not there":   {func(w *world) { w.serve = http.NotFound }, []string{"404"}},
		"refused":     {func(w *world) { w.serve = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(403) } }, []string{"npm pack", "nothing to pack"}},
		"other library": {func(w *world) {
			w.tgz = pack(t, member{memberName, tar.TypeReg, make([]byte, w.pin.LibrarySize)})
			w.repin()
		}, []string{"sha256"}},
		"no library": {func(w *world) { w.tgz = pack(t, member{"package/x", tar.TypeReg, nil}); w.repin() }, []string{"no package/libchdb.so"}},
		"no gzip":    {func(w *world) { w.tgz = []byte("<html>"); w.repin() }, []string{"read the package"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			w.fails(t, c.words...)
		})
	}
}

// repin makes the package the expected one, whatever is in it.
func (w *world) repin() {
	sum := sha512.Sum512(w.tgz)
	w.pin.TarballSize, w.pin.TarballSHA512 = int64(len(w.tgz)), base64.StdEncoding.EncodeToString(sum[:])
	pins[platform()] = w.pin
}

// TestNpm has clients that fail, and one that packs where plain HTTP is refused.
func TestNpm(t *testing.T) {
	for name, c := range map[string]struct{ script, word string }{
		"fails":       {"echo npm error E404 >&2; exit 1", "E404"},
		"no answer":   {"exit 0", "does not tell where"},
		"no address":  {`echo '"file:///etc/passwd"'`, "no web address"},
		"other value": {`echo '{"a":1}'`, "does not tell where"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.client(t, c.script)
			w.fails(t, c.word)
		})
	}
	t.Run("not installed", func(t *testing.T) {
		w := newWorld(t)
		t.Setenv("PATH", t.TempDir())
		w.fails(t, "npm is not installed", engineVariable)
	})
	t.Run("packs", func(t *testing.T) {
		w := newWorld(t)
		file := filepath.Join(t.TempDir(), "p.tgz")
		if err := os.WriteFile(file, w.tgz, 0o644); err != nil {
			t.Fatal(err)
		}
		w.serve = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) }
		script, err := os.ReadFile(filepath.Join(w.npm, "npm"))
		if err != nil {
			t.Fatal(err)
		}
		w.client(t, strings.Replace(string(script), `echo "npm error`, "cp '"+file+"' chdb-lib.tgz; exit; echo \"", 1))
		if text := w.ensure(t); !strings.Contains(text, "npm pack") {
			t.Error(text)
		}
	})
}

// TestTwoAtOnce starts eight; one fetches.
func TestTwoAtOnce(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := Ensure(t.Context(), io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.ensure(t)
	if len(w.ranges) != 1 {
		t.Errorf("%d downloads", len(w.ranges))
	}
}

func TestOwnLibrary(t *testing.T) {
	w := newWorld(t)
	own := filepath.Join(t.TempDir(), "own.so")
	t.Setenv(engineVariable, own)
	if _, err := Ensure(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), own) {
		t.Error(err)
	}
	if err := os.WriteFile(own, []byte("own"), 0o644); err != nil {
		t.Fatal(err)
	}
	if path, err := Ensure(t.Context(), io.Discard); err != nil || path != own || len(w.ranges) != 0 {
		t.Error(path, err, w.ranges)
	}
}

func TestUnknownPlatform(t *testing.T) {
	w := newWorld(t)
	delete(pins, platform())
	w.fails(t, platform(), engineVariable, "npm pack")
}
