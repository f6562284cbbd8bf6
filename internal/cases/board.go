package cases

import "time"

// Tally counts how the cases stand that a Filter chooses; each figure is a Standing of it.
type Tally struct {
	Open, Overdue, Unsigned, Paused, Doubtful int
	Today                                     int // open, not overdue, and due before the instant that was asked for
}

// Choices are the words by which the cases that somebody may see can be narrowed.
type Choices struct{ Units, Officers, Topics []string }

// Cell counts the cases of a unit on a topic, and those of them that are overdue.
type Cell struct {
	Unit, Topic    string
	Cases, Overdue int
}

// By is what figures are grouped by.
type By string

// The groups.
const (
	ByDay         By = "day" // 2026-07-15, of when a case was opened or a post was first read
	ByTopic       By = "topic"
	ByUnit        By = "unit"
	BySource      By = "source"       // a case counts for each source that told it
	ByFirstSource By = "first source" // and here for the first one alone: for channels
)

// Group counts the cases of a group.
type Group struct {
	Key                   string
	Opened                int
	InTime, Late, Unsound int // each a Standing
	Decided               int // in time, late or doubtful, each case once: InTime of Decided is the rate
}

// Count is how many there are of something.
type Count struct {
	Key string
	N   int
}

// MentionFilter chooses mentions. What is zero leaves nothing out.
type MentionFilter struct {
	Words       []string // all of them must be there
	From, Until time.Time
	Cases       []string
	Source      string
	Sources     []string // not nil: one of these
	Topic       string   // of the case
	Topics      []string // not nil: one of these
	Unit        string   // whose the case is now
	Units       []string // whose cases the reader may see; empty: all units'
	Offset      int
	Limit       int
}

// SourceDay counts what was read of a source on a day.
type SourceDay struct {
	Source       string
	Day          string // 2026-07-15
	Polls        int
	New, Matched int // posts
	Failed, Gaps int // polls
}
