package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
	"golang.org/x/net/http/httpguts"

	"huiyin/internal/parse"
	"huiyin/internal/preset"
)

func (o *object) sources(c *Config) []Source {
	var out []Source
	for _, s := range o.objects("sources") {
		src := s.source(c)
		if src.Name != "" && slices.ContainsFunc(out, func(other Source) bool { return other.Name == src.Name }) {
			s.bad("name", "%s已经有了，来源不能重名", quote(src.Name))
		}
		s.done()
		out = append(out, src)
	}
	if o.empty("sources", len(out)) {
		o.bad("sources", "至少要有一个来源，写明 name、kind 和 url")
	}
	return out
}

// selectors are the keys that say where things are.
var selectors = []string{"list", "post"}

func (o *object) source(c *Config) Source {
	if o.str("kind", "") == KindInbox {
		return o.inbox(c.Timezone)
	}
	s := Source{Name: o.title("name", true), Zone: o.zone("zone", c.Timezone), Own: o.yes("own")}
	s.Channel = o.title("channel", false)
	s.Floor, s.Ceiling = o.every("every")
	s.Charset = o.charset("charset")
	s.Robots = o.robots("robots")
	s.Header = o.headers("header_files")
	if o.get("preset") != nil {
		o.preset(&s)
	} else {
		s.Kind = o.need("kind")
		if o.get("with") != nil {
			o.bad("with", "要和 preset 一起写，这里请删去")
		}
	}
	s.Channel = cmp.Or(s.Channel, usualChannels[s.Kind])
	switch s.Kind {
	case KindForum:
		o.fields(&s, selector)
	case KindJSON:
		o.fields(&s, jsonPath)
	case KindFeed:
		for _, key := range selectors {
			if o.get(key) != nil {
				o.bad(key, "只用于 kind: forum 和 kind: json，这里请删去")
			}
		}
	default:
		for _, key := range selectors {
			o.get(key) // known, whatever the kind should be
		}
		if s.Kind == "" {
			break
		}
		o.bad("kind", "只能是 feed（RSS、Atom、JSON Feed）、forum（网页列表）、json（JSON 接口）或 inbox（等别人送来），现在是%s", quote(s.Kind))
	}
	if o.vals["preset"] == nil && o.need("url") != "" {
		s.URL = o.sourceURL()
	}
	return s
}

// usualChannels are what sources count as in reports that nobody said it of.
var usualChannels = map[string]string{KindFeed: "新闻", KindForum: "论坛", KindJSON: "网站"}

// sourceURL is the address that a source is read from.
func (o *object) sourceURL() string {
	return o.url("url", "", "里不能带用户名和密码：要登录才能看的来源读不了", "https", "http")
}

// preset fills in what the preset for a site's software says.
func (o *object) preset(s *Source) {
	with, given := o.object("with"), make(map[string]string)
	if with != nil {
		for _, k := range with.keys {
			given[k.Value] = with.str(k.Value, "")
		}
	}
	if o.get("kind") != nil {
		o.bad("kind", "和 preset 只能写一个：preset 已经说明了怎样读")
	}
	if o.need("url") == "" {
		return
	}
	address := o.sourceURL()
	if address == "" {
		return
	}
	r, err := preset.Expand(o.str("preset", ""), address, given, func(key, _ string) (string, error) {
		secret := with.secret(key, headerRule).Reveal() // which tells what is wrong with it
		s.Keyed = s.Keyed || secret != ""
		return secret, nil
	})
	if err != nil {
		o.bad("preset", "%v", err)
		return
	}
	s.Kind, s.URL, s.List, s.Post = r.Kind, r.URL, r.List, r.Post
	s.Channel = cmp.Or(s.Channel, r.Channel)
}

// every is how long to wait between two readings: at least, and at most.
func (o *object) every(key string) (floor, ceiling time.Duration) {
	const least, most = time.Second, 24 * time.Hour
	floor, ceiling = time.Minute, 30*time.Minute
	v := o.str(key, "")
	if v == "" {
		return floor, ceiling
	}
	low, high, two := strings.Cut(v, "-")
	if !two {
		high = low
	}
	a, err1 := time.ParseDuration(strings.TrimSpace(low))
	b, err2 := time.ParseDuration(strings.TrimSpace(high))
	switch {
	case err1 != nil || err2 != nil:
		o.bad(key, "应当是最短和最长的间隔，例如 1m-30m，或者固定的间隔，例如 5m；s 是秒、m 是分、h 是小时，现在是%s", quote(v))
	case a > b:
		o.bad(key, "最短的间隔要写在前面，例如 1m-30m，现在是%s", quote(v))
	case a < least || b > most:
		o.bad(key, "应当在 %s 与 %s 之间，现在是%s", short(least), short(most), quote(v))
	default:
		return a, b
	}
	return floor, ceiling
}

func (o *object) charset(key string) string {
	v := o.str(key, "")
	if v == "" {
		return ""
	}
	switch _, name := charset.Lookup(v); name {
	case "", "replacement", "x-user-defined":
		o.bad(key, "不认识%s，常用的有 utf-8、gb18030、big5", quote(v))
	}
	return v
}

// robots tells whether a source is read against the wish of its robots.txt.
func (o *object) robots(key string) bool {
	switch v := o.str(key, "obey"); v {
	case "ignore":
		o.warn(key, "写了 ignore：对方网站的 robots.txt 不让读也照读，请先得到对方同意")
		return true
	case "obey", "":
	default:
		o.bad(key, "只能是 obey（照对方网站的 robots.txt 办）或 ignore（不管它），现在是%s", quote(v))
	}
	return false
}

// headers are HTTP headers whose values, such as keys, stand in files.
func (o *object) headers(key string) map[string]Secret {
	in := o.object(key)
	if in == nil {
		return nil
	}
	out := make(map[string]Secret)
	for _, k := range in.keys {
		name := k.Value
		v := in.secret(name, headerRule)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			in.bad(name, "不是 HTTP 标头的名字，例如 Authorization、X-API-Key")
		case slices.Contains(ourHeaders, strings.ToLower(name)):
			in.bad(name, "由程序自己写，不能在这里改")
		case !v.IsZero():
			out[name] = v
		}
	}
	return out
}

// ourHeaders are for the program alone to set.
var ourHeaders = []string{
	"host", "user-agent", "content-length", "transfer-encoding", "connection", "accept-encoding", "if-none-match", "if-modified-since",
	"content-type", "range", "expect", "te", "trailer", "upgrade",
}

var headerRule = secretRule{want: "应当只有一行", what: "密钥"}

// yes is a choice that is made with true; false when it is not written.
func (o *object) yes(key string) bool {
	switch v := o.str(key, "false"); v {
	case "true":
		return true
	case "false", "":
	default:
		o.bad(key, "只能是 true（是）或 false（否），现在是%s", quote(v))
	}
	return false
}

// fields reads where things are, on the list and on a post's page, each by read. What a
// preset says stays where nothing is written.
func (o *object) fields(s *Source, read func(in *object, key string, must bool) string) {
	if list := o.object("list"); list != nil {
		f := &s.List
		for _, k := range []struct {
			key string
			to  *string
		}{
			{"item", &f.Item}, {"title", &f.Title}, {"link", &f.Link}, {"page", &f.Page}, {"text", &f.Text}, {"author", &f.Author},
			{"time", &f.Time}, {"replies", &f.Replies}, {"views", &f.Views}, {"next", &f.Next},
		} {
			if v := read(list, k.key, k.key == "item" && f.Item == ""); v != "" {
				*k.to = v
			}
		}
		if _, attr := parse.SplitSelector(f.Item); s.Kind == KindForum && attr != "" {
			list.bad("item", "指的是整块内容，不能带 @属性")
		}
		list.done()
	} else if s.List.Item == "" && o.get("list") == nil && !o.gone("list") {
		o.missing("list")
	}
	if post := o.object("post"); post != nil {
		f := &s.Post
		for _, k := range []struct {
			key string
			to  *string
		}{{"text", &f.Text}, {"author", &f.Author}, {"time", &f.Time}} {
			if v := read(post, k.key, k.key == "text" && f.Text == ""); v != "" {
				*k.to = v
			}
		}
		post.done()
	}
}

// selector is a CSS selector, perhaps with @attribute at its end, or @attribute
// alone for the item itself.
func selector(in *object, key string, must bool) string {
	v := in.text(key, must)
	if v != "" && parse.CheckSelector(v) != nil {
		in.bad(key, "不是能用的 CSS 选择器（可在末尾加 @属性），现在是%s", quote(v))
	}
	return v
}

// jsonPath is a path in a JSON document.
func jsonPath(in *object, key string, must bool) string {
	v := in.text(key, must)
	if v == "" {
		return ""
	}
	if err := parse.CheckPath(v); err != nil {
		in.bad(key, "不是能用的 JSON 路径，例如 data.items 或 author.name，现在是%s", quote(v))
	}
	return v
}
