package match

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Paint colours a piece of text by what it says: good, bad or faint.
type Paint func(kind, text string) string

// Plain is the Paint without colours.
func Plain(_, text string) string { return text }

// Write is the explanation for a person to read: the sentences in which something was
// found, cut into words, with each word that counts or not and why; and the topics
// with the truth of their queries.
func (e Explanation) Write(paint Paint) string {
	var b strings.Builder
	for _, s := range e.Sentences {
		b.WriteString(s.Field.label() + "：" + s.line(paint) + "\n")
		for _, line := range s.verdicts(paint) {
			b.WriteString("  " + line + "\n")
		}
	}
	if len(e.Sentences) == 0 {
		b.WriteString("没有找到专题要的词。全文是这样断开的：" + strings.Join(e.Cut, paint("faint", " / ")) + "\n")
	}
	refused := func(p Place) bool { return !p.Accepted && len(p.Topics) > 0 }
	if slices.ContainsFunc(e.Sentences, func(s Sentence) bool { return slices.ContainsFunc(s.Places, refused) }) {
		b.WriteString(paint("faint", "（不算的词如果应当算：把连着前后字的整个说法写进词表；或在词前面写 ~，出现就算。）") + "\n")
	}
	b.WriteString("\n")
	fired := func(raises bool) bool {
		return slices.ContainsFunc(e.Topics, func(d Decision) bool { return d.Fired && (d.Raises != "") == raises })
	}
	switch {
	case fired(false):
	case fired(true):
		b.WriteString("没有专题命中，只有提级的：不立单。\n")
	default:
		b.WriteString("没有专题命中。\n")
	}
	for _, d := range e.Topics {
		switch {
		case d.Fired:
			b.WriteString(paint("good", "✓ 命中 "+d.Topic.Label()) + "\n")
		case d.Near:
			b.WriteString(paint("bad", "✗ 差一点 "+d.Topic.Label()) + "\n")
		default:
			b.WriteString(paint("bad", "✗ 没有命中 "+d.Topic.Label()) + "\n")
		}
		d.Truth.write(&b, paint, "  ")
	}
	return b.String()
}

// line shows how a sentence was cut.
func (s Sentence) line(paint Paint) string {
	if s.Cut == nil {
		return paint("faint", "（这一栏不断词）")
	}
	return strings.Join(s.Cut, paint("faint", " / "))
}

// verdicts says for each word of a sentence, and each different fate of it, whether
// it counts and why.
func (s Sentence) verdicts(paint Paint) []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range s.Places {
		key := p.Word.Text + "\n" + p.Reason
		if seen[key] {
			continue
		}
		seen[key] = true
		mark := paint("good", "✓ 算  "+p.Word.Text)
		if !p.Accepted {
			mark = paint("bad", "✗ 不算 "+p.Word.Text)
		}
		line := fmt.Sprintf("%s（第 %d 字）：%s", mark, p.Char, p.Reason)
		if len(p.Topics) > 0 {
			line += paint("faint", "；专题："+strings.Join(p.Topics, "、"))
		} else {
			line += paint("faint", "；是排除词")
		}
		out = append(out, line)
	}
	return out
}

var opWords = map[string]string{"and": "都要成立", "or": "有其一", "not": "不能有"}

// write writes one part of a query, what is below it further in.
func (t Truth) write(b *strings.Builder, paint Paint, indent string) {
	mark := paint("good", "✓")
	if !t.Holds {
		mark = paint("bad", "✗")
	}
	what := opWords[t.Op]
	parts := t.Parts
	switch {
	case t.Op == "not" && len(parts) == 1 && parts[0].Op == "or":
		parts = parts[0].Parts
	case t.Op == "not" || t.Op == "and" || t.Op == "or":
	default:
		what, parts = brief(t.Text), nil
	}
	found := t.Found
	if len(parts) > 0 && !slices.ContainsFunc(parts, func(p Truth) bool { return p.Op != "term" }) && t.Op != "and" {
		names := make([]string, len(parts)) // words and lists: on one line
		for i, p := range parts {
			names[i] = p.Text
			found = append(found, p.Found...)
		}
		what, parts = what+"："+brief(strings.Join(names, "、")), nil
	}
	fmt.Fprintf(b, "%s%s %s", indent, mark, what)
	switch {
	case len(found) > 0:
		fmt.Fprintf(b, " → %s", places(found))
	case len(parts) == 0:
		b.WriteString(paint("faint", " → 没有"))
	}
	b.WriteString("\n")
	for _, p := range parts {
		p.write(b, paint, indent+"  ")
	}
}

// places names words, each once, with the field of the first place.
func places(words []Word) string {
	const most = 6
	var out []string
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w.Text] {
			continue
		}
		if seen[w.Text] = true; len(out) == most {
			return strings.Join(out, "、") + " 等"
		}
		out = append(out, w.Text+"（"+w.Field.label()+"）")
	}
	return strings.Join(out, "、")
}

// brief cuts what is long in a line.
func brief(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// label is the field as a reader knows it.
func (f Field) label() string { return fieldNames[f] }

func joinWords(words []string) string { return strings.Join(words, "|") }
