// Package workday is the room of time: which days are working days in mainland
// China (statutory holidays and make-up days included), when the office is open,
// when an answer is due and why, and how much working time has passed. It is
// pure: no clock, no disk, no network. The caller gives every instant.
package workday

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Calendar knows the working days and office hours of one agency in one zone.
// It never changes after New and may be used by many goroutines.
type Calendar struct {
	loc     *time.Location
	hours   Hours
	days    map[day]special
	sources map[int][]string
	known   map[int]bool
}

// New makes a calendar from the built-in tables, the office hours and the
// agency's own days, which go before the tables. It fails on a nil zone, empty
// hours, and overrides that are malformed or name one day twice.
func New(loc *time.Location, h Hours, extra ...Override) (*Calendar, error) {
	if loc == nil {
		return nil, errors.New("calendar: no time zone")
	}
	if h.IsZero() {
		return nil, errors.New("calendar: no office hours")
	}
	if len(extra) > MaxOverrides {
		return nil, fmt.Errorf("calendar: %d days set by hand, at most %d are allowed", len(extra), MaxOverrides)
	}
	t, err := parseTables(holidaysText)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	byHand := map[day]special{}
	for _, o := range extra {
		d, err := parseDay(o.Date)
		if err != nil {
			return nil, fmt.Errorf("calendar: day set by hand: %w", err)
		}
		if _, twice := byHand[d]; twice {
			return nil, fmt.Errorf("calendar: day set by hand: %s is there twice", o.Date)
		}
		name := strings.TrimSpace(o.Name)
		if name == "" {
			name = "本单位"
		}
		byHand[d] = special{name, o.Work}
		t.days[d] = byHand[d]
	}
	c := &Calendar{loc: loc, hours: h, days: t.days, sources: t.sources, known: map[int]bool{}}
	for year := range t.sources {
		c.known[year] = true
	}
	for d := range byHand {
		if completes(byHand, d.year()) {
			c.known[d.year()] = true
		}
	}
	return c, nil
}

// completes reports whether the days set by hand hold a whole notice about year:
// the fixed holidays off (1 January, 1 May, 1 October) and a Spring Festival,
// whose first day always falls between 21 January and 21 February.
func completes(byHand map[day]special, year int) bool {
	off := func(d day) bool { s, ok := byHand[d]; return ok && !s.work }
	if !off(dayAt(year, 1, 1)) || !off(dayAt(year, 5, 1)) || !off(dayAt(year, 10, 1)) {
		return false
	}
	for d := dayAt(year, 1, 21); d <= dayAt(year, 2, 21); d++ {
		if off(d) {
			return true
		}
	}
	return false
}

// Location is the zone the calendar counts in.
func (c *Calendar) Location() *time.Location { return c.loc }

// Hours are the office hours the calendar was made with.
func (c *Calendar) Hours() Hours { return c.hours }

// WithHours is a calendar with the same days and other office hours, for a unit
// that keeps its own. The zero Hours gives c itself.
func (c *Calendar) WithHours(h Hours) *Calendar {
	if h.IsZero() {
		return c
	}
	other := *c // the tables are shared: they never change
	other.hours = h
	return &other
}

// IsWorkday reports whether the day on which t falls, in the calendar's zone, is
// a working day.
func (c *Calendar) IsWorkday(t time.Time) bool { return c.works(c.dayOf(t)) }

// Why says in Chinese what kind of day t falls on: 工作日, 周六休息, 国庆节放假,
// 国庆节调休上班.
func (c *Calendar) Why(t time.Time) string {
	d := c.dayOf(t)
	if s, ok := c.days[d]; ok {
		return s.String()
	}
	if c.works(d) {
		return "工作日"
	}
	return weekdays[d.utc().Weekday()] + "休息"
}

// String is the special day in Chinese: 国庆节放假, 国庆节调休上班.
func (s special) String() string {
	if s.work {
		return s.name + "调休上班"
	}
	return s.name + "放假"
}

// Known reports whether the holidays of year are in the tables, or were given
// whole as overrides. In other years plain weekdays are counted, and whoever
// shows a due time says so. The last days of December of the last known year
// may still be moved by the next year's notice.
func (c *Calendar) Known(year int) bool { return c.known[year] }

// LastKnownYear is the last year for which Known holds.
func (c *Calendar) LastKnownYear() int {
	last := 0
	for y := range c.known {
		last = max(last, y)
	}
	return last
}

// Sources are the notices a year's built-in table is taken from, each as its
// number and address; nil for a year without one.
func (c *Calendar) Sources(year int) []string { return slices.Clone(c.sources[year]) }

// Opening is when office hours begin on the day on which t falls, be it a
// working day or not.
func (c *Calendar) Opening(t time.Time) time.Time { return c.opening(c.dayOf(t)) }

// Closing is when office hours end on the day on which t falls, be it a working
// day or not.
func (c *Calendar) Closing(t time.Time) time.Time { return c.closing(c.dayOf(t)) }

// NextWorkday is the opening time of the first working day after the day on
// which t falls.
func (c *Calendar) NextWorkday(t time.Time) time.Time { return c.opening(c.step(c.dayOf(t), 1)) }

// PrevWorkday is the opening time of the last working day before the day on
// which t falls.
func (c *Calendar) PrevWorkday(t time.Time) time.Time { return c.opening(c.step(c.dayOf(t), -1)) }

// step is the nearest working day after (by 1) or before (by -1) d. It ends:
// there are at most MaxOverrides days that a plain week does not rule.
func (c *Calendar) step(d, by day) day {
	for d += by; !c.works(d); d += by {
	}
	return d
}

func (c *Calendar) works(d day) bool {
	if c.dayOf(c.at(d, 12*60)) != d {
		return false // the zone left this day out, as Samoa did 30 December 2011
	}
	if s, ok := c.days[d]; ok {
		return s.work
	}
	w := d.utc().Weekday()
	return w != time.Saturday && w != time.Sunday
}

func (c *Calendar) dayOf(t time.Time) day { return dayAt(t.In(c.loc).Date()) }

// at is the instant at which the wall clock shows minute on d.
func (c *Calendar) at(d day, minute int) time.Time {
	y, m, dd := d.utc().Date()
	return time.Date(y, m, dd, minute/60, minute%60, 0, 0, c.loc)
}

func (c *Calendar) opening(d day) time.Time { return c.at(d, c.hours.spans[0].from) }

func (c *Calendar) closing(d day) time.Time {
	return c.at(d, c.hours.spans[len(c.hours.spans)-1].to)
}
