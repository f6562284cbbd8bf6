package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/report"
)

const (
	digestTick = 5 * time.Second
	digestLate = 12 * time.Hour   // a digest that was missed for longer is not sent any more
	figuresFor = 20 * time.Second // how long the warehouse may think
	figuresTry = 10 * time.Minute // how long a digest waits for a warehouse that is away
)

// DigestNow writes the digest of the last working day up to this moment.
func (a *App) DigestNow(ctx context.Context) (string, error) {
	now := time.Now()
	from, _ := report.Span(a.calendar, now)
	text, _, err := a.digest(ctx, now, from, now)
	return text, err
}

// digest writes a digest, and tells whether the warehouse answered.
func (a *App) digest(ctx context.Context, now, from, until time.Time) (text string, whole bool, err error) {
	d := report.Daily{Agency: a.cfg.Agency, From: from, Until: until, Now: now, Calendar: a.calendar, Disclose: disclosure(a.cfg)}
	counted := until // Live counts whole days: the day of a digest on demand is one of them
	if midnight := report.Midnight(a.calendar, until); midnight.Before(until) {
		counted = midnight.AddDate(0, 0, 1)
	}
	if d.Live, err = a.pipeline.Live(now, from, counted); err != nil {
		return "", false, err
	}
	readings := a.readings()
	d.Sources = len(readings)
	d.Failing = slices.DeleteFunc(readings, func(s report.Source) bool { return s.Reason == "" })
	if a.engine != nil {
		_, d.Detached, _ = a.engine.health() // why it is away is no matter for a leader
	}
	ctx, cancel := context.WithTimeout(ctx, figuresFor)
	defer cancel()
	if f, err := a.warehouse.Figures(ctx, from, until); err == nil {
		d.Figures = &f
	} else {
		a.log.Warn("digest without figures", "error", err)
	}
	return d.Text(), d.Figures != nil, nil
}

// digests sends leaders their digest at the configured times, each once, also when
// the program was down at the time.
func (a *App) digests(ctx context.Context) error {
	tick := time.NewTicker(digestTick)
	defer tick.Stop()
	for {
		now := time.Now()
		for _, at := range a.cfg.Digest.At {
			if err := a.digestDue(ctx, now, report.Midnight(a.calendar, now).Add(at)); err != nil {
				a.log.Error("digest", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *App) digestDue(ctx context.Context, now, due time.Time) error {
	if now.Before(due) || now.Sub(due) > digestLate || a.cfg.Digest.Workdays && !a.calendar.IsWorkday(due) {
		return nil
	}
	key := "digest/" + due.Format("2006-01-02T15:04")
	readers, err := a.pipeline.Unsaid(key, due, a.cfg.Leaders)
	if err != nil || len(readers) == 0 {
		return err
	}
	from, until := report.Span(a.calendar, due)
	text, whole, err := a.digest(ctx, now, from, until)
	if err != nil {
		return err
	}
	if !whole && now.Sub(due) < figuresTry {
		return fmt.Errorf("the digest of %s waits for ClickHouse", due.Format("15:04"))
	}
	for _, name := range readers {
		if err := a.pipeline.Tell(name, key+"/"+name, text); err != nil {
			return err
		}
	}
	return nil
}
