package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func newStore(t testing.TB) (*Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data", "evidence")
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, dir
}

// files lists what is in the store's folder, folders left out.
func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func read(s *Store, sum string) (content []byte, err error) {
	r, err := s.Open(sum)
	if err != nil {
		return nil, err
	}
	content, err = io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}

// What was put comes back as it was, under its SHA-256, however often it is put
// and in whatever pieces it comes.
func TestPut(t *testing.T) {
	s, dir := newStore(t)
	put := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "content")
		var r io.Reader = bytes.NewReader(content)
		if rapid.Bool().Draw(t, "in pieces") {
			r = iotest.DataErrReader(iotest.HalfReader(r))
		}
		limit := rapid.SampledFrom([]int64{int64(len(content)), int64(len(content)) + 1, math.MaxInt64}).Draw(t, "limit")
		sum, size, err := s.Put(r, limit)
		if err != nil || sum != sumOf(content) || size != int64(len(content)) {
			t.Fatalf("put %d bytes: %s, %d, %v", len(content), sum, size, err)
		}
		if got, err := read(s, sum); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("got %d bytes back, %v", len(got), err)
		}
		put[sum] = true
	})
	if n := len(files(t, dir)); n != len(put) {
		t.Errorf("%d files for %d contents", n, len(put))
	}
}

func TestPrivate(t *testing.T) {
	s, dir := newStore(t)
	sum, _, err := s.Put(strings.NewReader("照片"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{
		dir: 0o700, filepath.Join(dir, sum[:2]): 0o700, filepath.Join(dir, sum[:2], sum[2:]): 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

// fullDisk takes n bytes and then answers as a disk without room does.
type fullDisk struct {
	w io.Writer
	n int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) <= d.n {
		d.n -= len(p)
		return d.w.Write(p)
	}
	n, _ := d.w.Write(p[:d.n])
	d.n = 0
	return n, syscall.ENOSPC
}

// What goes wrong leaves nothing behind: no half file, no name that lies.
func TestNothingHalf(t *testing.T) {
	errGone := errors.New("connection gone")
	content := strings.Repeat("证", 100_000)
	tests := []struct {
		name  string
		r     io.Reader
		limit int64
		room  int
		want  error
	}{
		{"the reader fails at once", iotest.ErrReader(errGone), 1 << 20, 1 << 20, errGone},
		{"the reader fails half-way", io.MultiReader(strings.NewReader(content), iotest.ErrReader(errGone)), 1 << 20, 1 << 20, errGone},
		{"too large by one byte", strings.NewReader(content), int64(len(content)) - 1, 1 << 20, ErrTooLarge},
		{"too large without an end", endless{}, 1 << 16, 1 << 20, ErrTooLarge},
		{"no room for a byte", strings.NewReader(content), 1 << 20, 0, syscall.ENOSPC},
		{"no room for the last byte", strings.NewReader(content), 1 << 20, len(content) - 1, syscall.ENOSPC},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, dir := newStore(t)
			sum, size, err := s.put(tt.r, tt.limit, func(f *os.File) io.Writer { return &fullDisk{f, tt.room} })
			if !errors.Is(err, tt.want) || sum != "" || size != 0 {
				t.Errorf("put: %q, %d, %v; want %v", sum, size, err, tt.want)
			}
			if left := files(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestOpenRefuses(t *testing.T) {
	s, dir := newStore(t)
	sum, _, err := s.Put(strings.NewReader("x"), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"", ".", "..", sum[:63], sum + "0", strings.ToUpper(sum), "../" + sum[3:], strings.Repeat("../", 21) + "x",
		sum[:2] + "/" + sum[3:], strings.Repeat("g", 64), strings.Repeat("\x00", 64),
	} {
		if _, err := s.Open(name); !errors.Is(err, ErrName) {
			t.Errorf("open %q: %v, want ErrName", name, err)
		}
	}
	if _, err := s.Open(sumOf([]byte("never put"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open what is not there: %v", err)
	}
	// A link that somebody planted leads nowhere outside.
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := sumOf([]byte("secret"))
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, link[:2]), 0o700), os.Symlink(outside, filepath.Join(dir, link[:2], link[2:]))); err != nil {
		t.Fatal(err)
	}
	if content, err := read(s, link); err == nil {
		t.Errorf("a link out of the folder was followed: %q", content)
	}
}

// A file that was changed on the disk is found out, and put anew it is whole again.
func TestDamaged(t *testing.T) {
	content := strings.Repeat("原件", 10_000)
	for name, damage := range map[string][]byte{
		"cut": []byte(content[:100]), "empty": {}, "one bit": append([]byte{content[0] ^ 1}, content[1:]...), "longer": []byte(content + "x"),
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := newStore(t)
			sum, _, err := s.Put(strings.NewReader(content), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, sum[:2], sum[2:]), damage, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := read(s, sum); !errors.Is(err, ErrDamaged) {
				t.Errorf("read: %v, want ErrDamaged", err)
			}
			if _, _, err := s.Put(strings.NewReader(content), 1<<20); err != nil {
				t.Fatal(err)
			}
			if got, err := read(s, sum); err != nil || string(got) != content {
				t.Errorf("put again: %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestPutAtOnce(t *testing.T) {
	s, dir := newStore(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, _, err := s.Put(strings.NewReader("同一张照片"), 100); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
}

// A dead process's halves are swept when the store is opened, another one's are not.
func TestSweep(t *testing.T) {
	s, dir := newStore(t)
	sum, _, err := s.Put(strings.NewReader("留着"), 100)
	if err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(dir, unfinished+"OLD"), filepath.Join(dir, unfinished+"FRESH")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	longAgo := time.Now().Add(-2 * abandoned)
	if err := errors.Join(os.Chtimes(old, longAgo, longAgo), os.Chtimes(filepath.Join(dir, sum[:2], sum[2:]), longAgo, longAgo)); err != nil {
		t.Fatal(err)
	}
	again, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := files(t, dir); len(got) != 2 || got[0] != filepath.Base(fresh) {
		t.Errorf("files: %v", got)
	}
	if _, err := read(again, sum); err != nil {
		t.Error(err)
	}
}
