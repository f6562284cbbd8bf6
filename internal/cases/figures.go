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

// UnitTopic counts the new cases of a unit on a topic.
type UnitTopic struct {
	Unit, Topic string
	Cases       int
}
