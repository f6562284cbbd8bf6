package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// Story is a case that many posts tell, with its whole history.
type Story struct {
	cases.Counted
	Days  []DayPosts
	Lines []StoryLine
}

// DayPosts is how many posts told a story on a day.
type DayPosts struct {
	Day   time.Time
	Posts int
}

// StoryLine is a line of a story's history.
type StoryLine struct {
	At   time.Time
	Text string
}

const (
	maxStoryLine = 200 // characters
	maxDays      = 31  // of a story's curve; what came later is in the last one
)

// tellStories tells the cases that the most posts tell; one post alone is no story.
func (r *Report) tellStories(ctx context.Context, rec Record) error {
	top := slices.DeleteFunc(slices.Clone(r.Cases), func(c cases.Counted) bool { return c.Mentions < 2 })
	slices.SortStableFunc(top, func(a, b cases.Counted) int { return cmp.Or(b.Mentions-a.Mentions, strings.Compare(a.Case, b.Case)) })
	top = top[:min(len(top), maxStories)]
	var numbers []string
	for _, c := range top {
		numbers = append(numbers, c.Case)
	}
	spread, err := rec.Spread(ctx, numbers)
	if err != nil {
		return err
	}
	for _, c := range top {
		events, err := rec.History(ctx, c.Case)
		if err != nil {
			return err
		}
		loc := r.Calendar.Location()
		r.Stories = append(r.Stories, Story{Counted: c, Days: daily(spread[c.Case], loc), Lines: storyLines(events, loc)})
	}
	return nil
}

// daily counts posts by days, from the first to the last one; times are in order.
func daily(times []time.Time, loc *time.Location) (list []DayPosts) {
	for _, at := range times {
		y, m, d := at.In(loc).Date()
		day := time.Date(y, m, d, 0, 0, 0, 0, loc)
		for len(list) > 0 && list[len(list)-1].Day.Before(day) && len(list) < maxDays {
			list = append(list, DayPosts{Day: list[len(list)-1].Day.AddDate(0, 0, 1)})
		}
		if len(list) == 0 {
			list = append(list, DayPosts{Day: day})
		}
		list[len(list)-1].Posts++
	}
	return list
}

// storyLines tells a history: the cards that went out are left out, and all posts that
// joined are one line, where the first of them did.
func storyLines(events []cases.Event, loc *time.Location) (list []StoryLine) {
	var joined []cases.Event
	at := 0 // which line theirs is
	for _, e := range events {
		switch e.Kind {
		case cases.Delivered, cases.Undelivered, cases.Archived:
			continue
		case cases.Joined:
			if joined = append(joined, e); len(joined) > 1 {
				continue
			}
			at = len(list)
		}
		list = append(list, StoryLine{e.At, post.Cut(e.Line(), maxStoryLine)})
	}
	if len(joined) > 1 {
		list[at].Text = joinedLine(joined, loc)
	}
	return list
}

// joinedLine counts posts that joined by their sources, the most frequent first, and says
// from when to when they did.
func joinedLine(joined []cases.Event, loc *time.Location) string {
	n := map[string]int{}
	var sources []string
	for _, e := range joined {
		if n[e.Source]++; n[e.Source] == 1 {
			sources = append(sources, e.Source)
		}
	}
	slices.SortStableFunc(sources, func(a, b string) int { return n[b] - n[a] })
	for i, s := range sources {
		sources[i] = fmt.Sprintf("%s %d 帖", s, n[s])
	}
	const most = 6
	more := ""
	if len(sources) > most {
		more = fmt.Sprintf("等 %d 个来源", len(sources))
	}
	days := joined[0].At.In(loc).Format("1月2日")
	if last := joined[len(joined)-1].At.In(loc).Format("1月2日"); last != days {
		days += "—" + last
	}
	return fmt.Sprintf("并入 %d 帖（%s）：%s%s", len(joined), days, strings.Join(sources[:min(len(sources), most)], "、"), more)
}
