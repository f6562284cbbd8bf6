package schedule

import "time"

// Quiet is when a source asks to be left alone: skipHours and skipDays of RSS 2.0,
// which count in GMT. The zero value asks nothing.
type Quiet struct {
	Hours uint32 `json:"h,omitzero"` // bit 0 is the hour from midnight
	Days  uint8  `json:"d,omitzero"` // bit 0 is Sunday
}

const allHours, allDays = 1<<24 - 1, 1<<7 - 1

// After is the first moment at or after t, in t's zone, that is not to be skipped.
// A source that names all hours is not obeyed in this, nor one that names all days.
func (q Quiet) After(t time.Time) time.Time {
	hours, days := q.Hours&allHours, q.Days&allDays
	if hours == allHours {
		hours = 0
	}
	if days == allDays {
		days = 0
	}
	at := t.UTC()
	for hours>>at.Hour()&1 == 1 || days>>at.Weekday()&1 == 1 {
		at = nextHour(at)
	}
	return t.Add(at.Sub(t)) // not at: t may also have the reading of a clock that nobody sets
}
