package match

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold maps a rune to the form in which words are compared: full-width ASCII to
// half-width, capitals to small letters. It is one rune for one rune, so that
// places in the folded text can be traced back to the text as it was posted.
func fold(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	case r >= 0x4E00 && r <= 0x9FFF: // most of any text: nothing to fold
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return fold(r - 0xFEE0)
	case r == '\u3000':
		return ' '
	}
	return unicode.ToLower(r)
}

// foldString folds a whole word.
func foldString(s string) string { return strings.Map(fold, s) }

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
