// Package match is the room of the topics: what an agency wants to hear of,
// written as queries over words, and which posts speak of it.
//
// A word of a query does not match like a substring. A post is first scanned for
// all words of all topics at once (scan.go). Where a topic may fire by them (chance.go),
// the clauses that hold them are cut into Chinese words, and then the boundary rule
// decides (boundary.go). What was accepted is what the queries are evaluated over
// (eval.go). The room is pure: no clock, no network, no disk but the fs.FS it is given.
package match

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"huiyin/internal/post"
)

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
	Words []Word // what made it fire, by field and place; none overlaps another
}

// Split parts the hits of a post: topics that are about something, and those that only
// tell how grave it is (see Topic.Raises). Both keep their order.
func Split(hits []Hit) (topics, grave []Hit) {
	for _, h := range hits {
		if h.Topic.Raises == "" {
			topics = append(topics, h)
		} else {
			grave = append(grave, h)
		}
	}
	return topics, grave
}

// Match returns the topics that fire on p, in the order they were given to
// Compile; nil when none does. It may be called from many goroutines. A post in
// which no word of any topic stands costs no allocation.
func (s *Set) Match(p post.Post) []Hit {
	var room [128]span        // on the stack
	var ends [len(fields)]int // by field: where its spans end
	spans := room[:0]
	for rank, field := range fields {
		if s.fields>>rank&1 != 0 {
			spans = s.scan.find(textOf(&p, field), spans)
		}
		ends[rank] = len(spans)
	}
	if len(spans) == 0 {
		return nil
	}
	f := s.newFindings()
	var hits []Hit
	if s.mayFire(f, spans, &ends) {
		from := 0
		for rank, field := range fields {
			s.weigh(f, rank, textOf(&p, field), spans[from:ends[rank]], nil)
			from = ends[rank]
		}
		hits = s.judge(f)
	}
	s.done(f)
	return hits
}

// MatchAll matches many posts, on all cores. The result at i is that of posts[i].
// Should the matcher panic on a post, panicked is called with it and what was
// recovered, from any goroutine, and the post counts as one without a hit.
func (s *Set) MatchAll(posts []post.Post, panicked func(p post.Post, recovered any)) [][]Hit {
	out := make([][]Hit, len(posts))
	one := func(i int) {
		defer func() {
			if r := recover(); r != nil {
				panicked(posts[i], r)
			}
		}()
		out[i] = s.Match(posts[i])
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(posts)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(posts); i = int(next.Add(1)) - 1 {
				one(i)
			}
		})
	}
	wg.Wait()
	return out
}

// textOf returns one field of a post.
func textOf(p *post.Post, f Field) string {
	switch f {
	case Title:
		return p.Title
	case Text:
		return p.Text
	case Author:
		return p.Author
	case Source:
		return p.Source
	case URL:
		return p.URL
	}
	return ""
}

// posting is a place of a keyword that a term accepts.
type posting struct {
	term       int32
	keyword    int32
	rank       int32 // of the field
	sentence   int   // byte offset of the sentence it stands in
	first, end int   // its characters in that sentence
	span       span  // its bytes in the field
}

// findings are what was found in one post. They are kept for the next one, for their
// room.
type findings struct {
	postings []posting // by term once they are sorted, and then in the order of fields and places
	chances  []chance  // see mayFire
	rules    []int32   // those that may fire, in their order
	worth    []int32   // the terms that are worth judging
	sent     sentence
}

// sort readies the findings for asking.
func (f *findings) sort() {
	slices.SortStableFunc(f.postings, func(a, b posting) int { return cmp.Compare(a.term, b.term) })
}

// of returns the postings of a term.
func (f *findings) of(term int32) []posting {
	return ofTerm(f.postings, term, func(p posting) int32 { return p.term })
}

// ofTerm returns the part of a list, sorted by term, that is of one.
func ofTerm[T any](list []T, term int32, termOf func(T) int32) []T {
	from, _ := slices.BinarySearchFunc(list, term, func(t T, term int32) int { return cmp.Compare(termOf(t), term) })
	n := 0
	for from+n < len(list) && termOf(list[from+n]) == term {
		n++
	}
	return list[from : from+n]
}

func (s *Set) newFindings() *findings { return s.findings.Get().(*findings) }

// done gives findings back, to be used for another post.
func (s *Set) done(f *findings) {
	f.postings = f.postings[:0]
	s.findings.Put(f)
}

// weigh gives a verdict on the spans of one field that are worth one, and keeps what is
// accepted. If there is a look, every span is, and look is shown each.
func (s *Set) weigh(f *findings, rank int, text string, spans []span, look func(posting, verdict)) {
	for len(spans) > 0 {
		start, end := 0, len(text) // a name is no sentence, whatever signs are in it
		if fields[rank].isProse() {
			start, end = sentenceBounds(text, spans[0].start)
		}
		n, worth := 0, look != nil
		for ; n < len(spans) && spans[n].end <= end; n++ {
			worth = worth || s.isWorth(f, spans[n].keyword)
		}
		if worth {
			f.sent.read(text, start, end, spans[:n])
			s.weighSentence(f, rank, spans[:n], look)
		}
		spans = spans[n:]
	}
}

// weighSentence does so for the spans of one sentence, which was read.
func (s *Set) weighSentence(f *findings, rank int, spans []span, look func(posting, verdict)) {
	sent, prose := &f.sent, fields[rank].isProse()
	if look != nil && prose {
		sent.cut(s.seg, 0, len(sent.at)-1)
	}
	for _, sp := range spans {
		if look == nil && !s.isWorth(f, sp.keyword) {
			continue
		}
		p := posting{keyword: sp.keyword, rank: int32(rank), sentence: sent.start, span: sp}
		p.first, p.end = sent.characters(sp)
		v := unread
		switch {
		case prose && s.keywords[sp.keyword].read:
			v = sent.decide(s.seg, p.first, p.end)
		case !prose && p.first == 0 && p.end == len(sent.at)-1:
			v = oneWord
		}
		for _, u := range s.usesOf(sp.keyword) {
			if s.terms[u.term].fields>>rank&1 != 0 && v.accepted(u.mode) {
				p.term = u.term
				f.postings = append(f.postings, p)
			}
		}
		if look != nil {
			look(p, v)
		}
	}
}

// judge evaluates the topics that may fire.
func (s *Set) judge(f *findings) []Hit {
	f.sort()
	var hits []Hit
	for _, i := range f.rules {
		r := &s.rules[i]
		if f.holds(r.root) {
			hits = append(hits, Hit{Topic: r.topic, Words: s.words(f.support(nil, r.root))})
		}
	}
	return hits
}

// words turns postings into words by field and place, and of words that overlap
// keeps the one that begins first, or the longest of those that begin together.
func (s *Set) words(postings []posting) []Word {
	postings = tidy(postings)
	out := make([]Word, len(postings))
	for i, p := range postings {
		out[i] = s.word(p)
	}
	return out
}

func (s *Set) word(p posting) Word {
	return Word{Text: s.keywords[p.keyword].text, Field: fields[p.rank], Start: p.span.start, End: p.span.end}
}

func tidy(postings []posting) []posting {
	slices.SortFunc(postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.span.start, b.span.start), cmp.Compare(b.span.end, a.span.end))
	})
	kept := postings[:0]
	for _, p := range postings {
		if n := len(kept); n > 0 && kept[n-1].rank == p.rank && kept[n-1].span.end > p.span.start {
			continue
		}
		kept = append(kept, p)
	}
	return kept
}
