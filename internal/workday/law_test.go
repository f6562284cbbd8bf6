package workday

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var zones = []string{"Asia/Shanghai", "UTC", "America/New_York", "Europe/London", "Pacific/Auckland",
	"Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"}

// someCalendar draws any zone, any office hours and a few days set by hand.
func someCalendar(t *rapid.T, zoneNames ...string) *Calendar {
	loc, err := time.LoadLocation(rapid.SampledFrom(zoneNames).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	var h Hours
	last := 0
	for range rapid.IntRange(1, 4).Draw(t, "spans") {
		from := rapid.IntRange(last, min(last+600, 1438)).Draw(t, "from")
		to := rapid.IntRange(from+1, 1439).Draw(t, "to")
		h.spans = append(h.spans, span{from, to})
		if last = to; last == 1439 {
			break
		}
	}
	first := dayAt(2017, 12, 1)
	extra := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Override {
		d := first + day(rapid.IntRange(0, 4000).Draw(t, "day"))
		return Override{Date: d.utc().Format(time.DateOnly), Work: rapid.Bool().Draw(t, "work")}
	}), 0, 5, func(o Override) string { return o.Date }).Draw(t, "extra")
	c, err := New(loc, h, extra...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// someTime draws an instant of 2011 (when Apia left out a day) or 2017–2028, to the nanosecond.
func someTime(t *rapid.T, label string) time.Time {
	from := rapid.SampledFrom([]int64{1322697600, 1483228800, 1577836800, 1735689600}).Draw(t, label+" from")
	return time.Unix(from+rapid.Int64Range(0, 4*365*86400).Draw(t, label),
		rapid.SampledFrom([]int64{0, 1, 500_000_000, 999_999_999}).Draw(t, label+" ns"))
}

func someTarget(t *rapid.T, unit Unit, most int) Target {
	return Target{rapid.IntRange(1, most).Draw(t, "n"), unit}
}

// TestLawDays: Nwd is due at closing time of a working day, and the days after
// the day of receipt up to it, counted one by one, hold N working days.
func TestLawDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, zones[0], zones[1], zones[2], zones[3], zones[4])
		start, target := someTime(t, "start"), someTarget(t, WorkingDays, 60)
		due := c.Due(start, target)
		if !c.IsWorkday(due.At) || !due.At.Equal(c.Closing(due.At)) || !due.At.After(start) {
			t.Fatalf("due at %s, %s, closing %s", due.At, c.Why(due.At), c.Closing(due.At))
		}
		y, m, d := start.In(c.Location()).Date()
		n := 0
		for i := 1; ; i++ {
			noon := time.Date(y, m, d+i, 12, 0, 0, 0, c.Location())
			if c.IsWorkday(noon) {
				n++
			}
			if noon.Format(time.DateOnly) == due.At.Format(time.DateOnly) {
				break
			}
			if i > 1000 {
				t.Fatal("the due day never came")
			}
		}
		if n != target.N {
			t.Fatalf("%d working days until %s, want %d", n, due.At, target.N)
		}
	})
}

// TestLawDaysAreBetween: from the end of the day of receipt to the due time lie
// N whole working days of office hours. (Where the clocks never change.)
func TestLawDaysAreBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, "Asia/Shanghai", "UTC", "Asia/Kathmandu")
		start, target := someTime(t, "start"), someTarget(t, WorkingDays, 60)
		due := c.Due(start, target)
		got := c.Between(c.Closing(start), due.At)
		if want := time.Duration(target.N) * c.Hours().PerDay(); got != want {
			t.Fatalf("%s of working time until %s, want %s", got, due.At, want)
		}
	})
}

// TestLawHours: Nwh is the first instant by which N hours were worked, so it is
// on a working day; one nanosecond before, they were not.
func TestLawHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, zones...)
		start, target := someTime(t, "start"), someTarget(t, WorkingHours, 50)
		due, want := c.Due(start, target), time.Duration(target.N)*time.Hour
		if got := c.Between(start, due.At); got != want {
			t.Fatalf("Between(%s, %s) = %s, want %s", start, due.At, got, want)
		}
		if got := c.Between(start, due.At.Add(-1)); got != want-1 {
			t.Fatalf("a nanosecond before %s: %s, want %s", due.At, got, want-1)
		}
		if !c.IsWorkday(due.At.Add(-1)) {
			t.Fatalf("due at %s, %s", due.At, c.Why(due.At))
		}
	})
}

// TestLawAdd: the working time from start to Add is what was asked for, and one
// nanosecond sooner it is not; Add is inside office hours of a working day, or at
// their end; adding twice is adding the sum; later or more never gives sooner.
func TestLawAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, zones...)
		some := rapid.Int64Range(1, int64(100*time.Hour))
		start, d := someTime(t, "start"), time.Duration(some.Draw(t, "d"))
		at := c.Add(start, d)
		if got := c.Between(start, at); got != d || at.Location() != c.Location() {
			t.Fatalf("Between(%s, %s) = %s, want %s", start, at, got, d)
		}
		if got := c.Between(start, at.Add(-1)); got != d-1 {
			t.Fatalf("a nanosecond before %s: %s, want %s", at, got, d-1)
		}
		if got := c.Between(at.Add(-1), at); got != 1 || !c.IsWorkday(at.Add(-1)) {
			t.Fatalf("%s is not in office hours: %s", at, c.Why(at.Add(-1)))
		}
		more := time.Duration(some.Draw(t, "more"))
		if twice, once := c.Add(at, more), c.Add(start, d+more); !twice.Equal(once) || !once.After(at) {
			t.Fatalf("%s and then %s after %s: %s; at once: %s", d, more, start, twice, once)
		}
		later := start.Add(time.Duration(rapid.Int64Range(0, int64(10*24*time.Hour)).Draw(t, "later")))
		if c.Add(later, d).Before(at) {
			t.Fatalf("%s after %s is %s, but after %s it is %s", d, start, at, later, c.Add(later, d))
		}
		if got := c.Add(start, -d+1); !got.Equal(start) {
			t.Fatalf("Add(%s, %s) = %s", start, -d+1, got)
		}
	})
}

// TestLawWithHours: other hours, the same days, and the old calendar as it was.
func TestLawWithHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, zones...)
		office, start := c.Hours().String(), someTime(t, "start")
		due := c.Due(start, Target{2, WorkingDays})
		unit := someCalendar(t, zones[0])
		other := c.WithHours(unit.Hours())
		if other.Hours().String() != unit.Hours().String() || other.IsWorkday(start) != c.IsWorkday(start) || other.Why(start) != c.Why(start) {
			t.Fatalf("with %s: %s on %s", unit.Hours(), other.Hours(), other.Why(start))
		}
		if at := other.Due(start, Target{2, WorkingDays}).At; !at.Equal(other.Closing(due.At)) {
			t.Fatalf("due %s, with the hours %s due %s", due.At, unit.Hours(), at)
		}
		if c.Hours().String() != office || c.Due(start, Target{2, WorkingDays}) != due || c.WithHours(Hours{}) != c {
			t.Fatal("the calendar has changed")
		}
	})
}

// TestLawMonotone: received later, or with a longer target, is never due sooner.
func TestLawMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, zones...)
		a := someTime(t, "a")
		b := a.Add(time.Duration(rapid.Int64Range(0, int64(10*24*time.Hour)).Draw(t, "later")))
		target := someTarget(t, rapid.SampledFrom([]Unit{WorkingDays, WorkingHours, PlainHours}).Draw(t, "unit"), 50)
		more := Target{target.N + 1, target.Unit}
		due := c.Due(a, target).At
		if !due.After(a) || c.Due(b, target).At.Before(due) || c.Due(a, more).At.Before(due) {
			t.Fatalf("%s: from %s due %s; from %s due %s; one more %s", target, a, due, b, c.Due(b, target).At, c.Due(a, more).At)
		}
		if target.Unit == PlainHours && due.Sub(a) != time.Duration(target.N)*time.Hour {
			t.Fatalf("%s after %s is %s", target, a, due)
		}
	})
}

// TestLawBetween: never negative, never more than the wall clock, nothing
// backwards, and a stretch is the sum of its parts.
func TestLawBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := someCalendar(t, zones...)
		step := rapid.Int64Range(0, int64(20*24*time.Hour))
		a := someTime(t, "a")
		b := a.Add(time.Duration(step.Draw(t, "b")))
		d := b.Add(time.Duration(step.Draw(t, "d")))
		whole := c.Between(a, d)
		if whole < 0 || whole > d.Sub(a) {
			t.Fatalf("Between(%s, %s) = %s", a, d, whole)
		}
		if parts := c.Between(a, b) + c.Between(b, d); parts != whole {
			t.Fatalf("%s to %s to %s: %s in parts, %s whole", a, b, d, parts, whole)
		}
		if back := c.Between(b, a); back != 0 {
			t.Fatalf("Between backwards = %s", back)
		}
	})
}

// TestLawBetweenMinutes compares Between with the plainest way to count: look at
// the wall clock every minute. Office hours are by day, when no clock changes.
func TestLawBetweenMinutes(t *testing.T) {
	h, err := ParseHours([]string{"08:30-12:00", "13:30-18:00"})
	if err != nil {
		t.Fatal(err)
	}
	var calendars []*Calendar
	for _, name := range zones {
		c, err := New(zone(t, name), h)
		if err != nil {
			t.Fatal(err)
		}
		calendars = append(calendars, c)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(calendars).Draw(t, "calendar")
		a := someTime(t, "a").Truncate(time.Minute)
		b := a.Add(time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "minutes")) * time.Minute)
		var want time.Duration
		for m := a; m.Before(b); m = m.Add(time.Minute) {
			local := m.In(c.Location())
			at := local.Hour()*60 + local.Minute()
			if (at >= 510 && at < 720 || at >= 810 && at < 1080) && c.IsWorkday(m) {
				want += time.Minute
			}
		}
		if got := c.Between(a, b); got != want {
			t.Fatalf("Between(%s, %s) = %s, want %s", a, b, got, want)
		}
	})
}

// TestClockChanges: a day the zone left out holds no work, and office hours that
// touch an hour the clocks jump over are not counted twice.
func TestClockChanges(t *testing.T) {
	h, err := ParseHours([]string{"01:00-01:59", "02:00-05:00"})
	if err != nil {
		t.Fatal(err)
	}
	apia, err := New(zone(t, "Pacific/Apia"), h)
	if err != nil {
		t.Fatal(err)
	}
	thursday := clock(t, apia, "2011-12-29 00:30") // the day before Saturday, 31 December
	if got, want := apia.Between(thursday, clock(t, apia, "2012-01-02 00:00")), h.PerDay(); got != want {
		t.Errorf("Apia: %s of working time, want %s", got, want)
	}
	if got, want := apia.Due(thursday, Target{1, WorkingDays}).At, clock(t, apia, "2012-01-02 05:00"); !got.Equal(want) {
		t.Errorf("Apia: due %s, want %s", got, want)
	}
	york, err := New(zone(t, "America/New_York"), h, Override{Date: "2026-03-08", Work: true})
	if err != nil {
		t.Fatal(err)
	}
	// 02:00 to 03:00 did not exist: 01:00–02:00 and 03:00–05:00 are left.
	if got, want := york.Between(clock(t, york, "2026-03-08 00:00"), clock(t, york, "2026-03-08 06:00")), 3*time.Hour; got != want {
		t.Errorf("New York: %s of working time, want %s", got, want)
	}
}
