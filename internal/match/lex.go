package match

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexKind says what a lexeme is: a query is cut into brackets, commas, operators, names
// of fields, and terms.
type lexKind uint8

const (
	lexEnd lexKind = iota
	lexOpen
	lexClose
	lexComma
	lexAnd
	lexOr
	lexNot
	lexNear
	lexOf    // 2 OF
	lexField // title:
	lexTerm
)

// lexeme is one piece of a query.
type lexeme struct {
	kind   lexKind
	at     int    // characters from 0
	text   string // as written
	n      int    // of lexNear, lexOf
	order  bool   // of lexNear: ONEAR
	fields fieldSet
	term   term
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

// lex cuts a query into tokens; the last is a lexEnd.
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
			t.kind = lexOpen
		case strings.ContainsRune(closes, r):
			t.kind = lexClose
		case strings.ContainsRune(commas, r):
			t.kind = lexComma
		default:
			t, i = p.word(src, i)
			out = append(out, t)
			continue
		}
		out = append(out, t)
		i++
	}
	out = append(out, lexeme{kind: lexEnd, at: len(src)})
	for i := 0; i+1 < len(out); i++ { // 2 OF
		if n, err := strconv.Atoi(narrow(out[i].text)); err == nil && n >= 0 && narrow(out[i+1].text) == "OF" {
			out[i].kind, out[i].n = lexOf, n
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
	op := narrow(text)
	if f := fieldPattern.FindString(text); f != "" {
		t.kind, t.text = lexField, f
		t.fields = fieldOf(strings.TrimRight(f, ":："))
		return t, i + utf8.RuneCountInString(f)
	}
	switch m := nearPattern.FindStringSubmatch(op); {
	case op == "AND" || text == "与":
		t.kind = lexAnd
		return t, end
	case op == "OR" || text == "或":
		t.kind = lexOr
		return t, end
	case op == "NOT" || text == "非":
		t.kind = lexNot
		return t, end
	case m != nil:
		t.kind, t.order = lexNear, m[1] != ""
		if t.n, _ = strconv.Atoi(m[2]); t.n > maxNear {
			p.fail(start, "“%s”的字数太大，最多 %d", text, maxNear)
		}
		return t, end
	case op == "NEAR" || op == "ONEAR" || strings.HasPrefix(op, "NEAR/") || strings.HasPrefix(op, "ONEAR/"):
		p.fail(start, "“%s”后面要写斜杠和字数，例如 NEAR/8", cutShort(text))
	}
	t.kind = lexTerm
	t.term.mode, text = splitMode(text)
	if t.term.mode != asWord {
		i++
	}
	if i < len(src) && text == "" && strings.ContainsRune(quotes, src[i]) {
		return p.phrase(src, t, i)
	}
	t.term.text, t.term.list = cutAt(text)
	p.checkTerm(t.term, start)
	return t, end
}

// narrow makes full-width letters, digits and signs half-width.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if 0xFF01 <= r && r <= 0xFF5E {
			return r - 0xFEE0
		}
		return r
	}, s)
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
