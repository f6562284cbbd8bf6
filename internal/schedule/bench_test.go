package schedule

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

// crowd is 10,000 sources that have been learned from.
func crowd() []Source {
	sources := make([]Source, 10_000)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range sources {
		sources[i].Posts, sources[i].Watched = float32(math.Pow(10, 4*r.Float64())), 2000
		for h := range sources[i].Hours {
			sources[i].Hours[h], sources[i].HourWatched[h] = sources[i].Posts/24*r.Float32(), 80
		}
		for d := range sources[i].Days {
			sources[i].Days[d], sources[i].DayWatched[d] = sources[i].Posts/7*r.Float32(), 280
		}
	}
	return sources
}

// Ten thousand sources are to cost less than 10 MB.
func TestHabitIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Habit{}); n > 300 {
		t.Errorf("a habit takes %d bytes", n)
	}
}

func BenchmarkNewPace(b *testing.B) {
	sources := crowd()
	b.ReportAllocs()
	for b.Loop() {
		NewPace(sources, 1000)
	}
}

func BenchmarkLearn(b *testing.B) {
	h := crowd()[0].Habit
	at := monday
	for b.Loop() {
		to := at.Add(3 * time.Minute)
		h.Learn([]time.Time{at.Add(time.Minute)}, at, to)
		at = to
	}
}

func BenchmarkNext(b *testing.B) {
	sources := crowd()
	p := NewPace(sources, 1000)
	for b.Loop() {
		p.Next(&sources[0].Habit, Bounds{}, monday)
	}
}
