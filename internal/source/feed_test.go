package source

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
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

var update = flag.Bool("update", false, "write the golden files")

// here is where and when the fixtures are read.
func here(t testing.TB) place {
	t.Helper()
	zone := shanghai(t)
	return place{mustURL(t, "https://news.example.cn/feeds/all.xml"), zone, time.Date(2026, 11, 21, 10, 0, 0, 0, zone)}
}

// shown is a keyed item as the golden files have it.
type shown struct {
	Key, Title, Text, Author, Link, Published string
}

func show(items []keyed, zone *time.Location) []shown {
	out := []shown{}
	for _, it := range items {
		s := shown{it.key, it.title, it.text, it.author, it.link, ""}
		if !it.published.IsZero() {
			s.Published = it.published.In(zone).Format(time.RFC3339)
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

// readFeed goes the whole way from bytes to keyed items.
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
	items, lost, err := parseFeed(doc, here(t))
	if err != nil {
		t.Fatal(err)
	}
	keyedItems, shared := keys(items, nil)
	result.Lost, result.Shared, result.Items = lost, shared, show(keyedItems, here(t).zone)
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

// The same feed in any encoding, declared rightly, wrongly or not at all, gives
// the same posts.
func TestFeedInEveryEncoding(t *testing.T) {
	const declared = `<?xml version="1.0" encoding="UTF-8"?>`
	text := strings.TrimPrefix(readFixture(t, "testdata/feed/rss2.xml"), declared)
	want := readFeed(t, []byte(declared+text), "")
	gbk, big5 := simplifiedchinese.GBK, traditionalchinese.Big5
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	traditional := strings.NewReplacer( // Big5 has no simplified characters
		"清河晚报·民生", "清河晚報·民生", "百姓身边事", "百姓身邊事", "城东", "城東", "个", "個", "连续", "連續", "两", "兩", "盼说明", "盼說明",
		"记者", "記者", "没", "沒", "夜里", "夜裡", "说", "說", "滨", "濱", "扬尘", "揚塵", "扰", "擾", "还", "還", "户", "戶", "开", "開", "条", "條", "小区", "小區", "过", "過")
	for _, tt := range []struct {
		name, says, header string
		enc                encoding.Encoding
		big5               bool
	}{
		{name: "gbk", says: "GBK", enc: gbk},
		{name: "gb2312 as most say", says: "gb2312", enc: gbk},
		{name: "gbk that says utf-8", says: "UTF-8", enc: gbk},
		{name: "gbk by header", says: "", header: "text/xml; charset=gb2312", enc: gbk},
		{name: "gbk undeclared", says: "", enc: gbk},
		{name: "utf-8 that says gbk", says: "GBK", enc: encoding.Nop},
		{name: "utf-8 that the header calls gbk", says: "utf-8", header: "application/rss+xml; charset=GBK", enc: encoding.Nop},
		{name: "utf-16", says: "UTF-16", enc: utf16},
		{name: "big5", says: "Big5", enc: big5, big5: true},
		{name: "big5 undeclared", enc: big5, big5: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, want := text, want
			if tt.big5 {
				doc = traditional.Replace(text)
				want = readFeed(t, []byte(declared+doc), "")
			}
			if tt.says != "" {
				doc = `<?xml version="1.0" encoding="` + tt.says + `"?>` + doc
			}
			body, err := tt.enc.NewEncoder().Bytes([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, readFeed(t, body, tt.header)); diff != "" {
				t.Errorf("(-utf-8 +%s):\n%s", tt.name, diff)
			}
		})
	}
}

func TestFeedRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		doc  string
		want error
	}{
		"empty":             {"", errNotFeed},
		"html":              {"<!DOCTYPE html><html><body><p>登录</p></body></html>", errNotFeed},
		"plain":             {"维护中", errNotFeed},
		"json of nothing":   {`{"items":[null]}`, errBroken},
		"json of no kind":   {`{"items":3}`, errBroken},
		"json cut off":      {`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"`, errBroken},
		"deep":              {"<rss><channel>" + strings.Repeat("<x:a>", 100_000), errNotFeed},
		"only half an item": {"<rss><channel><item><title>半", errBroken},
		"other XML":         {"<opml><body/></opml>", errNotFeed},
	} {
		items, _, err := parseFeed([]byte(tt.doc), here(t))
		if !errors.Is(err, tt.want) || len(items) != 0 {
			t.Errorf("%s: %d items, err = %v, want %v", name, len(items), err, tt.want)
		}
		if r := Reason(err); !strings.Contains(r, "订阅源") {
			t.Errorf("%s: reason %s", name, r)
		}
	}
}

func TestFeedOfManyItems(t *testing.T) {
	var b strings.Builder
	b.WriteString("<rss><channel>")
	for range 3 * maxItems {
		b.WriteString("<item><title>x</title></item>")
	}
	whole := b.String() + "</channel></rss>"
	for _, doc := range []string{whole, b.String()} {
		items, _, err := parseFeed([]byte(doc), here(t))
		if err != nil || len(items) != maxItems {
			t.Errorf("%d items, %v", len(items), err)
		}
	}
	if items, _, err := parseFeed([]byte("<rss version='2.0'><channel><title>空</title></channel></rss>"), here(t)); err != nil || len(items) != 0 {
		t.Errorf("a feed without items: %d items, %v", len(items), err)
	}
}

// An item keeps its key when the one it shared its GUID with has left the feed.
func TestKeysStay(t *testing.T) {
	a := item{guid: "home", title: "甲", link: "https://a.example.cn/1"}
	b := item{guid: "home", title: "乙", link: "https://a.example.cn/2"}
	both, shared := keys([]item{a, b}, nil)
	alone, _ := keys([]item{b}, shared)
	if both[1].key != alone[0].key {
		t.Errorf("key %q became %q", both[1].key, alone[0].key)
	}
	var many []string
	for i := range 2 * maxShared {
		many = append(many, strings.Repeat("x", i+1))
	}
	if _, shared := keys(nil, many); len(shared) != maxShared {
		t.Errorf("%d shared keys kept", len(shared))
	}
}

func FuzzParseFeed(f *testing.F) {
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
		items, _, err := parseFeed(doc, at)
		if err != nil {
			if !errors.Is(err, errNotFeed) && !errors.Is(err, errBroken) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		checkItems(t, items, at)
	})
}

// checkItems holds items to what post.Post promises.
func checkItems(t *testing.T, items []item, at place) {
	t.Helper()
	keyedItems, _ := keys(items, nil)
	seen := map[string]bool{}
	for _, it := range keyedItems {
		p := post.Post{ID: post.IDOf("s", it.key), Source: "s", Key: it.key, Title: it.title, Text: it.text, Seen: at.now}
		if err := p.Validate(); err != nil {
			t.Fatalf("%+v: %v", it, err)
		}
		if seen[it.key] {
			t.Fatalf("key %q twice", it.key)
		}
		seen[it.key] = true
		if utf8.RuneCountInString(it.title) > post.MaxTitle || utf8.RuneCountInString(it.text) > post.MaxText || len(it.link) > post.MaxURL || len(it.key) > post.MaxKey {
			t.Fatalf("over the limits: %+v", it)
		}
		if strings.ContainsAny(it.title, "\n\r\x00") || !utf8.ValidString(it.title+it.text+it.author+it.link) {
			t.Fatalf("not clean: %+v", it)
		}
		if it.link != "" && !strings.HasPrefix(it.link, "http://") && !strings.HasPrefix(it.link, "https://") {
			t.Fatalf("link %q", it.link)
		}
	}
}
