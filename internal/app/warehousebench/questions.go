package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/warehouse"
)

// question is one thing that the program asks, as it asks it.
type question struct {
	of   string // whose: digest, board, chat; report where the goal does not count
	name string
	ask  func(context.Context, *warehouse.Warehouse, about) error
}

// about is what a question is about: each time something else.
type about struct {
	day   time.Time // a midnight of the last half year
	end   time.Time // the present of the set
	case_ string
	great string // a case of a great story
	unit  string
	topic string
	word  string // that many posts have
	rare  string // that few have
	none  string // that none has
}

func (db *database) about(r *rand.Rand) about {
	s, all := db.built.Set, words()
	i := r.IntN(s.Cases)
	return about{
		day: ends.AddDate(0, 0, -1-r.IntN(180)), end: ends, case_: db.lives.number(i), great: db.lives.number(i &^ (s.great() - 1)),
		unit: unit(r.IntN(units)), topic: topics[r.IntN(len(topics))].name,
		word: word(all, r.IntN(100)), rare: word(all, vocabulary-1-r.IntN(vocabulary/2)) + word(all, r.IntN(100)), none: "龘" + word(all, r.IntN(100)),
	}
}

// questions are those of digests, of the chat and of the board.
func questions() []question {
	return slices.Concat(digestQuestions(), caseQuestions(), searchQuestions(), mentionQuestions(), reportQuestions())
}

func digestQuestions() []question {
	daily := func(name string, units func(about) []string) question {
		return question{"digest", "Daily " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			from := a.day
			span := func(back int) cases.Span {
				return cases.Span{From: from.AddDate(0, 0, -back), Until: from.AddDate(0, 0, 1-back)}
			}
			moment := span(0).Until.Add(8*time.Hour + 30*time.Minute)
			_, err := w.Daily(ctx, cases.DailyQuery{
				Span: span(0), Now: moment, Units: units(a), Before: []cases.Span{span(1), span(7)},
				Moments: []time.Time{moment.AddDate(0, 0, -1), moment.AddDate(0, 0, -7)}, Days: 14,
			})
			return err
		}}
	}
	return []question{
		daily("of all", func(about) []string { return nil }), daily("of a unit", func(a about) []string { return []string{a.unit} }),
		{"digest", "OwedAt, a morning", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.OwedAt(ctx, nil, a.day.Add(8*time.Hour+30*time.Minute))
			return err
		}},
	}
}

// caseQuestions are about how cases stand.
func caseQuestions() []question {
	list := func(name string, f func(about) cases.Filter) question {
		return question{"board", "Cases " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, _, err := w.Cases(ctx, f(a), a.end)
			return err
		}}
	}
	groups := func(name string, days int, by cases.By) question {
		return question{"board", "Groups " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Groups(ctx, cases.Filter{From: a.day.AddDate(0, 0, -days), Until: a.day}, by, zone, a.end)
			return err
		}}
	}
	return []question{
		{"board", "Tally of all", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Tally(ctx, cases.Filter{}, a.end, a.end.Add(12*time.Hour))
			return err
		}},
		{"board", "Tally of a unit", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Tally(ctx, cases.Filter{Units: []string{a.unit}}, a.end, a.end.Add(12*time.Hour))
			return err
		}},
		{"board", "Choices", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Choices(ctx, nil, false)
			return err
		}},
		{"board", "Map, open", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Map(ctx, cases.Filter{Is: cases.IsOpen}, a.end)
			return err
		}},
		{"board", "Map, 90 days", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Map(ctx, cases.Filter{From: a.day.AddDate(0, 0, -90), Until: a.day}, a.end)
			return err
		}},
		list("open, the first 50", func(about) cases.Filter { return cases.Filter{Is: cases.IsOpen, Limit: 50} }),
		list("overdue of a unit", func(a about) cases.Filter { return cases.Filter{Is: cases.IsOverdue, Unit: a.unit, Limit: 50} }),
		list("late in a month, of a topic", func(a about) cases.Filter {
			return cases.Filter{Is: cases.IsLate, Topic: a.topic, From: a.day.AddDate(0, -1, 0), Until: a.day, Limit: 50}
		}),
		list("all, the first 50", func(about) cases.Filter { return cases.Filter{Limit: 50} }),
		groups("by day, 90 days", 90, cases.ByDay),
		groups("by unit, 90 days", 90, cases.ByUnit),
		groups("by source, a year", 365, cases.BySource),
		{"board", "Fact, one case", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, _, err := w.Fact(ctx, a.case_, nil)
			return err
		}},
		{"board", "Merged, into one case", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Merged(ctx, a.case_)
			return err
		}},
		{"board", "History, one case", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.History(ctx, a.case_)
			return err
		}},
	}
}

// searchQuestions look for words.
func searchQuestions() []question {
	frequent := func(a about) []string { return []string{a.word} }
	rare := func(a about) []string { return []string{a.rare} }
	both := func(a about) []string { return []string{a.word, a.rare[:6]} }
	none := func(a about) []string { return []string{a.none} }
	chat := func(name string, days int, words func(about) []string) question {
		return question{"chat", "Search " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Search(ctx, cases.Search{Words: words(a), From: a.end.AddDate(0, 0, -days), Until: a.end, Limit: 20})
			return err
		}}
	}
	board := func(name string, days int, words func(about) []string) question {
		return question{"board", "Mentions " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, _, _, err := w.Mentions(ctx, cases.MentionFilter{Words: words(a), From: a.end.AddDate(0, 0, -days), Until: a.end, Limit: 50})
			return err
		}}
	}
	return []question{
		chat("30 days, frequent word", 30, frequent), chat("30 days, two words together", 30, rare), chat("a year, frequent and rare", 365, both),
		chat("a year, a word of no post", 365, none), chat("three years, two words together", 1100, rare),
		board("30 days, frequent word", 30, frequent), board("30 days, two words together", 30, rare), board("a year, frequent and rare", 365, both),
		board("a year, a word of no post", 365, none),
	}
}

// mentionQuestions are about what the public said, and where it was read.
func mentionQuestions() []question {
	by := func(name string, days int, by cases.By, unit bool) question {
		return question{"board", "MentionsBy " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			f := cases.MentionFilter{From: a.day.AddDate(0, 0, -days), Until: a.day}
			if unit {
				f.Units = []string{a.unit}
			}
			_, err := w.MentionsBy(ctx, f, by, zone)
			return err
		}}
	}
	of := func(name string, number func(about) string, ask func(context.Context, *warehouse.Warehouse, cases.MentionFilter) error) question {
		return question{"board", name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			return ask(ctx, w, cases.MentionFilter{Cases: []string{number(a)}, Limit: 50})
		}}
	}
	list := func(ctx context.Context, w *warehouse.Warehouse, f cases.MentionFilter) error {
		_, _, _, err := w.Mentions(ctx, f)
		return err
	}
	topicWords := func(of string, days int) question {
		return question{of, fmt.Sprintf("TopicFigures %d days", days), func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.TopicFigures(ctx, cases.Filter{From: a.end.AddDate(0, 0, -days), Until: a.end}, a.end)
			return err
		}}
	}
	return []question{
		by("day, 90 days", 90, cases.ByDay, false), by("topic, 90 days", 90, cases.ByTopic, false), by("source, a year", 365, cases.BySource, false),
		by("unit, 90 days", 90, cases.ByUnit, false), by("day, 90 days, of a unit", 90, cases.ByDay, true),
		of("Mentions of a case", func(a about) string { return a.case_ }, list),
		of("Mentions of a great story", func(a about) string { return a.great }, list),
		of("MentionsBy source, of a great story", func(a about) string { return a.great }, func(ctx context.Context, w *warehouse.Warehouse, f cases.MentionFilter) error {
			_, err := w.MentionsBy(ctx, f, cases.BySource, zone)
			return err
		}),
		of("Hours of a great story", func(a about) string { return a.great }, func(ctx context.Context, w *warehouse.Warehouse, f cases.MentionFilter) error {
			_, err := w.Hours(ctx, f)
			return err
		}),
		{"board", "SourceDays, all, 30 days", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.SourceDays(ctx, "", a.day.AddDate(0, 0, -30), a.day, zone)
			return err
		}},
		{"board", "SourceDays, one, 90 days", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.SourceDays(ctx, sourceName(7), a.day.AddDate(0, 0, -90), a.day, zone)
			return err
		}},
		topicWords("board", 90), topicWords("report", 365),
	}
}

// reportQuestions are asked for a report that somebody waits for anyway.
func reportQuestions() []question {
	scores := func(of, name string, days int) question {
		return question{of, "Scores " + name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Scores(ctx, cases.Cohort{From: a.day.AddDate(0, 0, -days), Until: a.day}, a.end)
			return err
		}}
	}
	return []question{
		scores("chat", "a month", 30), scores("report", "a quarter", 91), scores("report", "a year", 365),
		{"report", "Counted a quarter", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			return w.Counted(ctx, a.day.AddDate(0, 0, -91), a.day, a.end, func(cases.Counted) error { return nil })
		}},
		{"report", "Spread of a great story", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Spread(ctx, []string{a.great})
			return err
		}},
		{"report", "Topics 90 days", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Topics(ctx, a.day.AddDate(0, 0, -90), a.day)
			return err
		}},
	}
}
