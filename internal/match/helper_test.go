package match

import (
	"sync"
	"testing"

	"huiyin/alerts"
	"huiyin/dict"
)

// shippedLists are the lists of dict/.
var shippedLists = sync.OnceValues(func() (Lists, error) { return LoadLists(dict.Files) })

// sharedSegmenter is the test binary's one segmenter: loading it takes a second.
var sharedSegmenter = sync.OnceValues(func() (*Segmenter, error) {
	lists, err := shippedLists()
	if err != nil {
		return nil, err
	}
	return NewSegmenter(lists.Extra())
})

var shippedSet = sync.OnceValues(func() (*Set, error) {
	lists, err := shippedLists()
	if err != nil {
		return nil, err
	}
	topics, err := LoadTopics(alerts.Files, lists)
	if err != nil {
		return nil, err
	}
	seg, err := sharedSegmenter()
	if err != nil {
		return nil, err
	}
	return Compile(topics, lists, seg)
})

// must unwraps a value and its error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func testSegmenter(t testing.TB) *Segmenter { return must[*Segmenter](t)(sharedSegmenter()) }
func testShipped(t testing.TB) *Set         { return must[*Set](t)(shippedSet()) }

// compileWords makes a Set of one topic, 试, that looks for any of words.
func compileWords(t testing.TB, words ...string) *Set {
	t.Helper()
	return must[*Set](t)(Compile([]Topic{{Name: "试", Any: words}}, Lists{}, testSegmenter(t)))
}
