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
	"strings"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"
)

// maxAnswer caps what is read of one answer of the Bot API: 100 updates of text.
const maxAnswer = 8 << 20

// gate is the HTTP client of the bot. Asking getUpdates for more confirms to Telegram
// what was received before; the gate holds that question back until all of it is
// journalled, which the library by itself does not wait for. So a crash loses no tap:
// Telegram sends again whatever was not confirmed.
type gate struct {
	client *http.Client
	mu     sync.Mutex
	open   int           // updates received and not yet journalled
	idle   chan struct{} // closed when open falls to zero
}

func newGate(c *http.Client) *gate {
	g := &gate{client: c, idle: make(chan struct{})}
	close(g.idle)
	return g
}

// Do sends a request of the bot.
func (g *gate) Do(req *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(req.URL.Path, "/getUpdates") {
		return g.client.Do(req)
	}
	if err := g.wait(req.Context()); err != nil {
		return nil, err
	}
	res, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	if len(raw) > maxAnswer {
		return nil, errors.New("read updates: more than 8 MiB at once")
	}
	var answer struct {
		Result []models.Update `json:"result"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	g.expect(len(answer.Result))
	res.Body = io.NopCloser(bytes.NewReader(raw))
	return res, nil
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
		var u models.Update
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxUpdate)).Decode(&u); err != nil {
			http.Error(w, "not an update", http.StatusBadRequest)
			return
		}
		one.Lock()
		defer one.Unlock()
		if err := c.journal(r.Context(), &u); err != nil {
			c.broken(err)
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
	})
}

// health is when Telegram last answered, and what went wrong since.
type health struct {
	mu   sync.Mutex
	good time.Time
	err  error
	at   time.Time
}

func (h *health) ok(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.good, h.err = now, nil
}

func (h *health) bad(now time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err, h.at = err, now
}

// Health returns the last error of Telegram since it last answered well; nil when
// there was none.
func (c *Chat) Health() error {
	c.health.mu.Lock()
	defer c.health.mu.Unlock()
	return c.health.err
}
