package post

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
)

// Sketch is what is kept of a text to find it again when it is told again, in whole
// or in part: a few hundred bytes, a value to compare with ==, a string in JSON. The
// zero Sketch is of no text and is never found.
//
// It holds
//   - a MinHash of the text's 3-rune shingles: the smallest hashes, a fifth of
//     all. Of two texts those below the lower of both limits are the same sample of
//     either, so their shares estimate how much of one text stands in the other,
//     however different the two are in length;
//   - a MinHash of the places named, and of a brief text the numbers: with others, it is
//     another matter;
//   - keys by which an Index looks it up: the smallest hash of 8-rune shingles in
//     each window of the text (winnowing: S. Schleimer, D. Wilkerson, A. Aiken,
//     "Local Algorithms for Document Fingerprinting", 2003). Texts that share a run
//     of maxWindow+keyRunes-1 runes share a key;
//   - a hash of the whole.
type Sketch struct{ packed string }

const (
	shingleRunes = 3
	keyRunes     = 8
	minWindow    = 4    // of a text of up to 48 runes; a longer one has wider windows
	maxWindow    = 30   // so that a cut of 50 runes has a key of the whole text for sure
	minSample    = 64   // of the hashes of a text that has as many; of a long text a fifth
	maxSample    = 1024 // bounds what a hostile text takes
	maxPlaces    = 24

	// shortest is the number of shingles below which only equal texts are the same: two
	// short sentences that differ in one place name are two matters.
	shortest = 12
)

// form is the first word of a packed sketch: one of another form is read as zero.
const form = 1

// A packed sketch is four-byte words: these, and then its lists, each ascending.
const (
	wordForm = iota
	wordWhole
	wordWholeHigh
	wordCount  // distinct shingles of the text
	wordPlaced // distinct places in the text
	wordSample // this and the next three: lengths of the lists
	wordPlaces
	wordNumbers
	wordKeys
	words
)

// SketchOf sketches title and text together. Blanks, punctuation, capitals, full-width
// forms and traditional characters make no difference.
func SketchOf(title, text string) Sketch {
	head, body := folded(nil, title), folded(nil, text)
	whole := uint64(14695981039346656037)
	for _, r := range slices.Concat(head, body) {
		whole = mix(whole ^ uint64(r))
	}
	if len(head)+len(body) == 0 {
		return Sketch{}
	}
	sample := distinct(slices.Concat(hashes(head, shingleRunes), hashes(body, shingleRunes)))
	if len(sample) < shortest {
		return pack(whole, len(sample), 0, nil, nil, nil, nil)
	}
	places := distinct(append(placesIn(title), placesIn(text)...))
	var numbers []uint32
	if len(sample) < briefShingles {
		numbers = distinct(append(numbersIn(head), numbersIn(body)...))
	}
	width := min(max((len(head)+len(body))/12, minWindow), maxWindow)
	keys := distinct(append(winnow(hashes(head, keyRunes), width), winnow(hashes(body, keyRunes), width)...))
	size := min(max(len(sample)/5, minSample), maxSample)
	return pack(whole, len(sample), len(places), sample[:min(size, len(sample))], places[:min(maxPlaces, len(places))], numbers, keys)
}

// hashes are those of all windows of n runes.
func hashes(text []rune, n int) []uint32 {
	if len(text) < n {
		return nil
	}
	out := make([]uint32, 0, len(text)-n+1)
	for i := range len(text) - n + 1 {
		h := uint64(n)
		for _, r := range text[i : i+n] {
			h = mix(h ^ uint64(r))
		}
		out = append(out, uint32(h>>32))
	}
	return out
}

// winnow picks the smallest of each width hashes that follow one another.
func winnow(hashes []uint32, width int) []uint32 {
	var out []uint32
	for i := range max(len(hashes)-width+1, min(len(hashes), 1)) {
		least := slices.Min(hashes[i:min(i+width, len(hashes))])
		if len(out) == 0 || out[len(out)-1] != least {
			out = append(out, least)
		}
	}
	return out
}

func distinct(hashes []uint32) []uint32 {
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// mix is the finaliser of SplitMix64: every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func pack(whole uint64, count, placed int, lists ...[]uint32) Sketch {
	all := []uint32{form, uint32(whole), uint32(whole >> 32), uint32(count), uint32(placed)}
	for _, list := range lists {
		all = append(all, uint32(len(list)))
	}
	all = slices.Concat(all, slices.Concat(lists...))
	b := make([]byte, 0, 4*len(all))
	for _, w := range all {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return Sketch{string(b)}
}

func (s Sketch) word(i int) uint32 {
	p := s.packed[4*i : 4*i+4]
	return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24
}

// list tells where a list of s begins and how long it is, in words.
func (s Sketch) list(which int) (at, n int) {
	at = words
	for i := wordSample; i < which; i++ {
		at += int(s.word(i))
	}
	return at, int(s.word(which))
}

// keys are what s is looked up by: first a hash of the whole, which is the only one of
// a text too short for others.
func (s Sketch) keys() []uint32 {
	if s == (Sketch{}) {
		return nil
	}
	at, n := s.list(wordKeys)
	out := make([]uint32, 1, 1+n)
	out[0] = uint32(mix(s.whole()))
	for i := range n {
		out = append(out, s.word(at+i))
	}
	return out
}

func (s Sketch) whole() uint64 {
	return uint64(s.word(wordWhole)) | uint64(s.word(wordWholeHigh))<<32
}

// MarshalText writes s for the journal.
func (s Sketch) MarshalText() ([]byte, error) {
	return base64.RawStdEncoding.AppendEncode(nil, []byte(s.packed)), nil
}

// UnmarshalJSON reads what MarshalText wrote. A sketch of another form, such as an
// earlier version of the program kept, is read as zero.
func (s *Sketch) UnmarshalJSON(b []byte) error {
	*s = Sketch{}
	var text string
	if json.Unmarshal(b, &text) != nil {
		return nil
	}
	packed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("sketch: %w", err)
	}
	if read := (Sketch{string(packed)}); read.sound() {
		*s = read
	}
	return nil
}

// sound tells whether s is of this form, with its lists whole.
func (s Sketch) sound() bool {
	n := uint64(len(s.packed))
	if n < 4*words || n%4 != 0 || s.word(wordForm) != form {
		return false
	}
	sum := uint64(words)
	for i := wordSample; i < words; i++ {
		sum += uint64(s.word(i))
	}
	return n/4 == sum
}
