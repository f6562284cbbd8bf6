package match

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// LoadTopics reads the *.yaml files at the top of fsys, in the order of their
// names: one topic, or a list of topics, to a file. Lists are what @name may
// refer to. The error is a Problems with everything that is wrong.
func LoadTopics(fsys fs.FS, lists Lists) ([]Topic, error) {
	var ps Problems
	r := reader{lists: lists, ps: &ps, seen: map[string]Topic{}}
	for _, file := range namesOf(fsys, &ps, ".yaml", ".yml") {
		if data, ok := readFile(fsys, file, &ps); ok {
			r.file = file
			r.read(data)
		}
	}
	if len(r.topics) > maxTopics {
		ps.add(r.file, 0, "专题超过 %d 个，请删减", maxTopics)
	}
	if len(ps) > 0 {
		return nil, ps.err()
	}
	return r.topics, nil
}

// reader turns YAML nodes into topics and notes what is wrong on the way.
type reader struct {
	file   string
	lines  []string // of the file
	lists  Lists
	topics []Topic
	seen   map[string]Topic
	ps     *Problems
}

func (r *reader) read(data string) {
	r.lines = strings.Split(data, "\n")
	if strings.TrimSpace(data) == "" {
		r.ps.add(r.file, 0, "文件是空的，请写上专题，或删掉这个文件")
		return
	}
	var docs []yaml.Node
	if err := yaml.Load([]byte(data), &docs, yaml.WithV4Defaults(), yaml.WithAllDocuments()); err != nil {
		line := lineOf(err)
		r.ps.add(r.file, line, "%s", syntaxAdvice(err, data, line))
		return
	}
	if len(docs) == 0 || len(docs[0].Content) == 0 {
		return // nothing but comments: a topic that was taken out of use
	}
	if len(docs) != 1 {
		r.ps.add(r.file, 0, "一个文件只能有一段内容，请不要用 --- 分段，几个专题写成列表")
		return
	}
	root := docs[0].Content[0]
	switch root.Kind {
	case yaml.MappingNode:
		r.topic(root)
	case yaml.SequenceNode:
		for _, n := range root.Content {
			r.topic(n)
		}
	default:
		r.ps.add(r.file, root.Line, "这里应当是专题，例如：name: 供水")
	}
}

// lineOf returns the line a YAML error speaks of, or 0.
func lineOf(err error) int {
	var le *yaml.LoadError
	if errors.As(err, &le) {
		return max(le.Mark.Line, 0)
	}
	return 0
}

// syntaxAdvice says in plain words what the most usual slips are, going by the
// line that the YAML reader stumbled over.
func syntaxAdvice(err error, data string, line int) string {
	at := ""
	if lines := strings.Split(data, "\n"); line >= 1 && line <= len(lines) {
		at = lines[line-1]
	}
	indent := at[:len(at)-len(strings.TrimLeft(at, " \t"))]
	for i, l := range strings.Split(data, "\n") {
		if i >= line && i > 0 {
			break // what is wrong is at the line or before
		}
		if key, _, found := strings.Cut(l, "："); found && isKey(strings.Trim(key, "- ")) {
			return fmt.Sprintf("“%s：”的冒号要用半角，写成 %s: ，后面空一格", strings.Trim(key, "- "), strings.Trim(key, "- "))
		}
	}
	switch {
	case strings.Contains(indent, "\t"):
		return "行首用了 Tab 键，请改成空格"
	case strings.Contains(at, "query:"):
		return "query 后面请写一竖 |，查询从下一行写起，前面空两格"
	case strings.Contains(at, "@"):
		return "@ 开头的词表名要加引号，写成 \"@词表名\""
	}
	return "YAML 格式不对，请检查这一行和上一行的缩进、冒号后的空格、引号和括号是否成对"
}

// isKey tells whether a word is a key of a topic.
func isKey(s string) bool {
	return slices.Contains([]string{"name", "unit", "ladder", "urgency", "raises", "query", "any", "all", "none", "examples", "match", "skip"}, s)
}

// topic reads one topic and keeps it when nothing in it is wrong.
func (r *reader) topic(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.ps.add(r.file, n.Line, "这里应当是一个专题，例如：name: 供水")
		return
	}
	before := len(*r.ps)
	t := Topic{Ladder: ladders[0], Urgency: Normal, File: r.file, Line: n.Line}
	r.fields(n, map[string]func(*yaml.Node){
		"name":     func(v *yaml.Node) { t.Name = r.text(v, "name") },
		"unit":     func(v *yaml.Node) { t.Unit = r.text(v, "unit") },
		"ladder":   func(v *yaml.Node) { t.Ladder = r.ladder(v) },
		"urgency":  func(v *yaml.Node) { t.Urgency = r.urgency(v) },
		"raises":   func(v *yaml.Node) { t.Raises = r.raises(v, n) },
		"query":    func(v *yaml.Node) { t.Query, t.queryAt = r.query(v) },
		"any":      func(v *yaml.Node) { t.Any = r.entries(v, "any") },
		"all":      func(v *yaml.Node) { t.All = r.entries(v, "all") },
		"none":     func(v *yaml.Node) { t.None = r.entries(v, "none") },
		"examples": func(v *yaml.Node) { t.Examples = r.examples(v) },
	})
	if t.Raises != "" {
		t.Ladder, t.Urgency = "", 0
	}
	r.check(&t, len(*r.ps) == before)
	if len(*r.ps) == before {
		r.topics = append(r.topics, t)
	}
}

// check looks at a topic as a whole; whole is false when parts of it were wrong
// already, and what they would have said is not known.
func (r *reader) check(t *Topic, whole bool) {
	if err := checkName(t.Name); err != nil && (whole || t.Name != "") {
		r.ps.add(r.file, t.Line, "专题的名字（name）不能用：%v", err)
	}
	if first, ok := r.seen[t.Name]; ok && t.Name != "" {
		r.ps.add(r.file, t.Line, "专题“%s”重名，%s 第 %d 行已经有一个", t.Name, first.File, first.Line)
	} else {
		r.seen[t.Name] = *t
	}
	if whole {
		_, wrong := t.root(r.lists)
		*r.ps = append(*r.ps, wrong...)
	}
}

// fields calls a function for each key of a mapping and notes keys that are
// unknown or stand twice.
func (r *reader) fields(n *yaml.Node, known map[string]func(*yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			r.ps.add(r.file, key.Line, "不认识“%s”，这里只能写：%s", cutShort(key.Value), keysOf(known))
		case seen[key.Value]:
			r.ps.add(r.file, key.Line, "“%s”写了两次，请合并成一处", key.Value)
		default:
			seen[key.Value] = true
			read(value)
		}
	}
}

// keysOf lists the known keys in the order a topic is usually written.
func keysOf(known map[string]func(*yaml.Node)) string {
	var keys []string
	for _, k := range []string{"name", "unit", "ladder", "urgency", "raises", "query", "any", "all", "none", "examples", "match", "skip", "title", "text"} {
		if known[k] != nil {
			keys = append(keys, k)
		}
	}
	return strings.Join(keys, "、")
}

// text reads one string. A number is taken as it was written: 12345 is a word.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || (n.Tag != "!!str" && n.Tag != "!!int") {
		r.ps.add(r.file, n.Line, "%s 这里要写文字；若是 yes、null、日期之类，请加上引号", what)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (r *reader) ladder(n *yaml.Node) string {
	if slices.Contains(ladders, n.Value) && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	r.ps.add(r.file, n.Line, "ladder（时限）只能写：%s", strings.Join(ladders, "、"))
	return ""
}

func (r *reader) urgency(n *yaml.Node) Urgency {
	if n.Kind == yaml.ScalarNode {
		for _, u := range []Urgency{Normal, Serious, Grave} {
			if n.Value == fmt.Sprint(int(u)) || n.Value == u.String() {
				return u
			}
		}
	}
	r.ps.add(r.file, n.Line, "urgency（紧急程度）只能写：1（一般）、2（较大）、3（重大）")
	return 0
}

// raises reads how grave a topic makes a post. Such a topic opens no case: whatever else
// it says about one would do nothing.
func (r *reader) raises(n, topic *yaml.Node) string {
	for i := 0; i+1 < len(topic.Content); i += 2 {
		if key := topic.Content[i]; slices.Contains([]string{"unit", "ladder", "urgency"}, key.Value) {
			r.ps.add(r.file, key.Line, "写了 raises（提级）的专题只说明帖文有多严重，自己不立单，请删去 %s", key.Value)
		}
	}
	if slices.Contains(raised, n.Value) && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	r.ps.add(r.file, n.Line, "raises（提级）只能写：%s", strings.Join(raised, "、"))
	return ""
}

// strings reads a list of strings, each with its line.
func (r *reader) strings(n *yaml.Node, what string) []Example {
	if n.Kind != yaml.SequenceNode {
		r.ps.add(r.file, n.Line, "%s 要写成列表，例如：%s: [停水, 水压低]", what, what)
		return nil
	}
	if len(n.Content) > maxWords {
		r.ps.add(r.file, n.Line, "%s 超过 %d 项，请删减", what, maxWords)
		return nil
	}
	out := make([]Example, 0, len(n.Content))
	for _, c := range n.Content {
		before := len(*r.ps)
		if s := r.text(c, what); len(*r.ps) == before {
			out = append(out, Example{Text: s, Line: c.Line})
		}
	}
	return out
}

// entries reads any, all or none: words and @names that exist, each once.
func (r *reader) entries(n *yaml.Node, what string) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range r.strings(n, what) {
		_, err := parseEntry(e.Text, r.lists)
		switch {
		case err != nil:
			r.ps.add(r.file, e.Line, "%v", err)
		case seen[e.Text]:
			r.ps.add(r.file, e.Line, "%s 里“%s”写了两次，请删掉一个", what, e.Text)
		default:
			seen[e.Text] = true
			out = append(out, e.Text)
		}
	}
	return out
}

func (r *reader) examples(n *yaml.Node) Examples {
	var ex Examples
	if n.Kind != yaml.MappingNode {
		r.ps.add(r.file, n.Line, "examples 要分成 match（应当命中）和 skip（不应命中）两个列表")
		return ex
	}
	read := func(to *[]Example) func(*yaml.Node) {
		return func(v *yaml.Node) {
			if v.Kind != yaml.SequenceNode {
				r.ps.add(r.file, v.Line, "例句要写成列表，每句前面写一横 -")
				return
			}
			for _, c := range v.Content {
				*to = append(*to, r.example(c))
			}
		}
	}
	r.fields(n, map[string]func(*yaml.Node){"match": read(&ex.Match), "skip": read(&ex.Skip)})
	return ex
}

// example reads one example: a text, or {title: …, text: …}.
func (r *reader) example(n *yaml.Node) Example {
	e := Example{Line: n.Line}
	before := len(*r.ps)
	if n.Kind == yaml.MappingNode {
		r.fields(n, map[string]func(*yaml.Node){
			"title": func(v *yaml.Node) { e.Title = r.text(v, "title") },
			"text":  func(v *yaml.Node) { e.Text = r.text(v, "text") },
		})
	} else {
		e.Text = r.text(n, "例句")
	}
	if size := utf8.RuneCountInString(e.Title + e.Text); len(*r.ps) == before && (size == 0 || size > maxExample) {
		r.ps.add(r.file, n.Line, "例句要写 1 到 %d 个字", maxExample)
	}
	return e
}
