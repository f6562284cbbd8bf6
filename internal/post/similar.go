package post

import (
	"cmp"
	"math"
	"slices"
)

// SameMatter is the score from which two posts may be about the same matter in other
// words. Such a pair is for a person to judge: of those above it, four in five are.
const SameMatter = 0.4

const (
	usualWeight = 0.5 // of pairs that topics look for
	tooMany     = 200 // posts with a pair: what so many write is no name
	priorPosts  = 100 // are taken as seen before the first, in which no pair was
)

// Gists finds the post about the same matter in other words: pairs of characters that
// few posts have count most. Keep in it only what is recent. What it finds depends on
// what is in it only, not on the order in which that came. It is not safe for
// concurrent use.
type Gists struct {
	numbers map[string]uint32 // by ID
	posts   []about           // by number; a removed one has no ID
	having  map[uint32][]uint32
}

type about struct {
	id, topic string
	gist      Gist
}

// NewGists makes an empty Gists.
func NewGists() *Gists {
	return &Gists{numbers: make(map[string]uint32), having: make(map[uint32][]uint32)}
}

// Len is the number of gists held.
func (x *Gists) Len() int { return len(x.numbers) }

// Add files a post's gist under its ID and topic. An ID that is there already is left as
// it is.
func (x *Gists) Add(id, topic string, g Gist) {
	if _, ok := x.numbers[id]; ok {
		return
	}
	n := uint32(len(x.posts))
	x.numbers[id] = n
	x.posts = append(x.posts, about{id, topic, g})
	for _, p := range g {
		x.having[p] = append(x.having[p], n)
	}
}

// Remove forgets id.
func (x *Gists) Remove(id string) {
	n, ok := x.numbers[id]
	if !ok {
		return
	}
	delete(x.numbers, id)
	for _, p := range x.posts[n].gist {
		if left := slices.DeleteFunc(x.having[p], func(other uint32) bool { return other == n }); len(left) > 0 {
			x.having[p] = left
		} else {
			delete(x.having, p)
		}
	}
	x.posts[n] = about{}
}

// Similar returns the post of a topic that is most likely about the same matter as one
// with that gist, and how much alike they are, from SameMatter to 1; an empty id when
// there is none. Among equals the smallest id wins.
func (x *Gists) Similar(topic string, g Gist) (id string, score float64) {
	shared := make(map[uint32]float64) // by number: the squares of the shared pairs' weights
	for _, p := range g {
		if len(x.having[p]) > tooMany {
			continue
		}
		w := x.weight(p)
		for _, n := range x.having[p] {
			if x.posts[n].topic == topic {
				shared[n] += w * w
			}
		}
	}
	own := x.length(g)
	for n, s := range shared {
		if math.Sqrt(s) < SameMatter*own { // the other is at least as long as what is shared
			continue
		}
		other := &x.posts[n]
		alike := s / (own * x.length(other.gist))
		if alike >= SameMatter && (id == "" || cmp.Or(cmp.Compare(alike, score), cmp.Compare(id, other.id)) > 0) {
			id, score = other.id, alike
		}
	}
	return id, score
}

// length is that of g as a vector of its pairs' weights.
func (x *Gists) length(g Gist) float64 {
	sum := 0.0
	for _, p := range g {
		sum += x.weight(p) * x.weight(p)
	}
	return math.Sqrt(sum)
}

// weight is how much a pair tells: the more, the fewer posts have it.
func (x *Gists) weight(p uint32) float64 {
	w := math.Log(float64(len(x.numbers)+priorPosts) / float64(len(x.having[p])+1))
	if usual[p] {
		w *= usualWeight
	}
	return w
}
