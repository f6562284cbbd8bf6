package schedule

import (
	"math"
	"testing"
	"time"
)

// follow polls every half hour for so many weeks, from Monday on, and posts with
// a rhythm: posts says how many in the half hour before t.
func follow(h *Habit, weeks int, posts func(t time.Time) int) (end time.Time) {
	from := monday
	for range weeks * 7 * 48 {
		to := from.Add(30 * time.Minute)
		var posted []time.Time
		for i := range posts(from) {
			posted = append(posted, from.Add(time.Duration(i)*time.Second))
		}
		h.Learn(posted, from, to)
		from = to
	}
	return from
}

func near(t *testing.T, what string, got, want, off float64) {
	t.Helper()
	if math.Abs(got-want) > off*want {
		t.Errorf("%s: %.4f posts an hour, want %.4f", what, got, want)
	}
}

func TestHabitLearnsHoursAndDays(t *testing.T) {
	var h Habit
	office := func(t time.Time) int {
		if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday || t.Hour() < 9 || t.Hour() >= 17 {
			return 0
		}
		return 2
	}
	end := follow(&h, 12, office) // a Monday, midnight
	near(t, "at work", h.Rate(end.Add(10*time.Hour)), 4, 0.15)
	if got := h.Rate(end.Add(3 * time.Hour)); got > 0.1 {
		t.Errorf("at night: %.4f", got)
	}
	if got := h.Rate(end.Add(5*24*time.Hour + 10*time.Hour)); got > 0.4 {
		t.Errorf("on a Saturday: %.4f", got)
	}
}

func TestHabitsChange(t *testing.T) {
	var h Habit
	follow(&h, 12, func(time.Time) int { return 1 })
	end := monday.Add(12 * 7 * 24 * time.Hour)
	near(t, "steady", h.Rate(end.Add(3*time.Hour)), 2, 0.05)
	// Half a year of silence, looked at twice an hour.
	for from := end; from.Before(end.Add(26 * 7 * 24 * time.Hour)); from = from.Add(30 * time.Minute) {
		h.Learn(nil, from, from.Add(30*time.Minute))
	}
	end = end.Add(26 * 7 * 24 * time.Hour)
	if got := h.Rate(end.Add(12 * time.Hour)); got > 0.1 {
		t.Errorf("after half a year of silence: %.4f", got)
	}
	// Beside a source that posts, it goes to its ceiling.
	busy := Habit{Posts: 2000, Watched: 1000}
	p := NewPace([]Source{{Habit: h}, {Habit: busy}}, 0.5)
	if wait := p.Next(&h, Bounds{}, end.Add(12*time.Hour)).Sub(end.Add(12 * time.Hour)); wait < 20*time.Minute {
		t.Errorf("the silent source is polled after %v", wait)
	}
}

func TestFirstPage(t *testing.T) {
	now := monday.Add(15 * time.Hour)
	var hourly []time.Time // twenty posts, the last twenty hours
	for i := range 20 {
		hourly = append(hourly, now.Add(-time.Duration(i)*time.Hour))
	}
	var page, pinned, old Habit
	page.Learn(hourly, time.Time{}, now)
	if got := page.Posts; got < 18.5 || got > 19.5 {
		t.Errorf("%v posts in the span of the page, want 19", got)
	}
	if got := page.Rate(now.Add(time.Hour)); got < 0.6 || got > 1.5 {
		t.Errorf("after a page of a post an hour: %.4f", got)
	}
	pinned.Learn(append([]time.Time{now.AddDate(-3, 0, 0), now.AddDate(-1, 0, 0)}, hourly...), time.Time{}, now)
	near(t, "with pinned posts", pinned.Rate(now.Add(time.Hour)), page.Rate(now.Add(time.Hour)), 0.25)

	// A page of the last ten years says that little is posted.
	var years []time.Time
	for i := range 20 {
		years = append(years, now.AddDate(0, -6*i, 0))
	}
	years = append(years, time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC))
	old.Learn(years, time.Time{}, now.Add(time.Minute))
	if got := old.Rate(now.Add(3 * time.Hour)); got > 0.01 {
		t.Errorf("two posts a year: %.4f", got)
	}
	watched := float32(0)
	for _, w := range old.HourWatched {
		watched += w
	}
	if watched > 2700 {
		t.Errorf("%v hours were looked back", watched)
	}
	var none Habit
	none.Learn([]time.Time{{}, now.Add(time.Hour)}, time.Time{}, now)
	if none != (Habit{}) {
		t.Errorf("a page without times taught %+v", none)
	}
}

func TestWhatCountsAsNew(t *testing.T) {
	from, to := monday.Add(9*time.Hour), monday.Add(9*time.Hour+30*time.Minute)
	for _, c := range []struct {
		name   string
		posted time.Time
		count  bool
	}{
		{"in between", from.Add(time.Minute), true},
		{"no seconds", from.Add(-30 * time.Second), true},
		{"a date, no clock", monday, true},
		{"shown after two days", from.Add(-48 * time.Hour), true},
		{"an old thread", from.AddDate(0, -1, 0), false},
		{"the site's clock is fast", to.Add(10 * time.Minute), true},
		{"no time", time.Time{}, true},
	} {
		var h Habit
		h.Learn([]time.Time{c.posted}, from, to)
		if got := h.Posts > 0.99; got != c.count || (h.Hours[9] > 0.99) != c.count {
			t.Errorf("%s: %v posts, at nine %v", c.name, h.Posts, h.Hours[9])
		}
	}
}

func TestClockJumps(t *testing.T) {
	var h Habit
	end := follow(&h, 8, func(time.Time) int { return 1 })
	want := h.Rate(end.Add(12 * time.Hour))
	// On by twenty years, and back.
	h.Learn(nil, end, end.AddDate(20, 0, 0))
	h.Learn(nil, end.AddDate(20, 0, 0), end.Add(time.Minute))
	h.Learn(nil, end.Add(time.Minute), end.Add(2*time.Minute))
	near(t, "after the clock went wild", h.Rate(end.Add(12*time.Hour)), want, 0.01)
	// At the end of what a clock can count.
	last := time.Unix(math.MaxInt64-62135596800-10, 0)
	h.Learn(nil, last.Add(-time.Minute), last)
	near(t, "after the end of time", h.Rate(end.Add(12*time.Hour)), want, 0.01)
	// A burst seen while the clock was wrong does not last for years.
	h.Missed(100, end.AddDate(20, 0, 0))
	h.Learn(nil, end.Add(2*time.Minute), end.Add(3*time.Minute))
	near(t, "after a burst in the future", h.Rate(end.Add(24*time.Hour)), h.Rate(end.Add(8*24*time.Hour)), 0.01)
}

func TestBurstIsFollowedAndFades(t *testing.T) {
	var h Habit
	end := follow(&h, 8, func(t time.Time) int {
		if t.Minute() == 0 && t.Hour()%4 == 0 {
			return 1
		}
		return 0
	})
	noon := end.Add(12 * time.Hour)
	calm := h.Rate(noon)
	one := h
	one.Learn([]time.Time{noon.Add(-time.Minute)}, noon.Add(-30*time.Minute), noon)
	if got := one.Rate(noon); got > 1.05*calm {
		t.Errorf("one post is no burst: %.4f after %.4f", got, calm)
	}
	var posted []time.Time
	for i := range 12 {
		posted = append(posted, noon.Add(-time.Duration(i)*time.Minute))
	}
	h.Learn(posted, noon.Add(-30*time.Minute), noon)
	burst := h.Rate(noon)
	if burst < 5*calm {
		t.Errorf("%.4f posts an hour in a burst, %.4f before it", burst, calm)
	}
	if got := h.Rate(noon.Add(time.Hour)); got > burst/2 || got < 2*calm {
		t.Errorf("after an hour: %.4f", got)
	}
	if got := h.Rate(noon.Add(24 * time.Hour)); got > 2*calm {
		t.Errorf("after a day: %.4f, was %.4f", got, calm)
	}
}

func TestMissedPollsSooner(t *testing.T) {
	var h Habit
	end := follow(&h, 4, func(time.Time) int { return 0 }).Add(12 * time.Hour)
	p := NewPace([]Source{{Habit: h}, {Habit: Habit{Posts: 500, Watched: 1000}}}, 0.2)
	calm := p.Next(&h, Bounds{}, end).Sub(end)
	for _, n := range []int{0, 1, 20} {
		missed := h
		missed.Missed(n, end)
		if got := p.Next(&missed, Bounds{}, end).Sub(end); got >= calm {
			t.Errorf("%d missed: polled after %v, %v otherwise", n, got, calm)
		}
		if got := p.Next(&missed, Bounds{}, end.Add(24*time.Hour)).Sub(end.Add(24 * time.Hour)); got != calm {
			t.Errorf("%d missed: a day later polled after %v, %v otherwise", n, got, calm)
		}
	}
}

func TestHoursAreTheSources(t *testing.T) {
	var h Habit
	follow(&h, 8, func(t time.Time) int {
		if t.Hour() == 20 {
			return 3
		}
		return 0
	})
	evening := monday.Add(20 * time.Hour)
	p := NewPace([]Source{{Habit: h}}, 0.2)
	now := p.Next(&h, Bounds{}, evening).Sub(evening)
	morning := p.Next(&h, Bounds{}, evening.Add(-12*time.Hour)).Sub(evening.Add(-12 * time.Hour))
	if morning < 3*now {
		t.Errorf("polled after %v at its hour, after %v at another", now, morning)
	}
}
