package app

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/report"
)

// answerFor is how long ClickHouse may think about what somebody asks in the chat.
const answerFor = 10 * time.Second

// Search answers /search for a person: leaders find all cases, others those that one of
// their units ever had.
func (a *App) Search(ctx context.Context, by, query string) (string, error) {
	s, ok := report.ParseSearch(query, time.Now(), a.cfg.Timezone)
	if !ok {
		return report.SearchUsage, nil
	}
	if !a.pipeline.Leads(by) {
		if s.Units = a.pipeline.UnitsOf(by); len(s.Units) == 0 {
			return "您不在任何单位，没有可以找的事项。", nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerFor)
	defer cancel()
	found, err := a.warehouse.Search(ctx, s)
	if err != nil {
		return "", err
	}
	return report.Found(s, found, a.cfg.Timezone, disclosure(a.cfg)), nil
}

// Stats answers /stats: what became of the cases of a span of days, which the query may
// name, or else of this month; for leaders of all units, for others of their own.
func (a *App) Stats(ctx context.Context, by, query string) (string, error) {
	word := strings.TrimSpace(query)
	if word == "" {
		word = "本月"
	}
	now := time.Now()
	from, until, ok := report.When(word, now, a.cfg.Timezone)
	if !ok {
		return report.StatsUsage, nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerFor)
	defer cancel()
	list, err := a.warehouse.Scores(ctx, cases.Cohort{From: from, Until: until}, now)
	if err != nil {
		return "", err
	}
	if !a.pipeline.Leads(by) {
		own := a.pipeline.UnitsOf(by)
		list = slices.DeleteFunc(list, func(s cases.Score) bool { return s.Of != cases.OfUnit || !slices.Contains(own, s.Key) })
	}
	return report.Stats(list, from, until, a.calendar, disclosure(a.cfg)) + report.StatsLinks(word, now.In(a.cfg.Timezone), a.cfg.Board), nil
}

// keep keeps a file that somebody sent as evidence.
func (a *App) keep(_ context.Context, r io.Reader, limit int64) (string, error) {
	sum, _, err := a.evidence.Put(r, limit)
	return sum, err
}

// topicNames lists the topics in force.
func (a *App) topicNames() (names []string) {
	for _, t := range a.pipeline.InForce().Topics() {
		names = append(names, t.Name)
	}
	return names
}

// sourceStates tells an admin how the reading of each source goes.
func (a *App) sourceStates(context.Context) (string, error) {
	return report.Sources(a.readings(), a.cfg.Timezone), nil
}

// readings is how the reading of each source goes.
func (a *App) readings() (list []report.Source) {
	for _, s := range a.poller.Status() {
		list = append(list, report.Source{Name: s.Name, Reason: s.Reason, Since: s.LastOK, Gaps: s.Gaps, GapAt: s.GapAt, Pushed: s.Pushed})
	}
	return list
}
