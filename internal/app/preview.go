package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/fetch"
	"huiyin/internal/post"
	"huiyin/internal/source"
)

// previewed is how many posts Preview shows.
const previewed = 10

// Preview reads a source once and writes the first ten posts as they would be taken.
// name is one of the configuration's sources, or an address that is in no configuration
// yet: then it also says what software answers there, and what to write for it.
func Preview(ctx context.Context, cfg *config.Config, name string, out io.Writer) error {
	client := fetch.New(fetch.Options{
		UserAgent: userAgent(cfg.Fetch.Contact), Timeout: cfg.Fetch.Timeout, HostGap: cfg.Fetch.HostGap, AllowHosts: cfg.Fetch.AllowHosts,
	})
	defer client.Close()
	for _, s := range sources(cfg) {
		if s.Name != name && s.URL != name {
			continue
		}
		posts, err := source.Preview(ctx, client, s)
		if part := (*source.PartError)(nil); err != nil && !errors.As(err, &part) {
			return fmt.Errorf("%s：%s", s.Name, source.Reason(err))
		}
		fmt.Fprintf(out, "%s 有 %d 帖，最新的在后面：\n", s.Name, len(posts))
		show(out, posts, err, cfg.Timezone)
		return nil
	}
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		return fmt.Errorf("配置里没有叫“%s”的来源；要看一个还没有写进配置的网站，请给出完整的网址，以 http:// 或 https:// 开头", name)
	}
	return explore(ctx, cfg, client, name, out)
}

// show writes the newest of posts, and what those who set up the source should know. err
// is nil or what Preview of source warns of.
func show(out io.Writer, posts []post.Post, err error, zone *time.Location) {
	for _, p := range posts[max(0, len(posts)-previewed):] {
		about := []string{"没有时间"}
		if !p.Published.IsZero() {
			about[0] = p.Published.In(zone).Format("2006-01-02 15:04")
		}
		if p.Author != "" {
			about = append(about, post.Mask(p.Author))
		}
		if p.Replies > 0 {
			about = append(about, fmt.Sprintf("回复 %d", p.Replies))
		}
		if p.Views > 0 {
			about = append(about, fmt.Sprintf("查看 %d", p.Views))
		}
		fmt.Fprintf(out, "\n%s  %s\n", strings.Join(about, "  "), cmp.Or(post.Mask(p.Title), "（没有标题）"))
		for _, line := range []string{p.URL, post.Cut(strings.ReplaceAll(post.Mask(p.Text), "\n", " "), 120)} {
			if line != "" {
				fmt.Fprintf(out, "  %s\n", line)
			}
		}
	}
	warnings := doubts(posts)
	if err != nil {
		warnings = append(warnings, source.Reason(err))
	}
	for i, w := range warnings {
		if i == 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "注意：%s\n", w)
	}
}

// doubts are what looks wrong with the posts that were read.
func doubts(posts []post.Post) []string {
	if len(posts) == 0 {
		return []string{"打开了，但是里面一帖也没有；在浏览器里看看是不是真的没有"}
	}
	count := func(is func(post.Post) bool) (n int) {
		for _, p := range posts {
			if is(p) {
				n++
			}
		}
		return n
	}
	var out []string
	switch n := count(func(p post.Post) bool { return p.Published.IsZero() }); {
	case n == len(posts):
		out = append(out, "没有读到时间，旧帖也会当成新帖提醒一次；请核对 time")
	case n > 0:
		out = append(out, fmt.Sprintf("%d 帖没有读到时间", n))
	}
	// Ten posts' own pages are read here: the others have no text for now.
	recent := posts[max(0, len(posts)-previewed):]
	if !slices.ContainsFunc(recent, func(p post.Post) bool { return p.Text != "" }) {
		out = append(out, "没有读到正文，只能看标题，会漏掉标题上看不出来的事")
	}
	if count(garbled) > 0 {
		out = append(out, "有乱码：请写上 charset，大陆的网站多半是 gb18030，港台的多半是 big5")
	}
	return out
}

// garbled says whether p was read in the wrong charset.
func garbled(p post.Post) bool {
	text := p.Title + p.Text
	return strings.Count(text, "\uFFFD") > 2 || strings.Contains(text, "锟斤拷")
}
