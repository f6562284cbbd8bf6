package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/chart"
	"huiyin/internal/report"
	"huiyin/internal/workday"
)

// ship takes what is on its way to the record, which in these tests is a few slices.
func (w *world) ship() {
	for {
		s := must(w.journal.Seal(1000))
		if len(s.Records) == 0 {
			return
		}
		for _, r := range s.Records {
			switch {
			case r.Mention != nil:
				w.rows.mentions = append(w.rows.mentions, *r.Mention)
			case r.Event != nil:
				w.rows.events[r.Event.Case] = append(w.rows.events[r.Event.Case], *r.Event)
			}
		}
		w.check(w.journal.Shipped(s.ID))
	}
}

// archive reads a case from the record.
func (w *world) archive(_ context.Context, number string) ([]cases.Event, error) {
	w.rows.Lock()
	defer w.rows.Unlock()
	w.ship()
	return w.rows.events[number], nil
}

// search finds cases in the record by the words of their mentions.
func (w *world) search(_ context.Context, by, query string) (string, error) {
	s, ok := report.ParseSearch(query, w.now(), shanghai)
	if !ok {
		return report.SearchUsage, nil
	}
	w.rows.Lock()
	defer w.rows.Unlock()
	w.ship()
	var found []cases.Found
	for _, m := range w.rows.mentions {
		c, err := cases.Fold(w.rows.events[m.Case])
		has := func(word string) bool { return strings.Contains(m.Title+m.Text, word) }
		switch {
		case err != nil:
			return "", err
		case m.Seen.Before(s.From) || !m.Seen.Before(s.Until) || !w.pipeline.Leads(by) && !slices.Contains(w.pipeline.UnitsOf(by), c.Unit):
			continue
		case slices.ContainsFunc(s.Words, func(word string) bool { return !has(word) }):
			continue
		}
		found = append(found, cases.Found{Case: m.Case, Title: m.Title, Source: m.Source, URL: m.URL, Seen: m.Seen, Mentions: 1})
	}
	return report.Found(s, found, shanghai, w.pipeline.Office.Disclose), nil
}

// stats counts the cases of the record by their units.
func (w *world) stats(_ context.Context, by, query string) (string, error) {
	from, until, _ := report.When("本月", w.now(), shanghai)
	w.rows.Lock()
	defer w.rows.Unlock()
	w.ship()
	rules := cases.Rules{Calendar: func(string) *workday.Calendar { return w.calendar }, Within: 30 * time.Minute, Major: 10 * time.Minute}
	var list []cases.Score
	for _, unit := range w.pipeline.UnitNames() {
		if !w.pipeline.Leads(by) && !slices.Contains(w.pipeline.UnitsOf(by), unit) {
			continue
		}
		s := cases.Score{Of: cases.OfUnit, Key: unit}
		for _, events := range w.rows.events {
			f := must(rules.Sum(events))
			if f.Unit != unit {
				continue
			}
			s.Cases++
			switch {
			case f.LateUnit != "":
				s.Late++
			case !f.Replied.IsZero():
				s.InTime++
			}
			switch {
			case f.Signed.IsZero():
			case f.Signed.After(f.SignBy):
				s.SignedLate++
			default:
				s.SignedInTime++
			}
			if f.State == cases.Done {
				s.Closed++
			}
			if f.Rating != "" {
				s.Rated++
			}
			if f.Rating == "满意" || f.Rating == "基本满意" {
				s.Content++
			}
		}
		if s.Cases > 0 {
			list = append(list, s)
		}
	}
	return report.Stats(list, from, until, w.calendar, w.pipeline.Office.Disclose), nil
}

// draw draws a digest's picture.
func draw(from []byte) ([]byte, error) {
	var p chart.Daily
	if err := json.Unmarshal(from, &p); err != nil {
		return nil, err
	}
	var png bytes.Buffer
	err := p.PNG(&png)
	return png.Bytes(), err
}

// digest is that of this moment, with the figures of a day on which nothing ended.
func (w *world) digest(_ context.Context, by string) (string, cases.Picture, error) {
	now := w.now()
	from, _ := report.Span(w.calendar, now)
	live, err := w.pipeline.Live(now, from, report.Midnight(w.calendar, now).AddDate(0, 0, 1))
	d := report.Daily{
		Agency: "清河市人民政府", From: from, Until: now, Now: now, Calendar: w.calendar, Live: &live, Owed: live.Owed, Sources: 2, Disclose: w.pipeline.Office.Disclose,
		Figures: &cases.Daily{
			Flow: cases.Flow{Read: live.Matched, Matched: live.Matched, Cased: live.Matched, Delivered: live.Matched},
			Days: []cases.DayCounts{{From: from, Mentions: live.Matched}},
		},
	}
	p, ok := d.Picture()
	if !ok {
		return d.Text(), cases.Picture{}, err
	}
	return d.Text(), cases.Picture{Caption: d.Caption(), From: must(json.Marshal(p))}, err
}
