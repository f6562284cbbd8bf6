package workday

import (
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a Target counts.
type Unit string

// The units of a Target, as they are written after the number.
const (
	WorkingDays  Unit = "wd" // whole working days; the day of receipt does not count
	WorkingHours Unit = "wh" // hours inside office hours of working days
	PlainHours   Unit = "h"  // hours by the clock, day and night
)

// units says how far each unit may go (about a year of it) and its Chinese name.
var units = map[Unit]struct {
	max  int
	name string
}{
	WorkingDays:  {366, "个工作日"},
	WorkingHours: {2000, "个工作小时"},
	PlainHours:   {8784, "小时"},
}

// Target is how long the agency has. The zero Target means "none"; every other
// one should pass Validate. Targets compare with ==.
type Target struct {
	N    int
	Unit Unit
}

// ParseTarget reads "1wd", "20wd", "4wh", "48h": a number without sign, leading
// zero or space, then a unit. What it accepts, String writes back unchanged.
func ParseTarget(s string) (Target, error) {
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 1 || len(s) > 8 || s[0] == '0' {
		return Target{}, badTarget(s)
	}
	n, err := strconv.Atoi(s[:i])
	if err != nil {
		return Target{}, badTarget(s)
	}
	t := Target{N: n, Unit: Unit(s[i:])}
	if err := t.Validate(); err != nil {
		return Target{}, fmt.Errorf("target %q: %w", s, err)
	}
	return t, nil
}

// badTarget says what a target looks like; it shows at most 20 bytes of s.
func badTarget(s string) error {
	if len(s) > 20 {
		s = s[:20]
	}
	return fmt.Errorf("target %q: want a number and a unit, such as 1wd (working days), 4wh (working hours) or 24h", s)
}

// Validate reports an unknown unit, or a number outside 1..366 working days,
// 1..2000 working hours or 1..8784 hours.
func (t Target) Validate() error {
	u, ok := units[t.Unit]
	if !ok {
		return fmt.Errorf("unknown unit %q: want wd (working days), wh (working hours) or h (hours)", string(t.Unit))
	}
	if t.N < 1 || t.N > u.max {
		return fmt.Errorf("want 1%s to %d%s", t.Unit, u.max, t.Unit)
	}
	return nil
}

// IsZero reports whether t is no target at all.
func (t Target) IsZero() bool { return t == Target{} }

// String writes t as ParseTarget reads it; the zero Target is "".
func (t Target) String() string {
	if t.IsZero() {
		return ""
	}
	return strconv.Itoa(t.N) + string(t.Unit)
}

// Name is what officers read: 1个工作日, 4个工作小时, 24小时; the zero Target is "".
func (t Target) Name() string {
	if t.IsZero() {
		return ""
	}
	return strconv.Itoa(t.N) + units[t.Unit].name
}

// MarshalText writes t as String does, and refuses a Target that is not valid.
func (t Target) MarshalText() ([]byte, error) {
	if !t.IsZero() {
		if err := t.Validate(); err != nil {
			return nil, fmt.Errorf("write target: %w", err)
		}
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what MarshalText wrote: ParseTarget's form, or "" for none.
func (t *Target) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*t = Target{}
		return nil
	}
	parsed, err := ParseTarget(string(b))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}
