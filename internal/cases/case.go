package cases

import (
	"errors"
	"slices"
	"time"
)

// State is where a case stands. Overdue is no state: see Case.Overdue. Nor is paused.
type State string

// The states, by the words that officers read.
const (
	Registered State = "登记"
	InHand     State = "签收"
	Answered   State = "已回应"
	Done       State = "办结"
	NotOwed    State = "无需回应"
	Joint      State = "已并案" // it goes on in another case
)

// Case is what the agency owes on a story: the fold over its events.
type Case struct {
	Number   string
	Post     string // the mention that opened it; it names the story too
	Topic    string
	Title    string
	URL      string
	Contact  string // how to reach who asked, masked; empty for what was read somewhere
	Severity Severity
	Unit     string
	Officer  string // whose turn it is
	State    State
	Opened   time.Time
	Start    time.Time // when the clock of the Steps began: opened, raised or reopened
	Steps    []Step
	Base     int       // how many replies there were before the Steps began
	Pauses   []Pause   // of the case's whole life, in order
	Extended string    // why a leader gave more time; empty: none did
	News     string    // why the card rang last, but for time; empty once somebody signed or answered
	Reminded string    // the last mark that the card rang for, on the way to the next step
	Nudged   time.Time // when it rang last for what waits without a mark

	Sources  []SourceCount // in order of first appearance
	Mentions int           // numbered 1 to this
	Away     int           // of these, split off to other cases
	Latest   Telling       // the last mention that joined; zero when none did
	Pace     Pace
	Alike    []string // cases that may be about the same
	Taken    []Taken  // cases that go on in this one
	Into     string   // the case that this one goes on in
	After    int      // mentions that came after the end
	Page     string   // what became of the post since it was read; empty: nothing

	Asked    time.Time // when somebody was last asked to sign
	Called   []string  // who was asked besides, because nobody signed
	Signed   time.Time // zero until signed by the unit that holds it now
	SignedBy string
	From     string // the unit that transferred it here
	Offer    *Offer // a transfer that the other unit has not signed yet
	Helpers  []Helper

	Draft    *Draft // the last draft sent for review
	Replies  []Reply
	Evidence []File
	Rating   string // how content the person is who asked; empty: not known
	Ended    time.Time
	EndedBy  string
	Reason   string // of the dismissal, or of the transfer that brought it here

	Followers []string // all who were ever given its card, in order; the cards follow it
	Shown     map[string]int
	Seq       int // of the last event
	Rev       int // of the last event that changes what a card shows
}

// Telling is where a matter was told again.
type Telling struct{ Title, URL string }

// SourceCount is how many mentions came from one source.
type SourceCount struct {
	Source string
	Count  int
}

// Pause is a time in which a case waited for somebody outside the unit.
type Pause struct {
	From, Until time.Time // Until is zero while it lasts
	Reason      string
}

// Taken is a case that was merged into this one.
type Taken struct {
	Number   string
	Mentions int
}

// Offer is a transfer to a unit that has not signed: the first-asked unit stays
// responsible (首问负责) until it does.
type Offer struct {
	Unit, Officer, By, Reason string
}

// Helper is a unit that was asked to help (协办); the case's own unit keeps the lead.
type Helper struct {
	Unit, Officer string
	Text          string // its answer; empty: none yet
}

// Draft is an answer that is to be approved before it is published.
type Draft struct {
	Text, By, Reviewer string
	Verdict            Kind   // Approved, Returned; empty: it waits
	Remark             string // of the reviewer
}

// Reply is what the agency published.
type Reply struct {
	At       time.Time
	By       string
	URL      string
	Text     string
	Via      string
	Step     Step // that it met; zero: it was an addition
	Verified time.Time
	Faults   []string // why it does not count as it is
	Accepted string   // why a leader accepts it all the same
	Approved string   // the draft that was approved before it; empty: none was
	SHA256   string   // of the copy that was kept
}

// File is a photo or document that was kept.
type File struct{ Name, SHA256, By string }

// OnTime tells whether the reply came by its step's due time. Additions always do.
func (r Reply) OnTime() bool { return r.Step.Due.IsZero() || !r.At.After(r.Step.Due) }

// Stands tells whether nothing is left to be said against a reply: its page was found in
// order, or a leader accepted it. A reply without a page cannot be verified and stands.
func (r Reply) Stands() bool {
	return r.Accepted != "" || len(r.Faults) == 0 && (r.URL == "" || !r.Verified.IsZero())
}

var errEmpty = errors.New("case without events")

// Fold computes a case from its events, which must be in order and whole.
func Fold(events []Event) (Case, error) {
	var c Case
	for _, e := range events {
		if err := c.Apply(e); err != nil {
			return Case{}, err
		}
	}
	if c.Seq == 0 {
		return Case{}, errEmpty
	}
	return c, nil
}

// Open tells whether an answer is still owed.
func (c *Case) Open() bool { return c.State == Registered || c.State == InHand }

// Over tells whether nothing more is expected to happen.
func (c *Case) Over() bool { return c.State == Done || c.State == NotOwed || c.State == Joint }

// Met is how many of the Steps are met.
func (c *Case) Met() int { return min(len(c.Replies)-c.Base, len(c.Steps)) }

// Next returns the step that the next reply will meet; false when all are met or
// none is owed any more.
func (c *Case) Next() (Step, bool) {
	if !c.Open() || c.Met() == len(c.Steps) {
		return Step{}, false
	}
	return c.Steps[c.Met()], true
}

// Overdue tells whether at now an answer that is owed is past its due time. Time stands
// while a case is paused: one that was in time does not become late, one that was late
// stays so.
func (c *Case) Overdue(now time.Time) bool {
	s, owed := c.Next()
	if p := c.Paused(); p != nil {
		now = p.From
	}
	return owed && now.After(s.Due)
}

// Paused returns the pause that lasts; nil when time runs.
func (c *Case) Paused() *Pause {
	if n := len(c.Pauses); n > 0 && c.Pauses[n-1].Until.IsZero() {
		return &c.Pauses[n-1]
	}
	return nil
}

// Told is how many posts tell the story, those of merged cases included and those
// that were split off not.
func (c *Case) Told() int {
	n := c.Mentions - c.Away
	for _, t := range c.Taken {
		n += t.Mentions
	}
	return n
}

// Reviewing returns the draft that waits for its reviewer; nil when none does.
func (c *Case) Reviewing() *Draft {
	if c.Draft != nil && c.Draft.Verdict == "" {
		return c.Draft
	}
	return nil
}

// Unapproved tells whether the next answer must be approved before it is published,
// and is not.
func (c *Case) Unapproved() bool {
	s, owed := c.Next()
	return owed && s.Review && (c.Draft == nil || c.Draft.Verdict != Approved)
}

// Helper returns the unit's part as a helper; nil when it was not asked.
func (c *Case) Helper(unit string) *Helper {
	i := slices.IndexFunc(c.Helpers, func(h Helper) bool { return h.Unit == unit })
	if i < 0 {
		return nil
	}
	return &c.Helpers[i]
}

// Part is what a case is to a person who has its card.
type Part int

// The parts. A person who has several has the first of them.
const (
	Former   Part = iota // it is somebody else's by now
	Holder               // it is this person's turn
	Reviewer             // a draft waits for this person
	Offered              // it is to be signed on behalf of another unit
	Asked                // nobody signed, and this person was asked besides
	Helping              // asked to help
)

// Part returns what the case is to a person.
func (c *Case) Part(who string) Part {
	d := c.Reviewing()
	switch {
	case who == "":
		return Former
	case d != nil && d.Reviewer == who:
		return Reviewer
	case c.Offer != nil && c.Offer.Officer == who:
		return Offered
	case c.Officer == who:
		return Holder
	case c.Unsigned() && slices.Contains(c.Called, who):
		return Asked
	case !c.Over() && slices.ContainsFunc(c.Helpers, func(h Helper) bool { return h.Officer == who && h.Text == "" }):
		return Helping
	}
	return Former
}

// Unsigned tells whether somebody's signature is waited for.
func (c *Case) Unsigned() bool { return c.State == Registered || c.Offer != nil && c.Open() }
