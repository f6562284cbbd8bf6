package match

import (
	"fmt"
	"slices"
	"strings"
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
		switch r := recover().(type) {
		case nil:
		case *queryError:
			root, err = nil, r
		default:
			panic(r)
		}
	}()
	if utf8.RuneCountInString(src) > maxQuery {
		p.fail(0, "查询超过 %d 个字，请把词放进词表", maxQuery)
	}
	p.lexemes = p.lex([]rune(src))
	if p.peek().kind == lexEnd {
		p.fail(0, "查询是空的，请写上要找的词")
	}
	root = p.or(prose, 0)
	if t := p.peek(); t.kind != lexEnd {
		p.unexpected(t, " AND、OR、NOT、NEAR/8 这样的连接词，或者结束")
	}
	return root, nil
}

type queryParser struct {
	lists   Lists
	lexemes []lexeme
	next    int
}

// fail ends the parsing; parseQuery recovers.
func (p *queryParser) fail(at int, format string, args ...any) {
	panic(&queryError{at, fmt.Sprintf(format, args...)})
}

func (p *queryParser) unexpected(t lexeme, want string) {
	if t.kind == lexEnd {
		p.fail(t.at, "查询没有写完，这里还要有%s", want)
	}
	advice := ""
	if t.kind == lexTerm {
		advice = "。如果几个词是一个说法，请用引号括起来"
		if upper := strings.ToUpper(narrow(t.text)); nearPattern.MatchString(upper) || slices.Contains([]string{"AND", "OR", "NOT", "OF"}, upper) {
			advice = "。连接词要大写：" + upper
		}
	}
	p.fail(t.at, "看到“%s”，这里应当是%s%s", cutShort(t.text), want, advice)
}

func (p *queryParser) peek() lexeme { return p.lexemes[p.next] }

func (p *queryParser) take() lexeme {
	t := p.lexemes[p.next]
	if t.kind != lexEnd {
		p.next++
	}
	return t
}

func (p *queryParser) or(fs fieldSet, depth int) *expr {
	at := p.peek().at
	kids := []*expr{p.and(fs, depth)}
	for p.peek().kind == lexOr {
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
		case lexAnd:
			p.take()
		case lexNot: // A NOT B is A AND NOT B
		default:
			n := join(opAnd, kids)
			n.at = at
			return n
		}
		kids = append(kids, p.not(fs, depth))
	}
}

func (p *queryParser) not(fs fieldSet, depth int) *expr {
	if t := p.peek(); t.kind == lexNot {
		p.take()
		p.deep(t, depth)
		return &expr{op: opNot, at: t.at, kids: []*expr{p.not(fs, depth+1)}}
	}
	return p.near(fs, depth)
}

func (p *queryParser) near(fs fieldSet, depth int) *expr {
	left := p.primary(fs, depth)
	if p.peek().kind != lexNear {
		return left
	}
	t := p.take()
	n := &expr{op: opNear, n: t.n, at: left.at, kids: []*expr{left, p.primary(fs, depth)}}
	if t.order {
		n.op = opONear
	}
	for _, side := range n.kids {
		if !side.isWords() {
			p.fail(side.at, "%s 的两边只能是词、词表，或用 OR 连起来的词", t.text)
		}
	}
	if again := p.peek(); again.kind == lexNear {
		p.fail(again.at, "NEAR 不能接着 NEAR，请分开写，例如 甲 NEAR/8 乙 AND 乙 NEAR/8 丙")
	}
	return n
}

// isWords tells whether a node is a word, a list, or such ones joined by OR.
func (n *expr) isWords() bool {
	return n.op == opTerm || n.op == opOr && !slices.ContainsFunc(n.kids, func(k *expr) bool { return !k.isWords() })
}

func (p *queryParser) primary(fs fieldSet, depth int) *expr {
	switch t := p.take(); t.kind {
	case lexOpen:
		p.deep(t, depth)
		n := p.or(fs, depth+1)
		p.close(t)
		return n
	case lexOf:
		return p.of(t, fs, depth)
	case lexField:
		if fs != prose {
			p.fail(t.at, "“%s”已经在另一个字段的括号里了，请写到括号外面", t.text)
		}
		if next := p.peek(); next.kind != lexTerm && next.kind != lexOpen {
			p.unexpected(next, "“"+t.text+"”要找的词，或左括号")
		}
		return p.primary(t.fields, depth)
	case lexTerm:
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
	if open.kind != lexOpen {
		p.unexpected(open, "左括号，例如 2 OF (停水, 断水, 缺水)")
	}
	n := &expr{op: opOf, n: t.n, at: t.at, kids: []*expr{p.or(fs, depth+1)}}
	for p.peek().kind == lexComma {
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
	if t := p.take(); t.kind != lexClose {
		if t.kind == lexEnd {
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
