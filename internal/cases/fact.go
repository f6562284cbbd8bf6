package cases

import (
	"slices"
	"time"

	"huiyin/internal/workday"
)

// Fact sums a case up for counting: what reports, boards and dashboards ask of it, in one
// row. It is made anew from the events whenever some arrive.
type Fact struct {
	Case       string
	Seq        int // of the last event that it sums up
	Opened     time.Time
	Topic      string
	Title, URL string   // of the post that opened it
	Sources    []string // of the posts, that of the first one first
	Mentions   int      // posts that tell it
	Severity   Severity
	State      State
	Unit       string // whose case it is now
	Officer    string // whose turn it is now
	Into       string // the case that it goes on in; empty: in none

	Due     time.Time // of what is owed next; zero: nothing is
	Settled time.Time // since when nothing is owed; zero: something is
	Paused  time.Time // since when time stands; zero: it runs

	SignBy time.Time // until when the first who was asked should have signed
	Signed time.Time // when somebody first signed, answered or dismissed it; zero: nobody did

	// The first answer that met a step; zero and empty while there is none. Unit and
	// officer are those who held the case then.
	Replied      time.Time
	ReplyDue     time.Time
	ReplyURL     string
	ReplyUnit    string
	ReplyOfficer string
	Worked       time.Duration // working time for which that unit held it until then, pauses left out
	Took         time.Duration // plain time from its opening until then
	Pauses       int           // how often time stood, up to that answer
	Stood        time.Duration // working time for which it did; without a pause that lasts
	Answers      int           // answers that met a step, that one included

	// LateUnit and LateOfficer held the case when a time ran out that is owed to be kept:
	// lateness is theirs, whoever answered in the end. Empty: nothing was late up to the last
	// event; Due tells of what came after.
	LateUnit    string
	LateOfficer string

	Turns []Turn

	Verified  bool // all answers with a page stand
	Doubtful  bool // the last answer does not stand
	Transfers int  // from unit to unit
	Back      int  // of these, to a unit that had held it before
	Declined  int  // transfers that the other unit refused
	Returned  int  // drafts that the reviewer sent back
	Reopened  int
	Extended  int       // how often a leader gave more time
	ByHand    bool      // somebody of the office registered it
	Dismissed string    // why no answer is owed; empty: one is, or was given
	Ended     time.Time // zero while it is not over
	Rating    string    // how content the person is who asked; empty: not known
}

// Turn is for how long an officer of a unit held a case while an answer was owed, in
// working time and with pauses left out. All turns of one officer in a unit are one.
type Turn struct {
	Unit, Officer string
	Worked        time.Duration
	Rushed        int // how often it passed the case on when less than a quarter of the time was left
}

// SumVersion rises whenever Sum comes to say something else of the same events: what was
// summed up before is then summed up anew.
const SumVersion = 1

// Rules are what it takes to sum cases up.
type Rules struct {
	Calendar func(unit string) *workday.Calendar // by which a unit works
	Within   time.Duration                       // to sign, in working time
	Major    time.Duration                       // to sign what is major, in plain time
}

// Sum sums a case up from its events, which must be in order and whole.
func (r Rules) Sum(events []Event) (Fact, error) {
	var c Case
	s := summing{rules: r}
	for _, e := range events {
		s.before(c, e)
		if err := c.Apply(e); err != nil {
			return Fact{}, err
		}
		s.after(c, e)
	}
	if c.Seq == 0 {
		return Fact{}, errEmpty
	}
	return s.end(c), nil
}

// summing is a Fact in the making.
type summing struct {
	rules   Rules
	fact    Fact
	at      time.Time // up to when turns are counted
	lateDue time.Time // what was missed
	waived  Step      // what was owed when an answer came after all to a case that was dismissed; zero: none
	rushed  *Turn     // who offered it to another unit when little time was left; nil: nobody
}

// before takes note of the time that went by until e.
func (s *summing) before(c Case, e Event) {
	if c.Seq == 0 {
		s.at = e.At
		return
	}
	if e.Kind == Replied && c.State == NotOwed && c.Met() < len(c.Steps) {
		s.waived = c.Steps[c.Met()]
	}
	if s.fact.LateUnit == "" && c.Overdue(e.At) {
		step, _ := c.Next()
		s.fact.LateUnit, s.fact.LateOfficer, s.lateDue = c.Unit, c.Officer, step.Due
	}
	if e.Kind == Transferred {
		s.rushed = nil
		if e.By != "" && c.nearlyDue(s.rules.Calendar(c.Unit), e.At) {
			s.rushed = &Turn{Unit: c.Unit, Officer: c.Officer}
		}
	}
	if !e.At.After(s.at) { // told late, of what was done before
		return
	}
	if c.Open() && c.Paused() == nil {
		s.turn(c.Unit, c.Officer).Worked += s.rules.Calendar(c.Unit).Between(s.at, e.At)
	}
	s.at = e.At
}

// turn is that of an officer of a unit.
func (s *summing) turn(unit, officer string) *Turn {
	for i := range s.fact.Turns {
		if t := &s.fact.Turns[i]; t.Unit == unit && t.Officer == officer {
			return t
		}
	}
	s.fact.Turns = append(s.fact.Turns, Turn{Unit: unit, Officer: officer})
	return &s.fact.Turns[len(s.fact.Turns)-1]
}

// after takes note of what e did.
func (s *summing) after(c Case, e Event) {
	f := &s.fact
	switch e.Kind {
	case Opened:
		s.turn(c.Unit, c.Officer)              // of who was asked first
		f.ByHand = e.By != "" && e.Other == "" // not split off
		f.SignBy = c.Signing(s.rules.Calendar(c.Unit), s.rules.Within, s.rules.Major)
	case Declined:
		f.Declined++
	case Extended:
		f.Extended++
	case Returned:
		f.Returned++
	case Reopened:
		f.Reopened++
	case Replied:
		s.replied(c)
	}
	if f.Signed.IsZero() && (e.Kind == Signed || e.Kind == Replied || e.Kind == Dismissed) {
		f.Signed = e.At
	}
	if e.Kind == Signed && c.From != "" && c.Unit != f.Unit || e.Kind == Transferred && e.By == "" {
		f.Transfers++
		if slices.ContainsFunc(f.Turns, func(t Turn) bool { return t.Unit == c.Unit }) {
			f.Back++
		}
		if r := s.rushed; r != nil {
			s.turn(r.Unit, r.Officer).Rushed++
		}
	}
	f.Unit = c.Unit
	if _, owed := c.Next(); owed {
		f.Settled = time.Time{}
	} else if f.Settled.IsZero() {
		f.Settled = s.at // also of an answer that was told late
	}
}

// pauses takes note of the times that the case waited for somebody outside, up to a moment.
func (s *summing) pauses(c Case, until time.Time) {
	for _, p := range c.Pauses {
		if p.From.After(until) {
			continue
		}
		s.fact.Pauses++
		if !p.Until.IsZero() {
			if p.Until.After(until) {
				p.Until = until
			}
			s.fact.Stood += s.rules.Calendar(c.Unit).Between(p.From, p.Until)
		}
	}
}

// replied takes note of an answer.
func (s *summing) replied(c Case) {
	f, r := &s.fact, c.Replies[len(c.Replies)-1]
	if r.Step.Due.IsZero() { // to dismiss a case and to answer it in the end puts nothing off
		r.Step, s.waived = s.waived, Step{}
	}
	if r.Step.Due.IsZero() {
		return
	}
	if !r.OnTime() && f.LateUnit == "" {
		f.LateUnit, f.LateOfficer, s.lateDue = c.Unit, c.Officer, r.Step.Due
	}
	f.Answers++
	if r.OnTime() && r.Step.Due.Equal(s.lateDue) { // it was done in time, and told late
		f.LateUnit, f.LateOfficer, s.lateDue = "", "", time.Time{}
	}
	if f.Answers > 1 {
		return
	}
	f.Replied, f.ReplyDue, f.ReplyURL, f.ReplyUnit, f.ReplyOfficer = r.At, r.Step.Due, r.URL, c.Unit, c.Officer
	f.Took = max(0, r.At.Sub(c.Opened))
	s.pauses(c, r.At)
	if r.At.Before(s.at) { // told late: what went by since was not needed
		turn := s.turn(c.Unit, c.Officer)
		turn.Worked = max(0, turn.Worked-s.rules.Calendar(c.Unit).Between(r.At, s.at))
	}
	for _, t := range f.Turns {
		if t.Unit == c.Unit {
			f.Worked += t.Worked
		}
	}
}

// end adds how the case stands.
func (s *summing) end(c Case) Fact {
	if s.fact.Answers == 0 {
		s.pauses(c, s.at)
	}
	f := s.fact
	f.Case, f.Seq, f.Opened, f.Topic, f.Title, f.URL = c.Number, c.Seq, c.Opened, c.Topic, c.Title, c.URL
	for _, source := range c.Sources {
		if source.Count > 0 {
			f.Sources = append(f.Sources, source.Source)
		}
	}
	f.Mentions, f.Severity, f.State, f.Officer, f.Into = c.Told(), c.Severity, c.State, c.Officer, c.Into
	if f.Severity == "" {
		f.Severity = Ordinary
	}
	if step, owed := c.Next(); owed {
		f.Due = step.Due
	}
	if p := c.Paused(); p != nil {
		f.Paused = p.From
	}
	f.Verified, f.Doubtful = len(c.Replies) > 0, c.Doubtful() >= 0
	for _, r := range c.Replies {
		f.Verified = f.Verified && r.Stands()
	}
	f.Ended, f.Rating = c.Ended, c.Rating
	if c.State == NotOwed {
		f.Dismissed = c.Reason
	}
	return f
}
