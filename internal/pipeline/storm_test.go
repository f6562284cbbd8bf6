package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// storm is a desk where more than two cases within a minute are too many, after five.
func storm(t *testing.T, bound ...string) *desk {
	d := busyDesk(t, bound...)
	d.office.Storm, d.office.Copies = 2, nil
	d.restart()
	for i := range 5 {
		d.open1(i+1, "停水")
	}
	return d
}

// lists are the cases on the lists among what was sent.
func lists(sent []cases.Parcel) (all [][]string) {
	for _, p := range sent {
		if len(p.Cases) == 0 {
			continue
		}
		var numbers []string
		for _, c := range p.Cases {
			numbers = append(numbers, c.Number[len("2026-00000"):])
		}
		all = append(all, numbers)
	}
	return all
}

// The first cases ring each, and the rest come in one message a minute later; a case that
// stands on it is not sent in silence, but a reminder rings as a card.
func TestStorm(t *testing.T) {
	d := storm(t, "王敏", "周局")
	outgoing := func() (n int) {
		queue, err := d.p.Outgoing(t.Context())
		d.ok(err)
		return len(queue)
	}
	if n := outgoing(); n != 2 { // the list waits
		t.Errorf("%d are due: %q", n, d.queued())
	}
	d.ingest(d.post("微博", "r", telling(4, "停水"))) // one that is to be listed is told again
	d.now = d.now.Add(time.Minute)
	if n := outgoing(); n != 3 {
		t.Errorf("%d are due: %q", n, d.queued())
	}
	sent := d.drain()
	if got := rings(sent); !slices.Equal(got, []string{"王敏 2026-000001", "王敏 2026-000002"}) || fmt.Sprint(lists(sent)) != "[[3 4 5]]" {
		t.Errorf("%q rang, and %v were listed", got, lists(sent))
	}
	if c := d.kase("2026-000004"); c.Shown["王敏"] != 2 {
		t.Errorf("shown %v", c.Shown)
	}
	d.ingest(d.post("微博", "r1", telling(1, "停水")), d.post("微博", "r3", telling(3, "停水")))
	sent = d.drain() // the card that is there is edited, and the listed one gets its own without a sound
	if len(sent) != 2 || sent[0].Message == 0 || sent[0].Case != "2026-000001" || sent[1].Message != 0 || !sent[1].Quiet || sent[1].Case != "2026-000003" {
		t.Errorf("%+v", sent)
	}
	d.now = clock(24, 10, 0)
	d.act(cases.Transferred, "王敏", "2026-000005", unit("住建局")) // a list is not edited
	if sent = d.drain(); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
	d.office.Storm = 0
	d.restart()
	d.now = clock(24, 14, 0)
	d.ok(d.p.Tick())
	if got := rings(d.drain()); !slices.Contains(got, "王敏 2026-000003") || len(got) < 5 {
		t.Errorf("%q rang", got)
	}
	d.ingest(d.post("微博", "r33", telling(3, "停水")))
	if sent = d.drain(); len(sent) != 2 || len(rings(sent)) != 0 { // and it is a card now, on the leader's phone too
		t.Errorf("%+v", sent)
	}
}

// What is grave rings in the middle of a storm; what rings as a card leaves the list, and
// what is over by then is not on it.
func TestStormExceptions(t *testing.T) {
	d := storm(t, "王敏", "李强", "赵刚", "周局")
	d.ingest(d.post("微博", "r", telling(3, "停水")+"有伤亡"))
	d.act(cases.Transferred, "周局", "2026-000004", unit("住建局"))
	d.act(cases.Signed, "赵刚", "2026-000004")
	sent := d.drain()
	if got := rings(sent); !slices.Equal(got, []string{"王敏 2026-000001", "王敏 2026-000002", "王敏 2026-000003", "赵刚 2026-000004"}) ||
		fmt.Sprint(lists(sent)) != "[[5]]" {
		t.Errorf("%q rang, and %v were listed", got, lists(sent))
	}
	d.act(cases.Transferred, "赵刚", "2026-000004", unit("供水公司")) // it comes back, a minute later
	d.now = d.now.Add(time.Hour)
	d.act(cases.Declined, "王敏", "2026-000004")
	d.act(cases.Transferred, "赵刚", "2026-000004", unit("供水公司"))
	if got := rings(d.drain()); !slices.Contains(got, "王敏 2026-000004") {
		t.Errorf("%q rang", got)
	}
}

// A list goes wherever its reader is, says that it may be there already, and what Telegram
// never takes rings one by one.
func TestStormTroubles(t *testing.T) {
	d := storm(t, "王敏")
	list := func() cases.Parcel {
		t.Helper()
		for _, o := range d.queue() {
			if len(o.Bundle) > 0 {
				p, ok, err := d.p.Begin(o.Seq)
				if d.ok(err); ok {
					return p
				}
			}
		}
		d.Fatalf("no list in %q", d.queued())
		return cases.Parcel{}
	}
	if p := list(); p.Again || len(p.Cases) != 3 || p.Chat != 1 {
		t.Errorf("%+v", p)
	}
	d.bind("王敏", 7)
	d.restart()
	p := list()
	if !p.Again || p.Chat != 7 {
		t.Errorf("%+v", p)
	}
	d.ok(d.p.Refused(p, "Bad Request"))
	sent := d.drain()
	if len(rings(sent)) != 5 || len(lists(sent)) != 0 {
		t.Errorf("%q rang, and %v were listed", rings(sent), lists(sent))
	}
	d.wantQueue()
}

// A case with a card stays on it when its next ring is on a list.
func TestStormKeepsCards(t *testing.T) {
	d := storm(t, "王敏", "赵刚", "周局")
	n := "2026-000001"
	d.drain()
	d.act(cases.Transferred, "王敏", n, unit("住建局"))
	d.drain()
	d.now = d.now.Add(time.Hour)
	d.open1(6, "停水")
	d.open1(7, "停水")
	d.act(cases.Declined, "赵刚", n) // one ring too many
	sent := d.drain()
	if got := rings(sent); slices.Contains(got, "王敏 "+n) || fmt.Sprint(lists(sent)) != "[[1]]" {
		t.Errorf("%q rang, and %v were listed", got, lists(sent))
	}
	d.ingest(d.post("微博", "r1", telling(1, "停水")))
	for _, p := range d.drain() {
		if p.Message == 0 {
			t.Errorf("%+v", p)
		}
	}
	d.view(func(tx *journal.Tx) error {
		if card, ok, err := tx.Card(n, "王敏"); err != nil || !ok || card.Listed || card.Rev != d.kase(n).Rev {
			t.Errorf("%+v, %v", card, err)
		}
		return nil
	})
}

// What is to be listed for somebody whose part it is no more is not told; when it becomes
// that again, it is.
func TestStormComesAndGoes(t *testing.T) {
	d := storm(t, "王敏", "赵刚", "周局")
	d.drain()
	d.open1(6, "扬尘")
	d.open1(7, "扬尘")
	n := "2026-000001"
	d.act(cases.Enlisted, "王敏", n, unit("住建局")) // the third within the minute
	d.act(cases.Dismissed, "王敏", n, reason(cases.FalseAlarm))
	if sent := d.drain(); len(lists(sent)) != 0 || slices.Contains(rings(sent), "赵刚 "+n) {
		t.Errorf("%q rang, and %v were listed", rings(sent), lists(sent))
	}
	d.act(cases.Replied, "王敏", n, text("好了")) // and he is to help after all
	if got := rings(d.drain()); !slices.Equal(got, []string{"赵刚 " + n}) {
		t.Errorf("%q rang", got)
	}
	// A ring that came too late for its reader is no message.
	d.now = d.now.Add(time.Hour)
	d.open1(8, "停水")
	d.open1(9, "停水")
	m := d.open1(10, "停水").Number // listed
	d.now = d.now.Add(2 * time.Minute)
	d.act(cases.Transferred, "周局", m, unit("住建局"))
	d.act(cases.Declined, "赵刚", m) // rings as a card
	d.act(cases.Transferred, "周局", m, unit("住建局"))
	d.act(cases.Signed, "赵刚", m)
	if got := rings(d.drain()); slices.Contains(got, "王敏 "+m) {
		t.Errorf("%q rang", got)
	}
}

// A muted topic makes no sound; what is major does, and a list of others too.
func TestMute(t *testing.T) {
	d := storm(t, "王敏", "周局")
	d.ok(d.p.Mute("供水", d.now.Add(2*time.Hour)))
	if mutes, err := d.p.Mutes(); err != nil || len(mutes) != 1 {
		t.Errorf("%v, %v", mutes, err)
	}
	quiet := func(want bool) {
		t.Helper()
		sent := d.drain()
		for _, p := range sent {
			if p.Message == 0 && p.Quiet != want && p.Text == "" {
				t.Errorf("quiet %v: %+v", p.Quiet, p)
			}
		}
		if len(sent) == 0 {
			t.Error("nothing is sent")
		}
	}
	quiet(true)
	d.now = d.now.Add(time.Hour)
	d.ingest(d.post("微博", "g", telling(9, "停水")+"有伤亡"))
	quiet(false)
	d.now = d.now.Add(time.Hour)
	d.open1(10, "停水")
	quiet(false)
	d.ok(d.p.Mute("供水", d.now.Add(time.Hour)))
	d.ok(d.p.Mute("供水", time.Time{}))
	if mutes, err := d.p.Mutes(); err != nil || len(mutes) != 0 {
		t.Errorf("%v, %v", mutes, err)
	}
}

// A unit's group shows its cases, and those that it is to take over; nothing when the bot
// is put out of it.
func TestGroup(t *testing.T) {
	d := busyDesk(t, "王敏", "赵刚", "周局")
	bind := func(by, unit string, chat int64) string {
		t.Helper()
		d.update++
		said, err := d.p.BindGroup(d.update, chat, by, unit)
		d.ok(err)
		return said
	}
	for _, c := range []struct {
		by, unit string
		chat     int64
		want     string
	}{
		{"王敏", "供水公司", 5, "请在单位的群里发这条命令。"},
		{"王敏", "水务局", -5, "没有“水务局”这个单位，请核对名称。"},
		{"赵刚", "供水公司", -5, "请由供水公司的责任人或管理员来绑定。"},
		{"王敏", "供水公司", -5, "本群已绑定为供水公司的工作群，新事项会发到这里。只有绑定过的责任人才能点按钮。"},
		{"周局", "住建局", -6, "本群已绑定为住建局的工作群，新事项会发到这里。只有绑定过的责任人才能点按钮。"},
	} {
		if got := bind(c.by, c.unit, c.chat); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if name, err := d.p.Who(-5); err != nil || name != "" {
		t.Errorf("a group is %q, %v", name, err)
	}
	if _, err := d.p.Invite(groupMark + "供水公司"); err == nil {
		t.Error("a group is invited")
	}
	n := d.open1(1, "停水").Number
	if got := rings(d.drain()); !slices.Equal(got, []string{"王敏 " + n, "#供水公司 " + n}) {
		t.Errorf("%q rang", got)
	}
	d.act(cases.Signed, "王敏", n)
	if sent := d.drain(); len(sent) != 2 || sent[1].Chat != -5 || sent[1].Message == 0 { // the group's card is edited
		t.Errorf("%+v", sent)
	}
	d.act(cases.Transferred, "王敏", n, unit("住建局"))
	if got := rings(d.drain()); !slices.Equal(got, []string{"赵刚 " + n, "#住建局 " + n}) {
		t.Errorf("%q rang", got)
	}
	d.act(cases.Signed, "赵刚", n)
	d.drain()
	d.ok(d.p.Blocked(cases.Parcel{Outgoing: cases.Outgoing{To: "#住建局"}, Chat: -6})) // it was put out
	m := d.open1(2, "扬尘").Number
	d.act(cases.Signed, "赵刚", n)
	if got := rings(d.drain()); !slices.Equal(got, []string{"赵刚 " + m}) {
		t.Errorf("%q rang", got)
	}
	if c := d.kase(m); c.Officer != "赵刚" {
		t.Errorf("%+v", c)
	}
	bind("周局", "住建局", -7)
	k := d.open1(3, "扬尘").Number
	if got := rings(d.drain()); !slices.Contains(got, "#住建局 "+k) {
		t.Errorf("%q rang", got)
	}
}

// A storm is one list in the group too.
func TestStormInGroup(t *testing.T) {
	d := busyDesk(t, "王敏")
	d.office.Storm, d.office.Copies = 2, nil
	d.restart()
	d.update++
	_, err := d.p.BindGroup(d.update, -5, "王敏", "供水公司")
	d.ok(err)
	for i := range 4 {
		d.open1(i+1, "停水")
	}
	sent := d.drain()
	if got := lists(sent); len(rings(sent)) != 4 || fmt.Sprint(got) != "[[3 4] [3 4]]" {
		t.Errorf("%q rang, and %v were listed", rings(sent), got)
	}
}

// Each place outside gets each alert of the units that it is for once, in order, with no
// more than may leave the house; nobody else's messages go there.
func TestCopies(t *testing.T) {
	for level, want := range map[cases.Level][]string{
		cases.Full: {"【登记】2026-000001 供水（一般）\n%s\n供水公司（王敏）办理，请在 11-24 17:30 前回应。\nhttps://bbs.example/s1",
			"【转办】2026-000001 供水（一般）\n%s\n供水公司转给城管局（孙丽），请签收，请在 11-24 17:30 前回应。\nhttps://bbs.example/s1"},
		cases.Brief: {"【登记】2026-000001 供水（一般）\n供水公司（王敏）办理，请在 11-24 17:30 前回应。",
			"【转办】2026-000001 供水（一般）\n供水公司转给城管局（孙丽），请签收，请在 11-24 17:30 前回应。"},
		cases.Link: {"【登记】有一件事要办，请看：https://board.example/case/2026-000001", "【转办】有一件事要办，请看：https://board.example/case/2026-000001"},
	} {
		t.Run(string(level), func(t *testing.T) {
			d := busyDesk(t, "王敏", "孙丽")
			d.office.Disclose = cases.Disclosure{Level: level, Board: "https://board.example/"}
			d.restart()
			c := d.open1(1, "停水")
			d.join()
			act := d.by("王敏", c.Number)
			act.Kind, act.Unit = cases.Transferred, "城管局"
			for range 2 {
				_, err := d.p.Act(act)
				d.ok(err)
			}
			queue, err := Copies{d.p}.Outgoing(t.Context())
			d.ok(err)
			var robot, mail []string
			for _, o := range queue {
				p, ok, err := d.p.Begin(o.Seq)
				if err != nil || !ok || p.Chat != 0 {
					t.Fatalf("%+v, %v, %v", p, ok, err)
				}
				if o.To == "@机器人" {
					robot = append(robot, o.Text)
				} else {
					mail = append(mail, o.Text)
				}
				d.ok(d.p.Delivered(p, 0))
			}
			for i := range want {
				want[i] = strings.Replace(want[i], "%s", c.Title, 1)
			}
			if !slices.Equal(robot, want) || !slices.Equal(mail, want[:1]) { // the mailbox is not for 城管局
				t.Errorf("%q and %q, want %q", robot, mail, want)
			}
			if queue, err = (Copies{d.p}).Outgoing(t.Context()); err != nil || len(queue) != 0 {
				t.Errorf("%+v", queue)
			}
			if queue, err = d.p.Outgoing(t.Context()); err != nil || len(queue) == 0 || slices.ContainsFunc(queue, func(o cases.Outgoing) bool { return o.To[0] == '@' }) {
				t.Errorf("%+v", queue)
			}
			d.open1(2, "停水")
			d.office.Copies = d.office.Copies[:1]
			d.restart() // what was for a place that is no more is dropped
			if q := strings.Join(d.queued(), " "); strings.Contains(q, "@邮箱") || !strings.Contains(q, "@机器人") {
				t.Errorf("%q", q)
			}
		})
	}
}

// What is told of a listed case later, or while the list is under way, comes with its card
// and without a sound.
func TestListedCaseToldAgain(t *testing.T) {
	d := storm(t, "王敏")
	d.drain()
	d.open1(6, "停水")
	d.open1(7, "停水")
	d.open1(8, "停水")
	var list cases.Parcel
	d.now = d.now.Add(2 * time.Minute)
	for _, o := range d.queue() {
		if len(o.Bundle) > 0 {
			list, _, _ = d.p.Begin(o.Seq)
		}
	}
	if len(list.Cases) == 0 {
		t.Fatal("no list")
	}
	n := list.Cases[0].Number
	var story int // which has the number of its case
	if _, err := fmt.Sscanf(n, "2026-%d", &story); err != nil {
		t.Fatal(err)
	}
	d.ingest(d.post("微博", "again", telling(story, "停水")))
	if d.kase(n).Mentions != 2 {
		t.Fatalf("%+v", d.kase(n))
	}
	d.ok(d.p.Delivered(list, 900))
	for _, p := range d.drain() {
		if p.Case == n && (p.Message != 0 || !p.Quiet) {
			t.Errorf("%+v", p)
		}
	}
	if told := d.kase(n).Shown["王敏"]; told != 2 {
		t.Errorf("%d of 2 mentions were told", told)
	}
	other := list.Cases[1].Number // told again after the list went
	if _, err := fmt.Sscanf(other, "2026-%d", &story); err != nil {
		t.Fatal(err)
	}
	d.ingest(d.post("微博", "later", telling(story, "停水")))
	d.drain()
	if told := d.kase(other).Shown["王敏"]; told != 2 {
		t.Errorf("%d of 2 mentions were told of %s", told, other)
	}
}
