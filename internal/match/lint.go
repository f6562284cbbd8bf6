package match

// Warnings tells of what is written correctly and yet cannot work: words that their
// own topic excludes wherever they stand, words asked for as one word (=) that are
// none, and topics that can never match. The lines are those of the topics.
func (s *Set) Warnings() Problems {
	var ps Problems
	for i := range s.rules {
		s.warn(&s.rules[i], &ps)
	}
	return ps
}

func (s *Set) warn(r *rule, ps *Problems) {
	t := r.topic
	parts := []*expr{r.root}
	if r.root.op == opAnd {
		parts = r.root.kids
	}
	var stops []*expr // what the topic must not have
	for _, n := range parts {
		if n.op == opNot {
			stops = append(stops, n.kids[0])
		}
	}
	dead := map[modedWord]bool{}
	r.root.each(false, func(n *expr, negated bool) {
		if n.op != opTerm {
			return
		}
		if what := n.term.slip(); what != "" {
			ps.add(t.File, t.Line, "专题“%s”的“%s”里有“%s”，会整个当成一个词来找；几个词请分开写，真是一个说法就放进词表", t.Name, n.term.text, what)
		}
		if negated {
			return
		}
		for _, w := range n.term.words(s.lists) {
			if dead[w] {
				continue
			}
			if why := s.stillborn(w, n.term.fields, stops); why != "" {
				dead[w] = true
				ps.add(t.File, t.Line, "专题“%s”的“%s%s”永远不起作用：%s", t.Name, w.mode.sign(), w.text, why)
			}
		}
	})
	living := s.living(r, dead)
	for _, n := range parts {
		if n.op != opNot && !living.mayHold(n) {
			ps.add(t.File, t.Line, "专题“%s”永远不会命中：%s 里没有一个词起作用", t.Name, brief(n.String()))
		}
	}
}

// slip returns a sign in a word that looks as if its author meant something else by it:
// 停水，断水 or 停水/断水 or 内容:停水 or 停*; empty when there is none.
func (t term) slip() string {
	if t.list || t.phrase || t.fields&^prose != 0 {
		return ""
	}
	for _, r := range t.text {
		if c := factsOf(r).class; c == divider || c == noise && fold(r) != ' ' && foldWord(t.text) != foldString(t.text) {
			return string(r)
		}
	}
	return ""
}

// stillborn says why a word can never make its topic fire, or nothing. It is asked of
// each field in which the word may stand.
func (s *Set) stillborn(w modedWord, in fieldSet, stops []*expr) (why string) {
	f := s.newFindings()
	defer s.done(f)
	spans := s.scan.find(w.folded, nil)
	for rank, field := range fields {
		if in>>rank&1 == 0 {
			continue
		}
		own := unread
		s.weigh(f, rank, w.folded, spans, func(p posting, v verdict) {
			if p.first == 0 && p.span.end == len(w.folded) {
				own = v
			}
		})
		why = ""
		if field.isProse() && w.mode == asToken && !own.accepted(asToken) {
			why = "它不是词典里的一个词，写了 = 就找不到；请去掉 =，或把它写进 words.txt"
		}
		f.sort()
		for _, n := range stops {
			if f.holds(n) {
				why = "排除词“" + s.words(f.support(nil, n))[0].Text + "”就在它里面"
			}
		}
		f.postings = f.postings[:0]
		if why == "" {
			return ""
		}
	}
	return why
}

// living are findings in which every word of a rule that is not dead may be found.
func (s *Set) living(r *rule, dead map[modedWord]bool) *findings {
	f := new(findings)
	r.root.each(false, func(n *expr, _ bool) {
		if n.op != opTerm {
			return
		}
		for i, w := range n.term.words(s.lists) {
			if !dead[w] {
				f.chances = append(f.chances, chance{n.id, int32(i)})
			}
		}
	})
	f.sortChances()
	return f
}
