package post

import (
	"cmp"
	"slices"
)

// crowd is how many stories may share a key before searches pass it over: what so many
// say is a manner of speaking (请有关部门尽快解决).
const crowd = 64

// Index finds the story that a text tells again, among a million. What it finds depends
// on what is in it only, not on the order in which that came. It is not safe for
// concurrent use.
type Index struct {
	numbers map[string]uint32 // by ID
	stories []held            // by number
	vacant  []uint32          // numbers of removed stories

	heads   []uint32            // by the low bits of a key: the first of its links, or 0
	links   []link              // from 1
	loose   uint32              // the first of the links that are free
	crowded map[uint32][]uint32 // the stories of keys that more than a crowd have had
	linked  int
	found   []uint32 // for Find
	chain   []uint32 // for having
}

type held struct {
	id     string
	sketch Sketch
}

// link says that a story has a key. The next one is of a key with the same low bits.
type link struct{ key, story, next uint32 }

// NewIndex makes an empty index.
func NewIndex() *Index {
	return &Index{
		numbers: make(map[string]uint32), heads: make([]uint32, 1024), links: make([]link, 1),
		crowded: make(map[uint32][]uint32),
	}
}

// Len is the number of sketches held.
func (x *Index) Len() int { return len(x.numbers) }

// Add files s under id. An id that is there already is left as it is.
func (x *Index) Add(id string, s Sketch) {
	if _, ok := x.numbers[id]; ok {
		return
	}
	keys := s.keys()
	if x.linked += len(keys); x.linked > 2*len(x.heads) {
		x.grow()
	}
	var n uint32
	if last := len(x.vacant) - 1; last >= 0 {
		n, x.vacant = x.vacant[last], x.vacant[:last]
		x.stories[n] = held{id, s}
	} else {
		n = uint32(len(x.stories))
		x.stories = append(x.stories, held{id, s})
	}
	x.numbers[id] = n
	for _, k := range keys {
		x.file(k, n)
	}
}

// Remove forgets id.
func (x *Index) Remove(id string) {
	n, ok := x.numbers[id]
	if !ok {
		return
	}
	keys := x.stories[n].sketch.keys()
	for _, k := range keys {
		if list, ok := x.crowded[k]; ok {
			x.crowded[k] = slices.DeleteFunc(list, func(other uint32) bool { return other == n })
			continue
		}
		x.unlink(k, n)
	}
	x.linked -= len(keys)
	x.stories[n] = held{}
	x.vacant = append(x.vacant, n)
	delete(x.numbers, id)
}

// Find returns the story that s tells again, and the share of the shorter text that
// stands in the longer one; an empty id when there is none. Among several the one with
// most in common wins, then the smallest id, so that the same posts always make the same
// stories.
func (x *Index) Find(s Sketch) (id string, share float64) {
	x.found = x.found[:0]
	for i, k := range s.keys() {
		have := x.having(k)
		if i == 0 || len(have) <= crowd { // the first is of the whole: equal texts are few, or all of them meant
			x.found = append(x.found, have...)
		}
	}
	slices.Sort(x.found)
	best := 0.0
	for _, n := range slices.Compact(x.found) {
		h := &x.stories[n]
		sh, common, same := s.alike(h.sketch)
		if same && (id == "" || cmp.Or(cmp.Compare(sh, share), cmp.Compare(common, best), cmp.Compare(id, h.id)) > 0) {
			id, share, best = h.id, sh, common
		}
	}
	return id, share
}

// having returns the stories that have a key.
func (x *Index) having(key uint32) []uint32 {
	if list, ok := x.crowded[key]; ok {
		return list
	}
	x.chain = x.chain[:0]
	for at := x.heads[x.bucket(key)]; at != 0; at = x.links[at].next {
		if x.links[at].key == key {
			x.chain = append(x.chain, x.links[at].story)
		}
	}
	return x.chain
}

func (x *Index) bucket(key uint32) uint32 { return key & uint32(len(x.heads)-1) }

// file notes that story n has a key.
func (x *Index) file(key, n uint32) {
	if list, ok := x.crowded[key]; ok {
		x.crowded[key] = append(list, n)
		return
	}
	if have := x.having(key); len(have) == crowd {
		for _, other := range have {
			x.unlink(key, other)
		}
		x.crowded[key] = append(slices.Clone(have), n)
		return
	}
	x.link(key, n)
}

func (x *Index) link(key, n uint32) {
	at := x.loose
	if at != 0 {
		x.loose = x.links[at].next
	} else {
		at = uint32(len(x.links))
		x.links = append(x.links, link{})
	}
	head := &x.heads[x.bucket(key)]
	x.links[at] = link{key, n, *head}
	*head = at
}

// unlink drops the link from a key to story n.
func (x *Index) unlink(key, n uint32) {
	for next := &x.heads[x.bucket(key)]; *next != 0; next = &x.links[*next].next {
		if at := *next; x.links[at].key == key && x.links[at].story == n {
			*next = x.links[at].next
			x.links[at] = link{next: x.loose}
			x.loose = at
			return
		}
	}
}

// grow doubles the heads, and links all anew.
func (x *Index) grow() {
	x.heads = make([]uint32, 2*len(x.heads))
	x.links, x.loose = x.links[:1], 0
	for n, h := range x.stories {
		for _, k := range h.sketch.keys() {
			if _, ok := x.crowded[k]; !ok {
				x.link(k, uint32(n))
			}
		}
	}
}
