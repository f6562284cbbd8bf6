package match

import (
	"slices"
	"unicode/utf8"

	"huiyin/internal/post"
)

// Explanation says why a post matched, or did not.
type Explanation struct {
	Sentences []Sentence `json:"sentences"`     // those in which a word was found
	Cut       []string   `json:"cut,omitempty"` // the words of title and text, if no word was found
	Topics    []Decision `json:"topics"`        // those with a word that counts; and the one asked for

	known map[[2]int32]bool // by rule and term: whether the rule wants it
	last  struct {          // the place that was counted last
		field    Field
		at, char int
	}
}

// Sentence is one sentence of a post and what was found in it.
type Sentence struct {
	Field  Field    `json:"field"`
	Start  int      `json:"start"` // byte offsets in the field
	End    int      `json:"end"`
	Cut    []string `json:"cut,omitempty"` // its words, as they are compared; none outside title and text
	Places []Place  `json:"places"`
}

// Place is one place of one word and what became of it.
type Place struct {
	Word     Word     `json:"word"`
	Char     int      `json:"char"` // where it stands, in characters of the field from 1
	Accepted bool     `json:"accepted"`
	Around   string   `json:"around,omitempty"` // the words of the sentence that hold it: 提供|水泥
	Reason   string   `json:"reason"`           // in plain Chinese
	Topics   []string `json:"topics,omitempty"` // names of the topics that want the word; empty when it only excludes
}

// Decision is how one topic was decided: the truth of its query, part by part.
type Decision struct {
	Topic  *Topic `json:"-"`
	Name   string `json:"topic"`
	Raises string `json:"raises,omitempty"` // how grave it makes the post, if that is what it is for
	Fired  bool   `json:"fired"`
	Near   bool   `json:"near"` // did not fire, though a word that it wants was found
	Truth  Truth  `json:"truth"`
}

// Truth is one part of a query over a post.
type Truth struct {
	Op    string  `json:"op"`   // term, and, or, not, near, onear, of
	Text  string  `json:"text"` // as it may be written in a query
	Holds bool    `json:"holds"`
	Found []Word  `json:"found,omitempty"` // of a term, a near or an of: the words found, whether it holds or not
	Parts []Truth `json:"parts,omitempty"`
}

var opNames = [...]string{opTerm: "term", opAnd: "and", opOr: "or", opNot: "not", opNear: "near", opONear: "onear", opOf: "of"}

// Explain decides p as Match does and tells how. only, if not empty, names the one
// topic to tell of.
func (s *Set) Explain(p post.Post, only string) Explanation {
	var e Explanation
	f := s.newFindings()
	for rank, field := range fields {
		text := textOf(&p, field)
		spans := s.scan.find(text, nil)
		if s.fields>>rank&1 == 0 || len(spans) == 0 {
			continue
		}
		s.weigh(f, rank, text, spans, func(at posting, v verdict) { e.place(s, f, text, at, v, only) })
	}
	f.sort()
	for _, r := range s.rules {
		named := r.topic.Name == only
		if only != "" && !named {
			continue
		}
		d := Decision{Topic: r.topic, Name: r.topic.Name, Raises: r.topic.Raises, Fired: f.holds(r.root), Truth: s.truth(f, r.root)}
		r.root.each(false, func(n *expr, negated bool) {
			d.Near = d.Near || !d.Fired && !negated && n.op == opTerm && len(f.of(n.id)) > 0
		})
		if named || d.Near || d.Fired {
			e.Topics = append(e.Topics, d)
		}
	}
	s.done(f)
	if len(e.Sentences) == 0 {
		e.Cut = append(s.seg.Cut(p.Title), s.seg.Cut(p.Text)...)
	}
	return e
}

// place adds one place to the sentence it stands in.
func (e *Explanation) place(s *Set, f *findings, text string, at posting, v verdict, only string) {
	pl := Place{Word: s.word(at), Char: e.charAt(fields[at.rank], text, at.span.start)}
	wanted := false
	for _, u := range s.usesOf(at.keyword) {
		t := &s.terms[u.term]
		if t.fields>>at.rank&1 == 0 {
			continue
		}
		for _, r := range t.rules {
			topic := s.rules[r].topic.Name
			if only != "" && only != topic {
				continue
			}
			wanted = true
			pl.Accepted = pl.Accepted || v.accepted(u.mode)
			if e.wants(s, r, u.term) && !slices.Contains(pl.Topics, topic) {
				pl.Topics = append(pl.Topics, topic)
			}
		}
	}
	if !wanted {
		return
	}
	sent := &f.sent
	prose := fields[at.rank].isProse()
	if prose {
		pl.Around = joinWords(sent.words(at.first, at.end))
	}
	pl.Reason = v.reason(pl.Around, pl.Accepted)
	if n := len(e.Sentences); n == 0 || e.Sentences[n-1].Field != fields[at.rank] || e.Sentences[n-1].Start != sent.start {
		se := Sentence{Field: fields[at.rank], Start: sent.start, End: sent.end}
		if prose {
			se.Cut = sent.words(0, len(sent.at)-1)
		}
		e.Sentences = append(e.Sentences, se)
	}
	last := &e.Sentences[len(e.Sentences)-1]
	last.Places = append(last.Places, pl)
}

// charAt is the character, from 1, at a byte of a field. Places come in order, so it
// counts on from the last one.
func (e *Explanation) charAt(f Field, text string, at int) int {
	if e.last.field != f || at < e.last.at {
		e.last.field, e.last.at, e.last.char = f, 0, 1
	}
	e.last.char += utf8.RuneCountInString(text[e.last.at:at])
	e.last.at = at
	return e.last.char
}

// wants tells whether a rule wants a term, and does not only exclude it.
func (e *Explanation) wants(s *Set, rule, term int32) bool {
	key := [2]int32{rule, term}
	wants, known := e.known[key]
	if !known {
		s.rules[rule].root.each(false, func(n *expr, negated bool) {
			wants = wants || n.op == opTerm && n.id == term && !negated
		})
		if e.known == nil {
			e.known = map[[2]int32]bool{}
		}
		e.known[key] = wants
	}
	return wants
}

// truth evaluates a query part by part.
func (s *Set) truth(f *findings, n *expr) Truth {
	t := Truth{Op: opNames[n.op], Text: n.String(), Holds: f.holds(n)}
	switch n.op {
	case opTerm:
		t.Found = s.words(slices.Clone(f.of(n.id)))
		return t
	case opNear, opONear:
		t.Found = s.words(f.support(nil, n))
	case opOf:
		var all []posting
		for _, k := range n.kids {
			all = f.support(all, k)
		}
		t.Found = s.words(all)
	}
	for _, k := range n.kids {
		t.Parts = append(t.Parts, s.truth(f, k))
	}
	return t
}

// reason says in plain Chinese why a place was accepted or refused.
func (v verdict) reason(around string, accepted bool) string {
	why := ""
	switch v {
	case oneWord, wholeWords:
		why = "是完整的词"
	case insideWord:
		why = "在“" + around + "”这个词里面"
	case readsBest:
		why = "连起来读更通顺，不按 " + around + " 断开"
	case straddles:
		why = "横跨了两个词 " + around
	case insidePair:
		why = "只是“" + around + "”这个词的一个字"
	case partOfRun:
		why = "是一串更长的字母或数字的一部分"
	case unread:
		why = "不看断词"
	}
	switch {
	case accepted && !v.accepted(asWord):
		return why + "，但写了 ~，出现就算"
	case !accepted && v.accepted(asWord):
		return why + "，但写了 =，要正好是一个词"
	}
	return why
}
