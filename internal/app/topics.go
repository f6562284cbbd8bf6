package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/match"
	"huiyin/internal/report"
	"huiyin/internal/warehouse"
)

// TopicsFor is how many days Topics looks back, unless told otherwise.
const TopicsFor = 90

// Topics tells how well the topics did in the last days: alerts, answers and false
// alarms of each, and words that could be excluded. A running program is asked;
// otherwise the record is opened.
func Topics(ctx context.Context, cfg *config.Config, days int) (string, error) {
	if _, err := parseDays(strconv.Itoa(days)); err != nil {
		return "", err
	}
	text, err := ask(ctx, cfg, "topics", url.Values{"days": {strconv.Itoa(days)}}, patience)
	if !errors.Is(err, ErrNotRunning) {
		return text, err
	}
	return text, alone(ctx, cfg, func(w *warehouse.Warehouse) error {
		text, err = topicsText(ctx, w, days, cfg.Timezone, func() (*match.Segmenter, error) { return segmenter(cfg) })
		return err
	})
}

// sendTopics answers /topics.
func (a *App) sendTopics(w http.ResponseWriter, r *http.Request) (string, error) {
	days, err := parseDays(r.FormValue("days"))
	if err != nil {
		return "", err
	}
	control := http.NewResponseController(w) // many texts take longer than an ordinary answer
	if err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Now().Add(patience))); err != nil {
		return "", err
	}
	seg := func() (*match.Segmenter, error) { return a.pipeline.InForce().Segmenter(), nil }
	return topicsText(r.Context(), a.warehouse, days, a.cfg.Timezone, seg)
}

// topicsText writes the report. Loading a segmenter takes above a second: it is asked
// for only where there are false alarms.
func topicsText(ctx context.Context, w *warehouse.Warehouse, days int, zone *time.Location, seg func() (*match.Segmenter, error)) (string, error) {
	from, until := lastDays(days)
	figures, err := w.Topics(ctx, from, until)
	if err != nil {
		return "", err
	}
	t := report.Topics{From: from, Until: until, Location: zone, Topics: figures}
	alarms := 0
	for _, f := range figures {
		alarms += f.FalseAlarms
	}
	if alarms > 0 {
		s, err := seg()
		if err != nil {
			return "", err
		}
		x := report.NewExclusions(s.Cut)
		if err := w.FalseAlarmTexts(ctx, from, until, x.FalseAlarm); err != nil {
			return "", err
		}
		if err := w.GoodTexts(ctx, from, until, x.Good); err != nil {
			return "", err
		}
		t.Exclude = x.Of
	}
	return t.Text(), nil
}
