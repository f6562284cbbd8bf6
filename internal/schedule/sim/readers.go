package main

import (
	"math"
	"time"

	"huiyin/internal/schedule"
)

// learner is the schedule as the program runs it.
type learner struct {
	habits    []schedule.Habit
	bounds    schedule.Bounds
	perMinute float64
	done      bool // learns no more
	pace      schedule.Pace
}

func (l *learner) learn(i int, posted []time.Time, from, to time.Time) {
	if !l.done {
		l.habits[i].Learn(posted, from, to)
	}
}

func (l *learner) plan() {
	sources := make([]schedule.Source, len(l.habits))
	for i, h := range l.habits {
		sources[i] = schedule.Source{Habit: h, Bounds: l.bounds}
	}
	l.pace = schedule.NewPace(sources, l.perMinute)
}

func (l *learner) next(i int, last time.Time) time.Time {
	return l.pace.Next(&l.habits[i], l.bounds, last)
}

// shares gives each source polls in proportion to the root of its posts so far,
// at all hours alike: the part of the theory that knows no hours.
type shares struct {
	habits    []schedule.Habit
	bounds    schedule.Bounds
	perMinute float64
	every     []time.Duration
}

func (s *shares) learn(i int, posted []time.Time, from, to time.Time) {
	s.habits[i].Learn(posted, from, to)
}

func (s *shares) plan() {
	roots := make([]float64, len(s.habits))
	for i, h := range s.habits {
		roots[i] = math.Sqrt((float64(h.Posts) + 0.5) / (float64(h.Watched) + 12))
	}
	slow, fast := 1/s.bounds.Ceiling.Minutes(), 1/s.bounds.Floor.Minutes()
	low, high := 1e-9, 1e9
	for range 100 {
		mid, sum := math.Sqrt(low*high), 0.0
		for _, root := range roots {
			sum += min(max(mid*root, slow), fast)
		}
		if sum < s.perMinute {
			low = mid
		} else {
			high = mid
		}
	}
	s.every = s.every[:0]
	for _, root := range roots {
		s.every = append(s.every, time.Duration(float64(time.Minute)/min(max(low*root, slow), fast)))
	}
}

func (s *shares) next(i int, last time.Time) time.Time { return last.Add(s.every[i]) }
