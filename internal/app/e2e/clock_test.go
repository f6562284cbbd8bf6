package e2e

import (
	"testing"

	"huiyin/internal/cases"
)

func TestPause(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-20 16:00")
	w.tap(wang, "停时")
	w.toast(w.tap(wang, "等鉴定或检测结果"), "已停时")
	w.to("2026-11-23 10:00")
	w.rang(map[int64]int{wang: 1}) // nothing rings while time stands
	w.toast(w.tap(wang, "恢复计时"), "已恢复计时，请在 11-24 11:30 前回应")
	w.due(number(1), "2026-11-24 11:30") // nine working hours were left
	w.to("2026-11-23 11:00")
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.happened(number(1), cases.Opened, cases.Signed, cases.Paused, cases.Resumed, cases.Replied, cases.Verified)
	w.golden("pause", "停时过周末，恢复以后接着算")
}

func TestExtension(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-23 09:02")
	w.write(liu, "/case 1")
	w.tap(liu, "延期")
	w.toast(w.tap(liu, "情况复杂，需要现场核实"), "已延期到 11-24 17:30")
	w.due(number(1), "2026-11-24 17:30")
	w.shows(wang, number(1), "领导已批准延期（情况复杂，需要现场核实）", "11-24 17:30")
	w.rang(map[int64]int{wang: 1, liu: 1})
	w.write(liu, "/case 1")
	if m, _ := w.phone(liu, func(botapiMessage) bool { return true }); contains(labels(m), "延期") {
		t.Error("more time is offered twice")
	}
	w.happened(number(1), cases.Opened, cases.Signed, cases.Extended)
	w.golden("extension", "领导批准延期，只能一次")
}

func TestReminders(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-23 09:02")
	w.rang(map[int64]int{wang: 1})
	w.to("2026-11-23 09:03")
	w.rang(map[int64]int{wang: 2})
	w.shows(wang, number(1), cases.Halfway)
	w.to("2026-11-23 14:30")
	w.rang(map[int64]int{wang: 2})
	w.to("2026-11-23 14:31")
	w.rang(map[int64]int{wang: 3})
	w.shows(wang, number(1), cases.Nearly)
	w.to("2026-11-23 17:30")
	w.rang(map[int64]int{wang: 3})
	w.to("2026-11-23 17:31")
	w.rang(map[int64]int{wang: 4})
	w.shows(wang, number(1), "已超过时限 11-23 17:30")
	w.to("2026-11-24 09:10")
	w.rang(map[int64]int{wang: 4})
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.reads(wang, "已超过时限 11-23 17:30")
	w.shows(wang, number(1), "已回应（超过时限）")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Reminded, cases.Reminded, cases.Reminded, cases.Replied, cases.Verified)
	w.golden("reminders", "时间过半、只剩两成、超过时限各响一次")
}

func TestMakeUpDays(t *testing.T) {
	w := newWorld(t, "2026-09-30 16:00")
	w.say("清河论坛", dry, dryText)
	w.due(number(1), "2026-10-08 17:30") // 10-01 to 10-07 are off
	w.tap(wang, "签收")
	w.to("2026-10-08 09:30")
	w.rang(map[int64]int{wang: 1})
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.to("2026-10-09 16:00")
	w.say("清河论坛", "学府路北段水压太低", "学府路北段六楼以上水压太低，早晚洗不了澡，请供水公司来看看。")
	w.due(number(2), "2026-10-10 17:30") // a Saturday on which people work
	w.tap(wang, "签收")
	w.to("2026-10-10 09:10")
	w.reply(wang, number(2), "经查，因加压泵故障，学府路北段水压偏低，已安排维修，预计今天 18 时恢复。")
	for _, n := range []string{number(1), number(2)} {
		if r := w.held(n).Replies[0]; !r.OnTime() {
			t.Errorf("%s is late: %s", n, r.At)
		}
	}
	w.golden("make-up-days", "国庆长假和调休：9-30 收到的 10-08 截止；10-09 收到的，10-10 周六上班，当天截止")
}

func TestNewYear(t *testing.T) {
	w := newWorld(t, "2026-12-31 16:00")
	w.say("清河论坛", dry, dryText)
	w.shows(wang, number(1), "2027 年的放假安排尚未录入")
	w.due(number(1), "2027-01-01 17:30") // plain weekdays are counted: a Friday
	w.tap(wang, "签收")
	w.to("2026-12-31 17:00")
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.to("2027-01-04 09:10")
	w.say("清河论坛", "学府路北段水压太低", "学府路北段六楼以上水压太低，早晚洗不了澡，请供水公司来看看。")
	w.shows(wang, "2027-000001", "2027 年的放假安排尚未录入")
	w.due("2027-000001", "2027-01-05 17:30")
	w.golden("new-year", "跨年：2027 年的放假安排还不知道，卡片上说明；编号从 1 重新开始")
}
