package pipeline

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// busyDesk is a desk of the office that has all, where these people have phones.
func busyDesk(t testing.TB, bound ...string) *desk {
	d := newDesk(t)
	d.office = busyOffice()
	d.restart()
	for i, name := range bound {
		d.bind(name, int64(i+1))
	}
	d.drain()
	d.ship()
	return d
}

// clock is a time in November 2026, of which the 23rd is a Monday.
func clock(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, zone)
}

// events are all that happened to a case.
func (d *desk) events(number string) (list []cases.Event) {
	d.Helper()
	d.view(func(tx *journal.Tx) (err error) {
		list, err = tx.Events(number)
		return err
	})
	return list
}

// last is what happened last to a case, as its history tells it.
func (d *desk) last(number string) string {
	d.Helper()
	events := d.events(number)
	return events[len(events)-1].Line()
}

// called are those who were asked to sign besides, with the time of day.
func (d *desk) called(number string) (list []string) {
	d.Helper()
	for _, e := range d.events(number) {
		if e.Kind == cases.Called {
			list = append(list, fmt.Sprint(e.At.Format("02 15:04 "), e.Officer))
		}
	}
	return list
}

// Where nobody signs the next one is asked: the other officer, the head, the leaders; by
// working minutes, and by plain ones when it is major.
func TestSigningLadder(t *testing.T) {
	everybody := []string{"王敏", "李强", "赵刚", "孙丽", "钱伟", "何平", "周局"}
	for _, c := range []struct {
		name  string
		word  string
		from  time.Time
		bound []string
		edit  func(*Office)
		away  []string
		want  []string
	}{
		{name: "all rungs", word: "停水", want: []string{"23 09:30 李强", "23 10:00 何平", "23 10:30 周局"}},
		{name: "over lunch", word: "停水", from: clock(23, 11, 45), want: []string{"23 13:15 李强", "23 13:45 何平", "23 14:15 周局"}},
		{name: "over a weekend", word: "停水", from: clock(20, 17, 10), want: []string{"23 09:10 李强", "23 09:40 何平", "23 10:10 周局"}},
		{name: "on a Saturday", word: "停水", from: clock(21, 10, 0), want: []string{"23 09:30 李强", "23 10:00 何平", "23 10:30 周局"}},
		{name: "a major one on a Saturday night", word: "爆炸", from: clock(21, 23, 55), want: []string{"22 00:05 李强", "22 00:15 周局"}}, // who heads that unit
		{name: "B away", word: "停水", away: []string{"李强"}, want: []string{"23 09:30 何平", "23 10:00 周局"}},
		{name: "A and B away", word: "停水", away: []string{"王敏", "李强"}, want: []string{"23 09:30 何平", "23 10:00 周局"}},
		{name: "A away: B has it", word: "停水", away: []string{"王敏"}, want: []string{"23 09:30 何平", "23 10:00 周局"}},
		{name: "nobody but A has a phone", word: "停水", bound: []string{"王敏"}},
		{name: "nobody but the leader", word: "停水", bound: []string{"周局"}, want: []string{"23 09:30 周局"}},
		{name: "no B, no head", word: "扬尘", want: []string{"23 09:30 周局"}},
		{name: "A is the head", word: "坑洼", want: []string{"23 09:30 王敏", "23 10:00 周局"}},
		{name: "only the head", word: "停水", edit: func(o *Office) { o.Signing.Rungs = []string{RungHead} }, want: []string{"23 09:30 何平"}},
		{name: "no rungs", word: "停水", edit: func(o *Office) { o.Signing.Rungs = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bound := everybody
			if c.bound != nil {
				bound = c.bound
			}
			d := busyDesk(t, bound...)
			if d.now = clock(23, 9, 0); !c.from.IsZero() {
				d.now = c.from
			}
			if c.edit != nil {
				c.edit(&d.office)
				d.restart()
			}
			for _, who := range c.away {
				d.update++
				_, err := d.p.Off(d.update, who, who, "2026-11-20", "2026-11-30")
				d.ok(err)
			}
			number := d.open1(1, c.word).Number
			for end := d.now.Add(70 * time.Hour); d.now.Before(end); d.now = d.now.Add(5 * time.Minute) {
				d.ok(d.p.Tick())
			}
			if got := d.called(number); !slices.Equal(got, c.want) {
				t.Errorf("asked were %q, want %q", got, c.want)
			}
			if len(c.want) > 0 && !strings.Contains(strings.Join(d.queued(), " "), c.want[0][len("23 09:30 "):]+" "+number+"!") {
				t.Errorf("the phone of the first does not ring: %q", d.queued())
			}
		})
	}
}

// A signature ends the asking; so does one of somebody who was asked.
func TestSigningEnds(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "何平", "周局")
	number := d.open1(1, "停水").Number
	d.now = clock(23, 9, 30)
	d.ok(d.p.Tick())
	if got := d.last(number); got != "催签：王敏 30 分（工作时间）内没有签收，请李强来签" {
		t.Error(got)
	}
	if c := d.kase(number); c.Part("李强") != cases.Asked || c.Officer != "王敏" {
		t.Errorf("%+v", c)
	}
	d.act(cases.Signed, "李强", number)
	d.now = clock(23, 12, 0)
	d.ok(d.p.Tick())
	if c := d.kase(number); c.Officer != "李强" || len(c.Called) != 0 || len(d.called(number)) != 1 {
		t.Errorf("%+v", c)
	}
}

// It is the offered unit that is asked to sign, by its own ladder; and who has both parts,
// or is called twice over, is asked once.
func TestSigningOfOffer(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "孙丽", "周局")
	number := d.open1(1, "停水").Number
	d.act(cases.Signed, "王敏", number)
	d.now = clock(23, 10, 0)
	d.act(cases.Transferred, "王敏", number, unit("城管局"), reason("是路面"))
	for d.now.Before(clock(23, 17, 0)) {
		d.ok(d.p.Tick())
		d.now = d.now.Add(10 * time.Minute)
	}
	if got, want := d.called(number), []string{"23 10:30 王敏", "23 11:00 周局"}; !slices.Equal(got, want) {
		t.Errorf("asked were %q, want %q", got, want)
	}
	if got := d.act(cases.Signed, "王敏", number); got != "已签收 "+number+"，请在 11-24 17:30 前回应。" {
		t.Error(got)
	}
	if c := d.kase(number); c.Unit != "城管局" || c.Officer != "王敏" || c.From != "供水公司" || c.Reason != "是路面" {
		t.Errorf("%+v", c)
	}
}

// Nobody was there, and then somebody is: that one is asked at the next look.
func TestSigningWhenSomebodyComes(t *testing.T) {
	d := busyDesk(t, "王敏")
	number := d.open1(1, "停水").Number
	d.now = clock(23, 15, 0)
	d.ok(d.p.Tick())
	if got := d.called(number); len(got) != 0 {
		t.Errorf("asked were %q", got)
	}
	d.bind("何平", 6)
	d.ok(d.p.Tick())
	if got, want := d.called(number), []string{"23 15:00 何平"}; !slices.Equal(got, want) {
		t.Errorf("asked were %q, want %q", got, want)
	}
}

// When nothing is due a look at the clock writes nothing.
func TestIdleTick(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "周局")
	number := d.open1(1, "停水").Number
	d.act(cases.Signed, "王敏", number)
	before, err := os.ReadFile(d.path)
	d.ok(err)
	d.now = clock(23, 16, 0)
	for range 3 {
		d.ok(d.p.Tick())
	}
	if after, err := os.ReadFile(d.path); err != nil || !bytes.Equal(before, after) {
		t.Error("the file was written to")
	}
}

// When time runs out the phones ring of all for whom the case waits: its officer, the one
// who is to take it over, and the one who is to approve a draft.
func TestRemindsWhoIsWaitedFor(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "何平", "赵刚", "周局")
	d.office.Review = []string{"reply"}
	d.restart()
	number := d.open1(1, "停水").Number
	d.act(cases.Submitted, "王敏", number, text("拟答复"))
	d.act(cases.Transferred, "王敏", number, unit("住建局"))
	d.drain()
	d.now = clock(24, 10, 0)
	d.ok(d.p.Tick())
	var rang []string
	for _, q := range d.queued() {
		if strings.HasSuffix(q, "!") {
			rang = append(rang, strings.Fields(q)[0])
		}
	}
	for _, who := range []string{"王敏", "何平", "赵刚"} {
		if !slices.Contains(rang, who) {
			t.Errorf("%s's phone does not ring; those of %q do", who, rang)
		}
	}
}

// BenchmarkIdleTick is a look at the clock with 2,000 open cases of which none is due.
func BenchmarkIdleTick(b *testing.B) {
	d := busyDesk(b, "王敏", "李强", "赵刚", "孙丽", "钱伟", "何平", "周局")
	for i := range 20 {
		for j := range 100 {
			d.ingest(d.post("论坛", fmt.Sprint("s", i, "/", j), telling(100*i+j, []string{"停水", "扬尘", "坑洼"}[j%3])))
		}
		for _, c := range d.cases()[100*i:] {
			d.act(cases.Signed, c.Officer, c.Number)
		}
	}
	for b.Loop() {
		d.ok(d.p.Tick())
	}
}
