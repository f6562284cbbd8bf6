package source

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

var (
	discuzList = ListSelectors{Item: `tbody[id^="normalthread_"]`, Link: "a.xst", Author: "td.by cite", Time: "td.by em"}
	discuzPost = PostSelectors{Text: "td.t_f", Author: ".authi .xw1", Time: `em[id^="authorposton"]`}
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
	at.base = mustURL(t, "http://bbs.example.cn/forum-2-1.html")
	doc, charset, err := fetch.Decode(gbkPage(t, "testdata/forum/list.html"), "text/html", "")
	if err != nil || charset != "gb18030" {
		t.Fatalf("charset %s, %v", charset, err)
	}
	items, err := parseList(doc, discuzList, at)
	if err != nil {
		t.Fatal(err)
	}
	keyedItems, _ := keys(items, nil)
	golden(t, "testdata/forum/list.html.golden", show(keyedItems, at.zone))

	doc, _, err = fetch.Decode(gbkPage(t, "testdata/forum/post.html"), "text/html", "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePost(doc, discuzPost, at, post.Post{Title: "列表上的标题"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/forum/post.html.golden", p)
}

func TestForumSelectors(t *testing.T) {
	at := here(t)
	const page = `<ul><li data-id="7" data-when="1795221000"><a href="/t/7" title="整个标题">整个…</a><i>张三</i></li>
		<li><b>没有链接</b></li><li><a href="/t/8"><img src="x.png"></a></li></ul>`
	for name, sel := range map[string]ListSelectors{
		"attributes":       {Item: "li", Title: "a@title", Link: "a@href", Author: "i", Time: "@data-when"},
		"defaults":         {Item: "li", Time: "@data-when", Author: "i"},
		"item is the link": {Item: "li > a", Title: "@title"},
	} {
		items, err := parseList([]byte(page), sel, at)
		if err != nil || len(items) != 1 || items[0].link != "https://news.example.cn/t/7" || !strings.HasPrefix(items[0].title, "整个") {
			t.Errorf("%s: %+v, %v", name, items, err)
		}
		if sel.Time != "" && (items[0].published.Unix() != 1795221000 || items[0].author != "张三") {
			t.Errorf("%s: %+v", name, items[0])
		}
	}
}

func TestForumLayoutChanged(t *testing.T) {
	at := here(t)
	_, err := parseList([]byte("<html>维护中</html>"), discuzList, at)
	var le *layoutError
	if !errors.As(err, &le) || Reason(err) != `页面结构变了，选择器 tbody[id^="normalthread_"] 找不到任何帖子；请在浏览器里打开看看，再请管理员核对配置` {
		t.Errorf("%v: %s", err, Reason(err))
	}
	_, err = parseList([]byte("<ul><li>没有链接</li></ul>"), ListSelectors{Item: "li"}, at)
	if !errors.As(err, &le) || !strings.Contains(Reason(err), "li 找到 1 处") {
		t.Errorf("%v: %s", err, Reason(err))
	}
	_, err = parsePost([]byte("<p>您没有权限</p>"), discuzPost, at, post.Post{})
	if !errors.As(err, &le) {
		t.Errorf("post page: %v", err)
	}
	_, err = parseList([]byte(strings.Repeat("<div>", 10_000)), discuzList, at)
	if !errors.Is(err, errPage) || Reason(err) == "" {
		t.Errorf("deep page: %v", err)
	}
}

func FuzzParseForum(f *testing.F) {
	f.Add(gbkPage(f, "testdata/forum/list.html"))
	f.Add(gbkPage(f, "testdata/forum/post.html"))
	f.Add([]byte(`<base href="//x"><tbody id="normalthread_1"><a class=xst href="1">t</a>`))
	at := here(f)
	loose := ListSelectors{Item: "li, tr, p", Author: "cite", Time: "em"}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, _, err := fetch.Decode(body, "", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, sel := range []ListSelectors{discuzList, loose} {
			if items, err := parseList(doc, sel, at); err == nil {
				checkItems(t, items, at)
			}
		}
		if p, err := parsePost(doc, PostSelectors{Text: "td, p", Time: "em"}, at, post.Post{}); err == nil && p.Text == "" {
			t.Fatal("a post page without text")
		}
	})
}
