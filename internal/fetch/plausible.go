package fetch

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// sampleBytes is how much of a document is tried in each charset.
const sampleBytes = 64 << 10

// sampleOf cuts out of body, from its first byte beyond ASCII on, what the
// charsets are tried on.
func sampleOf(body []byte) []byte {
	for i, b := range body {
		if b >= utf8.RuneSelf {
			return body[i:min(len(body), i+sampleBytes)]
		}
	}
	return nil
}

// hasHan says whether UTF-8 text holds a character of East Asia: what happens
// to be valid UTF-8 and does is UTF-8; a few bytes of another charset may
// happen to be valid as Latin, Greek or Arabic letters.
func hasHan(text []byte) bool {
	for _, r := range string(text) {
		if r >= 0x2E80 && r != utf8.RuneError {
			return true
		}
	}
	return false
}

// cleanly says whether c makes sense of every byte of sample.
func cleanly(c coding, sample []byte) bool {
	return score(decodeSample(c, sample)).bad == 0
}

func decodeSample(c coding, sample []byte) string {
	out, err := c.enc.NewDecoder().Bytes(sample)
	if err != nil {
		return ""
	}
	s := strings.ToValidUTF8(string(out), "\uFFFD")
	if len(sample) == sampleBytes { // cut there, perhaps inside a character
		s = strings.TrimRight(s, "\uFFFD")
	}
	return s
}

// mostPlausible picks the charset in which sample reads like text. What is
// declared wins a near draw. A declared charset of Japan or Korea that makes
// sense is believed outright: its text would read like plausible Chinese too.
func mostPlausible(sample []byte, declared []coding) coding {
	for _, c := range declared {
		if eastAsian(c.name) && cleanly(c, sample) {
			return c
		}
	}
	candidates := append(append([]coding{}, declared...), codeUTF8, codeGB18030, codeBig5, codeLatin)
	var best coding
	bestPoints := 0.0
	for i, c := range candidates {
		p := score(decodeSample(c, sample)).points() / float64(len(sample))
		if i < len(declared) {
			p += 0.05
		}
		if i == 0 || p > bestPoints {
			best, bestPoints = c, p
		}
	}
	return best
}

func eastAsian(name string) bool {
	return name == "shift_jis" || name == "euc-jp" || name == "euc-kr" || strings.HasPrefix(name, "iso-2022")
}

// tally counts the characters of a decoded sample by what they say about the charset.
type tally struct{ common, rare, bad int }

// points weighs a tally: a right charset gives nearly only common characters, a
// wrong one many rare ones and some that do not exist.
func (t tally) points() float64 {
	return float64(t.common) - float64(t.rare) - 5*float64(t.bad)
}

func score(text string) tally {
	var t tally
	common := commonHan()
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
		case r == utf8.RuneError, r < 0xA0, unicode.Is(unicode.Co, r):
			t.bad++
		case common[r], r >= 0x3000 && r <= 0x3002, r >= 0x3008 && r <= 0x3011, // 、。《》「」【】
			r >= 0xFF01 && r <= 0xFF5E, r >= 0x2018 && r <= 0x201D, r == 0x2026, r == 0x2014: // !,:?“”…—
			t.common++
		case r >= 0x2E80:
			t.rare++
		}
	}
	return t
}

// commonHan are the characters that text is made of: the first level of GB
// 2312 (3,755 simplified) and the first of Big5 (5,401 traditional).
var commonHan = sync.OnceValue(func() map[rune]bool {
	set := make(map[rune]bool, 8000)
	add := func(c coding, lead0, lead1 byte) {
		for lead := lead0; lead <= lead1; lead++ {
			for trail := 0x40; trail <= 0xFE; trail++ {
				if c.name == codeGB18030.name && trail < 0xA1 {
					continue // not GB 2312
				}
				out, err := c.enc.NewDecoder().Bytes([]byte{lead, byte(trail)})
				if r, n := utf8.DecodeRune(out); err == nil && n == len(out) && unicode.Is(unicode.Han, r) {
					set[r] = true
				}
			}
		}
	}
	add(codeGB18030, 0xB0, 0xD7)
	add(codeBig5, 0xA4, 0xC6)
	return set
})
