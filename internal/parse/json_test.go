package parse

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// apis are the shapes of APIs in testdata/json, and the paths that read them.
var apis = map[string]Fields{
	// A plain array whose fields hold HTML, as blogs give it.
	"array.json": {Title: "title.rendered", Link: "link", Text: "content.rendered", Time: "date_gmt", Author: "_embedded.author.0.name", Replies: "comment_count"},
	// Items below an envelope, links to be made, times in milliseconds, paging by cursor.
	"envelope.json": {Item: "data.list", Title: "subject", Link: "/t/{forum.slug}/{id}", Text: "{summary}\n{tags}", Time: "createdAt", Author: "user.name",
		Replies: "stat.replies", Views: "stat.views", Next: "/api/list?cursor={data.cursor}"},
	// JSON:API: what belongs to an item stands elsewhere in the document.
	"jsonapi.json": {Item: "data", Title: "attributes.title", Link: "/d/{id}-{attributes.slug}", Time: "attributes.createdAt", Replies: "attributes.commentCount",
		Text:   `$.included.#(type=="posts")#|#(id=="{relationships.firstPost.data.id}").attributes.contentHtml`,
		Author: `$.included.#(type=="users")#|#(id=="{relationships.user.data.id}").attributes.displayName`, Next: "links.next"},
}

func TestJSONGolden(t *testing.T) {
	for name, f := range apis {
		read, err := JSON([]byte(readFixture(t, "testdata/json/"+name)), f, here(t))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		golden(t, "testdata/json/"+name+".golden", read)
		for _, path := range []string{f.Item, f.Title, f.Link, f.Text, f.Time, f.Author, f.Replies, f.Views, f.Next} {
			if err := CheckPath(path); err != nil {
				t.Errorf("%s: %q: %v", name, path, err)
			}
		}
	}
}

func TestJSONPage(t *testing.T) {
	doc := []byte(`{"posts":[{"cooked":"<p>停水<b>三天</b></p><p>没人管</p>","name":"张三","at":1795221000}]}`)
	got, err := JSONPage(doc, PageFields{Text: "posts.0.cooked", Author: "posts.0.name", Time: "posts.0.at"}, here(t))
	want := Item{Text: "停水三天\n没人管", Author: "张三", Published: got.Published, Replies: -1, Views: -1}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || got.Published.Unix() != 1795221000 {
		t.Errorf("%v, %v (-want +got):\n%s", got.Published, err, diff)
	}
	var layout *LayoutError
	if _, err := JSONPage(doc, PageFields{Text: "posts.1.cooked"}, here(t)); !errors.As(err, &layout) || layout.Field != "post.text" {
		t.Errorf("a page without text: %v", err)
	}
	if _, err := JSONPage([]byte("<html>"), PageFields{Text: "x"}, here(t)); !errors.Is(err, ErrNotJSON) {
		t.Errorf("a page that is no JSON: %v", err)
	}
}

func TestJSONValues(t *testing.T) {
	item := func(fields string) Item {
		read, err := JSON([]byte(`[{"title":"甲",`+fields+`}]`), Fields{Title: "title", Text: "text", Author: "by", Time: "at", Replies: "n", Views: "v"}, here(t))
		if err != nil {
			t.Fatalf("%s: %v", fields, err)
		}
		return read.Items[0]
	}
	const at = 1795221000 // 2026-11-21 08:30 in Shanghai
	for _, s := range []string{"1795221000", "1795221000000", "1.795221e9", "1795221000.25", `"1795221000"`, `"2026-11-21T08:30:00+08:00"`, `"2026-11-21 08:30"`, `"今天 08:30"`} {
		if got := item(`"at":` + s); got.Published.Unix() != at {
			t.Errorf("time %s is read as %v", s, got.Published)
		}
	}
	for s, want := range map[string]int{"12": 12, `"12"`: 12, `"1.2万"`: 12000, "1.2e3": 1200, "0": 0, "-1": -1, "null": -1, `""`: -1, "true": -1, "{}": -1, "1e300": -1} {
		if got := item(`"n":` + s); got.Replies != want || got.Views != -1 {
			t.Errorf("count %s is read as %d and %d", s, got.Replies, got.Views)
		}
	}
	for s, want := range map[string]string{
		`"<p>一</p><p>二</p>"`: "一\n二", `"一\n二"`: "一\n二", `["一","二",null,{},3]`: "一\n二\n3", "7": "7", "null": "", "true": "", `{"a":1}`: "", `"a<b & c"`: "a<b & c", `"\ud800"`: "\uFFFD",
	} {
		if got := item(`"text":` + s); got.Text != want {
			t.Errorf("text %s is read as %q, want %q", s, got.Text, want)
		}
	}
}

func TestJSONLinks(t *testing.T) {
	for _, tt := range []struct{ path, fields, want string }{
		{"url", `"url":"/t/1"`, "https://news.example.cn/t/1"},
		{"{url}", `"url":"https://a.example.cn/t?a=1&b=2"`, "https://a.example.cn/t?a=1&b=2"},
		{"{url}/{id}", `"url":"https://a.example.cn/t","id":5`, "https://a.example.cn/t/5"},
		{"/t/{slug}/{id}", `"slug":"停水","id":5`, "https://news.example.cn/t/%E5%81%9C%E6%B0%B4/5"},
		{"/t/{slug}/{id}", `"slug":"../../admin?x=1#","id":5`, "https://news.example.cn/t/..%2F..%2Fadmin%3Fx=1%23/5"},
		{"/t/{slug}/{id}", `"slug":"..","id":5`, ""},
		{"/t?id={id}&s=1", `"id":"5&s=2"`, "https://news.example.cn/t?id=5%26s%3D2&s=1"},
		{"/t/{slug}/{id}", `"id":5`, ""},
		{"url", `"url":"javascript:alert(1)"`, ""},
		{"{url}", `"url":"javascript:alert(1)"`, ""},
		{"$.base", `"id":1`, ""},
		{"/x/{$.0.id}", `"id":1`, "https://news.example.cn/x/1"},
	} {
		read, err := JSON([]byte(`[{"title":"甲",`+tt.fields+`},{"title":"乙","url":"/2","slug":"s","id":2}]`), Fields{Title: "title", Link: tt.path}, here(t))
		got := ""
		if err == nil && read.Items[0].Title == "甲" {
			got = read.Items[0].Link
		}
		if got != tt.want {
			t.Errorf("%s of {%s} leads to %q, want %q (%v)", tt.path, tt.fields, got, tt.want, err)
		}
	}
}

func TestJSONNext(t *testing.T) {
	for _, tt := range []struct{ path, doc, want string }{
		{"next", `"next":"/p?page=2"`, "https://news.example.cn/p?page=2"},
		{"next", `"next":"https://news.example.cn/p/2"`, "https://news.example.cn/p/2"},
		{"next", `"next":"https://evil.example.com/p/2"`, ""},
		{"next", `"next":null`, ""},
		{"?page={next}", `"next":2`, "https://news.example.cn/feeds/all.xml?page=2"},
		{"?page={next}", `"next":null`, ""},
		{"?page={page.next}&n=20", `"page":{"next":"a b"}`, "https://news.example.cn/feeds/all.xml?page=a+b&n=20"},
	} {
		read, err := JSON([]byte(`{`+tt.doc+`,"list":[{"title":"甲"}]}`), Fields{Item: "list", Title: "title", Next: tt.path}, here(t))
		if err != nil || read.Next != tt.want {
			t.Errorf("%s of {%s} leads to %q, want %q (%v)", tt.path, tt.doc, read.Next, tt.want, err)
		}
	}
}

func TestJSONRefused(t *testing.T) {
	list := Fields{Item: "list", Title: "title", Link: "url"}
	for name, doc := range map[string]string{
		"empty": "", "html": "<!DOCTYPE html><p>登录", "cut off": `{"list":[{"title":"甲"`, "two": "{} {}", "deep": strings.Repeat("[", 300) + strings.Repeat("]", 300),
	} {
		if _, err := JSON([]byte(doc), list, here(t)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tt := range map[string]struct {
		doc   string
		found int
	}{
		"nothing":                   {`{"code":403}`, 0},
		"null":                      {`{"list":null}`, 0},
		"an object":                 {`{"list":{"a":1}}`, 1},
		"no titles":                 {`{"list":[{"url":"/1"},{"url":"/2"}]}`, 2},
		"no links":                  {`{"list":[{"title":"甲"},{"title":"乙","url":"ftp://x"}]}`, 2},
		"items that are no objects": {`{"list":[1,"2",null,[]]}`, 4},
	} {
		var layout *LayoutError
		if _, err := JSON([]byte(tt.doc), list, here(t)); !errors.As(err, &layout) || layout.Field != "list.item" || layout.Found != tt.found {
			t.Errorf("%s: %v", name, err)
		}
	}
	if read, err := JSON([]byte(`{"list":[]}`), list, here(t)); err != nil || len(read.Items) != 0 {
		t.Errorf("a list of nothing: %v, %v", read, err)
	}
	if read, err := JSON([]byte(`{"list":[{"title":"甲","url":"/1"},{"x":1}]}`), list, here(t)); err != nil || len(read.Items) != 1 || read.Lost != 1 {
		t.Errorf("a list with one that is none: %v, %v", read, err)
	}
}

func TestCheckPath(t *testing.T) {
	for _, good := range []string{"", "title", "a.b.0.c", "@this", "list.@reverse", "a.#(b>3)#.c", "/t/{a.b}/{c}", "$.x", `$.a.#(id=="{b.c}").d`, "$.users.{user}.name", "@type", "{$.a}x", "https://a.example.cn/{id}?x=1"} {
		if err := CheckPath(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"/t/{", "/t/}", "/t/{}", "/t/{ }", "{$.}", "{a{b}}", "a.@pretty", "@tostr", "a|@fromstr", "{a.@dig:x}", "[a,@ugly]", "..a", "$.a.#(id=={b}).c", strings.Repeat("a", maxPath+1)} {
		if CheckPath(bad) == nil {
			t.Errorf("%q is let through", bad)
		}
	}
}

// An item cannot make its fields be read from where they do not belong: what it says goes
// into a path as a name, or not at all.
func TestJSONItemsCannotWritePaths(t *testing.T) {
	at := here(t)
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.OneOf(rapid.StringMatching(`[a-z"\\~*?#@|.(){}\[\]=!<>% 1$^]{0,8}`), rapid.String(),
			rapid.SampledFrom([]string{`~*`, `~true`, `x")`, `*`, `a").v|#(x=="`, `@this`, `#`, `0`, `..`, `!"v"`})), 2, 2, rapid.ID).Draw(t, "ids")
		type other struct{ ID, V string }
		doc, err := json.Marshal(map[string]any{
			"list": []map[string]string{{"id": ids[0], "title": "甲"}}, "others": []other{{"别人", "秘密"}, {ids[1], "秘密"}, {ids[0], "自己"}},
			"byName": map[string]string{"别人": "秘密", ids[1]: "秘密", ids[0]: "自己"},
		})
		if err != nil {
			t.Fatal(err)
		}
		read, err := JSON(doc, Fields{Item: "list", Title: "title", Text: `$.others.#(ID=="{id}").V`, Author: "$.byName.{id}"}, at)
		if err != nil {
			t.Fatal(err)
		}
		it := read.Items[0]
		if it.Text != "" && it.Text != "自己" || it.Author != "" && it.Author != "自己" {
			t.Fatalf("%q reads %q and %q", ids[0], it.Text, it.Author)
		}
	})
}

// Names as APIs give them do find what they name.
func TestJSONFindsByName(t *testing.T) {
	for _, id := range []string{"1", "007", "7f3a-11", "张三", "a.b", "a/b:c", "u+1", "a_b=c"} {
		doc, err := json.Marshal(map[string]any{"list": []any{map[string]any{"id": id, "title": "甲"}}, "others": []any{map[string]any{"id": "x", "v": "错"}, map[string]any{"id": id, "v": "对"}},
			"byName": map[string]string{id: "对"}})
		if err != nil {
			t.Fatal(err)
		}
		read, err := JSON(doc, Fields{Item: "list", Title: "title", Text: `$.others.#(id=="{id}").v`, Author: "$.byName.{id}"}, here(t))
		if err != nil || read.Items[0].Text != "对" || read.Items[0].Author != "对" {
			t.Errorf("%s: %+v, %v", id, read, err)
		}
	}
}

func TestHostileJSON(t *testing.T) {
	at := here(t)
	f := Fields{Item: "list", Title: "t", Text: "x", Author: `$.others.#(id=="{id}").v`, Replies: "x.#", Next: "next"}
	for name, tt := range map[string]struct {
		doc []byte
		err error
	}{
		"nested deep":      {fill("", same("["), ""), ErrNotJSON},
		"objects deep":     {fill("", same(`{"list":`), ""), ErrNotJSON},
		"many items":       {fill(`{"list":[{"t":"好"}`, same(",0"), "]}"), nil},
		"one item of many": {fill(`{"list":[{"t":"好","x":["a"`, same(`,"b"`), "]}]}"), nil},
		"one item of keys": {fill(`{"list":[{"t":"好"`, same(`,"k":1`), "}]}"), nil},
		"others":           {fill(`{"list":[`+strings.Repeat(`{"t":"好","id":"z"},`, 2000)+`{}],"others":[0`, same(`,{"id":"a"}`), "]}"), nil},
		"escapes":          {fill(`{"list":[{"t":"好","x":"`, same(`\u0041`), `"}]}`), nil},
		"text of tags":     {fill(`{"list":[{"t":"好","x":"`+strings.ReplaceAll(fonts(400), `"`, ""), same("<p>x"), `"}]}`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := peak(func() { _, err = JSON(tt.doc, f, at) })
			t.Logf("%d MB, %v", used>>20, err)
			if used > 400<<20 || !errors.Is(err, tt.err) {
				t.Errorf("it takes %d MB: %v", used>>20, err)
			}
		})
	}
}

func FuzzJSON(f *testing.F) {
	for name, fields := range apis {
		f.Add([]byte(readFixture(f, "testdata/json/"+name)), fields.Item, fields.Text, fields.Link, fields.Next)
	}
	f.Add([]byte(`{"a":[{"t":1}]}`), "a", "{t}", "/{t}?{t}", "$.a.#(t>0).{a}")
	at := here(f)
	f.Fuzz(func(t *testing.T, doc []byte, item, text, link, next string) {
		for _, p := range []string{item, text, link, next} {
			if CheckPath(p) != nil {
				return
			}
		}
		read, err := JSON(doc, Fields{Item: item, Title: text, Text: text, Link: link, Replies: text, Time: text, Next: next}, at)
		if err != nil {
			var layout *LayoutError
			if !errors.Is(err, ErrNotJSON) && !errors.As(err, &layout) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		checkItems(t, read.Items, at)
	})
}

func FuzzJSONPage(f *testing.F) {
	f.Add([]byte(`{"posts":[{"cooked":"<p>停水</p>","at":1795221000}]}`), "posts.0.cooked", "posts.0.at")
	f.Add([]byte(`[["a"],["b"]]`), "@flatten", "{0.0}{$.1}")
	at := here(f)
	f.Fuzz(func(t *testing.T, doc []byte, text, when string) {
		if CheckPath(text) != nil || CheckPath(when) != nil {
			return
		}
		it, err := JSONPage(doc, PageFields{Text: text, Author: text, Time: when}, at)
		if err == nil && (it.Text == "" || !utf8.ValidString(it.Text+it.Author)) {
			t.Fatalf("%+v", it)
		}
	})
}
