package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// Every button's data fits into Telegram's 64 bytes, whatever the units are called, and
// a city's hundred units can all be reached.
func TestMenuData(t *testing.T) {
	var units []string
	for i := range 101 {
		units = append(units, fmt.Sprintf("%s%03d", strings.Repeat("𠮷", 13), i))
	}
	seen := map[string]bool{}
	look := func(rows [][]models.InlineKeyboardButton) {
		t.Helper()
		n := 0
		for _, b := range slices.Concat(rows...) {
			n++
			seen[b.Text] = true
			if len(b.CallbackData) > 64 || b.CallbackData == "" || b.Text == "" || !utf8.ValidString(b.CallbackData) {
				t.Errorf("%q has %d bytes of data: %q", b.Text, len(b.CallbackData), b.CallbackData)
			}
		}
		if n > 100 {
			t.Errorf("%d buttons in one menu", n)
		}
	}
	for _, tt := range goldenCards {
		c := must(cases.Fold(tt.story.events))
		c.Number = "2026-1234567"
		for _, part := range []cases.Part{cases.Former, cases.Holder, cases.Reviewer, cases.Offered, cases.Asked, cases.Helping} {
			if part == cases.Reviewer && c.Reviewing() == nil {
				continue
			}
			look(cardButtons(c, part, false))
			look(cardButtons(c, part, true))
		}
		look(moreButtons(c))
		for name, v := range verbs {
			if v.choices == nil {
				continue
			}
			for page := range 4 {
				look(choiceButtons(name, c, v.choices(units, c), page))
			}
		}
	}
	for _, u := range units {
		if !seen[u] {
			t.Errorf("%s is on no page", u)
		}
	}
}

// Whatever an officer is offered at first can be done with two taps at most: what needs a
// choice is not behind 更多.
func TestTwoTaps(t *testing.T) {
	for _, tt := range goldenCards {
		for _, row := range moreButtons(must(cases.Fold(tt.story.events))) {
			for _, b := range row {
				verb, rest, _ := strings.Cut(b.CallbackData, ":")
				if v, ok := verbs[verb]; ok && v.choices != nil && strings.Count(rest, ":") != 1 {
					t.Errorf("%s: %s needs a third tap", tt.name, b.Text)
				}
			}
		}
	}
}

// What a card offers is what the case allows.
func TestButtonsAreAllowed(t *testing.T) {
	when := func(time.Time) string { return "" }
	for _, tt := range goldenCards {
		c := must(cases.Fold(tt.story.events))
		k := card{Case: c, to: tt.officer}
		for _, lead := range []bool{false, true} {
			for _, b := range slices.Concat(cardButtons(c, k.part(), lead)...) {
				verb, _, _ := strings.Cut(b.CallbackData, ":")
				v, ok := verbs[verb]
				if !ok || v.kind == cases.Closed { // what is still to be verified is closed later
					continue
				}
				if err := c.May(v.kind, when); err != nil {
					t.Errorf("%s: %s is offered, and then: %v", tt.name, b.Text, err)
				}
			}
		}
	}
}
