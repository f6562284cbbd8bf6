package cases

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
