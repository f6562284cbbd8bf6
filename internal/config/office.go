package config

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
	"golang.org/x/net/publicsuffix"
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
		unit := Unit{
			Name: u.need("name"), A: u.need("a"), B: u.str("b", ""), Head: u.str("head", ""),
			Hours: u.hours(nil), Sites: u.sites(),
		}
		u.name("name", unit.Name)
		u.name("a", unit.A)
		u.name("b", unit.B)
		u.name("head", unit.Head)
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

// sites are hosts on which replies are published, in lower case. A host stands for
// those below it too, so one under which strangers register is none.
func (o *object) sites() []string {
	var out []string
	for i, h := range o.strs("sites", nil) {
		h = strings.ToLower(h)
		suffix, registry := publicsuffix.PublicSuffix(h)
		_, notIP := netip.ParseAddr(h)
		switch {
		case h == "":
		case notIP != nil && (len(h) > 253 || !hostForm.MatchString(h)):
			o.bad(index("sites", i), "应当只写主机名，例如 www.qinghe.gov.cn，不带 https://、端口、路径和星号，现在是%s%s", quote(h), wideHint(h))
		case registry && suffix == h:
			o.bad(index("sites", i), "%s范围太大，谁的网站都算在内，请写本单位自己的网站", quote(h))
		case slices.Contains(out, h):
			o.bad(index("sites", i), "%s写了两次", quote(h))
		}
		out = append(out, h)
	}
	return out
}

// siteless warns of units for which no host is written: of their answers nobody can tell
// whether the page is the office's own.
func (o *object) siteless(units []Unit, all []string) {
	if len(all) > 0 || o.gone("sites") {
		return
	}
	var names []string
	for _, u := range units {
		if len(u.Sites) == 0 && u.Name != "" {
			names = append(names, u.Name)
		}
	}
	if len(names) > 0 {
		o.warn("sites", "没有写，核验%s的回应时，不会检查链接是不是在本单位的网站上。请写上发布回应的网站，例如 sites: [www.example.gov.cn]", strings.Join(names, "、"))
	}
}

// empty reports whether a list that was asked for has nothing in it, other than
// for a reason that was already told.
func (o *object) empty(key string, n int) bool {
	v := o.get(key)
	return n == 0 && !o.gone(key) && (v == nil || len(v.Content) == 0 && v.Value == "")
}

func (o *object) leaders() []string {
	list := o.people("leaders")
	if o.empty("leaders", len(list)) {
		o.bad("leaders", "至少要有一位领导，例如 [刘建国]")
	}
	return list
}

// people is a list of persons, each of them once; nil when it is not written.
func (o *object) people(key string) []string {
	list := o.strs(key, nil)
	for i, v := range list {
		o.name(index(key, i), v)
		if v != "" && slices.Contains(list[:i], v) {
			o.bad(index(key, i), "%s写了两次", quote(v))
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
	names := unitNames(units)
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
		} else if hint, missing := strangeUnit(unit, names); missing {
			t.bad(topic, "归%s，但 units 里没有这个单位%s", quote(unit), hint)
		}
		out[topic] = unit
	}
	return out
}

func unitNames(units []Unit) []string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.Name
	}
	return names
}

// strangeUnit reports whether a unit is not among the names of all, and what was
// probably meant. With units whose names are wrong themselves, none is strange.
func strangeUnit(unit string, names []string) (hint string, missing bool) {
	if unit == "" || len(names) == 0 || slices.Contains(names, "") || slices.Contains(names, unit) {
		return "", false
	}
	if n := near(unit, names); n != "" {
		hint = "，您是不是要写 " + n + "？"
	}
	return hint, true
}
