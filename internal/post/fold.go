package post

import (
	"strings"
	"unicode"

	"huiyin/dict"
)

// fold is what a rune counts as when texts are compared: full-width signs as
// half-width, capitals as small letters, traditional characters as simplified ones.
// It is 0 for what does not count: blanks, punctuation, signs, what cannot be seen.
func fold(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	if r < 0x80 {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return 0
	}
	if chinese := r >= '一' && r <= '龥'; !chinese && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return 0
	}
	if r < 1<<16 && simplified[r] != 0 {
		return rune(simplified[r])
	}
	return unicode.ToLower(r)
}

// simplified are the forms of traditional characters, 0 for others.
var simplified = readSimplified(dict.Traditional)

func readSimplified(table string) *[1 << 16]uint16 {
	to := new([1 << 16]uint16)
	for line := range strings.Lines(table) {
		if pair := []rune(strings.TrimSpace(line)); len(pair) == 3 && pair[1] == '\t' {
			to[pair[0]] = uint16(pair[2])
		}
	}
	return to
}

// folded appends the runes of s that count.
func folded(out []rune, s string) []rune {
	for _, r := range s {
		if r = fold(r); r != 0 {
			out = append(out, r)
		}
	}
	return out
}
