package pipeline

import (
	"fmt"
	"strings"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// ByHand is the topic of a case that no topic fires on.
const ByHand = "人工登记"

// Register makes a case of a letter (登记), in the flow that posts take: the same topics,
// the same stories. What no topic fires on is the registering person's own unit's.
func (p *Pipeline) Register(l cases.Letter) error {
	ps := post.Post{
		ID: post.IDOf(l.Channel, fmt.Sprint(l.Update)), Source: l.Channel, Title: l.Title, Text: l.Text, Seen: p.Now(), Published: p.Now(),
	}
	hits := p.InForce().MatchAll([]post.Post{ps}, p.passOver)[0]
	p.mu.Lock()
	defer p.mu.Unlock()
	begun := ""
	err := p.once(l.Update, func(tx *journal.Tx) error {
		if err := tx.MarkSeen(ps.ID, ps.Seen); err != nil {
			return err
		}
		hits, grave := match.Split(hits)
		sortHits(hits)
		topic := p.topic(ByHand)
		unit, own := p.unitOf(l.By)
		if len(hits) > 0 {
			topic = hits[0].Topic
		}
		if len(hits) > 0 || !own {
			unit = p.unitFor(topic.Name, topic.Unit)
		}
		if err := tx.Enqueue(cases.Record{Post: stored(ps, hits)}); err != nil {
			return err
		}
		m, print := mention(ps, hits), post.FingerprintOf(ps.Title, ps.Text)
		if len(m.Topics) == 0 {
			m.Topics = []string{topic.Name}
		}
		poll := cases.Poll{ID: ps.ID, Source: ps.Source, At: ps.Seen, Read: 1, New: 1, Matched: 1}
		if err := p.tally(tx, poll); err != nil {
			return err
		}
		contact := hide(l.Contact)
		joined, like, err := p.join(tx, &m, print, contact, grave)
		if err != nil {
			return err
		}
		if joined {
			into, _, err := tx.Case(m.Case)
			if err != nil {
				return err
			}
			said := "已登记，与正在办理的一件是同一件事，已并入。"
			if p.sees(into, l.By) {
				said = fmt.Sprintf("已登记，与 %s 是同一件事，已并入。", m.Case)
			}
			return p.reply(tx, l.Update, l.By, said)
		}
		c, err := p.open(tx, &m, topic, unit, cases.Event{By: l.By, Contact: contact}, grave)
		if err != nil {
			return err
		}
		if err := tx.PutMention(m); err != nil {
			return err
		}
		if err := p.resemble(tx, m.Case, like); err != nil {
			return err
		}
		begun = m.ID
		if err := p.begin(tx, m, m.Seen, print); err != nil {
			return err
		}
		said := fmt.Sprintf("已登记：%s，专题“%s”，归%s（%s）办理。", c.Number, c.Topic, c.Unit, c.Officer)
		if p.Office.Disclose.Level == cases.Link {
			said = fmt.Sprintf("已登记：%s。%s", c.Number, p.where(c.Number))
		}
		return p.reply(tx, l.Update, l.By, said)
	})
	if err != nil && begun != "" {
		p.stories.remove(begun)
	}
	return err
}

// hide masks a way to reach somebody; what has no number in it, such as a name, is cut to
// its first character.
func hide(contact string) string {
	contact = strings.TrimSpace(contact)
	if masked := post.Mask(contact); masked != contact || contact == "" {
		return masked
	}
	return post.Cut(contact, 2)
}
