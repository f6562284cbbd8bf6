package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
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
	lines       map[string]int // path of a key or item → its line
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

// object is one mapping. Its keys are known by being asked for: done complains
// about those that nobody asked for.
type object struct {
	r     *reader
	path  string // "" at the top
	line  int
	vals  map[string]*yaml.Node
	keys  []*yaml.Node
	asked []string
}

// secretHome says where a secret belongs, by the key it was wrongly written under.
var secretHome = map[string]string{
	"token":    "口令不能写在配置里：请存成单独的文件，用 telegram.token_file 指明，或用环境变量 " + EnvToken,
	"secret":   "口令不能写在配置里：请存成单独的文件，用 telegram.webhook.secret_file 指明，或用环境变量 " + EnvWebhookSecret,
	"password": "密码不能写在配置里：请存成单独的文件，用 clickhouse.password_file 指明，或用环境变量 " + EnvPassword,
}

// newObject reads a mapping's keys; nil when n is something else.
func (r *reader) newObject(n *yaml.Node, path string, line int) *object {
	if n.Kind != yaml.MappingNode {
		if n.Kind != yaml.AliasNode {
			r.problem(line, wrongKind(path, "若干行“键: 值”", n))
		}
		return nil
	}
	o := &object{r: r, path: path, line: line, vals: map[string]*yaml.Node{}}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || isNull(k) {
			if k.Kind != yaml.AliasNode {
				r.problem(k.Line, "冒号前面应当是一个词")
			}
			continue
		}
		if k.Tag == "!!merge" {
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
		if slices.Contains(o.asked, key) {
			continue
		}
		name := label(o.at(key))
		if utf8.RuneCountInString(key) > 40 || strings.ContainsFunc(key, hidden) || botToken.MatchString(key) {
			name = quote(key)
		}
		if home := secretKey(key); home != "" {
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

// secretKey says where the secret belongs that an unknown key seems to hold.
func secretKey(key string) string {
	key = strings.ToLower(strings.ReplaceAll(key, "-", "_"))
	switch key {
	case "token", "bot_token", "api_token", "令牌", "口令":
		return secretHome["token"]
	case "secret", "webhook_secret", "secret_token":
		return secretHome["secret"]
	case "password", "passwd", "pwd", "pass", "密码":
		return secretHome["password"]
	}
	return ""
}

// get is the value of key; nil when it is absent or has no value. Aliases were
// refused before and count as absent.
func (o *object) get(key string) *yaml.Node {
	if !slices.Contains(o.asked, key) {
		o.asked = append(o.asked, key)
	}
	v := o.vals[key]
	if v == nil || isNull(v) || v.Kind == yaml.AliasNode {
		return nil
	}
	return v
}

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
	return n.Value
}

// need is the text of a key that must be there; "" after a problem.
func (o *object) need(key string) string {
	if n := o.get(key); n != nil {
		v := o.str(key, "")
		if v == "" && n.Kind == yaml.ScalarNode {
			o.bad(key, "不能为空")
		}
		return v
	}
	if v := o.vals[key]; v == nil || v.Kind != yaml.AliasNode {
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

func (o *object) missing(key string) {
	o.r.problem(o.lineAt(key), "缺少 "+label(o.at(key)))
}

// strs is a list of texts; each item's line can be looked up as key[i]. An item
// that is not a text, or empty, is told here and comes out as "".
func (o *object) strs(key string, def []string) []string {
	n := o.get(key)
	if n == nil {
		return def
	}
	if n.Kind != yaml.SequenceNode {
		o.r.problem(o.lineAt(key), wrongKind(o.at(key), "列表", n))
		return def
	}
	out := []string{}
	for i, c := range n.Content {
		item := index(key, i)
		o.r.lines[o.at(item)] = c.Line
		switch {
		case c.Kind == yaml.AliasNode:
			out = append(out, "")
		case c.Kind != yaml.ScalarNode || isNull(c):
			o.r.problem(c.Line, wrongKind(o.at(item), "一段文字", c))
			out = append(out, "")
		default:
			if c.Value == "" {
				o.bad(item, "不能为空")
			}
			out = append(out, c.Value)
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
	return o.r.newObject(n, o.at(key), o.lineAt(key))
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
			out = append(out, item)
		}
	}
	return out
}

// duration is a length of time between low and high.
func (o *object) duration(key string, def, low, high time.Duration) time.Duration {
	if o.get(key) == nil {
		return def
	}
	v := o.str(key, def.String())
	d, err := time.ParseDuration(v)
	switch {
	case err != nil:
		o.bad(key, "应当是数字加单位，s 是秒、m 是分、h 是小时，例如 30s、5m、168h，现在是%s", quote(v))
	case d < low || d > high:
		o.bad(key, "应当在 %s 与 %s 之间，现在是%s", short(low), short(high), quote(v))
	default:
		return d
	}
	return def
}

// short writes a duration the way people do: 24h, not 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
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
	case strings.Contains(n.Value, "："):
		hint = "；是不是用了全角冒号“：”？请改成“: ”"
	}
	name := label(path)
	if name == "" {
		name = "整个文件"
	}
	return name + " 应当是" + want + "，现在是" + got + hint
}
