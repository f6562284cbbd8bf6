package report

import (
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// Quiet is a source that can be read and brings nothing, for unusually long.
type Quiet struct {
	Name    string
	Days    int       // working days without anything new, up to the end of the span
	Longest int       // as many there were at most between two days with something, in the weeks before
	Last    time.Time // when it last brought something
}

// A source is quiet when it brought nothing for so many working days, and for more than
// twice as many as ever in the weeks before, in which it brought something on so many days.
const (
	quietAtLeast = 2
	quietKnown   = 4
)

// QuietOf finds those of the sources that went quiet before an instant; names are those to
// look at.
func QuietOf(list []cases.SourceDays, cal *workday.Calendar, until time.Time, names []string) (quiet []Quiet) {
	for _, s := range list {
		if len(s.Days) < quietKnown || !slices.Contains(names, s.Source) {
			continue
		}
		q := Quiet{Name: s.Source, Last: s.Last}
		for i, day := range s.Days[1:] {
			q.Longest = max(q.Longest, idle(cal, s.Days[i], day))
		}
		q.Days = idle(cal, s.Days[len(s.Days)-1], until)
		if q.Days >= quietAtLeast && q.Days > 2*q.Longest {
			quiet = append(quiet, q)
		}
	}
	slices.SortStableFunc(quiet, func(a, b Quiet) int { return b.Days - a.Days })
	return quiet
}

// idle counts the working days between two days, without them.
func idle(cal *workday.Calendar, after, before time.Time) (n int) {
	for day := after.AddDate(0, 0, 1); day.Before(before); day = day.AddDate(0, 0, 1) {
		if cal.IsWorkday(day) {
			n++
		}
	}
	return n
}
