package sites

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// software is a site that somebody writes on.
type software interface {
	publish(title, text string) (id string, err error)
	edit(id, text string) error // adds to a post
}

// source is a way to read a site: a new kind or a preset is one more line. In config,
// SITE stands for the site's address.
type source struct {
	name, site, config string
	path, query        string // what every poll asks for: this path, with this somewhere in the query, or without a query
	comments           bool   // what is read is not the posts but the comments on them
	free               bool   // while nothing is new, the site says so by 304
}

var sources = []source{
	{name: "hexo 的 Atom", site: "hexo", config: "kind: feed, url: SITE/atom.xml", path: "/atom.xml", free: true},
	{name: "hexo 的 RSS", site: "hexo", config: "kind: feed, url: SITE/rss2.xml", path: "/rss2.xml", free: true},
	{name: "hexo 的网页", site: "hexo", config: "kind: forum, url: SITE/, list: {item: article, title: a.p-name, link: a.p-name, time: time@datetime}, post: {text: .e-content}", path: "/", free: true},
	{name: "WordPress 的 RSS", site: "wordpress", config: "kind: feed, url: SITE/feed/", path: "/feed/", free: true},
	{name: "WordPress 的 Atom", site: "wordpress", config: "kind: feed, url: SITE/feed/atom/", path: "/feed/atom/", free: true},
	{name: "WordPress 的评论", site: "wordpress", config: "kind: feed, url: SITE/comments/feed/", path: "/comments/feed/", comments: true, free: true},
	{name: "WordPress 的网页", site: "wordpress", config: "kind: forum, url: SITE/, list: {item: article, title: .entry-title, link: .entry-title a, time: time@datetime}, post: {text: .entry-content}", path: "/"},
	{name: "WordPress 的接口", site: "wordpress", config: "preset: wordpress, url: SITE/", path: "/", query: "rest_route="},
	{name: "WordPress 全站评论", site: "wordpress", config: "preset: wordpress-comments, url: SITE/", path: "/", query: "feed=comments-rss2", comments: true, free: true},
}

// yaml is what a clerk would write.
func yaml(urls map[string]string) string {
	var b strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&b, "  - {name: %q, every: 1s, %s}\n", s.name, strings.ReplaceAll(s.config, "SITE", urls[s.site]))
	}
	return b.String()
}

// reading is how many sources show the posts of a site, or the comments on them.
func reading(site string, comments bool) (n int) {
	for _, s := range sources {
		if s.site == site && s.comments == comments {
			n++
		}
	}
	return n
}

// complaint is one that a site publishes, and whose phone it is for.
type complaint struct {
	site, word, title, text string
	officer                 int64
	id                      string
	from, until             time.Time // when it was published
}

// odd is what is easily garbled: rare characters, of four bytes too, quotes, and what HTML escapes.
const odd = "“龘䶮”𠮷 & <急> 😀"

var complaints = []*complaint{
	{site: "hexo", word: "电梯", officer: zhao, title: "金桥公寓电梯坏了五天没人修",
		text: "金桥公寓二单元电梯坏了五天，住在十八楼的老人下不了楼。" + odd + "\n\n物业公司说配件没到，请问什么时候能修好？"},
	{site: "wordpress", word: "停水", officer: wang, title: "城东三个小区停水三天",
		text: "从星期二起，城东的桃园、杏园、梨园三个小区就停水了，打了供水热线没有人接。" + odd + "\n\n家里有老人孩子，请问什么时候能恢复？"},
}

// TestSites: what is written on real sites is read once by every way there is, rings the
// right phone once, and costs nothing while nothing is new.
func TestSites(t *testing.T) {
	sites, fronts := open(t)
	urls := map[string]string{}
	for name, f := range fronts {
		urls[name] = f.URL
	}
	walk := map[string]string{}
	for name, site := range sites {
		walk[name] = publish(t, site, "北山公园的银杏全黄了", "今天早上去北山公园跑步，满地金黄。")
	}
	o := openOffice(t, yaml(urls), slices.Collect(maps.Values(urls))...)
	o.recorded("posts", "银杏", reading("hexo", false)+reading("wordpress", false))
	rang := o.rings()

	for _, c := range complaints {
		c.from = time.Now().Truncate(time.Second)
		c.id = publish(t, sites[c.site], c.title, c.text)
		c.until = time.Now()
		rang[c.officer]++
	}
	for _, c := range complaints {
		for _, r := range o.recorded("mentions", c.word, reading(c.site, false)) {
			c.compare(t, r, urls[c.site])
		}
	}
	blog := sites["wordpress"].(*wordpress)
	o.check(blog.comment(walk["wordpress"], "二楼的猫", "北山公园的公厕没有水。\n门也坏了，“龘䶮”𠮷 & 急 😀"))
	rang[he]++
	for _, r := range o.recorded("mentions", "公厕", reading("wordpress", true)) {
		if !strings.Contains(r.Text, "没有水。\n门也坏了，“龘䶮”𠮷 & 急 😀") || !strings.HasPrefix(r.URL, urls["wordpress"]) {
			t.Errorf("the comment was read as %+v", r)
		}
	}
	o.phones("rings", func() bool { return maps.Equal(o.rings(), rang) })

	for _, c := range complaints {
		o.check(sites[c.site].edit(c.id, "补充：已经打过热线。"))
	}
	polls(t, fronts)
	quiet(t, fronts)
	if got := o.rings(); !maps.Equal(got, rang) {
		t.Errorf("phones rang %v times, not %v", got, rang)
	}
	for _, c := range complaints {
		if got := must(o.rows("mentions", c.word)); len(got) != reading(c.site, false) {
			t.Errorf("%q is there %d times: %+v", c.title, len(got), got)
		}
	}
	if got := must(o.rows("mentions", "银杏")); len(got) != reading("wordpress", true) { // the comment
		t.Errorf("what is no complaint is one: %+v", got)
	}
}

func publish(t *testing.T, s software, title, text string) (id string) {
	t.Helper()
	id, err := s.publish(title, text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// open starts the sites side by side.
func open(t *testing.T) (map[string]software, map[string]*front) {
	t.Helper()
	var h *hexo
	var w *wordpress
	var noHexo, noWordPress error
	var wg sync.WaitGroup
	wg.Go(func() { h, noHexo = startHexo(t) })
	wg.Go(func() { w, noWordPress = startWordPress(t) })
	wg.Wait()
	if noHexo != nil || noWordPress != nil {
		t.Fatal(errors.Join(noHexo, noWordPress))
	}
	return map[string]software{"hexo": h, "wordpress": w}, map[string]*front{"hexo": h.front, "wordpress": w.front}
}

// compare holds what was read to what was written.
func (c *complaint) compare(t *testing.T, r row, url string) {
	t.Helper()
	if r.Title != c.title {
		t.Errorf("%s: the title is %q", r.Source, r.Title)
	}
	for part := range strings.SplitSeq(c.text, "\n\n") {
		if !strings.Contains(r.Text, part) {
			t.Errorf("%s: %q is not in the text %q", r.Source, part, r.Text)
		}
	}
	if !strings.HasPrefix(r.URL, url+"/2") { // the year
		t.Errorf("%s: the address is %s", r.Source, r.URL)
	}
	// What a poll finds that began before it was written, is as old as the poll.
	if r.Published == nil || r.Published.Before(c.from.Add(-patience)) || r.Published.After(c.until) {
		t.Errorf("%s: published %v, not from %v to %v", r.Source, r.Published, c.from, c.until)
	}
}

// polls waits until every source was polled twice more, so that the second poll began
// after this moment.
func polls(t *testing.T, fronts map[string]*front) {
	t.Helper()
	before := map[string]int{}
	for name, f := range fronts {
		before[name] = f.count()
	}
	for _, s := range sources {
		if err := eventually("polls of "+s.name, func() bool { return fronts[s.site].polled(before[s.site], s) >= 2 }); err != nil {
			t.Fatal(err)
		}
	}
}

// quiet checks what polls of sites on which nothing is new cost, until the posts' own
// pages are not asked for any more: those that Huiyin keeps as evidence it gets late.
func quiet(t *testing.T, fronts map[string]*front) {
	t.Helper()
	var page string
	err := eventually("polls that ask for no post's page", func() bool {
		page = round(t, fronts)
		return page == "" || t.Failed()
	})
	if err != nil {
		t.Fatalf("%v: nothing is new, and %s is asked for", err, page)
	}
}

// round is two polls of every source. It returns a page that was asked for besides.
func round(t *testing.T, fronts map[string]*front) (page string) {
	t.Helper()
	before := map[string]int{}
	for name, f := range fronts {
		before[name] = f.count()
	}
	polls(t, fronts)
	for name, f := range fronts {
		for _, h := range f.since(before[name]) {
			i := slices.IndexFunc(sources, func(s source) bool { return s.site == name && h.polls(s) })
			switch {
			case i < 0:
				page = h.url.String()
			case sources[i].free && h.status != http.StatusNotModified:
				t.Errorf("%s: polled in vain, the answer was %d, not 304", sources[i].name, h.status)
			}
		}
	}
	return page
}
