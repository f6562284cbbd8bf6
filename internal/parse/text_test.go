package parse

import (
	"strings"
	"testing"
	"unicode/utf8"

	"huiyin/internal/post"
)

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"供水": "供水",
		"<p>第一段</p><p>第二段<br>又一行</p>":   "第一段\n第二段\n又一行",
		"<div>停水\n了</div>":              "停水了",
		"<div>water\noff 停水\n3 天</div>": "water off 停水 3 天",
		"a&nbsp;b &lt;c&gt; &amp; d":    "a b <c> & d",
		"<p>甲</p><script>alert('乙')</script><style>丙{}</style><noscript>丁</noscript>": "甲",
		"供<b>水</b>已<i>停</i>":     "供水已停",
		"供\u200b水\ufeff停\u00ad了": "供水停了",
		`停<font class="jammer">x9$k</font>水<span style="display: none">乱码</span><em hidden>藏</em>`: "停水",
		"<table><tr><td>小区</td><td>停水</td></tr><tr><td>甲</td><td>是</td></tr></table>":              "小区 停水\n甲 是",
		`停水了<img src="x.png" class="wp-smiley" alt="😀"><img src="y.png" alt="照片">`:                 "停水了😀",
		"<pre>一\n二</pre>":                  "一\n二",
		"温度 <18 度,x<y 且 y>z":               "温度 <18 度,x<y 且 y>z",
		"第一行\n第二行":                         "第一行\n第二行",
		"<!-- 注释 -->正文":                    "正文",
		"<ul><li>一</li><li>二</li></ul>":    "一\n二",
		"":                                 "",
		"<p></p>":                          "",
		"<p>没有关":                           "没有关",
		"&#20379;&#x6C34;":                 "供水",
		strings.Repeat("<div>", 600) + "深": "深",
	} {
		if got := plainText(in); got != want {
			t.Errorf("plainText(%.80q) = %q, want %q", in, got, want)
		}
	}
	long := plainText("<p>" + strings.Repeat("水", 2*post.MaxText) + "</p>")
	if n := utf8.RuneCountInString(long); n != post.MaxText {
		t.Errorf("%d runes kept", n)
	}
}

func TestResolveAndLinkKey(t *testing.T) {
	base := mustURL(t, "https://bbs.example.cn/a/forum-2-1.html")
	for in, want := range map[string]string{
		"thread-1.html": "https://bbs.example.cn/a/thread-1.html", "/x?y=1": "https://bbs.example.cn/x?y=1", "//cdn.example.cn/z": "https://cdn.example.cn/z",
		" http://a.example.cn/\n1 ": "http://a.example.cn/1", "http://user:pw@a.example.cn/": "http://a.example.cn/",
		"javascript:alert(1)": "", "mailto:a@example.cn": "", "ftp://a.example.cn/": "", "": "", "http://": "", "data:text/html,x": "",
		"/" + strings.Repeat("x", post.MaxURL): "", "%zz": "",
	} {
		if got := resolve(base, in); got != want {
			t.Errorf("resolve(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"https://BBS.example.cn/forum.php?mod=viewthread&tid=7&extra=page%3D1#pid9": "https://bbs.example.cn/forum.php?mod=viewthread&tid=7",
		"https://a.example.cn/p?utm_source=x&id=3&sid=abc":                          "https://a.example.cn/p?id=3",
		"https://a.example.cn/p?utm_source=x":                                       "https://a.example.cn/p",
		"https://a.example.cn/t.do;jsessionid=AB12?id=3":                            "https://a.example.cn/t.do?id=3",
		"https://a.example.cn/#/thread/9":                                           "https://a.example.cn/#/thread/9",
		"":                                                                          "",
	} {
		if got := linkKey(in); got != want {
			t.Errorf("linkKey(%q) = %q, want %q", in, got, want)
		}
	}
}
