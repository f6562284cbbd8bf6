package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
)

// kinds are a case's events as they were written.
func (d *desk) kinds(number string) (list []cases.Kind) {
	d.Helper()
	for _, r := range d.ship() {
		if r.Event != nil && r.Event.Case == number {
			list = append(list, r.Event.Kind)
		}
	}
	return list
}

// hint is what is said of an answer that says nothing of what is wanted of one.
const hint = "提示：这段答复里好像没有说原因、解决办法、进展、下一步。群众一般想知道：原因、解决办法、进展、下一步。"

func said(t *testing.T, got string, err error, want string) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("%v, said %q, want %q", err, got, want)
	}
}

func TestSign(t *testing.T) {
	d := newDesk(t)
	c := d.open1(1, "停水")
	d.now = d.now.Add(time.Hour)
	act := d.by("王敏", c.Number)
	got, err := d.sign(act)
	said(t, got, err, "已签收 2026-000001，请在 11-24 17:30 前回应。")
	before := d.dump()
	got, err = d.sign(act) // Telegram sent the update again
	said(t, got, err, "")
	if diff := cmp.Diff(before, d.dump()); diff != "" {
		t.Error(diff)
	}
	got, err = d.sign(d.by("王敏", c.Number))
	said(t, got, err, "2026-000001 已由王敏于 11-23 10:00 签收，不用重复签收。")
	if c := d.kase(c.Number); c.State != cases.InHand || !c.Signed.Equal(d.now) || c.Seq != 2 {
		t.Errorf("%+v", c)
	}
}

// The B officer may sign what lies with A: it is B's from then on.
func TestSignByTheOther(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	d.bind("李强", 2)
	c := d.open1(1, "停水")
	d.drain()
	got, err := d.sign(d.by("李强", c.Number))
	said(t, got, err, "已签收 2026-000001，请在 11-24 17:30 前回应。")
	if c := d.kase(c.Number); c.Officer != "李强" || c.SignedBy != "李强" {
		t.Errorf("%+v", c)
	}
	sent := d.drain()
	if len(sent) != 2 || sent[0].To != "王敏" || sent[0].Message == 0 || sent[1].To != "李强" || sent[1].Message != 0 {
		t.Errorf("%+v", sent)
	}
}

// Who is not of the unit gets a sentence, and nothing happens.
func TestRefusedActs(t *testing.T) {
	d := newDesk(t)
	c := d.open1(1, "停水")
	acts := map[string]func(a cases.Act) (string, error){
		"sign":     d.sign,
		"transfer": func(a cases.Act) (string, error) { return d.transfer(a, "住建局") },
		"dismiss":  func(a cases.Act) (string, error) { return d.dismiss(a, cases.FalseAlarm) },
		"close":    d.close,
		"reply": func(a cases.Act) (string, error) {
			if err := d.answer(a, "", "好了"); err != nil {
				return "", err
			}
			queue := d.queue()
			return queue[len(queue)-1].Text, nil
		},
	}
	for name, act := range acts {
		for _, who := range []string{"赵刚", "路人", ""} {
			if who == "" && name == "reply" {
				continue // nobody to tell
			}
			got, err := act(d.by(who, c.Number))
			said(t, got, err, noSuch("2026-000001"))
		}
		got, err := act(d.by("王敏", "2025-000009"))
		said(t, got, err, noSuch("2025-000009"))
	}
	for _, kind := range []cases.Kind{cases.Opened, cases.Delivered, cases.Took, cases.Archived, "", "made up"} { // a button may say anything
		a := d.by("王敏", c.Number)
		a.Kind = kind
		got, err := d.p.Act(a)
		said(t, got, err, noSuch("2026-000001"))
	}
	got, err := d.sign(d.by("周局", c.Number)) // who leads sees to it that others do it
	said(t, got, err, "2026-000001 现在由供水公司办理，请由该单位的责任人操作。")
	got, err = acts["close"](d.by("王敏", c.Number))
	said(t, got, err, "2026-000001 还没有回应，不能办结。请先回复这张卡片，发来回应的链接或文字。")
	got, err = d.transfer(d.by("王敏", c.Number), "水务局")
	said(t, got, err, "没有“水务局”这个单位，可能名单刚改过。请重新选。")
	got, err = d.transfer(d.by("王敏", c.Number), "供水公司")
	said(t, got, err, "2026-000001 本来就由供水公司办理，不用转，也不用请。")
	if got := d.kase(c.Number); got.Seq != 1 || got.State != cases.Registered {
		t.Errorf("%+v", got)
	}

	got, err = acts["dismiss"](d.by("李强", c.Number))
	said(t, got, err, "2026-000001 已标为无需回应：误报，与本单位工作无关。")
	delete(acts, "reply") // what was published is always on record
	for name, act := range acts {
		got, err := act(d.by("王敏", c.Number))
		want := "2026-000001 已由李强于 11-23 09:00 标为无需回应（误报，与本单位工作无关），不用再操作。要补充回应，请直接回复这张卡片。"
		if said(t, got, err, want); t.Failed() {
			t.Fatal(name)
		}
	}
	var events []cases.Event
	for _, r := range d.ship() {
		if r.Event != nil {
			events = append(events, *r.Event)
		}
	}
	if len(events) != 2 || events[0].Kind != cases.Opened || events[1].Kind != cases.Dismissed ||
		events[1].Reason != cases.FalseAlarm || events[1].By != "李强" { // by this the record counts false alarms
		t.Errorf("%+v", events)
	}
}

// The case's way: reply, addition, close, and what is said each time.
func TestReply(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	c := d.open1(1, "停水")
	d.drain()
	reply := func(who, url, text, want string) {
		t.Helper()
		act := d.by(who, c.Number)
		for range 2 { // the second time it changes nothing
			d.ok(d.answer(act, url, text))
		}
		var texts []string
		for _, p := range d.drain() {
			if p.Text != "" {
				texts = append(texts, p.Text)
			}
		}
		if !slices.Equal(texts, []string{want}) {
			t.Errorf("said %q, want %q", texts, want)
		}
	}
	d.now = d.now.Add(90 * time.Minute)
	reply("王敏", "https://city.example/1", "已修好 https://city.example/1",
		"已记录对 2026-000001 的回应，用时 1 小时 30 分（工作时间），在时限内。正在打开链接核验，有问题会马上告诉您。事情办完后请在卡片上点“办结”。")
	d.now = d.now.Add(72 * time.Hour)
	reply("王敏", "", "又查了一遍", "已记录对 2026-000001 的回应，作为补充。"+hint)
	got := d.kase(c.Number)
	if got.State != cases.Answered || len(got.Replies) != 2 || got.SignedBy != "王敏" || got.Replies[0].URL != "https://city.example/1" {
		t.Errorf("%+v", got)
	}
	text, err := d.close(d.by("王敏", c.Number))
	said(t, text, err, "2026-000001 的回应链接正在核验，过几分钟再办结。")
	due, err := d.p.Looks()
	d.ok(err)
	for _, l := range due {
		d.ok(d.p.Looked(l, cases.Sight{}))
	}
	text, err = d.close(d.by("王敏", c.Number))
	said(t, text, err, "2026-000001 已办结。")
	reply("王敏", "", "还有一句", "已记录对 2026-000001 的回应，作为补充。"+hint)
	if got := d.kase(c.Number); got.State != cases.Answered || !got.Ended.IsZero() {
		t.Errorf("a reply after the end does not take the case up again: %+v", got)
	}
	if kinds := d.kinds(c.Number); !slices.Equal(kinds, []cases.Kind{
		cases.Opened, cases.Delivered, cases.Signed, cases.Replied, cases.Replied, cases.Verified, cases.Closed, cases.Replied,
	}) {
		t.Errorf("%v", kinds)
	}
}

func TestLateReply(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	c := d.open1(1, "停水")
	d.drain()
	d.now = time.Date(2026, 11, 24, 17, 30, 0, 1, zone)
	d.ok(d.answer(d.by("王敏", c.Number), "", "来晚了"))
	sent := d.drain()
	want := "已记录对 2026-000001 的回应，用时 15 小时（工作时间），已超过时限 11-24 17:30。" + hint + "事情办完后请在卡片上点“办结”。"
	if got := sent[len(sent)-1].Text + sent[0].Text; got != want {
		t.Errorf("said %q", got)
	}
}

// A major matter owes two answers.
func TestTwoSteps(t *testing.T) {
	d := newDesk(t)
	d.bind("钱伟", 1)
	c := d.open1(1, "爆炸")
	d.drain()
	reply := func(want string) {
		t.Helper()
		d.ok(d.answer(d.by("钱伟", c.Number), "https://city.example/1", ""))
		for _, p := range d.drain() {
			if p.Text != "" && p.Text != want {
				t.Errorf("said %q, want %q", p.Text, want)
			}
		}
	}
	d.now = d.now.Add(6 * time.Hour)
	reply("已记录对 2026-000001 的回应，用时 5 小时（工作时间），已超过时限 11-23 14:00。正在打开链接核验，有问题会马上告诉您。还差一步：新闻发布，请在 11-24 09:00 前完成。")
	if got := d.kase(c.Number); got.State != cases.InHand || !got.Open() {
		t.Errorf("%+v", got)
	}
	text, err := d.close(d.by("钱伟", c.Number))
	said(t, text, err, "2026-000001 还差一步：新闻发布，不能办结。请回复这张卡片，发来链接或文字。")
	d.now = d.now.Add(2 * time.Hour)
	reply("已记录对 2026-000001 的回应，用时 7 小时（工作时间），在时限内。正在打开链接核验，有问题会马上告诉您。事情办完后请在卡片上点“办结”。")
	if got := d.kase(c.Number); got.State != cases.Answered || !got.Replies[1].OnTime() || got.Replies[0].OnTime() {
		t.Errorf("%+v", got)
	}
}

// What an officer is told is HTML: what others wrote is escaped in it.
func TestAnswersAreEscaped(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	d.drain()
	d.ok(d.answer(d.by("王敏", "<b>&"), "", "x"))
	sent := d.drain()
	if len(sent) != 1 || !strings.HasPrefix(sent[0].Text, "没有 &lt;b&gt;&amp; 这一件") {
		t.Errorf("%+v", sent)
	}
}

func TestTellAndAnswerOnce(t *testing.T) {
	d := newDesk(t)
	d.bind("周局", 9)
	d.drain()
	for range 3 {
		d.ok(d.p.Tell("周局", "digest/1/周局", "简报"))
		d.ok(d.p.Answer(500, "周局", "您好"))
		d.restart()
	}
	d.ok(d.p.Tell("周局", "digest/2/周局", "简报二"))
	var got []string
	for _, p := range d.drain() {
		got = append(got, p.Text)
	}
	d.ok(d.p.Tell("周局", "digest/1/周局", "简报"))
	d.ok(d.p.Answer(500, "周局", "您好"))
	if want := []string{"简报", "您好", "简报二"}; !slices.Equal(got, want) || len(d.queue()) != 0 {
		t.Errorf("%q, then %q", got, d.queued())
	}
	late := d.now
	d.now = d.now.Add(time.Hour)
	d.bind("王敏", 1)
	names, err := d.p.Unsaid("digest/3", d.now, []string{"周局", "王敏", "赵刚"})
	if err != nil || !slices.Equal(names, []string{"周局"}) {
		t.Errorf("to be told: %v, %v", names, err)
	}
	if names, _ = d.p.Unsaid("digest/2", late.Add(time.Second), []string{"周局"}); len(names) != 0 {
		t.Errorf("to be told again: %v", names)
	}
}

// A reply that Telegram held while this program was away counts from when the officer
// sent it, but never from before the case was there.
func TestReplyCountsFromWhenItWasSent(t *testing.T) {
	for _, c := range []struct {
		name       string
		sent, want time.Duration // after the case was opened
	}{
		{"long before it arrived", 2 * time.Hour, 2 * time.Hour},
		{"just before it arrived", 80*time.Hour - 20*time.Second, 80 * time.Hour},
		{"by a clock that runs fast", 90 * time.Hour, 80 * time.Hour},
		{"before the case was there", -time.Hour, 80 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			opened := d.open1(1, "停水")
			d.now = opened.Opened.Add(80 * time.Hour)
			act := d.by("王敏", opened.Number)
			act.At = opened.Opened.Add(c.sent)
			d.ok(d.answer(act, "", "已修好"))
			got := d.kase(opened.Number)
			if at := got.Replies[0].At.Sub(opened.Opened); at != c.want {
				t.Errorf("the reply counts from %v after the case was opened, want %v", at, c.want)
			}
		})
	}
}
