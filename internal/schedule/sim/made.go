package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// kinds of made-up sources, each with its own day. None has the curve that the
// schedule takes for usual.
var kinds = []struct {
	name  string
	busy  func(hour float64, day time.Weekday) float64
	burst float64 // posts that each post draws after it, in the mean
}{
	{"office", func(hour float64, day time.Weekday) float64 {
		if day == time.Saturday || day == time.Sunday || hour < 8.5 || hour > 17.5 {
			return 0.02
		}
		return 1
	}, 0},
	{"evening", func(hour float64, _ time.Weekday) float64 { return 0.1 + math.Exp(-(hour-21)*(hour-21)/8) }, 0.5},
	{"day", func(hour float64, _ time.Weekday) float64 { return 1.05 - math.Cos((hour-3)*math.Pi/12) }, 0.3},
	{"machine", func(float64, time.Weekday) float64 { return 1 }, 0},
}

const (
	madeSources = 40
	madeWeeks   = 12
)

// invent makes posting times from seed: sources whose rates go from one post in
// two days to ten an hour, four kinds of day, bursts (posts that draw others
// within the hour), and a fifth of the sources that at some moment begin to post
// four times as much, or as little.
func invent(seed uint64, begin time.Time) []stream {
	random := rand.New(rand.NewPCG(seed, 1))
	streams := make([]stream, madeSources)
	for i := range streams {
		kind := kinds[i%len(kinds)]
		rate := 0.02 * math.Pow(500, random.Float64())
		change, factor := time.Duration(1<<62), 1.0
		if i%5 == 0 {
			change = time.Duration(random.Float64() * float64(madeWeeks*7*24*time.Hour))
			factor = math.Pow(4, float64(random.IntN(2)*2-1))
		}
		mean := 0.0
		for h := range 24 * 7 {
			mean += kind.busy(float64(h%24), time.Weekday(h/24)) / (24 * 7)
		}
		var posts []time.Time
		const slot = 10 * time.Minute
		for at := time.Duration(0); at < madeWeeks*7*24*time.Hour; at += slot {
			t := begin.Add(at)
			expected := rate * (1 - kind.burst) * kind.busy(float64(t.Hour())+float64(t.Minute())/60, t.Weekday()) / mean * slot.Hours()
			if at > change {
				expected *= factor
			}
			for wait := random.ExpFloat64(); wait < expected; wait += random.ExpFloat64() {
				posts = append(posts, t.Add(time.Duration(random.Float64()*float64(slot))))
			}
		}
		posts = echo(random, posts, kind.burst)
		slices.SortFunc(posts, time.Time.Compare)
		posts = posts[:before(posts, begin.Add(madeWeeks*7*24*time.Hour))]
		streams[i] = stream{fmt.Sprintf("%s %d", kind.name, i), posts}
	}
	return streams
}

// echo adds the posts that posts draw, and those that these draw, half an hour
// later in the mean.
func echo(random *rand.Rand, posts []time.Time, each float64) []time.Time {
	for i := 0; i < len(posts); i++ {
		for wait := random.ExpFloat64(); wait < each; wait += random.ExpFloat64() {
			posts = append(posts, posts[i].Add(time.Duration(random.ExpFloat64()*float64(30*time.Minute))))
		}
	}
	return posts
}
