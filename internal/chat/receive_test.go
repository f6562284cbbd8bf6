package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
	"huiyin/internal/pipeline"
)

// faulty is a Desk whose commits can be held up or fail.
type faulty struct {
	*pipeline.Pipeline
	before func() error // called before each act
}

func (f faulty) Act(a cases.Act) (string, error) {
	if err := f.before(); err != nil {
		return "", err
	}
	return f.Pipeline.Act(a)
}

func (f faulty) Answer(update int64, name, text string, buttons ...cases.Button) error {
	if err := f.before(); err != nil {
		return err
	}
	return f.Pipeline.Answer(update, name, text, buttons...)
}

// highest notes the highest offset that polls ask with, at the moment they come in.
func (w *world) highest() *atomic.Int64 {
	var top atomic.Int64
	w.api.Fault(func(c botapi.Call) *botapi.Fault {
		if n, _ := strconv.ParseInt(c.Params["offset"], 10, 64); c.Method == "getUpdates" && n > top.Load() {
			top.Store(n)
		}
		return nil
	})
	return &top
}

var errDisk = errors.New("disk full")

// An update is confirmed to Telegram only after its commit. When the commit fails the
// program ends, the update comes again to the next one, and is handled once.
func TestNothingIsConfirmedBeforeItIsJournalled(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.check(w.stop())

	entered, release := make(chan struct{}), make(chan error)
	w.desk = func(p *pipeline.Pipeline) Desk {
		return faulty{p, func() error {
			entered <- struct{}{}
			return <-release
		}}
	}
	top := w.highest()
	w.start()
	w.tap(wang, card.ID, "签收")
	<-entered
	must(w.api.Send(wang, "/help"))
	must(w.api.Send(li, "/help"))
	for range 20 { // time for a poll that should not be
		if w.chat.InviteLink(context.Background(), "X") == "" {
			t.Fatal("the server is away")
		}
	}
	release <- errDisk
	if err := w.crash(); !errors.Is(err, errDisk) {
		t.Fatalf("Run returned %v", err)
	}
	asked := top.Load()
	w.desk = nil
	w.start()
	w.awaitState(number, cases.InHand)
	w.until("an answer to each", func() bool { return w.count(wang, "王敏，您好。") == 2 && w.count(li, "李强，您好。") == 2 })
	w.awaitToast(wang, "已签收 "+number)
	w.until("the poll after", func() bool { return top.Load() > asked })
	if first := top.Load() - 3; asked > first {
		t.Errorf("asked for updates from %d on before update %d was journalled", asked, first)
	}
	if c := w.caseOf(number); c.SignedBy != "王敏" {
		t.Errorf("case %+v", c)
	}
}

// A kill after the commit and before the confirmation: the update comes again, and
// changes nothing.
func TestUpdateThatComesAgain(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.api.Fault(func(c botapi.Call) *botapi.Fault {
		if n, _ := strconv.Atoi(c.Params["offset"]); c.Method == "getUpdates" && n > 1 {
			return &botapi.Fault{Kind: botapi.HangBefore} // no confirmation arrives any more
		}
		return nil
	})
	w.check(w.stop())
	w.tap(wang, card.ID, "签收")
	must(w.api.Reply(wang, card.ID, "已恢复供水。"))
	must(w.api.Send(wang, "/help"))
	w.start()
	w.until("the answers", func() bool { return w.count(wang, "王敏，您好。") == 2 })
	rev := w.caseOf(number).Rev
	w.check(w.stop())
	w.api.Fault(nil)
	w.start()
	w.idle(li)
	if c := w.caseOf(number); c.Rev != rev || len(c.Replies) != 1 || w.count(wang, "王敏，您好。") != 2 || w.count(wang, "已记录对") != 1 {
		t.Errorf("handled twice: %+v", c)
	}
}

func TestManyUpdatesInOneBatch(t *testing.T) {
	w := staffed(t)
	w.bind(zhou, wu)
	w.check(w.stop())
	const people, n = 6, 150 // more than one answer of getUpdates holds
	for i := range n {
		must(w.api.Send(wang+int64(i%people), fmt.Sprint("/第", i)))
	}
	w.start()
	answers := func(person int64) int { return w.count(person, "您好。") - 1 }
	w.until("all answers", func() bool {
		return answers(wang)+answers(li)+answers(zhao)+answers(liu)+answers(zhou)+answers(wu) == n
	})
	w.awaitEmptyOutbox()
	if answers(wang) != n/people {
		t.Errorf("%d answers to the one, %d to the other", answers(wang), answers(li))
	}
}

// garble makes an update unreadable for the library on its way, as a kind of message
// that it does not know would be.
func garble(api http.Handler, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/getUpdates") {
			api.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, r)
		var answer map[string]json.RawMessage
		var list []map[string]json.RawMessage
		if json.Unmarshal(rec.Body.Bytes(), &answer) == nil && json.Unmarshal(answer["result"], &list) == nil {
			for _, u := range list {
				if bytes.Contains(u["message"], []byte(text)) {
					u["message"] = json.RawMessage(`{"message_id":"none","forward_origin":{"type":"unheard of"}}`)
				}
			}
			answer["result"] = must(json.Marshal(list))
			rec.Body = bytes.NewBuffer(must(json.Marshal(answer)))
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func TestUnreadableUpdateHoldsUpNobody(t *testing.T) {
	w := staffed(t)
	w.check(w.stop())
	srv := httptest.NewServer(garble(w.api, "poison"))
	defer srv.Close()
	w.options = func(o *Options) { o.BaseURL = srv.URL }
	must(w.api.Send(wang, "/before"))
	must(w.api.Send(wang, "poison"))
	must(w.api.Send(li, "/after"))
	w.start()
	w.until("the others' answers", func() bool { return w.count(wang, "您好。") == 2 && w.count(li, "您好。") == 2 })
	must(w.api.Send(wang, "poison"))
	w.idle(li)
	if n := w.count(wang, "您好。"); n != 2 {
		t.Errorf("%d answers", n)
	}
	w.check(w.stop())
}

func TestGateReceive(t *testing.T) {
	tests := []struct {
		name, raw string
		open      int
		fails     bool
	}{
		{"nothing", `{"ok":true,"result":[]}`, 0, false},
		{"two", `{"ok":true,"result":[{"update_id":1},{"update_id":2,"message":{"message_id":1}}]}`, 2, false},
		{"unreadable", `{"ok":true,"result":[{"update_id":1,"message":7},{"update_id":2}]}`, 2, false},
		{"an error", `{"ok":false,"error_code":409,"result":[{"update_id":1}]}`, 0, false},
		{"null", `{"ok":true,"result":[null]}`, 0, true},
		{"no number", `{"ok":true,"result":[{"message":{}}]}`, 0, true},
		{"a number that is none", `{"ok":true,"result":[{"update_id":"1"}]}`, 0, true},
		{"no list", `{"ok":true,"result":{}}`, 0, true},
		{"no JSON", `<html>`, 0, true},
		{"cut short", `{"ok":true,"result":[{"update_id":1}`, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGate(nil, func() {}, func(int64, error) {})
			raw, err := g.receive([]byte(tt.raw))
			if (err != nil) != tt.fails || g.open != tt.open {
				t.Errorf("%d open, %v", g.open, err)
			}
			var answer struct{ Result []json.RawMessage }
			if err == nil && tt.open > 0 && (json.Unmarshal(raw, &answer) != nil || len(answer.Result) != tt.open) {
				t.Errorf("passed on as %s", raw)
			}
		})
	}
}

// Two programs that poll take the updates from each other until one of them stops; a
// webhook that somebody sets is taken away again.
func TestConflictsHeal(t *testing.T) {
	w := staffed(t)
	method := func(name string) {
		res := must(http.Get(w.http.URL + "/bot" + w.api.Token() + "/" + name))
		w.check(res.Body.Close())
	}
	method("getUpdates?timeout=0")
	w.until("a conflict", func() bool { return w.observed("getUpdates error") > 0 })
	w.idle(wang)
	method("setWebhook?url=http://127.0.0.1:1/")
	w.until("the webhook to be taken away", func() bool { return w.observed("deleteWebhook ok") == 2 })
	w.idle(wang)
	w.until("good health", func() bool { return w.chat.Health() == nil })
}

// A send that is under way when the program stops is waited for: it is not repeated
// after the next start.
func TestStopWaitsForTheSendUnderWay(t *testing.T) {
	w := staffed(t)
	entered, release := make(chan struct{}), make(chan struct{})
	w.api.Fault(func(c botapi.Call) *botapi.Fault {
		if c.Method == "sendMessage" && c.ChatID == wang {
			close(entered)
			<-release
		}
		return nil
	})
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	<-entered
	stopped := make(chan error)
	w.cancel()
	go func() { stopped <- w.stop() }()
	close(release)
	w.check(<-stopped)
	w.api.Fault(nil)
	w.start()
	w.idle(wang)
	if w.count(wang, number) != 1 || w.count(wang, again) != 0 {
		t.Errorf("the phone shows %v", w.api.Chat(wang))
	}
}

// Telegram may hang: the program still stops, and leaves nothing running.
func TestStopLeavesNothingRunning(t *testing.T) {
	for name, fault := range map[string]*botapi.Fault{"idle": nil, "hangs": {Kind: botapi.HangAfter}} {
		t.Run(name, func(t *testing.T) {
			w := staffed(t)
			w.api.Fault(func(c botapi.Call) *botapi.Fault {
				if c.Method == "sendMessage" {
					return fault
				}
				return nil
			})
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			w.await(wang, number)
			must(w.api.Send(stranger, "你好"))
			w.check(w.stop())
			w.until("all connections to close", func() bool { return w.connections.Load() == 0 })
			var stacks strings.Builder
			w.until("all to end", func() bool {
				stacks.Reset()
				_ = pprof.Lookup("goroutine").WriteTo(&stacks, 2)
				for _, one := range strings.Split(stacks.String(), "\n\n") {
					if strings.Contains(one, "huiyin/internal/chat.(*Chat)") || strings.Contains(one, "go-telegram") {
						go w.poke()
						return false
					}
				}
				return true
			})
		})
	}
}

func TestJournalFailureEndsRun(t *testing.T) {
	w := staffed(t)
	w.check(w.journal.Close())
	w.check(w.api.Block(liu))
	must(w.api.Send(wang, "/help"))
	if err := w.crash(); err == nil {
		t.Error("Run went on without a journal")
	}
}

func TestInviteLink(t *testing.T) {
	w := staffed(t)
	if got := w.chat.InviteLink(context.Background(), "ABC"); got != "https://t.me/huiyin_bot?start=ABC" {
		t.Errorf("%q", got)
	}
	w.api.FailNext("getMe", &botapi.Fault{Code: 500})
	if got := w.chat.InviteLink(context.Background(), "ABC"); got != "" {
		t.Errorf("%q", got)
	}
}

func TestDigestThatFails(t *testing.T) {
	w := newWorld(t)
	w.options = func(o *Options) {
		o.Digest = func(context.Context, string) (string, cases.Picture, error) {
			return "", cases.Picture{}, errors.New("no warehouse")
		}
	}
	w.start()
	w.bind(liu)
	must(w.api.Send(liu, "/digest"))
	w.await(liu, "简报暂时出不来，请过几分钟再试。如果一直这样，请告诉管理员。")
}

// A digest that the program did not finish before it stopped is written by the next.
func TestStopWhileADigestIsWritten(t *testing.T) {
	w := newWorld(t)
	entered := make(chan struct{})
	w.options = func(o *Options) {
		o.Digest = func(ctx context.Context, _ string) (string, cases.Picture, error) {
			close(entered)
			<-ctx.Done()
			return "", cases.Picture{}, ctx.Err()
		}
	}
	w.start()
	w.bind(liu)
	must(w.api.Send(liu, "简报"))
	<-entered
	w.check(w.stop())
	w.options = nil
	w.start()
	w.await(liu, "每日简报")
	if w.count(liu, "简报暂时出不来") != 0 {
		t.Error("the stop was told to the leader as a failure")
	}
}

// After an update that could not be journalled none is taken: they come again in order.
func TestNothingOvertakesAFailedUpdate(t *testing.T) {
	w := newWorld(t)
	fail := errDisk
	w.desk = func(p *pipeline.Pipeline) Desk { return faulty{p, func() error { return fail }} }
	w.open()
	defer w.journal.Close()
	code := must(w.pipeline.Invite("王敏"))
	w.check(w.chat.take(t.Context(), message(1, "/start "+code, "")))
	if err := w.chat.take(t.Context(), message(2, "/help", "")); !errors.Is(err, errDisk) {
		t.Errorf("the first: %v", err)
	}
	fail = nil
	if err := w.chat.take(t.Context(), message(3, "/help", "")); err == nil {
		t.Error("the second was taken")
	}
}
