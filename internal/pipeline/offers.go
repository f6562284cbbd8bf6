package pipeline

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

const (
	// answers is how much of a case's title stands in a post that may answer it.
	answers = 0.4
	// maxOffers is how many officers are asked about one post.
	maxOffers = 3
)

// offer asks the officers of the open cases that a post of the office's own may answer
// whether it does.
func (p *Pipeline) offer(tx *journal.Tx, ps post.Post) error {
	if ps.URL == "" {
		return nil
	}
	var list []cases.Case
	err := tx.Cases(func(c cases.Case) error {
		if len(list) == maxOffers || !c.Open() || c.Officer == "" {
			return nil
		}
		text := ps.Title + " " + ps.Text
		if strings.Contains(text, c.Number) || post.Share(c.Title, text) >= answers {
			list = append(list, c)
		}
		return nil
	})
	for _, c := range list {
		if err != nil {
			return err
		}
		if err = tx.PutOffer(c.Number, ps.ID, ps.URL); err != nil {
			return err
		}
		text := p.may(
			fmt.Sprintf("本单位刚发布了《%s》。这条是对 %s（%s）的回应吗？\n%s", post.Cut(post.Mask(ps.Title), 60), c.Number, post.Cut(c.Title, 40), ps.URL),
			fmt.Sprintf("本单位刚发布了一条，像是对 %s 的回应（%s 读到）。请到本单位网站上看一看，是的请点下面的按钮。%s", c.Number, p.when(ps.Seen), p.where(c.Number)))
		err = tx.Say(cases.Outgoing{
			To: c.Officer, Key: fmt.Sprintf("offer/%s/%s", c.Number, ps.ID),
			Text:    html.EscapeString(text),
			Buttons: []cases.Button{{Text: "是，记为回应", Data: "o:" + c.Number + ":" + journal.OfferKey(ps.ID)}},
		}, p.Now())
	}
	return err
}

// offered is the address of what was offered as an answer to a case under a key; empty when
// nothing was, or when it is an answer already.
func (p *Pipeline) offered(tx *journal.Tx, c cases.Case, key string) (url string, err error) {
	if url, err = tx.Offer(c.Number, key); err != nil {
		return "", err
	}
	if slices.ContainsFunc(c.Replies, func(r cases.Reply) bool { return r.URL == url }) {
		return "", nil
	}
	return url, nil
}
