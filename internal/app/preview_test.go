package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiyin/internal/config"
	"huiyin/internal/parse"
	"huiyin/internal/post"
	"huiyin/internal/preset"
)

const beforeSources = "agency: 甲\ndata_dir: data\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\nfetch: {allow_hosts: [\"127.0.0.1\"], host_gap: 0s}\nsources:\n"

// loadConfig reads a configuration with these sources.
func loadConfig(t *testing.T, sources string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "huiyin.yaml")
	for file, text := range map[string]string{path: beforeSources + sources, filepath.Join(dir, "tieba.key"): "s3cret"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(path)
}

// site answers each path, with its query where the path alone is not there, with a body;
// {host} in it is its own address.
type site map[string]string

func (s site) start(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := s[r.URL.Path]
		if q := r.URL.Query(); !ok || r.URL.RawQuery != "" {
			if b, with := s[r.URL.Path+"?"+q.Get("rest_route")+q.Get("feed")]; with {
				body, ok = b, true
			}
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain") // what it is, the body tells
		_, _ = w.Write([]byte(strings.ReplaceAll(body, "{host}", "http://"+r.Host)))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// sent is a fixture of the presets, at the host that sends it.
func sent(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile("../preset/testdata/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("https://bbs.example.cn", "{host}", "https://www.example.cn", "{host}", `https:\/\/www.example.cn`, "{host}").Replace(string(b))
}

func inGBK(t *testing.T, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(strings.ReplaceAll(text, "charset=utf-8", "charset=gbk"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const plainFeed = `<?xml version="1.0"?><rss version="2.0"><channel><title>清河新闻</title><item><title>停水通知</title><link>{host}/1</link><pubDate>Sat, 21 Nov 2026 08:00:00 +0800</pubDate><description>今夜停水。</description></item></channel></rss>`

// An address that is in no configuration is recognised, read and written down so that
// the configuration can be loaded with it.
func TestPreviewOfAnAddress(t *testing.T) {
	discuz := site{
		"/robots.txt": "", "/bbs/forum-2-1.html": inGBK(t, sent(t, "discuz/list.html")), "/bbs/forum.php": inGBK(t, sent(t, "discuz/list.html")),
		"/thread-411-1-1.html": inGBK(t, sent(t, "discuz/post.html")), "/thread-398-1-1.html": inGBK(t, sent(t, "discuz/post-locked.html")),
	}
	wordpress := site{"/robots.txt": "", "/": sent(t, "wordpress/page.html"), "/?/wp/v2/posts": sent(t, "wordpress/list.json"), "/feed/": plainFeed}
	closed := site{"/robots.txt": "", "/": sent(t, "wordpress/page.html"), "/?/wp/v2/posts": `{"code":"rest_disabled","message":"x","data":{"status":200}}`, "/feed/": plainFeed}
	hub := site{"/robots.txt": "", "/baidu/tieba/forum/清河": sent(t, "tieba/list.xml")}
	blog := site{"/robots.txt": "", "/": `<!DOCTYPE html><html><head><title>老街坊 | 首页</title><link rel="alternate" type="application/atom+xml" href="feed.xml"></head></html>`, "/feed.xml": plainFeed}
	bare := site{"/robots.txt": "", "/feed": `<rss version="2.0"><channel><title>x</title><item><title>` + "\uFFFD\uFFFD\uFFFD" + `</title><link>{host}/1</link></item></channel></rss>`}
	for _, c := range []struct {
		name string
		site site
		path string
		want []string
	}{
		{"Discuz! in GBK", discuz, "/bbs/forum-2-1.html", []string{
			"像是 Discuz! X（GBK），读到 3 帖", "2026-11-21 09:40  翠湖业主  回复 13  查看 1258  翠湖花园三栋自来水发黄", "静置一夜还有铁锈味",
			"name: 百姓呼声", "preset: discuz", "/bbs/forum-2-1.html\n",
		}},
		{"WordPress", wordpress, "/", []string{"像是 WordPress，读到 2 帖", "编辑部", "四个小区停水", "name: 清河市民网", "preset: wordpress"}},
		{"WordPress with its API closed", closed, "/", []string{"这个网页有订阅源，读到 1 帖", "kind: feed", "/feed/\n"}},
		{"a feed", wordpress, "/feed/", []string{"这是一个订阅源，读到 1 帖", "2026-11-21 08:00  停水通知", "今夜停水", "name: 清河新闻", "kind: feed"}},
		{"an RSSHub with a key", hub, "/baidu/tieba/forum/清河?key=s3cret", []string{"像是 百度贴吧，读到 2 帖", "preset: tieba", "key_file: tieba.key", "密钥请存成文件 tieba.key"}},
		{"a page with a feed", blog, "/", []string{"这个网页有订阅源", "name: 老街坊", "/feed.xml\n"}},
		{"no times, no text, garbled", bare, "/feed", []string{"没有时间", "注意：没有读到时间", "注意：没有读到正文", "注意：有乱码"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := loadConfig(t, "  - {name: 甲, kind: feed, url: https://a.example.cn/}\n")
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := Preview(t.Context(), cfg, c.site.start(t)+c.path, &out); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in\n%s", want, &out)
				}
			}
			if strings.Contains(out.String(), "s3cret") {
				t.Errorf("the key is shown:\n%s", &out)
			}
			_, pasted, _ := strings.Cut(out.String(), "就不要改了）：\n\n")
			pasted, _, _ = strings.Cut(pasted, "\n密钥")
			loaded, err := loadConfig(t, pasted)
			if err != nil || len(loaded.Sources) != 1 {
				t.Fatalf("what is to be pasted cannot be loaded: %v\n%s", err, pasted)
			}
			if u, err := url.Parse(loaded.Sources[0].URL); err != nil || u.Hostname() != "127.0.0.1" {
				t.Errorf("loaded, it reads %s", loaded.Sources[0].URL)
			}
		})
	}
}

// What cannot be read comes with what to do about it.
func TestPreviewSaysWhatToDo(t *testing.T) {
	pages := site{
		"/robots.txt":  "",
		"/page":        `<html><head><link rel="alternate" type="application/rss+xml" href="https://feeds.example.com/a"></head><p>你好</p></html>`,
		"/api":         `{"list":[{"name":"停水"}]}`,
		"/text":        "你好",
		"/empty":       " ",
		"/thread.html": sent(t, "discuz/post.html"),
	}
	host := pages.start(t)
	cfg, err := loadConfig(t, "  - {name: 甲, kind: feed, url: https://a.example.cn/}\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		address string
		want    []string
	}{
		{host + "/page", []string{"kind: forum", "huiyin poll https://feeds.example.com/a"}},
		{host + "/api", []string{"kind: json"}},
		{host + "/text", []string{"既不是网页，也不是订阅源"}},
		{host + "/empty", []string{"空白页"}},
		{host + "/thread.html", []string{"像是 Discuz! X，但是", "forum-2-1.html"}},
		{host + "/none", []string{"404"}},
		{"https://tieba.baidu.com/f?kw=清河", []string{"RSSHub", "preset: tieba", "forum: 清河"}},
		{"https://m.weibo.com/u/1", []string{"weibo-user"}},
		{"没有的来源", []string{"没有叫“没有的来源”的来源", "http://"}},
	} {
		var out bytes.Buffer
		err := Preview(t.Context(), cfg, c.address, &out)
		if err == nil {
			t.Errorf("%s was read:\n%s", c.address, &out)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is missing in\n%v", c.address, want, err)
			}
		}
	}
}

// A source gets no name that another has.
func TestNameFor(t *testing.T) {
	cfg := &config.Config{Sources: []config.Source{{Name: "清河论坛"}, {Name: "清河论坛 2"}}}
	u := mustParse(t, "https://bbs.example.cn:8080/a")
	for page, want := range map[string]string{
		"<TITLE>\n清河论坛 - Powered by X</TITLE>":           "清河论坛 3",
		"<title><![CDATA[老李 &amp; 老王]]></title>":         "老李 & 老王",
		"<title> - 首页</title>":                           "首页",
		"<title>{{title}}</title>":                       "bbs.example.cn",
		"{}":                                             "bbs.example.cn",
		"<title>" + strings.Repeat("长", 50) + "</title>": strings.Repeat("长", 20),
	} {
		if got := nameFor(cfg, []byte(page), u); got != want {
			t.Errorf("%s is named %q, want %q", page, got, want)
		}
	}
}

func TestDoubts(t *testing.T) {
	now := time.Now()
	good := post.Post{Title: "停水", Text: "三天了", Published: now}
	for _, c := range []struct {
		posts []post.Post
		want  string
	}{
		{[]post.Post{good}, ""},
		{nil, "一帖也没有"},
		{[]post.Post{good, {Title: "停水", Text: "三天了"}}, "1 帖没有读到时间"},
		{[]post.Post{good, {Title: "锟斤拷锟斤拷", Text: "x", Published: now}}, "有乱码"},
	} {
		got := strings.Join(doubts(c.posts), "")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%v: %s, want %s", c.posts, got, c.want)
		}
	}
}

// What the guide to sources shows can be loaded, and reads what stands beside it.
func TestSourcesGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/sources.zh-CN.md")
	if err != nil {
		t.Fatal(err)
	}
	presets, err := preset.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets {
		if !strings.Contains(string(guide), "| `"+p.Name+"` |") {
			t.Errorf("the guide does not speak of %s", p.Name)
		}
	}
	at := parse.At{Base: mustParse(t, "https://www.example.cn/api/list"), Zone: time.UTC, Now: time.Now()}
	read := 0
	var shown string // the page that the YAML is about
	for _, block := range regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		if block[1] != "yaml" {
			shown = block[2]
			continue
		}
		cfg, err := loadConfig(t, strings.TrimPrefix(block[2], "sources:\n"))
		if err != nil {
			t.Errorf("%v in\n%s", err, block[2])
			continue
		}
		if shown == "" {
			continue
		}
		parseList := parse.List
		if cfg.Sources[0].Kind == config.KindJSON {
			parseList = parse.JSON
		}
		doc, err := parseList([]byte(shown), cfg.Sources[0].List, at)
		if err != nil || len(doc.Items) != 1 || doc.Items[0].Title != "北环路路灯不亮" || doc.Items[0].Author != "晚归人" || doc.Items[0].Published.IsZero() || doc.Next == "" {
			t.Errorf("%+v, %v from\n%s", doc, err, block[2])
		}
		read++
	}
	if read != 2 {
		t.Errorf("%d of the pages in the guide were read, not two", read)
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
