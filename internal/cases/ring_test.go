package cases

import (
	"slices"
	"testing"
)

// The whole list of occasions for which a phone rings; and whose.
func TestRings(t *testing.T) {
	c := Case{Officer: "王敏"}
	other := []Kind{Opened, Reassigned, Reopened, Called, Enlisted, Submitted, Transferred}
	holder := []Kind{Raised, Reminded, Declined, Approved, Returned}
	for _, kind := range kinds {
		want := ""
		switch {
		case slices.Contains(other, kind):
			want = "赵刚"
		case slices.Contains(holder, kind):
			want = "王敏"
		}
		if got := c.Rings(Event{Kind: kind, Officer: "赵刚"}); got != want {
			t.Errorf("%s rings for %q, want %q", kind, got, want)
		}
	}
}

func TestGrave(t *testing.T) {
	for _, s := range []Severity{"", Ordinary, Larger, Major} {
		for _, kind := range kinds {
			c := Case{Severity: s}
			if got := c.Grave(Event{Kind: kind}); got != (s == Major || kind == Called) {
				t.Errorf("%s of a case that is %q: %v", kind, s, got)
			}
		}
	}
}

func TestPage(t *testing.T) {
	for board, want := range map[string]string{
		"https://board.example":     "https://board.example/case/2026-000001",
		"https://board.example/":    "https://board.example/case/2026-000001",
		"http://10.0.0.2:8080/hy//": "http://10.0.0.2:8080/hy/case/2026-000001",
	} {
		if got := (Disclosure{Level: Link, Board: board}).Page("2026-000001"); got != want {
			t.Errorf("%s: %s", board, got)
		}
	}
}
