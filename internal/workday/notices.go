package workday

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// holidaysText is the built-in table; its head says how it is written.
//
//go:embed holidays.txt
var holidaysText string

// day counts days since 1970-01-01. It has no zone, so it has no edges to get wrong.
type day int

// dayAt is the day y-m-d; out-of-range months and days roll over as in time.Date.
func dayAt(y int, m time.Month, d int) day {
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// utc is the day's midnight in UTC, for reading its date and weekday.
func (d day) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) year() int { return d.utc().Year() }

// parseDay reads 2006-01-02.
func parseDay(s string) (day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("date %q: want a day such as 2026-10-01", s)
	}
	return dayAt(t.Date()), nil
}

// special is a day on which the plain week does not hold.
type special struct {
	name string
	work bool
}

// tables is what the notices say.
type tables struct {
	days    map[day]special
	sources map[int][]string // year → "number URL" of each notice
}

// parseTables reads the format described at the head of holidays.txt.
func parseTables(text string) (tables, error) {
	t := tables{days: map[day]special{}, sources: map[int][]string{}}
	year := 0
	for i, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		var err error
		if f[0] == "notice" {
			year, err = t.notice(f[1:])
		} else {
			err = t.festival(year, f)
		}
		if err != nil {
			return tables{}, fmt.Errorf("holiday table: line %d: %w", i+1, err)
		}
	}
	return t, nil
}

func (t tables) notice(f []string) (year int, err error) {
	if len(f) != 3 {
		return 0, fmt.Errorf("notice with %d fields, want year, number and URL", len(f))
	}
	if year, err = strconv.Atoi(f[0]); err != nil || year < 1950 || year > 9999 {
		return 0, fmt.Errorf("notice of the year %q", f[0])
	}
	t.sources[year] = append(t.sources[year], f[1]+" "+f[2])
	return year, nil
}

// festival reads one line "NAME off DAYS work DAYS" of a notice about year.
func (t tables) festival(year int, f []string) error {
	if len(f) < 3 || f[1] != "off" && f[1] != "work" {
		return fmt.Errorf("%q: want a name, then off or work, then days", f[0])
	}
	work := false
	for _, w := range f[1:] {
		if w == "off" || w == "work" {
			work = w == "work"
			continue
		}
		a, b, isRange := strings.Cut(w, "..")
		first, err := parseDay(a)
		if err != nil {
			return err
		}
		last := first
		if isRange {
			if last, err = parseDay(b); err != nil {
				return err
			}
		}
		if last < first || last-first > 31 {
			return fmt.Errorf("%s: a range of %d days", w, last-first+1)
		}
		// A New Year holiday may begin in the last days of December.
		if first < dayAt(year-1, time.December, 20) || last.year() > year {
			return fmt.Errorf("%s: not in %d, the year of the notice", w, year)
		}
		for d := first; d <= last; d++ {
			t.days[d] = special{f[0], work}
		}
	}
	return nil
}
