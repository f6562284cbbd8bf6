package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	maxFile  = 1 << 20 // bytes of YAML
	maxDepth = 32      // levels of nesting
)

// parse turns data into the tree of its one document; nil when that is not
// possible, and then at least one problem is noted.
func (r *reader) parse(data []byte) *yaml.Node {
	if line, msg := badText(data); msg != "" {
		r.problem(line, msg)
		r.cut = true
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data),
		yaml.WithUniqueKeys(false), // told by object, with both lines
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		r.problem(0, "读不了这个文件里的 YAML")
		return nil
	}
	var doc, next yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		r.problem(0, "配置文件是空的，请照 huiyin.example.yaml 写一份")
		return nil
	case err != nil:
		r.syntax(data, err)
		return nil
	}
	switch err := loader.Load(&next); {
	case err == nil:
		r.problem(next.Line, "一个文件里只能有一份配置，请删去多余的“---”和它后面的内容")
		r.cut = true
		return nil
	case !errors.Is(err, io.EOF):
		r.syntax(data, err)
		return nil
	}
	r.refuse(&doc)
	if r.swallowed(data, &doc) {
		return nil
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		r.problem(0, "配置文件是空的，请照 huiyin.example.yaml 写一份")
		return nil
	}
	return doc.Content[0]
}

// badText finds the first byte that is not text in UTF-8.
func badText(data []byte) (line int, msg string) {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		switch {
		case c == utf8.RuneError && size <= 1:
			msg = "文件不是 UTF-8 编码（可能是 GBK 或 UTF-16），请用编辑器另存为 UTF-8"
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0x7f:
			msg = "有看不见的控制字符，请删去后重写这一行"
		}
		if msg != "" {
			return 1 + bytes.Count(data[:i], []byte("\n")), msg
		}
		i += size
	}
	return 0, ""
}

// refuse notes everywhere in the tree what is YAML but has no place in a
// configuration: anchors and aliases (which can unfold without end), merge keys
// and tags. It also finds tokens and robots' addresses pasted anywhere.
func (r *reader) refuse(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.problem(n.Line, "不支持“*”引用；要写星号本身，请加引号，例如 \"*\": 市政府办公室")
	case n.Anchor != "":
		r.problem(n.Line, "不支持“&”锚点，请把内容直接写出来")
	case n.Style&yaml.TaggedStyle != 0:
		r.problem(n.Line, "不支持“!”标记，请删去；要写感叹号本身，请加引号")
	case n.Kind == yaml.ScalarNode && n.Tag == "!!merge":
		r.problem(n.Line, "不支持“<<”合并，请把内容直接写出来")
	case n.Kind == yaml.ScalarNode && botToken.MatchString(n.Value):
		r.problem(n.Line, "这里写着 Telegram 机器人的口令。"+secretHome["token"])
		r.told[n] = true
	case n.Kind == yaml.ScalarNode && robotURL.MatchString(n.Value):
		r.problem(n.Line, "这里写着群机器人的网址，里面带着口令。"+robotHome)
		r.told[n] = true
	}
	for _, c := range n.Content {
		r.refuse(c)
	}
}

// syntax tells in Chinese what the YAML parser stumbled over.
func (r *reader) syntax(data []byte, err error) {
	r.cut = true
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		r.problem(0, "写法不合 YAML 规则，请检查缩进、冒号、引号和括号")
		return
	}
	line := le.Mark.Line
	context := le.ContextMsg
	// An unclosed quote or bracket is found at the end and fixed at its beginning.
	for _, s := range []string{"simple key", "quoted scalar", "flow "} {
		if strings.Contains(context, s) && le.ContextMark.Line > 0 {
			line = le.ContextMark.Line
		}
	}
	text, _, _ := strings.Cut(lineOf(data, line), " #")
	wide := wideHint(quoted.ReplaceAllString(text, ""))
	explained := r.slips(data, line, le.Mark.Line)
	indent := func(s string) string { return s[:len(s)-len(strings.TrimLeft(s, " \t"))] }
	has := func(s string) bool { return strings.Contains(le.Message, s) || strings.Contains(context, s) }
	switch {
	case has("max depth"):
		r.problem(line, "层次太深，配置用不着这么多层")
	case has("tab character"), strings.Contains(indent(lineOf(data, le.Mark.Line)), "\t"):
		r.problem(le.Mark.Line, "行首用了 Tab，请改成空格")
	case has("alias"), has("unknown anchor"):
		r.problem(line, "星号开头的内容要加引号，例如 \"*\": 市政府办公室")
	case has("quoted scalar"):
		r.problem(line, "引号没有成对，或双引号里的反斜杠写法不对"+wide)
	case explained:
	case strings.Contains(text, "："):
		r.problem(line, "用了全角冒号“：”，请改成半角冒号加一个空格“: ”")
	case has("simple key"):
		r.problem(line, "这一行缺少冒号，应当写成“键: 值”，冒号后有一个空格")
	case has("flow "):
		r.problem(line, "方括号、花括号或引号没有成对，或里面少了逗号"+wide)
	case has("mapping values are not allowed"):
		r.problem(line, "冒号用错了地方：值里有冒号时要加引号；也可能是这一行或上一行的缩进、冒号后的空格不对")
	case has("cannot start any token"):
		r.problem(line, "值不能以这个符号开头，请给整个值加上引号")
	default:
		r.problem(line, "写法不合 YAML 规则，请检查这一行和上一行的缩进、冒号、引号和括号")
	}
}

// quoted is a text in quotes, where full-width signs are no mistake.
var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

// lineOf is the text of a line, from 1.
func lineOf(data []byte, line int) string {
	for i := 1; i < line; i++ {
		_, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return ""
		}
		data = rest
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	return string(first)
}

// isNull reports whether n is a key without a value, which counts as not written.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
