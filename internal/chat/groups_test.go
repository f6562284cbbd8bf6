package chat

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
)

// grouped is a world in which the water works has a group, bound by its A officer.
func grouped(t testing.TB) *world {
	w := staffed(t)
	w.check(w.api.AddGroup(waterGroup, "供水集团工作群", wang, li, zhao, stranger))
	must(w.api.Write(botapi.Draft{From: wang, Chat: waterGroup, Text: "/group 供水集团"}))
	w.await(waterGroup, "本群已绑定为供水集团的工作群")
	return w
}

func TestGroupHoldsCards(t *testing.T) {
	w := grouped(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(waterGroup, number)
	if !strings.Contains(card.Text, "责任人：王敏") || strings.Contains(card.Text, "您") || w.labels(waterGroup, card.ID) != fresh {
		t.Errorf("the group reads %q %q", card.Text, w.labels(waterGroup, card.ID))
	}
	tapOf := func(person int64, label string) {
		t.Helper()
		for _, m := range w.api.Chat(waterGroup) {
			for _, row := range m.Buttons {
				for _, b := range row {
					if m.ID == card.ID && b.Text == label {
						must(w.api.Tap(person, card.ID, b.Data))
						return
					}
				}
			}
		}
		t.Fatalf("no button %s", label)
	}
	tapOf(stranger, "签收") // who has not bound may not
	tapOf(zhao, "签收")     // nor may another unit
	w.awaitToast(zhao, "没有 "+number+" 这一件，或者它已归档，或者不归您办。请核对编号。")
	tapOf(li, "转办")
	w.awaitLabels(waterGroup, card.ID, "住建局 | « 返回")
	tapOf(li, "« 返回")
	w.awaitLabels(waterGroup, card.ID, fresh)
	tapOf(li, "签收")
	w.awaitToast(li, "已签收 "+number)
	w.awaitLabels(waterGroup, card.ID, signed)
	w.await(waterGroup, "责任人：李强\n已签收：李强")
	w.await(li, number) // whose turn it is has a card too
	tapOf(li, "更多")
	w.awaitLabels(waterGroup, card.ID, "送审 | 办理记录 答复模板 | « 返回")
	tapOf(li, "办理记录")
	w.awaitToast(li, elsewhere)
	if got := w.await(li, "📜 "+number); !strings.Contains(got.Text, "李强（群）签收") {
		t.Errorf("%q", got.Text)
	}
	// An answer to the card counts as the member's, and is acknowledged in private.
	must(w.api.Reply(stranger, card.ID, "我也来说两句。"))
	must(w.api.Reply(zhao, card.ID, "我也来说两句。"))
	w.await(zhao, "没有 "+number+" 这一件")
	must(w.api.Reply(li, card.ID, "已抢修，今晚恢复。"))
	w.await(li, "已记录对 "+number)
	if c := w.caseOf(number); len(c.Replies) != 1 || c.Replies[0].By != "李强" {
		t.Errorf("logged %+v", c.Replies)
	}
	if w.api.Toasts(stranger) != nil || w.count(stranger, "") != 0 || w.count(waterGroup, "已记录") != 0 {
		t.Error("somebody read what is none of theirs")
	}
	events := must2(w.pipeline.History("李强", number))
	for _, e := range events {
		if e.Kind == cases.Signed && e.Via != inGroup {
			t.Errorf("signed via %q", e.Via)
		}
	}
}

func must2(_ cases.Case, events []cases.Event, _ bool, err error) []cases.Event {
	if err != nil {
		panic(err)
	}
	return events
}

func TestGroupCommands(t *testing.T) {
	w := staffed(t)
	w.check(w.api.AddGroup(waterGroup, "供水集团工作群", wang, zhao, stranger))
	say := func(person int64, text string) {
		must(w.api.Write(botapi.Draft{From: person, Chat: waterGroup, Text: text}))
	}
	say(stranger, "/group 供水集团")
	say(wang, "/todo")
	say(wang, "/help@huiyin_bot")
	say(wang, "大家好")
	say(wang, "/group@huiyin_bot")
	w.await(waterGroup, groupUsage)
	say(zhao, "/group 供水集团")
	w.await(waterGroup, "请由供水集团的责任人或管理员来绑定。")
	say(wang, "/group 水利局")
	w.await(waterGroup, "没有“水利局”这个单位，请核对名称。")
	say(wang, "/group 供水")
	w.await(waterGroup, "本群已绑定为供水集团的工作群")
	if n := w.count(waterGroup, ""); n != 4 {
		t.Errorf("%d answers: %v", n, w.api.Chat(waterGroup))
	}
	if n := w.fromBot(wang); n != 1 { // the welcome
		t.Errorf("%d messages in private", n)
	}
}

// The bot is put out of the group: the cards in it end, and nothing else does.
func TestGroupThatEnds(t *testing.T) {
	for name, end := range map[string]func(w *world){
		"kicked": func(w *world) { w.check(w.api.KickBot(waterGroup, wang)) },
		"moved":  func(w *world) { must(w.api.UpgradeGroup(waterGroup)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := grouped(t)
			end(w)
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			card := w.await(wang, number)
			w.tap(wang, card.ID, "签收")
			w.awaitLabels(wang, card.ID, signed)
			w.awaitEmptyOutbox()
			if w.count(waterGroup, number) != 0 {
				t.Error("the group has a card")
			}
			if err := w.chat.Health(); err != nil {
				t.Errorf("Health says %v", err)
			}
		})
	}
}

// A group's cards are numbered among Telegram's 20 a minute.
func TestGroupPace(t *testing.T) {
	p := newPace(Rates{})
	now, sent := friday, 0
	for ; now.Before(friday.Add(time.Minute)); now = now.Add(100 * time.Millisecond) {
		if p.wait(waterGroup, now) == 0 {
			p.end(waterGroup, now)
			sent++
		}
	}
	if sent > 20 || sent < 18 {
		t.Errorf("%d in a minute", sent)
	}
}
