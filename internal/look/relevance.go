package look

import (
	"strings"

	"huiyin/internal/post"
)

// enough is the share of a case's pairs of characters that a page must have where
// it has none of its words. Of 1,397 answers of a city's offices 86% pass when they
// stand alone, all when their question stands beside them, and 7% of the answers
// to something else: see TestRealAnswers.
const enough = 0.12

// headRunes is how much of a mention stands for a title where a case has none.
const headRunes = 60

// related says whether a page has to do with a case: it has one of the words that
// made the case, or enough of what its title says.
func related(p Page, c Claim) bool {
	page := p.Title + " " + p.Text
	bare := post.Plain(page)
	for _, w := range c.Words {
		if w = post.Plain(w); w != "" && strings.Contains(bare, w) {
			return true
		}
	}
	for _, said := range []string{c.Title, post.Cut(c.MentionText, headRunes), c.Topic} {
		if share := post.Share(said, page); share >= 0 {
			return share >= enough
		}
	}
	return true // nothing to compare with
}
