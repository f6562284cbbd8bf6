//go:build unix

package match

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	bobusumisu "github.com/BobuSumisu/aho-corasick"
	anknown "github.com/anknown/ahocorasick"
	petar "github.com/petar-dambovaliev/aho-corasick"

	"huiyin/internal/post"
)

// BenchmarkSideBySide sets the engine beside what else there is to find many words in
// Chinese with, in one run on the same posts and words, and prints the figures and
// whether the goals are met. It never fails on time. With DATA it also takes the real
// messages and the shipped topics. Run it with make bench-match.
func BenchmarkSideBySide(b *testing.B) {
	seg := testSegmenter(b)
	fmt.Printf("seed %d, %d posts of some %d bytes; CPU time of the process, user and system, median of %d rounds taken in turns\n",
		workloadSeed, postCount, postBytes, rounds)
	var goals []string
	for _, n := range []int{10_000, 100_000} {
		goals = append(goals, sideBySide(b, seg, n)...)
	}
	if os.Getenv("DATA") != "" {
		if posts := realPosts(b); len(posts) > 0 {
			set := testShipped(b)
			words := make([]string, len(set.keywords))
			for i, k := range set.keywords {
				words[i] = foldWord(k.text)
			}
			posts = posts[:min(len(posts), 2000)]
			fmt.Printf("\n%d real messages, %d topics of %d words, %.1f%% fire\n", len(posts), len(set.Topics()), len(words), firing(set, posts))
			measure(posts, engines(set, words))
			measure(posts, append(engines(set, words)[1:2], libraries(words)...))
		}
	}
	fmt.Printf("\ngoals\n%s\n", strings.Join(goals, "\n"))
}

func firing(set *Set, posts []post.Post) float64 {
	n := 0
	for _, p := range posts {
		if len(set.Match(p)) > 0 {
			n++
		}
	}
	return 100 * float64(n) / float64(len(posts))
}

// sideBySide measures with n keywords and returns the goals that speak of it.
func sideBySide(b *testing.B, seg *Segmenter, n int) (goals []string) {
	w := newWorkload(seg, n)
	fmt.Printf("\n%d keywords\n", n)
	var set *Set
	topics, lists := w.topics()
	built("compile all topics", func() any { set = must[*Set](b)(Compile(topics, lists, seg)); return set })
	cost := built("build our scanner", func() any { return newScanner(w.keywords) })
	if n == 100_000 {
		goals = append(goals, goal("at 100,000 keywords the scanner takes at most 10 MB", cost.mb <= 10, "%.1f MB", cost.mb),
			goal("and is built in at most 0.3 s", cost.seconds <= 0.3, "%.3f s", cost.seconds))
	}
	for _, share := range []float64{0, 0.01, 0.1, 0.5} {
		posts := must[[]post.Post](b)(w.posts(set, share))
		fmt.Printf("%.1f%% of the posts fire\n", firing(set, posts))
		got := measure(posts, engines(set, w.keywords))
		ours, gse := got[0], got[2]
		switch {
		case share == 0:
			goals = append(goals, goal(fmt.Sprintf("at %d keywords a post without a hit costs no allocation", n), ours.allocs == 0, "%g", ours.allocs))
			goals = append(goals, besideLibraries(set, w.keywords, posts))
		case share == 0.1 && n == 10_000:
			goals = append(goals, goal("at 10000 keywords and 10% hits the engine is at least 25 times as fast as gse over everything", gse.seconds/ours.seconds >= 25, "%.1f", gse.seconds/ours.seconds))
		}
	}
	return goals
}

// besideLibraries measures our scan and the libraries', apart from the others: their
// heap would be the garbage collector's work in all.
func besideLibraries(set *Set, words []string, posts []post.Post) string {
	contestants := append(engines(set, words)[1:2], libraries(words)...)
	want := 5.0
	if len(words) <= 10_000 {
		contestants, want = append(contestants, naive(words)), 4
	}
	got := measure(posts, contestants)
	best := slices.MinFunc(got[1:], func(a, b result) int { return cmp.Compare(a.seconds, b.seconds) })
	ratio := best.seconds / got[0].seconds
	return goal(fmt.Sprintf("at %d keywords our scan is at least %g times as fast as the fastest library", len(words), want), ratio >= want, "%.1f, %s", ratio, best.name)
}

func goal(what string, met bool, format string, figures ...any) string {
	return map[bool]string{true: "  met      ", false: "  NOT MET  "}[met] + what + ": " + fmt.Sprintf(format, figures...)
}

type cost struct{ seconds, mb float64 }

// built builds a thing and says what CPU time it took and what heap it holds.
func built(name string, build func() any) cost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := cpuSeconds()
	thing := build()
	c := cost{seconds: cpuSeconds() - began}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(thing)
	c.mb = (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / 1e6
	fmt.Printf("  %-34s %9.3f CPU s  %9.1f MB of heap\n", name, c.seconds, c.mb)
	return c
}

// contestant is one way to look for the words.
type contestant struct {
	name string
	do   func(p *post.Post)
	of   int // it is so slow that it gets every of-th post only
}

func engines(set *Set, words []string) []contestant {
	index := map[string]int32{}
	for i, w := range words {
		index[w] = int32(i)
	}
	room, found := make([]span, 0, 1000), 0
	lookUp := func(text string) {
		for _, s := range set.seg.gse.Segment([]byte(text)) {
			if _, ok := index[text[s.Start():s.End()]]; ok {
				found++
			}
		}
	}
	return []contestant{
		{"engine", func(p *post.Post) { set.Match(*p) }, 1},
		{"engine, scan alone", func(p *post.Post) { set.scan.find(p.Title, room); set.scan.find(p.Text, room) }, 1},
		{"gse over everything", func(p *post.Post) { lookUp(p.Title); lookUp(p.Text) }, 1},
	}
}

// libraries are the Aho-Corasick libraries for Go, as they are: they do not fold, and
// have no work with boundaries. anknown wants runes, so it has to make them.
func libraries(words []string) []contestant {
	var pet petar.AhoCorasick
	built("build petar-dambovaliev", func() any {
		b := petar.NewAhoCorasickBuilder(petar.Opts{MatchKind: petar.StandardMatch})
		pet = b.Build(words)
		return &pet
	})
	var ank *anknown.Machine
	built("build anknown/ahocorasick", func() any {
		runes := make([][]rune, len(words))
		for i, w := range words {
			runes[i] = []rune(w)
		}
		defer func() {
			if r := recover(); r != nil { // as it does on the shipped words
				fmt.Printf("  anknown/ahocorasick cannot be built of these words: %v\n", r)
				ank = nil
			}
		}()
		ank = new(anknown.Machine)
		if err := ank.Build(runes); err != nil {
			panic(err)
		}
		return ank
	})
	overlapping := func(text string) {
		for it := pet.IterOverlapping(text); it.Next() != nil; {
		}
	}
	var libs []contestant
	if len(words) <= 10_000 { // with 100,000 it takes 1.7 GB
		var bobu *bobusumisu.Trie
		built("build BobuSumisu/aho-corasick", func() any { bobu = bobusumisu.NewTrieBuilder().AddStrings(words).Build(); return bobu })
		libs = append(libs, contestant{"BobuSumisu/aho-corasick", func(p *post.Post) { bobu.MatchString(p.Title); bobu.MatchString(p.Text) }, 1})
	}
	libs = append(libs, contestant{"petar-dambovaliev/aho-corasick", func(p *post.Post) { overlapping(p.Title); overlapping(p.Text) }, 1})
	if ank != nil {
		libs = append(libs, contestant{"anknown/ahocorasick", func(p *post.Post) {
			ank.MultiPatternSearch([]rune(p.Title), false)
			ank.MultiPatternSearch([]rune(p.Text), false)
		}, 1})
	}
	return libs
}

func naive(words []string) contestant {
	found := 0
	return contestant{"strings.Contains of each word", func(p *post.Post) {
		for _, w := range words {
			if strings.Contains(p.Title, w) || strings.Contains(p.Text, w) {
				found++
			}
		}
	}, 20}
}

const (
	rounds  = 5
	oneTurn = 150 * time.Millisecond
)

// result is what a contestant takes for a post.
type result struct {
	name                   string
	seconds, allocs, bytes float64
}

// measure lets the contestants take turns over the posts.
func measure(posts []post.Post, contestants []contestant) []result {
	size := 0
	for _, p := range posts {
		size += len(p.Title) + len(p.Text)
	}
	results := make([]result, len(contestants))
	times := make([][]float64, len(contestants))
	for round := range rounds + 1 { // the first is to warm up and to count allocations
		for i, c := range contestants {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			done, began, start := 0, cpuSeconds(), time.Now()
			for done == 0 || round > 0 && time.Since(start) < oneTurn {
				for at := 0; at < len(posts); at += c.of {
					c.do(&posts[at])
					done++
				}
			}
			took := (cpuSeconds() - began) / float64(done)
			if runtime.ReadMemStats(&after); round == 0 {
				results[i] = result{c.name, 0, float64(after.Mallocs-before.Mallocs) / float64(done), float64(after.TotalAlloc-before.TotalAlloc) / float64(done)}
				continue
			}
			times[i] = append(times[i], took)
		}
	}
	fmt.Printf("  %-32s %12s %8s %14s %12s %10s\n", "", "posts/CPU s", "MB/s", "times slowest", "allocs/post", "B/post")
	for i := range results {
		slices.Sort(times[i])
		results[i].seconds = times[i][rounds/2]
	}
	slowest := slices.MaxFunc(results, func(a, b result) int { return cmp.Compare(a.seconds, b.seconds) }).seconds
	for _, r := range results {
		fmt.Printf("  %-32s %12.0f %8.1f %14.2f %12.1f %10.0f\n", r.name, 1/r.seconds, float64(size)/float64(len(posts))/r.seconds/1e6, slowest/r.seconds, r.allocs, r.bytes)
	}
	return results
}

// cpuSeconds is what the process has used of the processors, the garbage collector's
// part included.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
