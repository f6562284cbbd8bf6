// Package match is the room of the topics: what an agency wants to hear of,
// written as word lists, and which posts speak of it.
//
// A word of a list does not match like a substring. A post is first searched
// for all words at once; only the sentences that hold one are cut into Chinese
// words, and then the boundary rule decides (see boundary.go). The room is
// pure: no clock, no network, no disk but the fs.FS it is given.
package match

import (
	"cmp"
	"slices"
	"strings"

	"huiyin/internal/post"
)

// Field names the part of a post a word was found in.
type Field string

// The fields that are searched.
const (
	Title Field = "title"
	Text  Field = "text"
)

// compare puts the title before the text.
func (f Field) compare(g Field) int { return -strings.Compare(string(f), string(g)) }

// Word is one word of a topic, found in a post.
type Word struct {
	Text  string `json:"text"`  // the word as the topic's author wrote it
	Field Field  `json:"field"` // where it stands
	Start int    `json:"start"` // byte offset in the field as it was posted
	End   int    `json:"end"`   // byte offset of what follows it
}

// Hit is a topic that fired on a post.
type Hit struct {
	Topic *Topic // one of the Set's topics; not to be changed
	Words []Word // by field (title first) and place; none overlaps another
}

// Match returns the topics that fire on p, in the order they were given to
// Compile; nil when none does. It may be called from many goroutines.
func (s *Set) Match(p post.Post) []Hit {
	var found []finding
	for _, f := range fieldsOf(&p) {
		found = s.search(found, f.name, f.text, false)
	}
	if len(found) == 0 {
		return nil
	}
	var hits []Hit
	for _, st := range s.judge(found) {
		if st.fires() {
			hits = append(hits, Hit{Topic: st.rule.topic, Words: tidy(st.words)})
		}
	}
	return hits
}

type fieldText struct {
	name Field
	text string
}

// fieldsOf lists what is searched of a post, in the order words are reported.
func fieldsOf(p *post.Post) [2]fieldText {
	return [2]fieldText{{Title, p.Title}, {Text, p.Text}}
}

// finding is a keyword at a place of a post, with the boundary rule's verdict.
type finding struct {
	keyword int32
	field   Field
	start   int // byte offsets in the field
	end     int
	verdict verdict
	around  string // the words of the sentence that hold it, such as 提供|水泥; only when explaining
}

// search appends what it finds of all keywords in one field, refused ones too.
func (s *Set) search(found []finding, field Field, text string, explain bool) []finding {
	var room [32]span // on the stack: a text without a hit allocates nothing
	spans := s.trie.find(text, room[:0])
	if len(spans) == 0 {
		return found
	}
	var sent sentence
	for _, sp := range spans {
		if sp.end > sent.end {
			sent = s.seg.sentenceAt(text, sp.start)
		}
		k := &s.keywords[sp.keyword]
		f := finding{keyword: sp.keyword, field: field, start: sp.start, end: sp.end}
		f.verdict = sent.decide(s.seg, k, sp)
		if explain {
			f.around = sent.around(sp.start, sp.end)
		}
		found = append(found, f)
	}
	return found
}

// state is what is known of one topic while a post is judged.
type state struct {
	rule  *rule
	any   bool
	all   uint64 // one bit for each entry of `all` that was found
	stops []Word // words of `none` that were found
	words []Word
}

func (st *state) fires() bool {
	return len(st.stops) == 0 && (st.any || !st.rule.hasAny) && st.all == st.rule.wantAll
}

// judge gathers the accepted findings by topic, in the topics' order.
func (s *Set) judge(found []finding) []*state {
	states := map[int32]*state{}
	var order []*state
	for _, f := range found {
		if !f.verdict.accepted() {
			continue
		}
		w := Word{Text: s.keywords[f.keyword].text, Field: f.field, Start: f.start, End: f.end}
		for _, u := range s.keywords[f.keyword].uses {
			st := states[u.rule]
			if st == nil {
				st = &state{rule: &s.rules[u.rule]}
				states[u.rule] = st
				order = append(order, st)
			}
			if u.role == roleNone {
				st.stops = append(st.stops, w)
				continue
			}
			st.any = st.any || u.role == roleAny
			st.all |= u.bit
			st.words = append(st.words, w)
		}
	}
	slices.SortFunc(order, func(a, b *state) int { return cmp.Compare(a.rule.index, b.rule.index) })
	return order
}

// tidy sorts words by place and keeps, of words that overlap, the one that
// begins first, or the longest of those that begin together.
func tidy(words []Word) []Word {
	slices.SortStableFunc(words, func(a, b Word) int {
		return cmp.Or(a.Field.compare(b.Field), cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	kept := words[:0]
	for _, w := range words {
		if n := len(kept); n > 0 && kept[n-1].Field == w.Field && kept[n-1].End > w.Start {
			continue
		}
		kept = append(kept, w)
	}
	return kept
}
