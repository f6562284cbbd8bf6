package pipeline

import (
	"slices"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// A case rings again when its time is half gone, nearly gone and over, once each, until
// it is answered.
func TestRemind(t *testing.T) {
	d := newDesk(t)
	d.ingest(d.post("论坛", "1", "停水"))
	number := "2026-000001"
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	reminded := func() (marks []string) {
		d.ok(d.j.View(func(tx *journal.Tx) error {
			events, err := tx.Events(number)
			for _, e := range events {
				if e.Kind == cases.Reminded {
					marks = append(marks, e.Reason)
				}
			}
			return err
		}))
		return marks
	}
	// Received on Monday at 9:00, due on Tuesday at 17:30: 15 working hours.
	for _, step := range []struct {
		now  time.Time
		want []string
	}{
		{at(23, 17, 29), nil},
		{at(24, 3, 0), []string{cases.Halfway}}, // half was gone when the office closed
		{at(24, 13, 29), []string{cases.Halfway}},
		{at(24, 14, 30), []string{cases.Halfway, cases.Nearly}},
		{at(24, 17, 30), []string{cases.Halfway, cases.Nearly}},
		{at(24, 17, 31), []string{cases.Halfway, cases.Nearly, cases.Late}},
		{at(26, 9, 0), []string{cases.Halfway, cases.Nearly, cases.Late}},
	} {
		d.now = step.now
		d.ok(d.p.Tick())
		d.ok(d.p.Tick()) // a second look changes nothing
		if got := reminded(); !slices.Equal(got, step.want) {
			t.Errorf("at %s: reminded of %v, want %v", step.now.Format("01-02 15:04"), got, step.want)
		}
	}
	if queue := d.queue(); len(queue) != 1 || !queue[0].Ring || queue[0].To != "王敏" { // one card, however often it was asked for
		t.Errorf("queued: %+v", queue)
	}
	d.restart()
	d.ok(d.p.Tick())
	if got := reminded(); len(got) != 3 {
		t.Errorf("after a restart: %v", got)
	}
}

// What passed while nobody looked is told once, as it stands.
func TestRemindOnlyOfTheLast(t *testing.T) {
	d := newDesk(t)
	d.ingest(d.post("论坛", "1", "停水"))
	d.now = monday.Add(72 * time.Hour)
	d.ok(d.p.Tick())
	if kinds := d.kinds("2026-000001"); !slices.Equal(kinds, []cases.Kind{cases.Opened, cases.Reminded}) {
		t.Errorf("events %v", kinds)
	}
}

// An emergency rings at night; nothing rings for a case that is answered or dismissed.
func TestRemindAtNight(t *testing.T) {
	d := newDesk(t)
	d.now = monday.Add(13 * time.Hour) // 22:00
	d.ingest(d.post("论坛", "1", "爆炸"))
	d.now = d.now.Add(3 * time.Hour) // of five
	d.ok(d.p.Tick())
	if kinds := d.kinds("2026-000001"); !slices.Equal(kinds, []cases.Kind{cases.Opened, cases.Reminded}) {
		t.Errorf("events %v", kinds)
	}
	if _, err := d.dismiss(d.by("钱伟", "2026-000001"), cases.Reasons[0]); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(24 * time.Hour)
	d.ok(d.p.Tick())
	if kinds := d.kinds("2026-000001"); !slices.Equal(kinds, []cases.Kind{cases.Dismissed}) { // since the last look
		t.Errorf("events %v", kinds)
	}
}
