package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// A cannot be reached: B's phone rings.
func TestStandIn(t *testing.T) {
	d := newDesk(t)
	d.bind("李强", 2)
	if c := d.open1(1, "停水"); c.Officer != "李强" {
		t.Errorf("%+v", c)
	}
	d.bind("王敏", 1)
	if c := d.kase("2026-000001"); c.Officer != "李强" { // who has it keeps it
		t.Errorf("%+v", c)
	}
	if c := d.open1(2, "水压"); c.Officer != "王敏" {
		t.Errorf("%+v", c)
	}
}

// Nobody can be reached: it is A's and waits, and goes to whoever comes first.
func TestNobodyThere(t *testing.T) {
	for _, first := range []string{"王敏", "李强"} {
		d := newDesk(t)
		c := d.open1(1, "停水")
		if c.Officer != "王敏" {
			t.Errorf("%+v", c)
		}
		d.drain()
		d.wantQueue("王敏 2026-000001!")
		d.bind("赵刚", 3) // not of the unit
		d.drain()
		d.restart()
		d.bind(first, 1)
		if c = d.kase(c.Number); c.Officer != first {
			t.Errorf("%s came, it is %s's", first, c.Officer)
		}
		sent := d.drain()
		if i := slices.IndexFunc(sent, func(p cases.Parcel) bool { return p.Case == c.Number }); len(sent) != 2 || sent[i].To != first {
			t.Errorf("%+v", sent)
		}
	}
}

// A new phone gets the open cases anew, and only these.
func TestRebind(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	for i := range 3 {
		d.open1(i, "停水")
	}
	d.drain()
	if _, err := d.dismiss(d.by("王敏", "2026-000002"), cases.FalseAlarm); err != nil {
		t.Fatal(err)
	}
	d.drain()
	d.bind("王敏", 5)
	var got []string
	for _, p := range d.drain() {
		if p.Chat != 5 || p.Message != 0 || p.Again {
			t.Errorf("%+v", p)
		}
		got = append(got, p.Case)
	}
	slices.Sort(got)
	if want := []string{"", "2026-000001", "2026-000003"}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	d.bind("王敏", 5) // once more the same: nothing but the welcome
	if sent := d.drain(); len(sent) != 1 || sent[0].Text != "您好，王敏" {
		t.Errorf("%+v", sent)
	}
}

// A phone that passes to somebody else leaves its former owner without one: the other
// officer of the unit gets the cases.
func TestPhoneChangesHands(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	d.bind("李强", 2)
	c := d.open1(1, "停水")
	d.drain()
	d.bind("赵刚", 1)
	if c = d.kase(c.Number); c.Officer != "李强" {
		t.Errorf("it is with %s, who has no phone", c.Officer)
	}
	sent := d.drain()
	if len(sent) != 2 || sent[1].To != "李强" || sent[1].Message != 0 {
		t.Errorf("%+v", sent)
	}
	if name, err := d.p.Who(1); err != nil || name != "赵刚" {
		t.Errorf("%q, %v", name, err)
	}
}

func TestBindTwice(t *testing.T) {
	d := newDesk(t)
	code, err := d.p.Invite("王敏")
	d.ok(err)
	welcome := func(string) string { return "您好" }
	for range 3 { // Telegram sends the update again
		name, err := d.p.Bind(70, 1, code, welcome)
		if err != nil || name != "王敏" {
			t.Fatalf("%q, %v", name, err)
		}
		d.restart()
	}
	if sent := d.drain(); len(sent) != 1 {
		t.Errorf("%+v", sent)
	}
	if name, err := d.p.Bind(71, 2, code, welcome); err != nil || name != "" {
		t.Errorf("the code was good twice: %q, %v", name, err)
	}
	// A bad code is not the end of its update: it is still to be answered.
	d.ok(d.p.Answer(72, "王敏", "一"))
	if name, err := d.p.Bind(73, 1, "NOPE", welcome); err != nil || name != "" {
		t.Errorf("%q, %v", name, err)
	}
	d.ok(d.p.Answer(73, "王敏", "这个邀请码不对"))
	if sent := d.drain(); len(sent) != 2 || sent[1].Text != "这个邀请码不对" {
		t.Errorf("%+v", sent)
	}
}

func TestInvitations(t *testing.T) {
	d := newDesk(t)
	if _, err := d.p.Invite("路人"); err == nil || !strings.Contains(err.Error(), "配置里没有“路人”") {
		t.Errorf("%v", err)
	}
	seen := map[string]bool{}
	for range 50 {
		code, err := d.p.Invite("王敏")
		d.ok(err)
		if len(code) != 16 || code != strings.ToUpper(code) || seen[code] {
			t.Fatalf("code %q", code)
		}
		seen[code] = true
	}
	code, err := d.p.Invite("周局")
	d.ok(err)
	d.now = d.now.Add(InviteFor)
	if name, _ := d.p.Bind(1, 1, code, func(string) string { return "" }); name != "" {
		t.Error("an expired code was good")
	}
	code, err = d.p.Invite("钱伟")
	d.ok(err)
	d.office.Units = slices.DeleteFunc(d.office.Units, func(u Unit) bool { return u.Has("钱伟") })
	d.restart()
	if name, _ := d.p.Bind(2, 1, code, func(string) string { return "" }); name != "" {
		t.Error("somebody who left the office was bound")
	}
}

func TestOfficeQuestions(t *testing.T) {
	d := newDesk(t)
	for name, want := range map[string][2]bool{
		"王敏": {true, false}, "李强": {true, false}, "周局": {true, true}, "路人": {}, "": {},
	} {
		if d.p.Employed(name) != want[0] || d.p.Leads(name) != want[1] {
			t.Errorf("%q: employed %v, leads %v", name, d.p.Employed(name), d.p.Leads(name))
		}
	}
	if got := d.p.UnitNames(); !slices.Equal(got, []string{"供水公司", "住建局", "城管局", "应急局"}) {
		t.Errorf("%v", got)
	}
	d.bind("王敏", 1)
	if name, err := d.p.Who(1); err != nil || name != "王敏" {
		t.Errorf("%q, %v", name, err)
	}
	if name, err := d.p.Who(2); err != nil || name != "" {
		t.Errorf("%q, %v", name, err)
	}
	d.office.Units = []Unit{{Name: "供水公司", A: "李强"}}
	d.restart()
	if name, err := d.p.Who(1); err != nil || name != "" {
		t.Errorf("%q left the office, %v", name, err)
	}
}

// People leave the office and units are renamed while cases are open: after the
// restart with the new configuration somebody has them.
func TestOfficeChanges(t *testing.T) {
	d := newDesk(t)
	for i, name := range []string{"王敏", "李强", "赵刚", "孙丽"} {
		d.bind(name, int64(i+1))
	}
	water, dust, road := d.open1(1, "停水"), d.open1(2, "扬尘"), d.open1(3, "坑洼")
	answered := d.open1(4, "水压")
	d.ok(d.answer(d.by("王敏", answered.Number), "", "好了"))
	d.drain()
	d.office.Units = []Unit{{Name: "供水公司", A: "吴涛", B: "李强"}, {Name: "住房局", A: "赵刚"}, {Name: "城管局", A: "郑洁"}, {Name: "应急局", A: "钱伟", B: "李强"}}
	d.restart()
	want := map[string][2]string{
		water.Number:    {"供水公司", "李强"}, // 王敏 left, 吴涛 cannot be reached
		dust.Number:     {"应急局", "李强"},  // there is no 住建局 any more, 应急局 has the others
		road.Number:     {"城管局", "郑洁"},  // waits
		answered.Number: {"供水公司", "王敏"}, // nothing is owed
	}
	for number, w := range want {
		if c := d.kase(number); c.Unit != w[0] || c.Officer != w[1] {
			t.Errorf("%s: %s, %s", number, c.Unit, c.Officer)
		}
	}
	rings := 0
	for _, p := range d.drain() {
		if p.Message == 0 {
			rings++
		}
	}
	if rings != 2 {
		t.Errorf("%d phones rang", rings)
	}
	d.wantQueue("郑洁 " + road.Number + "!")
	if _, err := d.sign(d.by("李强", dust.Number)); err != nil || d.kase(dust.Number).State != cases.InHand {
		t.Errorf("%v", err)
	}
	d.drain()
	before := d.dump()
	d.restart() // and that is all
	for k, v := range d.dump() {
		if before[k] != v {
			t.Errorf("%q changed with nothing to do", k)
		}
	}
}

func TestLive(t *testing.T) {
	d := newDesk(t)
	today, tomorrow := d.now, d.now.AddDate(0, 0, 1)
	live := func() cases.Live {
		t.Helper()
		l, err := d.p.Live(d.now, today, tomorrow)
		d.ok(err)
		return l
	}
	if l := live(); l.Open+len(l.Overdue)+l.Queued+l.Unshipped+l.Matched+l.Refused+len(l.Unreachable) != 0 {
		t.Errorf("%+v", l)
	}
	d.bind("李强", 2)
	d.drain()
	d.open1(1, "停水")                                             // 李强's, due tomorrow 17:30
	d.open1(2, "爆炸")                                             // 李强's, due today 14:00
	d.open1(3, "扬尘")                                             // 赵刚 cannot be reached
	d.open1(4, "坑洼")                                             // neither can 孙丽
	d.open1(5, "扬尘，又是")                                          // 赵刚's second
	d.ingest(d.post("微博", "r", telling(1, "停水")))                // a repost is matched too
	d.ingest(d.post("微博", "n", "无事。"))                           // this is not
	d.ingest(d.post("微博", "r", telling(1, "停水")))                // nor is it matched twice
	d.ok(d.answer(d.by("李强", "2026-000002"), "", "正在处置"))        // 2nd step due tomorrow 9:00
	if _, err := d.sign(d.by("李强", "2026-000001")); err != nil { // still open
		t.Fatal(err)
	}
	l := live()
	if l.Open != 5 || l.Matched != 6 || l.Refused != 0 || len(l.Overdue) != 0 || l.Queued != len(d.queue()) || l.Queued != 6 {
		t.Errorf("%+v", l)
	}
	if want := []cases.Person{{Name: "赵刚", Cases: 2}, {Name: "孙丽", Cases: 1}}; !slices.Equal(l.Unreachable, want) {
		t.Errorf("unreachable %+v", l.Unreachable)
	}
	records := len(d.ship())
	if l.Unshipped != records || live().Unshipped != 0 {
		t.Errorf("%d unshipped, %d were", l.Unshipped, records)
	}
	d.now = time.Date(2026, 11, 24, 10, 0, 0, 0, zone)
	d.ok(d.answer(d.by("李强", "2026-000001"), "", "来水了"))
	if l = live(); l.Open != 4 || len(l.Overdue) != 1 || l.Overdue[0].Number != "2026-000002" {
		t.Errorf("%+v", l)
	}
	d.now = time.Date(2026, 11, 25, 10, 0, 0, 0, zone)
	var late []string
	for _, c := range live().Overdue {
		late = append(late, c.Number)
	}
	if want := []string{"2026-000002", "2026-000003", "2026-000004", "2026-000005"}; !slices.Equal(late, want) {
		t.Errorf("overdue %v, want %v: the longest first", late, want)
	}
	if l, err := d.p.Live(d.now, d.now, d.now.AddDate(0, 0, 1)); err != nil || l.Matched != 0 {
		t.Errorf("matched on another day: %d, %v", l.Matched, err)
	}
	d.ok(d.j.Close())
	if _, err := d.p.Live(d.now, today, tomorrow); err == nil {
		t.Error("a closed journal has figures")
	}
	if _, err := d.p.Known(t.Context(), []string{"x"}); err == nil {
		t.Error("a closed journal knows posts")
	}
	if _, err := New(Options{Journal: d.j}); err == nil {
		t.Error("a pipeline on a closed journal")
	}
	d.j, _ = journal.Open(d.path)
}
