package pipeline

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// An officer of the unit in the lead who is asked to help for another one answers as a
// helper on that card: it is no answer to the public.
func TestHelperOfTwoUnits(t *testing.T) {
	d := newDesk(t)
	c := d.open1(1, "停水")
	d.act(cases.Signed, "李强", c.Number)
	d.act(cases.Enlisted, "李强", c.Number, unit("城管局"))
	k := d.kase(c.Number)
	helper := k.Helpers[0].Officer
	d.act(cases.Replied, helper, c.Number, text("路面已修补"))
	if k = d.kase(c.Number); len(k.Replies) != 0 || k.Helpers[0].Text != "路面已修补" || k.State != cases.InHand {
		t.Errorf("%+v", k)
	}
}

// What was dismissed and is taken up again by hand is due when it was.
func TestDismissedAndReopened(t *testing.T) {
	d := newDesk(t)
	c := d.open1(1, "停水")
	was, _ := c.Next()
	d.now = d.now.Add(100 * time.Hour)
	d.act(cases.Dismissed, "王敏", c.Number, reason(cases.Reasons[1]))
	d.act(cases.Reopened, "王敏", c.Number)
	k := d.kase(c.Number)
	if next, owed := k.Next(); !owed || !next.Due.Equal(was.Due) || !k.Overdue(d.now) {
		t.Errorf("due %s, was %s", next.Due, was.Due)
	}
}

// What owes an answer cannot vanish in what owes none, nor what is paused in what is due
// later.
func TestMergeDoesNotEvade(t *testing.T) {
	d := newDesk(t)
	one := d.open1(1, "停水")
	d.now = d.now.Add(24 * time.Hour)
	two := d.open1(2, "停水")
	d.act(cases.Signed, "王敏", one.Number)
	d.act(cases.Paused, "王敏", one.Number, reason(cases.PauseReasons[0]))
	if said := d.act(cases.Merged, "王敏", one.Number, other(two.Number)); !strings.Contains(said, "时限更早") {
		t.Error(said)
	}
	d.act(cases.Replied, "王敏", two.Number, text("已修好"))
	if said := d.act(cases.Merged, "王敏", one.Number, other(two.Number)); !strings.Contains(said, "不能并进去") {
		t.Error(said)
	}
}

// Words do not mend an answer whose page was found wrong, and who waits too long is rung.
func TestUnsoundAnswerRings(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	c := d.open1(1, "停水")
	d.act(cases.Replied, "王敏", c.Number, func(a *cases.Act) { a.URL = "https://a.example/wrong" })
	due, err := d.p.Looks()
	d.ok(err)
	for _, l := range due {
		if l.Reply == 1 {
			d.ok(d.p.Looked(l, cases.Sight{Faults: []string{"不是这件事。"}}))
		}
	}
	d.act(cases.Replied, "王敏", c.Number, text("见网站"))
	if said := d.act(cases.Closed, "王敏", c.Number); !strings.Contains(said, "没有通过核验") {
		t.Error(said)
	}
	reminded := func() (n int) {
		for _, k := range d.kinds(c.Number) {
			if k == cases.Reminded {
				n++
			}
		}
		return n
	}
	d.ok(d.p.Tick())
	if n := reminded(); n != 0 {
		t.Errorf("rang %d times at once", n)
	}
	for range 10 * 24 {
		d.now = d.now.Add(time.Hour)
		d.ok(d.p.Tick())
	}
	if n := reminded(); n < 5 || n > 8 {
		t.Errorf("rang %d times in ten days", n)
	}
	d.act(cases.Accepted, "周局", c.Number, reason("属实"))
	if said := d.act(cases.Closed, "王敏", c.Number); !strings.Contains(said, "已办结") {
		t.Error(said)
	}
}

// A case whose time stands does not lie in silence for good.
func TestLongPauseRings(t *testing.T) {
	d := newDesk(t)
	c := d.open1(1, "停水")
	d.act(cases.Signed, "王敏", c.Number)
	d.act(cases.Paused, "王敏", c.Number, reason(cases.PauseReasons[0]))
	rang := 0
	for range 30 * 24 {
		d.now = d.now.Add(time.Hour)
		d.ok(d.p.Tick())
	}
	for _, k := range d.kinds(c.Number) {
		if k == cases.Reminded {
			rang++
		}
	}
	if rang < 3 || rang > 5 {
		t.Errorf("rang %d times in thirty days", rang)
	}
}

// Nobody approves what that same person wrote.
func TestOwnDraft(t *testing.T) {
	d := newDesk(t)
	d.p.Office.Leaders = []string{"王敏", "周局"}
	d.bind("周局", 1)
	d.bind("王敏", 2)
	c := d.open1(1, "停水")
	d.act(cases.Replied, "王敏", c.Number, text("送审 拟答复：已修好"))
	if said := d.act(cases.Approved, "王敏", c.Number); !strings.Contains(said, "由别人来审核") {
		t.Error(said)
	}
	d.act(cases.Approved, "周局", c.Number)
	if said := d.act(cases.Replied, "王敏", c.Number, text("完全不同的另外一段话")); !strings.Contains(said, "不一样") {
		t.Error(said)
	}
}
