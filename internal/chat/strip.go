package chat

import (
	"html"
	"regexp"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// strip makes plain text of Telegram's HTML.
func strip(s string) string { return html.UnescapeString(tag.ReplaceAllString(s, "")) }
