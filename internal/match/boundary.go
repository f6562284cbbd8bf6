package match

import (
	"sort"
	"strings"
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
	wholeWords verdict = iota + 1 // made of whole words
	insideWord                    // inside a word of three or more characters
	readsBest                     // the sentence reads best with it as a word
	straddles                     // pieced together from the edges of words
	insidePair                    // one character of a word of two
	partOfRun                     // part of a longer run of letters or digits
)

func (v verdict) accepted() bool { return v <= readsBest }

// reach is how many words to each side a second hearing looks at. It bounds the
// work on a long sentence; reading further has nothing to say on the keyword.
const reach = 4

// sentence is one sentence, folded and cut.
type sentence struct {
	start, end int    // its bytes in the text
	folded     string // folded text
	at         []int  // by rune: byte offset in the text; one more for the end
	foldAt     []int  // by rune: byte offset in folded; one more for the end
	segs       []gse.Segment
	tokens     []token
}

// token is one word of a sentence, as a range of its runes.
type token struct{ first, end int }

// sentenceAt cuts the sentence that holds the byte at.
func (s *Segmenter) sentenceAt(text string, at int) sentence {
	start, end := sentenceBounds(text, at)
	sent := sentence{start: start, end: end}
	n := utf8.RuneCountInString(text[start:end])
	sent.at, sent.foldAt = make([]int, 0, n+1), make([]int, 0, n+1)
	var b strings.Builder
	b.Grow(end - start)
	for i, r := range text[start:end] {
		sent.at = append(sent.at, start+i)
		sent.foldAt = append(sent.foldAt, b.Len())
		b.WriteRune(fold(r))
	}
	sent.folded = b.String()
	sent.at, sent.foldAt = append(sent.at, end), append(sent.foldAt, b.Len())
	sent.segs = s.gse.Segment([]byte(sent.folded))
	sent.tokens = make([]token, len(sent.segs))
	r := 0
	for i := range sent.segs {
		sent.tokens[i].first = r
		for sent.foldAt[r] < sent.segs[i].End() {
			r++
		}
		sent.tokens[i].end = r
	}
	return sent
}

// decide applies the boundary rule to one place of a keyword.
func (sent *sentence) decide(s *Segmenter, k *keyword, sp span) verdict {
	a, b := sort.SearchInts(sent.at, sp.start), sort.SearchInts(sent.at, sp.end)
	if sent.joinsRun(a) || sent.joinsRun(b) {
		return partOfRun
	}
	i, j := sent.tokenAt(a), sent.tokenAt(b-1)
	switch {
	case sent.tokens[i].first == a && sent.tokens[j].end == b:
		return wholeWords
	case i != j:
		if sent.readsBetter(s, k, a, b, i, j) {
			return readsBest
		}
		return straddles
	case sent.tokens[i].end-sent.tokens[i].first > 2:
		return insideWord
	}
	return insidePair
}

// joinsRun tells whether the edge before rune r falls inside a run of letters
// and digits, such as the one after "mac" in "machine".
func (sent *sentence) joinsRun(r int) bool {
	if r == 0 || r == len(sent.foldAt)-1 {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(sent.folded[:sent.foldAt[r]])
	after, _ := utf8.DecodeRuneInString(sent.folded[sent.foldAt[r]:])
	return isLetterRun(before) && isLetterRun(after)
}

// tokenAt returns the index of the word that holds rune r.
func (sent *sentence) tokenAt(r int) int {
	return sort.Search(len(sent.tokens), func(i int) bool { return sent.tokens[i].end > r })
}

// readsBetter compares the cut as it is with the best one in which the runes
// [a, b) are one word, around the words i to j that hold them.
func (sent *sentence) readsBetter(s *Segmenter, k *keyword, a, b, i, j int) bool {
	lo, hi := max(i-reach, 0), min(j+reach, len(sent.tokens)-1)
	left := sent.folded[sent.foldAt[sent.tokens[lo].first]:sent.foldAt[a]]
	right := sent.folded[sent.foldAt[b]:sent.foldAt[sent.tokens[hi].end]]
	with := s.cost(s.gse.Segment([]byte(left))) + k.ownCost + s.cost(s.gse.Segment([]byte(right)))
	return with <= s.cost(sent.segs[lo:hi+1])
}

// word returns the folded text of one word.
func (sent *sentence) word(i int) string {
	return sent.folded[sent.foldAt[sent.tokens[i].first]:sent.foldAt[sent.tokens[i].end]]
}

// around shows the words that hold the bytes [start, end) of the text: 提供|水泥.
func (sent *sentence) around(start, end int) string {
	i := sent.tokenAt(sort.SearchInts(sent.at, start))
	j := sent.tokenAt(sort.SearchInts(sent.at, end) - 1)
	words := make([]string, 0, j-i+1)
	for ; i <= j; i++ {
		words = append(words, sent.word(i))
	}
	return strings.Join(words, "|")
}
