package chat

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	linkTag = regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a>`)
	tag     = regexp.MustCompile(`<[^>]*>`)
)

// Plain makes plain text of Telegram's HTML. The address of a link stays.
func Plain(s string) string {
	return html.UnescapeString(tag.ReplaceAllString(linkTag.ReplaceAllString(s, "$2：$1"), ""))
}

// maxMessage is the longest text that Telegram takes, in characters without the tags.
const maxMessage = 4096

const tooLong = "（太长了，后面的没有显示）"

// fit shortens a text that Telegram would refuse. It keeps whole lines, because a tag
// ends on the line where it begins, and the start of the next without its tags.
func fit(text string) string {
	visible := func(s string) int { return utf8.RuneCountInString(html.UnescapeString(tag.ReplaceAllString(s, ""))) }
	if visible(text) <= maxMessage {
		return text
	}
	room := maxMessage - 1 - utf8.RuneCountInString(tooLong) // 1 for the ellipsis
	var b strings.Builder
	for line := range strings.Lines(text) {
		n := visible(line)
		if n > room {
			b.WriteString(html.EscapeString(cut(Plain(line), max(room, 1))))
			break
		}
		room -= n
		b.WriteString(line)
	}
	return b.String() + tooLong
}
