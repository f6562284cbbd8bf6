package schedule

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)
	monday   = time.Date(2026, 3, 2, 0, 0, 0, 0, shanghai)
)

// aHabit draws what a source may have taught in some weeks.
func aHabit(t *rapid.T, label string) Habit {
	var h Habit
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, label), 1))
	perPoll := math.Pow(10, rapid.Float64Range(-3, 2).Draw(t, label+" posts a poll"))
	from, to := time.Time{}, monday.Add(-time.Duration(r.Int64N(int64(60*24*time.Hour))))
	for range rapid.IntRange(0, 50).Draw(t, label+" polls") {
		var posted []time.Time
		for n := r.ExpFloat64(); n < perPoll; n += r.ExpFloat64() {
			posted = append(posted, to.Add(-time.Duration(r.Int64N(int64(3*time.Hour)))))
		}
		h.Learn(posted, from, to)
		from, to = to, to.Add(time.Duration(r.Int64N(int64(3*time.Hour))))
	}
	return h
}

func someBounds(t *rapid.T, label string) Bounds {
	floor := rapid.Int64Range(0, int64(time.Hour)).Draw(t, label+" floor")
	return Bounds{time.Duration(floor), time.Duration(floor + rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, label+" above"))}
}

func someSources(t *rapid.T) []Source {
	sources := make([]Source, rapid.IntRange(1, 8).Draw(t, "sources"))
	for i := range sources {
		sources[i] = Source{aHabit(t, "habit"), someBounds(t, "bounds")}
	}
	return sources
}

func TestNextKeepsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := someSources(t)
		p := NewPace(sources, rapid.Float64Range(0, 100).Draw(t, "budget"))
		last := monday.Add(time.Duration(rapid.Int64Range(0, int64(7*24*time.Hour)).Draw(t, "last")))
		for i := range sources {
			b := sources[i].Bounds.or()
			if wait := p.Next(&sources[i].Habit, sources[i].Bounds, last).Sub(last); wait < b.Floor || wait > b.Ceiling {
				t.Fatalf("polled after %v, the bounds are %v", wait, b)
			}
		}
	})
}

// The next poll is where the density adds up to one, second by second.
func TestNextIsOneAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Habit{Posts: 1000, Watched: 1000}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "hours"), 1))
		for i := range h.Hours { // each its own
			h.Hours[i], h.HourWatched[i] = 1000*r.Float32(), 100
		}
		b := Bounds{time.Second, time.Duration(rapid.Int64Range(int64(time.Minute), int64(3*time.Hour)).Draw(t, "ceiling"))}
		p := Pace{worth: r.Float64() / 2}
		last := monday.Add(time.Duration(r.Int64N(int64(7 * 24 * time.Hour))))
		if rapid.Bool().Draw(t, "burst") {
			h.Missed(20, last)
		}
		next, sum := p.Next(&h, b, last), 0.0
		for at := last; at.Before(next); at = at.Add(time.Second) {
			sum += b.density(p.worth*math.Sqrt(h.Rate(at))) / 3600
		}
		if second := b.density(p.worth*math.Sqrt(h.Rate(next))) / 3600; math.Abs(sum-1) > 0.005+2*second {
			t.Fatalf("%v polls until the next one, %v after the last", sum, next.Sub(last))
		}
	})
}

// density sums up what the rule says, hour by hour, from the rates themselves.
func density(sources []Source, p Pace) (perMinute float64) {
	for i := range sources {
		sources[i].Recent = 0 // bursts are not reckoned with
		for hour := range 24 * 7 {
			rate := sources[i].Rate(monday.Add(time.Duration(hour) * time.Hour))
			perMinute += sources[i].Bounds.or().density(p.worth*math.Sqrt(rate)) / (24 * 7) / 60
		}
	}
	return perMinute
}

func TestPaceMeetsTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := someSources(t)
		least, most := 0.0, 0.0
		for _, s := range sources {
			b := s.Bounds.or()
			least, most = least+1/b.Ceiling.Minutes(), most+1/b.Floor.Minutes()
		}
		budget := rapid.Float64Range(0, 2*most).Draw(t, "budget")
		p := NewPace(sources, budget)
		want := min(max(budget, least), most)
		if got := density(sources, p); math.Abs(got-want) > 1e-3*want || math.Abs(p.PerMinute-want) > 1e-3*want {
			t.Fatalf("%v polls a minute, said to be %v, want %v of %v to %v", got, p.PerMinute, want, least, most)
		}
	})
}

// The numbers of polls are such that no poll, moved from one source to another,
// would make posts wait less.
func TestPaceIsTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := make([]Source, 2)
		rates := make([]float64, 2)
		for i := range sources {
			sources[i] = Source{Habit{Posts: rapid.Float32Range(0, 1e4).Draw(t, "posts"), Watched: 1000}, Bounds{time.Second, 1000 * time.Hour}}
			rates[i] = sources[i].level()
		}
		p := NewPace(sources, rapid.Float64Range(0.01, 10).Draw(t, "budget"))
		polls := [2]float64{p.worth * math.Sqrt(rates[0]), p.worth * math.Sqrt(rates[1])}
		delay := func(moved float64) float64 {
			return rates[0]/(2*(polls[0]+moved)) + rates[1]/(2*(polls[1]-moved))
		}
		little := min(polls[0], polls[1]) / 100
		if best := delay(0); delay(little) < best || delay(-little) < best {
			t.Fatalf("rates %v, polls %v: not the best", rates, polls)
		}
	})
}

func TestMorePostsAreNeverReadLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, b := aHabit(t, "habit"), someBounds(t, "bounds")
		p := NewPace([]Source{{h, b}, {aHabit(t, "other"), b}}, rapid.Float64Range(0, 10).Draw(t, "budget"))
		last := monday.Add(time.Duration(rapid.Int64Range(0, int64(7*24*time.Hour)).Draw(t, "last")))
		at := p.Next(&h, b, last)

		more := h
		more.Missed(rapid.IntRange(-1, 1000).Draw(t, "missed"), last)
		if got := p.Next(&more, b, last); got.After(at) {
			t.Fatalf("after posts were missed the next poll is at %v, not %v", got, at)
		}
		few := Habit{Posts: rapid.Float32Range(0, 1000).Draw(t, "few"), Watched: 1000}
		many := Habit{Posts: few.Posts + rapid.Float32Range(0, 1000).Draw(t, "more"), Watched: 1000}
		if a, b := p.Next(&few, b, last), p.Next(&many, b, last); b.After(a) {
			t.Fatalf("%v posts are polled at %v, %v posts at %v", few.Posts, a, many.Posts, b)
		}
		richer := p
		richer.worth *= 1 + rapid.Float64Range(0, 10).Draw(t, "richer")
		if got := richer.Next(&h, b, last); got.After(at) {
			t.Fatalf("with more to spend the next poll is at %v, not %v", got, at)
		}
	})
}

func TestHabitJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := aHabit(t, "habit")
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back Habit
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(h, back) {
			t.Fatalf("%v: %s became %+v", err, text, back)
		}
		if len(text) > 1000 {
			t.Fatalf("%d bytes: %s", len(text), text)
		}
	})
	if text, err := json.Marshal(Habit{}); err != nil || string(text) != "{}" {
		t.Errorf("nothing known is %s, %v", text, err)
	}
}

// anyTime draws times nobody posts at, too.
func anyTime(t *rapid.T, label string) time.Time {
	switch rapid.IntRange(0, 3).Draw(t, label+" kind") {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(rapid.Int64().Draw(t, label), 0).In(shanghai)
	default:
		return monday.Add(time.Duration(rapid.Int64Range(int64(-1000*time.Hour), int64(1000*time.Hour)).Draw(t, label)))
	}
}

func TestLearnBearsAnyTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := aHabit(t, "habit")
		for range rapid.IntRange(1, 5).Draw(t, "polls") {
			posted := make([]time.Time, rapid.IntRange(0, 5).Draw(t, "posts"))
			for i := range posted {
				posted[i] = anyTime(t, "posted")
			}
			h.Learn(posted, anyTime(t, "from"), anyTime(t, "to"))
			if rapid.Bool().Draw(t, "missed") {
				h.Missed(rapid.Int().Draw(t, "n"), anyTime(t, "now"))
			}
			if r := h.Rate(anyTime(t, "at")); !(r > 0) || math.IsInf(r, 0) {
				t.Fatalf("rate %v of %+v", r, h)
			}
			if _, err := json.Marshal(h); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What is read from a file may be anything that JSON can say.
func TestBrokenHabit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float32()
		h := Habit{Posts: number.Draw(t, "n"), Watched: number.Draw(t, "w"), Recent: number.Draw(t, "r"), At: rapid.Int64().Draw(t, "t")}
		for i := range h.Hours {
			h.Hours[i], h.HourWatched[i] = number.Draw(t, "h"), number.Draw(t, "hw")
		}
		for i := range h.Days {
			h.Days[i], h.DayWatched[i] = number.Draw(t, "d"), number.Draw(t, "dw")
		}
		if r := h.Rate(monday); !(r > 0) || math.IsInf(r, 0) {
			t.Fatalf("rate %v of %+v", r, h)
		}
		p := NewPace([]Source{{Habit: h}, {}}, 0.5)
		if !(p.PerMinute > 0.49 && p.PerMinute < 0.51) {
			t.Fatalf("%+v of %+v", p, h)
		}
	})
}
