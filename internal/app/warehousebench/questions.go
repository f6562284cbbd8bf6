package main

import (
	"context"
	"math/rand/v2"
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

func (a about) daily() (from, until time.Time) {
	from = a.day.Add(8 * time.Hour)
	return from, from.AddDate(0, 0, 1)
}

func questions() []question {
	search := func(name string, days int, word func(about) []string) question {
		return question{"chat", name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.Search(ctx, cases.Search{Words: word(a), From: a.end.AddDate(0, 0, -days), Until: a.end, Limit: 20})
			return err
		}}
	}
	span := func(of, name string, days int, ask func(ctx context.Context, w *warehouse.Warehouse, from, until time.Time) error) question {
		return question{of, name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			until := a.day.AddDate(0, 0, 1)
			return ask(ctx, w, until.AddDate(0, 0, -days), until)
		}}
	}
	list := func(name string, f func(about) cases.Filter) question {
		return question{"board", name, func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, _, err := w.Cases(ctx, f(a), a.end)
			return err
		}}
	}
	stats := func(ctx context.Context, w *warehouse.Warehouse, from, until time.Time) error {
		_, err := w.Stats(ctx, from, until)
		return err
	}
	perTopic := func(ctx context.Context, w *warehouse.Warehouse, from, until time.Time) error {
		_, err := w.Topics(ctx, from, until)
		return err
	}
	return []question{
		{"digest", "Figures of a day", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			from, until := a.daily()
			_, err := w.Figures(ctx, from, until)
			return err
		}},
		list("Cases open, the first 50", func(about) cases.Filter { return cases.Filter{Is: cases.IsOpen, Limit: 50} }),
		list("Cases overdue of a unit", func(a about) cases.Filter { return cases.Filter{Is: cases.IsOverdue, Unit: a.unit, Limit: 50} }),
		list("Cases late in a month, of a topic", func(a about) cases.Filter {
			return cases.Filter{Is: cases.IsLate, Topic: a.topic, From: a.day.AddDate(0, -1, 0), Until: a.day, Limit: 50}
		}),
		list("Cases all, the first 50", func(about) cases.Filter { return cases.Filter{Limit: 50} }),
		{"board", "History of a case", func(ctx context.Context, w *warehouse.Warehouse, a about) error {
			_, err := w.History(ctx, a.case_)
			return err
		}},
		search("Search 30 days, frequent word", 30, func(a about) []string { return []string{a.word} }),
		search("Search 30 days, rare words", 30, func(a about) []string { return []string{a.rare} }),
		search("Search a year, frequent and rare", 365, func(a about) []string { return []string{a.word, a.rare} }),
		search("Search a year, a word of no post", 365, func(a about) []string { return []string{a.none} }),
		search("Search three years, rare words", 1100, func(a about) []string { return []string{a.rare} }),
		span("chat", "Stats of a month", 30, stats),
		span("board", "Topics of 30 days", 30, perTopic),
		span("board", "Topics of 90 days", 90, perTopic),
		span("report", "Stats of a year", 365, stats),
	}
}
