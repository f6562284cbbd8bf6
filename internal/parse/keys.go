package parse

import (
	"slices"

	"huiyin/internal/post"
)

const maxShared = 100 // shared keys remembered per source

// same says whether two items under one key are one item listed twice. Those
// of some feeds share GUID and link (the home page) and differ in title only.
func (it Item) same(other Item) bool {
	if it.Link == "" && other.Link == "" && it.Title == other.Title {
		return it.Text == other.Text
	}
	return linkKey(it.Link) == linkKey(other.Link) && it.Title == other.Title
}

// Named is an item with the key it will be known by.
type Named struct {
	Item
	Key string
}

// Keys names the items: by GUID; where that is missing or shared between items,
// by link; where that is missing or shared too, by what they say. shared are the
// keys found shared in earlier documents: an item must not get another key when
// the one it shared its GUID with has left. Items with the same key are one.
func Keys(items []Item, shared []string) (out []Named, nowShared []string) {
	isShared := make(map[string]bool, len(shared))
	for _, k := range shared {
		isShared[k] = true
	}
	nowShared = slices.Clone(shared)
	usable := func(k string) bool { return k != "" && len(k) <= post.MaxKey && !isShared[k] }
	// find marks the keys that nameOf gives to items that are not the same.
	find := func(nameOf func(Item) string) {
		first := make(map[string]Item)
		for _, it := range items {
			k := nameOf(it)
			if !usable(k) {
				continue
			}
			if other, seen := first[k]; !seen {
				first[k] = it
			} else if !it.same(other) {
				isShared[k] = true
				nowShared = append(nowShared, k)
			}
		}
	}
	find(func(it Item) string { return it.GUID })
	find(func(it Item) string {
		if usable(it.GUID) {
			return "" // its link need not be its own
		}
		return linkKey(it.Link)
	})
	taken := make(map[string]bool)
	for _, it := range items {
		k := it.GUID
		if !usable(k) {
			k = linkKey(it.Link)
		}
		if !usable(k) {
			k = textKey(it.Title, it.Text)
		}
		if !taken[k] {
			taken[k] = true
			out = append(out, Named{it, k})
		}
	}
	return out, nowShared[max(0, len(nowShared)-maxShared):]
}
