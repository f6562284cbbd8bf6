package config

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/andybalholm/cascadia"
	yaml "go.yaml.in/yaml/v4"
	"golang.org/x/net/html/charset"
)

const (
	maxName  = 16 // characters of a unit or a person: it goes into chat buttons
	maxTitle = 40 // characters of an agency, a source or a topic
)

// name checks a unit's or a person's name.
func (o *object) name(key, v string) {
	switch {
	case v == "":
	case utf8.RuneCountInString(v) > maxName:
		o.bad(key, "最多 %d 个字，现在是%s", maxName, quote(v))
	case strings.ContainsAny(v, separators):
		o.bad(key, "只能写一个名字，里面不能有逗号、顿号、分号，现在是%s", quote(v))
	case strings.ContainsFunc(v, func(r rune) bool { return r == ' ' || hidden(r) || notInNames(r) }):
		o.bad(key, "里不能有空格、冒号、斜杠、引号等标点和看不见的字符，现在是%s", quote(v))
	}
}

// title checks a text that people read in one line.
func (o *object) title(key string, must bool) string {
	v := o.text(key, must)
	switch {
	case utf8.RuneCountInString(v) > maxTitle:
		o.bad(key, "最多 %d 个字，现在是%s", maxTitle, quote(v))
	case strings.TrimSpace(v) != v, strings.ContainsFunc(v, hidden):
		o.bad(key, "前后不能有空格，里面不能有看不见的字符，现在是%s", quote(v))
	}
	return v
}

func (o *object) units() []Unit {
	var out []Unit
	for _, u := range o.objects("units") {
		unit := Unit{Name: u.need("name"), A: u.need("a"), B: u.str("b", "")}
		u.name("name", unit.Name)
		u.name("a", unit.A)
		u.name("b", unit.B)
		if unit.B != "" && unit.A == unit.B {
			u.bad("b", "应当与 a 不是同一个人：B 岗是 A 岗不在时接手的人")
		}
		if unit.Name != "" && slices.ContainsFunc(out, func(other Unit) bool { return other.Name == unit.Name }) {
			u.bad("name", "%s已经有了，单位不能重名", quote(unit.Name))
		}
		u.done()
		out = append(out, unit)
	}
	if o.empty("units", len(out)) {
		o.bad("units", "至少要有一个单位，写明 name 和 a")
	}
	return out
}

// empty reports whether a list that was asked for has nothing in it, other than
// for a reason that was already told.
func (o *object) empty(key string, n int) bool {
	v := o.get(key)
	return n == 0 && !o.gone(key) && (v == nil || len(v.Content) == 0 && v.Value == "")
}

func (o *object) leaders() []string {
	list := o.strs("leaders", nil)
	if o.empty("leaders", len(list)) {
		o.bad("leaders", "至少要有一位领导，例如 [刘建国]")
	}
	for i, v := range list {
		o.name(index("leaders", i), v)
		if v != "" && slices.Contains(list[:i], v) {
			o.bad(index("leaders", i), "%s写了两次", quote(v))
		}
	}
	return list
}

func (o *object) topics(units []Unit) map[string]string {
	out := map[string]string{}
	t := o.object("topics")
	if t == nil {
		if o.empty("topics", 0) {
			o.bad("topics", "没有写：至少写一行 \"*\": 单位名，表示所有专题都归它")
		}
		return out
	}
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.Name
	}
	if len(t.keys) == 0 {
		o.bad("topics", "没有写：至少写一行 \"*\": 单位名，表示所有专题都归它")
	}
	for _, k := range t.keys {
		topic := k.Value
		unit := t.str(topic, "")
		if unit == "" && !t.gone(topic) && !t.has(topic, yaml.SequenceNode, yaml.MappingNode) {
			t.bad(topic, "后面要写归哪个单位")
		}
		if topic == "" || utf8.RuneCountInString(topic) > maxTitle || strings.ContainsFunc(topic, hidden) {
			o.r.problem(k.Line, "专题名应当是 1 到 40 个字，现在是"+quote(topic))
		}
		if strings.ContainsAny(unit, separators) {
			t.bad(topic, "只能归一个单位，现在是%s", quote(unit))
		} else if unit != "" && len(units) > 0 && !slices.Contains(names, "") && !slices.Contains(names, unit) {
			hint := ""
			if n := near(unit, names); n != "" {
				hint = "，您是不是要写 " + n + "？"
			}
			t.bad(topic, "归%s，但 units 里没有这个单位%s", quote(unit), hint)
		}
		out[topic] = unit
	}
	return out
}

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
