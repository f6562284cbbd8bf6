package warehouse

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	town "huiyin/internal/sample"
)

// What the board counts is what its lists hold: each figure is asked for both ways.
func TestBoard(t *testing.T) {
	w, _ := embedded(t)
	s := life()
	s.Records = append(s.Records,
		cases.Record{Poll: &cases.Poll{ID: "a", Source: "清河论坛", At: at(20, 9, 0), Read: 9, New: 7, Matched: 2}},
		cases.Record{Poll: &cases.Poll{ID: "b", Source: "清河论坛", At: at(20, 9, 5), Error: "打不开"}},
		cases.Record{Poll: &cases.Poll{ID: "c", Source: "市长信箱", At: at(21, 9, 5), Gap: true, New: 1}},
		cases.Record{Post: &cases.StoredPost{ID: "x", Source: "市长信箱", Title: "新的", Seen: time.Now().Truncate(time.Second), Topics: []string{}}},
	)
	for i := range s.Records {
		if m := s.Records[i].Mention; m != nil {
			m.Topics, m.Words = []string{"供水"}, []string{"停水", "水压"}
		}
	}
	if err := w.Ship(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	ctx, now := t.Context(), at(25, 9, 0)
	tally, err := w.Tally(ctx, cases.Filter{}, now, at(26, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for is, n := range map[cases.Standing]int{
		cases.IsOpen: tally.Open, cases.IsOverdue: tally.Overdue, cases.IsUnsigned: tally.Unsigned, cases.IsPaused: tally.Paused, cases.IsDoubtful: tally.Doubtful,
	} {
		if _, total, err := w.Cases(ctx, cases.Filter{Is: is}, now); err != nil || total != n {
			t.Errorf("%q counts %d and lists %d (%v)", is, n, total, err)
		}
	}
	o, err := w.Choices(ctx, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(cases.Choices{Units: []string{"住建局", "供水集团"}, Officers: []string{"王敏", "赵倩"}, Topics: []string{"供水"}}, o, asSets); d != "" {
		t.Error(d)
	}
	for units, want := range map[string]bool{"": true, "住建局": true, "城管局": false} {
		var of []string
		if units != "" {
			of = []string{units}
		}
		f, ok, err := w.Fact(ctx, "2026-000001", of)
		if err != nil || ok != want || ok && f.Case != "2026-000001" {
			t.Errorf("%q sees the case: %v, want %v (%v)", units, ok, want, err)
		}
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for by := range caseKeys {
		if kept, err := w.Groups(ctx, cases.Filter{}, by, zone, now); err != nil || len(kept) == 0 {
			t.Errorf("by %s: %v, %v", by, kept, err)
		}
		counts, err := w.MentionsBy(ctx, cases.MentionFilter{Units: []string{"供水集团"}}, by, zone)
		if sum := sumOf(counts); err != nil || sum != 3 {
			t.Errorf("by %s %d mentions, want 3 (%v)", by, sum, err)
		}
	}
	kept, err := w.Groups(ctx, cases.Filter{}, cases.ByUnit, zone, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kept {
		for is, n := range map[cases.Standing]int{"": k.Opened, cases.IsInTime: k.InTime, cases.IsLate: k.Late, cases.IsUnsound: k.Unsound} {
			if _, total, err := w.Cases(ctx, cases.Filter{Unit: k.Key, Is: is}, now); err != nil || total != n {
				t.Errorf("%s, %q: counts %d and lists %d (%v)", k.Key, is, n, total, err)
			}
		}
	}
	for name, c := range map[string]struct {
		f               cases.MentionFilter
		want, wantCases int
	}{
		"all":           {cases.MentionFilter{}, 3, 2},
		"a word":        {cases.MentionFilter{Words: []string{"锦绣", "停水"}}, 2, 1},
		"a case":        {cases.MentionFilter{Cases: []string{"2026-000002"}}, 1, 1},
		"a source":      {cases.MentionFilter{Source: "市长信箱"}, 0, 0},
		"no channel":    {cases.MentionFilter{Sources: []string{}}, 0, 0},
		"a topic":       {cases.MentionFilter{Topic: "供水", Topics: []string{"供水"}}, 3, 2},
		"a unit":        {cases.MentionFilter{Unit: "住建局"}, 2, 1},
		"seen by units": {cases.MentionFilter{Units: []string{"住建局"}}, 2, 1},
		"a day":         {cases.MentionFilter{From: at(22, 0, 0), Until: at(23, 0, 0)}, 1, 1},
	} {
		c.f.Limit = 10
		list, n, k, err := w.Mentions(ctx, c.f)
		if err != nil || n != c.want || k != c.wantCases || len(list) != n {
			t.Errorf("%s: %d mentions of %d cases, listed %d; want %d of %d (%v)", name, n, k, len(list), c.want, c.wantCases, err)
		}
	}
	if hours, err := w.Hours(ctx, cases.MentionFilter{}); err != nil || len(hours) != 2 || sumOf(hours) != 3 {
		t.Errorf("hours %v (%v)", hours, err)
	}
	boardSources(t, w, zone)
}

func sumOf(list []cases.Count) (n int) {
	for _, c := range list {
		n += c.N
	}
	return n
}

var asSets = cmp.Transformer("set", func(list []string) map[string]bool {
	set := make(map[string]bool)
	for _, s := range list {
		set[s] = true
	}
	return set
})

func boardSources(t *testing.T, w *Warehouse, zone *time.Location) {
	ctx := t.Context()
	days, err := w.SourceDays(ctx, "清河论坛", at(1, 0, 0), at(30, 0, 0), zone)
	if d := cmp.Diff([]cases.SourceDay{{Source: "清河论坛", Day: "2026-11-20", Polls: 2, New: 7, Matched: 2, Failed: 1}}, days); err != nil || d != "" {
		t.Error(d, err)
	}
	if all, err := w.SourceDays(ctx, "", at(1, 0, 0), at(30, 0, 0), zone); err != nil || len(all) != 2 || all[0].Gaps+all[1].Gaps != 1 {
		t.Error(all, err)
	}
	bad, err := w.BadPolls(ctx, "清河论坛", at(1, 0, 0), at(30, 0, 0), 5)
	if err != nil || len(bad) != 1 || bad[0].Error != "打不开" {
		t.Error(bad, err)
	}
	posts, err := w.PostsOf(ctx, "市长信箱", time.Now().Add(-time.Hour), time.Now().Add(time.Hour), 5)
	if err != nil || len(posts) != 1 || posts[0].Title != "新的" {
		t.Error(posts, err)
	}
	topics, err := w.TopicFigures(ctx, cases.Filter{From: at(1, 0, 0), Until: at(30, 0, 0)}, at(25, 9, 0))
	want := []cases.TopicFigures{{Topic: "供水", Opened: 2, Answered: 1, FalseAlarms: 1, Judged: 2,
		Words: []cases.WordFigures{{Word: "停水", FalseAlarms: 1, Good: 1}, {Word: "水压", FalseAlarms: 1, Good: 1}}}}
	if d := cmp.Diff(want, topics); err != nil || d != "" {
		t.Error(d, err)
	}
}

// Cases that go on in another one are found through a third, and map and list agree.
func TestBoardMerged(t *testing.T) {
	w, _ := embedded(t)
	steps := []cases.Step{{Name: "回应", Target: "1wd", Due: at(23, 17, 30), Why: "次日起算"}}
	s := cases.Shipment{ID: "merged"}
	for i, into := range []string{"", "2026-000001", "2026-000002"} {
		number := cases.Number(2026, i+1)
		s.Records = append(s.Records, cases.Record{Event: &cases.Event{Case: number, Seq: 1, Kind: cases.Opened, At: at(20, 9, i), Post: number, Source: "论坛",
			Title: "停水", Topic: "供水", Unit: "供水集团", Officer: "王敏", Steps: steps}})
		if into != "" {
			s.Records = append(s.Records, cases.Record{Event: &cases.Event{Case: number, Seq: 2, Kind: cases.Merged, At: at(20, 10, i), By: "王敏", Other: into}})
		}
	}
	if err := w.Ship(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	got, err := w.Merged(t.Context(), "2026-000001")
	if d := cmp.Diff([]string{"2026-000002", "2026-000003"}, got); err != nil || d != "" {
		t.Error(d, err)
	}
	if f, ok, err := w.Fact(t.Context(), "2026-000003", nil); err != nil || !ok || f.Into != "2026-000002" {
		t.Error(f, ok, err)
	}
	cells, err := w.Map(t.Context(), cases.Filter{Is: cases.IsOpen}, at(24, 9, 0))
	if d := cmp.Diff([]cases.Cell{{Unit: "供水集团", Topic: "供水", Cases: 1, Overdue: 1}}, cells); err != nil || d != "" {
		t.Error(d, err)
	}
}

// The pages of a search, one after the other, are the list of all, also where several posts
// were read at one moment.
func TestPagesOfWords(t *testing.T) {
	w := loaded(t)
	whole := cases.MentionFilter{Words: []string{"水"}, From: town.From, Until: town.Until, Limit: maxCounted}
	all, total, of, err := w.Mentions(t.Context(), whole)
	if err != nil || len(all) != total || total < 50 || of < 10 {
		t.Fatalf("%d of %d cases, listed %d (%v)", total, of, len(all), err)
	}
	var paged []cases.Mention
	for page := whole; page.Offset < total+7; page.Offset += page.Limit {
		page.Limit = 7
		list, n, k, err := w.Mentions(t.Context(), page)
		if err != nil || n != total || k != of {
			t.Fatalf("from %d on: %d of %d cases (%v)", page.Offset, n, k, err)
		}
		paged = append(paged, list...)
	}
	if d := cmp.Diff(all, paged); d != "" {
		t.Errorf("(-whole +paged):\n%s", d)
	}
	same := 0
	for i := range all[1:] {
		if all[i].Seen.Equal(all[i+1].Seen) {
			same++
		}
	}
	if same == 0 {
		t.Error("no two posts were read at one moment: this shows little")
	}
}
