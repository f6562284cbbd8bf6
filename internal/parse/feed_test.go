package parse

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

var update = flag.Bool("update", false, "write the golden files")

// here is where and when the fixtures are read.
func here(t testing.TB) At {
	t.Helper()
	zone := shanghai(t)
	return At{mustURL(t, "https://news.example.cn/feeds/all.xml"), zone, time.Date(2026, 11, 21, 10, 0, 0, 0, zone)}
}

// shown is a Named item as the golden files have it.
type shown struct {
	Key, Title, Text, Author, Link, Published string
}

func show(items []Named, zone *time.Location) []shown {
	out := []shown{}
	for _, it := range items {
		s := shown{it.Key, it.Title, it.Text, it.Author, it.Link, ""}
		if !it.Published.IsZero() {
			s.Published = it.Published.In(zone).Format(time.RFC3339)
		}
		out = append(out, s)
	}
	return out
}

func golden(t *testing.T, path string, got any) {
	t.Helper()
	b, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	if *update {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(b)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func readFixture(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// readFeed goes the whole way from bytes to Named items.
func readFeed(t testing.TB, body []byte, contentType string) (result struct {
	Lost   int
	Shared []string
	Items  []shown
}) {
	t.Helper()
	doc, _, err := fetch.Decode(body, contentType, "")
	if err != nil {
		t.Fatal(err)
	}
	read, err := Feed(doc, here(t))
	if err != nil {
		t.Fatal(err)
	}
	keyedItems, shared := Keys(read.Items, nil)
	result.Lost, result.Shared, result.Items = read.Lost, shared, show(keyedItems, here(t).Zone)
	return result
}

func TestFeedGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/feed/*[lL]")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, f := range append(files, "testdata/feed/jsonfeed.json") {
		t.Run(filepath.Base(f), func(t *testing.T) {
			golden(t, f+".golden", readFeed(t, []byte(readFixture(t, f)), ""))
		})
	}
}

func TestFeedRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		doc  string
		want error
	}{
		"empty":             {"", ErrNotFeed},
		"html":              {"<!DOCTYPE html><html><body><p>登录</p></body></html>", ErrNotFeed},
		"plain":             {"维护中", ErrNotFeed},
		"json of nothing":   {`{"items":[null]}`, ErrBroken},
		"json of no kind":   {`{"items":3}`, ErrBroken},
		"json cut off":      {`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"`, ErrBroken},
		"deep":              {"<rss><channel>" + strings.Repeat("<x:a>", 100_000), ErrBroken},
		"only half an item": {"<rss><channel><item><title>半", ErrBroken},
		"other XML":         {"<opml><body/></opml>", ErrNotFeed},
	} {
		read, err := Feed([]byte(tt.doc), here(t))
		if !errors.Is(err, tt.want) || len(read.Items) != 0 {
			t.Errorf("%s: %d items, err = %v, want %v", name, len(read.Items), err, tt.want)
		}
	}
}

func TestFeedOfManyItems(t *testing.T) {
	var b strings.Builder
	b.WriteString("<rss><channel>")
	for range 3 * MaxItems {
		b.WriteString("<item><title>x</title></item>")
	}
	whole := b.String() + "</channel></rss>"
	for _, doc := range []string{whole, b.String()} {
		read, err := Feed([]byte(doc), here(t))
		if err != nil || len(read.Items) != MaxItems {
			t.Errorf("%d items, %v", len(read.Items), err)
		}
	}
	if read, err := Feed([]byte("<rss version='2.0'><channel><title>空</title></channel></rss>"), here(t)); err != nil || len(read.Items) != 0 {
		t.Errorf("a feed without items: %d items, %v", len(read.Items), err)
	}
}

// An item keeps its key when the one it shared its GUID with has left the feed.
func TestKeysStay(t *testing.T) {
	a := Item{GUID: "home", Title: "甲", Link: "https://a.example.cn/1"}
	b := Item{GUID: "home", Title: "乙", Link: "https://a.example.cn/2"}
	both, shared := Keys([]Item{a, b}, nil)
	alone, _ := Keys([]Item{b}, shared)
	if both[1].Key != alone[0].Key {
		t.Errorf("key %q became %q", both[1].Key, alone[0].Key)
	}
	var many []string
	for i := range 2 * maxShared {
		many = append(many, strings.Repeat("x", i+1))
	}
	if _, shared := Keys(nil, many); len(shared) != maxShared {
		t.Errorf("%d shared keys kept", len(shared))
	}
}

func FuzzFeed(f *testing.F) {
	files, err := filepath.Glob("testdata/feed/*[ln]")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		f.Add([]byte(readFixture(f, name)))
	}
	f.Add([]byte(`{"version":"1","items":[null,{"id":1,"authors":[null]}]}`))
	at := here(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, _, err := fetch.Decode(body, "", "")
		if err != nil {
			t.Fatal(err)
		}
		read, err := Feed(doc, at)
		if err != nil {
			if !errors.Is(err, ErrNotFeed) && !errors.Is(err, ErrBroken) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		checkItems(t, read.Items, at)
	})
}

// checkItems holds items to what post.Post promises.
func checkItems(t *testing.T, items []Item, at At) {
	t.Helper()
	keyedItems, _ := Keys(items, nil)
	seen := map[string]bool{}
	for _, it := range keyedItems {
		p := post.Post{ID: post.IDOf("s", it.Key), Source: "s", Key: it.Key, Title: it.Title, Text: it.Text, Seen: at.Now}
		if err := p.Validate(); err != nil {
			t.Fatalf("%+v: %v", it, err)
		}
		if seen[it.Key] {
			t.Fatalf("key %q twice", it.Key)
		}
		seen[it.Key] = true
		if utf8.RuneCountInString(it.Title) > post.MaxTitle || utf8.RuneCountInString(it.Text) > post.MaxText || len(it.Link) > post.MaxURL || len(it.Key) > post.MaxKey {
			t.Fatalf("over the limits: %+v", it)
		}
		if strings.ContainsAny(it.Title, "\n\r\x00") || !utf8.ValidString(it.Title+it.Text+it.Author+it.Link) {
			t.Fatalf("not clean: %+v", it)
		}
		if it.Link != "" && !strings.HasPrefix(it.Link, "http://") && !strings.HasPrefix(it.Link, "https://") {
			t.Fatalf("link %q", it.Link)
		}
	}
}
