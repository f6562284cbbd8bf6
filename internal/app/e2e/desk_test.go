package e2e

import (
	"slices"
	"testing"
	"time"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
)

type botapiMessage = botapi.Message

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func TestLeave(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.to("2026-11-20 09:10")
	w.write(wang, "/off 今天 11-23")
	w.reads(wang, "已登记：王敏 2026-11-20 至 2026-11-23 请假")
	w.shows(wang, number(1), "现在由供水集团（李强）办理")
	w.rang(map[int64]int{wang: 2, li: 1})
	w.tap(li, "签收")
	w.to("2026-11-20 10:00")
	w.say("清河论坛", "学府路北段水压太低", "学府路北段六楼以上水压太低，早晚洗不了澡，请供水公司来看看。")
	w.rang(map[int64]int{wang: 2, li: 2})
	w.tap(li, "签收")
	w.write(li, "/duty")
	w.reads(li, "供水集团：李强，请假：王敏")
	w.happened(number(1), cases.Opened, cases.Reassigned, cases.Signed)
	w.happened(number(2), cases.Opened, cases.Signed)
	w.golden("leave", "A 岗请假，事情都到 B 岗")
}

func TestSilence(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.to("2026-11-20 09:34")
	w.rang(map[int64]int{wang: 1})
	w.to("2026-11-20 09:35")
	w.rang(map[int64]int{wang: 1, li: 1})
	w.to("2026-11-20 10:05")
	w.rang(map[int64]int{wang: 1, li: 1, zhou: 1})
	w.to("2026-11-20 10:35")
	w.rang(map[int64]int{wang: 1, li: 1, zhou: 1, liu: 1})
	w.shows(wang, number(1), "还没有签收，已另请李强、周建、刘建国来看")
	w.to("2026-11-20 10:50")
	w.tap(zhou, "签收")
	w.shows(wang, number(1), "现在由供水集团（周建）办理")
	w.to("2026-11-20 17:30")
	w.rang(map[int64]int{wang: 1, li: 1, zhou: 1, liu: 1})
	w.happened(number(1), cases.Opened, cases.Called, cases.Called, cases.Called, cases.Signed)
	w.golden("silence", "A 岗没有签收：半小时请 B 岗，再请单位负责人，再请领导")
}

func TestSilenceAtNight(t *testing.T) {
	w := newWorld(t, "2026-11-21 23:00") // a Saturday
	w.say("清河论坛", "人民路爆管，水冲进地下车库", "刚才人民路爆管，水已经冲进地下车库，十几辆车泡在水里，快来人！")
	var called []string
	w.to("2026-11-21 23:30")
	for _, e := range w.history(number(1)) {
		if e.Kind == cases.Called {
			called = append(called, e.At.In(shanghai).Format("15:04")+" "+e.Officer)
		}
	}
	if want := []string{"23:10 李强", "23:20 周建", "23:30 刘建国"}; !slices.Equal(called, want) {
		t.Errorf("called %v, not %v", called, want)
	}
	w.rang(map[int64]int{wang: 1, li: 1, zhou: 1, liu: 1})
	w.due(number(1), "2026-11-22 04:00")
	w.tap(li, "签收")
	w.golden("silence-at-night", "重大的事，周六深夜，每十分钟往上请一位")
}

func TestStorm(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	places := []string{"桃园", "杏园", "梨园", "枣园", "柳园", "竹园", "松园", "梅园", "兰园", "菊园", "荷园", "桂园"}
	for i, place := range places {
		w.set(w.now().Add(4 * time.Second))
		w.read(w.thread("清河论坛", place+"小区停水了", place+"小区"+[]string{"昨晚", "今早"}[i%2]+"就停水，请问"+place+"的水什么时候来？"))
		w.quiet()
	}
	w.rang(map[int64]int{wang: 5})
	w.to("2026-11-20 09:07")
	w.rang(map[int64]int{wang: 6})
	m, _ := w.phone(wang, func(botapi.Message) bool { return true })
	if n := len(labels(m)); n != 7 {
		t.Errorf("the list has %d buttons", n)
	}
	w.tapOn(wang, m, number(9))
	w.tap(wang, "签收")
	w.happened(number(9), cases.Opened, cases.Signed)
	w.golden("storm", "一分钟内新来 12 件：前 5 件逐件响，其余合成一条")
}

func TestMute(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.write(wu, "/mute 供水 2小时")
	w.write(wang, "/mute 供水 2小时")
	w.say("清河论坛", dry, dryText)
	w.rang(map[int64]int{wu: 1, wang: 1}) // the refusal
	if _, silent := w.api.Rings(wang); silent != 1 {
		t.Errorf("%d cards came without a sound", silent)
	}
	w.say("清河论坛", "人民路爆管，水冲进地下车库", "刚才人民路爆管，水已经冲进地下车库，十几辆车泡在水里，快来人！")
	w.rang(map[int64]int{wu: 1, wang: 2})
	w.to("2026-11-20 09:10")
	w.write(wu, "/mute 供水 取消")
	w.golden("mute", "管理员让“供水”静音：卡片照发，不响；重大的事照响")
}

func TestGroup(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	const group = -100
	w.check(w.api.AddGroup(group, "供水集团工作群", wang, li, stranger))
	w.quiet()
	must(w.api.Write(botapi.Draft{From: wang, Chat: group, Text: "/group 供水集团"}))
	w.settle()
	w.say("清河论坛", dry, dryText)
	w.rang(map[int64]int{wang: 1})
	if rang, _ := w.api.Rings(group); rang != 2 {
		t.Errorf("the group rang %d times", rang)
	}
	if said := w.tapIn(group, stranger, "签收"); said != "" {
		t.Errorf("a stranger reads %q", said)
	}
	w.happened(number(1), cases.Opened)
	w.to("2026-11-20 09:10")
	w.toast(w.tapIn(group, li, "签收"), "已签收")
	if c := w.held(number(1)); c.SignedBy != "李强" {
		t.Errorf("signed by %s", c.SignedBy)
	}
	card := w.card(group, number(1))
	must(w.api.Reply(li, card.ID, w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended)))
	w.settle()
	w.shows(group, number(1), "已核验")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Verified)
	w.golden("group", "单位工作群里的卡片：陌生人点了没有用，责任人可以签收和回应")
}

func TestMajorWords(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	for i, source := range []string{"清河论坛", "百姓呼声", "清河贴吧", "民生在线"} {
		w.say(source, dry, dryText)
		w.to(w.now().Add(20 * time.Minute).Format(minutes))
		if i == 0 {
			w.tap(wang, "签收")
		}
	}
	w.rang(map[int64]int{wang: 2})
	c := w.held(number(1))
	if c.Severity != cases.Larger || c.Steps[0].Target != "48h" {
		t.Errorf("by its spread it is %s, due in %s", c.Severity, c.Steps[0].Target)
	}
	w.say("清河论坛", dry, dryText+"有个老人下楼打水晕倒送医了。")
	w.rang(map[int64]int{wang: 3})
	c = w.held(number(1))
	if c.Severity != cases.Major || len(c.Steps) != 2 {
		t.Errorf("by its words it is %s: %v", c.Severity, c.Steps)
	}
	w.shows(wang, number(1), "【重大】", "首次表态")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Joined, cases.Joined, cases.Joined, cases.Raised, cases.Joined, cases.Raised)
	w.golden("severity", "四个来源都在说，升为较大；有人晕倒送医，升为重大，时限跟着变")
}
