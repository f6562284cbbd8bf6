package chat

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-telegram/bot/models"
)

// maxAnswer caps what is read of one answer of the Bot API: 100 updates, each with the
// longest text in answer to another, take some 10 MB as Telegram writes them.
const maxAnswer = 32 << 20

// gate is the HTTP client of the bot. Asking getUpdates for more confirms to Telegram
// what was received before; the gate holds that question back until all of it is
// journalled, which the library by itself does not wait for. So a crash loses no tap:
// Telegram sends again whatever was not confirmed.
type gate struct {
	client     *http.Client
	polled     func()                        // called after a poll that went well
	unreadable func(update int64, err error) // called for an update that is left out
	mu         sync.Mutex
	open       int           // updates received and not yet journalled
	idle       chan struct{} // closed when open falls to zero
}

func newGate(c *http.Client, polled func(), unreadable func(int64, error)) *gate {
	g := &gate{client: c, polled: polled, unreadable: unreadable, idle: make(chan struct{})}
	close(g.idle)
	return g
}

// unsent is the failure of a request for which there was no connection to Telegram,
// so that it surely had no effect there.
type unsent struct{ error }

// Unwrap is what went wrong.
func (u unsent) Unwrap() error { return u.error }

// Do sends a request of the bot.
func (g *gate) Do(req *http.Request) (*http.Response, error) {
	poll := strings.HasSuffix(req.URL.Path, "/getUpdates")
	if poll {
		if err := g.wait(req.Context()); err != nil {
			return nil, err
		}
	}
	var connected atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	res, err := g.client.Do(req)
	if err != nil {
		if !connected.Load() {
			err = unsent{err}
		}
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	res.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(raw) > maxAnswer {
		return nil, fmt.Errorf("read answer: more than %d bytes", maxAnswer)
	}
	if poll {
		if raw, err = g.receive(raw); err != nil {
			return nil, err
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(raw))
	return res, nil
}

// receive counts the updates in the answer to a poll. One that the library could not
// decode is replaced by its bare number, because the library would take none of them.
func (g *gate) receive(raw []byte) ([]byte, error) {
	var answer struct {
		OK     bool              `json:"ok"`
		Result []json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	if !answer.OK {
		return raw, nil // the library says what it was
	}
	left := false
	for i, one := range answer.Result {
		id, err := readable(one)
		if id == 0 {
			return nil, fmt.Errorf("read updates: one without a number: %w", err)
		}
		if err != nil {
			g.unreadable(id, err)
			answer.Result[i], left = fmt.Appendf(nil, `{"update_id":%d}`, id), true
		}
	}
	if left {
		var err error
		if raw, err = json.Marshal(answer); err != nil {
			return nil, fmt.Errorf("read updates: %w", err)
		}
	}
	g.expect(len(answer.Result))
	g.polled()
	return raw, nil
}

// readable returns an update's number, 0 when there is none, and why the library
// could not decode the whole.
func readable(raw []byte) (id int64, err error) {
	var number struct {
		ID int64 `json:"update_id"`
	}
	if err := json.Unmarshal(raw, &number); err != nil || number.ID == 0 {
		return 0, errors.Join(errors.New("no update_id"), err)
	}
	return number.ID, json.Unmarshal(raw, new(models.Update))
}

func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	idle := g.idle
	g.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) expect(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open = n; n > 0 {
		g.idle = make(chan struct{})
	}
}

// done says that one update is journalled.
func (g *gate) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == 0 {
		return // it came by webhook
	}
	if g.open--; g.open == 0 {
		close(g.idle)
	}
}

// maxUpdate caps one update that comes by webhook.
const maxUpdate = 1 << 20

// Handler takes updates that Telegram pushes. It answers 200 only when the update is
// journalled; for anything else Telegram sends it again. The library's own handler
// answers before, and answers a wrong secret with 200.
func (c *Chat) Handler() http.Handler {
	var one sync.Mutex // updates follow one another, as in polling
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := r.Header.Get("X-Telegram-Bot-Api-Secret-Token")
		if c.Webhook.Secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(c.Webhook.Secret)) != 1 {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		if r.Method != http.MethodPost {
			http.Error(w, "POST only", http.StatusMethodNotAllowed)
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		if err != nil {
			http.Error(w, "too large, or broken off", http.StatusRequestEntityTooLarge)
			return
		}
		id, err := readable(raw)
		switch {
		case id == 0:
			http.Error(w, "not an update", http.StatusBadRequest)
			return
		case err != nil:
			c.unreadable(id, err)
			return
		}
		one.Lock()
		defer one.Unlock()
		if err := c.pushed(r.Context(), raw); err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
	})
}

// pushed handles one update that came by webhook.
func (c *Chat) pushed(ctx context.Context, raw []byte) error {
	var u models.Update
	if err := json.Unmarshal(raw, &u); err != nil {
		return fmt.Errorf("read update: %w", err)
	}
	c.health.set(receiving, nil)
	return c.take(ctx, &u)
}
