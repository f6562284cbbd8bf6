package preset

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	const board, list = "https://bbs.example.cn", "filter=author&mod=forumdisplay&orderby=dateline"
	const flarum = "include=firstPost%2Cuser&page%5Blimit%5D=50&sort=-createdAt"
	const wp = "_embed=author&_fields=id%2Cdate_gmt%2Clink%2Ctitle%2Ccontent%2C_links%2C_embedded"
	const wpEnd = "&per_page=50&rest_route=%2Fwp%2Fv2%2Fposts"
	const hub = "http://hub.example.cn:1200"
	for _, c := range []struct {
		preset, address, with string
		want                  string // begins with /: at the address's own host; else part of the error
	}{
		{"discuz", board + "/forum-2-1.html", "", "/forum.php?fid=2&" + list},
		{"discuz", board + "/bbs/forum-life-3.html?from=a", "", "/bbs/forum.php?fid=life&" + list},
		{"discuz", board + "/forum.php?mod=forumdisplay&fid=36&page=2#top", "", "/forum.php?fid=36&" + list},
		{"discuz", board + "/forum.php?fid=36&orderby=lastpost&mod=forumdisplay", "", "/forum.php?fid=36&" + list},
		{"discuz", board + "/forum.php?mod=guide&view=hot", "", "/forum.php?mod=guide&view=newthread"},
		{"discuz", board, "", "/forum.php?mod=guide&view=newthread"},
		{"discuz", board + "/bbs/", "", "/bbs/forum.php?mod=guide&view=newthread"},
		{"discuz", board + "/forum.php", "", "/forum.php?mod=guide&view=newthread"},
		{"discuz", board + "/forum.php?mod=viewthread&tid=7", "", "不像 Discuz! X 的"},
		{"discuz", board + "/thread-7-1-1.html", "", board + "/forum-2-1.html"},
		{"phpbb", board + "/phpbb/viewforum.php?sid=abc&f=12&start=25", "", "/phpbb/viewforum.php?f=12"},
		{"phpbb", board + "/viewtopic.php?t=12", "", "viewforum.php"},
		{"flarum", board, "", "/api/discussions?" + flarum},
		{"flarum", board + "/all?sort=latest", "", "/api/discussions?" + flarum},
		{"flarum", board + "/f/t/%E6%B0%91%E7%94%9F", "", "/f/api/discussions?filter%5Btag%5D=%E6%B0%91%E7%94%9F&" + flarum},
		{"flarum", board + "/t/a%26b", "", "/api/discussions?filter%5Btag%5D=a%26b&" + flarum},
		{"flarum", board + "/d/12-ting-shui", "", "标签"},
		{"nodebb", board + "/category/2/%E6%B0%91%E7%94%9F?page=2", "", "/api/category/2?sort=recently_created"},
		{"nodebb", board + "/forum/api/category/2", "", "/forum/api/category/2?sort=recently_created"},
		{"nodebb", board + "/recent", "", "/api/recent"},
		{"nodebb", board + "/", "", "/api/recent"},
		{"nodebb", board + "/topic/2/x", "", "/category/"},
		{"discourse", board + "/c/minsheng/5", "", "/c/minsheng/5/l/latest.json?order=created"},
		{"discourse", board + "/c/a/b/6/l/top", "", "/c/a/b/6/l/latest.json?order=created"},
		{"discourse", board + "/latest", "", "/latest.json?order=created"},
		{"discourse", board + "/t/topic/640", "", "/c/"},
		{"wordpress", board, "", "/?" + wp + wpEnd},
		{"wordpress", board + "/blog/", "category=3,5", "/blog/?" + wp + "&categories=3%2C5" + wpEnd},
		{"wordpress", board + "/wp-json/wp/v2/posts?page=2", "", "/?" + wp + wpEnd},
		{"wordpress", board + "/category/news/", "", "首页"},
		{"wordpress-comments", board + "/blog/comments/feed/", "", "/blog/?feed=comments-rss2"},
		{"tieba", hub, "forum=清河", "/baidu/tieba/forum/%E6%B8%85%E6%B2%B3"},
		{"tieba", hub + "/rsshub/", "forum=清河", "/rsshub/baidu/tieba/forum/%E6%B8%85%E6%B2%B3"},
		{"tieba", hub + "/baidu/tieba/forum/清河/replied", "", "/baidu/tieba/forum/%E6%B8%85%E6%B2%B3"},
		{"tieba", hub, "forum=清河 key=k&y", "/baidu/tieba/forum/%E6%B8%85%E6%B2%B3?key=k%26y"},
		{"tieba", hub, "", "forum：贴吧的名字"},
		{"tieba", hub, "kw=清河", "可以写的有：forum（"},
		{"tieba", hub, "forum=a/../../x?y#z", "/baidu/tieba/forum/a%2F..%2F..%2Fx%3Fy%23z"},
		{"tieba", hub, "forum=..", "不能这样写"},
		{"tieba", hub, "forum=" + strings.Repeat("长", maxValue+1), "不能这样写"},
		{"liuyanban", hub, "forum=539", "/people/liuyan/539/1"},
		{"liuyanban", hub, "forum=539 state=2", "/people/liuyan/539/2"},
		{"liuyanban", hub + "/people/liuyan/539/4", "", "/people/liuyan/539/4"},
		{"weibo-user", hub, "user=123", "/weibo/user/123"},
		{"weibo-search", hub, "word=清河停水", "/weibo/keyword/%E6%B8%85%E6%B2%B3%E5%81%9C%E6%B0%B4"},
		{"zhihu-topic", hub, "topic=2", "/zhihu/topic/2"},
		{"zhihu-question", hub, "question=5", "/zhihu/question/5/created"},
		{"phpbb", "bbs.example.cn/viewforum.php?f=2", "", "http://"},
		{"phpbb", "ftp://bbs.example.cn/viewforum.php?f=2", "", "http://"},
		{"phpbb", "https://a:b@bbs.example.cn/viewforum.php?f=2", "", "用户名"},
	} {
		p, err := Find(c.preset)
		if err != nil {
			t.Fatal(err)
		}
		with := map[string]string{}
		for pair := range strings.SplitSeq(c.with, " ") {
			if key, v, ok := strings.Cut(pair, "="); ok {
				with[key] = v
			}
		}
		s, err := p.Source(c.address, with)
		got := s.URL
		if err != nil {
			got = err.Error()
		}
		host := board
		if strings.HasPrefix(c.address, hub) {
			host = hub
		}
		if strings.HasPrefix(c.want, "/") && c.want != "/c/" && c.want != "/category/" {
			if got != host+c.want {
				t.Errorf("%s %s %s\n got %s\nwant %s", c.preset, c.address, c.with, got, host+c.want)
			}
		} else if err == nil || !strings.Contains(got, c.want) {
			t.Errorf("%s %s %s: %s, want an error with %q", c.preset, c.address, c.with, got, c.want)
		}
	}
}

// A secret comes from its file only.
func TestExpand(t *testing.T) {
	secret := func(key, file string) (string, error) {
		if key != "key_file" || file != "hub.key" {
			return "", errors.New("没有这个文件")
		}
		return "s3cret\n", nil
	}
	_, err := Expand("tieba", "http://hub.example.cn", map[string]string{"forum": "清河", "key_file": "hub.key"}, func(string, string) (string, error) {
		return strings.Repeat("s3cret", 50), nil
	})
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "key_file") {
		t.Errorf("of a secret that is too long: %v", err)
	}
	const hub = "http://hub.example.cn"
	for _, c := range []struct {
		name string
		with map[string]string
		want string
	}{
		{"tieba", map[string]string{"forum": "清河", "key_file": "hub.key"}, hub + "/baidu/tieba/forum/%E6%B8%85%E6%B2%B3?key=s3cret"},
		{"tieba", map[string]string{"forum": "清河"}, hub + "/baidu/tieba/forum/%E6%B8%85%E6%B2%B3"},
		{"tieba", map[string]string{"forum": "清河", "key": "s3cret"}, "key_file"},
		{"tieba", map[string]string{"forum": "清河", "key_file": "other"}, "没有这个文件"},
		{"weibo", nil, "weibo-search、weibo-user"},
	} {
		s, err := Expand(c.name, hub, c.with, secret)
		got := s.URL
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) || strings.Contains(c.want, hub) && got != c.want {
			t.Errorf("%s %v: %s, want %s", c.name, c.with, got, c.want)
		}
		if err != nil && strings.Contains(got, "s3cret") {
			t.Errorf("the error shows the secret: %s", got)
		}
	}
}

// Whatever is written, what is polled lies at the host that was named.
func FuzzSource(f *testing.F) {
	all := allOf(f)
	for _, p := range all {
		f.Add(p.Example.URL, "x")
	}
	f.Add("https://a.example.cn/forum-@evil.example.cn-1.html", "@evil.example.cn")
	f.Add("https://a.example.cn//evil.example.cn/forum-2-1.html", "//evil.example.cn/")
	f.Add("https://a.example.cn", "\\\\evil.example.cn")
	f.Fuzz(func(t *testing.T, address, value string) {
		for _, p := range all {
			with := map[string]string{}
			for _, q := range p.Params {
				with[q.Name] = value
			}
			s, err := p.Source(address, with)
			if err != nil {
				continue
			}
			given, _ := url.Parse(strings.TrimSpace(address))
			got, err := url.Parse(s.URL)
			if err != nil || got.Host != given.Host || got.Scheme != given.Scheme || got.User != nil || got.Fragment != "" {
				t.Errorf("%s: %q with %q leads to %q, %v", p.Name, address, value, s.URL, err)
			}
		}
	})
}
