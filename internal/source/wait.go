package source

import (
	"math/rand/v2"
	"time"

	"huiyin/internal/post"
	"huiyin/internal/schedule"
)

const (
	maxBackOff = time.Hour
	jitter     = 0.1 // of every wait, either way
	// maxRest is how long a source's word that nothing is new (Cache-Control, ttl) is
	// taken: whoever says a day means well, and would have an answer wait for a day.
	maxRest = time.Hour
	// maxQuiet is how long the hours and days at which a document asks not to be read are
	// heard: a weekend, and the night before it.
	maxQuiet = 72 * time.Hour
	// maxRetryAfter is how long one that asks to be left alone is, as fetch hears it.
	maxRetryAfter = 24 * time.Hour
)

func (r *runner) bounds() schedule.Bounds {
	return schedule.Bounds{Floor: r.cfg.Floor, Ceiling: r.cfg.Ceiling}
}

// next is when to poll after one that left s: when the habit and the budget say; where a
// hub sends what is new, at the ceiling; and never where the source asks us not to.
func (r *runner) next(s post.State, now time.Time) time.Time {
	b := r.bounds()
	at := now.Add(b.Ceiling)
	if !r.pushed() {
		at = r.pace().Next(&s.Habit, b, now.In(r.cfg.Zone))
	}
	at = now.Add(max(spreadOut(at.Sub(now)), b.Floor))
	at = later(at, now.Add(min(max(s.Fresh, s.Rest), maxRest)))
	at = later(at, s.NotBefore)
	if quiet := s.Quiet.After(at); quiet.Sub(at) <= maxQuiet {
		return quiet
	}
	return at.Add(maxQuiet)
}

// retry is when to poll after s.Failures failed polls: after the floor, doubled with each
// up to an hour, and never sooner than the source asks for.
func (r *runner) retry(s post.State, now time.Time) time.Time {
	d := r.cfg.Floor
	for range s.Failures {
		if d >= maxBackOff {
			break
		}
		d = min(2*d, maxBackOff)
	}
	return later(now.Add(spreadOut(d)), s.NotBefore)
}

// spreadOut is about d: sources that were polled together shall not stay together.
func spreadOut(d time.Duration) time.Duration {
	return d + time.Duration((2*rand.Float64()-1)*jitter*float64(d))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
