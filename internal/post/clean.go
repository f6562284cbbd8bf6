package post

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes one clean line of s: valid UTF-8, no control or zero-width
// characters, spaces folded, at most max runes.
func Line(s string, max int) string {
	return Cut(strings.Join(strings.FieldsFunc(visible(s), unicode.IsSpace), " "), max)
}

// Lines cleans s as Line does, but keeps its lines; empty ones go.
func Lines(s string, max int) string {
	var b strings.Builder
	for line := range strings.Lines(visible(s)) {
		if line = Line(line, max); line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return Cut(b.String(), max)
}

// Cut returns the first max runes of s; an ellipsis takes the last one's place
// when something was cut.
func Cut(s string, max int) string {
	if len(s) <= max || utf8.RuneCountInString(s) <= max {
		return s
	}
	n := 0
	for i := range s {
		if n == max-1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// Host is the host, with its port, to which a browser goes for a web address: what stands
// before an @ is only a name that the address gives, and may look like another host.
func Host(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	if end := strings.IndexAny(rest, `/\?#`); end >= 0 {
		rest = rest[:end]
	}
	return rest[strings.LastIndexByte(rest, '@')+1:]
}

// visible drops what has no shape of its own and could only confuse: control
// characters but newline, and the format characters (zero-width joiners and
// spaces, direction marks).
func visible(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}
