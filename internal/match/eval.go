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
		return len(f.places(n)) > 0
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

// place is where something stands: characters of one sentence, and the words it is
// made of.
type place struct {
	rank       int32
	sentence   int
	first, end int
	words      []posting
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.rank, q.rank), cmp.Compare(p.sentence, q.sentence), cmp.Compare(p.first, q.first), cmp.Compare(p.end, q.end))
}

// maxPlaces bounds the work on a post that repeats a pair of words without end: that
// they are near each other is known long before.
const maxPlaces = 2000

// places lists where a term, words joined by OR, or a NEAR stands, in order.
func (f *findings) places(n *expr) []place {
	var out []place
	switch n.op {
	case opTerm:
		for _, p := range f.of(n.id) {
			out = append(out, place{p.rank, p.sentence, p.first, p.end, []posting{p}})
		}
	case opOr:
		for _, k := range n.kids {
			out = append(out, f.places(k)...)
		}
	default:
		left := f.places(n.kids[0])
		if len(left) == 0 {
			return nil
		}
		out = near(n, left, f.places(n.kids[1]))
	}
	slices.SortFunc(out, place.compare)
	return slices.CompactFunc(out, func(p, q place) bool { return p.compare(q) == 0 })
}

// near pairs places that stand within n.n characters of each other in a sentence,
// the left one first if order matters. What overlaps is not near but the same.
func near(n *expr, left, right []place) []place {
	var out []place
	from := 0
	for _, l := range left {
		for from < len(right) && right[from].before(l, n.n) {
			from++
		}
		for _, r := range right[from:] {
			if r.rank != l.rank || r.sentence != l.sentence || r.first > l.end+n.n {
				break
			}
			after, ahead := r.first-l.end, l.first-r.end
			if after >= 0 && after <= n.n || n.op == opNear && ahead >= 0 && ahead <= n.n {
				out = append(out, place{l.rank, l.sentence, min(l.first, r.first), max(l.end, r.end), slices.Concat(l.words, r.words)})
			}
			if len(out) == maxPlaces {
				return out
			}
		}
	}
	return out
}

// before tells whether r stands so far ahead of l that it is near no place after l
// either. Places are at most maxWord characters, or some NEARs, long.
func (r place) before(l place, n int) bool {
	if c := cmp.Or(cmp.Compare(r.rank, l.rank), cmp.Compare(r.sentence, l.sentence)); c != 0 {
		return c < 0
	}
	return r.first+8*(maxWord+maxNear)+n < l.first
}

// support appends the postings that make a node hold: for the card to highlight.
func (f *findings) support(out []posting, n *expr) []posting {
	switch n.op {
	case opTerm:
		return append(out, f.of(n.id)...)
	case opNot:
		return out
	case opNear, opONear:
		for _, p := range f.places(n) {
			out = append(out, p.words...)
		}
		return out
	}
	for _, k := range n.kids {
		if f.holds(k) {
			out = f.support(out, k)
		}
	}
	return out
}
