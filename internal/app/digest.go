package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/chart"
	"huiyin/internal/report"
)

const (
	digestTick = 5 * time.Second
	digestLate = 12 * time.Hour   // a digest that was missed for longer is not sent any more
	figuresFor = 20 * time.Second // how long the warehouse may think
	figuresTry = 10 * time.Minute // how long a digest waits for a warehouse that is away
)

// DigestNow writes the digest of the last working day up to this moment, with its picture:
// for a leader of all, for the head of units of these.
func (a *App) DigestNow(ctx context.Context, by string) (string, cases.Picture, error) {
	d, err := a.digestNow(ctx, a.digestOf(by))
	if err != nil {
		return "", cases.Picture{}, err
	}
	picture, err := pictureOf(d)
	return d.Text(), picture, err
}

func (a *App) digestNow(ctx context.Context, units []string) (report.Daily, error) {
	now := time.Now()
	from, _ := report.Span(a.calendar, now)
	return a.digest(ctx, units, cases.Span{From: from, Until: now}, now)
}

// digestText is the digest of this moment for a terminal, where addresses would only be in
// the way of reading.
func (a *App) digestText(ctx context.Context) (string, error) {
	d, err := a.digestNow(ctx, nil)
	d.Board = ""
	return d.Text(), err
}

// digestOf are the units that a person's digest tells of; none: it is a leader's, and tells
// of all.
func (a *App) digestOf(name string) []string {
	if a.pipeline.Leads(name) {
		return nil
	}
	return a.pipeline.HeadOf(name)
}

// pictureOf is a digest's picture, to be drawn when it is sent.
func pictureOf(d report.Daily) (cases.Picture, error) {
	p, ok := d.Picture()
	if !ok {
		return cases.Picture{}, nil
	}
	from, err := json.Marshal(p)
	return cases.Picture{Caption: d.Caption(), From: from}, err
}

// drawPicture draws what pictureOf made.
func drawPicture(from []byte) ([]byte, error) {
	var p chart.Daily
	if err := json.Unmarshal(from, &p); err != nil {
		return nil, err
	}
	var png bytes.Buffer
	err := p.PNG(&png)
	return png.Bytes(), err
}

// blank is a digest of which nothing is known yet.
func (a *App) blank(units []string, s cases.Span, now time.Time) report.Daily {
	return report.Daily{
		Agency: a.cfg.Agency, Units: units, From: s.From, Until: s.Until, Now: now, Calendar: a.calendar, Hours: unitCalendars(a.cfg, a.calendar),
		Compared: report.Compare(a.calendar, s.From, s.Until, now), Disclose: disclosure(a.cfg), Board: a.cfg.Board,
	}
}

// digest makes a digest of what is known at now.
func (a *App) digest(ctx context.Context, units []string, s cases.Span, now time.Time) (d report.Daily, err error) {
	d = a.blank(units, s, now)
	live, err := a.live(d)
	if err != nil {
		return d, err
	}
	d.Live, d.Owed = &live, live.Owed
	a.figures(ctx, &d)
	a.watched(&d)
	return d, nil
}

// live is what the journal knows, of the units of a digest.
func (a *App) live(d report.Daily) (cases.Live, error) {
	counted := d.Until // Live counts whole days: the day of a digest on demand is one of them
	if midnight := report.Midnight(a.calendar, d.Until); midnight.Before(d.Until) {
		counted = midnight.AddDate(0, 0, 1)
	}
	live, err := a.pipeline.Live(d.Now, d.From, counted)
	if err != nil || len(d.Units) == 0 {
		return live, err
	}
	ours := func(unit string) bool { return slices.Contains(d.Units, unit) }
	live.Owed = slices.DeleteFunc(live.Owed, func(o cases.Owed) bool { return !ours(o.Unit) })
	live.Doubtful = slices.DeleteFunc(live.Doubtful, func(c cases.Case) bool { return !ours(c.Unit) })
	owed := map[string]int{}
	for _, o := range live.Owed {
		owed[o.Officer]++
	}
	var people []cases.Person
	for _, p := range live.Unreachable {
		if n := owed[p.Name]; n > 0 {
			people = append(people, cases.Person{Name: p.Name, Cases: n})
		}
	}
	live.Unreachable = people
	return live, nil
}

// figures asks the warehouse; it may be away.
func (a *App) figures(ctx context.Context, d *report.Daily) {
	q := cases.DailyQuery{Span: cases.Span{From: d.From, Until: d.Until}, Now: d.Now, Units: d.Units, Days: report.Days}
	for _, c := range d.Compared {
		q.Before, q.Moments = append(q.Before, c.Span), append(q.Moments, c.Moment)
	}
	ctx, cancel := context.WithTimeout(ctx, figuresFor)
	defer cancel()
	f, err := a.warehouse.Daily(ctx, q)
	if err != nil {
		a.log.Warn("digest without figures", "error", err)
		return
	}
	d.Figures = &f
}

// watched adds how the sources are read and whether the engine is well.
func (a *App) watched(d *report.Daily) {
	readings := a.readings()
	d.Sources = len(readings)
	var well []string
	for _, s := range readings {
		if s.Reason != "" {
			d.Failing = append(d.Failing, s)
		} else {
			well = append(well, s.Name)
		}
	}
	if d.Figures != nil {
		d.Quiet = report.QuietOf(d.Figures.Sources, a.calendar, report.Midnight(a.calendar, d.Until), well)
	}
	if a.engine != nil {
		_, d.Detached, _ = a.engine.health() // why it is away is no matter for a leader
	}
}

// DigestPage is the digest that was to be read on a day, as a page of the board for
// somebody who may see these units' cases; none: all. What is owed is told as it was when
// the digest was read, by the events up to then. What only the journal knows is added for
// today, and left out for days that have passed.
func (a *App) DigestPage(ctx context.Context, date time.Time, units []string) (template.HTML, error) {
	return a.digestPage(ctx, time.Now(), date, units)
}

func (a *App) digestPage(ctx context.Context, now, date time.Time, units []string) (_ template.HTML, err error) {
	midnight := report.Midnight(a.calendar, date)
	if midnight.After(now) {
		return "<p>这一天的简报还没有。</p>", nil
	}
	moment := midnight.Add(a.cfg.Digest.At[0])
	if moment.After(now) {
		moment = now
	}
	from, until := report.Span(a.calendar, midnight)
	d := a.blank(units, cases.Span{From: from, Until: until}, moment)
	ctx, cancel := context.WithTimeout(ctx, figuresFor)
	defer cancel()
	a.figures(ctx, &d)
	if d.Owed, err = a.warehouse.OwedAt(ctx, units, moment); err != nil {
		return "", fmt.Errorf("digest of %s: %w", date.Format(time.DateOnly), err)
	}
	if midnight.Equal(report.Midnight(a.calendar, now)) {
		live, err := a.live(d)
		if err != nil {
			return "", err
		}
		d.Live = &live
		a.watched(&d)
	}
	return d.HTML()
}

// digests sends leaders and heads of units their digest at the configured times, each once,
// also when the program was down at the time.
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

// digestReaders are the leaders, and the heads of units who are none.
func (a *App) digestReaders() []string {
	readers := slices.Clone(a.cfg.Leaders)
	for _, u := range a.cfg.Units {
		if u.Head != "" && !slices.Contains(readers, u.Head) {
			readers = append(readers, u.Head)
		}
	}
	return readers
}

func (a *App) digestDue(ctx context.Context, now, due time.Time) error {
	if now.Before(due) || now.Sub(due) > digestLate || a.cfg.Digest.Workdays && !a.calendar.IsWorkday(due) {
		return nil
	}
	key := "digest/" + due.Format("2006-01-02T15:04")
	readers, err := a.pipeline.Unsaid(key, due, a.digestReaders())
	if err != nil || len(readers) == 0 {
		return err
	}
	from, until := report.Span(a.calendar, due)
	written := map[string]report.Daily{} // by the units: leaders read the same one
	for _, name := range readers {
		units := a.digestOf(name)
		d, ok := written[strings.Join(units, "\x00")]
		if !ok {
			if d, err = a.digest(ctx, units, cases.Span{From: from, Until: until}, now); err != nil {
				return err
			}
			if d.Figures == nil && now.Sub(due) < figuresTry {
				return fmt.Errorf("the digest of %s waits for ClickHouse", due.Format("15:04"))
			}
			written[strings.Join(units, "\x00")] = d
		}
		picture, err := pictureOf(d)
		if err != nil {
			return err
		}
		if err := a.pipeline.Tell(name, key+"/"+name, d.Text(), picture); err != nil {
			return err
		}
	}
	return nil
}
