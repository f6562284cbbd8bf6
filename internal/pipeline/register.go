package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// ByHand is the topic of a case that no topic fires on.
const ByHand = "人工登记"

// entry is a letter on its way into the journal.
type entry struct {
	post.Post
	hits     []match.Hit
	unit     string      // who answers when no topic fires; empty: whoever does for ByHand
	assigned bool        // unit answers whatever topic fires
	event    cases.Event // who registered it, how it came, the contact
}

// enter makes a case of a letter, or adds it to the case that it tells of again, in the flow
// that posts take: the same topics, the same stories. It returns the ID of the story that
// the letter begins, if it does, also with an error. p.mu must be held.
func (p *Pipeline) enter(tx *journal.Tx, l entry) (c cases.Case, joined bool, begun string, err error) {
	if err := tx.MarkSeen(l.ID, l.Seen); err != nil {
		return c, false, "", err
	}
	hits, grave := match.Split(l.hits)
	sortHits(hits)
	topic := p.topic(ByHand)
	if len(hits) > 0 {
		topic = hits[0].Topic
	}
	unit := p.unitFor(topic.Name, topic.Unit)
	if u, ok := p.unit(l.unit); ok && (l.assigned || len(hits) == 0) {
		unit = u
	}
	if err := tx.Enqueue(cases.Record{Post: stored(l.Post, hits)}); err != nil {
		return c, false, "", err
	}
	m, print := mention(l.Post, hits), post.FingerprintOf(l.Title, l.Text)
	if len(m.Topics) == 0 {
		m.Topics = []string{topic.Name}
	}
	joined, like, err := p.join(tx, &m, print, l.event, grave)
	if err != nil {
		return c, false, "", err
	}
	if joined {
		c, _, err = tx.Case(m.Case)
		return c, true, "", err
	}
	if c, err = p.open(tx, &m, topic, unit, l.event, grave); err != nil {
		return c, false, "", err
	}
	if err := tx.PutMention(m); err != nil {
		return c, false, "", err
	}
	if err := p.resemble(tx, m.Case, like); err != nil {
		return c, false, "", err
	}
	return c, false, m.ID, p.begin(tx, m, m.Seen, print)
}

// Register makes a case of a letter that somebody typed in (登记). What no topic fires on is
// that person's own unit's.
func (p *Pipeline) Register(l cases.Letter) error {
	now := p.Now()
	e := entry{
		Post: post.Post{
			ID: post.IDOf(l.Channel, fmt.Sprint(l.Update)), Source: l.Channel, Title: l.Title, Text: l.Text, Seen: now, Published: now,
		},
		event: cases.Event{By: l.By, Contact: hide(l.Contact)},
	}
	own, _ := p.unitOf(l.By)
	e.unit = own.Name
	e.hits = p.InForce().MatchAll([]post.Post{e.Post}, p.passOver)[0]
	p.mu.Lock()
	defer p.mu.Unlock()
	begun := ""
	err := p.once(l.Update, func(tx *journal.Tx) error {
		poll := cases.Poll{ID: e.ID, Source: e.Source, At: e.Seen, Read: 1, New: 1, Matched: 1}
		if err := p.tally(tx, poll); err != nil {
			return err
		}
		c, joined, story, err := p.enter(tx, e)
		if begun = story; err != nil {
			return err
		}
		said := fmt.Sprintf("已登记：%s，专题“%s”，归%s（%s）办理。", c.Number, c.Topic, c.Unit, c.Officer)
		switch {
		case joined && p.sees(c, l.By):
			said = fmt.Sprintf("已登记，与 %s 是同一件事，已并入。", c.Number)
		case joined:
			said = "已登记，与正在办理的一件是同一件事，已并入。"
		case p.Office.Disclose.Level == cases.Link:
			said = fmt.Sprintf("已登记：%s。%s", c.Number, p.where(c.Number))
		}
		return p.reply(tx, l.Update, l.By, said)
	})
	if err != nil && begun != "" {
		p.stories.remove(begun)
	}
	return err
}

// letterBatch is how many letters one transaction takes.
const letterBatch = 100

// Receive registers letters that another program of the office handed on, all from one
// source. Each is somebody's who waits for an answer: it becomes a case, or joins one,
// whether a topic fires or not, and however long ago it was written. One that came before
// changes nothing. The receipts are in the order of the letters; with an error there are
// those of the letters before it, which are in the journal, while of the others none is.
func (p *Pipeline) Receive(ctx context.Context, source string, letters []cases.Letter) (receipts []cases.Receipt, err error) {
	for batch := range slices.Chunk(letters, letterBatch) {
		if err := ctx.Err(); err != nil {
			return receipts, err
		}
		some, err := p.receive(source, batch)
		if err != nil {
			return receipts, fmt.Errorf("receive letters of %s: %w", source, err)
		}
		receipts = append(receipts, some...)
	}
	return receipts, nil
}

// receive takes one batch, in one transaction.
func (p *Pipeline) receive(source string, letters []cases.Letter) ([]cases.Receipt, error) {
	posts := make([]post.Post, len(letters))
	for i, l := range letters {
		posts[i] = post.Post{
			ID: post.IDOf(source, l.Key), Source: source, Key: l.Key, Title: l.Title, Text: l.Text, Author: l.Name, URL: l.URL,
			Published: l.Written, Seen: p.Now(),
		}
	}
	hits := p.InForce().MatchAll(posts, p.passOver)
	p.mu.Lock()
	defer p.mu.Unlock()
	var receipts []cases.Receipt
	var begun []string
	err := p.Journal.Update(func(tx *journal.Tx) error {
		poll := cases.Poll{Source: source, At: p.Now(), Read: len(letters)}
		for i, l := range letters {
			r, story, err := p.admit(tx, entry{Post: posts[i], hits: hits[i]}, l)
			if story != "" {
				begun = append(begun, story)
			}
			if err != nil {
				return fmt.Errorf("letter %q: %w", l.Key, err)
			}
			receipts = append(receipts, r)
			if r.Refused == "" && !r.Known {
				if poll.New++; poll.ID == "" {
					poll.ID = posts[i].ID
				}
			}
		}
		poll.Matched = poll.New
		return p.tally(tx, poll)
	})
	if err != nil {
		for _, id := range begun {
			p.stories.remove(id)
		}
		return nil, err
	}
	p.Wake()
	return receipts, nil
}

// admit enters a letter that was handed on, unless it came before or is none.
func (p *Pipeline) admit(tx *journal.Tx, e entry, l cases.Letter) (r cases.Receipt, begun string, err error) {
	if err := e.Validate(); err != nil {
		p.Log.Error("letter left out", "source", e.Source, "key", e.Key, "error", err)
		return cases.Receipt{Refused: "没有编号，或者标题和内容都是空的"}, "", nil
	}
	number, err := tx.Letter(e.ID)
	if err != nil {
		return r, "", err
	}
	if number != "" {
		if c, held, err := p.goesOn(tx, number); err != nil {
			return r, "", err
		} else if held {
			number = c.Number
		}
		return cases.Receipt{Case: number, Known: true}, "", nil
	}
	e.unit, e.assigned = p.Office.Inboxes[e.Source], l.Unit != ""
	if e.assigned {
		e.unit = l.Unit
	}
	e.event = cases.Event{Via: post.Mask(l.Channel), Contact: hide(l.Contact)}
	if e.event.Contact != "" {
		e.event.Contact = strings.TrimSpace(initial(l.Name) + " " + e.event.Contact)
	}
	c, joined, begun, err := p.enter(tx, e)
	if err != nil {
		return r, begun, err
	}
	if c.State == cases.NotOwed { // of posts; to who wrote to the office an answer is owed
		if c, err = p.reopen(tx, c, e.Seen, "标为无需回应后，又有人来信"); err != nil {
			return r, begun, err
		}
	}
	return cases.Receipt{Case: c.Number, Joined: joined}, begun, tx.PutLetter(e.ID, c.Number, e.Seen)
}

// hide masks a way to reach somebody; what has no number in it, such as a name, is cut to
// its first character.
func hide(contact string) string {
	contact = strings.TrimSpace(contact)
	if masked := post.Mask(contact); masked != contact {
		return masked
	}
	return initial(contact)
}

// initial is the first character of a name, and a sign that there is more.
func initial(name string) string {
	name = strings.TrimSpace(name)
	if _, n := utf8.DecodeRuneInString(name); n < len(name) {
		return name[:n] + "…"
	}
	return name
}
