package cases

import "time"

// Figures are what the warehouse counts of a span of time.
type Figures struct {
	Read      int // posts never seen before
	Matched   int // mentions, as the warehouse holds them
	Cased     int // of these, in a case
	Delivered int // of these, counted on a card that Telegram confirmed
	Opened    []UnitTopic
	OnTime    int // replies that met a step by its due time
	Late      int // replies that met a step past it
	Dismissed int
	Closed    int
	// Dismissals are those of the span, in order; at most 100.
	Dismissals []Dismissal
}

// Dismissal is a case that an officer said needs no answer.
type Dismissal struct{ Case, Title, Unit, By, Reason string }

// Search is what somebody looks for among the mentions.
type Search struct {
	Words       []string // all of them must be there
	From, Until time.Time
	Units       []string // empty: of all units
	Limit       int
}

// Found is a case with a mention that has the words looked for.
type Found struct {
	Case, Title, Source, URL string
	Seen                     time.Time
	Mentions                 int // that have the words
}

// TopicFigures count what became of a topic's cases.
type TopicFigures struct {
	Topic       string
	Opened      int           // cases
	Answered    int           // of these, with a reply
	FalseAlarms int           // dismissed as false alarms, and not answered after all
	Judged      int           // answered, closed or dismissed for any reason
	Words       []WordFigures // that caused the false alarms: the worst first
}

// WordFigures count the judged cases of a topic in which a word matched.
type WordFigures struct {
	Word        string
	FalseAlarms int
	Good        int // the others
}

// JudgedText is a mention of a case that an officer has judged.
type JudgedText struct {
	Topic, Case string // the case's
	Title, Text string
	Words       []string // what matched
}

// UnitTopic counts the new cases of a unit on a topic.
type UnitTopic struct {
	Unit, Topic string
	Cases       int
}
