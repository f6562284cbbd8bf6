package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// refused opens a file that must not open, and gives the reason. What stands in the
// file must be as it was.
func refused(t *testing.T, path string) string {
	t.Helper()
	before, _ := os.ReadFile(path)
	j, err := Open(path)
	if err == nil {
		j.Close()
		t.Fatal("it opened")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	return err.Error()
}

func says(t *testing.T, err string, phrases ...string) {
	t.Helper()
	for _, p := range phrases {
		if !strings.Contains(err, p) {
			t.Errorf("%q does not say %q", err, p)
		}
	}
}

func TestSecondOpener(t *testing.T) {
	f := newFile(t)
	f.update(everything)
	says(t, refused(t, f.path), f.path, "另一个回音程序", "先停掉")
	f.view(checkEverything)
	f.reopen()
}

func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, refused(t, path), path, "是空的", "备份")
}

func TestOtherVersion(t *testing.T) {
	f := newFile(t)
	f.update(func(tx *Tx) error { return tx.tx.Bucket(bMeta).Put([]byte("version"), []byte("2")) })
	f.Close()
	says(t, refused(t, f.path), "第 2 版", "第 1 版", "换用")
	if text := refused(t, f.path); strings.Contains(text, "另一个") { // the lock was let go
		t.Error(text)
	}
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	says(t, refused(t, dir), dir)
	says(t, refused(t, filepath.Join(dir, "no", "journal.db")), "打不开")
	path := filepath.Join(dir, "text")
	if err := os.WriteFile(path, bytes.Repeat([]byte("这不是记录文件。"), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, refused(t, path), "已损坏", "备份")
}

// sample is a journal's file, cut to the pages in use: with buckets
// inside a page and of many, a page that overflows, and free pages.
func sample(t testing.TB) []byte {
	f := newFile(t)
	f.update(everything)
	for i := range 3 {
		f.update(func(tx *Tx) error {
			for n := range 25 {
				number, err := tx.NextNumber(2026)
				if err != nil {
					return err
				}
				for _, err := range []error{
					tx.MarkSeen(post.IDOf("论坛", number), now), tx.Touch(number, "王敏", n%2 == 0),
					tx.PutMention(cases.Mention{ID: number, Case: number, No: 1, Text: strings.Repeat("水", 100+n*i)}),
					tx.PutStory(cases.Story{ID: number, Case: number, At: now}, post.FingerprintOf(number, "停水")),
				} {
					if err != nil {
						return err
					}
				}
				if _, err := tx.Append(opened(number)); err != nil {
					return err
				}
			}
			return tx.PutState("论坛", strings.Repeat("长", 4000))
		})
	}
	f.update(func(tx *Tx) error { return tx.drop(bSeen, func(k, _ []byte) bool { return k[0] < 'a' }) })
	var size int64
	f.view(func(tx *Tx) error { size = tx.tx.Size(); return nil })
	f.Close()
	raw, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return raw[:size]
}

// A file that was cut short is refused, wherever it was cut.
func TestTruncated(t *testing.T) {
	whole := sample(t)
	page := os.Getpagesize()
	t.Logf("%d pages", len(whole)/page)
	path := filepath.Join(t.TempDir(), "journal.db")
	sizes := []int{1, 15, 16, 79, 80, 81, page - 1, page + 1, page + 80, 2*page - 1, 2*page + 1, len(whole) - 1}
	for n := page; n < len(whole); n += 2 * page {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		says(t, refused(t, path), "已损坏", "备份")
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := readAll(path); err != nil {
		t.Error(err)
	}
}

// Pages that a power cut left unwritten are found out.
func TestZeroedPages(t *testing.T) {
	whole, page := sample(t), os.Getpagesize()
	path := filepath.Join(t.TempDir(), "journal.db")
	var healthy checker
	healthy.file, healthy.pageSize, healthy.used = bytes.NewReader(whole), int64(page), make([]bool, len(whole)/page)
	m, err := healthy.meta()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := healthy.tree(m.Root, 0); err != nil {
		t.Fatal(err)
	}
	reached := 0
	for n, used := range healthy.used {
		if !used || n > 20 && n%3 != 0 {
			continue
		}
		reached++
		raw := bytes.Clone(whole)
		clear(raw[n*page : (n+1)*page])
		var head header
		decode(whole[n*page:], &head)
		if head.ID != uint64(n) { // what overflows from a page before it has no head to check
			continue
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		says(t, refused(t, path), "已损坏")
	}
	if reached < 20 {
		t.Errorf("only %d pages were reached", reached)
	}
}

// readAll opens a journal and reads and writes all kinds of things.
func readAll(path string) error {
	j, err := Open(path)
	if err != nil {
		return err
	}
	defer j.Close()
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	note(j.View(func(t *Tx) error {
		note(t.Cases(func(cases.Case) error { return nil }))
		note(t.Stories(func(cases.Story, post.Fingerprint) {}))
		_, err := t.Outgoing()
		note(err)
		_, err = t.Bindings()
		note(err)
		_, err = t.Counted("2000", "3000", "matched")
		t.Unshipped()
		return err
	}))
	s, err := j.Seal(1000)
	note(err)
	if err == nil && s.ID != "" {
		note(j.Shipped(s.ID))
	}
	note(j.Update(func(t *Tx) error { return t.Prune(now.AddDate(1, 0, 0)) }))
	note(j.Update(everything))
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("opened, then: %w", err)
		}
	}
	return nil
}

// However the bits of a file are wrong, the worst is an error.
func FuzzDamaged(f *testing.F) {
	whole := sample(f)
	page := uint32(os.Getpagesize())
	f.Add([]byte{0, 0, 0, 0})
	for i, n := uint32(0), uint32(0); n < uint32(len(whole)); i, n = i+1, n+3*page {
		at := n + []uint32{0, 8, 10, 12, 16, 20, 24, 28, 32}[i%9] // in the page's head and its first elements
		f.Add([]byte{byte(at >> 16), byte(at >> 8), byte(at), 1})
	}
	path := filepath.Join(f.TempDir(), "journal.db")
	f.Fuzz(func(t *testing.T, flips []byte) { // each four bytes: where, in three, and which bits
		raw := bytes.Clone(whole)
		for ; len(flips) >= 4; flips = flips[4:] {
			at := int(flips[0])<<16 | int(flips[1])<<8 | int(flips[2])
			raw[at%len(raw)] ^= flips[3]
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		readAll(path)
	})
}

// check takes any bytes for a file.
func FuzzCheck(f *testing.F) {
	whole := sample(f)
	f.Add(whole[:4*os.Getpagesize()])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		check(bytes.NewReader(raw), int64(len(raw)), 4096)
	})
}

// The file bbolt writes passes at every moment, after failed and emptied transactions
// too.
func TestHealthyFilesPass(t *testing.T) {
	f := newFile(t)
	for i := range 30 {
		f.update(func(tx *Tx) error { return tx.Count(fmt.Sprintf("2026-11-%02d", i%28+1), strings.Repeat("x", i*50), 1) })
		if i%3 == 0 {
			f.Update(func(tx *Tx) error { tx.drop(bDays, func(k, _ []byte) bool { return true }); return os.ErrInvalid })
		}
		if i%4 == 0 {
			f.update(func(tx *Tx) error { return tx.drop(bDays, func(k, _ []byte) bool { return k[9]%2 == 0 }) })
		}
		before := f.dump()
		f.reopen()
		if d := cmp.Diff(before, f.dump()); d != "" {
			t.Fatal(d)
		}
	}
}
