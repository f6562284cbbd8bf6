package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// reader collects what a configuration says, and everything that is wrong with it.
type reader struct {
	file, dir   string
	needSecrets bool
	probs       Problems
	warns       Problems
	lines       map[string]int      // path of a key or item → its line
	told        map[*yaml.Node]bool // values with a token in them; they count as absent
	cut         bool                // the file could not be checked to its end
}

func (r *reader) problem(line int, msg string) {
	r.probs = append(r.probs, Problem{File: r.file, Line: line, Msg: msg})
}

// abs is path as seen from the configuration file's folder.
func (r *reader) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}

// gone reports whether n was refused as a whole, with a problem of its own.
func (r *reader) gone(n *yaml.Node) bool { return n.Kind == yaml.AliasNode || r.told[n] }

// object is one mapping. Its keys are known by being asked for: done complains
// about those that nobody asked for.
type object struct {
	r     *reader
	path  string // "" at the top
	line  int
	item  string // which item of a list this is or belongs to; "" in none
	vals  map[string]*yaml.Node
	keys  []*yaml.Node
	asked []string
}

// newObject reads a mapping's keys; nil when n is something else.
func (r *reader) newObject(n *yaml.Node, path string, line int) *object {
	if n.Kind != yaml.MappingNode {
		if msg := slip(n.Value).msg; msg != "" && !r.gone(n) {
			r.problem(n.Line, msg)
		} else if !r.gone(n) {
			r.problem(line, wrongKind(path, "若干行“键: 值”", n))
		}
		return nil
	}
	o := &object{r: r, path: path, line: line, vals: map[string]*yaml.Node{}}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || isNull(k) {
			if !r.gone(k) {
				r.problem(k.Line, "冒号前面应当是一个词")
			}
			continue
		}
		if k.Tag == "!!merge" || r.told[k] {
			continue
		}
		// Between braces {a：x} is a key without a value.
		if msg := slip(k.Value).msg; msg != "" && isNull(v) {
			r.problem(k.Line, msg)
			continue
		}
		if at, ok := first[k.Value]; ok {
			r.problem(k.Line, fmt.Sprintf("%s 写了两次，第 %d 行已经有了，请删去一处", quote(k.Value), at))
			continue
		}
		first[k.Value] = k.Line
		o.keys = append(o.keys, k)
		o.vals[k.Value] = v
		r.lines[o.at(k.Value)] = k.Line
	}
	return o
}

// at is the path of one of o's keys.
func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// lineAt is the line of one of o's keys, or of o when the key is not there.
func (o *object) lineAt(key string) int {
	if l, ok := o.r.lines[o.at(key)]; ok {
		return l
	}
	return o.line
}

// label is a path as a person names it: within its list item, if it is in one.
func label(path string) string {
	if i := strings.LastIndex(path, "]."); i >= 0 {
		path = path[i+2:]
	}
	if list, item, ok := strings.Cut(path, "["); ok && strings.HasSuffix(item, "]") {
		if i, err := strconv.Atoi(strings.TrimSuffix(item, "]")); err == nil {
			return list + " 第 " + strconv.Itoa(i+1) + " 项"
		}
	}
	return path
}

// bad notes a problem with key. The message continues the key's name.
func (o *object) bad(key, format string, args ...any) {
	o.r.problem(o.lineAt(key), label(o.at(key))+" "+fmt.Sprintf(format, args...))
}

// warn notes something that works but deserves attention.
func (o *object) warn(key, format string, args ...any) {
	msg := label(o.at(key)) + " " + fmt.Sprintf(format, args...)
	o.r.warns = append(o.r.warns, Problem{File: o.r.file, Line: o.lineAt(key), Msg: msg})
}

// done complains about keys that nobody asked for.
func (o *object) done() {
	for _, k := range o.keys {
		key := k.Value
		if slices.Contains(o.asked, key) || o.gone(key) {
			continue
		}
		name := label(o.at(key))
		if utf8.RuneCountInString(key) > 40 || strings.ContainsFunc(key, hidden) || botToken.MatchString(key) {
			name = quote(key)
		}
		if home := o.secretKey(key); home != "" {
			o.r.problem(k.Line, name+" "+home)
		} else if n := near(key, o.asked); n != "" {
			o.r.problem(k.Line, "不认识 "+name+"，您是不是要写 "+n+"？")
		} else {
			o.r.problem(k.Line, "不认识 "+name+"，这里可以写的有："+strings.Join(o.asked, "、"))
		}
	}
}

// hidden reports whether c cannot be seen, or is a space other than ' '.
func hidden(c rune) bool { return !unicode.IsPrint(c) }

// get is the value of key; nil when it is absent or has no value. Aliases were
// refused before and count as absent.
func (o *object) get(key string) *yaml.Node {
	if !slices.Contains(o.asked, key) {
		o.asked = append(o.asked, key)
	}
	v := o.vals[key]
	if v == nil || isNull(v) || o.r.gone(v) {
		return nil
	}
	return v
}

// gone reports whether key is there with a value that was refused as a whole.
func (o *object) gone(key string) bool { return o.vals[key] != nil && o.r.gone(o.vals[key]) }

// has reports whether key's value is of one of kinds.
func (o *object) has(key string, kinds ...yaml.Kind) bool {
	n := o.get(key)
	return n != nil && slices.Contains(kinds, n.Kind)
}

// str is the text of an optional key. Numbers and dates count as written.
func (o *object) str(key, def string) string {
	n := o.get(key)
	if n == nil {
		return def
	}
	if n.Kind != yaml.ScalarNode {
		o.r.problem(o.lineAt(key), wrongKind(o.at(key), "一段文字", n))
		return def
	}
	v, wrapped := unwrap(n.Value)
	if wrapped {
		o.bad(key, "%s", chineseQuotes)
	}
	return v
}

// need is the text of a key that must be there; "" after a problem.
func (o *object) need(key string) string {
	if n := o.get(key); n != nil {
		v := o.str(key, "")
		if v == "" && n.Kind == yaml.ScalarNode {
			o.missing(key)
		}
		return v
	}
	if !o.gone(key) {
		o.missing(key)
	}
	return ""
}

// text is need where the key must be there, and str where it need not.
func (o *object) text(key string, must bool) string {
	if must {
		return o.need(key)
	}
	return o.str(key, "")
}

// meaning is what the keys that must be there are for.
var meaning = map[string]string{
	"agency":                  "机关名称",
	"telegram.webhook.url":    "Telegram 往哪个网址送",
	"telegram.webhook.listen": "在本机哪个地址和端口上接收",
	"units.name":              "单位名",
	"units.a":                 "A 岗，收到提醒的人",
	"sources.name":            "来源名",
	"sources.kind":            "feed、forum 或 json；常见的论坛软件写 preset 就行",
	"sources.url":             "网址",
	"sources.list":            "列表页上各项在哪里",
	"sources.list.item":       "一条帖文的整块；JSON 里是帖文所在的数组",
	"sources.post.text":       "正文",
	"receive.listen":          "在本机哪个地址和端口上接收",
	"copies.name":             "起个名字，例如 供水集团工作群",
	"copies.kind":             "wecom、dingtalk、feishu 或 mail",
	"copies.server":           "发信服务器的“主机:端口”",
	"copies.from":             "发信的邮箱",
	"copies.to":               "收信的邮箱",
}

var itemNumber = regexp.MustCompile(`\[[0-9]+\]`)

// missing notes that key is not there or has no value.
func (o *object) missing(key string) {
	path := o.at(key)
	name := label(path)
	if m := meaning[itemNumber.ReplaceAllString(path, "")]; m != "" {
		name += "（" + m + "）"
	}
	if _, there := o.vals[key]; !there {
		name = "缺少 " + name
	} else if name += "是空的，请写上"; o.item != "" {
		name = "的 " + name
	}
	o.r.problem(o.lineAt(key), o.item+name)
}

// strs is a list of texts; each item's line can be looked up as key[i]. An item
// that is not a text, empty, or several in one, is told here and comes out as "".
func (o *object) strs(key string, def []string) []string {
	n := o.get(key)
	if n == nil {
		return def
	}
	if n.Kind != yaml.SequenceNode {
		o.r.problem(o.lineAt(key), wrongKind(o.at(key), "列表（写在方括号 [ ] 里，用半角逗号分开）", n))
		return def
	}
	out := []string{}
	for i, c := range n.Content {
		item := index(key, i)
		o.r.lines[o.at(item)] = c.Line
		switch {
		case o.r.gone(c):
			out = append(out, "")
		case c.Kind != yaml.ScalarNode || isNull(c):
			o.r.problem(c.Line, wrongKind(o.at(item), "一段文字", c))
			out = append(out, "")
		default:
			v, wrapped := unwrap(c.Value)
			switch {
			case v == "":
				o.bad(item, "不能为空")
			case strings.ContainsAny(v, separators):
				o.bad(item, "%s", severalInOne(v, n.Style&yaml.FlowStyle != 0))
				v = ""
			case wrapped:
				o.bad(item, "%s", chineseQuotes)
			}
			out = append(out, v)
		}
	}
	return out
}

// object is the mapping under key; nil when it is absent or something else.
func (o *object) object(key string) *object {
	n := o.get(key)
	if n == nil {
		return nil
	}
	child := o.r.newObject(n, o.at(key), o.lineAt(key))
	if child != nil {
		child.item = o.item
	}
	return child
}

// section is the mapping under key; an empty one, all defaults, when absent.
func (o *object) section(key string) *object {
	if s := o.object(key); s != nil {
		return s
	}
	return &object{r: o.r, path: o.at(key), line: o.lineAt(key)}
}

// objects is a list of mappings; those that are something else are left out.
func (o *object) objects(key string) []*object {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		o.r.problem(o.lineAt(key), wrongKind(o.at(key), "列表（每项以“- ”开头）", n))
		return nil
	}
	var out []*object
	for i, c := range n.Content {
		path := o.at(index(key, i))
		o.r.lines[path] = c.Line
		if item := o.r.newObject(c, path, c.Line); item != nil {
			item.item = label(path)
			if name := item.vals["name"]; name != nil && name.Kind == yaml.ScalarNode && name.Value != "" {
				item.item += quote(name.Value)
			}
			out = append(out, item)
		}
	}
	return out
}

func index(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// wrongKind says what was expected at path and what stands there instead.
func wrongKind(path, want string, n *yaml.Node) string {
	got := "一段文字"
	hint := ""
	switch {
	case n.Kind == yaml.MappingNode:
		got = "“键: 值”"
	case n.Kind == yaml.SequenceNode:
		got = "列表"
	case isNull(n):
		got = "空的"
	default:
		hint = wideHint(n.Value)
	}
	name := label(path)
	if name == "" {
		name = "整个文件"
	}
	return name + " 应当是" + want + "，现在是" + got + hint
}
