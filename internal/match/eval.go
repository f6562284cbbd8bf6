package match

import (
	"cmp"
	"slices"
)

// holds evaluates a query over what was found in a post.
func (f *findings) holds(n *expr) bool {
	switch n.op {
	case opTerm:
		return len(f.of(n.id)) > 0
	case opAnd:
		for _, k := range n.kids {
			if !f.holds(k) {
				return false
			}
		}
		return true
	case opOr:
		return slices.ContainsFunc(n.kids, f.holds)
	case opNot:
		return !f.holds(n.kids[0])
	case opNear, opONear:
		left, _ := f.near(n)
		return len(left) > 0
	case opOf:
		return f.count(n) >= n.n
	}
	return false
}

// count is how many different things of an opOf were found: words, those of its
// lists among them, and whatever else holds. Of words that overlap one counts, so
// that 停水三天 is not two of (停水, 停水三天).
func (f *findings) count(n *expr) int {
	total := 0
	var words []posting
	for _, k := range n.kids {
		switch {
		case k.op == opTerm:
			words = append(words, f.of(k.id)...)
		case f.holds(k):
			total++
		}
	}
	seen := map[int32]bool{}
	for _, p := range tidy(words) {
		if !seen[p.keyword] {
			seen[p.keyword] = true
			total++
		}
	}
	return total
}

// near returns the places of its two kids that stand within n.n characters of one of
// the other kid, in one sentence; of an opONear, the left one first. What overlaps is
// not near but the same.
func (f *findings) near(n *expr) (left, right []posting) {
	all, others := f.places(n.kids[0]), f.places(n.kids[1])
	if len(all) == 0 || len(others) == 0 {
		return nil, nil
	}
	left = among(all, others, n.n, true, n.op == opNear)
	right = among(others, all, n.n, n.op == opNear, true)
	return left, right
}

// places lists where a term, or words joined by OR, stand.
func (f *findings) places(n *expr) []posting {
	if n.op == opTerm {
		return f.of(n.id)
	}
	var out []posting
	for _, k := range n.kids {
		out = append(out, f.places(k)...)
	}
	return out
}

// among returns those of places that one of others follows, or precedes, within n
// characters.
func among(places, others []posting, n int, followed, preceded bool) []posting {
	byFirst := slices.SortedFunc(slices.Values(others), func(a, b posting) int { return a.compare(b, a.first, b.first) })
	byEnd := slices.SortedFunc(slices.Values(others), func(a, b posting) int { return a.compare(b, a.end, b.end) })
	var out []posting
	for _, p := range places {
		next, _ := slices.BinarySearchFunc(byFirst, p, func(q, p posting) int { return q.compare(p, q.first, p.end) })
		last, _ := slices.BinarySearchFunc(byEnd, p, func(q, p posting) int { return q.compare(p, q.end, p.first+1) })
		switch {
		case followed && next < len(byFirst) && p.sameSentence(byFirst[next]) && byFirst[next].first-p.end <= n:
			out = append(out, p)
		case preceded && last > 0 && p.sameSentence(byEnd[last-1]) && p.first-byEnd[last-1].end <= n:
			out = append(out, p)
		}
	}
	return out
}

// compare orders places by sentence, and in one sentence by the characters given.
func (p posting) compare(q posting, pAt, qAt int) int {
	return cmp.Or(cmp.Compare(p.rank, q.rank), cmp.Compare(p.sentence, q.sentence), cmp.Compare(pAt, qAt))
}

func (p posting) sameSentence(q posting) bool { return p.rank == q.rank && p.sentence == q.sentence }

// support appends the postings that make a node hold: for the card to highlight.
func (f *findings) support(out []posting, n *expr) []posting {
	switch n.op {
	case opTerm:
		return append(out, f.of(n.id)...)
	case opNot:
		return out
	case opNear, opONear:
		left, right := f.near(n)
		return slices.Concat(out, left, right)
	}
	for _, k := range n.kids {
		if f.holds(k) {
			out = f.support(out, k)
		}
	}
	return out
}
