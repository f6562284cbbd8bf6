package chat

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
	"huiyin/internal/pipeline"
)

const (
	fresh  = "签收 转办 无需回应"
	signed = "转办 无需回应"
)

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
	w.awaitLabels(wang, card.ID, "办结")
	w.tap(wang, card.ID, "办结")
	w.awaitToast(wang, number+" 已办结。")
	w.awaitLabels(wang, card.ID, "")
	w.await(wang, "已办结：王敏")
	if w.count(wang, "城东停水三天") != 1 {
		t.Error("the card was sent more than once")
	}
}

func TestTransfer(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "转办")
	w.awaitLabels(wang, card.ID, "供水集团 住建局 | « 返回")
	w.tap(wang, card.ID, "« 返回")
	w.awaitLabels(wang, card.ID, fresh)
	w.tap(wang, card.ID, "签收")
	w.awaitLabels(wang, card.ID, signed)
	w.tap(wang, card.ID, "转办")
	w.tap(wang, card.ID, "« 返回")
	w.awaitLabels(wang, card.ID, signed) // and not 签收 once more
	w.tap(wang, card.ID, "转办")
	w.tap(wang, card.ID, "供水集团")
	w.awaitToast(wang, "本来就由供水集团办理")
	w.tap(wang, card.ID, "住建局")
	w.awaitToast(wang, number+" 已转给住建局（赵倩）。")
	w.awaitLabels(wang, card.ID, "")
	w.await(wang, "这件事已改由住建局（赵倩）办理，您不用再管。")
	theirs := w.await(zhao, number)
	if !strings.Contains(theirs.Text, "供水集团转来。") || w.labels(zhao, theirs.ID) != fresh {
		t.Errorf("the new officer reads %q %q", theirs.Text, w.labels(zhao, theirs.ID))
	}
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
	w.awaitLabels(wang, card.ID, "")
}

func TestDigestButton(t *testing.T) {
	w := staffed(t)
	hello := w.await(liu, "刘建国，您好。")
	w.tap(liu, hello.ID, "看简报")
	digest := w.await(liu, "每日简报")
	w.tap(liu, digest.ID, "看简报")
	w.until("a second digest", func() bool { return w.count(liu, "每日简报") == 2 })
	must(w.api.Send(wang, "简报"))
	w.await(wang, "简报只发给领导。")
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
		{"another unit's officer", nil, "s:%s", zhao, "现在由供水集团办理，请由该单位的责任人操作。"},
		{"a leader", nil, "s:%s", liu, "请由该单位的责任人操作。"},
		{"close too early", nil, "c:%s", wang, "还没有回应，不能办结。"},
		{"after transfer", transferred, "s:%s", wang, "现在由住建局办理"},
		{"after dismissal", dismissed, "s:%s", wang, "标为无需回应（误报，与本单位工作无关），不用再操作。"},
		{"dismiss twice", dismissed, "r:%s:" + short(cases.Reasons[1]), wang, "不用再操作。"},
		{"transfer after dismissal", dismissed, "u:%s:" + short("住建局"), wang, "不用再操作。"},
		{"a unit that is gone", nil, "u:%s:" + short("水利局"), wang, "没有这个单位了"},
		{"a case that is not held", nil, "s:2019-000001", wang, "2019-000001 已归档，不能再操作。"},
		{"data of another age", nil, "zz:%s", wang, "这个按钮已经失效，请看最新的卡片。"},
		{"nothing but a colon", nil, ":", wang, "这个按钮已经失效，请看最新的卡片。"},
		{"a reason that is gone", nil, "r:%s:7", wang, "这个按钮已经失效，请看最新的卡片。"},
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

// Every button's data fits into Telegram's 64 bytes, whatever the units are called, and
// a city's hundred units can all be reached.
func TestMenuData(t *testing.T) {
	var units []string
	for i := range 101 {
		units = append(units, fmt.Sprintf("%s%03d", strings.Repeat("𠮷", 13), i))
	}
	m := menu{number: "2026-1234567", sign: true}
	seen := map[string]bool{}
	for page := range 4 {
		for _, buttons := range [][][]models.InlineKeyboardButton{
			m.units(units, fmt.Sprint(page)).InlineKeyboard, m.reasons().InlineKeyboard, m.card().InlineKeyboard,
		} {
			n := 0
			for _, row := range buttons {
				for _, b := range row {
					n++
					seen[b.Text] = true
					if len(b.CallbackData) > 64 || b.CallbackData == "" || !utf8.ValidString(b.CallbackData) {
						t.Errorf("%s has %d bytes of data: %q", b.Text, len(b.CallbackData), b.CallbackData)
					}
				}
			}
			if n > 100 {
				t.Errorf("%d buttons in one menu", n)
			}
		}
	}
	for _, u := range units {
		if !seen[u] {
			t.Errorf("%s is on no page", u)
		}
	}
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
	w.tap(wang, card.ID, "看其他单位 »")
	w.tap(wang, card.ID, "看其他单位 »")
	w.tap(wang, card.ID, "看其他单位 »")
	w.tap(wang, card.ID, "第59街道办事处")
	w.awaitToast(wang, "已转给第59街道办事处（赵倩）")
}
