package schedule

import (
	"math"
	"slices"
	"time"
)

// What the model takes for granted before it knows better. The weights are in
// posts: so many weigh as much as the assumption. They were chosen coarsely with
// internal/schedule/sim, the measured part of the real posts in sight; halved or
// doubled they change its mean delay by two parts in a hundred at most.
const (
	levelLife    = 4 * 7 * 24.0  // hours of watching after which a post counts half for the level
	shapeLife    = 4 * levelLife // and for the hours and days, which change less
	priorPosts   = 0.5           // a new source is taken to have had so many posts
	priorHours   = 12.0          // in so many hours
	hourWeight   = 8.0           // of the usual day, beside a source's own hours
	dayWeight    = 20.0          // of seven equal days, beside a source's own week
	burstFade    = 1.0           // per hour: a burst is over by e⁻¹ after one hour
	burstFollow  = 0.5           // posts that each post too many in a burst announces
	burstIgnores = 1.0           // posts: one may come at any hour and means nothing
)

// usual is the day of a source nothing is known of, as factors whose mean is one:
// people sleep. It is common knowledge, rough on purpose, and no measured curve.
var usual = [24]float64{
	0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.6, 0.6, 1.38, 1.38, 1.38, 1.38,
	1.38, 1.38, 1.38, 1.38, 1.38, 1.38, 1.38, 1.38, 1.38, 1.38, 1.38, 0.6,
}

const (
	// absence is how long a source may go unread before what its page shows is
	// taken as at a first reading: posts may have come and left the page meanwhile.
	absence = 7 * 24 * time.Hour
	// reach is how far back a first reading looks.
	reach = 26 * absence
	// late is how much later than written a post may show, because somebody had to
	// let it through first, and still be new. What is older is an old thread.
	late = 3 * 24 * time.Hour
	// The ends of what is believed, whatever was stored: posts an hour, and factors.
	minRate, maxRate     = 1e-6, 1e6
	minFactor, maxFactor = 1e-4, 1e4
)

// Habit is what is known of when a source gets posts. The zero value knows
// nothing. What is known fades while the source is watched, with a half-life of
// four weeks, or sixteen for the hours and days: habits may change. It takes 272
// bytes, and less than 1000 of JSON. It is not safe for concurrent use.
//
// The model is rate = level × hour of the day × day of the week, each the ratio of
// posts to those expected, drawn towards what is usual while posts are few (the
// mean of a Gamma posterior under Poisson counts). The exposures make a factor
// fair to hours that were watched longer than others, as after a first reading.
type Habit struct {
	Posts       float32     `json:"n,omitzero"`  // seen
	Watched     float32     `json:"w,omitzero"`  // hours, weighted with the usual day
	Hours       [24]float32 `json:"h,omitzero"`  // posts by hour of the day
	HourWatched [24]float32 `json:"hw,omitzero"` // hours
	Days        [7]float32  `json:"d,omitzero"`  // posts by day, from Sunday
	DayWatched  [7]float32  `json:"dw,omitzero"` // hours, weighted with the usual day
	Recent      float32     `json:"r,omitzero"`  // posts of the last hour or so, at At
	At          int64       `json:"t,omitzero"`  // Unix seconds
}

// Learn takes in a poll at to, after one at from, that found these posts. Only
// posts not seen before may be given; from is zero at the first poll, which gives
// the whole page. The hours are those of to's zone.
//
// A post counts at the moment it was written, in so far as it lies between from
// and to: one from before shows late (it waited for a moderator, its time has no
// seconds, or no clock at all) and counts at from, unless it is older than three
// days, and then it does not; one from the future, or with the zero time, counts
// at to. The first poll, or one after a week's absence, learns from the times on
// the page alone, over the span they cover. When from is not before to, because
// the clock was set back, nothing is learned.
func (h *Habit) Learn(posted []time.Time, from, to time.Time) {
	start, page := from, from.IsZero() || to.Sub(from) > absence
	if page {
		first, ok := window(posted, to)
		if !ok {
			return
		}
		if first.After(start) {
			start = first
		}
		if far := to.Add(-reach); start.Before(far) {
			start = far
		}
	}
	if !start.Before(to) {
		return
	}
	h.watch(start.In(to.Location()), to)
	recent := h.recent(to)
	for _, t := range posted {
		switch {
		case page && (t.IsZero() || !t.After(start)):
			continue // what begins the span is not in it
		case t.IsZero() || t.After(to):
			t = to
		case t.Before(start.Add(-late)):
			continue
		case t.Before(start):
			t = start
		}
		t = t.In(to.Location())
		age := to.Sub(t).Hours()
		h.Posts += left(age, levelLife)
		kept := left(age, shapeLife)
		h.Hours[t.Hour()] += kept
		h.Days[t.Weekday()] += kept
		recent += math.Exp(-burstFade * age)
	}
	h.Recent, h.At = float32(min(recent, maxRate)), to.Unix()
}

// Missed says that n posts, or an unknown number if n is not above zero, came and
// left the page before they were read, as found at now: the source is in a burst,
// and is polled sooner for some hours.
func (h *Habit) Missed(n int, now time.Time) {
	h.Recent, h.At = float32(min(h.recent(now)+max(float64(n), 2*burstIgnores), maxRate)), now.Unix()
}

// Rate is how many posts an hour are expected at t, in the zone of t: above zero,
// and finite.
func (h *Habit) Rate(t time.Time) float64 {
	long := h.longLevel()
	rate := h.level() * h.hour(t.Hour(), long) * h.day(int(t.Weekday()), long)
	burst := max(0, h.recent(t)-rate/burstFade-burstIgnores)
	return min(rate+burstFollow*burstFade*burst, maxRate)
}

// recent is how much of Recent is left at t. A clock set back leaves all of it.
func (h *Habit) recent(t time.Time) float64 {
	past := max(0, float64(t.Unix())-float64(h.At)) / 3600
	return max(0, float64(h.Recent)) * math.Exp(-burstFade*past)
}

// level is the posts an hour of the whole week, lately.
func (h *Habit) level() float64 {
	return within((seen(h.Posts)+priorPosts)/(seen(h.Watched)+priorHours), minRate, maxRate)
}

// longLevel is the same over the time that hours and days were learned in.
func (h *Habit) longLevel() float64 {
	posts, watched := priorPosts, priorHours
	for i := range h.Days {
		posts, watched = posts+seen(h.Days[i]), watched+seen(h.DayWatched[i])
	}
	return within(posts/watched, minRate, maxRate)
}

// hour and day are the factors of an hour and of a day, given the long level.
func (h *Habit) hour(i int, long float64) float64 {
	return within((seen(h.Hours[i])+hourWeight*usual[i])/(seen(h.HourWatched[i])*long+hourWeight), minFactor, maxFactor)
}

func (h *Habit) day(i int, long float64) float64 {
	return within((seen(h.Days[i])+dayWeight)/(seen(h.DayWatched[i])*long+dayWeight), minFactor, maxFactor)
}

func within(x, low, high float64) float64 { return min(max(x, low), high) }

// seen keeps what a broken file may hold from the sums.
func seen(n float32) float64 { return max(0, float64(n)) }

// watch fades what is known and adds the time between to the exposures. Both
// times are in the source's zone, from is before to.
func (h *Habit) watch(from, to time.Time) {
	span := to.Sub(from).Hours()
	h.Posts *= left(span, levelLife)
	h.Watched *= left(span, levelLife)
	kept := left(span, shapeLife)
	for i := range h.Hours {
		h.Hours[i] *= kept
		h.HourWatched[i] *= kept
	}
	for i := range h.Days {
		h.Days[i] *= kept
		h.DayWatched[i] *= kept
	}
	for a := from; a.Before(to); {
		b := nextHour(a)
		if b.After(to) {
			b = to
		}
		span, age := float32(b.Sub(a).Hours()), to.Sub(b).Hours()
		weighted, kept := span*float32(usual[a.Hour()]), left(age, shapeLife)
		h.Watched += weighted * left(age, levelLife)
		h.HourWatched[a.Hour()] += span * kept
		h.DayWatched[a.Weekday()] += weighted * kept
		a = b
	}
}

// left is how much of a thing is left after so many hours.
func left(hours, halfLife float64) float32 { return float32(math.Exp2(-hours / halfLife)) }

// nextHour is the next full hour after t in its zone.
func nextHour(t time.Time) time.Time {
	_, minute, second := t.Clock()
	return t.Add(time.Hour - time.Duration(minute)*time.Minute - time.Duration(second)*time.Second - time.Duration(t.Nanosecond()))
}

// window is when the span begins that the posts of a page cover. A quarter of
// them at most, the oldest, are left out when that shortens it by eight times:
// they are pinned. False when there is no post with a time.
func window(posted []time.Time, to time.Time) (time.Time, bool) {
	known := slices.DeleteFunc(slices.Clone(posted), func(t time.Time) bool { return t.IsZero() || !t.Before(to) })
	if len(known) == 0 {
		return time.Time{}, false
	}
	slices.SortFunc(known, func(a, b time.Time) int { return b.Compare(a) })
	oldest, most := known[len(known)-1], known[(len(known)-1)*3/4]
	if to.Sub(oldest)/8 > to.Sub(most) {
		return most, true
	}
	return oldest, true
}
