package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"
	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"huiyin/internal/config"
	"huiyin/internal/fetch"
	"huiyin/internal/parse"
	"huiyin/internal/post"
	"huiyin/internal/preset"
	"huiyin/internal/source"
)

// entry is a source as it is written in the configuration.
type entry struct {
	Name   string            `yaml:"name"`
	Preset string            `yaml:"preset,omitempty"`
	Kind   string            `yaml:"kind,omitempty"`
	URL    string            `yaml:"url"`
	With   map[string]string `yaml:"with,omitempty"`
}

// found is a way in which an address could be read.
type found struct {
	what   string // for people
	source source.Config
	entry  entry
}

// explore reads an address that is in no configuration in the ways its answer suggests,
// and writes what the first of them brings that works.
func explore(ctx context.Context, cfg *config.Config, client *fetch.Client, address string, out io.Writer) error {
	presets, err := preset.All()
	if err != nil {
		return fmt.Errorf("read presets: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("网址写得不对：%s", address)
	}
	if hint := throughOthers(presets, u.Hostname()); hint != "" {
		return errors.New(hint)
	}
	resp, err := client.Get(ctx, fetch.Request{URL: address, Home: u.Host})
	if err != nil {
		return fmt.Errorf("%s：%s", address, source.Reason(err))
	}
	page, charset, err := fetch.Decode(resp.Body, resp.ContentType, "")
	if err != nil {
		return fmt.Errorf("%s：%s", address, source.Reason(err))
	}
	ways, reasons := waysTo(presets, u, resp.FinalURL, page, charset)
	for _, w := range ways {
		w.source.Name, w.source.Zone = nameFor(cfg, page, u), cfg.Timezone
		w.entry.Name = w.source.Name
		posts, err := source.Preview(ctx, client, w.source)
		if part := (*source.PartError)(nil); err != nil && !errors.As(err, &part) {
			reasons = append(reasons, w.what+"，但是"+source.Reason(err))
			continue
		}
		fmt.Fprintf(out, "%s，读到 %d 帖，最新的在后面：\n", w.what, len(posts))
		show(out, posts, err, cfg.Timezone)
		return paste(out, w.entry)
	}
	return fmt.Errorf("%s 还读不了：%s", address, strings.Join(append(reasons, advice(page)), "；"))
}

// waysTo lists how the page at u could be read, the likeliest first, and why others that
// the page suggests cannot be.
func waysTo(presets []preset.Preset, u *url.URL, final string, page []byte, charset string) (ways []found, reasons []string) {
	at := parse.At{Zone: time.UTC, Now: time.Now()}
	at.Base, _ = url.Parse(final)
	for _, p := range preset.Guess(presets, page) {
		w, err := withPreset(p, u)
		if err != nil {
			reasons = append(reasons, fmt.Sprintf("像是 %s，但是%v", p.Title, err))
			continue
		}
		w.what = "像是 " + p.Title
		if p.Kind == source.KindForum {
			w.what += "（" + charsetName(charset) + "）"
		}
		ways = append(ways, w)
	}
	if _, err := parse.Feed(page, at); err == nil || errors.Is(err, parse.ErrBroken) {
		return append(ways, feedAt("这是一个订阅源", u.String())), reasons
	}
	for _, feed := range alternates(page, at.Base) {
		if feed.Host == u.Host {
			ways = append(ways, feedAt("这个网页有订阅源", feed.String()))
		} else { // nobody asked for that host: what is allowed at this one need not be there
			reasons = append(reasons, "这个网页的订阅源在别的网站，可以再看看：huiyin poll "+feed.String())
		}
	}
	return ways, reasons
}

func feedAt(what, address string) found {
	return found{what, source.Config{Kind: source.KindFeed, URL: address}, entry{Kind: source.KindFeed, URL: address}}
}

// withPreset reads u as p does. A secret that stands in the address is used, and written
// as what it is.
func withPreset(p preset.Preset, u *url.URL) (found, error) {
	shown, values, with := *u, map[string]string{}, map[string]string{}
	shown.Fragment = ""
	query := shown.Query()
	for _, q := range p.Params {
		if v := query.Get(q.Name); q.Secret && v != "" {
			values[q.Name], with[q.Name+"_file"] = v, p.Name+"."+q.Name
			query.Del(q.Name)
			shown.RawQuery = query.Encode()
		}
	}
	s, err := p.Source(shown.String(), values)
	if err != nil {
		return found{}, err
	}
	return found{
		source: source.Config{Kind: s.Kind, URL: s.URL, List: s.List, Post: s.Post},
		entry:  entry{Preset: p.Name, URL: shown.String(), With: with},
	}, nil
}

// throughOthers says how a site is read that can only be read through another service.
func throughOthers(presets []preset.Preset, host string) string {
	var names []string
	var example entry
	for _, p := range presets {
		if p.Site == "" || host != p.Site && !strings.HasSuffix(host, "."+p.Site) {
			continue
		}
		names = append(names, p.Name+"（"+p.Title+"）")
		example = entry{Name: p.Title, Preset: p.Name, URL: p.Example.URL, With: p.Example.With}
	}
	if len(names) == 0 {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s 不能直接读，要经过本单位自己架设的 RSSHub。可以用的预设：%s\n", host, strings.Join(names, "、"))
	if err := paste(&text, example); err != nil {
		return ""
	}
	return strings.TrimRight(text.String(), "\n")
}

// alternates are the feeds that an HTML page names in its head, those of comments last.
func alternates(page []byte, base *url.URL) []*url.URL {
	if base == nil {
		return nil
	}
	var posts, comments []*url.URL
	tags := xhtml.NewTokenizer(bytes.NewReader(page)) // no tree: that of a hostile page takes gigabytes
	for kind := tags.Next(); kind != xhtml.ErrorToken; kind = tags.Next() {
		if kind != xhtml.StartTagToken && kind != xhtml.SelfClosingTagToken {
			continue
		}
		link := map[string]string{}
		if tag := tags.Token(); tag.DataAtom == atom.Link {
			for _, a := range tag.Attr {
				link[a.Key] = a.Val
			}
		}
		switch kind, _, _ := strings.Cut(strings.ToLower(link["type"]), ";"); strings.TrimSpace(kind) {
		case "application/rss+xml", "application/atom+xml", "application/feed+json":
		default:
			continue
		}
		feed, err := base.Parse(strings.TrimSpace(link["href"]))
		if err != nil || link["href"] == "" || !slices.Contains(strings.Fields(strings.ToLower(link["rel"])), "alternate") || feed.Scheme != "http" && feed.Scheme != "https" {
			continue
		}
		if strings.Contains(feed.Path, "comment") || strings.Contains(link["title"], "评论") {
			comments = append(comments, feed)
			continue
		}
		posts = append(posts, feed)
	}
	all := append(posts, comments...)
	const most = 3 // each is asked for
	return all[:min(len(all), most)]
}

// advice says what may be done about a page that nothing is known of.
func advice(page []byte) string {
	const doc = "docs/sources.zh-CN.md"
	switch start := bytes.TrimLeft(page, " \t\r\n\uFEFF"); {
	case len(start) == 0:
		return "打开的是空白页"
	case start[0] == '{' || start[0] == '[':
		return "打开的是 JSON 接口，请照 " + doc + " 里“JSON 接口”一节写 kind: json"
	case bytes.Contains(bytes.ToLower(start[:min(len(start), 1024)]), []byte("<html")) || bytes.Contains(bytes.ToLower(start[:min(len(start), 1024)]), []byte("<!doctype html")):
		return "请看看网站上有没有“RSS”或“订阅”的链接，用那个网址再试；没有的话，照 " + doc + " 里“自己写选择器”一节写 kind: forum"
	}
	return "打开的既不是网页，也不是订阅源；请核对网址"
}

var titleTag = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// nameFor is a name for the source at u: what the page calls itself, which no other
// source of the configuration is called.
func nameFor(cfg *config.Config, page []byte, u *url.URL) string {
	const longest = 20 // runes; it stands on every card
	name := ""
	if m := titleTag.FindSubmatch(page[:min(len(page), 64<<10)]); m != nil {
		title := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(m[1])), "<![CDATA["), "]]>")
		title = post.Line(html.UnescapeString(title), 200)
		for _, mark := range []string{" - ", " | ", " – ", "_", "»"} {
			title, _, _ = strings.Cut(title, mark)
		}
		name = strings.Trim(title, " -|_")
	}
	if name == "" || strings.ContainsAny(name, "<>\"'{}[]") {
		name = u.Hostname()
	}
	name = string([]rune(name)[:min(len([]rune(name)), longest)])
	taken := func(name string) bool {
		return slices.ContainsFunc(cfg.Sources, func(s config.Source) bool { return s.Name == name })
	}
	for i, first := 2, name; taken(name); i++ {
		name = fmt.Sprintf("%s %d", first, i)
	}
	return name
}

// charsetName is a charset as people call it.
func charsetName(charset string) string {
	if charset == "gb18030" {
		return "GBK"
	}
	return strings.ToUpper(charset)
}

// paste shows what to write for e, and what to do first.
func paste(out io.Writer, e entry) error {
	text, err := yaml.Dump([]entry{e}, yaml.WithIndent(2))
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	fmt.Fprint(out, "\n写进 huiyin.yaml 的 sources: 下面（name 可以改，用起来以后就不要改了）：\n\n")
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(out, "  %s", line)
	}
	for key, file := range e.With {
		if strings.HasSuffix(key, "_file") {
			fmt.Fprintf(out, "\n密钥请存成文件 %s，放在配置文件旁边；不要写进网址里。\n", file)
		}
	}
	return nil
}
