package post

import (
	"unicode"
)

// Bins is the length of a Sketch; Bands × Rows of it make the keys of an Index.
const (
	Bins  = 64
	bands = 16
	rows  = 4
)

// SameStory is how many of the Bins must agree for two texts to tell the same
// thing: half, which is a Jaccard similarity of their shingles of about one half.
const SameStory = Bins / 2

// shortest is the number of shingles below which only equal texts are the same:
// two short sentences that differ in one place name are two matters.
const shortest = 12

// Sketch is a one-permutation MinHash of a text's 3-rune shingles, with empty bins
// filled from others (A. Shrivastava, "Optimal Densification for Fast and Accurate
// Minwise Hashing", 2017). Texts that share most of their shingles share most bins.
type Sketch [Bins]uint32

const empty = ^uint32(0)

// SketchOf sketches title and text together. Spaces and punctuation do not count.
func SketchOf(title, text string) Sketch {
	hashes := shingles(shingles(nil, title), text)
	var s Sketch
	for i := range s {
		s[i] = empty
	}
	if len(hashes) < shortest {
		return exact(s, title+text)
	}
	for _, h := range hashes {
		bin := (h >> 32) * Bins >> 32
		if v := uint32(h) >> 1; v < s[bin] {
			s[bin] = v
		}
	}
	s.densify()
	return s
}

// Agree counts the bins in which a and b are the same, 0 to Bins.
func (s *Sketch) Agree(o *Sketch) int {
	n := 0
	for i := range s {
		if s[i] == o[i] {
			n++
		}
	}
	return n
}

// densify fills each empty bin from a bin that a hash chain picks.
func (s *Sketch) densify() {
	full := *s
	for i := range s {
		for step := uint64(1); s[i] == empty; step++ {
			from := mix(uint64(i)<<32|step) >> 32 * Bins >> 32
			s[i] = full[from]
		}
	}
}

// exact makes a sketch that agrees in full with that of an equal text, and with
// no other.
func exact(s Sketch, text string) Sketch {
	h := uint64(14695981039346656037)
	for _, r := range text {
		if counts(r) {
			h = mix(h ^ uint64(r))
		}
	}
	for i := range s {
		h = mix(h + uint64(i))
		s[i] = uint32(h) >> 1
	}
	return s
}

// shingles appends the hashes of all 3-rune windows of s.
func shingles(out []uint64, s string) []uint64 {
	var window uint64 // three runes of 21 bits
	n := 0
	for _, r := range s {
		if !counts(r) {
			continue
		}
		window = (window<<21 | uint64(unicode.ToLower(r))) & (1<<63 - 1)
		if n++; n >= 3 {
			out = append(out, mix(window))
		}
	}
	return out
}

func counts(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// mix is the finaliser of SplitMix64: every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Index finds the sketch most like another one among many, by locality-sensitive
// hashing of its bands. It is not safe for concurrent use.
type Index struct {
	sketches map[string]*Sketch
	buckets  [bands]map[uint64][]string
}

// NewIndex makes an empty index.
func NewIndex() *Index {
	x := &Index{sketches: make(map[string]*Sketch)}
	for i := range x.buckets {
		x.buckets[i] = make(map[uint64][]string)
	}
	return x
}

// Len is the number of sketches held.
func (x *Index) Len() int { return len(x.sketches) }

// Add files s under id. An id that is there already is left as it is.
func (x *Index) Add(id string, s Sketch) {
	if _, ok := x.sketches[id]; ok {
		return
	}
	x.sketches[id] = &s
	for b := range x.buckets {
		k := s.band(b)
		x.buckets[b][k] = append(x.buckets[b][k], id)
	}
}

// Remove forgets id.
func (x *Index) Remove(id string) {
	s, ok := x.sketches[id]
	if !ok {
		return
	}
	delete(x.sketches, id)
	for b := range x.buckets {
		k := s.band(b)
		ids := x.buckets[b][k]
		for i, other := range ids {
			if other == id {
				ids = append(ids[:i], ids[i+1:]...)
				break
			}
		}
		if x.buckets[b][k] = ids; len(ids) == 0 {
			delete(x.buckets[b], k)
		}
	}
}

// Find returns the id whose sketch agrees most with s, in at least SameStory bins,
// and in how many; an empty id when there is none. Among equals the smallest id
// wins, so that the same posts always make the same stories.
func (x *Index) Find(s Sketch) (id string, agree int) {
	seen := make(map[string]bool)
	for b := range x.buckets {
		for _, other := range x.buckets[b][s.band(b)] {
			if seen[other] {
				continue
			}
			seen[other] = true
			n := s.Agree(x.sketches[other])
			if n >= SameStory && (n > agree || n == agree && other < id) {
				id, agree = other, n
			}
		}
	}
	return id, agree
}

func (s *Sketch) band(b int) uint64 {
	h := uint64(b) + 1
	for _, v := range s[b*rows : (b+1)*rows] {
		h = mix(h ^ uint64(v))
	}
	return h
}
