package report

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/cases"
)

func TestParsePeriod(t *testing.T) {
	for s, want := range map[string]string{
		"2026Q3": "2026Q3 2026年第三季度 2026-07-01 2026-10-01 2026Q2 2025Q3", "2026q1": "2026Q1 2026年第一季度 2026-01-01 2026-04-01 2025Q4 2025Q1",
		"2026W37": "2026W37 2026年第37周 2026-09-07 2026-09-14 2026W36 2025W37", "2026W1": "2026W01 2026年第1周 2025-12-29 2026-01-05 2025W52 2025W01",
		"2026W53": "2026W53 2026年第53周 2026-12-28 2027-01-04 2026W52 2025W52", "2026-09": "2026-09 2026年9月 2026-09-01 2026-10-01 2026-08 2025-09",
		"2026-1": "2026-01 2026年1月 2026-01-01 2026-02-01 2025-12 2025-01", "2026H1": "2026H1 2026年上半年 2026-01-01 2026-07-01 2025H2 2025H1",
		"2026h2": "2026H2 2026年下半年 2026-07-01 2027-01-01 2026H1 2025H2", "2026": "2026 2026年 2026-01-01 2027-01-01 2025 2025",
		"2026Q0": "", "2026Q5": "", "2025W53": "", "2026-13": "", "2026-00": "", "2026H3": "", "1999": "", "2200": "", "": "", "2026Q": "", "Q3": "", "2026-09-01": "",
	} {
		p, err := ParsePeriod(s)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", s, err)
			}
			continue
		}
		from, until := p.Span(shanghai)
		got := p.String() + " " + p.Name() + " " + from.Format(time.DateOnly) + " " + until.Format(time.DateOnly) + " " + p.Previous().String() + " " + p.YearBefore().String()
		if got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}

// Periods of a kind follow each other without a gap, each instant is in its own, and the
// parts of one are all of it.
func TestPeriodLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]PeriodKind{Week, Month, Quarter, Half, Year}).Draw(t, "kind")
		at := time.Unix(rapid.Int64Range(1_000_000_000, 7_000_000_000).Draw(t, "at"), 0).In(shanghai)
		p := PeriodOf(kind, at)
		from, until := p.Span(shanghai)
		if at.Before(from) || !at.Before(until) {
			t.Fatalf("%v is not in %s: %v to %v", at, p, from, until)
		}
		before, end := p.Previous().Span(shanghai)
		if !end.Equal(from) || !before.Before(end) || PeriodOf(kind, end.Add(-1)) != p.Previous() {
			t.Fatalf("%s ends at %v, %s begins at %v", p.Previous(), end, p, from)
		}
		if again, err := ParsePeriod(p.String()); err != nil || again != p {
			t.Fatalf("%s is read as %+v, %v", p, again, err)
		}
		last := from
		for i, part := range p.parts(shanghai) {
			if i == 0 != part.Equal(from) || i > 0 && !part.After(last) || !part.Before(until) {
				t.Fatalf("%s: part %d begins at %v", p, i, part)
			}
			last = part
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026Q3", "2026W53", "2026-09", "2026H1", "2026", "9999Q9", "２０２６"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err != nil {
			return
		}
		if from, until := p.Span(shanghai); !from.Before(until) || p.Name() == "" || p.Kind.Report() == "" {
			t.Errorf("%q is %+v", s, p)
		}
		if again, err := ParsePeriod(p.String()); err != nil || again != p {
			t.Errorf("%q is %s, which is %+v (%v)", s, p, again, err)
		}
	})
}

func scored(unit string, inTime, late int) Group {
	return Group{Score: cases.Score{Of: cases.OfUnit, Key: unit, Cases: inTime + late + 1, InTime: inTime, Late: late, Dismissed: 1}}
}

// Who has few cases has no place, the same rate as it is shown has the same one, and one
// that comes after two firsts is the third.
func TestRanking(t *testing.T) {
	r := Report{Units: []Group{
		scored("甲", 9, 1), scored("乙", 18, 2), scored("丙", 9, 0), scored("丁", 10, 0), scored("戊", 1999, 1), scored("己", 0, 0), scored("庚", 9999, 1), {Score: cases.Score{Key: "辛"}}, scored("壬", 0, 12),
	}}
	got := ""
	for _, u := range r.Ranking() {
		got += fmt.Sprintf("%d%s %s\n", u.Place, u.Key, percent(u.InTime, u.Decided()))
	}
	want := "1丁 100.0%\n2庚 99.9%\n2戊 99.9%\n4乙 90.0%\n4甲 90.0%\n6壬 0.0%\n0丙 100.0%\n0己 —\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Places follow the rates, whoever they are of, and none is left out or told twice.
func TestRankingLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Report
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 30), 0, 12).Draw(t, "cases") {
			in := rapid.IntRange(0, n).Draw(t, "in time")
			r.Units = append(r.Units, scored(fmt.Sprint(i), in, n-in))
		}
		list := r.Ranking()
		if len(list) != len(r.Units) {
			t.Fatalf("%d of %d", len(list), len(r.Units))
		}
		for i, u := range list {
			better := 1
			for _, o := range list {
				if o.Decided() >= minRanked && permille(o.InTime, o.Decided()) > permille(u.InTime, u.Decided()) {
					better++
				}
			}
			if few := u.Decided() < minRanked; few != (u.Place == 0) || !few && u.Place != better || i > 0 && few != (list[i-1].Place == 0) && !few {
				t.Fatalf("%s has place %d among\n%+v", u.Key, u.Place, list)
			}
		}
	})
}

func TestPercent(t *testing.T) {
	for want, of := range map[string][2]int{"—": {0, 0}, "3/4": {3, 4}, "60.0%": {3, 5}, "66.7%": {4, 6}, "99.9%": {1999, 2000}, "100.0%": {7, 7}, "0.0%": {0, 9}, "0.1%": {1, 1999}} {
		if got := percent(of[0], of[1]); got != want {
			t.Errorf("%v: %s, want %s", of, got, want)
		}
	}
}

func TestSafe(t *testing.T) {
	for text, want := range map[string]string{"": "", "停水": "停水", "=1+1": "'=1+1", "+86": "'+86", "-2": "'-2", "@SUM": "'@SUM", "\t=1": "'\t=1", "＝1": "'＝1", "a=b": "a=b"} {
		if got := Safe(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A story is told without the cards that went out, and all posts that joined in one line.
func TestStory(t *testing.T) {
	line := func(kind cases.Kind, minute int, source string) cases.Event {
		return cases.Event{Kind: kind, At: at(7, 14, 9, minute), Source: source, By: "王敏", Topic: "供水", Unit: "供水集团", Officer: "王敏"}
	}
	joined := line(cases.Joined, 2, "清河论坛")
	joined.By = ""
	other := joined
	other.Source, other.At = "清河微博", at(7, 16, 0, 10)
	got := ""
	for _, l := range storyLines([]cases.Event{
		line(cases.Opened, 0, "清河论坛"), line(cases.Delivered, 1, ""), joined, line(cases.Delivered, 3, ""), joined, line(cases.Signed, 5, ""), other, line(cases.Archived, 9, ""),
	}, shanghai) {
		got += l.At.Format("15:04 ") + l.Text + "\n"
	}
	if want := "09:00 王敏登记：供水，一般，归供水集团，责任人王敏\n09:02 并入 3 帖（7月14日—7月16日）：清河论坛 2 帖、清河微博 1 帖\n09:05 王敏签收\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if one := storyLines([]cases.Event{joined}, shanghai); len(one) != 1 || one[0].Text != "并入：清河论坛也有一帖" {
		t.Errorf("of one post: %+v", one)
	}
	days := daily([]time.Time{at(7, 14, 9, 0), at(7, 14, 23, 59), at(7, 16, 0, 0), at(12, 1, 0, 0)}, shanghai)
	if len(days) != maxDays || days[0].Posts != 2 || days[1].Posts != 0 || days[2].Posts != 1 || days[maxDays-1].Posts != 1 {
		t.Errorf("%+v", days)
	}
}
