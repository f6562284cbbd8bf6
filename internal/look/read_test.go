package look

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// lookAt looks at a page of these bytes.
func lookAt(t testing.TB, body string) (Page, error) {
	t.Helper()
	return New(bytesOf{body, "text/html; charset=utf-8"}, china, func() time.Time { return lookNow }).Look(context.Background(), asked("http://x.example/t"))
}

func TestDates(t *testing.T) {
	const day, minute, second = "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05"
	tests := []struct{ name, body, layout, want string }{
		{"meta, day and minute", `<meta name="PubDate" content="2026-11-20 10:30">`, minute, "2026-11-20 10:30"},
		{"meta, a day", `<meta name="pubdate" content="2026-11-20">`, day, "2026-11-20"},
		{"meta, midnight is a day", `<meta name="PubDate" content="2026-11-20 00:00:00">`, day, "2026-11-20"},
		{"meta, digits", `<meta name="publishdate" content="20261120103005">`, second, "2026-11-20 10:30:05"},
		{"meta, digits of a day", `<meta name="publishdate" content="20261120">`, day, "2026-11-20"},
		{"meta, in UTC", `<meta property="article:published_time" content="2026-11-20T02:30:00Z">`, minute, "2026-11-20 10:30"},
		{"meta, with an offset", `<meta property="og:published_time" content="2026-11-20T10:30:00.123+08:00">`, minute, "2026-11-20 10:30"},
		{"meta, Chinese, afternoon", `<meta name="PubDate" content="2026年11月20日 下午3:05">`, minute, "2026-11-20 15:05"},
		{"JSON-LD", `<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-11-20T10:30:00+08:00"}</script>`, minute, "2026-11-20 10:30"},
		{"the time of day from the text", `<meta name="PubDate" content="2026-11-20"><p>发布时间：2026-11-20 10:30</p>`, minute, "2026-11-20 10:30"},
		{"but not of another day", `<meta name="PubDate" content="2026-11-20"><p>发布时间：2026-11-19 10:30</p>`, day, "2026-11-20"},
		{"label", `<p>发布时间：2026-11-20 10:30 来源：市水务局</p>`, minute, "2026-11-20 10:30"},
		{"label, full-width and weekday", `<p>发布日期：２０２６年１１月２０日（星期五）　１０：３０</p>`, minute, "2026-11-20 10:30"},
		{"label and date on two lines", `<ul><li>发布时间：</li><li>2026/11/20</li></ul>`, day, "2026-11-20"},
		{"label with a word before", `<p>信息发布日期: 2026.11.20</p>`, day, "2026-11-20"},
		{"posted on", `<p>楼主 发表于 2026-11-20 10:30 | 只看该作者</p>`, minute, "2026-11-20 10:30"},
		{"byline without a label", `<p>2026-11-20 10:30　来源：清河日报</p>`, minute, "2026-11-20 10:30"},
		{"the answer's, not the letter's", `<p>来信时间：2026-11-18 09:00</p><p>发布时间：2026-11-18 10:00</p><p>回复时间：2026-11-20 10:30</p>`, minute, "2026-11-20 10:30"},
		{"time element", `<article><time datetime="2026-11-20T10:30:00+08:00">昨天</time></article>`, minute, "2026-11-20 10:30"},
		{"the one time element", `<div><time>2026-11-20 10:30</time></div>`, minute, "2026-11-20 10:30"},
		{"the relative time's exact one", `<em id="authorposton1">发表于 <span title="2026-11-20 10:30:00">3 天前</span></em>`, minute, "2026-11-20 10:30"},

		{"none", `<p>我们将于近日答复。</p>`, "", ""},
		{"a date in a sentence", `<p>自 2026-11-18 起停水，原因正在调查。</p>`, "", ""},
		{"the time of what it is about", `<p>时间：2026年11月18日8:00—18:00</p><p>停水时间：2026-11-18</p>`, "", ""},
		{"of the letter only", `<p>来信时间：2026-11-18</p><p>受理时间：2026-11-19</p>`, "", ""},
		{"of the last answer", `<p>最后发表于 2026-11-20 10:30</p>`, "", ""},
		{"relative only", `<em id="authorposton1">发表于 3 天前</em>`, "", ""},
		{"of other pages", `<div><time>2026-11-20</time></div><div><time>2026-11-19</time></div>`, "", ""},
		{"far ahead", `<p>发布时间：2026-12-20</p>`, "", ""},
		{"before the web", `<meta name="PubDate" content="1970-01-01 08:00:00">`, "", ""},
		{"no such day", `<p>发布时间：2026-02-30</p>`, "", ""},
		{"no such hour", `<p>发布时间：2026-11-20 25:00</p>`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := lookAt(t, "<html><body>"+tt.body+"</body></html>")
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				if !p.Published.IsZero() || p.DatePrecise {
					t.Errorf("got %v, precise %v", p.Published, p.DatePrecise)
				}
				return
			}
			want, err := time.ParseInLocation(tt.layout, tt.want, china)
			if err != nil {
				t.Fatal(err)
			}
			if !p.Published.Equal(want) || p.DatePrecise != (tt.layout != day) || p.Published.Location() != china {
				t.Errorf("got %v, precise %v", p.Published, p.DatePrecise)
			}
		})
	}
}

func TestState(t *testing.T) {
	discuz := func(text, below string) string {
		return `<div id="postmessage_1">` + text + `</div><p>` + below + `</p>`
	}
	long := strings.Repeat("这篇文章谈论坛怎样管理帖子，说得很多。", 20)
	for _, tt := range []struct {
		name, body string
		want       State
	}{
		{"a post", discuz("停水三天了", ""), Open},
		{"a post about a deleted post", discuz("我的帖子被删除了，主题已关闭", ""), Open},
		{"a dated page about a deleted post", `<p>发布时间：2026-11-20 10:30</p><p>我上次发的帖子被删除了，为什么？</p>`, Open},
		{"a long text about deleted posts", "<h1>怎样管理帖子</h1><p>" + long + "帖子不存在。</p>", Open},
		{"closed", discuz("停水三天了", "抱歉，此主题已关闭，不再接受新回复"), Locked},
		{"locked by a moderator", discuz("停水三天了", "本主题已被管理员锁定"), Locked},
		{"screened", discuz("提示: 停水", "提示: 作者被禁止或删除 内容自动屏蔽"), Locked},
		{"no answers", discuz("停水三天了", "本帖禁止回复"), Locked},
		{"a neighbour thread's name", discuz("停水三天了", "楼上主题已关闭的那个帖子说的就是这件事情，大家可以去看看，反正我看了以后觉得还是没有人来处理，自来水公司电话一直打不通怎么办"), Open},
		{"no such thread", `<div id="messagetext"><p>抱歉，指定的主题不存在或已被删除或正在被审核</p></div>`, Gone},
		{"no such post", `<p>帖子不存在</p>`, Gone},
		{"no such page, in the title", `<title>404 Not Found</title><p>返回首页</p>`, Gone},
		{"no such page", `<h1>很抱歉，您要访问的页面不存在</h1>`, Gone},
		{"taken back", `<div class="weui-msg__title">该内容已被发布者删除</div>`, Gone},
		{"not found", `<p>没有找到您要的文章</p>`, Gone},
		{"answering needs a login", `<p>停水三天了</p><p>您需要登录后才可以回帖</p>`, Open},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if p, err := lookAt(t, "<html><body>"+tt.body+"</body></html>"); err != nil || p.State != tt.want {
				t.Errorf("%q, %v: %+v", p.State, err, p)
			}
		})
	}
	for _, body := range []string{"<p>请先登录</p>", "<p>您需要登录才能查看本页</p>", "<p>您无权访问该版块</p>"} {
		if p, err := lookAt(t, body); !errors.Is(err, ErrLogin) {
			t.Errorf("%s: %+v, %v", body, p, err)
		}
	}
}

// What people wrote stays; only lines about the page lose what changes.
func TestSteadyLines(t *testing.T) {
	for in, want := range map[string]string{
		"阅读(1,024)":         "",
		"浏览次数：88 次":         "",
		"123 人阅读 | 4 条评论":   "",
		"回复 12 查看 3.4万":     "",
		"张三 3 分钟前":          "张三",
		"昨天 10:30 张三 2 条回复": "张三",
		"来源：日报 浏览：3 次 【打印】": "来源：日报 【打印】",
		"35 views 2 likes":  "",

		"3天前开始停水":           "3天前开始停水",
		"我 3 天前 报修，没人来。":    "我 3 天前 报修，没人来。",
		"我们回复 3 次了，还是没有结果。": "我们回复 3 次了，还是没有结果。",
		"12 月 3 日起":         "12 月 3 日起",
	} {
		if got := steady(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
