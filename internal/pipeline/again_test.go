package pipeline

import (
	"fmt"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// A matter that goes on after its case was closed takes the case up again, and rings
// once: the clock begins anew.
func TestRepostAfterTheEnd(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	c := d.open1(1, "停水")
	d.ok(d.answer(d.by("王敏", c.Number), "", "已修好"))
	if got := d.act(cases.Closed, "王敏", c.Number); got != "2026-000001 已办结。" {
		t.Fatal(got)
	}
	d.drain()
	rings := 0
	d.now = d.now.Add(26 * time.Hour)
	for i := range 3 {
		d.ingest(d.post("晚报", fmt.Sprint("again", i), "转发 "+telling(1, "停水")))
		for _, p := range d.drain() {
			if p.Case == c.Number && p.Message == 0 {
				rings++
			}
		}
	}
	got := d.kase(c.Number)
	next, owed := got.Next()
	if rings != 1 || got.After != 0 || got.Mentions != 4 || got.State != cases.Registered || !owed || !next.Due.Equal(time.Date(2026, 11, 25, 17, 30, 0, 0, zone)) {
		t.Errorf("%d rings, %d mentions after the end, %d in all, %s, %v; want 1, 0, 4, 登记", rings, got.After, got.Mentions, got.State, next)
	}
	d.ok(d.answer(d.by("王敏", c.Number), "", "已答复"))
	if got := d.kase(c.Number); got.State != cases.Answered || got.Met() != 1 {
		t.Errorf("after an answer: %+v", got)
	}
}

// What a person judged to need no answer stays so, in silence, while it is only told again;
// an answer takes it up.
func TestRepostAfterDismissal(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	c := d.open1(1, "停水")
	d.act(cases.Dismissed, "王敏", c.Number, reason("误报"))
	d.drain()
	for i := range 3 {
		d.ingest(d.post("晚报", fmt.Sprint("again", i), "转发 "+telling(1, "停水")))
		for _, p := range d.drain() {
			if p.Message == 0 {
				t.Errorf("%+v", p)
			}
		}
	}
	if got := d.kase(c.Number); got.After != 3 || got.Mentions != 4 || got.State != cases.NotOwed {
		t.Errorf("%+v", got)
	}
	d.ok(d.answer(d.by("王敏", c.Number), "", "已答复"))
	if got := d.kase(c.Number); got.After != 0 || got.State != cases.Answered || !got.Ended.IsZero() {
		t.Errorf("after an answer: %+v", got)
	}
}
