package parse

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"huiyin/internal/fetch"
)

// The texts of the fixtures. % stands for what declares the charset, and @ for a character
// that is only in the greater of the charsets that call themselves GB2312.
const (
	feedHans = `<rss version="2.0"><channel><title>清河晚报·民生</title>
<item><title>城东三个小区连续两天停水，居民盼说明</title><link>https://news.example.cn/101.html</link><author>记者 朱@</author><pubDate>2026-11-21 08:30</pubDate>
<description><![CDATA[<p>自11月19日夜里起，城东三个小区停水。</p><p>居民说：“没有人通知过。”</p>]]></description></item>
<item><title>滨河路施工噪音扰民</title><link>https://news.example.cn/99.html</link><pubDate>昨天 22:15</pubDate><description>夜里十点还在施工，窗户不敢开。</description></item>
</channel></rss>`
	feedHant = `<rss version="2.0"><channel><title>清河晚報·民生</title>
<item><title>城東三個社區連續兩天停水，居民盼說明</title><link>https://news.example.cn/101.html</link><author>記者 朱@</author><pubDate>2026-11-21 08:30</pubDate>
<description><![CDATA[<p>自11月19日夜裡起，城東三個社區停水。</p><p>居民說：「沒有人通知過。」</p>]]></description></item>
<item><title>濱河路施工噪音擾民</title><link>https://news.example.cn/99.html</link><pubDate>昨天 22:15</pubDate><description>夜裡十點還在施工，窗戶不敢開。</description></item>
</channel></rss>`
	forumHans = `<html><head>%<title>百姓呼声 - 清河论坛</title></head><body><table>
<tr class="thread"><td><a class="xst" href="thread-305-1-1.html">翠湖花园楼下烧烤摊油烟呛人</a></td><td><cite>翠湖业主@</cite><em>3 小时前</em></td><td class="num">回复 3 / 查看 1.2万</td></tr>
<tr class="thread"><td><a class="xst" href="thread-304-1-1.html">一小下午不到四点就放学，双职工怎么接孩子？</a></td><td><cite>两娃妈妈</cite><em>昨天 22:15</em></td><td class="num">回复 0 / 查看 58</td></tr>
</table><p><a class="nxt" href="forum-2-2.html">下一页</a></p></body></html>`
	forumHant = `<html><head>%<title>百姓呼聲 - 清河論壇</title></head><body><table>
<tr class="thread"><td><a class="xst" href="thread-305-1-1.html">翠湖花園樓下燒烤攤油煙嗆人</a></td><td><cite>翠湖業主@</cite><em>3 小時前</em></td><td class="num">回覆 3 / 查看 1.2萬</td></tr>
<tr class="thread"><td><a class="xst" href="thread-304-1-1.html">一小下午不到四點就放學，雙職工怎麼接孩子？</a></td><td><cite>兩娃媽媽</cite><em>昨天 22:15</em></td><td class="num">回覆 0 / 查看 58</td></tr>
</table><p><a class="nxt" href="forum-2-2.html">下一頁</a></p></body></html>`
)

// charsets are what the fixtures are in: what says so rightly, what says so wrongly, and
// the character that stands for @.
var charsets = []struct {
	name, right, wrong, rare string
	enc                      encoding.Encoding
	traditional              bool
}{
	{name: "utf-8", right: "utf-8", wrong: "gbk", rare: "𠮷", enc: encoding.Nop},
	{name: "utf-8-bom", right: "utf-8", wrong: "big5", rare: "𠮷", enc: unicode.UTF8BOM},
	{name: "gb18030", right: "gb18030", wrong: "utf-8", rare: "𠮷", enc: simplifiedchinese.GB18030},
	{name: "gbk", right: "gbk", wrong: "utf-8", rare: "镕", enc: simplifiedchinese.GBK},
	{name: "gb2312", right: "gb2312", wrong: "iso-8859-1", rare: "镕", enc: simplifiedchinese.GBK},
	{name: "big5", right: "big5", wrong: "gb2312", rare: "堃", enc: traditionalchinese.Big5, traditional: true},
	{name: "utf-16le", right: "utf-16", wrong: "utf-8", rare: "𠮷", enc: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{name: "utf-16be", right: "utf-16", wrong: "gbk", rare: "𠮷", enc: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{name: "utf-16le-bom", right: "utf-16le", wrong: "utf-8", rare: "𠮷", enc: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
	{name: "utf-16be-bom", right: "utf-16be", wrong: "utf-16le", rare: "𠮷", enc: unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
}

// A feed and a page in any charset, which they declare rightly, wrongly or not at all,
// in themselves or in the header, read the same.
func TestEveryEncoding(t *testing.T) {
	at := here(t)
	threads := Fields{Item: "tr.thread", Link: "a.xst", Author: "cite", Time: "em", Replies: ".num", Views: ".num", Next: "a.nxt"}
	kinds := []struct {
		name, hans, hant, ext, declare, mime string
		read                                 func([]byte) (Document, error)
	}{
		{"feed", feedHans, feedHant, ".xml", `<?xml version="1.0" encoding="%"?>` + "\n", "text/xml", func(doc []byte) (Document, error) { return Feed(doc, at) }},
		{"forum", forumHans, forumHant, ".html", `<meta http-equiv="Content-Type" content="text/html; charset=%">`, "text/html", func(doc []byte) (Document, error) { return List(doc, threads, at) }},
	}
	for _, kind := range kinds {
		for _, c := range charsets {
			for how, says := range map[string]string{"declared": c.right, "misdeclared": c.wrong, "undeclared": ""} {
				name := strings.Join([]string{kind.name, c.name, how}, "-") + kind.ext
				t.Run(name, func(t *testing.T) {
					text, script := kind.hans, "hans"
					if c.traditional {
						text, script = kind.hant, "hant"
					}
					declaration := ""
					if says != "" {
						declaration = strings.ReplaceAll(kind.declare, "%", says)
					}
					if kind.name == "feed" {
						text = declaration + text
					}
					made, err := c.enc.NewEncoder().Bytes([]byte(strings.NewReplacer("@", c.rare, "%", declaration).Replace(text)))
					if err != nil {
						t.Fatal(err)
					}
					path := filepath.Join("testdata/encodings", name)
					if *update {
						if err := os.WriteFile(path, made, 0o644); err != nil {
							t.Fatal(err)
						}
					}
					body := []byte(readFixture(t, path))
					if !bytes.Equal(body, made) {
						t.Error("the fixture is not what is made here")
					}
					for _, header := range []string{"", kind.mime, kind.mime + "; charset=" + c.right, kind.mime + "; charset=" + c.wrong} {
						doc, _, err := fetch.Decode(body, header, "")
						if err != nil {
							t.Fatal(err)
						}
						got, err := kind.read(doc)
						if err != nil {
							t.Fatalf("%s: %v", header, err)
						}
						golden(t, filepath.Join("testdata/encodings", strings.Join([]string{kind.name, script, c.rare}, "-")+".golden"), got)
					}
				})
			}
		}
	}
}
