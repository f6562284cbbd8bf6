// Command sim replays real posting times against the learning schedule and
// against polls at a fixed interval with the same number of requests, and prints
// how long posts waited to be read: make sim-schedule DATA=messages.jsonl. It is
// a measurement, no part of the program.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"sync"
	"time"

	"huiyin/internal/schedule"
)

func main() {
	log.SetFlags(0)
	data := flag.String("data", "", "JSON lines with the field time, and source, or title and text; without it times are made up")
	seed := flag.Uint64("seed", 1, "of the times that are made up")
	flag.Parse()
	zone := time.FixedZone("Asia/Shanghai", 8*60*60)
	if *data == "" {
		begin := time.Date(2026, 1, 5, 0, 0, 0, 0, zone)
		cut := begin.Add(madeWeeks * 7 * 24 * time.Hour * 2 / 3)
		fmt.Printf("No DATA: the times are MADE UP, with seed %d: %d sources, %d weeks, day and week rhythms, bursts, changes of habit.\n",
			*seed, madeSources, madeWeeks)
		compare(os.Stdout, invent(*seed, begin), cut)
		return
	}
	if err := replayFile(os.Stdout, *data, zone); err != nil {
		log.Fatal(err)
	}
}

// replayFile replays the times in a file, as they are and with weeks laid together.
func replayFile(out io.Writer, path string, zone *time.Location) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	streams, without, err := read(f, zone)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	cut, ok := middle(streams)
	if !ok {
		return fmt.Errorf("%s: too few lines with a time", path)
	}
	fmt.Fprintf(out, `Real posting times from %s; %d lines without a time left out.
A source is the field "source", or else the first place that a message names (a district before
a city); districts with under %d messages go together by city, as X*; "-" names no place.
`, path, without, small)
	compare(out, streams, cut)
	weeks := 2
	fmt.Fprintf(out, `
The same posts, denser: what is learned from and what is measured is each laid together to %d
weeks, the hour and the weekday kept. No real source: it shows a busier one with this rhythm.
`, weeks)
	compare(out, fold(streams, cut, weeks), cut)
	return nil
}

// budgets are the mean times between polls of one source, in minutes, that the
// requests allow, and the bounds that the learning readers keep to.
var budgets = []struct {
	mean, ceiling time.Duration
	note          string
}{
	{5 * time.Minute, 30 * time.Minute, "the default bounds"},
	{15 * time.Minute, 30 * time.Minute, "the default bounds"},
	{15 * time.Minute, time.Hour, "a wider ceiling"},
	{time.Hour, 4 * time.Hour, "a wider ceiling: under the default one this budget leaves no choice"},
}

// compare prints a table for each budget.
func compare(out io.Writer, streams []stream, cut time.Time) {
	end := last(streams).Add(time.Second)
	measured, learned, counts := 0, 0, []int{}
	for _, s := range streams {
		n := before(s.posts, cut)
		learned += n
		measured += len(s.posts) - n
		counts = append(counts, len(s.posts)-n)
	}
	slices.Sort(counts)
	days := end.Sub(cut).Hours() / 24
	fmt.Fprintf(out, "%d sources. Learned from the %d posts before %s; measured on the %d of the %.0f days after it,\n"+
		"where the learning goes on with what each poll brought. A source got %.2f to %.2f posts a day, the median %.2f.\n",
		len(streams), learned, cut.Format(time.DateOnly), measured, days,
		float64(counts[0])/days, float64(counts[len(counts)-1])/days, float64(counts[len(counts)/2])/days)
	for _, b := range budgets {
		bounds := schedule.Bounds{Floor: time.Minute, Ceiling: b.ceiling}
		perMinute := float64(len(streams)) / b.mean.Minutes()
		readers := contestants(streams, cut, end, bounds, perMinute)
		results := make([]result, len(readers))
		var all sync.WaitGroup
		for i, r := range readers {
			all.Go(func() { results[i] = replays(streams, r.fresh, cut, end) })
		}
		all.Wait()
		asked := perMinute * end.Sub(cut).Minutes()
		fmt.Fprintf(out, "\nOne request in %v a source, between %v and %v (%s)\n", b.mean, bounds.Floor, bounds.Ceiling, b.note)
		fmt.Fprintf(out, "%-28s %9s %7s  %16s  %16s  %13s\n", "delay in minutes", "requests", "budget", "mean      p95", "fixed(2)      p95", "mean×   p95×")
		for i, r := range results {
			f := fixed(streams, cut, end, r.polls)
			fmt.Fprintf(out, "%-28s %9d %6.1f%%  %7.2f  %7.2f  %7.2f  %7.2f  %6.3f %6.3f\n", readers[i].name, r.polls, 100*float64(r.polls)/asked,
				r.mean().Minutes(), r.quantile(.95).Minutes(), f.mean().Minutes(), f.quantile(.95).Minutes(),
				ratio(r.mean(), f.mean()), ratio(r.quantile(.95), f.quantile(.95)))
		}
	}
	fmt.Fprint(out, `
(1) What only hindsight has: habits learned from the measured posts themselves, then no more learning.
    A reader that knew each moment would need one request a post, far fewer than any budget here, for no delay.
(2) Every source after the same time, with exactly as many requests as this line made.
`)
}

// contestant is a reader by name; fresh makes one that has learned what it may.
type contestant struct {
	name  string
	fresh func() reader
}

func contestants(streams []stream, cut, end time.Time, bounds schedule.Bounds, perMinute float64) []contestant {
	fresh := func() *learner {
		return &learner{habits: make([]schedule.Habit, len(streams)), bounds: bounds, perMinute: perMinute}
	}
	return []contestant{
		{"√rate by source, no hours", func() reader {
			r := &shares{habits: make([]schedule.Habit, len(streams)), bounds: bounds, perMinute: perMinute}
			teach(streams, r, cut)
			return r
		}},
		{"the schedule", func() reader {
			r := fresh()
			teach(streams, r, cut)
			return r
		}},
		{"the schedule, from scratch", func() reader { return fresh() }},
		{"the same, foreseeing (1)", func() reader {
			r := fresh()
			teach(later(streams, cut), r, end)
			r.done = true
			for i := range r.habits {
				r.habits[i].Recent = 0 // the burst at the very end
			}
			return r
		}},
	}
}

// later is the streams without what was posted before cut.
func later(streams []stream, cut time.Time) []stream {
	rest := slices.Clone(streams)
	for i := range rest {
		rest[i].posts = rest[i].posts[before(rest[i].posts, cut):]
	}
	return rest
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }
