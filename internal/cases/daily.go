package cases

import (
	"slices"
	"time"
)

// Span is from one instant up to and without another.
type Span struct{ From, Until time.Time }

// Holds tells whether t is in it.
func (s Span) Holds(t time.Time) bool { return !t.Before(s.From) && t.Before(s.Until) }

// DailyQuery is what a digest asks the warehouse.
type DailyQuery struct {
	Span Span
	Now  time.Time // how cases stand: answers that were found wanting since do not count
	// Units are those whose cases count; empty: all units'.
	Units []string
	// Before are the spans that Span is compared with, and Moments when their digests would
	// have been read.
	Before  []Span
	Moments []time.Time
	Days    int // of the trend, up to the end of Span
}

// Daily is what the warehouse tells for a digest.
type Daily struct {
	Flow    Flow
	Counts  Counts       // of the span
	Before  []BeforeDay  // of the spans it is compared with, in their order
	Opened  []UnitTopic  // the cases opened in the span, the most first
	Units   []UnitCounts // whose figures there are in the span or the trend, by name
	Stories []Growing    // the three that grew most
	Replies []Published  // the answers of the span, in order
	// Dismissed are the cases of the span that are owed no answer, false alarms first.
	Dismissed []Dismissal
	Days      []DayCounts // the oldest first
	Sources   []SourceDays
}

// Flow counts what ran through, of the whole agency.
type Flow struct {
	Read      int // posts never seen before
	Matched   int // mentions, as the warehouse holds them
	Cased     int // of these, in a case
	Delivered int // of these, counted on a card that Telegram confirmed
}

// Counts count cases, each once, as the table of standings defines it. The rate of a span
// is that of the cases that were first answered in it: of them, how many were kept in time.
// What was answered late counts against it, and so does an answer that was found wanting and
// that nobody accepted; what is overdue and not answered at all is told beside it.
type Counts struct {
	Opened   int // cases opened in the span
	Answered int // cases first answered in the span
	InTime   int // of these, in time
}

// Plus adds other ones.
func (c Counts) Plus(o Counts) Counts {
	return Counts{Opened: c.Opened + o.Opened, Answered: c.Answered + o.Answered, InTime: c.InTime + o.InTime}
}

// BeforeDay is what a digest is compared with.
type BeforeDay struct {
	Counts
	Open, Overdue int // at its moment
}

// UnitCounts are those of one unit, in the span and over the days of the trend.
type UnitCounts struct {
	Unit  string
	Span  Counts
	Trend Counts
}

// UnitTopic counts the new cases of a unit on a topic.
type UnitTopic struct {
	Unit, Topic string
	Cases       int
}

// Growing is a case about which more was written than before.
type Growing struct {
	Fact
	New    int   // posts in the span
	Before int   // posts in as long a time right before it
	Curve  []int // posts from when it was opened, or from a week before the end, to the end of the span, in equal parts
}

// Published is an answer that was given to the public.
type Published struct {
	Case, Title, Unit string
	By, URL, Via      string
	At                time.Time
	First             bool     // it is the first that met what was owed
	Kept              Standing // of the first: in time, late or doubtful; empty: it is not counted
}

// Dismissal is a case that an officer said needs no answer.
type Dismissal struct{ Case, Title, Unit, By, Reason string }

// FalseAlarm tells whether the alert was wrong.
func (d Dismissal) FalseAlarm() bool { return d.Reason == FalseAlarm }

// DayCounts are those of a day that begins at From.
type DayCounts struct {
	From     time.Time
	Mentions int
	Counts
}

// SourceDays tells on which of the last five weeks' days a source brought something new.
type SourceDays struct {
	Source string
	Days   []time.Time // their beginnings, in order
	Last   time.Time   // when it last brought something new; zero: not in these days
	Failed int         // readings of the span that failed
	Reason string      // of the last of them
}

// Owed is a case on which an answer is owed, at some moment.
type Owed struct {
	Case, Title   string
	Unit, Officer string
	Step          string    // what is owed: 回应, 首次表态
	Due           time.Time // until when
	Paused        time.Time // since when time stands; zero: it runs
	Overdue       bool
}

// Stopped is the moment up to which time counts: at now, or since it stands.
func (o Owed) Stopped(now time.Time) time.Time {
	if !o.Paused.IsZero() {
		return o.Paused
	}
	return now
}

// Owed tells what is owed on a case at now; false when nothing is.
func (c *Case) Owed(now time.Time) (Owed, bool) {
	step, ok := c.Next()
	if !ok {
		return Owed{}, false
	}
	o := Owed{
		Case: c.Number, Title: c.Title, Unit: c.Unit, Officer: c.Officer, Step: step.Name, Due: step.Due, Overdue: c.Overdue(now),
	}
	if p := c.Paused(); p != nil {
		o.Paused = p.From
	}
	return o, true
}

// SortOwed puts those that are due first in front.
func SortOwed(list []Owed) {
	slices.SortStableFunc(list, func(a, b Owed) int { return a.Due.Compare(b.Due) })
}

// Overdue are those of a list that are past their time.
func Overdue(list []Owed) (late []Owed) {
	for _, o := range list {
		if o.Overdue {
			late = append(late, o)
		}
	}
	return late
}
