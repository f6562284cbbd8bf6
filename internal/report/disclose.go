package report

import (
	"html"

	"huiyin/internal/cases"
)

// shown is what may be told one by one of a list: nothing where only links leave the house.
func shown[T any](d cases.Disclosure, list []T) []T {
	if d.Level == cases.Link {
		return nil
	}
	return list
}

// quoted is a text that may be shown, as HTML with what stands before it; empty where it
// may not.
func quoted(d cases.Disclosure, before, text string) string {
	if !d.Full() {
		return ""
	}
	return before + html.EscapeString(text)
}

// board says where to read the rest, where not all is shown and there is such a place.
func board(b *writer, d cases.Disclosure) {
	if !d.Full() && d.Board != "" {
		b.line("内容请看：%s", html.EscapeString(d.Board))
	}
}
