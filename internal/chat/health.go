package chat

import (
	"errors"
	"net/url"
	"sync"

	"github.com/go-telegram/bot"
)

// Telegram is used in two ways, and either may fail alone.
const (
	receiving = iota
	sending
	ways
)

// health is what went wrong with each way since it last went well.
type health struct {
	mu   sync.Mutex
	last [ways]error
}

func (h *health) set(way int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last[way] = err
}

// Health tells in plain words what is wrong with the connection to Telegram; nil when
// it works, or was not used yet.
func (c *Chat) Health() error {
	c.health.mu.Lock()
	defer c.health.mu.Unlock()
	for _, err := range c.health.last {
		if err != nil {
			return trouble{err}
		}
	}
	return nil
}

// trouble is a failure to reach Telegram, for the people who run the program.
type trouble struct{ error }

// Unwrap is the failure itself.
func (t trouble) Unwrap() error { return t.error }

// Error says what is wrong and what to do.
func (t trouble) Error() string {
	var away unsent
	switch {
	case errors.Is(t.error, bot.ErrorUnauthorized), errors.Is(t.error, bot.ErrorNotFound):
		return "不认这个机器人令牌（token），消息收不到也发不出。请到 BotFather 核对令牌，改好后重新启动"
	case errors.Is(t.error, bot.ErrorConflict):
		return "另有一个程序在用同一个机器人收消息，这边收不到。请停掉那一个"
	case errors.As(t.error, &away):
		return "连不上，程序会不断重试，恢复后自动补发。请检查网络和代理设置（" + cause(away.error).Error() + "）"
	}
	return "应答不正常，程序会不断重试，恢复后自动补发。一直这样请检查网络和代理设置（" + cause(t.error).Error() + "）"
}

// cause leaves out the address that was called: it is long and says nothing.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// ended counts a call by how it ended, logs a failure, and keeps it for Health unless
// it was an answer about this one message: then Telegram works.
func (c *Chat) ended(way int, method string, err error) {
	outcome, well := "error", false
	var flood *bot.TooManyRequestsError
	switch {
	case err == nil:
		outcome, well = "ok", true
	case errors.As(err, &flood):
		outcome, well = "flood", true
	case errors.Is(err, bot.ErrorForbidden):
		outcome, well = "blocked", true
	case errors.Is(err, bot.ErrorBadRequest):
		well = true
	}
	if err != nil {
		c.Log.Warn("telegram", "method", method, "outcome", outcome, "error", err)
	}
	if well {
		err = nil
	}
	c.health.set(way, err)
	c.Observe(method, outcome)
}
