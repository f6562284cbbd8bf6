package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// Act does what somebody wants done to a case, if that person may and the case allows
// it. What comes back is the sentence for the person: what was done, or why it was not.
// It is empty for an update that was handled before. For an act that came as a message
// the sentence is queued as the answer to it.
func (p *Pipeline) Act(a cases.Act) (said string, err error) {
	if a.Kind == cases.Split { // which begins a story
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	begun := ""
	err = p.Journal.Update(func(tx *journal.Tx) error {
		before, err := tx.Updated(a.Update, p.Now())
		if before || err != nil {
			return err
		}
		if err := p.back(tx, a.By); err != nil {
			return err
		}
		if said, begun, err = p.try(tx, a); err != nil || !a.Message {
			return err
		}
		return p.reply(tx, a.Update, a.By, said)
	})
	if err != nil {
		if begun != "" {
			p.stories.remove(begun)
		}
		return "", fmt.Errorf("%s of %s by %s: %w", a.Kind, a.Case, a.By, err)
	}
	p.Wake()
	return said, nil
}

// acts are what somebody may want done to a case.
var acts = []cases.Kind{
	cases.Signed, cases.Transferred, cases.Declined, cases.Enlisted, cases.Helped, cases.Paused, cases.Resumed, cases.Extended,
	cases.Submitted, cases.Approved, cases.Returned, cases.Replied, cases.Accepted, cases.Kept, cases.Rated,
	cases.Dismissed, cases.Closed, cases.Reopened, cases.Merged, cases.Split,
}

// try does an act, or says why not. It returns the ID of the story that the act begins,
// if it does.
func (p *Pipeline) try(tx *journal.Tx, a cases.Act) (said, begun string, err error) {
	c, held, err := p.concerned(tx, a)
	switch {
	case err != nil:
		return "", "", err
	case !held || !slices.Contains(acts, a.Kind):
		return noSuch(a.Case), "", nil
	}
	if a.Offer != "" {
		if a.URL, err = p.offered(tx, c, a.Offer); err != nil {
			return "", "", err
		}
		if a.URL == "" {
			return fmt.Sprintf("这一条已经记为 %s 的回应，不用再点。", c.Number), "", nil
		}
	}
	a = p.meant(c, a)
	if why := p.forbidden(c, a); why != "" {
		return why, "", nil
	}
	if err := c.May(a.Kind, p.when); err != nil {
		return err.Error(), "", nil
	}
	switch a.Kind {
	case cases.Merged:
		said, err = p.merge(tx, c, a)
	case cases.Split:
		said, begun, err = p.split(tx, c, a)
	default:
		said, err = p.do(tx, c, a)
	}
	return said, begun, err
}

// concerned is the case that an act is about. An answer, or what shows it, that is given on
// the card of a case that was merged is the other case's.
func (p *Pipeline) concerned(tx *journal.Tx, a cases.Act) (cases.Case, bool, error) {
	c, held, err := tx.Case(a.Case)
	if err != nil || !held || c.State != cases.Joint || a.Kind != cases.Replied && a.Kind != cases.Kept {
		return c, held, err
	}
	if into, held, err := p.goesOn(tx, c.Number); err != nil || held {
		return into, held, err
	}
	return c, true, nil
}

// do records an act that is allowed, with what it implies and what follows from it.
func (p *Pipeline) do(tx *journal.Tx, c cases.Case, a cases.Act) (string, error) {
	e, why, err := p.event(tx, c, a)
	if err != nil || why != "" {
		return why, err
	}
	if c, err = p.imply(tx, c, e); err != nil {
		return "", err
	}
	if e.Kind == cases.Replied {
		if next, owed := c.Next(); owed {
			e.Steps = []cases.Step{next}
		}
	}
	was := c
	if c, err = p.record(tx, e); err != nil {
		return "", err
	}
	if !was.Open() { // nobody looked after it then
		if c, err = p.place(tx, c); err != nil {
			return "", err
		}
	}
	if err := p.follows(tx, c, e); err != nil {
		return "", err
	}
	return p.done(was, c, e), nil
}

// draftMark begins a reply that is a draft for review.
const draftMark = "送审"

// meant reads a reply to a card by whose it is: from the reviewer it is a remark on the
// draft, from a helping unit its answer, and a text where approval is needed a draft.
func (p *Pipeline) meant(c cases.Case, a cases.Act) cases.Act {
	if a.Kind != cases.Replied {
		return a
	}
	if d := c.Reviewing(); d != nil && d.Reviewer == a.By && a.URL == "" {
		a.Kind = cases.Returned
		if agrees(a.Text) {
			a.Kind, a.Text = cases.Approved, ""
		}
		return a
	}
	// Who is of the unit in the lead too answers on the card that asks for help.
	own, offered := p.parties(c, a.By)
	if p.helping(c, a.By) != "" && (!own && !offered || c.Part(a.By) == cases.Helping) {
		a.Kind = cases.Helped
		return a
	}
	text, marked := strings.CutPrefix(a.Text, draftMark)
	if marked || a.URL == "" && c.Unapproved() {
		a.Kind, a.Text = cases.Submitted, strings.TrimLeft(text, " \n：:，,")
	}
	return a
}

// agrees tells whether a reviewer's words say no more than that the draft is good.
func agrees(text string) bool {
	return slices.Contains([]string{"同意", "同意发布", "同意公开", "可以", "可以发布", "可以公开"}, strings.Trim(text, " \n。．.！!"))
}

// parties tells whether a person is of the unit that holds the case, and of one to which
// it is being transferred.
func (p *Pipeline) parties(c cases.Case, name string) (own, offered bool) {
	u, _ := p.unit(c.Unit)
	if c.Offer != nil {
		o, _ := p.unit(c.Offer.Unit)
		offered = o.Has(name)
	}
	return u.Has(name), offered
}

// helping is the unit for which a person helps with a case; empty for none.
func (p *Pipeline) helping(c cases.Case, name string) string {
	for _, h := range c.Helpers {
		if u, _ := p.unit(h.Unit); u.Has(name) {
			return h.Unit
		}
	}
	return ""
}

// ofOffered is what those may do to whom a case is being transferred.
var ofOffered = []cases.Kind{cases.Signed, cases.Declined, cases.Submitted, cases.Replied}

// forbidden is why the person may not do that to the case; empty when there is no reason.
// It tells nothing about the case to who has no part in it.
func (p *Pipeline) forbidden(c cases.Case, a cases.Act) string {
	own, offered := p.parties(c, a.By)
	lead, helps := p.Leads(a.By), p.helping(c, a.By) != ""
	switch {
	case !p.sees(c, a.By):
		return noSuch(c.Number)
	case !own && !offered && !lead && !helps:
		return fmt.Sprintf("%s 现在由%s办理，请由该单位的责任人操作。", c.Number, c.Unit)
	case a.Kind == cases.Replied && !own && !offered:
		return fmt.Sprintf("%s 的回应要由%s的责任人来发。", c.Number, c.Unit)
	case a.Kind == cases.Kept, a.Kind == cases.Helped && helps:
		return ""
	case a.Kind == cases.Extended && !lead, a.Kind == cases.Accepted && !lead:
		return "这一项要由领导来定。"
	case a.Kind == cases.Approved || a.Kind == cases.Returned:
		switch d := c.Reviewing(); {
		case d != nil && d.By == a.By:
			return "自己写的草稿要由别人来审核。"
		case d != nil && d.Reviewer != a.By && !lead:
			return fmt.Sprintf("%s 的草稿正在等%s审核。", c.Number, d.Reviewer)
		}
		return ""
	case a.Kind == cases.Accepted && c.Doubtful() >= 0 && c.Replies[c.Doubtful()].By == a.By:
		return "自己发的回应要由别的领导来认可。"
	case a.Kind == cases.Declined && !offered && c.Offer != nil:
		return fmt.Sprintf("%s 正在转给%s，由对方决定签收还是退回。", c.Number, c.Offer.Unit)
	case a.Kind == cases.Signed && c.Offer != nil && !offered:
		return fmt.Sprintf("%s 已转给%s，正在等对方签收；签收之前仍由%s负责。", c.Number, c.Offer.Unit, c.Unit)
	case a.Kind == cases.Signed && !own && !offered, a.Kind == cases.Helped,
		!own && !lead && !offered, !own && !lead && !slices.Contains(ofOffered, a.Kind):
		return fmt.Sprintf("%s 现在由%s办理，请由该单位的责任人操作。", c.Number, c.Unit)
	}
	return ""
}

// event makes the event of an act; why says why there can be none.
func (p *Pipeline) event(tx *journal.Tx, c cases.Case, a cases.Act) (e cases.Event, why string, err error) {
	e = cases.Event{Case: c.Number, Kind: a.Kind, By: a.By, Via: a.Via, At: p.Now(), Reason: post.Mask(a.Reason), Text: post.Mask(a.Text)}
	if !a.At.IsZero() && e.At.Sub(a.At) > late && a.At.After(c.Opened) && a.Kind == cases.Replied {
		e.At = a.At
	}
	cal := p.calendar(c.Unit)
	switch a.Kind {
	case cases.Signed:
		e.Unit = p.acting(c, a.By)
	case cases.Transferred, cases.Enlisted:
		u, ok := p.unit(a.Unit)
		switch {
		case !ok:
			return e, fmt.Sprintf("没有“%s”这个单位，可能名单刚改过。请重新选。", a.Unit), nil
		case u.Name == c.Unit:
			return e, fmt.Sprintf("%s 本来就由%s办理，不用转，也不用请。", c.Number, c.Unit), nil
		case a.Kind == cases.Enlisted && c.Helper(u.Name) != nil && c.Helper(u.Name).Text == "":
			return e, fmt.Sprintf("%s 已请%s协办，正在等答复，不用重复请。", c.Number, u.Name), nil
		}
		e.Unit = u.Name
		e.Officer, err = p.onDuty(tx, u)
	case cases.Declined:
		e.Unit = c.Offer.Unit
	case cases.Helped:
		e.Unit = p.helping(c, a.By)
		if e.Text = cmp.Or(e.Text, a.URL); e.Text == "" {
			why = fmt.Sprintf("没有记录：请用文字写下对 %s 的协办答复。", c.Number)
		}
	case cases.Resumed:
		e.Steps = c.ResumedSteps(cal, e.At)
	case cases.Extended:
		if c.Overdue(e.At) {
			next, _ := c.Next()
			return e, fmt.Sprintf("%s 已超过时限 %s，不能再延期。请督促尽快完成%s。", c.Number, p.when(next.Due), next.Name), nil
		}
		e.Steps = c.ExtendedSteps(cal, a.By)
	case cases.Reopened:
		e, err = p.anew(tx, c, e)
	case cases.Submitted:
		if e.Officer, err = p.reviewer(tx, p.acting(c, a.By), a.By); err == nil && e.Officer == "" {
			why = "没有可以审核的人：请管理员在配置里写上单位负责人（head）或领导（leaders），并让本人绑定手机。"
		}
	case cases.Replied:
		e.URL, e.Via = a.URL, post.Host(a.URL)
		if c.Unapproved() {
			e.Faults = []string{cases.Unreviewed}
		}
		if d := c.Draft; d != nil && d.Verdict == cases.Approved && a.URL == "" && !post.Follows(e.Text, d.Text) {
			e.Faults = []string{"公开的内容和审核同意的草稿不一样。"}
		}
	case cases.Accepted:
		e.Reply = c.Doubtful() + 1
	case cases.Kept:
		e.Title, e.SHA256 = a.Title, a.SHA256
	}
	return e, why, err
}

// noSuch is what somebody reads of a case that there is not, or that is none of that
// person's: the two are not to be told apart.
func noSuch(number string) string {
	return fmt.Sprintf("没有 %s 这一件，或者它已归档，或者不归您办。请核对编号。", number)
}

// acting is the unit for which a person acts on a case: the one to which it is being
// transferred, for its people.
func (p *Pipeline) acting(c cases.Case, name string) string {
	if _, offered := p.parties(c, name); offered {
		return c.Offer.Unit
	}
	return c.Unit
}

// reviewer is who approves an answer of a unit: its head, or a leader when the head is not
// there or wrote it. Of people who are all away it is the first who can be reached; empty
// when nobody can.
func (p *Pipeline) reviewer(tx *journal.Tx, unit, by string) (fallback string, err error) {
	u, _ := p.unit(unit)
	for _, name := range slices.Concat([]string{u.Head}, p.Office.Leaders) {
		if name == "" || name == by {
			continue
		}
		ok, away, err := p.presence(tx, name)
		if ok && !away || err != nil {
			return name, err
		}
		if ok && fallback == "" {
			fallback = name
		}
	}
	return fallback, nil
}

// late is how long after it was done an act may arrive and count as done on arrival.
// Telegram's clock has whole seconds and is not ours: a small difference is none.
const late = time.Minute

// imply records what an answer implies: who answers, or writes a draft, has signed; and
// who answers waits for nobody.
func (p *Pipeline) imply(tx *journal.Tx, c cases.Case, e cases.Event) (cases.Case, error) {
	if e.Kind != cases.Replied && e.Kind != cases.Submitted {
		return c, nil
	}
	var err error
	own, offered := p.parties(c, e.By)
	if own && c.State == cases.Registered || offered && c.Open() {
		if c, err = tx.Append(cases.Event{Case: c.Number, By: e.By, At: e.At, Kind: cases.Signed, Unit: p.acting(c, e.By)}); err != nil {
			return c, err
		}
	}
	if pause := c.Paused(); pause != nil && c.Open() && e.Kind == cases.Replied {
		at := e.At
		if pause.From.After(at) { // it was sent before, and arrived late
			at = pause.From
		}
		return tx.Append(cases.Event{Case: c.Number, At: at, Kind: cases.Resumed, Steps: c.ResumedSteps(p.calendar(c.Unit), at)})
	}
	return c, nil
}

// when formats an instant for reading: 11-23 17:30, with the year where it is another.
func (p *Pipeline) when(t time.Time) string {
	t = t.In(p.Calendar.Location())
	if t.Year() != p.Now().In(p.Calendar.Location()).Year() {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("01-02 15:04")
}
