package match

import (
	"math/bits"
	"slices"
	"unicode/utf16"
)

// sieveWord is how many pairs and triples there are for a word of the sieve, at most:
// of others, about one in a hundred gets through.
const sieveWord = 2

// newScanner makes a scanner of words that went through foldWord, distinct and not
// empty; a word's index is its place in words. It panics if they hold more different
// runes than codes can number, some 65,000.
func newScanner(words []string) *scanner {
	s := &scanner{far: map[rune]code{}}
	used := s.number(words)
	entries := s.encode(words)
	s.sift(entries)
	s.plant(entries, used)
	return s
}

// number gives codes to the runes of words, and to all others those of strangers.
// It returns the code after the last one.
func (s *scanner) number(words []string) code {
	for r := range s.codes {
		s.codes[r] = strangerOf(facts[r].class)
		if utf16.IsSurrogate(rune(r)) {
			s.codes[r] = gap // bytes that look like one are broken, each by itself; this makes skip leave them
		}
	}
	s.kinds[unseen], s.kinds[gap] = isUnseen, isNoise
	free := firstCode
	for _, w := range words {
		for _, r := range w {
			if s.codeOf(r) >= firstCode {
				continue
			}
			if free == 0 {
				panic("match: the words hold too many different runes")
			}
			if r < 1<<16 {
				s.codes[r] = free
			} else {
				s.far[r] = free
			}
			s.kinds[free] = kindOf(factsOf(r).class)
			free++
		}
	}
	for r := range s.codes {
		if to := facts[r].to; to != rune(r) {
			s.codes[r] = s.codeOf(to)
		}
	}
	return free
}

// strangerOf returns the code of the runes of a class that no word holds.
func strangerOf(c class) code {
	switch c {
	case invisible:
		return unseen
	case noise:
		return gap
	}
	return strange
}

func kindOf(c class) kind {
	switch c {
	case chinese:
		return isChinese
	case noise:
		return isNoise
	case invisible:
		return isUnseen
	}
	return 0
}

// entry is a word on its way into the trie.
type entry struct {
	codes []code
	word  int32
}

// encode returns the words in the order of their codes.
func (s *scanner) encode(words []string) []entry {
	entries := make([]entry, len(words))
	total := 0
	for _, w := range words {
		total += len(w)
	}
	codes := make([]code, 0, total) // of all words, one behind the other
	for i, w := range words {
		first := len(codes)
		for _, r := range w {
			codes = append(codes, s.codeOf(r))
		}
		entries[i] = entry{codes[first:], int32(i)}
	}
	slices.SortFunc(entries, func(a, b entry) int { return slices.Compare(a.codes, b.codes) })
	return entries
}

// sift fills the sieve and marks the words of one rune and what words begin with.
func (s *scanner) sift(entries []entry) {
	var heads []uint64
	for _, e := range entries {
		s.kinds[e.codes[0]] |= isFirst
		if len(e.codes) == 1 {
			s.kinds[e.codes[0]] |= isWord
			continue
		}
		head := uint64(0)
		for _, c := range e.codes[:min(len(e.codes), 3)] {
			head = head<<16 | uint64(c)
		}
		heads = append(heads, head)
	}
	heads = slices.Compact(heads) // the same ones are side by side
	size := 1 << bits.Len(uint(len(heads)/sieveWord))
	s.sieve = sieve{make([]uint64, size), uint64(size - 1)}
	for _, head := range heads {
		s.sieve.add(head)
	}
}

// branch is the entries [lo, hi), all of which begin with what leads to node.
type branch struct {
	lo, hi int
	node   int32
}

// plant makes the trie, one level after the other: the nodes near the root have
// the most children, and find a place best while there is much room.
func (s *scanner) plant(entries []entry, used code) {
	g := gardener{nodes: make([]node, used), entries: entries, room: slots{full: int(used)}}
	level := []branch{{hi: len(entries)}}
	for depth := 0; len(level) > 0; depth++ {
		var below []branch
		for _, b := range level {
			if b.lo < b.hi && len(entries[b.lo].codes) == depth { // ends here, and so comes first
				g.nodes[b.node].word = entries[b.lo].word + 1
				b.lo++
			}
			if b.lo < b.hi {
				below = g.sprout(below, b, depth)
			}
		}
		level = below
	}
	s.nodes = slices.Clone(g.nodes) // without what append kept in hand
}

// gardener is what it takes to make a trie.
type gardener struct {
	nodes   []node
	entries []entry
	room    slots
	codes   []code // of the children at hand
}

// sprout makes the children of a branch's node and appends their branches to below.
func (g *gardener) sprout(below []branch, b branch, depth int) []branch {
	first := len(below)
	g.codes = g.codes[:0]
	for lo := b.lo; lo < b.hi; lo = below[len(below)-1].hi {
		c, hi := g.entries[lo].codes[depth], lo+1
		for hi < b.hi && g.entries[hi].codes[depth] == c {
			hi++
		}
		g.codes, below = append(g.codes, c), append(below, branch{lo: lo, hi: hi})
	}
	base := int32(0)
	if depth > 0 {
		base = g.room.take(g.codes)
	}
	if more := int(base) + int(g.codes[len(g.codes)-1]) + 1 - len(g.nodes); more > 0 {
		g.nodes = append(g.nodes, make([]node, more)...)
	}
	g.nodes[b.node].base = base
	for i, c := range g.codes {
		child := base + int32(c)
		g.nodes[child].check = b.node
		below[first+i].node = child
	}
	return below
}

// slots knows which nodes of the double array are taken.
type slots struct {
	taken []uint64 // by node, in bits; what is beyond its end is free
	full  int      // all nodes before this one are taken
}

// take finds the lowest base with which all of codes, in order, lead to free nodes,
// and takes them. It tries 64 bases at a time.
func (t *slots) take(codes []code) int32 {
	base := t.full - int(codes[0]) // above 0, as the codes' own nodes are all before full
	for {
		busy := uint64(0) // bit i: some code leads from base+i to a node that is taken
		for _, c := range codes {
			if busy |= t.window(base + int(c)); busy == 1<<64-1 {
				break
			}
		}
		if busy != 1<<64-1 {
			base += bits.TrailingZeros64(^busy)
			break
		}
		base += 64
	}
	for _, c := range codes {
		at := base + int(c)
		for at>>6 >= len(t.taken) {
			t.taken = append(t.taken, 0)
		}
		t.taken[at>>6] |= 1 << (at & 63)
	}
	for t.window(t.full)&1 != 0 {
		t.full++
	}
	return int32(base)
}

// window returns the bits of the 64 nodes from at on.
func (t *slots) window(at int) uint64 {
	var low, high uint64
	if i := at >> 6; i+1 < len(t.taken) {
		low, high = t.taken[i], t.taken[i+1]
	} else if i < len(t.taken) {
		low = t.taken[i]
	}
	return low>>(at&63) | high<<(64-at&63)
}
