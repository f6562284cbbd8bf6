package source

import (
	"slices"
	"time"

	"huiyin/internal/post"
)

const maxShared = 100 // shared keys remembered per source

// item is what a feed or a list page says of one post.
type item struct {
	guid, title, text, author, link string
	published                       time.Time
}

// same says whether two items under one key are one item listed twice. Those
// of some feeds share GUID and link (the home page) and differ in title only.
func (it item) same(other item) bool {
	if it.link == "" && other.link == "" && it.title == other.title {
		return it.text == other.text
	}
	return linkKey(it.link) == linkKey(other.link) && it.title == other.title
}

// keyed is an item with the key it will be known by.
type keyed struct {
	item
	key string
}

// keys names the items: by GUID; where that is missing or shared between items,
// by link; where that is missing or shared too, by what they say. shared are the
// keys found shared in earlier documents: an item must not get another key when
// the one it shared its GUID with has left. Items with the same key are one.
func keys(items []item, shared []string) (out []keyed, nowShared []string) {
	isShared := make(map[string]bool, len(shared))
	for _, k := range shared {
		isShared[k] = true
	}
	nowShared = slices.Clone(shared)
	usable := func(k string) bool { return k != "" && len(k) <= post.MaxKey && !isShared[k] }
	// find marks the keys that nameOf gives to items that are not the same.
	find := func(nameOf func(item) string) {
		first := make(map[string]item)
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
	find(func(it item) string { return it.guid })
	find(func(it item) string {
		if usable(it.guid) {
			return "" // its link need not be its own
		}
		return linkKey(it.link)
	})
	taken := make(map[string]bool)
	for _, it := range items {
		k := it.guid
		if !usable(k) {
			k = linkKey(it.link)
		}
		if !usable(k) {
			k = textKey(it.title, it.text)
		}
		if !taken[k] {
			taken[k] = true
			out = append(out, keyed{it, k})
		}
	}
	return out, nowShared[max(0, len(nowShared)-maxShared):]
}
