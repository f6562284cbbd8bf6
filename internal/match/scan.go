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
// That is skip. Only where a word may begin does it walk down the trie. codes folds on
// the way: all runes that fold to the same one have its code. scanbuild.go makes the
// tables.
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
	isFirst                    // a word begins with it
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
	for i := 0; i < len(text); {
		c, end := s.decode(text, i)
		if s.kinds[c]&isFirst != 0 {
			spans = s.walk(text, i, spans)
		}
		i = s.skip(text, end)
	}
	return spans
}

// skip returns a byte from i on before which no word begins, the furthest one it can
// tell of; i is where a rune begins, but not 0. It goes on while the runes are of three
// bytes and are neither noise nor unseen nor a word: so what a word takes of them is two
// or more that are side by side. It calls nothing, so that what it needs stays in registers.
func (s *scanner) skip(text string, i int) int {
	words, mask := s.sieve.words, s.sieve.mask
	codes := uint64(0) // the last ones, 16 bits each, the last one lowest; 0 is none
	rest := text[i-1:] // with the byte before, so that the last rune too is the end of four bytes
	for len(rest) > 3 {
		u := (uint32(rest[0]) | uint32(rest[1])<<8 | uint32(rest[2])<<16 | uint32(rest[3])<<24) >> 8 // one load
		r := uint16(u<<12 | u>>2&0xFC0 | u>>16&0x3F)
		if u&0xC0C0F0 != 0x8080E0 || r < 0x800 {
			break
		}
		c := s.codes[r]
		if s.kinds[c]&(isNoise|isUnseen|isWord) != 0 {
			break
		}
		codes = codes<<16 | uint64(c)
		two, three := hash(codes&(1<<32-1)), hash(codes&(1<<48-1))
		if b := bitsOf(two); words[two>>40&mask]&b == b {
			break
		}
		if b := bitsOf(three); words[three>>40&mask]&b == b {
			break
		}
		rest = rest[3:]
	}
	if len(rest) == 1 { // the byte before the end
		return len(text)
	}
	return max(i, len(text)-len(rest)+1-2*3) // with this rune, the two before it may begin a word
}

// sieve is a set of two and three codes that may take in others too: a Bloom filter
// that looks at one place in memory only.
type sieve struct {
	words []uint64
	mask  uint64 // len(words)-1; their number is a power of two
}

func (s *sieve) add(codes uint64) {
	h := hash(codes)
	s.words[h>>40&s.mask] |= bitsOf(h)
}

// hash spreads codes over 64 bits, the best of which are the upper ones.
func hash(codes uint64) uint64 { return codes * 0x9E3779B97F4A7C15 }

// bitsOf returns the bits that stand for a hash in its word.
func bitsOf(hash uint64) uint64 { return twoBits[hash>>30%1024] }

// twoBits are words with an even bit and an odd one set, each with each: to look one
// up is quicker than to make it.
var twoBits = func() (t [1024]uint64) {
	for i := range t {
		t[i] = 1<<(i/32*2) | 1<<(i%32*2+1)
	}
	return t
}()

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
	if b := text[i]; b < utf8.RuneSelf {
		return s.codes[b], i + 1
	}
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
	f := factsOf(r)
	if f.to < 1<<16 {
		return s.codes[f.to]
	}
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
