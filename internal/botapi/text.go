package botapi

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a text. The 4096 are Unicode characters, not UTF-16 units and not bytes:
// TDLib, which Telegram's own Bot API server is built on, refuses a bot's text by its
// number of code points. Only entity offsets count UTF-16 units.
const (
	maxText     = 4096
	maxRawText  = 1 << 15 // bytes before parsing
	maxEntities = 100     // Telegram ignores those beyond
)

// Entity is a stretch of a message's text that is special: bold, a link, a command…
type Entity struct {
	Type     string `json:"type"`   // as in the Bot API's MessageEntity
	Offset   int    `json:"offset"` // in UTF-16 units
	Length   int    `json:"length"` // in UTF-16 units
	URL      string `json:"url,omitempty"`
	Language string `json:"language,omitempty"`
}

func (e Entity) end() int { return e.Offset + e.Length }

// rank orders entities that cover the same stretch: the lower is the outer one. Those
// from styleRank on are styles, which may overlap anything but code.
const styleRank = 90

var rank = map[string]int{
	"blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49,
	"url": 50, "bot_command": 50, "mention": 50,
	"bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94,
}

func sortEntities(list []Entity) {
	slices.SortStableFunc(list, func(a, b Entity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length), cmp.Compare(rank[a.Type], rank[b.Type]))
	})
}

func units(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

func unitsOf(s string) int {
	n := 0
	for _, r := range s {
		n += units(r)
	}
	return n
}

// formatText turns what a bot sent into the text and entities people see, or says
// like Telegram why it cannot. entities (a JSON array) counts only without a mode.
func formatText(text, mode, entities string) (string, []Entity, error) {
	if text == "" {
		return "", nil, badRequest("message text is empty")
	}
	text, list, err := formatted(text, mode, entities)
	switch {
	case err != nil:
		return "", nil, err
	case text == "":
		return "", nil, badRequest("text must be non-empty")
	case utf8.RuneCountInString(text) > maxText:
		return "", nil, badRequest("message is too long")
	}
	return text, list, nil
}

// formatted is formatText without its limits: for a caption, which may be empty.
func formatted(text, mode, entities string) (string, []Entity, error) {
	switch {
	case len(text) > maxRawText:
		return "", nil, badRequest("text is too long")
	case !utf8.ValidString(text):
		return "", nil, badRequest("strings must be encoded in UTF-8")
	}
	var list []Entity
	var err error
	switch strings.ToLower(mode) {
	case "html":
		if text, list, err = parseHTML(text); err != nil {
			return "", nil, badRequest("can't parse entities: %v", err)
		}
	case "", "none":
		if list, err = readEntities(entities, text); err != nil {
			return "", nil, err
		}
	default: // Markdown is Telegram's too, but not this server's
		return "", nil, badRequest("unsupported parse_mode")
	}
	text, list = clean(text, list)
	return text, detect(text, tidy(list)), nil
}

func readEntities(raw, text string) ([]Entity, error) {
	if raw == "" {
		return nil, nil
	}
	var list []Entity
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return nil, badRequest("can't parse MessageEntity: %v", err)
	}
	at := 0
	starts := map[int]bool{0: true}
	for _, r := range text {
		at += units(r)
		starts[at] = true
	}
	kept := list[:0]
	for _, e := range list {
		if r, ok := rank[e.Type]; !ok || r == 50 {
			continue // Telegram finds these by itself (url, mention…), or it means nothing here
		}
		switch {
		case e.Offset < 0 || e.Offset > maxRawText:
			return nil, badRequest("receive an entity with incorrect offset %d", e.Offset)
		case e.Length < 0 || e.Length > maxRawText:
			return nil, badRequest("receive an entity with incorrect length %d", e.Length)
		case e.end() > at:
			return nil, badRequest("entity beginning at UTF-16 offset %d ends after the end of the text at UTF-16 offset %d", e.Offset, at)
		case !starts[e.Offset] || !starts[e.end()]:
			return nil, badRequest("entity beginning at UTF-16 offset %d is inside a character", e.Offset)
		}
		if e.Type == "text_link" {
			if e.URL = checkedLink(e.URL); e.URL == "" {
				return nil, badRequest("entity URL is invalid: Wrong HTTP URL")
			}
		}
		kept = append(kept, e)
	}
	return kept, nil
}

// tidy brings entities into the one form in which Telegram keeps them: links and code
// exclude one another (the first and longest stays), quotations do not nest, and a
// style is one stretch where it was several in a row, and is not inside code.
func tidy(list []Entity) []Entity {
	sortEntities(list)
	var kept, code []Entity
	styles := map[string][]Entity{}
	for _, e := range list {
		excludes := func(o Entity) bool { return o.end() > e.Offset && (rank[o.Type] == 0) == (rank[e.Type] == 0) }
		switch {
		case e.Length == 0:
		case rank[e.Type] >= styleRank:
			styles[e.Type] = append(styles[e.Type], e)
		case !slices.ContainsFunc(kept, excludes):
			kept = append(kept, e)
			if e.Type == "code" || e.Type == "pre" {
				code = append(code, e)
			}
		}
	}
	for _, stretches := range styles {
		kept = append(kept, without(joined(stretches), code)...)
	}
	sortEntities(kept)
	for i := range kept {
		if kept[i].Type != "text_link" {
			kept[i].URL = ""
		}
		if kept[i].Type != "pre" {
			kept[i].Language = ""
		}
	}
	return kept[:min(len(kept), maxEntities)]
}

// joined makes stretches that touch or overlap one. They are sorted and of one type.
func joined(list []Entity) []Entity {
	var out []Entity
	for _, e := range list {
		if n := len(out); n > 0 && e.Offset <= out[n-1].end() {
			out[n-1].Length = max(out[n-1].end(), e.end()) - out[n-1].Offset
			continue
		}
		out = append(out, e)
	}
	return out
}

// without cuts holes into stretches. Both are sorted and free of overlaps.
func without(list, holes []Entity) []Entity {
	var out []Entity
	for _, e := range list {
		end := e.end()
		for _, h := range holes {
			if h.Offset >= end || h.end() <= e.Offset {
				continue
			}
			if h.Offset > e.Offset {
				out = append(out, Entity{Type: e.Type, Offset: e.Offset, Length: h.Offset - e.Offset})
			}
			e.Offset = h.end()
		}
		if e.Length = end - e.Offset; e.Length > 0 {
			out = append(out, e)
		}
	}
	return out
}

// clean does to a text what Telegram does to every text: control characters become
// spaces or vanish, and blanks at both ends are cut. Entities move with their text.
func clean(text string, list []Entity) (string, []Entity) {
	var out strings.Builder
	moved := make([]int, 0, len(text)+1) // old UTF-16 offset → new one
	n := 0
	for _, r := range text {
		for range units(r) {
			moved = append(moved, n)
		}
		switch {
		case r == '\r' || r >= 0x2028 && r <= 0x202e || r == 0x333 || r == 0x33f || r == 0x30a:
			continue
		case r < ' ' && r != '\n':
			r = ' '
		}
		out.WriteRune(r)
		n += units(r)
	}
	moved = append(moved, n)

	text = strings.TrimRight(out.String(), " \n")
	end := unitsOf(text)
	kept := list[:0]
	for _, e := range list {
		from, to := moved[e.Offset], min(moved[e.end()], end)
		if e.Offset, e.Length = from, to-from; e.Length > 0 {
			kept = append(kept, e)
		}
	}
	sortEntities(kept)

	cut := len(text) - len(strings.TrimLeft(text, " \n")) // blanks are one byte and one unit each
	if len(kept) > 0 {
		cut = min(cut, kept[0].Offset) // as at Telegram, an entity keeps its blanks
	}
	for i := range kept {
		kept[i].Offset -= cut
	}
	return text[cut:], kept
}

var (
	reURL     = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"“”‘’，。；：！？、（）【】《》]+`)
	reMention = regexp.MustCompile(`\B@[A-Za-z][A-Za-z0-9_]{3,31}\b`)
	reCommand = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?:$|[^A-Za-z0-9_/@])`)
)

// detect adds the entities Telegram finds by itself. Of those, only commands, mentions
// and URLs with http:// or https:// are found here.
func detect(text string, list []Entity) []Entity {
	add := func(kind string, from, to int) {
		e := Entity{Type: kind, Offset: unitsOf(text[:from]), Length: unitsOf(text[from:to])}
		taken := slices.ContainsFunc(list, func(o Entity) bool {
			overlaps := e.Offset < o.end() && o.Offset < e.end()
			return overlaps && (o.Type == "text_link" || o.Type == "code" || o.Type == "pre" || o.Type == "url")
		})
		if !taken && len(list) < maxEntities {
			list = append(list, e)
		}
	}
	for _, m := range reURL.FindAllStringIndex(text, -1) {
		add("url", m[0], m[0]+len(strings.TrimRight(text[m[0]:m[1]], ".,;:!?)'")))
	}
	for from := 0; ; {
		m := reCommand.FindStringSubmatchIndex(text[from:])
		if m == nil {
			break
		}
		add("bot_command", from+m[2], from+m[3])
		from += m[3]
	}
	for _, m := range reMention.FindAllStringIndex(text, -1) {
		add("mention", m[0], m[1])
	}
	sortEntities(list)
	return list
}

// checkedLink returns the link in full, or "" if Telegram would not take it: a host
// without a dot, such as localhost, is none.
func checkedLink(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err == nil && u.Scheme == "" {
		u, err = url.Parse("http://" + strings.TrimSpace(link))
	}
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if !strings.ContainsAny(u.Hostname(), ".:") {
			return ""
		}
		if u.Path == "" {
			u.Path = "/"
		}
	case "tg", "ton", "tonsite":
		if u.Host == "" {
			return ""
		}
	default:
		return ""
	}
	return u.String()
}
