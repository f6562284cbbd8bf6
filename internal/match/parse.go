package match

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on a query; far above real use.
const (
	maxQuery = 20_000 // runes
	maxDepth = 40     // brackets and NOTs inside one another
	maxNear  = 200    // characters
)

// queryError is what is wrong with a query, and where.
type queryError struct {
	at  int // characters from 0
	msg string
}

func (e *queryError) Error() string { return fmt.Sprintf("第 %d 字：%s", e.at+1, e.msg) }

// parseQuery reads a query. Lists are what @name may refer to. The error is a
// *queryError, the first that was met.
func parseQuery(src string, lists Lists) (root *expr, err error) {
	p := &queryParser{lists: lists}
	defer func() {
		if e, ok := recover().(*queryError); ok {
			root, err = nil, e
		} else if e != nil {
			panic(e)
		}
	}()
	if utf8.RuneCountInString(src) > maxQuery {
		p.fail(0, "查询超过 %d 个字，请把词放进词表", maxQuery)
	}
	p.tokens = p.lex([]rune(src))
	if p.peek().kind == tokEnd {
		p.fail(0, "查询是空的，请写上要找的词")
	}
	root = p.or(prose, 0)
	if t := p.peek(); t.kind != tokEnd {
		p.unexpected(t, " AND、OR、NOT、NEAR/8 这样的连接词，或者结束")
	}
	return root, nil
}

type tokKind uint8

const (
	tokEnd tokKind = iota
	tokOpen
	tokClose
	tokComma
	tokAnd
	tokOr
	tokNot
	tokNear
	tokOf    // 2 OF
	tokField // title:
	tokTerm
)

type lexeme struct {
	kind   tokKind
	at     int
	text   string // as written
	n      int    // of tokNear, tokOf
	order  bool   // of tokNear: ONEAR
	fields fieldSet
	term   term
}

type queryParser struct {
	lists  Lists
	tokens []lexeme
	next   int
}

// fail ends the parsing; parseQuery recovers.
func (p *queryParser) fail(at int, format string, args ...any) {
	panic(&queryError{at, fmt.Sprintf(format, args...)})
}

func (p *queryParser) unexpected(t lexeme, want string) {
	if t.kind == tokEnd {
		p.fail(t.at, "查询没有写完，这里还要有%s", want)
	}
	advice := ""
	if t.kind == tokTerm {
		advice = "。如果几个词是一个说法，请用引号括起来"
		if slices.Contains([]string{"AND", "OR", "NOT", "OF"}, strings.ToUpper(t.text)) {
			advice = "。连接词要大写"
		}
	}
	p.fail(t.at, "看到“%s”，这里应当是%s%s", cutShort(t.text), want, advice)
}

func (p *queryParser) peek() lexeme { return p.tokens[p.next] }

func (p *queryParser) take() lexeme {
	t := p.tokens[p.next]
	if t.kind != tokEnd {
		p.next++
	}
	return t
}

const (
	opens  = "(（"
	closes = ")）"
	commas = ",，、"
	quotes = "\"“”「」『』＂"
)

var (
	fieldPattern = regexp.MustCompile(`^(?i)(title|text|author|source|url|标题|正文|作者|来源|网址)[:：]`)
	nearPattern  = regexp.MustCompile(`^(O?)NEAR/([0-9]{1,4})$`)
)

// lex cuts a query into tokens; the last is a tokEnd.
func (p *queryParser) lex(src []rune) []lexeme {
	var out []lexeme
	for i := 0; i < len(src); {
		r := src[i]
		t := lexeme{at: i, text: string(r)}
		switch {
		case unicode.IsSpace(r) || factsOf(r).class == invisible:
			i++
			continue
		case strings.ContainsRune(opens, r):
			t.kind = tokOpen
		case strings.ContainsRune(closes, r):
			t.kind = tokClose
		case strings.ContainsRune(commas, r):
			t.kind = tokComma
		default:
			t, i = p.word(src, i)
			out = append(out, t)
			continue
		}
		out = append(out, t)
		i++
	}
	out = append(out, lexeme{kind: tokEnd, at: len(src)})
	for i := 0; i+1 < len(out); i++ { // 2 OF
		if n, err := strconv.Atoi(out[i].text); err == nil && n >= 0 && out[i+1].text == "OF" {
			out[i].kind, out[i].n = tokOf, n
			out = append(out[:i+1], out[i+2:]...)
		}
	}
	return out
}

// word reads an operator, a field's name, or a term with its sign.
func (p *queryParser) word(src []rune, i int) (lexeme, int) {
	start := i
	end := i
	for end < len(src) && !p.endsWord(src[end]) {
		end++
	}
	text := string(src[i:end])
	t := lexeme{at: start, text: text}
	if f := fieldPattern.FindString(text); f != "" {
		t.kind, t.text = tokField, f
		t.fields = fieldOf(strings.TrimRight(f, ":："))
		return t, i + utf8.RuneCountInString(f)
	}
	switch m := nearPattern.FindStringSubmatch(text); {
	case text == "AND" || text == "与":
		t.kind = tokAnd
		return t, end
	case text == "OR" || text == "或":
		t.kind = tokOr
		return t, end
	case text == "NOT" || text == "非":
		t.kind = tokNot
		return t, end
	case m != nil:
		t.kind, t.order = tokNear, m[1] != ""
		if t.n, _ = strconv.Atoi(m[2]); t.n > maxNear {
			p.fail(start, "“%s”的字数太大，最多 %d", text, maxNear)
		}
		return t, end
	case text == "NEAR" || text == "ONEAR" || strings.HasPrefix(text, "NEAR/") || strings.HasPrefix(text, "ONEAR/"):
		p.fail(start, "“%s”后面要写斜杠和字数，例如 NEAR/8", cutShort(text))
	}
	t.kind = tokTerm
	t.term.mode, text = splitMode(text)
	i += utf8.RuneCountInString(t.term.mode.sign())
	if i < len(src) && text == "" && strings.ContainsRune(quotes, src[i]) {
		return p.phrase(src, t, i)
	}
	t.term.text, t.term.list = strings.CutPrefix(text, "@")
	p.checkTerm(t.term, start)
	return t, end
}

// endsWord tells whether a rune ends a word that stands without quotation marks.
func (p *queryParser) endsWord(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(opens+closes+commas+quotes, r)
}

// phrase reads what stands in quotation marks; any mark closes any other.
func (p *queryParser) phrase(src []rune, t lexeme, i int) (lexeme, int) {
	end := i + 1
	for end < len(src) && !strings.ContainsRune(quotes, src[end]) {
		end++
	}
	if end == len(src) {
		p.fail(i, "引号没有配对，请在词的后面补上引号")
	}
	t.text = string(src[t.at : end+1])
	t.term.text, t.term.phrase = strings.TrimSpace(string(src[i+1:end])), true
	p.checkTerm(t.term, t.at)
	return t, end + 1
}

func (p *queryParser) checkTerm(t term, at int) {
	if t.list {
		if err := checkName(t.text); err != nil {
			p.fail(at, "@ 后面要写词表的名字：%v", err)
		}
		if _, ok := p.lists.Words(t.text); !ok {
			p.fail(at, "没有叫“%s”的词表，请检查名字，或在词表文件夹新建 %s.txt", cutShort(t.text), cutShort(t.text))
		}
		return
	}
	text := t.text
	if t.phrase {
		text = closeUp(text)
	}
	if err := checkWord(text); err != nil {
		p.fail(at, "%v", err)
	}
}

func fieldOf(name string) fieldSet {
	for i, f := range fields {
		if strings.EqualFold(name, string(f)) || name == fieldNames[f] {
			return 1 << i
		}
	}
	return 0
}

func (p *queryParser) or(fs fieldSet, depth int) *expr {
	at := p.peek().at
	kids := []*expr{p.and(fs, depth)}
	for p.peek().kind == tokOr {
		p.take()
		kids = append(kids, p.and(fs, depth))
	}
	n := join(opOr, kids)
	n.at = at
	return n
}

func (p *queryParser) and(fs fieldSet, depth int) *expr {
	at := p.peek().at
	kids := []*expr{p.not(fs, depth)}
	for {
		switch p.peek().kind {
		case tokAnd:
			p.take()
		case tokNot: // A NOT B is A AND NOT B
		default:
			n := join(opAnd, kids)
			n.at = at
			return n
		}
		kids = append(kids, p.not(fs, depth))
	}
}

func (p *queryParser) not(fs fieldSet, depth int) *expr {
	if t := p.peek(); t.kind == tokNot {
		p.take()
		p.deep(t, depth)
		return &expr{op: opNot, at: t.at, kids: []*expr{p.not(fs, depth+1)}}
	}
	return p.near(fs, depth)
}

func (p *queryParser) near(fs fieldSet, depth int) *expr {
	left := p.primary(fs, depth)
	for p.peek().kind == tokNear {
		t := p.take()
		right := p.primary(fs, depth)
		for _, side := range []*expr{left, right} {
			if !side.hasPlace() {
				p.fail(side.at, "%s 的两边只能是词、词表，或用 OR 连起来的词", t.text)
			}
		}
		n := &expr{op: opNear, n: t.n, at: left.at, kids: []*expr{left, right}}
		if t.order {
			n.op = opONear
		}
		left = n
	}
	return left
}

// hasPlace tells whether what a node finds stands at some place of a text.
func (n *expr) hasPlace() bool {
	switch n.op {
	case opTerm, opNear, opONear:
		return true
	case opOr:
		for _, k := range n.kids {
			if !k.hasPlace() {
				return false
			}
		}
		return true
	}
	return false
}

func (p *queryParser) primary(fs fieldSet, depth int) *expr {
	switch t := p.take(); t.kind {
	case tokOpen:
		p.deep(t, depth)
		n := p.or(fs, depth+1)
		p.close(t)
		return n
	case tokOf:
		return p.of(t, fs, depth)
	case tokField:
		if fs != prose {
			p.fail(t.at, "“%s”已经在另一个字段的括号里了，请写到括号外面", t.text)
		}
		if next := p.peek(); next.kind != tokTerm && next.kind != tokOpen {
			p.unexpected(next, "要在“"+t.text+"”里找的词，或左括号")
		}
		return p.primary(t.fields, depth)
	case tokTerm:
		t.term.fields = fs
		return &expr{op: opTerm, term: t.term, at: t.at}
	default:
		p.unexpected(t, "一个词、@词表或左括号")
	}
	return nil
}

// of reads the brackets behind “2 OF”.
func (p *queryParser) of(t lexeme, fs fieldSet, depth int) *expr {
	p.deep(t, depth)
	open := p.take()
	if open.kind != tokOpen {
		p.unexpected(open, "左括号，例如 2 OF (停水, 断水, 缺水)")
	}
	n := &expr{op: opOf, n: t.n, at: t.at, kids: []*expr{p.or(fs, depth+1)}}
	for p.peek().kind == tokComma {
		p.take()
		n.kids = append(n.kids, p.or(fs, depth+1))
	}
	p.close(open)
	most := 0
	for _, k := range n.kids {
		most++
		if k.op == opTerm && k.term.list {
			words, _ := p.lists.Words(k.term.text)
			most += len(words) - 1
		}
	}
	if n.n < 1 || n.n > most {
		p.fail(t.at, "括号里有 %d 项，OF 前面的数要在 1 到 %d 之间", most, most)
	}
	return n
}

func (p *queryParser) close(open lexeme) {
	if t := p.take(); t.kind != tokClose {
		if t.kind == tokEnd {
			p.fail(open.at, "这个左括号没有配对，请补上右括号")
		}
		p.unexpected(t, "右括号，或 AND、OR、NOT、NEAR/8 这样的连接词")
	}
}

func (p *queryParser) deep(t lexeme, depth int) {
	if depth >= maxDepth {
		p.fail(t.at, "括号套得太深，最多 %d 层", maxDepth)
	}
}
