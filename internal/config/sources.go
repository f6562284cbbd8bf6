package config

import (
	"slices"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html/charset"
)

func (o *object) sources(home *time.Location) []Source {
	var out []Source
	for _, s := range o.objects("sources") {
		src := s.source(home)
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

func (o *object) source(home *time.Location) Source {
	s := Source{
		Name:    o.title("name", true),
		Kind:    o.need("kind"),
		Every:   o.duration("every", 5*time.Minute, time.Second, 24*time.Hour),
		Zone:    o.zone("zone", home),
		Charset: o.str("charset", ""),
		Own:     o.yes("own"),
	}
	if o.need("url") != "" {
		s.URL = o.url("url", "", "里不能带用户名和密码：要登录才能看的来源读不了", "https", "http")
	}
	if s.Charset != "" {
		switch _, name := charset.Lookup(s.Charset); name {
		case "", "replacement", "x-user-defined":
			o.bad("charset", "不认识%s，常用的有 utf-8、gb18030、big5", quote(s.Charset))
		}
	}
	list, post := o.object("list"), o.object("post")
	switch s.Kind {
	case KindForum:
		if list != nil {
			s.List = list.list()
		} else if o.get("list") == nil && !o.gone("list") {
			o.missing("list")
		}
		if post != nil {
			s.Post = &Post{Text: post.selector("text", true), Author: post.selector("author", false), Time: post.selector("time", false)}
			post.done()
		}
	case KindFeed:
		for _, key := range []string{"list", "post"} {
			if o.get(key) != nil {
				o.bad(key, "只用于 kind: forum，这里请删去")
			}
		}
	case "":
	default:
		o.bad("kind", "只能是 feed（RSS、Atom、JSON Feed）或 forum（网页列表），现在是%s", quote(s.Kind))
	}
	return s
}

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

func (o *object) list() *List {
	l := &List{
		Item: o.selector("item", true), Title: o.selector("title", false), Link: o.selector("link", false),
		Author: o.selector("author", false), Time: o.selector("time", false),
	}
	if cutAttr(l.Item) != l.Item {
		o.bad("item", "指的是整块内容，不能带 @属性")
	}
	o.done()
	return l
}

// selector is a CSS selector, perhaps with @attribute at its end, or @attribute
// alone for the item itself.
func (o *object) selector(key string, must bool) string {
	v := o.text(key, must)
	if v == "" {
		return ""
	}
	css := cutAttr(v)
	if css == "" {
		return v
	}
	if _, err := cascadia.ParseGroup(css); err != nil {
		o.bad(key, "不是能用的 CSS 选择器（可在末尾加 @属性），现在是%s", quote(v))
	}
	return v
}
