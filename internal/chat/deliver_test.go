package chat

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
)

const again = "（补发：上次发送中断，您可能已经收到过）"

// flow lets the clock run fast, so that waits between attempts take no time.
func (w *world) flow() {
	tick := time.NewTicker(5 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-tick.C:
				w.clock.move(10 * time.Second)
				w.pipeline.Wake()
			case <-done:
				return
			}
		}
	}()
	w.t.Cleanup(func() { tick.Stop(); close(done) })
}

// failFor makes the next calls of a method about one person's chat go wrong.
func (w *world) failFor(person int64, method string, faults ...*botapi.Fault) {
	next := make(chan *botapi.Fault, len(faults))
	for _, f := range faults {
		next <- f
	}
	w.api.Fault(func(c botapi.Call) *botapi.Fault {
		if c.ChatID != person || c.Method != method {
			return nil
		}
		select {
		case f := <-next:
			return f
		default:
			return nil
		}
	})
}

// made counts the calls of a method about one person's chat.
func (w *world) made(person int64, method string) int {
	n := 0
	for _, c := range w.api.Calls() {
		if c.ChatID == person && c.Method == method {
			n++
		}
	}
	return n
}

// bold tells whether anything in a message is: whether it came with its formatting.
func bold(m botapi.Message) bool {
	return slices.ContainsFunc(m.Entities, func(e botapi.Entity) bool { return e.Type == "bold" })
}

func (w *world) awaitEmptyOutbox() {
	w.t.Helper()
	w.until("an empty outbox", func() bool { return len(must(w.pipeline.Outgoing(context.Background()))) == 0 })
}

func TestFloodWaitsAsLongAsToldAndForNobodyElse(t *testing.T) {
	w := staffed(t)
	w.failFor(wang, "sendMessage", botapi.TooMany(300))
	sent := w.made(wang, "sendMessage")
	w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.until("the card to be held back", func() bool { return w.observed("sendMessage flood") == 1 })
	w.check(w.pipeline.Tell("李强", "1", "第一条"))
	w.await(li, "第一条")
	w.clock.move(299 * time.Second)
	w.check(w.pipeline.Tell("李强", "2", "第二条"))
	w.await(li, "第二条")
	if n := w.made(wang, "sendMessage"); n != sent+1 {
		t.Fatalf("%d attempts before the wait was over", n-sent)
	}
	w.clock.move(time.Second)
	w.pipeline.Wake()
	if m := w.await(wang, "2026-000001"); strings.Contains(m.Text, again) {
		t.Errorf("marked as repeated: %q", m.Text)
	}
	if w.observed("sendMessage flood") != 1 || w.chat.Health() != nil {
		t.Errorf("flood counted %d times, health %v", w.observed("sendMessage flood"), w.chat.Health())
	}
}

// What becomes of a card when its first sending goes wrong: how often it is on the
// phone in the end, and how often marked as sent again.
func TestFirstSendingFails(t *testing.T) {
	bad := func(text string) *botapi.Fault {
		return &botapi.Fault{Code: 400, Description: "Bad Request: " + text}
	}
	tests := []struct {
		name          string
		faults        []*botapi.Fault
		cards, marked int
	}{
		{"all is well", nil, 1, 0},
		{"flood", []*botapi.Fault{botapi.TooMany(1), botapi.TooMany(7)}, 1, 0},
		{"the token is wrong for a while", []*botapi.Fault{{Code: 401, Description: "Unauthorized"}, {Code: 404, Description: "Not Found"}}, 1, 0},
		{"server error", []*botapi.Fault{{Code: 500}}, 1, 1},
		{"a proxy's page", []*botapi.Fault{{Code: 502, Body: "<html>Bad Gateway</html>"}}, 1, 1},
		{"cut before", []*botapi.Fault{{Kind: botapi.CutBefore}}, 1, 1},
		{"cut after", []*botapi.Fault{{Kind: botapi.CutAfter}}, 2, 1},
		{"cut after, then flood", []*botapi.Fault{{Kind: botapi.CutAfter}, botapi.TooMany(3)}, 2, 1},
		{"cut after twice", []*botapi.Fault{{Kind: botapi.CutAfter}, {Kind: botapi.CutAfter}}, 3, 2},
		{"entities", []*botapi.Fault{bad("can't parse entities: no")}, 1, 0},
		{"entities, then cut after", []*botapi.Fault{bad("can't parse entities: no"), {Kind: botapi.CutAfter}}, 2, 1},
		{"entities, then flood", []*botapi.Fault{bad("can't parse entities: no"), botapi.TooMany(9)}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := staffed(t)
			w.failFor(wang, "sendMessage", tt.faults...)
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			w.flow()
			w.awaitEmptyOutbox()
			if cards, marked := w.count(wang, number), w.count(wang, again); cards != tt.cards || marked != tt.marked {
				t.Errorf("%d cards, %d marked; want %d and %d: %v", cards, marked, tt.cards, tt.marked, w.api.Chat(wang))
			}
			if m, _ := w.find(wang, number); w.labels(wang, m.ID) != fresh {
				t.Errorf("the card offers %q", w.labels(wang, m.ID))
			}
			w.until("good health", func() bool { return w.chat.Health() == nil })
		})
	}
}

// What becomes of an edit that goes wrong; an edit may be repeated and is never marked.
func TestEditFails(t *testing.T) {
	bad := func(text string) *botapi.Fault {
		return &botapi.Fault{Code: 400, Description: "Bad Request: " + text}
	}
	tests := []struct {
		name   string
		faults []*botapi.Fault
		cards  int
	}{
		{"flood", []*botapi.Fault{botapi.TooMany(5)}, 1},
		{"server error", []*botapi.Fault{{Code: 500}}, 1},
		{"cut before", []*botapi.Fault{{Kind: botapi.CutBefore}}, 1},
		{"cut after: not modified the next time", []*botapi.Fault{{Kind: botapi.CutAfter}}, 1},
		{"message to edit not found", []*botapi.Fault{bad("message to edit not found")}, 2},
		{"message can't be edited", []*botapi.Fault{bad("message can't be edited")}, 2},
		{"message id invalid", []*botapi.Fault{bad("MESSAGE_ID_INVALID")}, 2},
		{"entities", []*botapi.Fault{bad("can't parse entities: no")}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := staffed(t)
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			card := w.await(wang, number)
			w.failFor(wang, "editMessageText", tt.faults...)
			w.tap(wang, card.ID, "签收")
			w.awaitState(number, cases.InHand)
			w.flow()
			w.awaitEmptyOutbox()
			m := w.await(wang, "已签收：王敏")
			if tt.name != "entities" && !bold(m) {
				t.Error("the card lost its bold words")
			}
			if n := w.count(wang, number); n != tt.cards || w.count(wang, again) > 0 || w.labels(wang, m.ID) != signed {
				t.Errorf("%d cards, %d marked, %q", n, w.count(wang, again), w.labels(wang, m.ID))
			}
		})
	}
}

func TestMessageThatTheOfficerDeleted(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	b := must(bot.New(w.api.Token(), bot.WithSkipGetMe(), bot.WithServerURL(w.http.URL)))
	must(b.DeleteMessage(context.Background(), &bot.DeleteMessageParams{ChatID: wang, MessageID: card.ID}))
	must(w.pipeline.Act(cases.Act{Update: 1, By: "李强", Case: number, Kind: cases.Signed}))
	w.flow()
	w.await(li, number) // B has it now, and A's card is not missed
	w.awaitEmptyOutbox()
	if n := w.count(wang, number); n != 0 {
		t.Errorf("%d cards on the phone of who does not hold the case", n)
	}
}

func TestRefusedForGood(t *testing.T) {
	w := staffed(t)
	no := &botapi.Fault{Code: 400, Description: "Bad Request: something new"}
	w.failFor(wang, "sendMessage", no, no, no, no)
	refused := func() int { return must(w.pipeline.Live(friday, friday, friday.AddDate(0, 0, 1))).Refused }
	w.check(w.pipeline.Tell("王敏", "1", "第一条"))
	w.until("the first to be refused", func() bool { return refused() == 1 })
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.until("the card to be refused", func() bool { return refused() == 2 })
	w.check(w.pipeline.Tell("王敏", "2", "第二条"))
	w.await(wang, "第二条")
	w.awaitEmptyOutbox()
	if refused() != 2 || w.count(wang, "第一条") != 0 {
		t.Errorf("%d refused: %v", refused(), w.api.Chat(wang))
	}
	if err := w.chat.Health(); err != nil {
		t.Errorf("Telegram answers, and Health says %v", err)
	}
	if c := w.caseOf(number); c.Shown["王敏"] != 0 {
		t.Errorf("counted as shown: %+v", c)
	}
}

func TestBlocked(t *testing.T) {
	w := staffed(t)
	w.check(w.api.Block(wang))
	w.check(w.pipeline.Tell("王敏", "1", "等您回来"))
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(li, number)
	if w.labels(li, card.ID) != fresh || w.caseOf(number).Officer != "李强" {
		t.Errorf("B got %q of %+v", w.labels(li, card.ID), w.caseOf(number))
	}
	must(w.api.Start(wang, ""))
	w.await(wang, "等您回来")
	next := w.ring("北苑小区半夜停水", "北苑小区昨天半夜停水，孩子冲不了奶粉，物业说不知道。")
	w.await(wang, next)
	if w.count(wang, number) != 0 || w.count(wang, again) != 0 {
		t.Errorf("A reads %v", w.api.Chat(wang))
	}
	if w.observed("sendMessage blocked") == 0 {
		t.Error("not counted")
	}
}

// A tap tells that somebody is back too: Telegram sends no message for an unblocking.
func TestBackByTap(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.check(w.api.Block(wang))
	w.check(w.pipeline.Tell("王敏", "1", "等您回来"))
	w.await(li, number)
	w.check(w.api.Unblock(wang))
	w.tap(wang, card.ID, "签收")
	w.await(wang, "等您回来")
	w.awaitToast(wang, "已签收 "+number)
}

func TestPlainText(t *testing.T) {
	w := staffed(t)
	w.check(w.pipeline.Tell("李强", "1", `<b>没关上 &amp; <a href="https://a.cn/?x=1&amp;y=2">看原帖</a>`))
	if m := w.await(li, "没关上"); m.Text != "没关上 & 看原帖：https://a.cn/?x=1&y=2" {
		t.Errorf("%q", m.Text)
	}
}

func TestLongTexts(t *testing.T) {
	line := "<b>供水</b> &lt;" + strings.Repeat("字", 96) // 100 characters as shown
	full := strings.Repeat(line+"\n", 40)              // 4040 with the line ends
	tests := []struct{ name, text, begins, ends string }{
		{"as long as may be", strings.Repeat("字", 4096), "字", "字"},
		{"tags do not count", full + strings.Repeat("<i>末</i>", 56), "供水 <字", "末"},
		{"one too many", strings.Repeat("字", 4097), "字", "…" + tooLong},
		{"one line", "<b>" + strings.Repeat("<i>&amp;</i>", 9000) + "</b>", "&", "…" + tooLong},
		{"whole lines are kept", strings.Repeat(line+"\n", 60), "供水 <字", "…" + tooLong},
		{"emoji", strings.Repeat("😀", 4097), "😀", "…" + tooLong},
	}
	w := staffed(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(w.api.Chat(li))
			w.check(w.pipeline.Tell("李强", tt.name, tt.text))
			w.until("the message", func() bool { return len(w.api.Chat(li)) > before })
			m := w.api.Chat(li)[before]
			if n := len([]rune(m.Text)); n > maxMessage || n < 4000 || !strings.HasPrefix(m.Text, tt.begins) || !strings.HasSuffix(m.Text, tt.ends) {
				t.Errorf("%d characters: %.20q … %q", n, m.Text, m.Text[len(m.Text)-60:])
			}
		})
	}
	t.Run("with a mark", func(t *testing.T) {
		w.failFor(li, "sendMessage", &botapi.Fault{Kind: botapi.CutAfter})
		w.check(w.pipeline.Tell("李强", "marked", strings.Repeat(line+"\n", 40)+strings.Repeat("末", 56)))
		w.flow()
		if m := w.await(li, again); !strings.HasPrefix(m.Text, again+"\n供水") || !bold(m) {
			t.Errorf("%.80q", m.Text)
		}
	})
}

// Nothing is lost or doubled when Telegram is away while the program starts.
func TestAwayAtStart(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.bind(wang)
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	addr := ln.Addr().String()
	w.check(ln.Close())
	w.options = func(o *Options) { o.BaseURL = "http://" + addr }
	w.check(w.restart())
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	must(w.api.Send(wang, "/help"))
	w.until("bad health", func() bool { return w.chat.Health() != nil })
	if got := w.chat.Health().Error(); !strings.HasPrefix(got, "连不上，程序会不断重试，恢复后自动补发。请检查网络和代理设置（dial tcp ") || strings.Contains(got, "http") {
		t.Errorf("Health says %q", got)
	}
	w.flow()
	srv := &http.Server{Handler: w.api}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(must(net.Listen("tcp", addr))) }()
	w.await(wang, number)
	w.await(wang, "王敏，您好。")
	w.awaitEmptyOutbox()
	if w.count(wang, again) != 0 || w.count(wang, number) != 1 {
		t.Errorf("the phone shows %v", w.api.Chat(wang))
	}
	w.until("good health", func() bool { return w.chat.Health() == nil })
	w.check(w.stop())
	w.check(srv.Close())
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// An attempt that never got to Telegram is no repetition, whatever was in the way.
func TestUnsent(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusBadGateway)
	}))
	defer refusing.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, o := range map[string]Options{
		"no server":         {BaseURL: "http://127.0.0.1:1"},
		"no proxy":          {BaseURL: "http://a.invalid", Proxy: "http://127.0.0.1:1"},
		"no such name":      {BaseURL: "https://telegram.invalid"},
		"proxy says no":     {BaseURL: "https://a.invalid", Proxy: refusing.URL},
		"no SOCKS":          {BaseURL: "https://a.invalid", Proxy: "socks5://127.0.0.1:1"},
		"no TLS over there": {BaseURL: strings.Replace(plain.URL, "http:", "https:", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.options = func(opts *Options) { opts.BaseURL, opts.Proxy = o.BaseURL, o.Proxy }
			w.open()
			defer w.journal.Close()
			_, err := w.chat.call(context.Background(), cases.Parcel{Chat: wang, Outgoing: cases.Outgoing{Text: "x"}}, "")
			if outcomeOf(cases.Parcel{}, err) != lost {
				t.Errorf("%v", err)
			}
			if health := w.chat.Health(); health == nil || strings.Contains(health.Error(), w.api.Token()) {
				t.Errorf("Health says %v", health)
			}
		})
	}
}

func TestHealth(t *testing.T) {
	w := staffed(t)
	for _, tt := range []struct {
		fault *botapi.Fault
		want  string
	}{
		{&botapi.Fault{Code: 401, Description: "Unauthorized"}, "不认这个机器人令牌（token），消息收不到也发不出。请到 BotFather 核对令牌，改好后重新启动"},
		{&botapi.Fault{Code: 404, Description: "Not Found"}, "不认这个机器人令牌（token），消息收不到也发不出。请到 BotFather 核对令牌，改好后重新启动"},
		{&botapi.Fault{Code: 409, Description: "Conflict: terminated by other getUpdates request"}, "另有一个程序在用同一个机器人收消息，这边收不到。请停掉那一个"},
		{&botapi.Fault{Code: 500}, "应答不正常，程序会不断重试，恢复后自动补发。一直这样请检查网络和代理设置（"},
		{&botapi.Fault{Kind: botapi.CutBefore}, "应答不正常，程序会不断重试，恢复后自动补发。一直这样请检查网络和代理设置（EOF）"},
	} {
		w.api.Fault(func(c botapi.Call) *botapi.Fault {
			if strings.EqualFold(c.Method, "getUpdates") {
				return tt.fault
			}
			return nil
		})
		must(w.api.Send(wang, "/help")) // ends the poll that is running
		w.until(tt.want, func() bool {
			err := w.chat.Health()
			return err != nil && strings.HasPrefix(err.Error(), tt.want)
		})
		w.api.Fault(nil)
		must(w.api.Send(wang, "/help")) // a poll may be held open for long
		w.until("good health", func() bool { return w.chat.Health() == nil })
	}
	if w.observed("getUpdates ok") == 0 || w.observed("getUpdates error") < 5 || w.observed("sendMessage ok") == 0 || w.observed("deleteWebhook ok") != 1 {
		t.Errorf("counted %v", w.calls)
	}
}
