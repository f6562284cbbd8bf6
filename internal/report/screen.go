package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A screen of a phone, with some scrolling of the thumb.
const (
	screenLines = 35
	screenChars = 1800
	firstRows   = 5 // of a list, where there is room for all
)

// part is a paragraph of a screen: a line, and the first rows of a list.
type part struct {
	head string // HTML; empty: there is none
	rows []string
	more string // HTML, what stands under a list that is cut; empty: it is not told
	gap  bool   // an empty line stands before it
}

// screen writes parts in Telegram's HTML. Where they are too long, the longest lists are
// cut, of equals the last.
func screen(parts []part) string {
	rows := make([]int, len(parts))
	for i, p := range parts {
		rows[i] = min(len(p.rows), firstRows)
	}
	for {
		text := lay(parts, rows)
		longest := -1
		for i, n := range rows {
			if n > 0 && (longest < 0 || n >= rows[longest]) {
				longest = i
			}
		}
		if longest < 0 || strings.Count(text, "\n") < screenLines && visible(text) <= screenChars {
			return text
		}
		rows[longest]--
	}
}

// lay writes so many rows of each part.
func lay(parts []part, rows []int) string {
	var lines []string
	for i, p := range parts {
		if p.head == "" && len(p.rows) == 0 {
			continue
		}
		if p.gap && len(lines) > 0 {
			lines = append(lines, "")
		}
		if p.head != "" {
			lines = append(lines, p.head)
		}
		lines = append(lines, p.rows[:rows[i]]...)
		if rows[i] > 0 && rows[i] < len(p.rows) && p.more != "" {
			lines = append(lines, p.more)
		}
	}
	return strings.Join(lines, "\n")
}

var tag = regexp.MustCompile(`<[^>]*>`)

// visible is how many characters of HTML are seen.
func visible(s string) int {
	return utf8.RuneCountInString(html.UnescapeString(tag.ReplaceAllString(s, "")))
}

// writer writes texts line by line.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
