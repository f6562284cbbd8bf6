package cases

import (
	"fmt"
	"slices"
	"time"
)

// State is where a case stands. Overdue is no state: see Case.Overdue.
type State string

// The states, by the words that officers read.
const (
	Registered State = "登记"
	InHand     State = "签收"
	Answered   State = "已回应"
	Done       State = "办结"
	NotOwed    State = "无需回应"
)

// Case is what the agency owes on a story: the fold over its events.
type Case struct {
	Number   string
	Post     string // the mention that opened it; it names the story too
	Topic    string
	Title    string
	URL      string
	Unit     string
	Officer  string // whose turn it is
	State    State
	Opened   time.Time
	Steps    []Step
	Sources  []SourceCount // in order of first appearance
	Mentions int
	Latest   Telling   // the last mention that joined; zero when none did
	Signed   time.Time // zero until signed by the unit that holds it now
	SignedBy string
	Replies  []Reply
	Ended    time.Time // closed or dismissed
	EndedBy  string
	After    int      // mentions that came after the end
	Reminded string   // the last mark that the card rang for, on the way to the next step
	Reason   string   // of the dismissal
	From     string   // the unit that transferred it here
	Officers []string // all who ever held it, in order; their cards follow it
	Shown    map[string]int
	Seq      int // of the last event
	Rev      int // of the last event that changes what a card shows
}

// Telling is where a matter was told again.
type Telling struct{ Title, URL string }

// SourceCount is how many mentions came from one source.
type SourceCount struct {
	Source string
	Count  int
}

// Reply is what the agency published.
type Reply struct {
	At   time.Time
	By   string
	URL  string
	Text string
}

// Fold computes a case from its events, which must be in order and whole.
func Fold(events []Event) (Case, error) {
	var c Case
	for _, e := range events {
		if err := c.Apply(e); err != nil {
			return Case{}, err
		}
	}
	if c.Seq == 0 {
		return Case{}, fmt.Errorf("case without events")
	}
	return c, nil
}

// Apply takes the next event. After an error the case is as it was.
func (c *Case) Apply(e Event) error {
	if kindNames[e.Kind] == "" {
		return fmt.Errorf("case %s: event %d is of the unknown kind %q", c.Number, e.Seq, string(e.Kind))
	}
	if e.Seq != c.Seq+1 || c.Seq > 0 && (e.Case != c.Number || e.Kind == Opened) || c.Seq == 0 && e.Kind != Opened {
		return fmt.Errorf("case %s: event %s (%s) does not follow event %d", c.Number, e.ID(), e.Kind, c.Seq)
	}
	c.Seq = e.Seq
	if e.Kind != Delivered && e.Kind != Undelivered {
		c.Rev = e.Seq
	}
	switch e.Kind {
	case Opened:
		*c = Case{
			Number: e.Case, Post: e.Post, Topic: e.Topic, Title: e.Title, URL: e.URL, Unit: e.Unit,
			State: Registered, Opened: e.At, Steps: e.Steps, Seq: e.Seq, Rev: e.Seq, Shown: map[string]int{},
		}
		c.assign(e.Officer)
		c.count(e.Source)
	case Joined:
		c.count(e.Source)
		c.Latest = Telling{Title: e.Title, URL: e.URL}
		if c.Over() {
			c.After++
		}
	case Delivered:
		c.Shown[e.Officer] = max(c.Shown[e.Officer], e.Mentions)
	case Undelivered:
	case Signed:
		c.State, c.Signed, c.SignedBy = InHand, e.At, e.By
		c.assign(e.By)
	case Replied:
		c.Replies = append(c.Replies, Reply{At: e.At, By: e.By, URL: e.URL, Text: e.Text})
		switch { // an answer after the end takes the case up again
		case len(c.Replies) >= len(c.Steps):
			c.State = Answered
		case c.Over():
			c.State = InHand
		}
		c.Ended, c.EndedBy, c.After, c.Reminded = time.Time{}, "", 0, ""
	case Transferred:
		c.From, c.Unit, c.Reason = c.Unit, e.Unit, e.Reason
		c.State, c.Signed, c.SignedBy = Registered, time.Time{}, ""
		c.assign(e.Officer)
	case Reassigned:
		c.assign(e.Officer)
	case Reminded:
		c.Reminded = e.Reason
	case Dismissed:
		c.State, c.Ended, c.EndedBy, c.Reason = NotOwed, e.At, e.By, e.Reason
	case Closed:
		c.State, c.Ended, c.EndedBy = Done, e.At, e.By
	}
	return nil
}

func (c *Case) assign(officer string) {
	c.Officer = officer
	if officer != "" && !slices.Contains(c.Officers, officer) {
		c.Officers = append(c.Officers, officer)
	}
}

func (c *Case) count(source string) {
	c.Mentions++
	for i := range c.Sources {
		if c.Sources[i].Source == source {
			c.Sources[i].Count++
			return
		}
	}
	c.Sources = append(c.Sources, SourceCount{source, 1})
}

// Open tells whether an answer is still owed.
func (c *Case) Open() bool { return c.State == Registered || c.State == InHand }

// Over tells whether nothing more is expected to happen.
func (c *Case) Over() bool { return c.State == Done || c.State == NotOwed }

// Next returns the step that the next reply will meet; false when all are met or
// none is owed any more.
func (c *Case) Next() (Step, bool) {
	if !c.Open() || len(c.Replies) >= len(c.Steps) {
		return Step{}, false
	}
	return c.Steps[len(c.Replies)], true
}

// Overdue tells whether at now an answer that is owed is past its due time.
func (c *Case) Overdue(now time.Time) bool {
	s, owed := c.Next()
	return owed && now.After(s.Due)
}

// OnTime tells, for the i-th reply, whether it came by its step's due time. Replies
// beyond the steps are additions and always on time.
func (c *Case) OnTime(i int) bool {
	return i >= len(c.Steps) || !c.Replies[i].At.After(c.Steps[i].Due)
}
