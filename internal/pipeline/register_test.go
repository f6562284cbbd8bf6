package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// What comes in by phone is a case as what is read is: once, with its topic's unit, or
// that of who typed it in, and without a number that would tell who called.
func TestRegister(t *testing.T) {
	for name, c := range map[string]struct {
		by, text, contact string
		topic, unit, said string
		masked            string
	}{
		"with a topic": {"赵刚", telling(1, "停水"), "张三 13812345678", "供水", "供水公司",
			"已登记：2026-000001，专题“供水”，归供水公司（王敏）办理。", "张三 138******78"},
		"without":            {"赵刚", telling(1, "别的事"), "王五", ByHand, "住建局", "已登记：2026-000001，专题“人工登记”，归住建局（赵刚）办理。", "王…"},
		"without, by nobody": {"", telling(1, "别的事"), "", ByHand, "应急局", "已登记：2026-000001，专题“人工登记”，归应急局（钱伟）办理。", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := busyDesk(t, "王敏", "赵刚", "钱伟")
			d.office.Copies = nil
			d.restart()
			l := cases.Letter{Update: 900, By: c.by, Channel: "来电", Title: "来电13912345678", Text: c.text, Contact: c.contact}
			d.ok(d.p.Register(l))
			before := d.dump()
			d.ok(d.p.Register(l))
			if diff := cmp.Diff(before, d.dump()); diff != "" {
				t.Error(diff)
			}
			for k, v := range before {
				if strings.Contains(v, "13912345678") || strings.Contains(v, "13812345678") || strings.Contains(v, "王五") {
					t.Errorf("%q holds %s", k, v)
				}
			}
			k := d.kase("2026-000001")
			if k.Topic != c.topic || k.Unit != c.unit || k.Contact != c.masked || k.Sources[0].Source != "来电" || k.URL != "" {
				t.Errorf("%+v", k)
			}
			said := slices.ContainsFunc(d.queue(), func(o cases.Outgoing) bool { return o.To == c.by && o.Text == c.said })
			if !said || len(d.queue()) != 2 {
				t.Errorf("%q", d.queued())
			}
		})
	}
}

// A caller whose matter is known joins its case, and is asked back with the others.
func TestRegisterJoins(t *testing.T) {
	d := busyDesk(t, "王敏")
	n := d.open1(1, "停水").Number
	for update, contact := range map[int64]string{900: "13812345678", 901: "13912345678", 902: "13812345678"} {
		d.ok(d.p.Register(cases.Letter{Update: update, By: "王敏", Channel: "来信", Text: telling(1, "停水"), Contact: contact}))
	}
	c := d.kase(n)
	if len(d.cases()) != 1 || c.Told() != 4 || len(c.Contact) != len("138******78、139******78") || !strings.Contains(c.Contact, "139******78") {
		t.Errorf("%+v", c)
	}
	if q := strings.Join(d.queued(), " "); !strings.Contains(q, "王敏 已登记，与 "+n+" 是同一件事，已并入。") {
		t.Errorf("%q", q)
	}
	// 回访
	d.says(n+" 还没有回应，先回应再回访。", cases.Rated, "王敏", n, reason("满意"))
	d.act(cases.Replied, "王敏", n, text("好了"))
	d.drain()
	d.says(n+" 已办结。", cases.Closed, "王敏", n)
	asked := slices.ContainsFunc(d.queue(), func(o cases.Outgoing) bool {
		return o.To == "王敏" && strings.Contains(o.Text, "139******78") && len(o.Buttons) == 4 && o.Buttons[0].Text == "满意"
	})
	if !asked {
		t.Errorf("%q", d.queued())
	}
	d.says(n+" 的回访结果已记录：满意。", cases.Rated, "王敏", n, reason("满意"))
}

// A failure leaves nothing of a letter, in the file or among the stories.
func TestRegisterFails(t *testing.T) {
	d := newDesk(t)
	before := d.dump()
	now := d.now
	d.now = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) // no JSON
	l := cases.Letter{Update: 900, By: "王敏", Channel: "来电", Text: telling(1, "停水")}
	if d.p.Register(l) == nil {
		t.Fatal("no error")
	}
	d.now = now
	if diff := cmp.Diff(before, d.dump()); diff != "" {
		t.Error(diff)
	}
	d.ok(d.p.Register(l))
	if len(d.cases()) != 1 {
		t.Errorf("%d cases", len(d.cases()))
	}
}

// Leave hands cases over at its first day, and new ones come back after the last; a swap
// is for who of the unit is to be on duty.
func TestLeaveAndSwap(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "何平", "赵刚", "周局")
	d.office.Copies, d.office.Signing.Rungs = nil, nil
	d.restart()
	off := func(by, name, from, until, want string) {
		t.Helper()
		d.update++
		if said, err := d.p.Off(d.update, by, name, from, until); err != nil || said != want {
			t.Errorf("%q, %v, want %q", said, err, want)
		}
	}
	swap := func(by, name, want string) {
		t.Helper()
		d.update++
		if said, err := d.p.Swap(d.update, by, name, "2026-11-25"); err != nil || said != want {
			t.Errorf("%q, %v, want %q", said, err, want)
		}
	}
	n := d.open1(1, "停水").Number
	no := func(who string) string {
		return "没有登记：" + who + "的请假由本人、单位负责人或管理员登记。"
	}
	strange := func(who string) string {
		return "没有登记：" + who + "不是哪个单位的责任人。请假、销假只登记各单位的人，领导和管理员不用登记。"
	}
	off("李强", "王敏", "2026-11-24", "2026-11-24", no("王敏"))
	off("王敏", "<b>路人</b>", "2026-11-24", "2026-11-24", strange("<b>路人</b>"))
	off("吴局", "吴局", "2026-11-24", "2026-11-24", strange("吴局"))
	off("何平", "王敏", "2026-11-24", "2026-11-24", "已登记：王敏 2026-11-24 至 2026-11-24 请假。期间供水公司的事项由李强接手。城管局没有别的责任人能接手，期间的事项仍在王敏名下。")
	if !strings.Contains(strings.Join(d.queued(), " "), "&lt;b&gt;路人") {
		t.Errorf("%q", d.queued())
	}
	d.drain()
	d.ok(d.p.Tick())
	if c := d.kase(n); c.Officer != "王敏" {
		t.Errorf("before the leave it is %s's", c.Officer)
	}
	d.now = clock(24, 0, 0)
	d.ok(d.p.Tick())
	if c := d.kase(n); c.Officer != "李强" || !slices.Equal(rings(d.drain()), []string{"李强 " + n}) {
		t.Errorf("during the leave it is %s's", c.Officer)
	}
	if duties, err := d.p.Duties("李强"); err != nil || duties[0].Officer != "李强" || !slices.Equal(duties[0].Away, []string{"王敏"}) {
		t.Errorf("%+v, %v", duties, err)
	}
	if c := d.open1(2, "停水"); c.Officer != "李强" {
		t.Errorf("a new one is %s's", c.Officer)
	}
	d.now = clock(25, 9, 0)
	d.ok(d.p.Tick())
	if c := d.kase(n); c.Officer != "李强" { // who has it keeps it
		t.Errorf("after the leave it is %s's", c.Officer)
	}
	if c := d.open1(3, "停水"); c.Officer != "王敏" {
		t.Errorf("a new one is %s's", c.Officer)
	}
	swap("赵刚", "王敏", "没有登记：王敏不是您单位的责任人。请核对姓名。")
	swap("王敏", "何平", "已登记：2026-11-25 供水公司由何平值班。")
	if c := d.open1(4, "停水"); c.Officer != "何平" {
		t.Errorf("a new one is %s's", c.Officer)
	}
	if duties, err := d.p.Duties("周局"); err != nil || len(duties) != 4 || duties[0].Officer != "何平" || !duties[0].ByHand {
		t.Errorf("%+v, %v", duties, err)
	}
	off("何平", "何平", "2026-11-25", "2026-11-26", "已登记：何平 2026-11-25 至 2026-11-26 请假。供水公司送审的草稿由领导审核。")
	if c := d.open1(5, "停水"); c.Officer != "王敏" {
		t.Errorf("a new one is %s's", c.Officer)
	}
	off("何平", "何平", "", "", "已销假：何平今天起照常值班。")
	d.now = clock(26, 9, 0)
	if c := d.open1(6, "停水"); c.Officer != "王敏" { // the swap was for a day
		t.Errorf("a new one is %s's", c.Officer)
	}
	// Everybody away: it is somebody's who can be reached, and moves to and fro no more.
	off("王敏", "王敏", "2026-11-26", "2026-11-26", "已登记：王敏 2026-11-26 至 2026-11-26 请假。期间供水公司的事项由李强接手。城管局没有别的责任人能接手，期间的事项仍在王敏名下。")
	off("李强", "李强", "2026-11-26", "2026-11-26", "已登记：李强 2026-11-26 至 2026-11-26 请假。供水公司的事项由王敏接手；王敏也有请假，两人都不在的日子没有人接手。应急局没有别的责任人能接手，期间的事项仍在李强名下。")
	seq := d.kase(n).Seq
	d.ok(d.p.Tick())
	if c := d.kase(n); c.Officer != "李强" || c.Seq > seq+1 { // a reminder
		t.Errorf("%+v", c)
	}
}

// Who is unbound is a stranger, and the other officer has the cases.
func TestUnbind(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "周局")
	n := d.open1(1, "停水").Number
	unbind := func(by, want string) {
		t.Helper()
		d.update++
		if said, err := d.p.Unbind(d.update, by, "王敏"); err != nil || said != want {
			t.Errorf("%q, %v, want %q", said, err, want)
		}
	}
	unbind("李强", "解绑由管理员操作。")
	unbind("周局", "王敏已解绑，原来的手机不能再操作。要重新绑定，请发 /invite 王敏")
	unbind("周局", "王敏没有绑定，不用解绑。")
	if who, err := d.p.Who(1); err != nil || who != "" {
		t.Errorf("%q, %v", who, err)
	}
	if c := d.kase(n); c.Officer != "李强" || !slices.Contains(rings(d.drain()), "李强 "+n) {
		t.Errorf("%+v", c)
	}
}

// A new phone gets the cards of all that waits for its owner, in whatever part; an act that
// is no answer counts from when it arrived.
func TestNewPhoneOfParts(t *testing.T) {
	d := busyDesk(t, "王敏", "赵刚", "孙丽", "何平")
	d.office.Signing.Rungs = nil
	d.restart()
	a, b, c := d.open1(1, "停水").Number, d.open1(2, "停水").Number, d.open1(3, "停水").Number
	d.act(cases.Transferred, "王敏", a, unit("住建局"))
	d.act(cases.Enlisted, "王敏", b, unit("住建局"))
	d.act(cases.Submitted, "王敏", c, text("拟答复"))
	d.drain()
	for who, want := range map[string][]string{"赵刚": {"赵刚 " + a, "赵刚 " + b}, "何平": {"何平 " + c}, "孙丽": nil} {
		d.bind(who, 50+int64(len(who)+len(want)))
		if got := rings(d.drain()); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	d.now = d.now.Add(5 * time.Hour)
	d.act(cases.Signed, "赵刚", a, func(x *cases.Act) { x.At = d.now.Add(-3 * time.Hour) })
	if k := d.kase(a); !k.Signed.Equal(d.now) {
		t.Errorf("%s", k.Signed)
	}
}

// A case that has been over for long is archived: its last event is shipped, nothing of it
// stays, and what tells it again is a new matter.
func TestArchive(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "周局")
	n := d.open1(1, "停水").Number
	d.act(cases.Dismissed, "王敏", n, reason(cases.FalseAlarm))
	d.drain()
	d.ship()
	d.now = d.now.Add(journal.KeepOver + time.Hour)
	d.ok(d.p.Prune())
	if kinds := d.kinds(n); !slices.Equal(kinds, []cases.Kind{cases.Archived}) {
		t.Errorf("%v", kinds)
	}
	for k, v := range d.dump() {
		bucket, _, _ := strings.Cut(k, "/")
		if strings.Contains(k+v, n) && bucket != "said" && bucket != "outbox" && bucket != "seen" { // copies that nobody took
			t.Errorf("%q holds %s", k, v)
		}
	}
	d.says(noSuch(n), cases.Replied, "王敏", n, text("好了"))
	if why, err := d.p.Show(d.by("王敏", n).Update, "王敏", n); err != nil || !strings.HasPrefix(why, n+" 现在不归您办") {
		t.Errorf("%q, %v", why, err)
	}
	if _, _, ok, err := d.p.History("周局", n); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	d.ingest(d.post("论坛", "again", telling(1, "停水")))
	if all := d.cases(); len(all) != 1 || all[0].Number != "2026-000002" {
		t.Errorf("%+v", all)
	}
}

// Whoever somebody else puts on duty or on leave is told, once; who does it hears the
// answer only.
func TestOthersAreTold(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "赵刚", "周局")
	for range 2 {
		_, err := d.p.Swap(900, "王敏", "李强", "2026-11-24")
		d.ok(err)
		_, err = d.p.Off(901, "周局", "赵刚", "2026-11-24", "2026-11-25")
		d.ok(err)
		_, err = d.p.Off(902, "周局", "赵刚", "", "")
		d.ok(err)
		_, err = d.p.Off(903, "王敏", "王敏", "", "")
		d.ok(err)
		_, err = d.p.Off(904, "李强", "王敏", "2026-11-24", "2026-11-24") // who may not
		d.ok(err)
	}
	told := map[string]int{}
	for _, o := range d.queue() {
		told[o.To+" "+o.Text]++
	}
	leave := "已登记：赵刚 2026-11-24 至 2026-11-25 请假。住建局没有别的责任人能接手，期间的事项仍在赵刚名下。"
	for text, want := range map[string]int{
		"李强 王敏登记：2026-11-24 供水公司由您值班。": 1,
		"赵刚 周局替您登记了。" + leave:          1,
		"周局 " + leave: 1,
		"赵刚 周局替您登记了。已销假：赵刚今天起照常值班。":     1,
		"王敏 已销假：王敏今天起照常值班。":             1,
		"王敏 王敏替您登记了。已销假：王敏今天起照常值班。":     0,
		"李强 没有登记：王敏的请假由本人、单位负责人或管理员登记。": 1,
	} {
		if told[text] != want {
			t.Errorf("%q %d times, want %d: %v", text, told[text], want, told)
		}
	}
}

// Every leader reads who was unbound by whom, one who is unbound on the next phone.
func TestUnbindTellsLeaders(t *testing.T) {
	d := busyDesk(t, "王敏", "周局", "赵刚")
	d.office.Leaders, d.office.Admins = []string{"周局", "赵刚"}, []string{"王敏", "周局"}
	d.restart()
	for update, by := range map[int64]string{900: "王敏", 901: "王敏"} { // the second finds nobody
		_, err := d.p.Unbind(update, by, "赵刚")
		d.ok(err)
	}
	_, err := d.p.Unbind(902, "周局", "王敏")
	d.ok(err)
	var told []string
	for _, o := range d.queue() {
		if strings.HasPrefix(o.Text, "管理员") {
			told = append(told, o.To+" "+o.Text)
		}
	}
	slices.Sort(told)
	says := func(by, name string) string {
		return "管理员" + by + "解除了" + name + "的手机绑定，原来的手机不能再操作。如果" + name + "本人不知道这件事，请马上过问。"
	}
	want := []string{"赵刚 " + says("周局", "王敏"), "赵刚 " + says("王敏", "赵刚"), "周局 " + says("王敏", "赵刚")}
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
}

// A letter that joins another unit's case does not tell its number.
func TestRegisterJoinsUnseen(t *testing.T) {
	d := busyDesk(t, "王敏", "赵刚", "周局")
	n := d.open1(1, "停水").Number
	for update, by := range map[int64]string{900: "赵刚", 901: "周局"} {
		d.ok(d.p.Register(cases.Letter{Update: update, By: by, Channel: "来电", Text: telling(1, "停水")}))
	}
	q := strings.Join(d.queued(), "\n")
	if !strings.Contains(q, "赵刚 已登记，与正在办理的一件是同一件事，已并入。") || !strings.Contains(q, "周局 已登记，与 "+n+" 是同一件事，已并入。") {
		t.Error(q)
	}
}
