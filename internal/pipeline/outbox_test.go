package pipeline

import (
	"fmt"
	"slices"
	"testing"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// ringing is a desk where 王敏 and 李强 have phones and a card is to be sent to 王敏.
func ringing(t *testing.T) (*desk, string) {
	d := newDesk(t)
	d.bind("王敏", 1)
	d.bind("李强", 2)
	d.drain()
	return d, d.open1(1, "停水").Number
}

// join adds a repost to the story of ringing.
func (d *desk) join() {
	d.Helper()
	d.update++
	d.ingest(d.post("微博", fmt.Sprint("j", d.update), telling(1, "停水")))
}

func (d *desk) mustBegin(to, number string) cases.Parcel {
	d.Helper()
	p, ok := d.begin(to, number)
	if !ok {
		d.Fatalf("nothing to send %s about %q: %v", to, number, d.queued())
	}
	return p
}

func (d *desk) wantQueue(want ...string) {
	d.Helper()
	if got := d.queued(); !slices.Equal(got, want) {
		d.Errorf("queued %q, want %q", got, want)
	}
}

func TestDelivered(t *testing.T) {
	d, number := ringing(t)
	p := d.mustBegin("王敏", number)
	if p.Chat != 1 || p.Message != 0 || p.Again || !p.Ring || p.View.Number != number || p.First.No != 1 || p.First.Text != telling(1, "停水") {
		t.Errorf("%+v", p)
	}
	message := d.arrive(p)
	d.view(func(tx *journal.Tx) error {
		card, ok, err := tx.Card(number, "王敏")
		if want := (cases.Card{Case: number, Officer: "王敏", Chat: 1, Message: message, Rev: 1}); !ok || err != nil || card != want {
			t.Errorf("%+v, %v", card, err)
		}
		return nil
	})
	d.wantQueue()
	c := d.kase(number)
	if c.Seq != 2 || c.Rev != 1 || c.Shown["王敏"] != 1 {
		t.Errorf("%+v", c)
	}
	if _, ok, err := d.p.Begin(p.Seq); ok || err != nil { // the drainer had it on its list still
		t.Errorf("a delivered card is sent again: %v", err)
	}
	d.restart()
	if sent := d.drain(); len(sent) != 0 {
		t.Errorf("after a restart %+v was sent", sent)
	}
	if kinds := d.kinds(number); !slices.Equal(kinds, []cases.Kind{cases.Opened, cases.Delivered}) {
		t.Errorf("%v", kinds)
	}
}

// An edit is logged as a delivery only when the card counts more mentions than before.
func TestDeliveredEdits(t *testing.T) {
	d, number := ringing(t)
	d.drain()
	if _, err := d.sign(d.by("王敏", number)); err != nil {
		t.Fatal(err)
	}
	d.drain()
	d.join()
	d.drain()
	want := []cases.Kind{cases.Opened, cases.Delivered, cases.Signed, cases.Joined, cases.Delivered}
	if kinds := d.kinds(number); !slices.Equal(kinds, want) {
		t.Errorf("%v, want %v", kinds, want)
	}
	if c := d.kase(number); c.Shown["王敏"] != 2 {
		t.Errorf("shown %v", c.Shown)
	}
}

// An attempt that began and did not end may have reached the phone: the next one says
// so, until one ends. One that surely failed leaves no such doubt, but ends none either.
func TestAgain(t *testing.T) {
	d, number := ringing(t)
	if p := d.mustBegin("王敏", number); p.Again {
		t.Error("the first attempt is a repetition")
	}
	d.restart()
	p := d.mustBegin("王敏", number)
	if !p.Again {
		t.Error("an attempt that was cut off is forgotten")
	}
	d.ok(d.p.Failed(p))
	d.restart()
	if p = d.mustBegin("王敏", number); !p.Again {
		t.Error("a failure made the one before it certain")
	}
	d.join()
	if _, err := d.sign(d.by("王敏", number)); err != nil {
		t.Fatal(err)
	}
	if p = d.mustBegin("王敏", number); !p.Again || p.View.Mentions != 2 {
		t.Errorf("%+v", p)
	}
	d.arrive(p)
	d.join()
	if p = d.mustBegin("王敏", number); p.Again || p.Message == 0 {
		t.Errorf("an edit after it: %+v", p)
	}
	d.restart()
	if p = d.mustBegin("王敏", number); p.Again {
		t.Error("an edit may be repeated without a word")
	}
	d.arrive(p)
	d.ok(d.p.Tell("王敏", "k", "您好"))
	d.mustBegin("王敏", "")
	if p = d.mustBegin("王敏", ""); !p.Again {
		t.Error("a text that was cut off is sent again as if it were not")
	}
}

func TestFailed(t *testing.T) {
	d, number := ringing(t)
	for range 3 {
		p := d.mustBegin("王敏", number)
		if p.Again {
			t.Error("an attempt that surely failed counts as a delivery")
		}
		d.ok(d.p.Failed(p))
	}
	d.wantQueue("王敏 " + number + "!")
	p := d.mustBegin("王敏", number)
	d.arrive(p)
	d.ok(d.p.Failed(p)) // too late: it is not queued any more
	d.wantQueue()
}

// A case that moves on while its card is in flight is sent once more.
func TestMovesOnInFlight(t *testing.T) {
	d, number := ringing(t)
	p := d.mustBegin("王敏", number)
	for range 3 {
		d.join()
	}
	d.arrive(p)
	d.wantQueue("王敏 " + number)
	sent := d.drain()
	if len(sent) != 1 || sent[0].Message == 0 || sent[0].View.Mentions != 4 || sent[0].Again {
		t.Errorf("%+v", sent)
	}
	p = func() cases.Parcel { d.join(); return d.mustBegin("王敏", number) }() // and so is an edit
	d.join()
	d.arrive(p)
	if sent = d.drain(); len(sent) != 1 || sent[0].View.Mentions != 6 {
		t.Errorf("%+v", sent)
	}
}

// What goes away and comes back while the old card is in flight rings.
func TestRingInFlight(t *testing.T) {
	d, number := ringing(t)
	d.bind("赵刚", 3)
	d.drain()
	heads := map[string]string{"住建局": "赵刚", "供水公司": "王敏"}
	transfer := func(by, to string) {
		t.Helper()
		if _, err := d.transfer(d.by(by, number), to); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sign(d.by(heads[to], number)); err != nil {
			t.Fatal(err)
		}
	}
	transfer("王敏", "住建局")
	p := d.mustBegin("王敏", number) // the edit that says it is gone
	transfer("赵刚", "供水公司")
	d.arrive(p)
	if p = d.mustBegin("王敏", number); p.Message != 0 || !p.Ring {
		t.Errorf("it came back without a ring: %+v", p)
	}
	transfer("王敏", "住建局") // and away and back with a ring on its way
	transfer("赵刚", "供水公司")
	d.arrive(p)
	if p = d.mustBegin("王敏", number); p.Message == 0 || p.View.Rev != d.kase(number).Rev {
		t.Errorf("%+v", p)
	}
	// The same with an entry that asked for a ring and was sent as an edit, since the case
	// was elsewhere at that moment.
	d.arrive(p)
	d.drain()
	transfer("王敏", "住建局")
	transfer("赵刚", "供水公司")
	transfer("王敏", "住建局")
	if p = d.mustBegin("王敏", number); p.Message == 0 || !p.Ring {
		t.Fatalf("%+v", p)
	}
	transfer("赵刚", "供水公司")
	d.arrive(p)
	if p = d.mustBegin("王敏", number); p.Message != 0 {
		t.Errorf("the ring is lost: %+v", p)
	}
}

// An entry that is for nobody's eyes any more leaves the queue.
func TestNothingToShow(t *testing.T) {
	d, number := ringing(t)
	if _, err := d.transfer(d.by("王敏", number), "住建局"); err != nil {
		t.Fatal(err)
	}
	d.bind("赵刚", 3)
	if _, err := d.sign(d.by("赵刚", number)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.p.Unbind(d.by("周局", "").Update, "周局", "赵刚"); err != nil {
		t.Fatal(err)
	}
	if p, ok := d.begin("王敏", number); ok { // 王敏 never saw it
		t.Errorf("%+v", p)
	}
	waits := []string{"赵刚 " + number + "!", "赵刚 您好，赵刚", "周局 赵刚已解绑，原来的手机不能再操作。要重新绑定，请发 /invite 赵刚"}
	d.wantQueue(waits...)
	if _, ok := d.begin("赵刚", number); ok { // no phone: it waits
		t.Error("sent to nobody")
	}
	d.wantQueue(waits...)
	if _, ok, err := d.p.Begin(777); ok || err != nil {
		t.Errorf("an entry that never was: %v, %v", ok, err)
	}

	d.bind("赵刚", 3)
	d.drain()
	d.ok(d.j.Update(func(tx *journal.Tx) error { return tx.Touch(number, "赵刚", false) }))
	if p, ok := d.begin("赵刚", number); ok { // the phone shows it as it is
		t.Errorf("%+v", p)
	}
	d.wantQueue(waits[2])
}

func TestWakes(t *testing.T) {
	d := newDesk(t)
	a, b := d.p.Wakes(), d.p.Wakes()
	woken := func(want bool) {
		t.Helper()
		for _, c := range []<-chan struct{}{a, b} {
			select {
			case <-c:
				if !want {
					t.Error("woken for nothing")
				}
			default:
				if want {
					t.Error("not woken")
				}
			}
		}
	}
	woken(false)
	c := d.open1(1, "停水")
	d.join() // two commits are one call
	woken(true)
	woken(false)
	if _, err := d.sign(d.by("王敏", c.Number)); err != nil {
		t.Fatal(err)
	}
	woken(true)
	d.bind("王敏", 1)
	woken(true)
	d.arrive(d.mustBegin("王敏", c.Number))
	woken(true)
	d.join()
	woken(true)
	d.ok(d.p.Refused(d.mustBegin("王敏", c.Number), "x"))
	woken(true)
}

// What waits for somebody who has no chat is not looked at again and again.
func TestOutgoingLeavesOutWhoCannotBeReached(t *testing.T) {
	d := newDesk(t)
	d.open1(1, "停水")
	count := func() int {
		queue, err := d.p.Outgoing(t.Context())
		d.ok(err)
		return len(queue)
	}
	if n := count(); n != 0 || len(d.queue()) != 1 {
		t.Errorf("before binding %d can be sent of %d, want 0 of 1", n, len(d.queue()))
	}
	d.bind("王敏", 1)
	if n := count(); n == 0 {
		t.Error("after binding nothing can be sent")
	}
}
