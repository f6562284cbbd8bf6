package cases

// Live is what the journal knows at one instant: what is owed, and what waits.
type Live struct {
	Open        int      // cases that owe an answer
	Overdue     []Case   // of these, past their due time; the longest first
	Queued      int      // messages not confirmed by Telegram
	Unshipped   int      // records that the warehouse does not hold for sure
	Matched     int      // mentions of the span that was asked for
	Refused     int      // messages of the span that Telegram would never take
	Unreachable []Person // who has open cases and no chat to get them in
}

// Person is an officer with a number of open cases.
type Person struct {
	Name  string
	Cases int
}
