package pipeline

import (
	"slices"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

func TestGone(t *testing.T) {
	d, number := ringing(t)
	d.drain()
	d.join()
	p := d.mustBegin("王敏", number)
	d.ok(d.p.Gone(p))
	d.wantQueue("王敏 " + number)
	if p = d.mustBegin("王敏", number); p.Message != 0 || p.Again {
		t.Errorf("%+v", p)
	}
	d.arrive(p)
	d.wantQueue()
	if c := d.kase(number); c.Shown["王敏"] != 2 {
		t.Errorf("%+v", c.Shown)
	}
	// One that is not the holder's any more is not sent anew.
	d.bind("赵刚", 3)
	if _, err := d.transfer(d.by("王敏", number), "住建局"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.sign(d.by("赵刚", number)); err != nil {
		t.Fatal(err)
	}
	d.ok(d.p.Gone(d.mustBegin("王敏", number)))
	if p, ok := d.begin("王敏", number); ok {
		t.Errorf("%+v", p)
	}
	d.wantQueue("赵刚 您好，赵刚", "赵刚 "+number+"!")
}

func TestBlocked(t *testing.T) {
	d, number := ringing(t)
	d.ok(d.p.Blocked(d.mustBegin("王敏", number)))
	d.wantQueue("王敏 "+number+"!", "李强 "+number+"!")
	c := d.kase(number)
	if c.Officer != "李强" || c.State != cases.Registered {
		t.Errorf("%+v", c)
	}
	sent := d.drain()
	if len(sent) != 1 || sent[0].To != "李强" || sent[0].Message != 0 || sent[0].Again {
		t.Errorf("%+v", sent)
	}
	if c := d.open1(2, "水压"); c.Officer != "李强" { // new ones go there at once
		t.Errorf("%+v", c)
	}
	d.drain()
	d.ok(d.p.Blocked(cases.Parcel{Outgoing: cases.Outgoing{To: "李强"}, Chat: 2})) // both: it stays where it is, and waits
	if c := d.kase(number); c.Officer != "李强" {
		t.Errorf("%+v", c)
	}
	c3 := d.open1(3, "停水")
	if c3.Officer != "王敏" {
		t.Errorf("a new case for nobody there lies with %s", c3.Officer)
	}
	if sent = d.drain(); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
	d.restart()
	d.ok(d.p.Reachable("王敏")) // 王敏 writes again: all that waits is 王敏's
	for _, n := range []string{number, "2026-000002", c3.Number} {
		if c := d.kase(n); c.Officer != "王敏" {
			t.Errorf("%s lies with %s", n, c.Officer)
		}
	}
	if sent = d.drain(); len(sent) != 3 {
		t.Errorf("%+v", sent)
	}
	before := d.dump()
	d.ok(d.p.Reachable("王敏"))
	d.ok(d.p.Reachable("路人"))
	if len(before) != len(d.dump()) || len(d.queue()) != 2 { // 李强's edits
		t.Errorf("%v", d.queued())
	}
}

// Blocking concerns the chat that was tried: one that was bound meanwhile is good.
func TestBlockedOldChat(t *testing.T) {
	d, number := ringing(t)
	p := d.mustBegin("王敏", number)
	d.bind("王敏", 5)
	d.ok(d.p.Blocked(p))
	if c := d.kase(number); c.Officer != "王敏" {
		t.Errorf("%+v", c)
	}
	sent := d.drain()
	if len(sent) != 2 || sent[0].Case != number || sent[0].Chat != 5 {
		t.Errorf("%+v", sent)
	}
}

func TestRefused(t *testing.T) {
	d, number := ringing(t)
	day := d.now
	d.ok(d.p.Refused(d.mustBegin("王敏", number), "Bad Request: whatever"))
	d.wantQueue()
	d.ok(d.p.Tell("王敏", "k", "您好"))
	d.ok(d.p.Refused(d.mustBegin("王敏", ""), "Bad Request: too long"))
	d.wantQueue()
	if kinds := d.kinds(number); !slices.Equal(kinds, []cases.Kind{cases.Opened, cases.Undelivered}) {
		t.Errorf("%v", kinds)
	}
	live, err := d.p.Live(d.now, day, day.AddDate(0, 0, 1))
	if err != nil || live.Refused != 2 || live.Open != 1 {
		t.Errorf("%+v, %v", live, err)
	}
	d.join() // what comes next is tried
	p := d.mustBegin("王敏", number)
	if p.Message != 0 {
		t.Errorf("%+v", p)
	}
	d.join()
	d.ok(d.p.Refused(p, "Bad Request: whatever")) // and what came meanwhile is tried too
	d.wantQueue("王敏 " + number)
	if sent := d.drain(); len(sent) != 1 || sent[0].View.Mentions != 3 {
		t.Errorf("%+v", sent)
	}
}

// A case may be forgotten while its card is in flight; the drainer goes on.
func TestForgottenInFlight(t *testing.T) {
	for name, end := range map[string]func(*desk, cases.Parcel) error{
		"delivered": func(d *desk, p cases.Parcel) error { return d.p.Delivered(p, 9) },
		"refused":   func(d *desk, p cases.Parcel) error { return d.p.Refused(p, "x") },
		"failed":    func(d *desk, p cases.Parcel) error { return d.p.Failed(p) },
		"gone":      func(d *desk, p cases.Parcel) error { return d.p.Gone(p) },
		"blocked":   func(d *desk, p cases.Parcel) error { return d.p.Blocked(p) },
	} {
		t.Run(name, func(t *testing.T) {
			d, number := ringing(t)
			if _, err := d.dismiss(d.by("王敏", number), cases.FalseAlarm); err != nil {
				t.Fatal(err)
			}
			p := d.mustBegin("王敏", number)
			d.now = d.now.Add(journal.KeepOver + time.Hour)
			d.ok(d.p.Prune())
			d.ok(end(d, p))
			if len(d.cases()) != 0 {
				t.Error("the case is held")
			}
			d.drain()
			d.wantQueue()
		})
	}
}

// What is sent to a chat that its person left in the meantime is sent to the new one.
func TestRebindInFlight(t *testing.T) {
	d, number := ringing(t)
	p := d.mustBegin("王敏", number)
	d.bind("王敏", 5)
	d.arrive(p)
	sent := d.drain()
	if len(sent) != 2 || sent[0].Chat != 5 || sent[0].Case != number || sent[0].Message != 0 {
		t.Errorf("%+v", sent)
	}
	d.view(func(tx *journal.Tx) error {
		if card, _, _ := tx.Card(number, "王敏"); card.Chat != 5 {
			t.Errorf("%+v", card)
		}
		return nil
	})
}
