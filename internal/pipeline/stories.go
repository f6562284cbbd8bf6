package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// maxKept is of how many mentions of a case the pages are kept.
const maxKept = 20

// owed are the steps of a case that begins, or begins anew, at a time: those of its
// topic's ladder, or of its severity's when it is graver than the topic.
func (p *Pipeline) owed(topic *match.Topic, severity cases.Severity, unit string, at time.Time) ([]cases.Step, error) {
	ladder := topic.Ladder
	if severity.Above(urgency(topic)) {
		ladder = severity.Ladder()
	}
	return cases.Steps(p.calendar(unit), ladder, at, slices.Contains(p.Office.Review, ladder))
}

// urgency is how grave every case of a topic is.
func urgency(t *match.Topic) cases.Severity { return cases.Severity(t.Urgency.String()) }

// topic is the topic in force of that name, or a plain one for what has none: a case
// outlives its topic, and what comes in by phone is about anything.
func (p *Pipeline) topic(name string) *match.Topic {
	topics := p.InForce().Topics()
	i := slices.IndexFunc(topics, func(t *match.Topic) bool { return t.Name == name })
	if i < 0 {
		return &match.Topic{Name: name, Ladder: "reply", Urgency: match.Normal}
	}
	return topics[i]
}

// open makes a case of a mention, names who answers, and rings. What is owed counts from
// when the mention was seen. The caller keeps the mention, which has its place in the case
// then.
func (p *Pipeline) open(tx *journal.Tx, m *cases.Mention, topic *match.Topic, unit Unit, e cases.Event, grave []match.Hit) (c cases.Case, err error) {
	if e.At.IsZero() {
		e.At = m.Seen
	}
	number, err := tx.NextNumber(e.At.In(p.Calendar.Location()).Year())
	if err != nil {
		return c, err
	}
	e.Case, e.Kind, e.Post, e.Source, e.Title, e.URL = number, cases.Opened, m.ID, m.Source, m.Title, m.URL
	e.Topic, e.Unit, e.Severity = topic.Name, unit.Name, urgency(topic)
	if worst, why := gravest(grave); worst.Above(e.Severity) {
		e.Severity, e.Reason = worst, why
	}
	if e.Steps, err = p.owed(topic, e.Severity, unit.Name, m.Seen); err != nil {
		return c, err
	}
	if e.Officer, err = p.onDuty(tx, unit); err != nil {
		return c, err
	}
	m.Case, m.No = number, 1
	if c, err = p.record(tx, e); err != nil {
		return c, err
	}
	return c, p.keepPage(tx, c, *m)
}

// gravest is the severity that words raise a post to, and which words.
func gravest(grave []match.Hit) (worst cases.Severity, why string) {
	worst = cases.Ordinary
	for _, h := range grave {
		if s := cases.Severity(h.Topic.Raises); s.Above(worst) && len(h.Words) > 0 {
			worst, why = s, fmt.Sprintf("帖文里说到“%s”", h.Words[0].Text)
		}
	}
	return worst, why
}

// join adds a mention to the case of the story that it tells again, in silence: the card
// is edited, nothing rings. What was closed is taken up again by it. One that quotes an old
// complaint to tell of something else is another matter: then like is the old one's case.
// Of e the contact and the channel are taken.
func (p *Pipeline) join(tx *journal.Tx, m *cases.Mention, print post.Fingerprint, e cases.Event, grave []match.Hit) (joined bool, like string, err error) {
	id, _ := p.stories.same.Find(print.Sketch)
	if id == "" {
		like, err = p.similar(tx, m.Topics[0], print.Gist)
		return false, like, err
	}
	story, ok, err := tx.Story(id)
	if err != nil || !ok {
		return false, "", err
	}
	first, _, err := tx.Case(story.Case)
	if err != nil {
		return false, "", err
	}
	c, held, err := p.goesOn(tx, story.Case)
	if err != nil || !held {
		return false, "", err
	}
	if first.Topic != m.Topics[0] { // and not c's, with which a person may have merged anything
		return false, c.Number, nil
	}
	m.Case, m.No = c.Number, c.Mentions+1
	if err := tx.PutMention(*m); err != nil {
		return false, "", err
	}
	c, err = p.record(tx, cases.Event{
		Case: c.Number, Kind: cases.Joined, At: m.Seen, Post: m.ID, Source: m.Source, Title: m.Title, URL: m.URL,
		Contact: e.Contact, Via: e.Via,
	})
	if err != nil {
		return false, "", err
	}
	if c.State == cases.Done {
		if c, err = p.reopen(tx, c, m.Seen, "办结后又有人反映"); err != nil {
			return false, "", err
		}
	}
	if err := p.keepPage(tx, c, *m); err != nil {
		return false, "", err
	}
	return true, "", p.raise(tx, c, m.Seen, grave)
}

// resemble notes that a case may be about the same as another one.
func (p *Pipeline) resemble(tx *journal.Tx, number, like string) error {
	if like == "" {
		return nil
	}
	_, err := p.record(tx, cases.Event{Case: number, Kind: cases.Alike, At: p.Now(), Other: like})
	return err
}

// similar is the case that may be about the same matter in other words: it is offered for
// merging, and never merged in silence. Empty when there is none.
func (p *Pipeline) similar(tx *journal.Tx, topic string, g post.Gist) (string, error) {
	id, _ := p.stories.alike.Similar(topic, g)
	if id == "" {
		return "", nil
	}
	story, ok, err := tx.Story(id)
	if err != nil || !ok {
		return "", err
	}
	c, held, err := p.goesOn(tx, story.Case)
	if err != nil || !held || c.Over() {
		return "", err
	}
	return c.Number, nil
}

// goesOn is the case in which a case goes on: itself, or the one that it was merged into.
func (p *Pipeline) goesOn(tx *journal.Tx, number string) (c cases.Case, held bool, err error) {
	for range 8 { // merged cases do not merge in circles; a damaged file might
		if c, held, err = tx.Case(number); err != nil || !held || c.Into == "" {
			return c, held, err
		}
		number = c.Into
	}
	return c, false, nil
}

// reopen takes up again what was ended (重开): the clock begins anew.
func (p *Pipeline) reopen(tx *journal.Tx, c cases.Case, at time.Time, why string) (cases.Case, error) {
	e, err := p.anew(tx, c, cases.Event{Case: c.Number, Kind: cases.Reopened, At: at, Reason: why})
	if err != nil {
		return c, err
	}
	if c, err = p.record(tx, e); err != nil {
		return c, err
	}
	return p.place(tx, c)
}

// anew says in an event that takes a case up again what is owed and whose turn it is.
func (p *Pipeline) anew(tx *journal.Tx, c cases.Case, e cases.Event) (_ cases.Event, err error) {
	// What a person dismissed and takes up again is due when it was: nothing new happened.
	if e.Steps = c.Steps[c.Met():]; e.By != "" && c.State == cases.NotOwed && len(e.Steps) > 0 {
		e.Officer, err = p.onDuty(tx, p.unitOr(c.Unit, c.Topic))
		return e, err
	}
	if e.Steps, err = p.owed(p.topic(c.Topic), c.Severity, c.Unit, e.At); err != nil {
		return e, err
	}
	e.Officer, err = p.onDuty(tx, p.unitOr(c.Unit, c.Topic))
	return e, err
}

// raise makes a case graver when the story has spread, or when a mention says something
// grave: it rings again, and the next steps are those of the new severity.
func (p *Pipeline) raise(tx *journal.Tx, c cases.Case, at time.Time, grave []match.Hit) error {
	to, why := c.Spreads(p.Office.Larger, p.Office.Major)
	if worst, words := gravest(grave); worst.Above(to) {
		to, why = worst, words
	}
	if !to.Above(c.Severity) {
		return nil
	}
	if c.State == cases.NotOwed { // a person judged it, by what was known then
		var err error
		if c, err = p.reopen(tx, c, at, "标为无需回应后，"+why); err != nil {
			return err
		}
	}
	e := cases.Event{Case: c.Number, Kind: cases.Raised, At: at, Severity: to, Reason: why}
	var err error
	ladder := to.Ladder()
	if e.Steps, err = c.RaisedSteps(p.calendar(c.Unit), to, at, slices.Contains(p.Office.Review, ladder)); err != nil {
		return err
	}
	if c, err = p.record(tx, e); err != nil {
		return err
	}
	_, err = p.place(tx, c) // one that was answered is open again
	return err
}

// keepPage has the page of a mention looked at and kept, for the first of them.
func (p *Pipeline) keepPage(tx *journal.Tx, c cases.Case, m cases.Mention) error {
	if m.No > maxKept || m.URL == "" {
		return nil
	}
	return tx.PutLook(cases.Look{Case: c.Number, URL: m.URL, Post: m.ID, Source: m.Source, At: m.Seen})
}

// merge ends a case that is about the same as another, which goes on (并案) and owes no
// less than it did.
func (p *Pipeline) merge(tx *journal.Tx, c cases.Case, a cases.Act) (string, error) {
	into, held, err := tx.Case(a.Other)
	if err != nil {
		return "", err
	}
	if why := p.unfit(c, into, held, a); why != "" {
		return why, nil
	}
	ended, err := p.record(tx, cases.Event{Case: c.Number, Kind: cases.Merged, By: a.By, Via: a.Via, At: p.Now(), Other: into.Number})
	if err != nil {
		return "", err
	}
	into, err = p.record(tx, cases.Event{
		Case: into.Number, Kind: cases.Took, By: a.By, Via: a.Via, At: p.Now(), Other: c.Number, Mentions: ended.Told(), Contact: c.Contact,
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s 已并入 %s，以后在 %s 上办理。", c.Number, into.Number, into.Number), p.raise(tx, into, p.Now(), nil)
}

// unfit is why a case cannot be merged into another one; empty when it can.
func (p *Pipeline) unfit(c, into cases.Case, held bool, a cases.Act) string {
	own, _ := p.parties(into, a.By)
	switch {
	case !held || into.Number != c.Number && !own && !p.Leads(a.By) && !p.sees(into, a.By):
		return fmt.Sprintf("没有 %s 这一件，或者它已归档，或者不归您管。", a.Other)
	case into.Number == c.Number:
		return "不能并到它自己。"
	case into.Over():
		return fmt.Sprintf("%s 已经结束，不能把别的并进去。", into.Number)
	case !own && !p.Leads(a.By):
		return fmt.Sprintf("%s 由%s办理，要并进去请先转办，或请领导操作。", into.Number, into.Unit)
	case c.Severity.Above(into.Severity):
		return fmt.Sprintf("%s 更严重（%s），请反过来，把 %s 并入它。", c.Number, c.Severity, into.Number)
	}
	next, owed := c.Next()
	other, also := into.Next()
	if owed && !also && !p.Leads(a.By) {
		return fmt.Sprintf("%s 还没有回应，%s 已经回应过，不能并进去。请分别回应，或请领导操作。", c.Number, into.Number)
	}
	if owed && also && next.Review && !other.Review {
		return fmt.Sprintf("%s 要先审核后公开，请反过来，把 %s 并入它。", c.Number, into.Number)
	}
	if owed && also && next.Due.Before(other.Due) {
		return fmt.Sprintf("%s 的时限更早（%s），请反过来，把 %s 并入它。", c.Number, p.when(next.Due), into.Number)
	}
	return ""
}

// split makes a case of its own of one mention that was taken for the same story (拆分).
// It returns the ID of the story that begins so. p.mu must be held.
func (p *Pipeline) split(tx *journal.Tx, c cases.Case, a cases.Act) (said, begun string, err error) {
	events, err := tx.Events(c.Number)
	if err != nil {
		return "", "", err
	}
	gone := make(map[string]bool)
	for _, e := range events {
		if e.Kind == cases.Split {
			gone[e.Post] = true
		}
	}
	no := a.No
	m, ok, err := tx.Mention(c.Number, cmp.Or(no, c.Mentions))
	for no == 0 && err == nil && gone[m.ID] { // the last one that is there
		m, ok, err = tx.Mention(c.Number, m.No-1)
	}
	switch {
	case err != nil:
		return "", "", err
	case !ok || gone[m.ID]:
		return fmt.Sprintf("%s 没有第 %d 帖，或者已经拆出去了。", c.Number, no), "", nil
	case m.No == 1:
		return fmt.Sprintf("%s 的第 1 帖就是这一件本身，不能拆出去。", c.Number), "", nil
	}
	no = m.No
	e := cases.Event{By: a.By, Via: a.Via, At: p.Now(), Other: c.Number}
	fresh, err := p.open(tx, &m, p.topic(c.Topic), p.unitOr(c.Unit, c.Topic), e, nil)
	if err != nil {
		return "", "", err
	}
	if err := tx.KeepMention(m); err != nil {
		return "", "", err
	}
	if err := tx.DropPage(c.Number, m.ID); err != nil { // it is the new case's to look at
		return "", "", err
	}
	if was, err := tx.Letter(m.ID); err != nil {
		return "", "", err
	} else if was != "" {
		if err := tx.PutLetter(m.ID, fresh.Number, p.Now()); err != nil {
			return "", "", err
		}
	}
	if err := p.begin(tx, m, p.Now(), post.FingerprintOf(m.Title, m.Text)); err != nil {
		return "", m.ID, err
	}
	_, err = p.record(tx, cases.Event{
		Case: c.Number, Kind: cases.Split, By: a.By, Via: a.Via, At: p.Now(), Post: m.ID, Source: m.Source, Other: fresh.Number,
	})
	return fmt.Sprintf("已把第 %d 帖从 %s 拆出，新编号 %s。", no, c.Number, fresh.Number), m.ID, err
}
