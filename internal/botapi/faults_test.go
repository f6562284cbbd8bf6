package botapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-telegram/bot"
)

// TestFaults: what the real client makes of each fault, and what it left behind.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault   *Fault
		applied bool
		code    int
		check   func(error) bool
		words   string
	}{
		"429": {TooMany(7), false, 429, func(err error) bool {
			var e *bot.TooManyRequestsError
			return errors.As(err, &e) && e.RetryAfter == 7
		}, "Too Many Requests: retry after 7"},
		"429 without a time": {&Fault{Code: 429}, false, 429, bot.IsTooManyRequestsError, "retry after 1"},
		"403":                {&Fault{Code: 403}, false, 403, func(err error) bool { return errors.Is(err, bot.ErrorForbidden) }, "bot was blocked by the user"},
		"400":                {&Fault{Code: 400, Description: "Bad Request: PEER_FLOOD"}, false, 400, func(err error) bool { return errors.Is(err, bot.ErrorBadRequest) }, "PEER_FLOOD"},
		"500":                {&Fault{Code: 500}, false, 500, nil, "500 Internal Server Error"},
		"no code":            {&Fault{}, false, 500, nil, "500 Internal Server Error"},
		"a proxy's page":     {&Fault{Body: "<html>Bad Gateway</html>"}, false, 502, nil, "error decode response body"},
		"cut before":         {&Fault{Kind: CutBefore}, false, 0, nil, "EOF"},
		"cut after":          {&Fault{Kind: CutAfter}, true, 0, nil, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := w.bot()
			w.FailNext("sendMessage", c.fault)
			_, err := b.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: wang, Text: "单"})
			contains(t, err, c.words)
			if c.check != nil && !c.check(err) {
				t.Errorf("got %v", err)
			}
			call := w.Calls()[1]
			if call.Applied != c.applied || call.Code != c.code {
				t.Errorf("%+v", call)
			}
			if there := w.last().Text == "单"; there != c.applied {
				t.Errorf("the message is in the chat: %v, want %v", there, c.applied)
			}
			w.send(b, "下一条") // the fault is over
			if c.applied && call.MessageID == 0 {
				t.Error("the log does not say which message was sent")
			}
		})
	}
}

func TestHangs(t *testing.T) {
	for kind, applied := range map[FaultKind]bool{HangBefore: false, HangAfter: true} {
		w := newWorld(t)
		b := w.bot()
		w.FailNext("", &Fault{Kind: kind})
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: wang, Text: "单"})
			failed <- err
		}()
		w.wait("the call did not come", func() bool { return len(w.Calls()) == 2 })
		cancel() // as a client whose time is up
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if there := w.last().Text == "单"; there != applied {
			t.Errorf("kind %d: the message is in the chat: %v", kind, there)
		}
	}
}

func TestFaultHook(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	w.must(w.Start(li, ""))
	w.Fault(func(c Call) *Fault {
		if c.Method == "sendMessage" && c.ChatID == li && c.Params["text"] == "单" {
			return TooMany(3)
		}
		return nil
	})
	w.FailNext("sendmessage", nil, &Fault{Code: 500}) // the first one is let through, even by the hook's leave
	send := func(to int64) error {
		return second(b.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: to, Text: "单"}))
	}
	w.ok(send(li))
	contains(t, send(wang), "500")
	contains(t, send(li), "retry after 3")
	w.ok(send(wang))
	w.Fault(nil)
	w.ok(send(li))
}

// TestCutAfterGetUpdates: a getUpdates that took effect but was not answered loses nothing,
// because only the next offset confirms.
func TestCutAfterGetUpdates(t *testing.T) {
	w := newWorld(t)
	w.FailNext("getUpdates", &Fault{Kind: CutAfter})
	if _, err := http.PostForm(w.url+"/bot"+w.Token()+"/getUpdates", nil); err == nil {
		t.Error("it was answered")
	}
	if got := w.updates(url.Values{}); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}
