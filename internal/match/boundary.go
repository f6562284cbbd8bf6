package match

import (
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/go-ego/gse"
)

// The boundary rule. A keyword fires where it is made of whole words of the
// sentence, or where it lies inside one word (办公 in 办公室); never where it is
// pieced together from the edges of two words (供水 in 提供|水泥). A word of two
// characters is not divided: 水 does not fire in 水泥.
//
// The dictionary does not know every keyword, or knows it as rare, and may give a
// character of it to a neighbour. So a keyword that the cut divides gets a second
// hearing: it fires when the sentence reads at least as well with the keyword
// taken as one word, of middling frequency if the dictionary has it rarer, and
// then as common as keywords are here (keywordBonus). That is the same as having
// it so in the dictionary, without a dictionary that depends on the topics.

// verdict is what the boundary rule says of one place of one keyword.
type verdict uint8

const (
	oneWord    verdict = iota + 1 // exactly one word
	wholeWords                    // made of several whole words
	insideWord                    // inside a word of three or more characters
	readsBest                     // the sentence reads best with it as a word
	straddles                     // pieced together from the edges of words
	insidePair                    // one character of a word of two
	partOfRun                     // part of a longer run of letters or digits
	unread                        // nobody asked how it stands: ~ or a field that is not prose
)

// accepted tells whether a word that is looked for by a mode may stand so.
func (v verdict) accepted(m mode) bool {
	switch m {
	case asToken:
		return v == oneWord
	case asPart:
		return true
	}
	return v <= readsBest || v == unread
}

// reach is how many words to each side a second hearing looks at. It bounds the
// work on a long sentence; reading further has nothing to say on the keyword.
const reach = 4

// sentence is one sentence: folded, without what is invisible and without the noise
// inside the keywords found, and cut into words where somebody asks. One is used for
// many sentences, so that its room is made once.
//
// It is cut clause by clause, and only the clauses that hold a keyword are: as no word
// of the dictionary holds a comma or the like, each clause has the words that it has
// when the whole sentence is cut.
type sentence struct {
	start, end int        // its bytes in the text
	folded     []byte     // its characters
	at         []int      // by character: byte offset in the text; one more for the end
	foldAt     []int      // by character: byte offset in folded; one more for the end
	clauses    []int      // where each clause ends, in characters: behind its dividing sign
	omitted    []omission // the noise that is left out
	tokens     []token    // of the clauses that are cut, in order
	segs       []gse.Segment
	cutTo      int // the end of the last clause that is cut
}

// token is one word of a sentence, as a range of its characters.
type token struct{ first, end int }

// omission is a range of bytes of the text, between two characters of a keyword.
type omission struct{ start, end int }

// read takes up the sentence of the bytes [start, end), in which spans stand.
func (sent *sentence) read(text string, start, end int, spans []span) {
	sent.start, sent.end, sent.omitted = start, end, sent.omitted[:0]
	for _, sp := range spans {
		sent.omitted = appendOmissions(sent.omitted, text, sp)
	}
	sent.spell(text)
}

// appendOmissions appends the noise between Chinese characters in a span. Spans come by
// their start, so what lies before the last omission's end is known.
func appendOmissions(omitted []omission, text string, sp span) []omission {
	from, wasChinese := -1, false
	for i, r := range text[sp.start:sp.end] {
		switch factsOf(r).class {
		case noise:
			if from < 0 && wasChinese {
				from = sp.start + i
			}
			continue
		case invisible:
			continue
		case chinese:
			if n := len(omitted); from >= 0 && (n == 0 || from >= omitted[n-1].end) {
				omitted = append(omitted, omission{from, sp.start + i})
			}
			wasChinese = true
		default:
			wasChinese = false
		}
		from = -1
	}
	return omitted
}

// spell fills in the sentence's characters.
func (sent *sentence) spell(text string) {
	sent.folded, sent.at, sent.foldAt, sent.clauses = sent.folded[:0], sent.at[:0], sent.foldAt[:0], sent.clauses[:0]
	sent.segs, sent.tokens, sent.cutTo = sent.segs[:0], sent.tokens[:0], 0
	omitted := sent.omitted
	for i, r := range text[sent.start:sent.end] {
		i += sent.start
		f := factsOf(r)
		for len(omitted) > 0 && omitted[0].end <= i {
			omitted = omitted[1:]
		}
		if f.class == invisible || len(omitted) > 0 && omitted[0].start <= i {
			continue
		}
		sent.at = append(sent.at, i)
		sent.foldAt = append(sent.foldAt, len(sent.folded))
		sent.folded = utf8.AppendRune(sent.folded, f.to)
		if f.class == divider {
			sent.clauses = append(sent.clauses, len(sent.at))
		}
	}
	sent.clauses = append(sent.clauses, len(sent.at))
	sent.at, sent.foldAt = append(sent.at, sent.end), append(sent.foldAt, len(sent.folded))
}

// cut divides the clauses that hold the characters [a, b) into words, and returns
// where they begin and end. It is asked for rising a, or for all clauses first.
func (sent *sentence) cut(s *Segmenter, a, b int) (first, end int) {
	i, found := slices.BinarySearch(sent.clauses, a)
	if found {
		i++
	}
	if i > 0 {
		first = sent.clauses[i-1]
	}
	for from := first; from < b; i++ {
		end = sent.clauses[i]
		if end > sent.cutTo {
			sent.cutClause(s, from, end)
		}
		from = end
	}
	return first, end
}

func (sent *sentence) cutClause(s *Segmenter, first, end int) {
	at := sent.foldAt[first]
	segs := s.gse.Segment(sent.folded[at:sent.foldAt[end]])
	sent.segs = append(sent.segs, segs...)
	r := first
	for i := range segs {
		t := token{first: r}
		for sent.foldAt[r] < at+segs[i].End() {
			r++
		}
		t.end = r
		sent.tokens = append(sent.tokens, t)
	}
	sent.cutTo = end
}

// characters returns a span as a range of the sentence's characters.
func (sent *sentence) characters(sp span) (first, end int) {
	return sort.SearchInts(sent.at, sp.start), sort.SearchInts(sent.at, sp.end)
}

// decide applies the boundary rule to the characters [a, b), a keyword.
func (sent *sentence) decide(s *Segmenter, a, b int) verdict {
	if sent.joinsRun(a) || sent.joinsRun(b) {
		return partOfRun
	}
	first, end := sent.cut(s, a, b)
	i, j := sent.tokenAt(a), sent.tokenAt(b-1)
	switch {
	case sent.tokens[i].first == a && sent.tokens[j].end == b:
		if i == j {
			return oneWord
		}
		return wholeWords
	case i != j:
		if sent.readsBetter(s, a, b, sent.around(first, end, i, j)) {
			return readsBest
		}
		return straddles
	case sent.tokens[i].end-sent.tokens[i].first > 2:
		return insideWord
	}
	return insidePair
}

// joinsRun tells whether the edge before character r falls inside a run of letters
// and digits, such as the one after "mac" in "machine".
func (sent *sentence) joinsRun(r int) bool {
	if r == 0 || r == len(sent.foldAt)-1 {
		return false
	}
	before, _ := utf8.DecodeLastRune(sent.folded[:sent.foldAt[r]])
	after, _ := utf8.DecodeRune(sent.folded[sent.foldAt[r]:])
	return isLetterRun(before) && isLetterRun(after)
}

// tokenAt returns the index of the word that holds character r, of a clause that is cut.
func (sent *sentence) tokenAt(r int) int {
	return sort.Search(len(sent.tokens), func(i int) bool { return sent.tokens[i].end > r })
}

// around returns the words that a second hearing looks at: those from i to j and some
// to each side, but no further than the clauses [first, end).
func (sent *sentence) around(first, end, i, j int) token {
	lo, hi := max(i-reach, sent.tokenAt(first)), min(j+reach, sent.tokenAt(end-1))
	return token{lo, hi + 1}
}

// readsBetter compares the cut of the words around as it is with the best one in which
// the characters [a, b) are one word.
func (sent *sentence) readsBetter(s *Segmenter, a, b int, around token) bool {
	left := sent.folded[sent.foldAt[sent.tokens[around.first].first]:sent.foldAt[a]]
	right := sent.folded[sent.foldAt[b]:sent.foldAt[sent.tokens[around.end-1].end]]
	own := s.ownCost(string(sent.folded[sent.foldAt[a]:sent.foldAt[b]]))
	with := s.cost(s.gse.Segment(left)) + own + s.cost(s.gse.Segment(right))
	return with <= s.cost(sent.segs[around.first:around.end])
}

// word returns one word, folded.
func (sent *sentence) word(i int) string {
	return string(sent.folded[sent.foldAt[sent.tokens[i].first]:sent.foldAt[sent.tokens[i].end]])
}

// words returns the words from the one at character a to the one before b, folded.
func (sent *sentence) words(a, b int) []string {
	var out []string
	for i := sent.tokenAt(a); i < len(sent.tokens) && sent.tokens[i].first < b; i++ {
		out = append(out, sent.word(i))
	}
	return out
}

// allWords cuts the whole sentence; it must not have been cut in part.
func (sent *sentence) allWords(s *Segmenter) []string {
	sent.cut(s, 0, len(sent.at)-1)
	return sent.words(0, len(sent.at)-1)
}
