package opml

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// Lists as programs write them, and what is read of each.
func TestParse(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.opml")
	if err != nil || len(paths) < 3 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			doc, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			feeds, skipped, err := Parse(append([]byte("\uFEFF"), doc...))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, f := range feeds {
				fmt.Fprintf(&got, "%s | %s | %s | %s\n", strings.Join(f.Folder, " / "), f.Title, f.URL, f.Site)
			}
			for _, p := range skipped {
				fmt.Fprintf(&got, "%d %s：%s\n", p.Line, p.Title, p.Msg)
			}
			golden := strings.TrimSuffix(path, ".opml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

func list(outlines string) []byte { return []byte("<opml><body>" + outlines + "</body></opml>") }

func TestLimits(t *testing.T) {
	many := func(n int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `<outline text="x" xmlUrl="https://example.cn/%d"/>`, i)
		}
		return list(b.String())
	}
	deep := func(n int) []byte {
		return list(strings.Repeat(`<outline text="x">`, n) + strings.Repeat(`</outline>`, n))
	}
	bomb := `<!DOCTYPE opml [<!ENTITY a "` + strings.Repeat("a", 1000) + `">`
	for i := range 20 {
		bomb += fmt.Sprintf(`<!ENTITY %c "&%[2]c;&%[2]c;&%[2]c;&%[2]c;&%[2]c;&%[2]c;">`, 'b'+i, 'a'+i)
	}
	bomb += `]>` + string(list(`<outline text="&u;" xmlUrl="https://example.cn/"/>`))
	for name, c := range map[string]struct {
		doc   []byte
		err   error
		feeds int
	}{
		"many":       {many(MaxFeeds), nil, MaxFeeds},
		"too many":   {many(MaxFeeds + 1), ErrTooMany, 0},
		"deep":       {deep(MaxDepth - 2), nil, 0},
		"too deep":   {deep(MaxDepth - 1), ErrTooDeep, 0},
		"unclosed":   {list(strings.Repeat("<a>", 100_000)), ErrTooDeep, 0},
		"large":      {append(list(""), bytes.Repeat([]byte(" "), MaxBytes-len(list("")))...), nil, 0},
		"too large":  {append(list(""), bytes.Repeat([]byte(" "), MaxBytes)...), ErrTooLarge, 0},
		"a bomb":     {[]byte(bomb), nil, 1},
		"nothing":    {nil, ErrNotOPML, 0},
		"text":       {[]byte("https://example.cn/rss"), ErrNotOPML, 0},
		"a feed":     {[]byte(`<rss><channel><item/></channel></rss>`), ErrNotOPML, 0},
		"a page":     {[]byte("<!DOCTYPE html><html><body>x</body></html>"), ErrNotOPML, 0},
		"controls":   {list("<outline text=\"a\x00\x08b\" xmlUrl=\"https://example.cn/\x01\"/>"), nil, 1},
		"bad bytes":  {list("<outline text=\"\xff\" xmlUrl=\"https://example.cn/\"/>"), nil, 1},
		"long names": {list(`<outline text="` + strings.Repeat("长", 10_000) + `" xmlUrl="https://example.cn/"/>`), nil, 1},
	} {
		began := time.Now()
		feeds, _, err := Parse(c.doc)
		if !errors.Is(err, c.err) || len(feeds) != c.feeds {
			t.Errorf("%s: %d feeds, %v", name, len(feeds), err)
		}
		for _, f := range feeds {
			sound(t, f)
		}
		t.Logf("%s: %d bytes in %v", name, len(c.doc), time.Since(began).Round(time.Millisecond))
	}
}

// sound tells whether a feed is as its comments promise.
func sound(t testing.TB, f Feed) {
	t.Helper()
	for _, text := range append([]string{f.Title}, f.Folder...) {
		if text != oneLine(text) || utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
	}
	for _, raw := range []string{f.URL, f.Site} {
		u, err := url.Parse(raw)
		if raw == "" && raw == f.Site {
			continue
		}
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(raw) > maxURL || strings.ContainsAny(raw, " \t\r\n") {
			t.Errorf("%q, %v", raw, err)
		}
	}
}

// What is written is read as it was, whatever is in the names.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string { return oneLine(rapid.String().Draw(t, "text")) })
		name := text.Filter(func(s string) bool { return s != "" })
		address := rapid.StringMatching(`https?://[a-z]{1,3}\.example(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9%&<>"'=;?测~.-]{0,9})?`).
			Filter(func(s string) bool { got, wrong := feedURL(s); return wrong == "" && got == s })
		var feeds []Feed
		taken := map[string]bool{}
		for range rapid.IntRange(0, 12).Draw(t, "feeds") {
			f := Feed{Title: text.Draw(t, "title"), URL: address.Draw(t, "url")}
			if rapid.Bool().Draw(t, "site") {
				f.Site = address.Draw(t, "site")
			}
			for range rapid.IntRange(0, 3).Draw(t, "depth") {
				f.Folder = append(f.Folder, rapid.OneOf(rapid.SampledFrom([]string{"甲", "乙"}), name).Draw(t, "folder"))
			}
			if !taken[f.Key()] {
				taken[f.Key()] = true
				feeds = append(feeds, f)
			}
		}
		var doc bytes.Buffer
		if err := Write(&doc, text.Draw(t, "list"), feeds); err != nil {
			t.Fatal(err)
		}
		got, skipped, err := Parse(doc.Bytes())
		if d := cmp.Diff(feeds, got); err != nil || len(skipped) > 0 || d != "" {
			t.Fatalf("%v %v %s\n%s", err, skipped, d, doc.String())
		}
	})
}

func TestWrite(t *testing.T) {
	var doc strings.Builder
	err := Write(&doc, "清河市 <订阅>", []Feed{
		{Title: "新闻", URL: "https://news.example.cn/?a=1&b=2", Site: "https://news.example.cn/"},
		{Title: "论坛", URL: "https://bbs.example.cn/", Folder: []string{"论坛", "市"}},
		{Title: "河东", URL: "https://hd.example.cn/", Folder: []string{"论坛", "区"}},
	})
	want := `<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>清河市 &lt;订阅&gt;</title>
  </head>
  <body>
    <outline type="rss" text="新闻" title="新闻" xmlUrl="https://news.example.cn/?a=1&amp;b=2" htmlUrl="https://news.example.cn/"></outline>
    <outline text="论坛">
      <outline text="市">
        <outline type="rss" text="论坛" title="论坛" xmlUrl="https://bbs.example.cn/"></outline>
      </outline>
      <outline text="区">
        <outline type="rss" text="河东" title="河东" xmlUrl="https://hd.example.cn/"></outline>
      </outline>
    </outline>
  </body>
</opml>
`
	if d := cmp.Diff(want, doc.String()); err != nil || d != "" {
		t.Error(err, d)
	}
	doc.Reset()
	if err := Write(&doc, "", nil); err != nil {
		t.Fatal(err)
	}
	if feeds, _, err := Parse([]byte(doc.String())); err != nil || len(feeds) != 0 {
		t.Error(feeds, err, doc.String())
	}
}

func TestKey(t *testing.T) {
	same := []string{"http://a.example", "https://A.example/", "http://a.example:80", "https://a.example:443/"}
	for _, raw := range same {
		if got := (Feed{URL: raw}).Key(); got != (Feed{URL: same[0]}).Key() {
			t.Errorf("%s: %s", raw, got)
		}
	}
	for _, raw := range []string{"http://b.example", "http://a.example:8080", "http://a.example/A", "http://a.example/?a", "http://a.example//"} {
		if got := (Feed{URL: raw}).Key(); got == (Feed{URL: same[0]}).Key() {
			t.Errorf("%s is taken for %s", raw, same[0])
		}
	}
}

// Any bytes are read in the end, feeds are sound, and writing them loses nothing.
func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.opml")
	for _, path := range paths {
		doc, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Add(list(`<outline text=x xmlUrl='https://example.cn/&#x26;&amp;&#8;'><outline isComment=true></outline>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		feeds, skipped, err := Parse(doc)
		if err != nil && len(feeds)+len(skipped) > 0 {
			t.Error("an error, and feeds")
		}
		for _, f := range feeds {
			sound(t, f)
		}
		for _, p := range skipped {
			if p.Msg == "" || p.Line < 1 {
				t.Errorf("%+v", p)
			}
		}
		var again bytes.Buffer
		if err := Write(&again, "x", feeds); err != nil {
			t.Fatal(err)
		}
		got, skipped, err := Parse(again.Bytes())
		if d := cmp.Diff(feeds, got); err != nil || len(skipped) > 0 || d != "" {
			t.Errorf("%v %v %s", err, skipped, d)
		}
	})
}
