package app

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"huiyin/internal/board"
	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/ops"
	"huiyin/internal/report"
)

// openBoard makes the pages for leaders and units, where the configuration says at which
// address they are reached.
func (a *App) openBoard() {
	if a.cfg.Board == "" {
		return
	}
	a.board = board.New(board.Options{
		Agency: a.cfg.Agency, URL: a.cfg.Board, Zone: a.cfg.Timezone, Calendar: unitCalendars(a.cfg, a.calendar),
		Data: a.warehouse, People: people{a}, Sources: a.boardSources,
		Live:       func() (cases.Live, error) { now := time.Now(); return a.pipeline.Live(now, now, now) },
		Categories: func() map[string]string { return categories(a.cfg) },
		Channels:   func() map[string]string { return channels(a.cfg) },
		When:       report.When, Log: a.log,
		Digest: a.boardDigest, Report: a.boardReport, File: a.boardFile, Periods: periodChoices,
	})
}

// boardDigest is the digest of a day, for somebody who looks at the board: a leader's tells
// of all units, another's of the own ones.
func (a *App) boardDigest(ctx context.Context, r board.Reader, day time.Time) (string, template.HTML, error) {
	units := r.Heads
	if r.Leads {
		units = nil
	} else if len(units) == 0 {
		return "", "", board.ErrNone
	}
	if day.IsZero() {
		d, err := a.digestNow(ctx, units)
		if err != nil {
			return "", "", err
		}
		body, err := d.HTML()
		return "此刻的简报", body, err
	}
	body, err := a.DigestPage(ctx, day, units)
	return day.In(a.cfg.Timezone).Format("1月2日") + "简报", body, err
}

// boardLink lets a person into the board, once; empty without a board.
func (a *App) boardLink(name string) string {
	if a.board == nil {
		return ""
	}
	return a.board.Link(name)
}

// BoardLink lets a person of the office into the board, once; empty without a board.
func (a *App) BoardLink(name string) string {
	if !a.pipeline.Employed(name) {
		return ""
	}
	return a.boardLink(name)
}

// boardSources is how the reading of each source goes, for the board.
func (a *App) boardSources() (list []board.Source) {
	for _, s := range a.poller.Status() {
		list = append(list, board.Source{
			Name: s.Name, LastOK: s.LastOK, Next: s.Next, Failures: s.Failures, Reason: s.Reason, Gaps: s.Gaps, GapAt: s.GapAt, Pushed: s.Pushed,
		})
	}
	return list
}

// makeBoardReport makes the report of a period for a reader: who is no leader reads of
// others' cases no more than their number.
func (a *App) makeBoardReport(ctx context.Context, r board.Reader, written string) (report.Report, error) {
	p, err := report.ParsePeriod(written)
	if err != nil || !r.Leads && len(r.Units) == 0 {
		return report.Report{}, board.ErrNone
	}
	m := making(a.cfg, a.calendar, p)
	if !r.Leads {
		m.Units = r.Units
	}
	made, err := report.Make(ctx, a.warehouse, m)
	if errors.As(err, new(report.NotBegunError)) {
		err = board.ErrNotYet
	}
	return made, err
}

func (a *App) boardReport(ctx context.Context, r board.Reader, written string) (title string, body template.HTML, err error) {
	made, err := a.makeBoardReport(ctx, r, written)
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	err = made.Body(&b)
	return made.Period.Name() + made.Period.Kind.Report(), template.HTML(b.String()), err
}

func (a *App) boardFile(ctx context.Context, r board.Reader, written, kind string) (name string, content []byte, err error) {
	made, err := a.makeBoardReport(ctx, r, written)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	err = formats["."+kind](&b, &made)
	return made.Period.Name() + made.Period.Kind.Report() + "." + kind, b.Bytes(), err
}

// periodChoices are the periods that the board offers: of each kind the one that lasts and
// those before it.
func periodChoices(now time.Time) (list []board.Period) {
	for _, k := range []struct {
		kind report.PeriodKind
		back int
	}{{report.Week, 4}, {report.Month, 6}, {report.Quarter, 4}, {report.Half, 2}, {report.Year, 2}} {
		p := report.PeriodOf(k.kind, now)
		for range k.back {
			list = append(list, board.Period{Path: p.String(), Name: p.Name(), Kind: p.Kind.Report()})
			p = p.Previous()
		}
	}
	return list
}

// people are those who may look at the board.
type people struct{ *App }

func (p people) Leads(name string) bool       { return p.pipeline.Leads(name) }
func (p people) Administers(name string) bool { return p.pipeline.Administers(name) }
func (p people) UnitsOf(name string) []string { return p.pipeline.UnitsOf(name) }

func (p people) HeadOf(name string) []string { return p.pipeline.HeadOf(name) }

// Bound is since when a person has a phone; zero: has none. While the journal cannot be read
// nobody has.
func (p people) Bound(name string) (since time.Time) {
	err := p.journal.View(func(tx *journal.Tx) error {
		b, bound, err := tx.Binding(name)
		if bound && err == nil {
			since = b.At
		}
		return err
	})
	if err != nil {
		p.log.Error("who is bound", "error", err)
	}
	return since
}

// OpsHandler serves the board, and /healthz, /readyz and /metrics to who asks for this
// machine.
func (a *App) OpsHandler() http.Handler {
	mux := http.NewServeMux()
	probes := ops.Near(a.cfg.Ops.Listen, a.cfg.Board, ops.Handler(a.metrics, a.Status, a.ready.Load))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, probes)
	}
	if a.board != nil {
		mux.Handle("/", a.board)
	}
	return mux
}
