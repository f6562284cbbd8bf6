package botapi

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// entityOfTag says which entity an HTML tag makes. <a>, <span>, <pre>, <code> and
// <blockquote> need a closer look and are handled in entity.
var entityOfTag = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"span": "spoiler", "tg-spoiler": "spoiler", "a": "text_link",
	"code": "code", "pre": "pre", "blockquote": "blockquote",
}

// htmlParser reads Telegram's HTML: a few tags, four named character references and
// the numeric ones. An & that begins none of them stands for itself, and so does >.
// Offsets in its errors are bytes, as at Telegram.
type htmlParser struct {
	in       string
	pos      int
	out      strings.Builder
	units    int // UTF-16 units written to out
	open     []openTag
	entities []Entity
	broken   bool // a reference to half of a surrogate pair was seen
}

// syntaxError is an error in Telegram's words, which begin with a capital.
func syntaxError(format string, args ...any) error {
	return badHTML(fmt.Sprintf(format, args...))
}

type badHTML string

func (e badHTML) Error() string { return string(e) }

type openTag struct {
	name  string
	arg   string // href, language, or the word "expandable"
	units int    // where its text begins, in UTF-16 units
	bytes int    // the same in bytes of out
}

// parseHTML returns the text without markup, and its entities. Its error reads like
// Telegram's, without "can't parse entities: ".
func parseHTML(in string) (string, []Entity, error) {
	p := &htmlParser{in: in}
	for p.pos < len(in) {
		var err error
		switch {
		case strings.HasPrefix(in[p.pos:], "</"):
			err = p.closeTag()
		case in[p.pos] == '<':
			err = p.openTag()
		default:
			p.char()
		}
		if err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, syntaxError("Can't find end tag corresponding to start tag \"%s\"", p.open[n-1].name)
	}
	if p.broken {
		return "", nil, syntaxError("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units")
	}
	return p.out.String(), p.entities, nil
}

// char moves one character to the output, decoding a reference.
func (p *htmlParser) char() {
	r, size := reference(p.in[p.pos:])
	if size == 0 {
		r, size = utf8.DecodeRuneInString(p.in[p.pos:])
	}
	if r >= 0xD800 && r <= 0xDFFF {
		p.broken = true
	}
	p.pos += size
	p.units += units(r)
	p.out.WriteRune(r)
}

// reference decodes a character reference at the start of s and says how many bytes
// it takes; 0 bytes if there is none that Telegram knows.
func reference(s string) (rune, int) {
	if len(s) < 2 || s[0] != '&' {
		return 0, 0
	}
	end, code := 1, 0
	if s[1] == '#' {
		base := 10
		if end = 2; end < len(s) && s[end] == 'x' {
			base, end = 16, 3
		}
		for end < len(s) && end < 10 && digit(s[end]) < base {
			code = code*base + digit(s[end])
			end++
		}
		if code == 0 || code >= 0x10ffff || end >= 10 {
			return 0, 0
		}
	} else {
		for end < len(s) && (s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
			end++
		}
		named := map[string]int{"lt": '<', "gt": '>', "amp": '&', "quot": '"'}
		if code = named[s[1:end]]; code == 0 {
			return 0, 0
		}
	}
	if end < len(s) && s[end] == ';' {
		end++
	}
	return rune(code), end
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return 99
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == 0
}

// peek is the next byte, or 0 at the end.
func (p *htmlParser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

// until moves on to the next space or one of the stop bytes, and returns what it passed.
func (p *htmlParser) until(stops string) string {
	from := p.pos
	for p.pos < len(p.in) && !isSpace(p.in[p.pos]) && strings.IndexByte(stops, p.in[p.pos]) < 0 {
		p.pos++
	}
	return p.in[from:p.pos]
}

func (p *htmlParser) spaces() {
	for p.pos < len(p.in) && isSpace(p.in[p.pos]) {
		p.pos++
	}
}

func (p *htmlParser) openTag() error {
	begin := p.pos
	p.pos++
	name := strings.ToLower(p.until(">"))
	if p.pos == len(p.in) {
		return syntaxError("Unclosed start tag at byte offset %d", begin)
	}
	if entityOfTag[name] == "" {
		return syntaxError("Unsupported start tag \"%s\" at byte offset %d", name, begin)
	}
	arg := ""
	for {
		p.spaces()
		if p.peek() == '>' {
			break
		}
		attribute, value, err := p.attribute(name, begin)
		if err != nil {
			return err
		}
		switch {
		case name == "a" && attribute == "href":
			arg = value
		case name == "code" && attribute == "class" && strings.HasPrefix(value, "language-"):
			arg = strings.TrimPrefix(value, "language-")
		case name == "span" && attribute == "class" && strings.HasPrefix(value, "tg-"):
			arg = strings.TrimPrefix(value, "tg-")
		case name == "blockquote" && attribute == "expandable":
			arg = attribute
		}
	}
	if name == "span" && arg != "spoiler" {
		return syntaxError("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin)
	}
	p.pos++
	p.open = append(p.open, openTag{name: name, arg: arg, units: p.units, bytes: p.out.Len()})
	return nil
}

// attribute reads one attribute of the tag that begins at byte begin; its value may
// be missing, a name token, or a quoted string.
func (p *htmlParser) attribute(tag string, begin int) (name, value string, err error) {
	if name = p.until("=>/\"'"); name == "" {
		return "", "", syntaxError("Empty attribute name in the tag \"%s\" at byte offset %d", tag, begin)
	}
	p.spaces()
	if p.peek() == '=' {
		p.pos++
		p.spaces()
		if p.pos < len(p.in) {
			value, err = p.value()
		}
	}
	if err == nil && p.pos == len(p.in) {
		err = syntaxError("Unclosed start tag \"%s\" at byte offset %d", tag, begin)
	}
	return name, value, err
}

func (p *htmlParser) value() (string, error) {
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		begin := p.pos
		for p.pos < len(p.in) && (digit(p.in[p.pos]) < 10 || p.in[p.pos]|0x20 >= 'a' && p.in[p.pos]|0x20 <= 'z' ||
			p.in[p.pos] == '.' || p.in[p.pos] == '-') {
			p.pos++
		}
		if p.pos < len(p.in) && !isSpace(p.in[p.pos]) && p.in[p.pos] != '>' {
			return "", syntaxError("Unexpected end of name token at byte offset %d", begin)
		}
		return strings.ToLower(p.in[begin:p.pos]), nil
	}
	p.pos++
	var value strings.Builder
	for p.pos < len(p.in) && p.in[p.pos] != quote {
		if r, size := reference(p.in[p.pos:]); size > 0 {
			value.WriteRune(r)
			p.pos += size
			continue
		}
		value.WriteByte(p.in[p.pos])
		p.pos++
	}
	if p.pos < len(p.in) {
		p.pos++
	}
	return value.String(), nil
}

func (p *htmlParser) closeTag() error {
	begin := p.pos
	if len(p.open) == 0 {
		return syntaxError("Unexpected end tag at byte offset %d", begin)
	}
	p.pos += 2
	name := strings.ToLower(p.until(">"))
	p.spaces()
	if p.peek() != '>' {
		return syntaxError("Unclosed end tag at byte offset %d", begin)
	}
	p.pos++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return syntaxError("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.units > tag.units {
		p.entity(tag)
	}
	return nil
}

// entity adds what the tag, now closed, stands for. A link to nowhere is plain text;
// <pre> right around <code class="language-…"> is one block in that language.
func (p *htmlParser) entity(tag openTag) {
	e := Entity{Type: entityOfTag[tag.name], Offset: tag.units, Length: p.units - tag.units}
	switch tag.name {
	case "a":
		link := tag.arg
		if link == "" {
			link = p.out.String()[tag.bytes:]
		}
		if e.URL = checkedLink(link); e.URL == "" {
			return
		}
	case "blockquote":
		if tag.arg != "" {
			e.Type = "expandable_blockquote"
		}
	case "code":
		e.Language = tag.arg // of use only to a <pre> around it; dropped by tidy otherwise
	case "pre":
		if n := len(p.entities); n > 0 {
			inner := p.entities[n-1]
			if inner.Type == "code" && inner.Offset == e.Offset && inner.Length == e.Length {
				e.Language = inner.Language
				p.entities = p.entities[:n-1]
			}
		}
	}
	p.entities = append(p.entities, e)
}
