package schedule

import (
	"math"
	"slices"
	"time"
)

// Pace says how a budget is shared: how many polls an hour a source is worth that
// gets posts at a given rate. The zero value polls every source at its ceiling.
type Pace struct {
	worth float64 // 1/μ: polls an hour at one post an hour

	// PerMinute is how many requests all sources make, in the mean over a week: the
	// budget, unless the bounds ask for more or allow no more.
	PerMinute float64
}

// NewPace shares perMinute requests among all sources, in the mean over a week of
// their hours, so that the expected delay of all posts together is the least. More
// fall into busy hours than into others, within the bounds. Bursts are not
// reckoned with: they are over soon, and cost a few requests more. It is meant to
// be made anew every few minutes; see BenchmarkNewPace.
func NewPace(sources []Source, perMinute float64) Pace {
	weeks := make([]week, len(sources))
	least, most := math.Inf(1), 0.0 // what brings all to their ceilings, or floors
	for i := range sources {
		low, high := weeks[i].set(&sources[i].Habit, sources[i].Bounds.or())
		least, most = min(least, low), max(most, high)
	}
	want := perMinute * 60
	at := func(worth float64) Pace { return Pace{worth, total(weeks, worth) / 60} }
	low, high := at(least), at(most)
	if len(sources) == 0 || !(low.PerMinute < perMinute) {
		return Pace{0, low.PerMinute}
	}
	if high.PerMinute <= perMinute {
		return high
	}
	// The total grows with the worth: halve what lies between, by ratio.
	for range 64 {
		mid := at(math.Sqrt(low.worth * high.worth))
		switch off := mid.PerMinute*60 - want; {
		case math.Abs(off) <= 1e-4*want:
			return mid
		case off < 0:
			low = mid
		default:
			high = mid
		}
	}
	return low
}

// week is √rate of a source by hour and by day, whose product is that of an hour
// in the week, and its bounds as polls an hour.
type week struct {
	hours             [24]float32
	days              [7]float32
	quiet, busy, sum  float32 // of the hours
	slowest, quickest float32
}

// set fills the week in, and gives the worths at which a source is polled at its
// ceiling all the week, and at its floor.
func (w *week) set(h *Habit, b Bounds) (least, most float64) {
	level, long := h.level(), h.longLevel()
	for i := range w.hours {
		w.hours[i] = float32(math.Sqrt(level * h.hour(i, long)))
		w.sum += w.hours[i]
	}
	for i := range w.days {
		w.days[i] = float32(math.Sqrt(h.day(i, long)))
	}
	w.quiet, w.busy = slices.Min(w.hours[:]), slices.Max(w.hours[:])
	w.slowest, w.quickest = float32(1/b.Ceiling.Hours()), float32(1/b.Floor.Hours())
	return float64(w.slowest) / float64(w.busy*slices.Max(w.days[:])), float64(w.quickest) / float64(w.quiet*slices.Min(w.days[:]))
}

// polls is how many there are in the week at a worth. Most days lie within the
// bounds, or beyond one of them, as a whole.
func (w *week) polls(worth float32) (sum float32) {
	for _, d := range w.days {
		d *= worth
		switch {
		case d*w.busy <= w.slowest:
			sum += 24 * w.slowest
		case d*w.quiet >= w.quickest:
			sum += 24 * w.quickest
		case d*w.quiet >= w.slowest && d*w.busy <= w.quickest:
			sum += d * w.sum
		default:
			for _, h := range w.hours {
				sum += min(max(d*h, w.slowest), w.quickest)
			}
		}
	}
	return sum
}

// total is the polls an hour of all sources at a worth.
func total(weeks []week, worth float64) float64 {
	sum := 0.0
	for i := range weeks {
		sum += float64(weeks[i].polls(float32(worth)))
	}
	return sum / (24 * 7)
}

// step is how long the rate is taken to stand still while a burst fades.
const step = 5 * time.Minute

// Next is when a source that was polled at last is polled again: where the
// expected density of polls since then adds up to one. It lies from last+Floor to
// last+Ceiling. The hours are those of last's zone, which must be the source's. A
// last in the future, because the clock was set back, is for the caller to cut.
func (p Pace) Next(h *Habit, b Bounds, last time.Time) time.Time {
	b = b.or()
	end, left := last.Add(b.Ceiling), 1.0
	for from := last; from.Before(end); {
		to := from.Add(step)
		if hour := nextHour(from); hour.Before(to) {
			to = hour
		}
		span := to.Sub(from)
		density := b.density(p.worth * math.Sqrt(h.Rate(from.Add(span/2))))
		if polls := density * span.Hours(); polls < left {
			left -= polls
			from = to
			continue
		}
		due := from.Add(time.Duration(left / density * float64(time.Hour)))
		return last.Add(min(max(due.Sub(last), b.Floor), b.Ceiling))
	}
	return end
}
