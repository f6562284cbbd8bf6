package cases

import (
	"fmt"
	"slices"
	"time"
)

// Severity is how grave a case is (一般、较大、重大); it only ever rises.
type Severity string

// The severities, in order.
const (
	Ordinary Severity = "一般"
	Larger   Severity = "较大"
	Major    Severity = "重大"
)

var severities = []Severity{Ordinary, Larger, Major}

// Above tells whether s is graver than o. The zero Severity is ordinary.
func (s Severity) Above(o Severity) bool {
	return slices.Index(severities, s) > max(0, slices.Index(severities, o))
}

// Ladder is the ladder that a case of that severity is on; empty: its topic's.
func (s Severity) Ladder() string { return map[Severity]string{Larger: "general", Major: "major"}[s] }

// Spread is from when on a story has spread so far that it is graver. A zero figure
// makes nothing graver.
type Spread struct {
	Mentions int // posts that tell it
	Sources  int // places where it is told
	Hourly   int // posts within an hour
}

// Spreads returns how grave the case is by its spread, and why; never less than it is
// now, and then without a reason.
func (c *Case) Spreads(larger, major Spread) (Severity, string) {
	for _, grade := range []struct {
		Severity
		Spread
	}{{Major, major}, {Larger, larger}} {
		if !grade.Above(c.Severity) {
			break
		}
		switch {
		case reached(c.Told(), grade.Mentions):
			return grade.Severity, fmt.Sprintf("同一件事已有 %d 帖", c.Told())
		case reached(c.places(), grade.Sources):
			return grade.Severity, fmt.Sprintf("已有 %d 个来源在说", c.places())
		case reached(c.Pace.Hourly(), grade.Hourly):
			return grade.Severity, fmt.Sprintf("一小时内有 %d 帖", c.Pace.Hourly())
		}
	}
	return c.Severity, ""
}

// reached tells whether n is as much as a limit says; a limit of 0 is none.
func reached(n, limit int) bool { return limit > 0 && n >= limit }

// places is in how many sources the story is told, but for mentions that were split off.
func (c *Case) places() (n int) {
	for _, s := range c.Sources {
		if s.Count > 0 {
			n++
		}
	}
	return n
}

// slice is how finely a Pace counts.
const slice = 10 * time.Minute

// Pace counts mentions within the last hour, to ten minutes.
type Pace struct {
	Last   int64  // number of the newest slice since 1970
	Counts [6]int // of the slices up to it, the newest first
}

// Add counts a mention. One from before the hour is not counted.
func (p *Pace) Add(at time.Time) {
	n := at.Unix() / int64(slice/time.Second)
	for ; p.Last < n; p.Last++ {
		if n-p.Last >= int64(len(p.Counts)) {
			p.Counts, p.Last = [6]int{}, n
			break
		}
		copy(p.Counts[1:], p.Counts[:])
		p.Counts[0] = 0
	}
	if back := p.Last - n; back < int64(len(p.Counts)) {
		p.Counts[back]++
	}
}

// Hourly is how many mentions there were in the hour up to the last one.
func (p *Pace) Hourly() (n int) {
	for _, c := range p.Counts {
		n += c
	}
	return n
}
