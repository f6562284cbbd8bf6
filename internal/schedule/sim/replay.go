package main

import (
	"math"
	"slices"
	"time"
)

// reader decides when sources are read. It is told what each poll brought, and
// nothing else.
type reader interface {
	learn(source int, posted []time.Time, from, to time.Time)
	plan()
	next(source int, last time.Time) time.Time
}

// result is how a reader did.
type result struct {
	polls  int             // requests, in the mean over the runs
	delays []time.Duration // of each post in each run, in order of size
}

func (r result) mean() time.Duration {
	if len(r.delays) == 0 {
		return 0
	}
	var sum time.Duration
	for _, d := range r.delays {
		sum += d
	}
	return sum / time.Duration(len(r.delays))
}

// quantile is the delay that the share q of the posts does not exceed.
func (r result) quantile(q float64) time.Duration {
	if len(r.delays) == 0 {
		return 0
	}
	return r.delays[max(0, int(math.Ceil(q*float64(len(r.delays))))-1)]
}

// replan is how often a reader shares the budget anew.
const replan = time.Hour

// teach shows a reader what was posted before until, as polls every hour would have.
func teach(streams []stream, r reader, until time.Time) {
	for i, s := range streams {
		if len(s.posts) == 0 || !s.posts[0].Before(until) {
			continue
		}
		from, read := s.posts[0], 1
		r.learn(i, s.posts[:read], time.Time{}, from)
		for from.Before(until) {
			to := from.Add(time.Hour)
			if to.After(until) {
				to = until
			}
			first := read
			for read < len(s.posts) && !s.posts[read].After(to) {
				read++
			}
			r.learn(i, s.posts[first:read], from, to)
			from = to
		}
	}
}

// replay lets a reader poll from cut to end and times when each post of that time
// is read: by the first poll that comes not before it. A post that no poll before
// end reads is read by the next one, which does not count as a request. The first
// polls are spread, from start, a share of the first interval from 0 to 1.
func replay(streams []stream, r reader, cut, end time.Time, start float64) result {
	var res result
	type state struct {
		last, due time.Time
		read      int // posts
	}
	states := make([]state, len(streams))
	r.plan()
	for i := range states {
		_, share := math.Modf(start + float64(i)/float64(len(states)))
		states[i].last, states[i].due = cut, cut.Add(time.Duration(float64(r.next(i, cut).Sub(cut))*share))
		states[i].read = before(streams[i].posts, cut)
	}
	for hour := cut; hour.Before(end); hour = hour.Add(replan) {
		r.plan()
		for i := range states {
			s, posts := &states[i], streams[i].posts
			for s.due.Before(hour.Add(replan)) && s.due.Before(end) {
				first := s.read
				for s.read < len(posts) && !posts[s.read].After(s.due) {
					res.delays = append(res.delays, s.due.Sub(posts[s.read]))
					s.read++
				}
				res.polls++
				r.learn(i, posts[first:s.read], s.last, s.due)
				s.last, s.due = s.due, r.next(i, s.due)
			}
		}
	}
	for i, s := range states {
		for _, t := range streams[i].posts[s.read:before(streams[i].posts, end)] {
			res.delays = append(res.delays, s.due.Sub(t))
		}
	}
	slices.Sort(res.delays)
	return res
}

// before is how many of the posts, which are in order, were written before t.
func before(posts []time.Time, t time.Time) int {
	n, _ := slices.BinarySearchFunc(posts, t, time.Time.Compare)
	return n
}

// starts is how often each reader is run, from other first moments: posts are few,
// and luck must not decide.
const starts = 3

// replays runs the readers that fresh makes and puts the results together.
func replays(streams []stream, fresh func() reader, cut, end time.Time) result {
	var all result
	for k := range starts {
		one := replay(streams, fresh(), cut, end, float64(k)/starts)
		all.polls += one.polls
		all.delays = append(all.delays, one.delays...)
	}
	all.polls /= starts
	slices.Sort(all.delays)
	return all
}

// fixed polls every source after the same time, so long that the requests are as
// many as asked for, and spread evenly.
func fixed(streams []stream, cut, end time.Time, polls int) result {
	res := result{polls: polls}
	every := float64(end.Sub(cut)) * float64(len(streams)) / float64(max(polls, 1))
	const shifts = 16
	for shift := range shifts {
		for i, s := range streams {
			phase := every * (float64(i)/float64(len(streams)) + float64(shift)/shifts)
			for _, t := range s.posts[before(s.posts, cut):before(s.posts, end)] {
				wait := math.Mod(phase-float64(t.Sub(cut)), every)
				if wait < 0 {
					wait += every
				}
				res.delays = append(res.delays, time.Duration(wait))
			}
		}
	}
	slices.Sort(res.delays)
	return res
}
