package chat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rates are how fast messages and edits go out, in messages a second. The zero value is
// what Telegram lets through, with a little room, because what leaves a second apart may
// arrive closer.
type Rates struct {
	All   rate.Limit // to all chats together
	Chat  rate.Limit // to each chat
	Group rate.Limit // to each group
}

// telegram's limits are 30 a second, one a second to each chat, and 20 a minute to a group.
var telegram = Rates{All: 28, Chat: rate.Every(1050 * time.Millisecond), Group: rate.Every(3100 * time.Millisecond)}

// pace holds back what would be too much at once.
type pace struct {
	rates Rates
	mu    sync.Mutex
	all   *rate.Limiter
	chats map[int64]*rate.Limiter
}

func newPace(r Rates) *pace {
	if r == (Rates{}) {
		r = telegram
	}
	return &pace{rates: r, all: rate.NewLimiter(r.All, 1), chats: map[int64]*rate.Limiter{}}
}

// wait is how long a message to a chat must wait for earlier ones to it; 0: not at all.
func (p *pace) wait(chat int64, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return left(p.chat(chat), now)
}

// waitAll is how long any message must wait.
func (p *pace) waitAll(now time.Time) time.Duration { return left(p.all, now) }

// begin counts a message, or an edit, among all.
func (p *pace) begin(now time.Time) { p.all.ReserveN(now, 1) }

// end counts one to a chat: at the end of the call, because it may have been on its way for
// long, and the next one not.
func (p *pace) end(chat int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chat(chat).ReserveN(now, 1)
}

func (p *pace) chat(chat int64) *rate.Limiter {
	l := p.chats[chat]
	if l == nil {
		limit := p.rates.Chat
		if chat < 0 { // so Telegram numbers groups
			limit = p.rates.Group
		}
		l = rate.NewLimiter(limit, 1)
		p.chats[chat] = l
	}
	return l
}

// left is how long it takes until a limiter lets the next one through.
func left(l *rate.Limiter, now time.Time) time.Duration {
	r := l.ReserveN(now, 1)
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}
