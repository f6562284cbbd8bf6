package cases

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAbove(t *testing.T) {
	rank := map[Severity]int{"": 0, Ordinary: 0, Larger: 1, Major: 2}
	for s := range rank {
		for o := range rank {
			if s.Above(o) != (rank[s] > rank[o]) {
				t.Errorf("%q above %q: %v", s, o, s.Above(o))
			}
		}
		if s.Above("?") != (rank[s] > 0) || Severity("?").Above(s) {
			t.Errorf("an unknown severity is ordinary: %q", s)
		}
		if ladder := s.Ladder(); (ladder != "") != (rank[s] > 0) || ladder != "" && Ladders[ladder] == nil {
			t.Errorf("%q is on the ladder %q", s, ladder)
		}
	}
}

// toldBy is a case told n times in an hour in so many sources.
func toldBy(n, sources int) Case {
	c := Case{Mentions: n, Pace: Pace{Last: 1, Counts: [6]int{n}}}
	for i := range sources {
		c.Sources = append(c.Sources, SourceCount{string(rune('甲' + i)), 1})
	}
	return c
}

func TestSpreads(t *testing.T) {
	larger, major := Spread{Mentions: 10, Sources: 4, Hourly: 8}, Spread{Mentions: 50, Sources: 10, Hourly: 40}
	with := func(c Case, change func(*Case)) Case {
		change(&c)
		return c
	}
	slow := func(c *Case) { c.Pace = Pace{} }
	for _, c := range []struct {
		name          string
		c             Case
		larger, major Spread
		want          Severity
		why           string
	}{
		{"one post", toldBy(1, 1), larger, major, "", ""},
		{"just below", toldBy(7, 3), larger, major, "", ""},
		{"fast", toldBy(8, 3), larger, major, Larger, "一小时内有 8 帖"},
		{"in many places", toldBy(7, 4), larger, major, Larger, "已有 4 个来源在说"},
		{"many and slow", with(toldBy(49, 3), slow), larger, major, Larger, "同一件事已有 49 帖"},
		{"one less since it was split off, in a place less", with(toldBy(10, 4), func(c *Case) {
			c.Away, c.Sources[0].Count, c.Pace = 1, 0, Pace{}
		}), larger, major, "", ""},
		{"with those of a merged case", with(toldBy(4, 1), func(c *Case) { c.Taken = []Taken{{"2026-000002", 46}} }),
			larger, major, Major, "同一件事已有 50 帖"},
		{"at once to major", toldBy(40, 1), larger, major, Major, "一小时内有 40 帖"},
		{"larger, and more", with(toldBy(49, 9), func(c *Case) { c.Severity = Larger }), larger, major, Major, "一小时内有 49 帖"},
		{"larger, and no more", with(toldBy(39, 9), func(c *Case) { c.Severity = Larger }), larger, major, Larger, ""},
		{"major already", with(toldBy(60, 3), func(c *Case) { c.Severity = Major }), larger, major, Major, ""},
		{"no figures: never", toldBy(1000, 20), Spread{}, Spread{}, "", ""},
		{"nothing, no figures", Case{}, Spread{}, Spread{}, "", ""},
		{"only larger has figures", toldBy(1000, 20), larger, Spread{}, Larger, "同一件事已有 1000 帖"},
		{"only sources count", toldBy(1000, 3), Spread{Sources: 4}, Spread{Sources: 10}, "", ""},
		{"only pace counts", toldBy(9, 30), Spread{Hourly: 9}, Spread{Hourly: 10}, Larger, "一小时内有 9 帖"},
	} {
		got, why := c.c.Spreads(c.larger, c.major)
		if got != c.want || why != c.why {
			t.Errorf("%s: %q %q, want %q %q", c.name, got, why, c.want, c.why)
		}
	}
}

// A Pace counts what fell into the last six slices, in whatever order it came.
func TestPace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Pace
		base := rapid.SampledFrom([]int64{0, day0.Unix()}).Draw(t, "base")
		newest, all := int64(0), []int64(nil)
		for _, s := range rapid.SliceOfN(rapid.Int64Range(0, 4*3600), 0, 60).Draw(t, "seconds") {
			n := (base + s) / 600
			newest, all = max(newest, n), append(all, n)
			p.Add(time.Unix(base+s, 0))
			p = through(t, p)
			want := 0
			for _, n := range all {
				if newest-n < 6 {
					want++
				}
			}
			if p.Hourly() != want {
				t.Fatalf("%d in the hour, want %d: %+v of %v", p.Hourly(), want, p, all)
			}
		}
	})
}

func TestPaceByHand(t *testing.T) {
	var p Pace
	for _, c := range []struct{ minute, want int }{
		{0, 1}, {5, 2}, {50, 3}, {59, 4}, {60, 3}, {55, 4}, {9, 4}, {69, 5}, {200, 1}, {0, 1},
	} {
		p.Add(day0.Add(time.Duration(c.minute) * time.Minute))
		if p.Hourly() != c.want {
			t.Errorf("after minute %d: %d, want %d", c.minute, p.Hourly(), c.want)
		}
	}
}
