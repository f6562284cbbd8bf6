package workday

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxSpans is how many spans a working day may have.
const maxSpans = 8

// span is a stretch of a day, in minutes after 00:00 on the wall clock.
type span struct{ from, to int }

// Hours are the office hours of a working day: one or more spans, in order, not
// overlapping, inside one day. The zero Hours is not usable; ParseHours makes one.
type Hours struct{ spans []span }

// dashes lets people write a span with the dash or colon their keyboard offers.
var dashes = strings.NewReplacer("–", "-", "—", "-", "－", "-", "~", "-", "～", "-", "至", "-", "：", ":")

// ParseHours reads spans such as "09:00-12:00" and "13:00-17:30". The hyphen may
// be a dash or 至. At least one span, at most eight; the day ends at 23:59.
func ParseHours(list []string) (Hours, error) {
	if len(list) == 0 {
		return Hours{}, errors.New(`office hours: want at least one span, such as "09:00-12:00"`)
	}
	if len(list) > maxSpans {
		return Hours{}, fmt.Errorf("office hours: %d spans, at most %d are allowed", len(list), maxSpans)
	}
	var h Hours
	for _, s := range list {
		sp, err := parseSpan(s)
		if err != nil {
			return Hours{}, fmt.Errorf("office hours: %w", err)
		}
		if n := len(h.spans); n > 0 && sp.from < h.spans[n-1].to {
			return Hours{}, fmt.Errorf("office hours: %s begins before %s has ended", sp, h.spans[n-1])
		}
		h.spans = append(h.spans, sp)
	}
	return h, nil
}

func parseSpan(s string) (span, error) {
	if len(s) > 32 {
		return span{}, fmt.Errorf("span %q…: too long", s[:20])
	}
	from, to, ok := strings.Cut(dashes.Replace(s), "-")
	if !ok {
		return span{}, fmt.Errorf(`span %q: want two times, such as "09:00-12:00"`, s)
	}
	a, err := parseClock(from)
	if err != nil {
		return span{}, fmt.Errorf("span %q: %w", s, err)
	}
	b, err := parseClock(to)
	if err != nil {
		return span{}, fmt.Errorf("span %q: %w", s, err)
	}
	if a >= b {
		return span{}, fmt.Errorf("span %q: ends before it begins", s)
	}
	return span{a, b}, nil
}

// parseClock reads "9:00" or "09:00" as minutes after midnight.
func parseClock(s string) (int, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("time %q: want hours and minutes from 00:00 to 23:59", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// String writes one span as people read it: 09:00–12:00.
func (s span) String() string {
	return fmt.Sprintf("%02d:%02d–%02d:%02d", s.from/60, s.from%60, s.to/60, s.to%60)
}

// String writes the spans as people read them: 09:00–12:00、13:00–17:30.
func (h Hours) String() string {
	parts := make([]string, len(h.spans))
	for i, s := range h.spans {
		parts[i] = s.String()
	}
	return strings.Join(parts, "、")
}

// PerDay is how much working time one working day holds.
func (h Hours) PerDay() time.Duration {
	var sum time.Duration
	for _, s := range h.spans {
		sum += time.Duration(s.to-s.from) * time.Minute
	}
	return sum
}
