package match

import (
	"cmp"
	"slices"
	"sync"
)

// Set is a set of topics compiled for matching. It is never changed: to take up
// new topics, compile a new one and swap it in. It is safe for many goroutines.
type Set struct {
	seg      *Segmenter
	lists    Lists
	scan     *scanner
	keywords []keyword // by the scanner's index; one more for the end of the last one's uses
	uses     []use     // by keyword
	terms    []compiledTerm
	rules    []rule
	fields   fieldSet // those that some term asks for
	findings sync.Pool
}

// keyword is one word that some term looks for.
type keyword struct {
	text string // as written first
	uses int32  // where its uses begin in Set.uses
	read bool   // some use asks how it stands in the sentence
}

// use is how one term looks for a keyword.
type use struct {
	term int32
	mode mode
}

// compiledTerm is a term; topics that write the same one share it.
type compiledTerm struct {
	fields fieldSet
	rules  []int32 // of the topics that use it
}

// rule is one topic compiled.
type rule struct {
	topic *Topic
	root  *expr
	terms []int32 // all of root's
}

// Compile makes topics ready to match. The topics are copied. The error is a
// Problems with what is wrong in any of them.
func Compile(topics []Topic, lists Lists, seg *Segmenter) (*Set, error) {
	var ps Problems
	c := compiler{
		set:    &Set{seg: seg, lists: lists, rules: make([]rule, len(topics))},
		byWord: map[string]int32{}, byTerm: map[term]int32{},
	}
	own := append([]Topic(nil), topics...)
	for i := range own {
		t := &own[i]
		root, err := t.root(lists)
		if err != nil {
			ps = append(ps, err...)
			continue
		}
		c.set.rules[i] = rule{topic: t, root: root}
		root.each(false, func(n *expr, _ bool) {
			if n.op == opTerm {
				c.term(int32(i), n)
			}
		})
	}
	if len(ps) > 0 {
		return nil, ps.err()
	}
	s := c.set
	s.scan = newScanner(c.words)
	c.layUses()
	s.findings.New = func() any { return new(findings) }
	return s, nil
}

// Topics returns the compiled topics, in the order they were given. They are
// not to be changed.
func (s *Set) Topics() []*Topic {
	out := make([]*Topic, len(s.rules))
	for i := range s.rules {
		out[i] = s.rules[i].topic
	}
	return out
}

// Asks tells whether the i-th topic looks at a field.
func (s *Set) Asks(i int, f Field) bool {
	asks := false
	s.rules[i].root.each(false, func(n *expr, _ bool) { asks = asks || n.op == opTerm && n.term.fields.has(f) })
	return asks
}

// Keywords returns how many different words the topics look for.
func (s *Set) Keywords() int { return len(s.keywords) - 1 }

// usesOf returns how the terms look for a keyword.
func (s *Set) usesOf(k int32) []use { return s.uses[s.keywords[k].uses:s.keywords[k+1].uses] }

// Lists returns the lists that the topics were compiled with.
func (s *Set) Lists() Lists { return s.lists }

// Segmenter returns what the set cuts sentences with.
func (s *Set) Segmenter() *Segmenter { return s.seg }

type compiler struct {
	set    *Set
	byWord map[string]int32 // folded word → index in set.keywords
	byTerm map[term]int32
	words  []string // folded
	wanted []wanted
}

// wanted is a use of a keyword before they are sorted by keyword.
type wanted struct {
	keyword int32
	use     use
}

// term gives a term of a rule its place in the set.
func (c *compiler) term(rule int32, n *expr) {
	id, ok := c.byTerm[n.term]
	if !ok {
		id = int32(len(c.set.terms))
		c.byTerm[n.term] = id
		c.set.terms = append(c.set.terms, compiledTerm{fields: n.term.fields})
		c.set.fields |= n.term.fields
		for _, w := range n.term.words(c.set.lists) {
			c.word(w, use{id, w.mode})
		}
	}
	n.id = id
	c.set.rules[rule].terms = append(c.set.rules[rule].terms, id)
	t := &c.set.terms[id]
	if len(t.rules) == 0 || t.rules[len(t.rules)-1] != rule {
		t.rules = append(t.rules, rule)
	}
}

func (c *compiler) word(w modedWord, u use) {
	i, ok := c.byWord[w.folded]
	if !ok {
		i = int32(len(c.words))
		c.byWord[w.folded] = i
		c.words = append(c.words, w.folded)
		c.set.keywords = append(c.set.keywords, keyword{text: w.text})
	}
	c.wanted = append(c.wanted, wanted{i, u})
	k := &c.set.keywords[i]
	k.read = k.read || u.mode != asPart && c.set.terms[u.term].fields&prose != 0
}

// layUses puts the uses of each keyword side by side.
func (c *compiler) layUses() {
	s := c.set
	slices.SortStableFunc(c.wanted, func(a, b wanted) int { return cmp.Compare(a.keyword, b.keyword) })
	s.uses = make([]use, len(c.wanted))
	s.keywords = append(slices.Grow(s.keywords, 1), keyword{uses: int32(len(s.uses))})
	for i := len(c.wanted) - 1; i >= 0; i-- {
		s.uses[i] = c.wanted[i].use
		s.keywords[c.wanted[i].keyword].uses = int32(i)
	}
}
