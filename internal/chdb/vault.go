package chdb

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// vault keeps copies of the engine's table definitions. An engine that ignores
// a failed write leaves a definition empty or cut off, and one such file keeps
// the whole folder from opening.
type vault struct {
	mu     sync.Mutex
	data   string // the engine's folder
	copies string // the good definitions, under the same relative names
	aside  string // where bad files go, for a person to look at
}

// save copies every definition that is new or changed and drops the copies of
// those that are gone.
func (v *vault) save() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	present := map[string]bool{}
	for _, path := range smallFiles(v.data) {
		if !strings.HasSuffix(path, ".sql") {
			continue
		}
		rel, err := filepath.Rel(v.data, path)
		if err == nil {
			present[rel] = true
			err = copyDefinition(path, filepath.Join(v.copies, rel))
		}
		if err != nil {
			return fmt.Errorf("keep a copy of %s: %w", path, err)
		}
	}
	for _, path := range smallFiles(v.copies) {
		rel, err := filepath.Rel(v.copies, path)
		if err == nil && !present[rel] {
			err = os.Remove(path)
		}
		if err != nil {
			return fmt.Errorf("drop the copy of a dropped table: %w", err)
		}
	}
	return nil
}

func copyDefinition(from, to string) error {
	now, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // dropped while we looked
	}
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(to); !wholeDefinition(now) || err == nil && bytes.Equal(have, now) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return writeFile(to, now)
}

// repair makes the folder fit to be opened: bad definitions are replaced by
// their copies or, with none, moved aside like unfinished and unreadable files
// of mutations. It needs no free space where it restores, and tells what it
// did. No engine may have the folder open.
func (v *vault) repair() (done []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	aside := filepath.Join(v.aside, time.Now().UTC().Format("20060102T150405.000"))
	for _, path := range smallFiles(v.data) {
		bad, err := isBad(path)
		if err != nil {
			return done, fmt.Errorf("look at %s before opening: %w", path, err)
		}
		if !bad {
			continue
		}
		what, err := v.mend(path, aside)
		if err != nil {
			return done, fmt.Errorf("mend %s before opening: %w", path, err)
		}
		done = append(done, what)
	}
	n, err := v.strayTokens(true)
	if n > 0 {
		done = append(done, fmt.Sprintf("forgot the tokens of %d inserts whose parts are lost: they can be sent again", n))
	}
	return done, err
}

func isBad(path string) (bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	switch name := filepath.Base(path); {
	case strings.HasSuffix(name, ".sql"):
		return !wholeDefinition(text), nil
	case name == formatVersion:
		return len(text) == 0, nil
	case strings.HasPrefix(name, "mutation_"):
		return !bytes.HasPrefix(text, []byte("format version")) || !bytes.HasSuffix(text, []byte("\n")), nil
	}
	return true, nil // unfinished: .sql.tmp, tmp_mutation_
}

// mend moves a bad file aside and puts a good one there if one is known.
func (v *vault) mend(path, aside string) (string, error) {
	rel, err := filepath.Rel(v.data, path)
	if err != nil {
		return "", err
	}
	to := filepath.Join(aside, rel)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	if err := os.Rename(path, to); err != nil {
		return "", err
	}
	if filepath.Base(path) == formatVersion {
		return "rewrote " + rel, os.WriteFile(path, []byte("1"), 0o640) // what every table has there
	}
	// The copy itself moves, which works on a full disk too; save makes another.
	err = os.Rename(filepath.Join(v.copies, rel), path)
	if errors.Is(err, fs.ErrNotExist) {
		return "moved aside " + rel, nil
	}
	return "restored " + rel, err
}

const formatVersion = "format_version.txt"

// smallFiles lists the definitions and files of mutations below an engine's
// folder: in the metadata folders and, beside the parts, in those of tables.
func smallFiles(root string) []string {
	var all []string
	for _, folder := range []string{"metadata", "metadata_dropped", "store/*/*"} {
		for _, name := range []string{"*.sql", "*.sql.tmp", "mutation_*.txt", "tmp_mutation_*", formatVersion} {
			found, _ := filepath.Glob(filepath.Join(globEscaper.Replace(root), folder, name)) // errs only on a bad pattern
			all = append(all, found...)
		}
	}
	return all
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// wholeDefinition tells a finished .sql file from an empty or cut off one: the
// engine begins each with ATTACH and ends it with a newline.
func wholeDefinition(text []byte) bool {
	return bytes.HasPrefix(text, []byte("ATTACH ")) && bytes.HasSuffix(text, []byte("\n"))
}

// writeFile replaces path with data, whole or not at all.
func writeFile(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp) // the first error is the one to tell
	}
	return err
}
