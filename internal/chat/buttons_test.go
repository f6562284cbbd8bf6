package chat

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"

	"huiyin/internal/cases"
	"huiyin/internal/pipeline"
)

const (
	fresh  = "签收 | 转办 无需回应 更多"
	signed = "转办 协办 停时 | 无需回应 更多"
)

// tap waits for a button on a message, and taps it.
func (w *world) tap(person int64, message int, label string) {
	w.t.Helper()
	var data string
	w.until("the button "+label, func() bool {
		data = ""
		for _, m := range w.api.Chat(person) {
			for _, b := range slices.Concat(m.Buttons...) {
				if m.ID == message && b.Text == label {
					data = b.Data
				}
			}
		}
		return data != ""
	})
	must(w.api.Tap(person, message, data))
}

// labels are the buttons under a message, rows separated by a bar.
func (w *world) labels(person int64, message int) string {
	var rows []string
	for _, m := range w.api.Chat(person) {
		for _, row := range m.Buttons {
			var labels []string
			for _, b := range row {
				labels = append(labels, b.Text)
			}
			if m.ID == message {
				rows = append(rows, strings.Join(labels, " "))
			}
		}
	}
	return strings.Join(rows, " | ")
}

func (w *world) awaitLabels(person int64, message int, want string) {
	w.t.Helper()
	w.until("the buttons "+want, func() bool { return w.labels(person, message) == want })
}

func TestSignReplyClose(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	if got := w.labels(wang, card.ID); got != fresh {
		t.Errorf("a new card offers %q", got)
	}
	w.tap(wang, card.ID, "签收")
	w.awaitToast(wang, "已签收 "+number+"，请在 11-23 17:30 前回应。")
	w.awaitLabels(wang, card.ID, signed)
	must(w.api.Reply(wang, card.ID, "已抢修，今晚恢复。https://water.example.gov.cn/1"))
	w.await(wang, "已记录对 "+number+" 的回应，")
	w.awaitLabels(wang, card.ID, "办结 更多")
	w.tap(wang, card.ID, "办结")
	w.awaitToast(wang, number+" 的回应链接正在核验，过几分钟再办结。")
	w.verify(number)
	w.await(wang, "（已核验）")
	w.tap(wang, card.ID, "办结")
	w.awaitToast(wang, number+" 已办结。")
	w.awaitLabels(wang, card.ID, "重开")
	w.await(wang, "已办结：王敏")
	if w.count(wang, "城东停水三天") != 1 {
		t.Error("the card was sent more than once")
	}
	w.tap(wang, card.ID, "重开")
	w.awaitToast(wang, number+" 已重开，请在 11-23 17:30 前回应。")
	w.until("a second card", func() bool { return w.count(wang, "城东停水三天") == 2 }) // it rings
	w.tap(wang, card.ID, "重开")                                                    // on the old one
	w.awaitToast(wang, number+" 没有结束，不用重开。")
}

func TestTransfer(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "转办")
	w.awaitLabels(wang, card.ID, "住建局 | « 返回")
	w.tap(wang, card.ID, "« 返回")
	w.awaitLabels(wang, card.ID, fresh)
	w.tap(wang, card.ID, "签收")
	w.awaitLabels(wang, card.ID, signed)
	w.tap(wang, card.ID, "转办")
	w.tap(wang, card.ID, "« 返回")
	w.awaitLabels(wang, card.ID, signed) // and not 签收 once more
	w.tap(wang, card.ID, "转办")
	w.tap(wang, card.ID, "住建局")
	w.awaitToast(wang, number+" 已转给住建局（赵倩）。对方签收之前，仍由供水集团负责。")
	w.awaitLabels(wang, card.ID, "更多")
	theirs := w.await(zhao, number)
	if !strings.Contains(theirs.Text, "供水集团转来，请点“签收”或“退回”。") || w.labels(zhao, theirs.ID) != "签收 退回" {
		t.Errorf("the new officer reads %q %q", theirs.Text, w.labels(zhao, theirs.ID))
	}
	w.tap(zhao, theirs.ID, "退回")
	w.tap(zhao, theirs.ID, declineReasons[0])
	w.awaitToast(zhao, number+" 已退回供水集团。")
	w.awaitLabels(zhao, theirs.ID, "")
	w.until("the card to ring again", func() bool { return w.count(wang, number) == 2 })
	card = w.await(wang, number)
	w.tap(wang, card.ID, "转办")
	w.tap(wang, card.ID, "住建局")
	w.until("the offer to ring again", func() bool { return w.count(zhao, number) == 2 })
	theirs = w.await(zhao, number)
	w.tap(zhao, theirs.ID, "签收")
	w.awaitLabels(zhao, theirs.ID, signed)
	w.await(wang, "这件事现在由住建局（赵倩）办理，您不用再管。")
	w.awaitLabels(wang, card.ID, "")
}

func TestDismiss(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "无需回应")
	w.awaitLabels(wang, card.ID, strings.Join(cases.Reasons, " | ")+" | « 返回")
	w.tap(wang, card.ID, "« 返回")
	w.awaitLabels(wang, card.ID, fresh)
	w.tap(wang, card.ID, "无需回应")
	w.tap(wang, card.ID, cases.Reasons[3])
	w.awaitToast(wang, number+" 已标为无需回应："+cases.Reasons[3]+"。")
	w.await(wang, "无需回应："+cases.Reasons[3]+"（王敏，")
	w.awaitLabels(wang, card.ID, "重开")
}

func TestDigestButton(t *testing.T) {
	w := staffed(t)
	hello := w.await(liu, "刘建国，您好。")
	w.tap(liu, hello.ID, "看简报")
	digest := w.await(liu, "每日简报")
	w.tap(liu, digest.ID, "看简报")
	w.until("a second digest", func() bool { return w.count(liu, "每日简报") == 2 })
	must(w.api.Send(wang, "简报"))
	w.await(wang, "简报只发给领导和单位负责人。")
}

// tapOld puts a message with a button of that data on the phone, as an older version or
// an older card may have left it there, and taps it.
func (w *world) tapOld(person int64, data string) error {
	b := must(bot.New(w.api.Token(), bot.WithSkipGetMe(), bot.WithServerURL(w.http.URL)))
	m, err := b.SendMessage(context.Background(), &bot.SendMessageParams{
		ChatID: person, Text: "旧卡片", ReplyMarkup: keyboard(row(button("旧按钮", data))),
	})
	if err != nil {
		return err
	}
	_, err = w.api.Tap(person, m.ID, data)
	return err
}

// Buttons of old cards go on working where they may, and say why where they may not.
func TestOldButtons(t *testing.T) {
	tests := []struct {
		name   string
		before func(w *world, number string, card int)
		data   string // %s: the number
		person int64
		want   string
	}{
		{"sign twice", func(w *world, _ string, card int) { w.tap(wang, card, "签收") }, "s:%s", wang, "已由王敏于 11-20 09:05 签收，不用重复签收。"},
		{"B signs after A", func(w *world, _ string, card int) { w.tap(wang, card, "签收") }, "s:%s", li, "不用重复签收。"},
		{"another unit's officer", nil, "s:%s", zhao, "不归您办。请核对编号。"},
		{"a leader", nil, "s:%s", liu, "请由该单位的责任人操作。"},
		{"close too early", nil, "c:%s", wang, "还没有回应，不能办结。"},
		{"after a transfer began", transferred, "s:%s", wang, "已转给住建局，正在等对方签收；签收之前仍由供水集团负责。"},
		{"transfer twice", transferred, "t:%s:" + short("住建局"), wang, "已转给住建局，正在等对方签收，不能再转。"},
		{"units after a transfer", transferred, "t:%s", wang, "已转给住建局，正在等对方签收，不能再转。"},
		{"after dismissal", dismissed, "s:%s", wang, "标为无需回应（误报，与本单位工作无关），不用再操作。"},
		{"dismiss twice", dismissed, "x:%s:" + short(cases.Reasons[1]), wang, "不用再操作。"},
		{"reasons after dismissal", dismissed, "x:%s", wang, "不用再操作。"},
		{"transfer after dismissal", dismissed, "t:%s:" + short("住建局"), wang, "不用再操作。"},
		{"a unit that is gone", nil, "t:%s:" + short("水利局"), wang, changed},
		{"a unit, by another unit's officer", nil, "t:%s:" + short("住建局"), zhao, "不归您办"},
		{"of an earlier version: a unit that is gone", nil, "u:%s:" + short("水利局"), wang, changed},
		{"of an earlier version: dismiss twice", dismissed, "r:%s:" + short(cases.Reasons[1]), wang, "不用再操作。"},
		{"of an earlier version: a place in a list", nil, "r:%s:7", wang, changed},
		{"of an earlier version: another page", nil, "t:%s:1", wang, changed},
		{"resume what runs", nil, "n:%s", wang, "没有停时，不用恢复。"},
		{"pause what is not signed", nil, "p:%s:" + short(cases.PauseReasons[0]), wang, "还没有签收，不能停时。请先签收。"},
		{"approve no draft", nil, "a:%s:" + short("x"), wang, "没有等待审核的草稿，可能已经审过了。"},
		{"decline no transfer", nil, "f:%s:" + short(declineReasons[0]), wang, "不在转办中，不用退回。"},
		{"extend, by an officer", nil, "e:%s:" + short(cases.ExtendReasons[0]), wang, "这一项要由领导来定。"},
		{"accept nothing", nil, "k:%s", liu, "没有待认可的回应，不用操作。"},
		{"rate what was read somewhere", nil, "g:%s:0", wang, "没有留联系方式，不用回访。"},
		{"merge with what is not alike", nil, "m:%s:2026-000099", wang, changed},
		{"split what is one", nil, "z:%s:7", wang, changed},
		{"reopen what is open", nil, "re:%s", wang, "没有结束，不用重开。"},
		{"answer with what was not offered", nil, "o:%s:0011223344556677", wang, "这一条已经记为 2026-000001 的回应，不用再点。"},
		{"answer with nothing", nil, "o:%s", wang, deadButton},
		{"a case that is not held", nil, "s:2019-000001", wang, "没有 2019-000001 这一件，或者它已归档，或者不归您办。请核对编号。"},
		{"the units of a case that is not held", nil, "t:2019-000001", wang, "没有 2019-000001 这一件，或者它已归档，或者不归您办。请核对编号。"},
		{"more of another unit's case", nil, "w:%s", zhao, "没有 2026-000001 这一件，或者它不归您看。请核对编号。"},
		{"data of another age", nil, "zz:%s", wang, deadButton},
		{"nothing but a colon", nil, ":", wang, deadButton},
		{"a reason that is gone", nil, "x:%s:7", wang, changed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := staffed(t)
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			card := w.await(wang, number)
			if tt.before != nil {
				tt.before(w, number, card.ID)
				w.idle(wang)
			}
			before := w.caseOf(number)
			data := tt.data
			if strings.Contains(data, "%s") {
				data = fmt.Sprintf(data, number)
			}
			w.check(w.tapOld(tt.person, data))
			w.awaitToast(tt.person, tt.want)
			if after := w.caseOf(number); after.Rev != before.Rev {
				t.Errorf("the case went from %+v to %+v", before, after)
			}
		})
	}
}

func transferred(w *world, _ string, card int) {
	w.tap(wang, card, "转办")
	w.tap(wang, card, "住建局")
}

func dismissed(w *world, _ string, card int) {
	w.tap(wang, card, "无需回应")
	w.tap(wang, card, cases.FalseAlarm)
}

func TestManyUnits(t *testing.T) {
	w := newWorld(t)
	for i := range 60 {
		w.office.Units = append(w.office.Units, pipeline.Unit{Name: fmt.Sprintf("第%d街道办事处", i), A: "赵倩"})
	}
	w.start()
	w.bind(wang, zhao)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "转办")
	w.tap(wang, card.ID, "看其他 »")
	w.tap(wang, card.ID, "看其他 »")
	w.tap(wang, card.ID, "看其他 »")
	w.tap(wang, card.ID, "第59街道办事处")
	w.awaitToast(wang, "已转给第59街道办事处（赵倩）")
}
