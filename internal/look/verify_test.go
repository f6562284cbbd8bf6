package look

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, china)
}

// goodPage and goodClaim belong together; the tests spoil one thing each.
func goodPage() Page {
	return Page{
		URL: "https://www.qinghe.gov.example/hd/1.html", Status: http.StatusOK, State: Open,
		Title: "关于和平里小区停水情况的回应", Text: "经查，主管道爆裂，已于当晚恢复供水。",
		Published: at(20, 16, 45), DatePrecise: true,
	}
}

func goodClaim() Claim {
	return Claim{
		Sites: []string{"qinghe.gov.example"}, Words: []string{"停水", "自来水"}, Title: "城东停水三天没人管",
		Topic: "供水", Due: at(20, 17, 30), Now: at(21, 9, 0),
	}
}

func TestVerify(t *testing.T) {
	day := func(p *Page, d int) { p.Published, p.DatePrecise = at(d, 0, 0), false }
	tests := []struct {
		name  string
		spoil func(p *Page, c *Claim)
		want  []string // each fault's text, or its beginning
	}{
		{"nothing", func(*Page, *Claim) {}, nil},
		{"not found", func(p *Page, _ *Claim) { p.State, p.Status, p.Text = Gone, 404, "" },
			[]string{"回应链接打不开：对方返回 404（网页不存在）。请在浏览器里打开核对，换成能打开的链接。"}},
		{"deleted, says the site", func(p *Page, _ *Claim) { p.State = Gone },
			[]string{"回应链接打不开：打开后只显示内容不存在或已删除。"}},
		{"locked is no fault", func(p *Page, _ *Claim) { p.State = Locked }, nil},

		{"on another site", func(p *Page, _ *Claim) { p.URL = "https://bbs.example.com/1" },
			[]string{"回应链接在 bbs.example.com，不在本单位公开发布的网站上（qinghe.gov.example）。请换成这些网站上的链接。"}},
		{"on a site that ends alike", func(p *Page, _ *Claim) { p.URL = "https://notqinghe.gov.example/1" }, []string{"回应链接在 not"}},
		{"on a site that begins alike", func(p *Page, _ *Claim) { p.URL = "https://qinghe.gov.example.evil.example/" }, []string{"回应链接在 qinghe.gov.example.evil"}},
		{"the site as a user name", func(p *Page, _ *Claim) { p.URL = "https://qinghe.gov.example@evil.example/" }, []string{"回应链接在 evil"}},
		{"below the site, in capitals", func(p *Page, _ *Claim) { p.URL = "http://SW.Qinghe.gov.example.:8080/1" }, nil},
		{"no sites known", func(p *Page, c *Claim) { p.URL, c.Sites = "https://bbs.example.com/1", nil }, nil},
		{"the site written as an address", func(_ *Page, c *Claim) { c.Sites = []string{"", " https://www.qinghe.gov.example/ "} }, nil},
		{"a site with its port", func(p *Page, c *Claim) { p.URL, c.Sites = "http://127.0.0.1:8081/x", []string{"127.0.0.1:8081"} }, nil},
		{"another port", func(p *Page, c *Claim) { p.URL, c.Sites = "http://127.0.0.1:8082/x", []string{"127.0.0.1:8081"} }, []string{"回应链接在 127.0.0.1:8082"}},
		{"an account on a shared site", func(p *Page, c *Claim) {
			p.URL, c.Sites = "https://weibo.example/qinghe/1", []string{"weibo.example/qinghe"}
		}, nil},
		{"another account there", func(p *Page, c *Claim) {
			p.URL, c.Sites = "https://weibo.example/qinghe2/1", []string{"weibo.example/qinghe"}
		}, []string{"回应链接在 weibo.example"}},
		{"out of the account by dots", func(p *Page, c *Claim) {
			p.URL, c.Sites = "https://weibo.example/qinghe/../other/1", []string{"weibo.example/qinghe"}
		}, []string{"回应链接在 weibo.example"}},
		{"a Chinese host, in either form", func(p *Page, c *Claim) { p.URL, c.Sites = "https://xn--fiqs8s.example/", []string{"中国.example"} }, nil},

		{"nothing to read", func(p *Page, _ *Claim) { p.Title, p.Text = "", " —— " }, []string{"回应页面上没有读到文字，可能是图片、视频，或者要用手机打开。"}},
		{"about something else", func(p *Page, _ *Claim) { p.Title, p.Text = "冬季森林防火通告", "严禁携带火种进山。" },
			[]string{"回应页面的内容看不出与这件事有关：页面标题是“冬季森林防火通告”，里面没有“停水”“自来水”等字词。请核对是不是贴错了链接。"}},
		{"the same thing in other words", func(p *Page, c *Claim) { c.Words, p.Title = []string{"没水"}, "城东片区供水情况说明" }, nil},
		{"the word in another form", func(p *Page, c *Claim) {
			c.Words, c.Title, c.Topic, p.Title = []string{"ｗｉｆｉ"}, "公交上的问题", "", "公交车 Wi-Fi 恢复"
		}, nil},
		{"a case without a title", func(p *Page, c *Claim) {
			c.Words, c.Title, c.MentionText = nil, "", "和平里小区从昨天开始停水，没人通知"
		}, nil},
		{"a case without a title, and something else", func(p *Page, c *Claim) {
			c.Words, c.Title, c.Topic, c.MentionText = nil, "", "", "翠湖花园楼下烧烤摊油烟呛人"
		}, []string{"回应页面的内容看不出与这件事有关：页面标题是“关于和平里小区停水情况的回应”。"}},
		{"formulas are nothing in common", func(p *Page, c *Claim) {
			c.Words, c.Title, c.Topic = nil, "关于反映相关部门尽快解决烧烤问题的建议", ""
			p.Title, p.Text = "关于反映问题的答复", "您好，感谢您的建议，我们将尽快解决相关问题。"
		}, []string{"回应页面的内容看不出与这件事有关"}},

		{"late", func(p *Page, _ *Claim) { p.Published = at(20, 17, 31) },
			[]string{"回应页面上的日期是 2026-11-20 17:31，晚于时限 2026-11-20 17:30。页面日期写错了的，请改正；没有写错的，是超时回应，要请领导认可。"}},
		{"in the last minute", func(p *Page, _ *Claim) { p.Published = at(20, 17, 30) }, nil},
		{"of the due day", func(p *Page, _ *Claim) { day(p, 20) }, nil},
		{"of the day after", func(p *Page, _ *Claim) { day(p, 21) }, []string{"回应页面上的日期是 2026-11-21，晚于时限 2026-11-20 17:30。"}},
		{"dated late but seen before", func(p *Page, c *Claim) { day(p, 21); c.Now = at(20, 17, 0) }, nil},
		{"no date", func(p *Page, _ *Claim) { p.Published = time.Time{} }, nil},
		{"no due time", func(_ *Page, c *Claim) { c.Due = time.Time{} }, nil},
		{"due in another zone", func(p *Page, c *Claim) { day(p, 21); c.Due = at(20, 17, 30).UTC() }, []string{"回应页面上的日期是 2026-11-21，晚于时限 2026-11-20 17:30。"}},

		{"all at once", func(p *Page, _ *Claim) {
			p.URL, p.Title, p.Text, p.Published = "http://x.example/", "招聘", "诚聘英才", at(22, 8, 0)
		}, []string{"回应链接在 x.example", "回应页面的内容看不出", "回应页面上的日期是 2026-11-22 08:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, c := goodPage(), goodClaim()
			tt.spoil(&p, &c)
			got := Verify(p, c)
			same := slices.EqualFunc(got, tt.want, func(f Fault, want string) bool { return strings.HasPrefix(f.Text, want) })
			if !same {
				t.Errorf("got %+v\nwant %v", got, tt.want)
			}
			for _, f := range got {
				if f.Kind == "" || !strings.HasSuffix(f.Text, "。") || strings.ContainsAny(f.Text, ";\n\"") {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}
