package match

import "unicode/utf8"

// trie finds every place of every keyword in a text, in one pass over the runes
// and a short walk from where a keyword may begin. It is the prefilter: it
// allocates nothing, and of most texts it only looks up one bit for each rune.
type trie struct {
	pairs [pairBits / 64]uint64 // hashes of the first two runes of keywords
	ones  map[rune]int32        // keywords of a single rune: index + 1
	next  map[uint64]int32      // node<<32 | rune → node
	word  []int32               // by node: keyword index + 1, or 0
}

// pairBits is the size of the filter: with 10,000 keywords one in six strange
// pairs passes it, and costs a walk.
const pairBits = 1 << 16

// span is one place of one keyword, in bytes of the text searched.
type span struct {
	keyword    int32
	start, end int
}

// newTrie builds a trie of folded words; a word's index is its place in words.
func newTrie(words []string) *trie {
	t := &trie{ones: make(map[rune]int32), next: make(map[uint64]int32), word: make([]int32, 1)}
	for i, w := range words {
		runes := []rune(w)
		if len(runes) == 1 {
			t.ones[runes[0]] = int32(i) + 1
			continue
		}
		h := pairHash(runes[0], runes[1])
		t.pairs[h>>6] |= 1 << (h & 63)
		node := int32(0)
		for _, r := range runes {
			key := uint64(node)<<32 | uint64(r)
			to, ok := t.next[key]
			if !ok {
				to = int32(len(t.word))
				t.word = append(t.word, 0)
				t.next[key] = to
			}
			node = to
		}
		t.word[node] = int32(i) + 1
	}
	return t
}

// pairHash maps two runes to a bit of the filter.
func pairHash(a, b rune) uint64 {
	return (uint64(a)<<21 | uint64(b)) * 0x9E3779B97F4A7C15 >> 48
}

// find appends every place of every keyword to spans, by start and then length.
func (t *trie) find(text string, spans []span) []span {
	before, at := rune(-1), 0 // the rune before and where it stands
	for i, r := range text {
		r = fold(r)
		if before >= 0 {
			spans = t.from(text, before, r, at, i, spans)
		}
		before, at = r, i
	}
	if before >= 0 {
		spans = t.from(text, before, -1, at, len(text), spans)
	}
	return spans
}

// from appends what begins with the rune a of the bytes [start, second); b is the
// rune after it, or -1 at the end.
func (t *trie) from(text string, a, b rune, start, second int, spans []span) []span {
	if len(t.ones) > 0 {
		if w := t.ones[a]; w != 0 {
			spans = append(spans, span{keyword: w - 1, start: start, end: second})
		}
	}
	if b < 0 {
		return spans
	}
	if h := pairHash(a, b); t.pairs[h>>6]>>(h&63)&1 == 0 {
		return spans
	}
	return t.walk(text, start, spans)
}

func (t *trie) walk(text string, start int, spans []span) []span {
	node := int32(0)
	for i := start; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		to, ok := t.next[uint64(node)<<32|uint64(fold(r))]
		if !ok {
			return spans
		}
		node, i = to, i+n
		if w := t.word[node]; w != 0 {
			spans = append(spans, span{keyword: w - 1, start: start, end: i})
		}
	}
	return spans
}
