package botapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// inbox collects what a real client's handler gets.
type inbox struct {
	mu    sync.Mutex
	texts []string
	ids   []int64
	got   chan struct{} // one token per update
}

func newInbox() *inbox { return &inbox{got: make(chan struct{}, 1000)} }

func (in *inbox) handle(_ context.Context, _ *bot.Bot, u *models.Update) {
	in.mu.Lock()
	in.ids = append(in.ids, u.ID)
	switch {
	case u.Message != nil:
		in.texts = append(in.texts, u.Message.Text)
	case u.CallbackQuery != nil:
		in.texts = append(in.texts, "tap "+u.CallbackQuery.Data)
	case u.MyChatMember != nil:
		in.texts = append(in.texts, "member "+string(u.MyChatMember.NewChatMember.Type))
	}
	in.mu.Unlock()
	in.got <- struct{}{}
}

func (in *inbox) take(t *testing.T, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // only a wrong server takes so long
	defer cancel()
	for i := range n {
		select {
		case <-in.got:
		case <-ctx.Done():
			t.Fatalf("only %d of %d updates came", i, n)
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.texts)
}

// run starts the client with one worker, as huiyin does, until the returned stop.
func (in *inbox) run(w *world, start func(*bot.Bot, context.Context), opts ...bot.Option) (b *bot.Bot, stop func()) {
	b = w.bot(append([]bot.Option{bot.WithDefaultHandler(in.handle), bot.WithNotAsyncHandlers()}, opts...)...)
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		start(b, ctx)
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-ended }) }
	w.t.Cleanup(stop)
	return b, stop
}

func poll(b *bot.Bot, ctx context.Context) { b.Start(ctx) }

func TestLongPollDeliversInOrder(t *testing.T) {
	w := newWorld(t)
	in := newInbox()
	b, _ := in.run(w, poll)
	in.take(t, 1)
	id := w.send(b, "单", tapButton("签收", "ack:1"))
	w.must(w.Send(wang, "你好 /help https://example.gov.cn/x。"))
	_, err := w.Tap(wang, id, "ack:1")
	w.ok(err)
	w.must(w.Reply(wang, id, "已办"))
	w.must(w.Start(li, "CODE_1"))
	w.ok(w.Block(li))
	got := in.take(t, 5)
	want := []string{"/start", "你好 /help https://example.gov.cn/x。", "tap ack:1", "已办", "/start CODE_1", "member kicked"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, id := range in.ids {
		if id != firstUpdate+1+int64(i) {
			t.Errorf("update ids %v", in.ids)
			break
		}
	}
}

func TestUpdatesAsTheClientSeesThem(t *testing.T) {
	w := newWorld(t)
	id := w.send(w.bot(), "单", tapButton("签收", "ack:1"))
	w.must(w.Reply(wang, id, "办好了 https://example.gov.cn/答复?a=1。谢谢 /done"))
	query, err := w.Tap(wang, id, "ack:1")
	w.ok(err)
	a := w.raw("getUpdates", nil)
	var list []models.Update
	w.ok(json.Unmarshal(a.Result, &list))
	if len(list) != 3 {
		t.Fatalf("%d updates", len(list))
	}
	start, reply, tap := list[0].Message, list[1].Message, list[2].CallbackQuery
	if e := start.Entities; start.Text != "/start" || len(e) != 1 || e[0].Type != "bot_command" || e[0].Length != 6 {
		t.Errorf("start: %+v", start)
	}
	if reply.From.ID != wang || reply.From.FirstName != "敏" || reply.From.Username != "wangmin" || reply.From.LanguageCode != "zh-hans" ||
		reply.Chat.ID != wang || reply.ReplyToMessage.ID != id || !reply.ReplyToMessage.From.IsBot || len(reply.ReplyToMessage.ReplyMarkup.InlineKeyboard) != 1 {
		t.Errorf("reply: %+v", reply)
	}
	if e := reply.Entities; len(e) != 2 || e[0].Type != "url" || e[0].Offset != 4 || e[0].Length != 29 || e[1].Type != "bot_command" {
		t.Errorf("entities: %+v", e)
	}
	if tap.ID != query || tap.From.ID != wang || tap.Data != "ack:1" || tap.ChatInstance == "" || tap.Message.Message.ID != id || tap.Message.Message.Text != "单" {
		t.Errorf("tap: %+v", tap)
	}
}

// updates calls getUpdates once and returns the texts.
func (w *world) updates(form url.Values) []string {
	w.t.Helper()
	a := w.raw("getUpdates", form)
	if !a.OK {
		w.t.Fatalf("%+v", a)
	}
	var list []models.Update
	w.ok(json.Unmarshal(a.Result, &list))
	texts := []string{}
	for _, u := range list {
		switch {
		case u.Message != nil:
			texts = append(texts, u.Message.Text)
		case u.CallbackQuery != nil:
			texts = append(texts, "tap")
		case u.EditedMessage != nil:
			texts = append(texts, "edited "+u.EditedMessage.Text+u.EditedMessage.Caption)
		case u.MyChatMember != nil:
			texts = append(texts, "member")
		}
	}
	return texts
}

func TestOffsets(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"a", "b", "c", "d"} {
		w.must(w.Send(wang, text))
	}
	at := func(n int) string { return fmt.Sprint(firstUpdate + n) }
	for _, c := range []struct {
		name string
		form url.Values
		want []string
	}{
		{"all", nil, []string{"/start", "a", "b", "c", "d"}},
		{"again, nothing was confirmed", url.Values{"limit": {"2"}}, []string{"/start", "a"}},
		{"limits are clamped", url.Values{"limit": {"-5"}}, []string{"/start"}},
		{"beyond what there is", url.Values{"offset": {at(99)}}, []string{"/start", "a", "b", "c", "d"}},
		{"confirm two", url.Values{"offset": {at(3)}}, []string{"b", "c", "d"}},
		{"what is confirmed is gone", url.Values{"offset": {at(1)}}, []string{"b", "c", "d"}},
		{"the last but one", url.Values{"offset": {"-2"}}, []string{"c", "d"}},
		{"and before them nothing", nil, []string{"c", "d"}},
		{"more than there are", url.Values{"offset": {"-9"}}, []string{"c", "d"}},
		{"all confirmed", url.Values{"offset": {at(6)}}, []string{}},
		{"for good", nil, []string{}},
	} {
		if got := w.updates(c.form); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	w.must(w.Send(wang, "e"))
	if got := w.updates(nil); !slices.Equal(got, []string{"e"}) {
		t.Errorf("got %q", got)
	}
}

func TestAllowedUpdates(t *testing.T) {
	w := newWorld(t)
	id := w.send(w.bot(), "单", tapButton("签收", "ack"))
	act := func() {
		w.must(w.Send(wang, "x"))
		w.ok(second(w.Tap(wang, id, "ack")))
		w.ok(w.Block(wang))
		w.ok(w.Unblock(wang))
	}
	drain := url.Values{"offset": {"-1"}}
	w.updates(url.Values{"allowed_updates": {`["message","callback_query"]`}})
	act()
	if got := w.updates(nil); !slices.Equal(got, []string{"/start", "x", "tap"}) {
		t.Errorf("got %q", got)
	}
	w.updates(drain)
	act() // absent: the last choice stays
	if got := w.updates(url.Values{"allowed_updates": {"[]"}}); !slices.Equal(got, []string{"tap", "x", "tap"}) {
		t.Errorf("got %q", got)
	}
	w.updates(drain)
	act()
	if got := w.updates(nil); !slices.Equal(got, []string{"tap", "x", "tap", "member", "member"}) {
		t.Errorf("got %q", got)
	}
	if a := w.raw("getUpdates", url.Values{"allowed_updates": {"message"}}); a.Description != "Bad Request: can't parse allowed_updates JSON object" {
		t.Errorf("%+v", a)
	}
}

// polling waits until a getUpdates is running that has been there since the last one.
func (w *world) polling(not chan struct{}) (now chan struct{}) {
	w.wait("no getUpdates came", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		now = w.poll
		return now != nil && now != not
	})
	return now
}

func TestConflicts(t *testing.T) {
	w := newWorld(t)
	confirm := url.Values{"offset": {fmt.Sprint(firstUpdate + 2)}, "timeout": {"50"}}
	answers := make(chan answer, 3)
	wait := func() { answers <- w.raw("getUpdates", confirm) }

	go wait()
	first := w.polling(nil)
	go wait()
	w.polling(first)
	if a := <-answers; a.Status != 409 || a.Description != "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running" {
		t.Errorf("the first poll: %+v", a)
	}
	if a := w.raw("setWebhook", url.Values{"url": {"http://127.0.0.1:1/hook"}}); !a.OK {
		t.Fatalf("%+v", a)
	}
	if a := <-answers; a.Status != 409 || a.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("the second poll: %+v", a)
	}
	if a := w.raw("getUpdates", nil); a.Status != 409 || a.Description != "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first" {
		t.Errorf("with a webhook: %+v", a)
	}
	w.raw("deleteWebhook", nil)
	w.must(w.Send(wang, "又来"))
	if got := w.updates(confirm); !slices.Equal(got, []string{"又来"}) {
		t.Errorf("got %q", got)
	}
}

func (w *world) hook(h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	w.t.Cleanup(s.Close)
	return s.URL
}

func TestWebhook(t *testing.T) {
	w := newWorld(t)
	in := newInbox()
	b, _ := in.run(w, func(b *bot.Bot, ctx context.Context) { b.StartWebhook(ctx) }, bot.WithWebhookSecretToken("s3cret_-"))
	var mu sync.Mutex
	var secrets []string
	fail := 2 // so many times
	handler := b.WebhookHandler()
	at := w.hook(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		secrets = append(secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		if fail > 0 {
			fail--
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		handler(rw, r)
	})
	w.must(w.Send(wang, "a"))
	_, err := b.SetWebhook(t.Context(), &bot.SetWebhookParams{URL: at, SecretToken: "s3cret_-", MaxConnections: 1, AllowedUpdates: []string{"message"}})
	w.ok(err)
	w.must(w.Send(wang, "b"))
	w.ok(w.Block(wang)) // not allowed
	w.ok(w.Unblock(wang))
	w.must(w.Send(wang, "c"))
	if got := in.take(t, 4); !slices.Equal(got, []string{"/start", "a", "b", "c"}) {
		t.Errorf("got %q", got)
	}
	w.wait("updates still pending", func() bool { _, n, _, err := w.nextDelivery(); return n == nil && err == nil })
	mu.Lock()
	if len(secrets) != 6 || slices.ContainsFunc(secrets, func(s string) bool { return s != "s3cret_-" }) {
		t.Errorf("secrets: %q", secrets)
	}
	mu.Unlock()
	info, err := b.GetWebhookInfo(t.Context())
	w.ok(err)
	if info.URL != at || info.PendingUpdateCount != 0 || info.LastErrorMessage != "wrong response from the webhook: 502 Bad Gateway" ||
		info.LastErrorDate != int(w.clock.now().Unix()) || info.MaxConnections != 1 || !slices.Equal(info.AllowedUpdates, []string{"message"}) {
		t.Errorf("%+v", info)
	}
	_, err = b.DeleteWebhook(t.Context(), &bot.DeleteWebhookParams{})
	w.ok(err)
	w.must(w.Send(wang, "d"))
	if got := w.updates(nil); !slices.Equal(got, []string{"d"}) {
		t.Errorf("got %q", got)
	}
}

func TestWebhookDropPending(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	_, err := b.DeleteWebhook(t.Context(), &bot.DeleteWebhookParams{DropPendingUpdates: true})
	w.ok(err)
	if got := w.updates(nil); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestWebhookRefusals(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ url, secret, words string }{
		{"ftp://example.com/", "", "invalid webhook URL specified"},
		{"example.com", "", "invalid webhook URL specified"},
		{"https://example.com/", "秘", "secret token contains unallowed characters"},
		{"https://example.com/", string(make([]byte, 257)), "secret token is too long"},
	} {
		if a := w.raw("setWebhook", url.Values{"url": {c.url}, "secret_token": {c.secret}}); a.Description != "Bad Request: "+c.words {
			t.Errorf("%q %q: %+v", c.url, c.secret, a)
		}
	}
}

func TestCloseEndsLongPolls(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	defer h.Close()
	w := &world{Server: s, t: t, url: h.URL}
	answers := make(chan answer)
	go func() { answers <- w.raw("getUpdates", url.Values{"timeout": {"50"}}) }()
	w.polling(nil)
	w.ok(s.Close())
	<-answers // and not only after 50 seconds
}
