package cases

import "time"

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
