package chat

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huiyin/internal/cases"
	"huiyin/internal/pipeline"
)

const secret = "Right_secret-1"

// hooked makes the world take updates by webhook from its next start on.
func (w *world) hooked() {
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.hook.Load().Handler().ServeHTTP(rw, r) }))
	w.t.Cleanup(srv.Close)
	w.options = func(o *Options) { o.Webhook = Webhook{URL: srv.URL, Secret: secret} }
}

func TestWebhookAnswers(t *testing.T) {
	w := newWorld(t)
	w.options = func(o *Options) { o.Webhook = Webhook{URL: "https://bot.example.cn", Secret: secret} }
	w.open()
	defer w.journal.Close()
	update := func(id int64, text string) string {
		return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"chat":{"id":101,"type":"private"},"from":{"id":101},"text":%q}}`, id, text)
	}
	tests := []struct {
		name, method, secret, body string
		want                       int
	}{
		{"right", "POST", secret, update(1, "/start "+must(w.pipeline.Invite("王敏"))), 200},
		{"the same again", "POST", secret, update(1, "/start ABC"), 200},
		{"wrong secret", "POST", "Wrong_secret-1", update(2, "x"), 403},
		{"secret cut short", "POST", secret[:5], update(2, "x"), 403},
		{"no secret", "POST", "", update(2, "x"), 403},
		{"GET", "GET", secret, "", 405},
		{"GET without a secret", "GET", "", "", 403},
		{"too large", "POST", secret, update(3, strings.Repeat("x", maxUpdate)), 413},
		{"no JSON", "POST", secret, "<html>", 400},
		{"empty", "POST", secret, "", 400},
		{"no number", "POST", secret, `{}`, 400},
		{"JSON and more", "POST", secret, update(3, "x") + "{}", 400},
		{"unreadable for us", "POST", secret, `{"update_id":4,"message":{"message_id":"none"}}`, 200},
		{"of a kind that was not asked for", "POST", secret, `{"update_id":5,"poll":{"id":"1"}}`, 200},
		{"in a group", "POST", secret, strings.Replace(update(6, "你好"), "private", "group", 1), 200},
		{"tap in a group", "POST", secret, `{"update_id":7,"callback_query":{"id":"1","from":{"id":199},"data":"s:2026-000001","message":{"message_id":1,"date":1,"chat":{"id":-5,"type":"group"}}}}`, 200},
		{"tap on nothing", "POST", secret, `{"update_id":8,"callback_query":{"id":"1","from":{"id":101},"data":"t:2026-000001"}}`, 200},
		{"message without a sender", "POST", secret, `{"update_id":9,"message":{"message_id":1,"date":1,"chat":{"id":101,"type":"private"},"text":"x"}}`, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body))
			if tt.secret != "" {
				r.Header.Set("X-Telegram-Bot-Api-Secret-Token", tt.secret)
			}
			rec := httptest.NewRecorder()
			w.chat.Handler().ServeHTTP(rec, r)
			if rec.Code != tt.want {
				t.Errorf("%d %s, want %d", rec.Code, rec.Body, tt.want)
			}
		})
	}
	if n := len(must(w.pipeline.Outgoing(t.Context()))); n != 1 { // the welcome
		t.Errorf("%d messages are queued", n)
	}
	for _, c := range w.api.Calls() {
		if c.Method != "answerCallbackQuery" || c.Params["text"] != "" {
			t.Errorf("somebody was answered by %s %v", c.Method, c.Params)
		}
	}
	t.Run("without a secret of its own", func(t *testing.T) {
		w.chat.Webhook.Secret = ""
		rec := httptest.NewRecorder()
		w.chat.Handler().ServeHTTP(rec, httptest.NewRequest("POST", "/", strings.NewReader(update(9, "x"))))
		if rec.Code != 403 {
			t.Errorf("%d", rec.Code)
		}
	})
	t.Run("broken off", func(t *testing.T) {
		r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(`{"update_id":`), brokenOff{}))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		rec := httptest.NewRecorder()
		w.chat.Handler().ServeHTTP(rec, r)
		if rec.Code < 400 {
			t.Errorf("%d", rec.Code)
		}
	})
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// From polling to a webhook and back; nothing that was written meanwhile is lost.
func TestWebhookAndBack(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.check(w.stop())
	must(w.api.Send(wang, "/一"))
	w.hooked()
	w.start()
	w.idle(wang)
	w.tap(wang, card.ID, "签收")
	w.awaitToast(wang, "已签收 "+number)
	must(w.api.Reply(wang, card.ID, "已恢复供水。"))
	w.awaitState(number, cases.Answered)
	w.check(w.stop())
	must(w.api.Send(wang, "/二"))
	w.options = nil
	w.start()
	w.idle(li)
	w.until("an answer to each", func() bool { return w.count(wang, "您好。") == 1+3 })
	if w.observed("setWebhook ok") != 1 || w.observed("deleteWebhook ok") != 2 {
		t.Errorf("calls %v", w.calls)
	}
}

// A commit that fails is told to Telegram, ends the program, and the update comes again.
func TestWebhookWhoseCommitFails(t *testing.T) {
	w := staffed(t)
	w.check(w.stop())
	w.hooked()
	w.desk = func(p *pipeline.Pipeline) Desk { return faulty{p, func() error { return errDisk }} }
	w.start()
	must(w.api.Send(wang, "/help"))
	must(w.api.Send(li, "/help"))
	if err := w.crash(); !errors.Is(err, errDisk) {
		t.Fatalf("Run returned %v", err)
	}
	w.desk = nil
	w.start()
	w.until("the answers", func() bool { return w.count(wang, "您好。") == 2 && w.count(li, "您好。") == 2 })
}
