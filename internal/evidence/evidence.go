// Package evidence is the room of the kept files: page copies, photos and
// documents, each under the SHA-256 of its content. A file that is here is
// whole, and was never changed: there is no way to write into one.
package evidence

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// What can be wrong with a file, besides what the disk reports.
var (
	ErrTooLarge = errors.New("file too large")
	ErrName     = errors.New("not the SHA-256 of a file")
	ErrDamaged  = errors.New("the file's content is not what its name says")
)

const (
	unfinished = ".put-"   // how names of files that are being written begin
	abandoned  = time.Hour // after which such a file belongs to a process that died
)

// Store keeps files in one folder, as ab/cdef… of their SHA-256. It is safe for
// concurrent use.
type Store struct{ root *os.Root }

// New opens the store in dir and makes the folder where there is none, for its
// owner only. What a process left half-written when it died is removed.
func New(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the evidence folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the evidence folder: %w", err)
	}
	s := &Store{root}
	if err := errors.Join(syncFolder(os.Open(filepath.Dir(filepath.Clean(dir)))), s.sweep()); err != nil {
		_ = root.Close() // the first error is the one to tell
		return nil, fmt.Errorf("tidy the evidence folder: %w", err)
	}
	return s, nil
}

// Close releases the folder.
func (s *Store) Close() error { return s.root.Close() }

// Put keeps what r holds, at most limit bytes of it, and returns its SHA-256 in
// lower-case hex and its size in bytes. When it returns without an error the file
// is on the disk for good; with one (ErrTooLarge, of r, of the disk) no part of it is.
// To put the same content again changes nothing, and mends a copy gone bad.
func (s *Store) Put(r io.Reader, limit int64) (sum string, size int64, err error) {
	return s.put(r, limit, func(f *os.File) io.Writer { return f })
}

// put writes through disk, which is the file but in tests.
func (s *Store) put(r io.Reader, limit int64, disk func(*os.File) io.Writer) (sum string, size int64, err error) {
	tmp := unfinished + rand.Text()
	f, err := s.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("keep evidence: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error is the one to tell
			_ = s.root.Remove(tmp)
			sum, size = "", 0
			err = fmt.Errorf("keep evidence: %w", err)
		}
	}()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(disk(f), h), io.LimitReader(r, max(limit, limit+1))) // the largest limit has no successor
	if err != nil {
		return "", 0, err
	}
	if size > limit {
		return "", 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	if err := f.Sync(); err != nil {
		return "", 0, err
	}
	if err := f.Close(); err != nil {
		return "", 0, err
	}
	sum = hex.EncodeToString(h.Sum(nil))
	return sum, size, s.file(tmp, sum)
}

// file gives the finished file its name, and lets no crash take it back.
func (s *Store) file(tmp, sum string) error {
	name := nameOf(sum)
	folder := path.Dir(name)
	if err := s.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.root.Rename(tmp, name); err != nil {
		return err
	}
	if err := syncFolder(s.root.Open(folder)); err != nil {
		return err
	}
	return syncFolder(s.root.Open("."))
}

// syncFolder makes the names in a folder last. It takes what opening it returned.
func syncFolder(d *os.File, err error) error {
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // only read
	return d.Sync()
}

// Open opens the file of that SHA-256. Reading it to its end checks it: in place
// of io.EOF comes ErrDamaged when it is not what was kept. The error is ErrName
// for what is no lower-case SHA-256, fs.ErrNotExist where there is no such file.
func (s *Store) Open(sum string) (io.ReadCloser, error) {
	if !isSum(sum) {
		return nil, fmt.Errorf("open evidence: %w: %.80q", ErrName, sum)
	}
	f, err := s.root.Open(nameOf(sum))
	if err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	return &checked{f, sha256.New(), sum}, nil
}

func nameOf(sum string) string { return sum[:2] + "/" + sum[2:] }

func isSum(sum string) bool {
	return len(sum) == 2*sha256.Size && strings.Trim(sum, "0123456789abcdef") == ""
}

// sweep removes the unfinished files of a process that died.
func (s *Store) sweep() error {
	names, err := fs.Glob(s.root.FS(), unfinished+"*")
	if err != nil {
		return err
	}
	for _, name := range names {
		info, err := s.root.Stat(name)
		if err == nil && time.Since(info.ModTime()) > abandoned {
			err = s.root.Remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may finish or sweep it
			return err
		}
	}
	return nil
}
