package match

import (
	"math/bits"
	"strings"
)

// Set is a set of topics compiled for matching. It is never changed: to take up
// new topics, compile a new one and swap it in. It is safe for many goroutines.
type Set struct {
	seg      *Segmenter
	trie     *trie
	keywords []keyword
	rules    []rule
}

// keyword is one word that some topic looks for.
type keyword struct {
	text    string  // as written
	ownCost float64 // see Segmenter.ownCost
	uses    []use
}

// use is what one topic wants with a keyword.
type use struct {
	rule int32
	role role
	bit  uint64 // which entry of `all` it satisfies
}

type role uint8

const (
	roleAny role = iota + 1
	roleAll
	roleNone
)

// rule is one topic compiled.
type rule struct {
	topic   *Topic
	index   int
	hasAny  bool
	wantAll uint64
}

// Compile makes topics ready to match. The topics are copied. The error is a
// Problems: it repeats only those checks of LoadTopics that the result rests on.
func Compile(topics []Topic, lists Lists, seg *Segmenter) (*Set, error) {
	var ps Problems
	c := compiler{set: &Set{seg: seg, rules: make([]rule, len(topics))}, lists: lists, byWord: map[string]int32{}, ps: &ps}
	own := append([]Topic(nil), topics...)
	for i := range own {
		c.topic(i, &own[i])
	}
	if len(ps) > 0 {
		return nil, ps.err()
	}
	c.set.trie = newTrie(c.folded)
	return c.set, nil
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

// Keywords returns how many different words the topics look for.
func (s *Set) Keywords() int { return len(s.keywords) }

type compiler struct {
	set    *Set
	lists  Lists
	byWord map[string]int32 // folded word → index in set.keywords
	folded []string
	ps     *Problems
}

func (c *compiler) topic(i int, t *Topic) {
	if len(t.Any)+len(t.All) == 0 || len(t.All) > maxAll {
		c.ps.add(t.File, t.Line, "专题“%s”要有 any 或 all，all 最多 %d 项", t.Name, maxAll)
		return
	}
	c.set.rules[i] = rule{topic: t, index: i, hasAny: len(t.Any) > 0, wantAll: 1<<len(t.All) - 1}
	for _, e := range t.Any {
		c.entry(t, e, use{rule: int32(i), role: roleAny})
	}
	for n, e := range t.All {
		c.entry(t, e, use{rule: int32(i), role: roleAll, bit: 1 << n})
	}
	for _, e := range t.None {
		c.entry(t, e, use{rule: int32(i), role: roleNone})
	}
}

func (c *compiler) entry(t *Topic, entry string, u use) {
	words := []string{entry}
	if name, ok := strings.CutPrefix(entry, "@"); ok {
		var known bool
		if words, known = c.lists.Words(name); !known {
			c.ps.add(t.File, t.Line, "专题“%s”：没有叫“%s”的词表", t.Name, name)
			return
		}
	}
	for _, w := range words {
		if err := checkWord(w); err != nil {
			c.ps.add(t.File, t.Line, "专题“%s”：%v", t.Name, err)
			continue
		}
		k := c.keyword(w)
		k.uses = append(k.uses, u)
	}
}

func (c *compiler) keyword(w string) *keyword {
	f := foldString(w)
	i, ok := c.byWord[f]
	if !ok {
		i = int32(len(c.folded))
		c.byWord[f] = i
		c.folded = append(c.folded, f)
		c.set.keywords = append(c.set.keywords, keyword{text: w, ownCost: c.set.seg.ownCost(f)})
	}
	return &c.set.keywords[i]
}

// missing lists the entries of `all` that were not found.
func (st *state) missing() []string {
	var out []string
	for rest := st.rule.wantAll &^ st.all; rest != 0; rest &= rest - 1 {
		out = append(out, st.rule.topic.All[bits.TrailingZeros64(rest)])
	}
	return out
}
