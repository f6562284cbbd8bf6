package chdb

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// partRange names the blocks that a data part holds. Two parts of a table lie
// apart, or one's blocks are among the other's.
type partRange struct {
	partition string
	min, max  int64
}

// parsePart reads a part's name: partition_min_max_level or, after a mutation,
// partition_min_max_level_version.
func parsePart(name string) (partRange, bool) {
	f := strings.Split(name, "_")
	if len(f) != 4 && len(f) != 5 {
		return partRange{}, false
	}
	numbers := make([]int64, 0, 4)
	for _, text := range f[1:] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return partRange{}, false
		}
		numbers = append(numbers, n)
	}
	return partRange{f[0], numbers[0], numbers[1]}, f[0] != "" && numbers[0] <= numbers[1]
}

func (p partRange) holds(q partRange) bool {
	return p.partition == q.partition && p.min <= q.min && q.max <= p.max
}

// strayTokens counts the insert_deduplication_tokens that the engine remembers
// for parts which are not there, and with forget makes it forget them. The
// engine writes a token down apart from the part, so a part that turns out
// broken, or was never finished, leaves its token behind; the batch, sent again,
// would then be acknowledged as a duplicate and its rows be lost. To forget is
// to overwrite one byte, which needs no free space; no engine may have the
// folder open.
func (v *vault) strayTokens(forget bool) (stray int, err error) {
	logs, _ := filepath.Glob(filepath.Join(globEscaper.Replace(v.data), "store/*/*/deduplication_logs/deduplication_log_*.txt")) // errs only on a bad pattern
	for _, log := range logs {
		n, err := strayInLog(log, forget)
		if err != nil {
			return stray, fmt.Errorf("compare the tokens of %s with the parts: %w", log, err)
		}
		stray += n
	}
	return stray, nil
}

func strayInLog(path string, forget bool) (stray int, err error) {
	entries, err := os.ReadDir(filepath.Dir(filepath.Dir(path)))
	if err != nil {
		return 0, err
	}
	var parts []partRange
	for _, e := range entries {
		if p, ok := parsePart(e.Name()); ok && e.IsDir() {
			parts = append(parts, p)
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	lines := strayLines(text, parts)
	whole := int64(bytes.LastIndexByte(text, '\n') + 1)
	if !forget {
		return len(lines), nil
	}
	if whole < int64(len(text)) {
		// A line cut off by a full disk would swallow the next one.
		if err := f.Truncate(whole); err != nil {
			return 0, err
		}
	}
	for _, at := range lines {
		if _, err := f.WriteAt([]byte(dropToken), at); err != nil {
			return 0, err
		}
	}
	return len(lines), f.Sync()
}

// The first byte of a line tells whether a token is learnt or forgotten.
const (
	addToken  = "1"
	dropToken = "2"
)

// strayLines returns where in a log the lines begin that add a token of a part
// none of the given ones holds. A line is: operation, part, token, by tabs.
func strayLines(log []byte, parts []partRange) (offsets []int64) {
	var at int64
	for line := range bytes.Lines(log) {
		f := strings.Split(string(line), "\t")
		if len(f) == 3 && f[0] == addToken && strings.HasSuffix(f[2], "\n") {
			if p, ok := parsePart(f[1]); ok && !anyHolds(parts, p) {
				offsets = append(offsets, at)
			}
		}
		at += int64(len(line))
	}
	return offsets
}

func anyHolds(parts []partRange, p partRange) bool {
	for _, have := range parts {
		if have.holds(p) {
			return true
		}
	}
	return false
}
