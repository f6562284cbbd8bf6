package botapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHTML(t *testing.T) {
	e := func(kind string, offset, length int) Entity {
		return Entity{Type: kind, Offset: offset, Length: length}
	}
	link := func(offset, length int, url string) Entity {
		return Entity{Type: "text_link", Offset: offset, Length: length, URL: url}
	}
	for _, c := range []struct {
		in, text string
		list     []Entity
	}{
		{"plain", "plain", nil},
		{"<b>供水</b>", "供水", []Entity{e("bold", 0, 2)}},
		{"<strong>a</strong> <em>b</em> <ins>c</ins> <del>d</del>", "a b c d", []Entity{e("bold", 0, 1), e("italic", 2, 1), e("underline", 4, 1), e("strikethrough", 6, 1)}},
		{"<i>a</i> <u>b</u> <s>c</s> <strike>d</strike>", "a b c d", []Entity{e("italic", 0, 1), e("underline", 2, 1), e("strikethrough", 4, 1), e("strikethrough", 6, 1)}},
		{`<span class="tg-spoiler">a</span> <tg-spoiler>b</tg-spoiler>`, "a b", []Entity{e("spoiler", 0, 1), e("spoiler", 2, 1)}},
		{"😀<b>😀</b>", "😀😀", []Entity{e("bold", 2, 2)}},
		{"<B>x</B >", "x", []Entity{e("bold", 0, 1)}},
		{"<b>x</>", "x", []Entity{e("bold", 0, 1)}},
		{"<b><i>x</i>y</b>", "xy", []Entity{e("bold", 0, 2), e("italic", 0, 1)}},
		{"<i><b>x</b></i>", "x", []Entity{e("bold", 0, 1), e("italic", 0, 1)}},
		{"<b>x<b>y</b></b><b>z</b>", "xyz", []Entity{e("bold", 0, 3)}},
		{"<b></b>x", "x", nil},
		{"&lt;b&gt; &amp; &quot;&#39;&#x4f9b;", `<b> & "'供`, nil},
		{"&lt &amp", "< &", nil},
		{"a & b && c &nbsp; &copy; &#0; &#x; &#1114111; &#99999999999;", "a & b && c &nbsp; &copy; &#0; &#x; &#1114111; &#99999999999;", nil},
		{"a > b", "a > b", nil},
		{`<a href="https://a.cn/?x=1&amp;y=2">x</a>`, "x", []Entity{link(0, 1, "https://a.cn/?x=1&y=2")}},
		{`<a href='a.cn'>x</a> <a>b.cn</a>`, "x b.cn", []Entity{link(0, 1, "http://a.cn/"), link(2, 4, "http://b.cn/")}},
		{`<a href="http://localhost/">x</a><a href="javascript:alert(1)">y</a><a href="::">z</a><a href="tg://user?id=1">w</a>`, "xyzw", []Entity{link(3, 1, "tg://user?id=1")}},
		{`<a href=a.cn class=x disabled >x</a>`, "x", []Entity{link(0, 1, "http://a.cn/")}},
		{"<code>x</code><pre>y</pre>", "xy", []Entity{e("code", 0, 1), e("pre", 1, 1)}},
		{`<pre><code class="language-go">x</code></pre>`, "x", []Entity{{Type: "pre", Offset: 0, Length: 1, Language: "go"}}},
		{`<code class="language-go">x</code>`, "x", []Entity{e("code", 0, 1)}},
		{"<b>x<code>y</code>z</b>", "xyz", []Entity{e("bold", 0, 1), e("code", 1, 1), e("bold", 2, 1)}},
		{`<a href="a.cn">x<code>y</code></a>`, "xy", []Entity{link(0, 2, "http://a.cn/")}},
		{"<blockquote>x</blockquote><blockquote expandable>y</blockquote>", "xy", []Entity{e("blockquote", 0, 1), e("expandable_blockquote", 1, 1)}},
		{"<blockquote expandable=''>x<blockquote>y</blockquote></blockquote>", "xy", []Entity{e("expandable_blockquote", 0, 2)}},
		{" \n x<b> y \n</b>\n ", "x y", []Entity{e("bold", 1, 2)}},
		{"\n<b> x</b>", " x", []Entity{e("bold", 0, 2)}},
		{"a\tb\r\nc\u202ed", "a b\ncd", nil},
		{"见 <b>https://a.cn/b?c=d。</b>", "见 https://a.cn/b?c=d。", []Entity{e("bold", 2, 19), e("url", 2, 18)}},
		{"/a /b@huiyin_bot x/c /d/ (/e)", "/a /b@huiyin_bot x/c /d/ (/e)", []Entity{e("bot_command", 0, 2), e("bot_command", 3, 13)}},
		{"<code>/a https://a.cn</code>", "/a https://a.cn", []Entity{e("code", 0, 15)}},
	} {
		text, list, err := formatText(c.in, "HTML", "")
		if diff := gocmp.Diff(c.list, list); err != nil || text != c.text || len(c.list)+len(list) > 0 && diff != "" {
			t.Errorf("%s: %q, %v\n%s", c.in, text, err, diff)
		}
	}
}

func TestHTMLErrors(t *testing.T) {
	for in, want := range map[string]string{
		"供<b":                      "Unclosed start tag at byte offset 3",
		"a < b":                    `Unsupported start tag "" at byte offset 2`,
		"a <3":                     "Unclosed start tag at byte offset 2",
		"<script>":                 `Unsupported start tag "script" at byte offset 0`,
		"<br/>":                    `Unsupported start tag "br/" at byte offset 0`,
		"<p>x</p>":                 `Unsupported start tag "p" at byte offset 0`,
		"<b>x":                     `Can't find end tag corresponding to start tag "b"`,
		"<b><i>x</i>":              `Can't find end tag corresponding to start tag "b"`,
		"<b><i>x</b></i>":          `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`,
		"x</b>":                    "Unexpected end tag at byte offset 1",
		"<b>x</b":                  "Unclosed end tag at byte offset 4",
		"<b>x</b y>":               "Unclosed end tag at byte offset 4",
		"<span>x</span>":           `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		`<span class="x">x</span>`: `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		`<a "x">`:                  `Empty attribute name in the tag "a" at byte offset 0`,
		"<a ":                      `Empty attribute name in the tag "a" at byte offset 0`,
		"<a href":                  `Unclosed start tag "a" at byte offset 0`,
		"<a href=":                 `Unclosed start tag "a" at byte offset 0`,
		`<a href="x`:               `Unclosed start tag "a" at byte offset 0`,
		"<a href=a/b>":             "Unexpected end of name token at byte offset 8",
		"&#xd83d;&#xde00;":         "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
	} {
		if _, _, err := formatText(in, "html", ""); err == nil || err.Error() != "400 Bad Request: can't parse entities: "+want {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
	}
}

func TestEntityLimit(t *testing.T) {
	_, list, err := formatText(strings.Repeat("<b>x</b> ", 150), "HTML", "")
	if err != nil || len(list) != maxEntities {
		t.Errorf("%d entities, %v", len(list), err)
	}
}

// TestOverlaps: entities sent as such may overlap; HTML may not.
func TestOverlaps(t *testing.T) {
	_, list, err := formatText("abcdef", "", `[{"type":"italic","offset":2,"length":3},{"type":"bold","offset":0,"length":4},
		{"type":"text_link","offset":5,"length":1,"url":"a.cn"},{"type":"url","offset":0,"length":6},{"type":"galaxy","offset":0,"length":6}]`)
	if err != nil {
		t.Fatal(err)
	}
	m := Message{Text: "abcdef", Entities: list}
	if got, want := m.HTML(), `<b>ab<i>cd</i></b><i>e</i><a href="http://a.cn/">f</a>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOneQuotation: a style that ends within a quotation does not tear it apart.
func TestOneQuotation(t *testing.T) {
	text, list, err := formatText("<b>a<blockquote>b<code>c</code></blockquote></b>", "HTML", "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := (Message{Text: text, Entities: list}).HTML(), "<b>a</b><blockquote><b>b</b><code>c</code></blockquote>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRenderedHTMLIsSafe(t *testing.T) {
	m := Message{Text: `<script>"'& /x https://a.cn/?a="b`, Entities: []Entity{{Type: "bot_command", Offset: 12, Length: 2}, {Type: "url", Offset: 15, Length: 16},
		{Type: "pre", Offset: 0, Length: 8, Language: `"><script>`}}}
	if got, want := m.HTML(), `<pre><code class="language-&#34;&gt;&lt;script&gt;">&lt;script&gt;</code></pre>&#34;&#39;&amp; /x <a href="https://a.cn/?a=">https://a.cn/?a=</a>&#34;b`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// node is a piece of a random text: marked up, or plain.
type node struct {
	tag, plain string
	inner      []node
}

func drawNodes(depth int) *rapid.Generator[[]node] {
	plain := rapid.Map(rapid.StringOfN(rapid.RuneFrom([]rune("a供<>&\"'😀 \n")), 1, 5, -1), func(s string) node { return node{plain: s} })
	if depth == 0 {
		return rapid.SliceOfN(plain, 1, 3)
	}
	tagged := rapid.Custom(func(t *rapid.T) node {
		return node{tag: rapid.SampledFrom([]string{"b", "i", "u", "s", "tg-spoiler", "code", "pre", "blockquote"}).Draw(t, "tag"), inner: drawNodes(depth-1).Draw(t, "inner")}
	})
	return rapid.SliceOfN(rapid.OneOf(plain, tagged), 1, 3)
}

func write(list []node, in, text *strings.Builder, styles map[int][]string, open []string) {
	for _, n := range list {
		if n.tag == "" {
			in.WriteString(strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(n.plain))
			for range utf16.Encode([]rune(n.plain)) {
				styles[len(styles)] = slices.Clone(open)
			}
			text.WriteString(n.plain)
			continue
		}
		fmt.Fprintf(in, "<%s>", n.tag)
		write(n.inner, in, text, styles, append(slices.Clip(open), n.tag))
		fmt.Fprintf(in, "</%s>", n.tag)
	}
}

// TestHTMLLaws: for any tree of tags, the text is what is between the tags, and bold
// is exactly what was inside <b> and not inside code.
func TestHTMLLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in, plain strings.Builder
		styles := map[int][]string{} // UTF-16 unit → the tags around it
		write(drawNodes(3).Draw(t, "tree"), &in, &plain, styles, nil)
		text, list, err := parseHTML(in.String())
		if err != nil || text != plain.String() {
			t.Fatalf("%q: %q, %v", in.String(), text, err)
		}
		list = tidy(list)
		var code []Entity
		for _, e := range list {
			if e.Type == "code" || e.Type == "pre" {
				code = append(code, e)
			}
		}
		covers := func(list []Entity, kind string, at int) bool {
			return slices.ContainsFunc(list, func(e Entity) bool {
				return (kind == "" || e.Type == kind) && e.Offset <= at && at < e.end()
			})
		}
		for at, tags := range styles {
			want := slices.Contains(tags, "b") && !covers(code, "", at)
			if len(list) < maxEntities && covers(list, "bold", at) != want {
				t.Fatalf("%q: unit %d bold: %v", in.String(), at, !want)
			}
		}
		checkText(t, "HTML", in.String())
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// checkText: whatever goes in, what comes out is a text that Telegram could have made,
// and its HTML reads back to the same.
func checkText(t failer, mode, in string) {
	t.Helper()
	text, list, err := formatText(in, mode, "")
	if err != nil {
		return
	}
	end := len(utf16.Encode([]rune(text)))
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText || text == "" || len(list) > maxEntities {
		t.Fatalf("%q: bad text %q", in, text)
	}
	for _, e := range list {
		if e.Offset < 0 || e.Length <= 0 || e.end() > end || e.Type == "" {
			t.Fatalf("%q: bad entity %+v in %q", in, e, text)
		}
	}
	if !slices.IsSortedFunc(list, func(a, b Entity) int { return cmp.Compare(a.Offset, b.Offset) }) {
		t.Fatalf("%q: not sorted: %+v", in, list)
	}
	html := Message{Text: text, Entities: list}.HTML()
	if len(html) > maxRawText || len(list) == maxEntities || slices.ContainsFunc(list, func(e Entity) bool { return e.Type == "url" }) {
		return // cannot be sent back as it is: a URL found in the text would become a link
	}
	text2, list2, err := formatText(html, "HTML", "")
	if err != nil || text2 != text || len(list)+len(list2) > 0 && !slices.Equal(list, list2) {
		t.Fatalf("%q → %q → %q, %v\n%+v\n%+v", in, html, text2, err, list, list2)
	}
}

func FuzzHTML(f *testing.F) {
	for _, in := range []string{
		"<b>供水</b> & <i>x</i>", `<a href="https://a.cn/?a=1&amp;b=2">x</a>`, `<pre><code class="language-go">x</code></pre>`,
		"<blockquote expandable>x</blockquote>", "<span class='tg-spoiler'>x</span>", "&#x1f600;&lt &nbsp;", "<b><i>x</b></i>", "<a href=", "/start@x_bot ABC",
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		checkText(t, "HTML", in)
		checkText(t, "", in)
	})
}
