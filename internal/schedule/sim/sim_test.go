package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/schedule"
)

var (
	zone  = time.FixedZone("Asia/Shanghai", 8*60*60)
	begin = time.Date(2026, 1, 5, 0, 0, 0, 0, zone) // a Monday
)

func TestRead(t *testing.T) {
	lines := strings.Repeat(`{"title":"B3区的路","text":"","time":"2019/2/28 11:25:05"}`+"\n", small) +
		`{"title":"A市A7县停水","text":"B市也停","time":"2019-02-28 11:25:05"}
{"title":"路灯","text":"A市的路灯","time":"2019-3-1 1:02"}
{"title":"路灯","text":"没有地名","time":"2019-03-01T01:02:03+08:00"}
{"title":"B3区","source":"热线","time":"2019/1/1 00:00:00"}
{"title":"没有时间"}
`
	streams, without, err := read(strings.NewReader(lines), zone)
	if err != nil || without != 1 {
		t.Fatalf("%d without a time, %v", without, err)
	}
	got := map[string]int{}
	for _, s := range streams {
		got[s.name] = len(s.posts)
	}
	for name, n := range map[string]int{"B3区": small, "A*": 2, "-": 1, "热线": 1} {
		if got[name] != n {
			t.Errorf("%s: %d posts, want %d", name, got[name], n)
		}
	}
	if len(got) != 4 {
		t.Errorf("sources %v", got)
	}
	if _, _, err := read(strings.NewReader("{}\nno JSON\n"), zone); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
		t.Errorf("a line that is no JSON: %v", err)
	}
}

func TestMiddle(t *testing.T) {
	s := []stream{{"a", []time.Time{begin, begin.Add(50 * time.Hour)}}, {"b", []time.Time{begin.Add(time.Hour), begin.Add(60 * time.Hour)}}}
	if cut, ok := middle(s); !ok || !cut.Equal(begin.Add(48*time.Hour)) {
		t.Errorf("the cut is %v, %v", cut, ok)
	}
	for _, few := range [][]stream{nil, {{"a", []time.Time{begin}}}} {
		if cut, ok := middle(few); ok {
			t.Errorf("%v was cut at %v", few, cut)
		}
	}
}

// every polls all sources after the same time, and writes down what it is shown.
type every struct {
	time.Duration
	t *testing.T
}

func (e every) plan() {}
func (e every) learn(_ int, posted []time.Time, from, to time.Time) {
	for _, p := range posted {
		if p.After(to) || !p.After(from) {
			e.t.Errorf("the poll at %v after one at %v was shown a post of %v", to, from, p)
		}
	}
}
func (e every) next(_ int, last time.Time) time.Time { return last.Add(e.Duration) }

func TestReplay(t *testing.T) {
	at := func(minutes ...int) (times []time.Time) {
		for _, m := range minutes {
			times = append(times, begin.Add(time.Duration(m)*time.Minute))
		}
		return times
	}
	streams := []stream{{"a", at(-5, 3, 10, 11, 118)}}
	// Polls at 0, 10 … 110; the one at 120 comes after the end and is no request.
	got := replay(streams, every{10 * time.Minute, t}, begin, begin.Add(2*time.Hour), 0)
	want := []time.Duration{0, 2 * time.Minute, 7 * time.Minute, 9 * time.Minute}
	if got.polls != 12 || !slices.Equal(got.delays, want) {
		t.Errorf("%d polls, delays %v, want 12 and %v", got.polls, got.delays, want)
	}
	if got.mean() != 270*time.Second || got.quantile(.95) != 9*time.Minute || got.quantile(.5) != 2*time.Minute {
		t.Errorf("mean %v, p95 %v, p50 %v", got.mean(), got.quantile(.95), got.quantile(.5))
	}
}

func TestFixed(t *testing.T) {
	streams := invent(7, begin)
	end := begin.Add(7 * 24 * time.Hour)
	got := fixed(streams, begin, end, len(streams)*7*24*4) // a quarter of an hour
	if m, p := got.mean().Minutes(), got.quantile(.95).Minutes(); m < 7.4 || m > 7.6 || p < 14.2 || p > 14.3 {
		t.Errorf("mean %.2f, p95 %.2f, want 7.5 and 14.25", m, p)
	}
	// The formula and the replay agree.
	r := replay(streams, every{15 * time.Minute, t}, begin, end, 0)
	if r.polls != got.polls || len(r.delays)*16 != len(got.delays) || ratio(r.mean(), got.mean()) < 0.98 || ratio(r.mean(), got.mean()) > 1.02 {
		t.Errorf("replayed: %d polls, mean %v; reckoned: %d polls, mean %v", r.polls, r.mean(), got.polls, got.mean())
	}
}

func TestFoldKeepsHours(t *testing.T) {
	streams := invent(7, begin)
	cut := begin.Add(8 * 7 * 24 * time.Hour)
	count := func(streams []stream) (hours [2][24 * 7]int) {
		for _, s := range streams {
			for _, p := range s.posts {
				side := 0
				if !p.Before(cut) {
					side = 1
				}
				hours[side][int(p.Weekday())*24+p.Hour()]++
			}
		}
		return hours
	}
	for i := range streams { // no longer before the cut than after it: nothing is left out
		streams[i].posts = streams[i].posts[before(streams[i].posts, begin.Add(5*7*24*time.Hour)):]
	}
	streams[0].posts[0] = cut.Add(-14 * 24 * time.Hour)
	folded := fold(streams, cut, 1)
	if count(folded) != count(streams) {
		t.Error("posts changed their hour, or side")
	}
	for _, s := range folded {
		for _, p := range s.posts {
			if d := p.Sub(cut); d < -7*24*time.Hour || d >= 7*24*time.Hour {
				t.Fatalf("a post %v from the cut", d)
			}
		}
	}
}

// The point of it all: posts are read sooner with as many requests.
func TestScheduleBeatsFixedPolls(t *testing.T) {
	streams := invent(2, begin)
	cut, end := begin.Add(4*7*24*time.Hour), begin.Add(5*7*24*time.Hour)
	bounds := schedule.Bounds{Floor: time.Minute, Ceiling: time.Hour}
	l := &learner{habits: make([]schedule.Habit, len(streams)), bounds: bounds, perMinute: float64(len(streams)) / 15}
	teach(streams, l, cut)
	s := &shares{habits: make([]schedule.Habit, len(streams)), bounds: bounds, perMinute: float64(len(streams)) / 15}
	teach(streams, s, cut)
	full, flat := replay(streams, l, cut, end, 0), replay(streams, s, cut, end, 0)
	same := fixed(streams, cut, end, full.polls)
	if r := ratio(full.mean(), same.mean()); r > 0.6 {
		t.Errorf("the mean delay is %.2f of that of fixed polls", r)
	}
	if r := ratio(full.quantile(.95), same.quantile(.95)); r > 0.9 {
		t.Errorf("p95 is %.2f of that of fixed polls", r)
	}
	if full.mean() >= flat.mean() {
		t.Errorf("hours make it no better: %v, without them %v", full.mean(), flat.mean())
	}
	if asked := l.perMinute * end.Sub(cut).Minutes(); float64(full.polls) > 1.05*asked {
		t.Errorf("%d requests, the budget is %.0f", full.polls, asked)
	}
}
