package cases

import (
	"strings"
)

// Disclosure is how much of a case is shown outside the house: on phones and in copies.
type Disclosure struct {
	Level Level
	Board string // address of the internal board, without a slash at the end; for Link
}

// Level is one of the three.
type Level string

// The levels. The zero Level is Full.
const (
	Full  Level = "full"  // the whole card
	Brief Level = "brief" // topic, number and times
	Link  Level = "link"  // only where to look it up
)

// Full tells whether the whole of a case may leave the house.
func (d Disclosure) Full() bool { return d.Level == Full || d.Level == "" }

// Page is the address of a case on the internal board.
func (d Disclosure) Page(number string) string {
	return strings.TrimRight(d.Board, "/") + "/case/" + number
}
