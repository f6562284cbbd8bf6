package match

import (
	"fmt"
	"maps"
	"math"
	"sync"
	"unicode/utf8"
	"weak"

	"github.com/go-ego/gse"
)

// Frequencies stand for how common a word is in the dictionary's corpus of some
// 33 million words. A word of ours is as common as a middling word of it: common
// enough to stay whole, too rare to tear 提供|水泥 apart.
const (
	ownWordFreq = 60
	// keywordBonus is how much more is made of a keyword of two characters in a
	// second hearing, in bits; longBonus is what each further character adds. The
	// corpus is newspapers and novels: who writes to an office means its words eight
	// times as often, and the longer one is, the less likely it came about by chance.
	// So 煤气 gets through in 煤|气味, which is short of two bits, and 法院执行 in
	// 法院|执行局, short of nine; 拖欠|薪水 and 提供|水泥 are short of more than thirty.
	keywordBonus = 3
	longBonus    = 5
	// unknownCost is what the segmenter charges for a character it does not know.
	unknownCost = 32
)

// Segmenter cuts Chinese sentences into words. It holds gse's dictionary of
// simplified Chinese, some 130 MB that take above a second to load, so a program
// makes one and shares it: after NewSegmenter it is only read, and safe for many
// goroutines.
//
// How gse is used, and why so. Our own words go in before the embedded
// dictionary: loading a dictionary computes the path costs of all words, a word
// added later would have none and be ignored at the start of a text, and adding a
// word while another goroutine cuts is a race. Only Segment is called: Cut may
// change the length of a text, and its hidden Markov model lives in globals.
type Segmenter struct {
	gse      gse.Segmenter
	logTotal float64
}

// loaded are the segmenters in use, by their extra words: one takes a second to load, and
// some 130 MB.
var loaded struct {
	sync.Mutex
	by map[string]weak.Pointer[Segmenter]
}

// NewSegmenter loads the dictionary and the extra words of dict/words.txt. Where somebody
// uses a segmenter with the same words it is that one.
func NewSegmenter(extra []ExtraWord) (*Segmenter, error) {
	words := fmt.Sprintf("%#v", extra)
	loaded.Lock()
	defer loaded.Unlock()
	if s := loaded.by[words].Value(); s != nil {
		return s, nil
	}
	s, err := loadSegmenter(extra)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(loaded.by, func(_ string, p weak.Pointer[Segmenter]) bool { return p.Value() == nil })
	if loaded.by == nil {
		loaded.by = make(map[string]weak.Pointer[Segmenter])
	}
	loaded.by[words] = weak.Make(s)
	return s, nil
}

func loadSegmenter(extra []ExtraWord) (*Segmenter, error) {
	s := &Segmenter{gse: gse.Segmenter{Dict: gse.NewDict(), NotLoadHMM: true, SkipLog: true}}
	s.gse.Init()
	for _, w := range extra {
		freq := w.Freq
		if freq == 0 {
			freq = ownWordFreq
		}
		if err := s.gse.AddToken(foldString(w.Text), freq); err != nil {
			return nil, fmt.Errorf("add %q to the segmenter: %w", w.Text, err)
		}
	}
	if err := s.gse.LoadDictEmbed("zh_s"); err != nil {
		return nil, fmt.Errorf("load the segmenter's dictionary: %w", err)
	}
	s.logTotal = math.Log2(s.gse.Dict.TotalFreq())
	return s, nil
}

// Cut returns the words of text, folded as they are compared (small letters,
// half-width, simplified), sentence by sentence; for showing how a text was
// understood.
func (s *Segmenter) Cut(text string) []string {
	var words []string
	var sent sentence
	for at := 0; at < len(text); {
		if r, n := utf8.DecodeRuneInString(text[at:]); endsSentence(r) {
			words = append(words, string(fold(r)))
			at += n
			continue
		}
		sent.start, sent.end = sentenceBounds(text, at)
		sent.spell(text)
		words = append(words, sent.allWords(s)...)
		at = sent.end
	}
	return words
}

// cost is the length of the path over segs: the sum of log2(total/frequency).
func (s *Segmenter) cost(segs []gse.Segment) float64 {
	sum := 0.0
	for i := range segs {
		if f := segs[i].Token().Freq(); f > 1 {
			sum += s.logTotal - math.Log2(f)
		} else {
			sum += unknownCost
		}
	}
	return sum
}

// ownCost is what a folded word costs as one word in a second hearing.
func (s *Segmenter) ownCost(word string) float64 {
	freq, _, _ := s.gse.Find(word)
	return s.logTotal - math.Log2(max(freq, ownWordFreq)) - keywordBonus - longBonus*float64(utf8.RuneCountInString(word)-2)
}
