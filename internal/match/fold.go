package match

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"huiyin/dict"
)

// Folding is how texts and words are made comparable: full-width ASCII becomes
// half-width, capitals small letters, traditional characters simplified ones, and what
// only looks like a letter or character (⽔, 𝐦) the one it stands for. It is one rune
// for one rune, so that places in the folded text can be traced back to
// the text as it was posted. Characters that cannot be seen are taken as not there.
//
// What people put between the characters of a word to get past a filter (停 水,
// 停*水) is taken as not there either, but only inside a word that some topic looks for:
// elsewhere a blank says where a word ends.

// class says what a rune is to the search.
type class uint8

const (
	other     class = iota
	chinese         // a Chinese character
	noise           // a blank or a sign that may be put between the characters of a word
	invisible       // takes no room: taken as not there
	divider         // a comma, a colon, a bracket: words end there, the sentence does not
	ender           // ends a sentence
)

// maxNoise is how many runes of noise in a row a word may be drawn apart with; a
// longer gap is the layout of a table or a list.
const maxNoise = 4

// runeFact is what is known of a rune.
type runeFact struct {
	to    rune // folded
	class class
}

// facts are of the runes of the Basic Multilingual Plane, so nearly all there are.
var facts = newFacts(dict.Traditional)

func newFacts(traditional string) *[1 << 16]runeFact {
	t := new([1 << 16]runeFact)
	for r := range rune(1 << 16) {
		t[r] = factOf(r)
	}
	for line := range strings.Lines(traditional) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		pair := []rune(line)
		if len(pair) != 3 || pair[1] != '\t' || t[pair[0]].class != chinese || t[pair[2]].to != pair[2] {
			panic(fmt.Sprintf("traditional.tsv: %q is not a traditional and a simplified character", line))
		}
		t[pair[0]].to = pair[2]
	}
	for r := range t { // what stands for a traditional character
		if to := t[r].to; to < 1<<16 {
			t[r].to = t[to].to
		}
	}
	return t
}

// factOf works out what is known of a rune, but for the traditional ones.
func factOf(r rune) runeFact {
	if unicode.IsLetter(r) || unicode.Is(unicode.Han, r) {
		r = standsFor(r)
	}
	to := unicode.ToLower(r)
	switch {
	case 0xFF01 <= r && r <= 0xFF5E:
		to = unicode.ToLower(r - 0xFEE0)
	case unicode.Is(unicode.Zs, r) || r == '\t':
		to = ' '
	}
	switch {
	case endsSentence(r):
		return runeFact{to, ender}
	case unicode.Is(unicode.Han, r) && unicode.IsLetter(r):
		return runeFact{to, chinese}
	case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) || r == '\u034F' || r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0':
		return runeFact{to, invisible}
	case divides(to):
		return runeFact{to, divider}
	case to == ' ' || unicode.IsSymbol(r) || unicode.IsPunct(r):
		return runeFact{to, noise}
	}
	return runeFact{to, other}
}

// standsFor returns the letter or character that a rune is only another look of, by
// Unicode's compatibility decomposition; most are their own.
func standsFor(r rune) rune {
	var b [utf8.UTFMax]byte
	d := norm.NFKC.Properties(b[:utf8.EncodeRune(b[:], r)]).Decomposition()
	if one, n := utf8.DecodeRune(d); len(d) > 0 && n == len(d) && unicode.IsLetter(one) {
		return one
	}
	return r
}

// divides tells whether a sign says that what stands to both sides is not one word:
// commas, colons, brackets, quotation marks.
func divides(r rune) bool {
	return strings.ContainsRune(",、:…—–\"'", r) || unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf)
}

func factsOf(r rune) runeFact {
	if uint32(r) < 1<<16 {
		return facts[r]
	}
	f := factOf(r)
	if f.to < 1<<16 {
		f.to = facts[f.to].to
	}
	return f
}

// fold maps a rune to the form in which words are compared.
func fold(r rune) rune { return factsOf(r).to }

// foldString folds a whole text; what is invisible and what is noise stays.
func foldString(s string) string { return strings.Map(fold, s) }

// foldWord folds a word that is looked for. Nothing invisible stays in it, and no
// noise between two Chinese characters, before the first one or behind the last one
// (#停水# is 停水): so noise behind a Chinese character of a word is its own only if
// something else follows (二-A).
func foldWord(w string) string {
	folded := true // as nearly all words are
	for _, r := range w {
		f := factsOf(r)
		folded = folded && f.to == r && f.class != noise && f.class != invisible
	}
	if folded {
		return w
	}
	var out []rune
	noisy := 0 // runes of noise at the end of out that are there for now
	afterChinese := true
	for _, r := range w {
		switch f := factsOf(r); f.class {
		case invisible:
		case noise:
			out = append(out, f.to)
			noisy++
		case chinese:
			if afterChinese {
				out = out[:len(out)-noisy]
			}
			out, noisy, afterChinese = append(out, f.to), 0, true
		default:
			out, noisy, afterChinese = append(out, f.to), 0, false
		}
	}
	if afterChinese {
		out = out[:len(out)-noisy]
	}
	return string(out)
}

// isLetterRun tells whether a folded rune is part of a run that the segmenter
// never divides: letters and digits of at most two bytes, such as Latin ones.
func isLetterRun(r rune) bool {
	return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// endsSentence tells whether a rune, folded or not, ends a sentence. A comma
// does not: cutting at commas changes the words that are found at them.
func endsSentence(r rune) bool {
	switch r {
	case '。', '｡', '！', '？', '；', '!', '?', ';', '\n', '\r':
		return true
	}
	return false
}

// sentenceBounds returns the bytes of the sentence that holds the byte at.
func sentenceBounds(text string, at int) (start, end int) {
	for start = at; start > 0; {
		r, n := utf8.DecodeLastRuneInString(text[:start])
		if endsSentence(r) {
			break
		}
		start -= n
	}
	for end = at; end < len(text); {
		r, n := utf8.DecodeRuneInString(text[end:])
		if endsSentence(r) {
			break
		}
		end += n
	}
	return start, end
}
