package cases

// Live is what the journal knows at one instant: what is owed, and what waits.
type Live struct {
	Open        int      // cases that owe an answer
	Overdue     []Case   // of these, past their due time; the longest first
	Paused      int      // of these, waiting for somebody outside
	Doubtful    []Case   // whose last answer did not verify and was not accepted
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

// Duty is who of a unit is on duty today.
type Duty struct {
	Unit, Officer string
	ByHand        bool     // the officer was put on duty for today, whatever the plan is
	Away          []string // people of the unit who are on leave today
}

// Letter is what reached the office by phone, letter or visit, as an officer typed it in.
type Letter struct {
	Update  int64 // the chat update's ID
	By      string
	Channel string // 来电, 来信, 来访
	Title   string
	Text    string
	Contact string // how to reach the person; it is kept masked
}
