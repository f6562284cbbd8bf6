package match

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// origin is where a query stands in its file.
type origin struct {
	line, column int  // of its first character, from 1; column 0: not known
	indent       int  // characters before each further line
	exact        bool // a place in the query is a place in the file
}

// problem tells of a query's error at its place in the file.
func (o origin) problem(t *Topic, err error) Problem {
	pr := Problem{File: t.File, Line: max(o.line, t.Line), Msg: fmt.Sprintf("专题“%s”的查询：%v", cutShort(t.Name), err)}
	qe, ok := err.(*queryError)
	if !ok || !o.exact {
		return pr
	}
	runes := []rune(t.Query)
	pr.Line, pr.Col, pr.Msg = o.line, o.column, fmt.Sprintf("专题“%s”的查询：%s", cutShort(t.Name), qe.msg)
	for _, r := range runes[:qe.at] {
		if pr.Col++; r == '\n' {
			pr.Line, pr.Col = pr.Line+1, o.indent+1
		}
	}
	return pr
}

// query reads a query. A block (| or >) is taken from the file as it stands, so that
// a place in the query is a place in the file; unless YAML reads it otherwise.
func (r *reader) query(n *yaml.Node) (string, origin) {
	o := origin{line: n.Line}
	before := len(*r.ps)
	text := r.text(n, "query")
	if len(*r.ps) > before {
		return "", o
	}
	if text == "" {
		r.ps.add(r.file, n.Line, "query 是空的，请写上查询，或删掉这一行")
		return "", o
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		if block, indent := r.block(n.Line); slices.Equal(strings.Fields(block), strings.Fields(text)) {
			return block, origin{line: n.Line + 1, column: indent + 1, indent: indent, exact: true}
		}
		return text, o
	}
	if n.Line > len(r.lines) { // YAML knows more ends of lines than files have
		return text, o
	}
	line := []rune(r.lines[n.Line-1])
	for at := n.Column - 1; at >= 0 && at < len(line); at++ { // behind a quotation mark of YAML, if there is one
		if strings.HasPrefix(string(line[at:]), text) {
			o.column, o.exact = at+1, true
			break
		}
	}
	return text, o
}

// block returns the lines of the file below line (from 1) that stand further in than
// it, without their common indentation.
func (r *reader) block(line int) (text string, indent int) {
	if line > len(r.lines) {
		return "", 0
	}
	depth := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	outer := depth(strings.TrimPrefix(r.lines[line-1], "-"))
	var out []string
	for _, l := range r.lines[line:] {
		l = strings.TrimRight(l, "\r")
		switch blank := strings.TrimSpace(l) == ""; {
		case blank:
			out = append(out, "")
			continue
		case len(out) == 0 || indent == 0:
			indent = depth(l)
		}
		if depth(l) <= outer || depth(l) < indent {
			break
		}
		out = append(out, l[indent:])
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n "), indent
}
