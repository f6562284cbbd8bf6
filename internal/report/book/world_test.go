package book

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/report"
	"huiyin/internal/sample"
	"huiyin/internal/warehouse"
)

// quarter is the report of the sample quarter, made once for all tests, and the events
// that it is made of, case by case.
var (
	quarter *report.Report
	events  map[string][]cases.Event
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "huiyin-book-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := makeQuarter(dir); err != nil {
		fmt.Fprintln(os.Stderr, "make the report:", err)
		return 1
	}
	return m.Run()
}

// hostile is what somebody wrote to do harm in a spreadsheet or on a page.
const hostile = `=HYPERLINK("https://evil.example.com","点我")<script>alert(1)</script>`

// more are cases besides those of the sample: of the periods that are compared, of a topic
// and a source that nobody named, and one with a hostile title.
func more() (s cases.Shipment) {
	s.ID = "more"
	add := func(e cases.Event) { s.Records = append(s.Records, cases.Record{Event: &e}) }
	at := func(month time.Month, year int) time.Time {
		return time.Date(year, month, 15, 10, 0, 0, 0, sample.Zone())
	}
	for i, opened := range []time.Time{at(8, 2025), at(5, 2026), at(6, 2026), at(9, 2026)} {
		number := fmt.Sprintf("%d-%06d", opened.Year(), 900001+i)
		steps, err := cases.Steps(sample.Calendar(), "reply", opened, false)
		if err != nil {
			panic(err)
		}
		add(cases.Event{Case: number, Seq: 1, Kind: cases.Opened, At: opened, Source: "无名网站", Topic: "无名专题", Title: hostile, Unit: "住建局", Officer: "赵倩", Steps: steps})
		add(cases.Event{Case: number, Seq: 2, Kind: cases.Signed, At: opened.Add(time.Minute), By: "赵倩", Unit: "住建局"})
		if i > 0 {
			add(cases.Event{Case: number, Seq: 3, Kind: cases.Replied, At: opened.Add(2 * time.Hour), By: "赵倩", Text: "已办", Steps: steps[:1]})
		}
	}
	// What the sample has none of: late of a unit that passed it on and had it back in between,
	// answered by another one whose answer does not stand; sent back in review; not due yet.
	opened := at(9, 2026)
	steps, err := cases.Steps(sample.Calendar(), "reply", opened, false)
	if err != nil {
		panic(err)
	}
	long, err := cases.Steps(sample.Calendar(), "disclosure", opened, false)
	if err != nil {
		panic(err)
	}
	number, seq := "", 0
	next := func(hours int, e cases.Event) {
		if e.Kind == cases.Opened {
			number, seq = e.Case, 0
			e.Source, e.Topic, e.Title, e.Unit, e.Officer = "清河论坛", "物业", "@电梯坏了", "住建局", "赵倩"
		}
		seq++
		e.Case, e.Seq, e.At = number, seq, opened.Add(time.Duration(hours)*time.Hour)
		add(e)
	}
	pass := func(hours int, by, unit, to string) {
		next(hours, cases.Event{Kind: cases.Transferred, By: by, Unit: unit, Officer: to, Reason: "不归我们"})
		next(hours+1, cases.Event{Kind: cases.Signed, By: to, Unit: unit})
	}
	next(0, cases.Event{Kind: cases.Opened, Case: "2026-900010", Steps: steps})
	next(1, cases.Event{Kind: cases.Signed, By: "赵倩", Unit: "住建局"})
	pass(2, "赵倩", "城管局", "周涛")
	pass(4, "周涛", "住建局", "赵倩")
	pass(72, "赵倩", "供水集团", "王敏")
	next(78, cases.Event{Kind: cases.Replied, By: "王敏", URL: "https://www.qinghe.example.cn/reply/1.html", Steps: steps})
	next(79, cases.Event{Kind: cases.Verified, Reply: 1, Faults: []string{"打不开。"}})
	next(0, cases.Event{Kind: cases.Opened, Case: "2026-900011", Steps: long})
	next(1, cases.Event{Kind: cases.Signed, By: "孙丽", Unit: "住建局"})
	next(2, cases.Event{Kind: cases.Submitted, By: "孙丽", Officer: "高建军", Text: "草稿"})
	next(3, cases.Event{Kind: cases.Returned, By: "高建军", Text: "写清楚"})
	// Late, and dismissed then; passed on at the last moment by two who had had it.
	next(0, cases.Event{Kind: cases.Opened, Case: "2026-900012", Steps: steps})
	next(1, cases.Event{Kind: cases.Signed, By: "赵倩", Unit: "住建局"})
	next(72, cases.Event{Kind: cases.Dismissed, By: "赵倩", Reason: cases.FalseAlarm})
	next(0, cases.Event{Kind: cases.Opened, Case: "2026-900013", Steps: steps})
	next(1, cases.Event{Kind: cases.Signed, By: "赵倩", Unit: "住建局"})
	pass(28, "赵倩", "城管局", "周涛")
	pass(30, "周涛", "供水集团", "王敏")
	next(72, cases.Event{Kind: cases.Replied, By: "王敏", Text: "已经修好。", Steps: steps})
	return s
}

func making() report.Making {
	m := report.Making{
		Period: report.Period{Kind: report.Quarter, Year: 2026, N: 3}, Agency: sample.Agency, Now: sample.Now, Calendar: sample.Calendar(),
		Categories: map[string]string{}, Channels: sample.Channels(), Board: sample.Board,
	}
	for name, topics := range sample.Categories {
		for _, topic := range topics {
			m.Categories[topic] = name
		}
	}
	return m
}

func makeQuarter(dir string) error {
	log, ctx := slog.New(slog.DiscardHandler), context.Background()
	e, err := chdb.Start(ctx, chdb.Options{Dir: dir, Log: log, KeepFree: 1 << 20})
	if err != nil {
		return err
	}
	defer e.Close()
	w, err := warehouse.Open(warehouse.Options{Dial: e.DialContext, Rules: sample.Rules(), Log: log})
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Migrate(ctx); err != nil {
		return err
	}
	list := append(sample.Shipments(sample.Now), more())
	for _, s := range list {
		if err := w.Ship(ctx, s); err != nil {
			return err
		}
	}
	events = sample.Events(list)
	r, err := report.Make(ctx, w, making())
	quarter = &r
	return err
}
