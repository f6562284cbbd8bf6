package botapi

import (
	"html"
	"slices"
	"strings"
	"unicode/utf16"
)

// HTML renders the message's text for a web page: everything is escaped, and only
// the tags of Telegram's HTML are used. Line breaks stay as they are.
func (m Message) HTML() string {
	r := renderer{text: utf16.Encode([]rune(m.Text))}
	list := slices.Clone(m.Entities)
	sortEntities(list)
	r.write(0, len(r.text), list)
	return r.out.String()
}

// part is the text that an entity of the message covers.
func (m *Message) part(e Entity) string {
	return string(utf16.Decode(utf16.Encode([]rune(m.Text))[e.Offset:e.end()]))
}

type renderer struct {
	text []uint16
	out  strings.Builder
}

func (r *renderer) plain(from, to int) {
	r.out.WriteString(html.EscapeString(string(utf16.Decode(r.text[from:to]))))
}

// write renders text[from:to] with its entities, which are sorted and lie inside.
// Of two that overlap, one is split: a style where the other begins or ends, so that
// a link or a quotation stays in one piece.
func (r *renderer) write(from, to int, list []Entity) {
	for len(list) > 0 {
		e := list[0]
		var inner, later []Entity
		if i := slices.IndexFunc(list, func(o Entity) bool {
			return rank[e.Type] >= styleRank && rank[o.Type] < styleRank && o.Offset < e.end() && o.end() > e.end()
		}); i > 0 {
			rest := e
			rest.Offset, rest.Length = list[i].Offset, e.end()-list[i].Offset
			e.Length = rest.Offset - e.Offset
			later = append(later, rest)
		}
		for _, o := range list[1:] {
			switch {
			case o.Offset >= e.end():
				later = append(later, o)
			case o.end() <= e.end():
				inner = append(inner, o)
			default:
				first, rest := o, o
				first.Length = e.end() - o.Offset
				rest.Offset, rest.Length = e.end(), o.end()-e.end()
				inner, later = append(inner, first), append(later, rest)
			}
		}
		sortEntities(inner)
		sortEntities(later)
		r.plain(from, e.Offset)
		open, shut := r.tags(e)
		r.out.WriteString(open)
		r.write(e.Offset, e.end(), inner)
		r.out.WriteString(shut)
		from, list = e.end(), later
	}
	r.plain(from, to)
}

func (r *renderer) tags(e Entity) (open, shut string) {
	simple := map[string]string{"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote"}
	switch link := e.URL; e.Type {
	case "url":
		link = string(utf16.Decode(r.text[e.Offset:e.end()]))
		fallthrough
	case "text_link":
		return `<a href="` + html.EscapeString(link) + `">`, "</a>"
	case "expandable_blockquote":
		return "<blockquote expandable>", "</blockquote>"
	case "pre":
		if e.Language != "" {
			return `<pre><code class="language-` + html.EscapeString(e.Language) + `">`, "</code></pre>"
		}
	}
	if tag := simple[e.Type]; tag != "" {
		return "<" + tag + ">", "</" + tag + ">"
	}
	return "", ""
}
