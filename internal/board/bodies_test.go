package board

import (
	"context"
	"html/template"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/report"
	"huiyin/internal/sample"
)

// digestBody is the digest's page, of the record alone; that of this moment with what is
// open now.
func (w *world) digestBody(ctx context.Context, r Reader, day time.Time) (title string, body template.HTML, err error) {
	units := r.Heads
	if r.Leads {
		units = nil
	}
	title, cal := "此刻的简报", sample.Calendar()
	moment := w.now()
	from, _ := report.Span(cal, moment)
	until := moment
	if !day.IsZero() {
		title, moment = day.Format("1月2日")+"简报", day.Add(8*time.Hour+30*time.Minute)
		from, until = report.Span(cal, day)
	}
	d := report.Daily{Agency: sample.Agency, Units: units, From: from, Until: until, Now: moment, Calendar: cal, Compared: report.Compare(cal, from, until, moment)}
	q := cases.DailyQuery{Span: cases.Span{From: from, Until: until}, Now: moment, Units: units, Days: report.Days}
	for _, c := range d.Compared {
		q.Before, q.Moments = append(q.Before, c.Span), append(q.Moments, c.Moment)
	}
	figures, err := data(w).Daily(ctx, q)
	if err != nil {
		return "", "", err
	}
	owed, err := data(w).OwedAt(ctx, units, moment)
	if err != nil {
		return "", "", err
	}
	d.Figures, d.Owed = &figures, owed
	if day.IsZero() {
		d.Live, d.Sources = &cases.Live{Matched: figures.Flow.Matched}, 2
		d.Failing = []report.Source{{Name: "坏" + evil, Reason: evil}}
	}
	body, err = d.HTML()
	return title, body, err
}

// reportBody is the page of a report.
func (w *world) reportBody(ctx context.Context, r Reader, period string) (title string, body template.HTML, err error) {
	p, err := report.ParsePeriod(period)
	if err != nil {
		return "", "", ErrNone
	}
	making := report.Making{Period: p, Agency: sample.Agency, Now: w.now(), Calendar: sample.Calendar(), Categories: w.categories(), Channels: w.channels(), Board: w.URL}
	if !r.Leads {
		making.Units = r.Units
	}
	made, err := report.Make(ctx, data(w), making)
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	err = made.Body(&b)
	return p.Name() + p.Kind.Report(), template.HTML(b.String()), err
}
