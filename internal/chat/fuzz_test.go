package chat

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// fuzzed is a world with a case, for updates that are handed in directly.
func fuzzed(f *testing.F) (w *world, number string, next func() int64) {
	w = newWorld(f)
	w.open()
	f.Cleanup(func() { w.check(w.journal.Close()) })
	var id atomic.Int64
	next = func() int64 { return id.Add(1) }
	for _, who := range []int64{wang, zhao, zhou, liu} {
		must(w.api.Start(who, ""))
		u := message(next(), "/start "+must(w.pipeline.Invite(names[who])), "")
		u.Message.Chat.ID = who
		w.check(w.chat.take(f.Context(), u))
	}
	number = w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.deliverAll(f)
	return w, number, next
}

func message(update int64, text, to string) *models.Update {
	m := &models.Message{ID: 1, Text: text, Chat: models.Chat{ID: wang, Type: models.ChatTypePrivate}, From: &models.User{ID: wang}}
	if to != "" {
		m.ReplyToMessage = &models.Message{ID: 2, Text: to, From: &models.User{ID: 7000000001, IsBot: true}}
	}
	return &models.Update{ID: update, Message: m}
}

// deliverAll sends what is queued; all of it must be as Telegram wants it.
func (w *world) deliverAll(t testing.TB) {
	t.Helper()
	to := newSender()
	for len(must(w.pipeline.Outgoing(t.Context()))) > 0 {
		if _, err := w.chat.drain(context.Background(), to); err != nil {
			t.Fatal(err)
		}
		for len(to.busy) > 0 {
			if err := w.chat.settle(to, <-to.ended); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.clock.move(3 * time.Second) // or they would come too fast
	if live := must(w.pipeline.Live(friday, friday, friday.AddDate(0, 0, 1))); live.Refused > 0 || live.Queued > 0 {
		t.Fatalf("%d messages refused, %d left: %v", live.Refused, live.Queued, w.api.Calls()[len(w.api.Calls())-1])
	}
	for _, c := range w.api.Calls() {
		if strings.Contains(c.Description, "can't parse") {
			t.Fatalf("%s: %v", c.Description, c.Params)
		}
	}
}

// FuzzTap: whatever a button's data is, a tap neither panics nor stops the program.
func FuzzTap(f *testing.F) {
	for _, seed := range []string{
		"", "d", ":", "::", "s", "s:", "s:NUMBER", "c:NUMBER", "t:NUMBER", "t:NUMBER:1", "t:NUMBER:-9", "t:NUMBER:99999999999999999999",
		"u:NUMBER:" + short("住建局"), "u:NUMBER:", "x:NUMBER", "r:NUMBER:" + short(cases.FalseAlarm), "r:NUMBER:0", "b:NUMBER", "b:NUMBER:s",
		"l", "l:2", "l:-1", "l:99999999999999999999", "w:NUMBER", "v:NUMBER", "i:NUMBER", "y:NUMBER", "q:NUMBER", "re:NUMBER", "o:NUMBER:0", "h:NUMBER",
		"h:NUMBER:p7", "p:NUMBER:" + short(cases.PauseReasons[0]), "n:NUMBER", "e:NUMBER", "k:NUMBER", "f:NUMBER", "a:NUMBER", "j:NUMBER:x", "g:NUMBER:9", "m:NUMBER:NUMBER",
		"z:NUMBER:1",
		"s:2026-000002", "s:\x00", "t:\xff:\xff", "s:" + strings.Repeat("9", 60), "zz:NUMBER:a:b:c",
	} {
		f.Add(seed)
	}
	w, number, next := fuzzed(f)
	f.Fuzz(func(t *testing.T, data string) {
		err := w.chat.take(t.Context(), &models.Update{ID: next(), CallbackQuery: &models.CallbackQuery{
			ID: "1", From: models.User{ID: wang}, Data: strings.ReplaceAll(data, "NUMBER", number),
			Message: models.MaybeInaccessibleMessage{InaccessibleMessage: &models.InaccessibleMessage{Chat: models.Chat{ID: wang}, MessageID: 3}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		w.deliverAll(t)
	})
}

// FuzzMessage: whatever an officer writes, to a card or not, neither panics nor stops
// the program, and what comes back and what the card shows is good HTML.
func FuzzMessage(f *testing.F) {
	for _, text := range []string{
		"/todo 2", "/case 1", "/case 1-1-1", "/new 来电 停水\n电话：13812345678", "/duty 王敏 11-24", "/off 明天", "/off 取消", "/transfer 1 住建局 x",
		"/search <b>", "/stats", "/mute 供水 2小时", "/template 1", "/merge 1 2", "/split 1 2", "/help", "/invite 王敏", "/group 供水集团", "／待办", "待办", "送审 <b>",
		"", "/start", "/start X", "/startX", "/start \xff", "/digest", "简报", "你好", "<b>", "&lt;", "https://", "见 https://a.cn/1。",
		"13812345678", "\x00\u202e\u200b", strings.Repeat("😀", 4096), strings.Repeat("<", 4096), "HTTPS://[::1]:99999/%zz",
	} {
		f.Add(text, "")
		f.Add(text, "🔔 供水 · NUMBER")
		f.Add(text, "（补发）\n🔔 供水 · NUMBER")
	}
	w, number, next := fuzzed(f)
	f.Fuzz(func(t *testing.T, text, to string) {
		if err := w.chat.take(t.Context(), message(next(), text, strings.ReplaceAll(to, "NUMBER", number))); err != nil {
			t.Fatal(err)
		}
		w.deliverAll(t)
	})
}

// FuzzUpdate: whatever comes as an update is either refused or handled.
func FuzzUpdate(f *testing.F) {
	for _, raw := range []string{
		`{}`, `null`, `[]`, `{"update_id":1}`, `{"update_id":1,"message":{}}`, `{"update_id":1,"callback_query":{}}`,
		`{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":101,"type":"private"},"from":{"id":101},"text":"x","reply_to_message":{}}}`,
		`{"update_id":1,"callback_query":{"id":"1","from":{"id":101},"message":{"date":0,"chat":{"id":101}},"data":"t:1"}}`,
		`{"update_id":2,"edited_message":{"message_id":1,"date":1,"chat":{"id":101,"type":"private"},"from":{"id":101},"text":"x","reply_to_message":{"from":{"id":7000000001},"text":"🔔 供水 · 2026-000001"}}}`,
		`{"update_id":3,"message":{"message_id":1,"date":1,"chat":{"id":-5,"type":"supergroup"},"from":{"id":101},"text":"/group 供水集团"}}`,
		`{"update_id":4,"message":{"message_id":1,"date":1,"chat":{"id":101,"type":"private"},"from":{"id":101},"photo":[{}],"media_group_id":"1","caption":"2026-000001"}}`,
		`{"update_id":5,"message":{"message_id":1,"date":1,"chat":{"id":101,"type":"private"},"from":{"id":101},"photo":[],"document":{}}}`,
		`{"update_id":6,"callback_query":{"id":"1","from":{"id":101},"message":{"date":1,"message_id":1,"chat":{"id":-5,"type":"group"},"text":"📜"},"data":"s:2026-000001"}}`,
		`{"update_id":1,"message":{"message_id":1,"forward_origin":{"type":"?"}}}`, `{"update_id":9223372036854775807}`, `{"update_id":-1,"message":7}`,
	} {
		f.Add([]byte(raw))
	}
	w, _, _ := fuzzed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if id, err := readable(raw); id == 0 || err != nil {
			return
		}
		if err := w.chat.pushed(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
	})
}
