package cases

import "time"

// Live is what the journal knows at one instant: what is owed, and what waits.
type Live struct {
	Open        int      // cases that owe an answer
	Overdue     []Case   // of these, past their due time; the longest first
	Owed        []Owed   // what is owed on each of the open ones; the one due first first
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

// Letter is what reached the office by phone, letter or visit: an officer typed it in, or
// another program of the office handed it on.
type Letter struct {
	Channel string // by which way it came: 来电, 来信, 来访, or what the other program calls it
	Title   string
	Text    string
	Contact string // how to reach the person; it is kept masked

	// Of one that was typed in.
	Update int64 // the chat update's ID
	By     string

	// Of one that was handed on.
	Key     string    // what the other program calls it; the same one twice changes nothing
	Name    string    // who wrote; it is matched, and kept only beside a contact, all but the first character hidden
	URL     string    // where it can be read; may be empty
	Written time.Time // zero when it is not known
	Unit    string    // who is to answer, whatever it is about; may be empty
}

// Receipt tells what became of a letter that was handed on, once that is in the journal.
type Receipt struct {
	Case    string // the number; of one that was merged, that of the case it goes on in
	Joined  bool   // an older case is about the same, and the letter joined it
	Known   bool   // it was registered before
	Refused string // why it was not registered, in Chinese; nothing else is set then
}
