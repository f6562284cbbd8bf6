package parse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"huiyin/internal/fetch"
)

var (
	discuzList = Fields{Item: `tbody[id^="normalthread_"]`, Link: "a.xst", Author: "td.by cite", Time: "td.by em"}
	discuzPost = PageFields{Text: "td.t_f", Author: ".authi .xw1", Time: `em[id^="authorposton"]`}
)

// gbkPage is a fixture as a GBK forum sends it.
func gbkPage(t testing.TB, path string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(readFixture(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestForumGolden(t *testing.T) {
	at := here(t)
	at.Base = mustURL(t, "http://bbs.example.cn/forum-2-1.html")
	doc, charset, err := fetch.Decode(gbkPage(t, "testdata/forum/list.html"), "text/html", "")
	if err != nil || charset != "gb18030" {
		t.Fatalf("charset %s, %v", charset, err)
	}
	read, err := List(doc, discuzList, at)
	if err != nil {
		t.Fatal(err)
	}
	keyedItems, _ := Keys(read.Items, nil)
	golden(t, "testdata/forum/list.html.golden", show(keyedItems, at.Zone))

	doc, _, err = fetch.Decode(gbkPage(t, "testdata/forum/post.html"), "text/html", "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Page(doc, discuzPost, at)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/forum/post.html.golden", show([]Named{{Item: p}}, at.Zone))
}

func TestForumSelectors(t *testing.T) {
	at := here(t)
	const page = `<ul><li data-id="7" data-when="1795221000"><a href="/t/7" title="整个标题">整个…</a><i>张三</i></li>
		<li><b>没有链接</b></li><li><a href="/t/8"><img src="x.png"></a></li></ul>`
	for name, sel := range map[string]Fields{
		"attributes":       {Item: "li", Title: "a@title", Link: "a@href", Author: "i", Time: "@data-when"},
		"defaults":         {Item: "li", Time: "@data-when", Author: "i"},
		"item is the link": {Item: "li > a", Title: "@title"},
	} {
		read, err := List([]byte(page), sel, at)
		items := read.Items
		if err != nil || len(items) != 1 || items[0].Link != "https://news.example.cn/t/7" || !strings.HasPrefix(items[0].Title, "整个") {
			t.Errorf("%s: %+v, %v", name, items, err)
		}
		if sel.Time != "" && (items[0].Published.Unix() != 1795221000 || items[0].Author != "张三") {
			t.Errorf("%s: %+v", name, items[0])
		}
	}
}

func TestForumListSaysMore(t *testing.T) {
	at := here(t)
	page := func(rest string) []byte {
		return []byte(`<table><tr class="top"><td><a href="/t/1">置顶</a><p>看<b>版规</b></p><span class="n">1,234</span><span class="v">3.4k views</span></td></tr>
			<tr><td><a href="/t/2">停水</a><p></p><span class="n"></span></td></tr></table>` + rest)
	}
	f := Fields{Item: "tr", Text: "p", Replies: ".n", Views: ".v", Next: ".nxt a"}
	read, err := List(page(`<div class="nxt"><a href="?page=2#list">下一页</a></div>`), f, at)
	if err != nil || len(read.Items) != 2 {
		t.Fatalf("%+v, %v", read, err)
	}
	if it := read.Items[0]; it.Text != "看版规" || it.Replies != 1234 || it.Views != 3400 {
		t.Errorf("%+v", it)
	}
	if it := read.Items[1]; it.Text != "" || it.Replies != -1 || it.Views != -1 {
		t.Errorf("%+v", it)
	}
	for rest, want := range map[string]string{
		`<div class="nxt"><a href="?page=2#list">下一页</a></div>`:                                  "https://news.example.cn/feeds/all.xml?page=2",
		`<base href="/bbs/"><div class="nxt"><a href="p2.html">下一页</a></div>`:                    "https://news.example.cn/bbs/p2.html",
		`<base href="https://cdn.example.com/"><div class="nxt"><a href="p2.html">下一页</a></div>`: "",
		`<div class="nxt"><a href="https://evil.example.com/?page=2">下一页</a></div>`:              "",
		`<div class="nxt"><a href="javascript:next()">下一页</a></div>`:                             "",
		`<div class="nxt"><a>下一页</a></div>`:                                                      "",
		`<div class="nxt"><a href="#">下一页</a></div>`:                                             "",
		``: "",
	} {
		read, err := List(page(rest), f, at)
		if err != nil || read.Next != want {
			t.Errorf("%s leads to %q, want %q (%v)", rest, read.Next, want, err)
		}
	}
}

func TestCount(t *testing.T) {
	for text, want := range map[string][2]int{ // answers, readers
		"12": {12, 12}, "1,234": {1234, 1234}, "1.2万": {12000, 12000}, "10万+": {100000, 100000}, "3.4k": {3400, 3400}, "2M": {2000000, 2000000}, "1.5亿": {150000000, 150000000}, "3萬": {30000, 30000},
		"１２": {12, 12}, "(7)": {7, 7}, "1.2w阅读": {-1, 12000}, "": {-1, -1}, "暂无": {-1, -1}, "沙发": {-1, -1}, "99999999999999999999": {-1, -1},
		"回复 12 / 查看 345": {12, 345}, "查看: 345 | 回复: 12": {12, 345}, "12回复 345浏览": {12, 345}, "12 条评论 · 345 次阅读": {12, 345}, "阅读(345) 评论(12)": {12, 345}, "回复/查看: 12/345": {12, 345},
		"12/345": {12, 345}, "12 / 345": {12, 345}, "Replies: 12 Views: 1,345": {12, 1345}, "12 replies, 3.4k views": {12, 3400}, "回复 12": {12, -1}, "345 人气": {-1, 345},
		"暂无回复 查看 345": {-1, 345}, "12 回复, 最后 2026-11-21": {12, -1}, "5 weeks": {5, 5},
	} {
		if got := [2]int{count(text, saysReplies), count(text, saysViews)}; got != want {
			t.Errorf("%q is read as %v, want %v", text, got, want)
		}
	}
	for _, long := range []string{strings.Repeat("9,", 10000), strings.Repeat("回复", 10000), strings.Repeat("\xe5", 300)} {
		count(long, saysReplies)
	}
}

func TestForumLayoutChanged(t *testing.T) {
	at := here(t)
	_, err := List([]byte("<html>维护中</html>"), discuzList, at)
	var le *LayoutError
	if !errors.As(err, &le) {
		t.Errorf("%v", err)
	}
	_, err = List([]byte("<ul><li>没有链接</li></ul>"), Fields{Item: "li"}, at)
	if !errors.As(err, &le) || le.Found != 1 {
		t.Errorf("%v", err)
	}
	_, err = Page([]byte("<p>您没有权限</p>"), discuzPost, at)
	if !errors.As(err, &le) {
		t.Errorf("post page: %v", err)
	}
	_, err = List([]byte(strings.Repeat("<div>", 10_000)), discuzList, at)
	if !errors.Is(err, ErrPage) {
		t.Errorf("deep page: %v", err)
	}
}

func FuzzForum(f *testing.F) {
	f.Add(gbkPage(f, "testdata/forum/list.html"))
	f.Add(gbkPage(f, "testdata/forum/post.html"))
	f.Add([]byte(`<base href="//x"><tbody id="normalthread_1"><a class=xst href="1">t</a>`))
	at := here(f)
	loose := Fields{Item: "li, tr, p", Author: "cite", Time: "em", Text: "p", Replies: "td", Views: "td", Next: "a"}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, _, err := fetch.Decode(body, "", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, sel := range []Fields{discuzList, loose} {
			if read, err := List(doc, sel, at); err == nil {
				checkItems(t, read.Items, at)
			}
		}
		if p, err := Page(doc, PageFields{Text: "td, p", Time: "em"}, at); err == nil && p.Text == "" {
			t.Fatal("a post page without text")
		}
	})
}

// A page takes no more elements than it has tags, and a few that HTML implies; and it
// loses none of its text, whichever tags are never closed.
func TestHTMLGrowsNoFurther(t *testing.T) {
	tags := []string{"a", "b", "font", "font", "i", "nobr", "code", "p", "p", "p", "div", "li", "td", "tr", "table", "select", "svg", "style", "button", "h1", "math", "object", "body"}
	rapid.Check(t, func(t *rapid.T) {
		n := 1
		some := func(name string, most int) string { // tags that open, mostly, and text; each tag is another
			var b strings.Builder
			for range rapid.IntRange(0, most).Draw(t, name) {
				n += 2
				if tag := rapid.SampledFrom(tags).Draw(t, "tag"); rapid.IntRange(0, 3).Draw(t, "end") == 0 {
					b.WriteString("</" + tag + ">水")
				} else {
					fmt.Fprintf(&b, "<%s size=%d>水", tag, n)
				}
			}
			return b.String()
		}
		var b strings.Builder
		b.WriteString("<p>" + some("before", 50))
		for i := range rapid.IntRange(0, 100).Draw(t, "fonts") {
			fmt.Fprintf(&b, "<font size=%d>", i)
			n++
		}
		paragraphs, own := rapid.IntRange(0, 100).Draw(t, "paragraphs"), n
		b.WriteString(strings.Repeat("<p>水"+some("in each", 5), paragraphs))
		n += paragraphs * (n - own + 2)
		root, err := parseHTML([]byte(b.String()), false)
		if err != nil {
			return // nested too deep
		}
		nodes := 0
		for range root.Descendants() {
			nodes++
		}
		if nodes > 3*n+10 {
			t.Fatalf("%d tags and texts became %d nodes: %q", n, nodes, b.String())
		}
	})
}

// Formatting has its own names again when the page has been parsed.
func TestHTMLNames(t *testing.T) {
	const doc = `<html><head><title>a &lt;b&gt;</title></head><body><!--<b>--><p title="<i>x</i>"><font color="red">红</font><B>粗<i>斜</i></B> a&lt;b&gt;c</p><br/></body></html>`
	root, err := parseHTML([]byte(doc), false)
	if err != nil {
		t.Fatal(err)
	}
	want, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var got, expected strings.Builder
	if err := errors.Join(html.Render(&got, root), html.Render(&expected, want)); err != nil || got.String() != expected.String() {
		t.Errorf("%v\n%s\nbecame\n%s", err, expected.String(), got.String())
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom.String() != n.Data {
			t.Errorf("%s has the atom %s", n.Data, n.DataAtom)
		}
	}
}
