package cases

import "time"

// Cohort chooses the cases that a report counts: those opened from From up to and without
// Until, as they stand when it is made. It says too how they are grouped.
type Cohort struct {
	From, Until time.Time
	Parts       []time.Time       // when the parts of the span begin, in order; may be empty
	Categories  map[string]string // of a topic
	Channels    map[string]string // of a source
}

// Elsewhere is the category of topics, and the channel of sources, that have none.
const Elsewhere = "其他"

// Category is that of a topic.
func (c Cohort) Category(topic string) string { return orElsewhere(c.Categories[topic]) }

// Channel is that of a case whose first post came from these sources.
func (c Cohort) Channel(sources []string) string {
	if len(sources) == 0 {
		return Elsewhere
	}
	return orElsewhere(c.Channels[sources[0]])
}

func orElsewhere(name string) string {
	if name == "" {
		return Elsewhere
	}
	return name
}

// Grouping is what the cases of a Score have in common.
type Grouping string

// The groupings, with what is in Key and Sub.
const (
	OfAll      Grouping = "all"
	OfUnit     Grouping = "unit"     // unit
	OfOfficer  Grouping = "officer"  // unit, officer
	OfCategory Grouping = "category" // category
	OfTopic    Grouping = "topic"    // category, topic
	OfChannel  Grouping = "channel"  // channel
	OfPart     Grouping = "part"     // number of the part, from 1
)

// Score counts the cases of one group. Of a unit and an officer each figure counts the
// cases in which it is theirs: to sign, of who was asked first; the time it took, of who
// answered; passed on, of who held it before, rushed, of who did so; all others as Standing
// says.
type Score struct {
	Of       Grouping
	Key, Sub string

	Cases     int
	InTime    int // answered, nothing was late, and the answer stands
	Late      int // answered late, or overdue
	RushedIn  int // of the late: another unit had passed it on when less than a quarter of the time was left
	Unsound   int // answered in time, but the last answer does not stand
	Overdue   int // of the late: owed still
	Open      int // an answer is owed
	Pending   int // not due yet
	Dismissed int // no answer is owed; late it may have been all the same
	Closed    int

	SignedInTime, SignedLate int

	Answered    int           // with a first answer
	Median, P90 time.Duration // working time of these, as MEDIAN and PERCENTILE.INC of spreadsheets have it
	Plain       time.Duration // median of the plain time from their opening on

	Paused   int           // time stood before the first answer
	Stood    time.Duration // working time for which it did
	Extended int
	Declined int // another unit refused to take it
	Back     int // passed on, and back again
	Rushed   int // passed on when less than a quarter of the time was left
	Pageless int // answered without a page
	ByHand   int // registered by hand

	Verified int // answered with a page, and all answers stand
	Doubtful int // the last answer does not stand, be it late or not
	Returned int // a draft was sent back
	Reopened int
	PassedOn int // to another unit, which holds it now
	Content  int // of the rated: 满意 or 基本满意
	Rated    int // these, and 不满意
}

// Decided is how many cases the on-time rate is of: what is not due yet and what needs no
// answer is left out.
func (t Score) Decided() int { return t.InTime + t.Late + t.Unsound }

// Add adds up what can be added: the medians of both together are not known.
func (t Score) Add(o Score) Score {
	for _, n := range []struct {
		to *int
		by int
	}{
		{&t.Cases, o.Cases}, {&t.InTime, o.InTime}, {&t.Late, o.Late}, {&t.Unsound, o.Unsound}, {&t.Overdue, o.Overdue}, {&t.Open, o.Open},
		{&t.Pending, o.Pending}, {&t.Dismissed, o.Dismissed}, {&t.Closed, o.Closed}, {&t.SignedInTime, o.SignedInTime}, {&t.SignedLate, o.SignedLate},
		{&t.Answered, o.Answered}, {&t.Verified, o.Verified}, {&t.Doubtful, o.Doubtful}, {&t.Returned, o.Returned},
		{&t.Reopened, o.Reopened}, {&t.PassedOn, o.PassedOn}, {&t.Content, o.Content}, {&t.Rated, o.Rated},
		{&t.Paused, o.Paused}, {&t.Extended, o.Extended}, {&t.Declined, o.Declined}, {&t.Back, o.Back}, {&t.Rushed, o.Rushed},
		{&t.RushedIn, o.RushedIn}, {&t.Pageless, o.Pageless}, {&t.ByHand, o.ByHand},
	} {
		*n.to += n.by
	}
	t.Stood += o.Stood
	t.Median, t.P90, t.Plain = 0, 0, 0
	return t
}

// Counted is a case with how it counts: see Standing.
type Counted struct {
	Fact
	Kept                Standing // IsInTime, IsLate or IsUnsound; empty: not decided yet, or no answer is owed
	Overdue             bool     // an answer is owed, and past its time
	Whose, WhoseOfficer string   // whose the figure is
	Signing             Standing // IsInTime or IsLate; empty: not decided yet
	First, FirstOfficer string   // who was asked first, and was to sign
}
