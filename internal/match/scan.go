package match

import "unicode/utf8"

// scanner finds every place of every word in a text, in one pass. It is the
// prefilter: all of every text goes in and next to nothing comes out, so it is
// built for saying no. Of most runes it asks three tables, which stay in the
// processor's caches however many words there are:
//
//	rune ──codes──▶ code ──kinds──▶ is it noise, or not there, or a word?
//	the last two and three codes ──sieve──▶ may a word begin with them?
//
// Only where one may does it walk down the trie. codes folds on the way: all runes
// that fold to the same one have its code. scanbuild.go makes the tables.
type scanner struct {
	codes [1 << 16]code // by rune of the Basic Multilingual Plane
	far   map[rune]code // by rune beyond it, folded; only those of words
	kinds [1 << 16]kind // by code

	// sieve has the codes of each word of two runes, and the first three of each
	// longer one.
	sieve sieve
	nodes []node
}

// code is a number for a rune.
type code = uint16

// The codes of runes that no word holds; 0 is the trie's root and no code.
// Those of words come after.
const (
	strange code = iota + 1 // neither of the next two
	unseen                  // of class invisible
	gap                     // of class noise
	firstCode
)

// kind is what there is to know of a code, in bits.
type kind uint8

const (
	isNoise   kind = 1 << iota // of class noise
	isChinese                  // of class chinese
	isUnseen                   // of class invisible
	isWord                     // a word of one rune
)

// node is a node of the trie, which is a double array: the child of node n by code c
// is nodes[nodes[n].base+c] if that one's check is n. The root is node 0 and its base
// is 0, so a code is also the node of the words that begin with it.
type node struct {
	base, check int32
	word        int32 // the word that ends here: its index + 1, or 0
}

// span is one place of one keyword, in bytes of the text as it was posted.
type span struct {
	keyword    int32
	start, end int
}

// find appends every place of every word in text to spans, by start and then by
// length. It reads the text as range does, where a broken byte is a U+FFFD.
func (s *scanner) find(text string, spans []span) []span {
	// At each visible rune it is settled whether a word begins two before it.
	runes := uint64(strange)<<16 | uint64(strange) // the last codes, 16 bits each, the last one lowest
	first, second := len(text), len(text)          // where the last two are: there are none yet
	may := uint64(0)                               // not 0 if a word may begin at first, going by these two
	for i := 0; i < len(text); {
		start, c := i, code(0)
		if r, ok := threeBytes(text[i:]); ok {
			c, i = s.codes[r], i+3
		} else {
			c, i = s.decode(text, i)
		}
		k := s.kinds[c]
		if k&isUnseen != 0 {
			continue // it is not there
		}
		runes = runes<<16 | uint64(c)
		if may|s.sieve.has(runes&(1<<48-1))|uint64(k&isNoise) != 0 { // behind noise a word may go on
			spans = s.walk(text, first, spans)
		}
		may = s.sieve.has(runes&(1<<32-1)) | uint64(k&isNoise) | uint64(s.kinds[code(runes>>16)]&isWord)
		first, second = second, start
	}
	return s.walk(text, second, s.walk(text, first, spans))
}

// sieve is a set of two and three codes that may take in others too: a Bloom filter
// that looks at one place in memory only.
type sieve struct {
	words []uint64
	mask  uint64 // len(words)-1; their number is a power of two
}

// has returns 1 if the set has runes; if not, mostly 0.
func (s *sieve) has(runes uint64) uint64 {
	h := hash(runes)
	w := s.words[h>>32&s.mask]
	return w >> (h >> 58) & (w >> (h >> 52 & 63)) & 1
}

func (s *sieve) add(runes uint64) {
	h := hash(runes)
	s.words[h>>32&s.mask] |= 1<<(h>>58) | 1<<(h>>52&63)
}

// hash spreads codes over 64 bits, the best of which are the upper ones.
func hash(runes uint64) uint64 { return runes * 0x9E3779B97F4A7C15 }

// threeBytes returns the first rune if it is one of three bytes, as nearly all of
// Chinese is. Those that begin with E0 or ED it leaves to others: there, not every
// two bytes that look right make a rune.
func threeBytes(text string) (rune uint16, ok bool) {
	if len(text) < 3 {
		return 0, false
	}
	a, b, c := text[0], text[1]^0x80, text[2]^0x80
	return uint16(a)<<12 | uint16(b)<<6 | uint16(c), (b|c)&0xC0 == 0 && 0xE0 < a && a < 0xF0 && a != 0xED
}

// decode returns the code of the rune at byte i, and where the next rune is.
func (s *scanner) decode(text string, i int) (c code, end int) {
	if r, ok := threeBytes(text[i:]); ok {
		return s.codes[r], i + 3
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	return s.codeOf(r), i + n
}

func (s *scanner) codeOf(r rune) code {
	if uint32(r) < 1<<16 {
		return s.codes[r]
	}
	f := factOf(r)
	if c, ok := s.far[f.to]; ok {
		return c
	}
	return strangerOf(f.class)
}

// visible returns the code of the first visible rune from byte i on, and its place;
// a strange one if there is none.
func (s *scanner) visible(text string, i int) (c code, start, end int) {
	for i < len(text) {
		c, end = s.decode(text, i)
		if s.kinds[c]&isUnseen == 0 {
			return c, i, end
		}
		i = end
	}
	return strange, i, i
}

// child returns the child of the trie's node n by the code c; 0 if it has none.
func (s *scanner) child(n int32, c code) int32 {
	child := uint(s.nodes[n].base) + uint(c)
	if child >= uint(len(s.nodes)) || s.nodes[child].check != n {
		return 0
	}
	return int32(child)
}

// walk appends the words that begin at byte start.
func (s *scanner) walk(text string, start int, spans []span) []span {
	c, _, end := s.visible(text, start)
	for n := int32(c); n != 0; {
		if w := s.nodes[n].word; w != 0 {
			spans = append(spans, span{w - 1, start, end})
		}
		next, at, nextEnd := s.visible(text, end)
		if s.kinds[next]&isNoise != 0 && s.kinds[c]&isChinese != 0 {
			if behind := s.behindNoise(text, at); behind > 0 { // else it may be the word's own, as in 二-A
				next, _, nextEnd = s.visible(text, behind)
			}
		}
		c, n, end = next, s.child(n, next), nextEnd
	}
	return spans
}

// behindNoise returns where the noise at byte i is followed by a Chinese character
// of words, or 0 if there is too much noise or something else follows.
func (s *scanner) behindNoise(text string, i int) int {
	for n := 0; n <= maxNoise; n++ {
		c, start, end := s.visible(text, i)
		switch k := s.kinds[c]; {
		case k&isChinese != 0:
			return start
		case k&isNoise == 0:
			return 0
		}
		i = end
	}
	return 0
}
