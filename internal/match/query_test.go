package match

import (
	"os"
	"strings"
	"testing"

	"huiyin/internal/post"
)

var queryLists = Lists{lists: map[string][]string{
	"漏": {"漏水", "渗水"},
	"水": {"停水", "断水", "停水三天"},
	"官": {"=供水", "~通告"},
}}

// TestQueries says what each query makes of a text.
func TestQueries(t *testing.T) {
	seg := testSegmenter(t)
	for query, texts := range map[string]string{
		"停水 AND 投诉":                       "+停水，要投诉 -停水 -投诉",
		"停水 与 投诉":                         "+停水，要投诉 -停水",
		"停水 OR 断水":                        "+停水 +断水 -漏水",
		"停水 或 断水":                         "+断水",
		"停水 NOT 招聘":                       "+停水 -停水，招聘 -招聘",
		"停水 AND NOT 招聘":                   "+停水 -停水，招聘",
		"停水 非 招聘":                         "-停水，招聘",
		"停水 AND 投诉 OR 断水":                 "+断水 +停水投诉 -停水",
		"停水 AND （投诉 OR 断水）":               "-断水 +停水，投诉 -停水",
		"停水 NOT (招聘 OR 转让)":               "+停水 -停水，转让",
		"停水 NOT NOT 投诉":                   "+停水，投诉 -停水",
		`"自来水 发黄"`:                        "+自来水发黄 +自来水␣发黄 -自来水有点发黄",
		"“自来水　发黄”":                        "+自来水发黄",
		`"KTV 扰民"`:                        "+KTV扰民 +ktv␣扰民 -KTV太吵扰民",
		"停水 NEAR/4 投诉":                    "+停水，要投诉 +投诉小区停水 -停水好几天了还要投诉 -停水。投诉",
		"停水 ONEAR/4 投诉":                   "+停水，要投诉 -投诉小区停水",
		"停水 NEAR/0 三天":                    "+停水三天 -停水快三天",
		"停水 NEAR/9 停水":                    "-停水 +停水又停水",
		"(停水 OR 断水) NEAR/4 (投诉 OR @漏)":    "+断水，漏水 -断水 -漏水",
		"小区 ONEAR/3 停水 AND 停水 ONEAR/3 投诉": "+小区又停水，投诉 -小区投诉停水 -小区停水可是一直没有人来，投诉",
		"停水 ＮＥＡＲ／４ 投诉":                    "+停水，要投诉 -停水好几天了还要投诉",
		"２ OF（停水，投诉，＠漏）":                  "+停水，投诉 -停水又停水",
		"～供水 ＡＮＤ ＝办公":                     "+提供水泥，在办公",
		"NOT 停水 NEAR/4 投诉 AND 小区":         "+小区停水 -小区停水投诉",
		"2 OF (停水, 投诉, @漏)":               "+停水，投诉 +漏水，停水 +漏水又渗水 -停水又停水 -停水",
		"2 OF (@水、投诉)":                    "-停水三天 +停水三天，又断水 +断水，投诉",
		"2 OF (停水 AND 投诉，断水)":             "+停水投诉断水 -停水投诉 -断水",
		"@漏":                              "+厨房渗水 -停水",
		"=供水":                             "+小区供水不好 -提供水泥",
		"供水":                              "+供水公司没人接 -提供水泥",
		"~供水":                             "+提供水泥",
		"@官":                              "+小区供水不好 -提供水泥 +这份通告里",
		"~@漏":                             "+不漏水泥浆",
		"title:停水":                        "-停水 +停水/ -断水/停水",
		"标题：（停水 OR 断水） AND 投诉":            "+断水/投诉 -投诉/断水",
		"text:停水":                         "+停水 -停水/",
		"停水 NOT title:招聘":                 "+停水，招聘 -招聘/停水",
		"12345":                           "+打12345没人接 -电话123456",
		"停水 OR\n\t断水":                     "+断水",
	} {
		s, err := Compile([]Topic{{Name: "试", Query: query}}, queryLists, seg)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		for text := range strings.FieldsSeq(texts) {
			text = strings.ReplaceAll(text, "␣", " ")
			p := post.Post{Text: text[1:]}
			if title, body, ok := strings.Cut(text[1:], "/"); ok {
				p = post.Post{Title: title, Text: body}
			}
			if got, want := len(s.Match(p)) > 0, text[0] == '+'; got != want {
				t.Errorf("%s on %s / %s: %v, want %v\n%s", query, p.Title, p.Text, got, want, s.Explain(p, "试").Write(Plain))
			}
		}
	}
}

// TestOtherFields: author, source and url are names, not prose.
func TestOtherFields(t *testing.T) {
	p := post.Post{Title: "停水", Author: "清河发布", Source: "清河论坛", URL: "https://bbs.qinghe.example/t?id=1"}
	seg := testSegmenter(t)
	for query, want := range map[string]bool{
		"停水 NOT author:发布": false, "author:清河": true, "作者:停水": false, "author:=清河": false, "author:=清河发布": true, "source:=清河": false,
		"source:论坛": true, "来源:=清河论坛": true, "来源:=论坛": false, "url:qinghe": true, "url:=https://bbs.qinghe.example/t": false, "url:QING": true, "网址:bbs.qinghe": true,
		"url:停水": false, "source:(公众号 OR 论坛) AND 停水": true, "论坛": false, "qinghe": false,
	} {
		s := must[*Set](t)(Compile([]Topic{{Name: "试", Query: query}}, Lists{}, seg))
		if got := len(s.Match(p)) > 0; got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

// TestQueryErrors: each error says where, and what was expected.
func TestQueryErrors(t *testing.T) {
	var b strings.Builder
	for _, q := range []string{
		"", " ", "AND", "停水 AND", "停水 投诉", "停水 AND AND 投诉", "(停水", "停水)", "()", "停水 OR (断水 NOT)", "停水 and 断水",
		"\"停水", "\"\"", "“停水", "@", "@没有", "@坏 名", "停水 NEAR 断水", "停水 NEAR/ 断水", "停水 NEAR/999 断水", "停水 NEAR/8", "NEAR/8 停水",
		"(停水 AND 断水) NEAR/8 漏水", "停水 NEAR/8 2 OF (断水, 漏水)", "停水 NEAR/8 断水 NEAR/8 漏水", "停水 near/8 断水", "停水 ｏｒ 断水", "2 OF 停水", "2 OF (停水)", "0 OF (停水, 断水)", "5 OF (@漏, 停水)", "2 OF (停水, )",
		"OF (停水, 断水)", "title:", "title: AND", "title:(停水 text:断水)", "title:text:停水", "=", "~ 停水", "==停水", "，", "停水 OR 水。停", "***",
		"停水 OR 这个词实在是太长太长太长太长太长太长太长太长太长太长太长太长太长了",
		strings.Repeat("(", 50) + "停水" + strings.Repeat(")", 50), strings.Repeat("NOT ", 50) + "停水", strings.Repeat("停水 OR ", 4000) + "断水",
		"停水\u0000",
	} {
		n, err := parseQuery(q, queryLists)
		if err == nil {
			t.Errorf("%q is taken as %s", q, n)
			continue
		}
		b.WriteString(cutShort(q) + "\n    " + err.Error() + "\n")
	}
	golden(t, "query-errors.txt", b.String())
}

// TestDocs: the queries that the guide for users shows are queries, and its topic is one.
func TestDocs(t *testing.T) {
	raw := string(must[[]byte](t)(os.ReadFile("../../docs/topics.zh-CN.md")))
	lists := Lists{lists: map[string][]string{"供水问题": {"停水", "自来水发黄"}, "漏水": {"漏水"}, "不算诉求": {"诚聘"}}}
	_, topic, _ := strings.Cut(raw, "```yaml\n")
	topic, _, _ = strings.Cut(topic, "```")
	topics := must[[]Topic](t)(LoadTopics(files("== a.yaml\n"+topic), lists))
	for _, p := range must[*Set](t)(Compile(topics, lists, testSegmenter(t))).CheckExamples() {
		t.Error(p)
	}
	n := 0
	for line := range strings.Lines(raw) {
		cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for i, part := range strings.Split(cell, "`") {
			if !ok || i%2 == 0 || !strings.HasPrefix(line, "| `") {
				continue
			}
			n++
			if _, err := parseQuery(part, lists); err != nil {
				t.Errorf("%s: %v", part, err)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d queries were found", n)
	}
}

// FuzzQuery: no query makes the parser panic, and one that is taken says the same when
// it is written out and read again.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"停水 AND (投诉 OR 断水) NOT title:招聘", "2 OF (停水, @漏、\"自来水 发黄\")", "=停水 ONEAR/3 ~水", "非 停水 与 标题：（断水）", "url:x NEAR/3 y", "停水 NOT NOT 断水"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		n, err := parseQuery(q, queryLists)
		if err != nil {
			if e, ok := err.(*queryError); !ok || e.at < 0 || e.at > len([]rune(q)) || strings.Contains(e.msg, "\n") {
				t.Errorf("%q: error %#v", q, err)
			}
			return
		}
		again, err := parseQuery(n.String(), queryLists)
		if err != nil || again.String() != n.String() {
			t.Errorf("%q is written %q, and that read as %v, %v", q, n, again, err)
		}
	})
}
