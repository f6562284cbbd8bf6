package match

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/post"
)

// The reference is the slow, obvious matcher: look for every keyword at every place
// of every sentence, cut every sentence, apply the boundary rule as it is worded, and
// evaluate every query by trying all pairs.
type reference struct {
	seg    *Segmenter
	lists  Lists
	topics []Topic
}

// rplace is a place of a keyword: characters of a sentence, bytes of a field.
type rplace struct {
	field      Field
	sentence   int
	first, end int
	from, to   int // bytes
	verdict    verdict
	word       string // folded
}

// rchar is a character that can be seen.
type rchar struct {
	folded   rune
	class    class
	from, to int // bytes of the field
}

// places finds every place of every keyword in one field.
func (r reference) places(keywords []string, field Field, text string) []rplace {
	var out []rplace
	var sentence []rchar
	start := 0
	flush := func(next int) {
		out = append(out, r.sentence(keywords, field, start, sentence)...)
		sentence, start = nil, next
	}
	for i, c := range text {
		n := utf8.RuneLen(c)
		if _, size := utf8.DecodeRuneInString(text[i:]); c == utf8.RuneError {
			n = size
		}
		f := factsOf(c)
		if f.class == ender && field.isProse() {
			flush(i + n)
			continue
		}
		switch f.class {
		case invisible:
		default:
			sentence = append(sentence, rchar{f.to, f.class, i, i + n})
		}
	}
	flush(len(text))
	return out
}

func (r reference) sentence(keywords []string, field Field, start int, all []rchar) []rplace {
	var found []rplace
	drop := map[int]bool{} // by byte: noise inside a keyword
	for _, k := range keywords {
		for i := range all {
			if end, gaps, ok := spelled([]rune(k), all[i:]); ok {
				found = append(found, rplace{field: field, sentence: start, from: all[i].from, to: all[i+end-1].to, word: k})
				for _, g := range gaps {
					drop[all[i+g].from] = true
				}
			}
		}
	}
	var chars []rchar
	for _, c := range all {
		if !drop[c.from] {
			chars = append(chars, c)
		}
	}
	var words [][]rune
	if field.isProse() {
		words = r.cut(chars)
	}
	for i := range found {
		p := &found[i]
		p.first = slices.IndexFunc(chars, func(c rchar) bool { return c.from == p.from })
		p.end = slices.IndexFunc(chars, func(c rchar) bool { return c.to == p.to }) + 1
		switch {
		case field.isProse():
			p.verdict = r.verdict(chars, words, p.first, p.end)
		case p.first == 0 && p.end == len(chars):
			p.verdict = oneWord
		default:
			p.verdict = unread
		}
	}
	return found
}

// spelled tells whether the characters begin with a word, drawn apart by noise or not;
// gaps are the characters that are noise.
func spelled(word []rune, chars []rchar) (end int, gaps []int, ok bool) {
	i := 0
	for n, r := range word {
		if n > 0 && chars[i-1].class == chinese && factsOf(r).class == chinese {
			j := i
			for j < len(chars) && j-i <= maxNoise && chars[j].class == noise {
				j++
			}
			if j > i && j-i <= maxNoise && j < len(chars) && chars[j].class == chinese {
				for ; i < j; i++ {
					gaps = append(gaps, i)
				}
			}
		}
		if i == len(chars) || chars[i].folded != r || r == utf8.RuneError {
			return 0, nil, false
		}
		i++
	}
	return i, gaps, true
}

// cut divides the characters of a sentence into words, clause by clause.
func (r reference) cut(chars []rchar) [][]rune {
	var words [][]rune
	var clause strings.Builder
	flush := func() {
		for _, g := range r.seg.gse.Segment([]byte(clause.String())) {
			words = append(words, []rune(clause.String()[g.Start():g.End()]))
		}
		clause.Reset()
	}
	for _, c := range chars {
		clause.WriteRune(c.folded)
		if c.class == divider {
			flush()
		}
	}
	flush()
	return words
}

// verdict decides on the characters [a, b) of a sentence cut into words.
func (r reference) verdict(chars []rchar, words [][]rune, a, b int) verdict {
	run := func(r rune) bool { return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }
	for _, edge := range []int{a, b} {
		if edge > 0 && edge < len(chars) && run(chars[edge-1].folded) && run(chars[edge].folded) {
			return partOfRun
		}
	}
	edges := []int{0}
	for _, w := range words {
		edges = append(edges, edges[len(edges)-1]+len(w))
	}
	first, last := 0, 0 // the words that hold the keyword's first and last character
	for i := range words {
		if edges[i] <= a {
			first = i
		}
		if edges[i] < b {
			last = i
		}
	}
	switch {
	case edges[first] == a && edges[last+1] == b && first == last:
		return oneWord
	case edges[first] == a && edges[last+1] == b:
		return wholeWords
	case first == last && len(words[first]) >= 3:
		return insideWord
	case first == last:
		return insidePair
	}
	// Pieced together: would it read as well with the keyword as one word?
	// As far as reach, but not beyond the clauses that hold it.
	lo, hi := edges[max(first-reach, 0)], edges[min(last+reach, len(words)-1)+1]
	for i := range a {
		if chars[i].class == divider {
			lo = max(lo, i+1)
		}
	}
	for i := len(chars) - 2; i >= b-1; i-- {
		if chars[i].class == divider {
			hi = min(hi, i+1)
		}
	}
	text := func(from, to int) (s string) {
		for _, c := range chars[from:to] {
			s += string(c.folded)
		}
		return s
	}
	cost := func(from, to int) float64 { return r.seg.cost(r.seg.gse.Segment([]byte(text(from, to)))) }
	asIs := 0.0
	for i := range words {
		if edges[i] >= lo && edges[i+1] <= hi {
			asIs += cost(edges[i], edges[i+1])
		}
	}
	if cost(lo, a)+r.seg.ownCost(text(a, b))+cost(b, hi) <= asIs+1e-9 {
		return readsBest
	}
	return straddles
}

// fires lists the topics whose query holds.
func (r reference) fires(p post.Post) []string {
	var out []string
	for i := range r.topics {
		root, problems := r.topics[i].root(r.lists)
		if problems != nil {
			panic(problems)
		}
		if r.holds(root, r.everything(p)) {
			out = append(out, r.topics[i].Name)
		}
	}
	return out
}

// everything finds the words of all topics: noise inside a word of one topic is no
// edge for another's.
func (r reference) everything(p post.Post) []rplace {
	var keywords []string
	for i := range r.topics {
		root, _ := r.topics[i].root(r.lists)
		root.each(false, func(n *expr, _ bool) {
			if n.op == opTerm {
				for _, w := range n.term.words(r.lists) {
					keywords = append(keywords, w.folded)
				}
			}
		})
	}
	slices.Sort(keywords)
	keywords = slices.Compact(keywords)
	var all []rplace
	for _, f := range fields {
		all = append(all, r.places(keywords, f, textOf(&p, f))...)
	}
	return all
}

// spans are the places a node stands at.
func (r reference) spans(n *expr, all []rplace) []rplace {
	var out []rplace
	switch n.op {
	case opTerm:
		for _, p := range all {
			for _, w := range n.term.words(r.lists) {
				if n.term.fields.has(p.field) && p.word == w.folded && p.verdict.accepted(w.mode) {
					out = append(out, p)
				}
			}
		}
	case opOr:
		for _, k := range n.kids {
			out = append(out, r.spans(k, all)...)
		}
	default:
		for _, l := range r.spans(n.kids[0], all) {
			for _, q := range r.spans(n.kids[1], all) {
				if l.field != q.field || l.sentence != q.sentence {
					continue
				}
				inOrder := q.first >= l.end && q.first-l.end <= n.n
				reversed := l.first >= q.end && l.first-q.end <= n.n
				if inOrder || reversed && n.op == opNear {
					out = append(out, rplace{field: l.field, sentence: l.sentence, first: min(l.first, q.first), end: max(l.end, q.end)})
				}
			}
		}
	}
	return out
}

func (r reference) holds(n *expr, all []rplace) bool {
	count := 0
	for _, k := range n.kids {
		if r.holds(k, all) {
			count++
		}
	}
	switch n.op {
	case opAnd:
		return count == len(n.kids)
	case opOr:
		return count > 0
	case opNot:
		return count == 0
	case opOf:
		return r.count(n, all) >= n.n
	}
	return len(r.spans(n, all)) > 0
}

// count is how many different things of an opOf were found.
func (r reference) count(n *expr, all []rplace) int {
	count := 0
	var words []rplace
	for _, k := range n.kids {
		if k.op == opTerm {
			words = append(words, r.spans(k, all)...)
		} else if r.holds(k, all) {
			count++
		}
	}
	different := map[string]bool{}
	slices.SortFunc(words, func(a, b rplace) int {
		return cmp.Or(cmp.Compare(a.field.rank(), b.field.rank()), cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	var field Field
	to := 0
	for _, w := range words {
		if w.field != field {
			field, to = w.field, 0
		}
		if w.from >= to {
			different[w.word], to = true, w.to
		}
	}
	return count + len(different)
}
