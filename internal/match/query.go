package match

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A query is a boolean expression over words, as tools that listen for an office
// know it:
//
//	停水 AND (投诉 OR "没人 管") NOT 招聘      also written 与 或 非
//	停水 NEAR/8 投诉     within 8 characters in one sentence, either order
//	停水 ONEAR/8 投诉    in this order
//	@本地                one word of the list dict/本地.txt
//	2 OF (停水, 断水, @漏水)   at least two different words of these
//	title:停水 text: author: source: url:   also 标题: 正文: 作者: 来源: 网址:
//	=供水   only where the sentence has it as one word
//	~供水   anywhere, word or not
//
// NEAR binds closest, then NOT, AND, OR. The lists any, all and none of a topic
// are shorthand and compile to the same expression.

// op is what a node of a query does.
type op uint8

const (
	opTerm  op = iota
	opAnd      // every kid holds
	opOr       // some kid holds
	opNot      // its one kid does not hold
	opNear     // its two kids stand within n characters of each other
	opONear    // likewise, in this order
	opOf       // at least n of its kids
)

// expr is one part of a query.
type expr struct {
	op   op
	kids []*expr
	n    int   // see opNear, opOf
	term term  // of opTerm
	id   int32 // of opTerm: its place in Set.terms, once compiled
	at   int   // where it begins in the query, in characters from 0
}

// mode says how a word must stand in a sentence.
type mode uint8

const (
	asWord    mode = iota // by the boundary rule
	asToken               // =供水: exactly one word of the cut
	asPart                // ~供水: anywhere
	modeSigns = "=~"
)

// sign is how a mode is written before a word.
func (m mode) sign() string {
	if m == asWord {
		return ""
	}
	return modeSigns[m-1 : m]
}

// splitMode takes the sign of a mode off a word; full-width signs are signs too.
func splitMode(w string) (mode, string) {
	r, n := utf8.DecodeRuneInString(w)
	if i := strings.IndexRune(modeSigns, fold(r)); i >= 0 {
		return asToken + mode(i), w[n:]
	}
	return asWord, w
}

// cutAt takes the @ off the name of a list; a full-width one too.
func cutAt(w string) (name string, isList bool) {
	if rest, ok := strings.CutPrefix(w, "＠"); ok {
		return rest, true
	}
	return strings.CutPrefix(w, "@")
}

// term is a word, a phrase or a list.
type term struct {
	text   string // as written, without signs; a list's name
	list   bool
	mode   mode
	phrase bool // was in quotation marks
	fields fieldSet
}

// String is the term as it may be written in a query.
func (t term) String() string {
	text := t.text
	switch {
	case t.list:
		text = "@" + text
	case t.phrase:
		text = `"` + text + `"`
	}
	return t.fields.prefix() + t.mode.sign() + text
}

// modedWord is one word that a term looks for.
type modedWord struct {
	text   string // as written
	folded string
	mode   mode
}

// words lists what a term looks for. A phrase with blanks between letters and
// Chinese characters is looked for with and without them.
func (t term) words(lists Lists) []modedWord {
	if !t.list {
		words := []modedWord{{t.text, foldWord(t.text), t.mode}}
		if closed := foldWord(closeUp(t.text)); t.phrase && closed != words[0].folded {
			words = append(words, modedWord{t.text, closed, t.mode})
		}
		return words
	}
	raw, _ := lists.Words(t.text)
	words := make([]modedWord, 0, len(raw))
	for _, w := range raw {
		m, text := splitMode(w)
		if m == asWord {
			m = t.mode
		}
		words = append(words, modedWord{text, foldWord(text), m})
	}
	return words
}

// closeUp takes out the blanks of a phrase, but for those between Latin words.
func closeUp(phrase string) string {
	parts := strings.Fields(phrase)
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			before, _ := utf8.DecodeLastRuneInString(foldString(parts[i-1]))
			after, _ := utf8.DecodeRuneInString(foldString(p))
			if isLetterRun(before) && isLetterRun(after) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(p)
	}
	return b.String()
}

// String is the node as it may be written in a query.
func (n *expr) String() string {
	kids := make([]string, len(n.kids))
	for i, k := range n.kids {
		kids[i] = k.String()
		if k.op != opTerm && k.op != opNot && k.op != opOf {
			kids[i] = "(" + kids[i] + ")"
		}
	}
	switch n.op {
	case opAnd:
		return strings.Join(kids, " AND ")
	case opOr:
		return strings.Join(kids, " OR ")
	case opNot:
		return "NOT " + kids[0]
	case opNear:
		return fmt.Sprintf("%s NEAR/%d %s", kids[0], n.n, kids[1])
	case opONear:
		return fmt.Sprintf("%s ONEAR/%d %s", kids[0], n.n, kids[1])
	case opOf:
		return fmt.Sprintf("%d OF (%s)", n.n, strings.Join(kids, ", "))
	}
	return n.term.String()
}

// Outline shows how a topic's query was understood, a part to a line, each list with
// its size.
func (t *Topic) Outline(lists Lists) string {
	root, err := t.root(lists)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "专题 %s，在以下情况命中：\n", t.Label())
	root.outline(&b, lists, "  ")
	return b.String()
}

func (n *expr) outline(b *strings.Builder, lists Lists, indent string) {
	var terms []string
	for _, k := range n.kids {
		if k.op == opTerm {
			terms = append(terms, k.term.outline(lists))
		}
	}
	what := opWords[opNames[n.op]]
	switch {
	case n.op == opTerm:
		fmt.Fprintf(b, "%s%s\n", indent, n.term.outline(lists))
	case n.op == opNot && n.kids[0].op == opTerm:
		fmt.Fprintf(b, "%s%s：%s\n", indent, what, n.kids[0].term.outline(lists))
	case n.op == opNear || n.op == opONear || n.op == opOf:
		fmt.Fprintf(b, "%s%s\n", indent, n)
	case n.op == opOr && len(terms) == len(n.kids):
		fmt.Fprintf(b, "%s%s：%s\n", indent, what, strings.Join(terms, "、"))
	default:
		fmt.Fprintf(b, "%s%s：\n", indent, what)
		for _, k := range n.kids {
			k.outline(b, lists, indent+"  ")
		}
	}
}

func (t term) outline(lists Lists) string {
	if !t.list {
		return t.String()
	}
	words, _ := lists.Words(t.text)
	return fmt.Sprintf("%s（%d 个词）", t, len(words))
}

// each calls f for the node and all below it; negated tells whether it stands
// under an odd number of NOTs.
func (n *expr) each(negated bool, f func(n *expr, negated bool)) {
	f(n, negated)
	for _, k := range n.kids {
		k.each(negated != (n.op == opNot), f)
	}
}

// join makes one node of several.
func join(o op, kids []*expr) *expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return &expr{op: o, kids: kids}
}

// Field names the part of a post a word was found in.
type Field string

// The fields that are searched: where a query names none, the title and the text.
const (
	Title  Field = "title"
	Text   Field = "text"
	Author Field = "author"
	Source Field = "source"
	URL    Field = "url"
)

// fields are all the fields, in the order in which words are reported.
var fields = [...]Field{Title, Text, Author, Source, URL}

// fieldNames are the fields as users may write and read them.
var fieldNames = map[Field]string{Title: "标题", Text: "正文", Author: "作者", Source: "来源", URL: "网址"}

// rank is the field's place in fields.
func (f Field) rank() int { return slices.Index(fields[:], f) }

// isProse tells whether sentences stand in the field, so that words can be told
// apart in it; in the others a word is looked for anywhere.
func (f Field) isProse() bool { return f == Title || f == Text }

// fieldSet is a set of fields, a bit for each rank.
type fieldSet uint8

const prose fieldSet = 1<<0 | 1<<1

func (s fieldSet) has(f Field) bool { return s>>f.rank()&1 != 0 }

// prefix is how the set is written before a term.
func (s fieldSet) prefix() string {
	if s == prose {
		return ""
	}
	for i, f := range fields {
		if s == 1<<i {
			return string(f) + ":"
		}
	}
	return ""
}
