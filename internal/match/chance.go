package match

import (
	"cmp"
	"slices"
)

// Cutting is nearly all that a post costs. So before anything is cut, each topic is
// asked whether it could fire if every place of its words were accepted and none of
// those that it excludes; words that no such topic wants are not judged at all. A word
// said in passing, which needs the company of another, costs nothing then.

// chance is a term that may be found, by a keyword.
type chance struct{ term, keyword int32 }

// mayFire tells whether some topic may fire, given what was scanned; ends says where
// each field's spans end. It notes in f which do, and which terms are worth judging.
func (s *Set) mayFire(f *findings, spans []span, ends *[len(fields)]int) bool {
	f.chances, f.rules, f.worth = f.chances[:0], f.rules[:0], f.worth[:0]
	from := 0
	for rank, end := range ends {
		for _, sp := range spans[from:end] {
			for _, u := range s.usesOf(sp.keyword) {
				if s.terms[u.term].fields>>rank&1 != 0 {
					f.chances = append(f.chances, chance{u.term, sp.keyword})
				}
			}
		}
		from = end
	}
	f.sortChances()
	for i, c := range f.chances {
		if i == 0 || c.term != f.chances[i-1].term {
			f.rules = append(f.rules, s.terms[c.term].rules...)
		}
	}
	slices.Sort(f.rules)
	f.rules = slices.DeleteFunc(slices.Compact(f.rules), func(r int32) bool { return !f.mayHold(s.rules[r].root) })
	for _, r := range f.rules {
		f.worth = append(f.worth, s.rules[r].terms...)
	}
	slices.Sort(f.worth)
	f.worth = slices.Compact(f.worth)
	return len(f.worth) > 0
}

// sortChances puts the chances in order, each once.
func (f *findings) sortChances() {
	slices.SortFunc(f.chances, func(a, b chance) int {
		return cmp.Or(cmp.Compare(a.term, b.term), cmp.Compare(a.keyword, b.keyword))
	})
	f.chances = slices.Compact(f.chances)
}

// mayHold tells whether a query may hold, given the chances.
func (f *findings) mayHold(n *expr) bool {
	switch n.op {
	case opTerm:
		return f.chancesOf(n.id) > 0
	case opNot:
		return true
	case opOr:
		return slices.ContainsFunc(n.kids, f.mayHold)
	}
	count, all := 0, true
	for _, k := range n.kids {
		switch {
		case n.op == opOf && k.op == opTerm:
			count += f.chancesOf(k.id)
		case f.mayHold(k):
			count++
		default:
			all = false
		}
	}
	if n.op == opOf {
		return count >= n.n
	}
	return all
}

// chancesOf counts the keywords by which a term may be found.
func (f *findings) chancesOf(term int32) int {
	return len(ofTerm(f.chances, term, func(c chance) int32 { return c.term }))
}

// isWorth tells whether some topic that may fire wants a keyword.
func (s *Set) isWorth(f *findings, keyword int32) bool {
	for _, u := range s.usesOf(keyword) {
		if _, worth := slices.BinarySearch(f.worth, u.term); worth {
			return true
		}
	}
	return false
}
