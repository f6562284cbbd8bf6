package preset

import (
	"bytes"
	"cmp"
	"slices"
)

// Guess tells by the signs in an answer's body, in whatever charset, which of the
// presets' software sent it, the surest first.
func Guess(all []Preset, body []byte) []Preset {
	body = bytes.ToLower(body)
	type guess struct {
		Preset
		signs int
	}
	var found []guess
	for _, p := range all {
		g := guess{Preset: p}
		for _, s := range p.Signs {
			if s.in(body) {
				g.signs++
			}
		}
		if g.signs > 0 {
			found = append(found, g)
		}
	}
	slices.SortStableFunc(found, func(a, b guess) int { return cmp.Compare(b.signs, a.signs) })
	out := make([]Preset, len(found))
	for i, g := range found {
		out[i] = g.Preset
	}
	return out
}

func (s Sign) in(lower []byte) bool {
	return !slices.ContainsFunc(s, func(part string) bool {
		return !bytes.Contains(lower, bytes.ToLower([]byte(part)))
	})
}
