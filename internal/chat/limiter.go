package chat

import (
	"sync"
	"time"
)

// limiter lets each chat through once a minute, and so many chats at most: further
// strangers stay unanswered, so that a crowd of them uses up neither the bot's share of
// messages nor the time that officers wait for.
type limiter struct {
	mu   sync.Mutex
	last map[int64]time.Time
}

const (
	strangerEvery = time.Minute
	strangersHeld = 20
)

func (l *limiter) allow(chat int64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.last[chat]) < strangerEvery {
		return false
	}
	for k, t := range l.last {
		if now.Sub(t) >= strangerEvery {
			delete(l.last, k)
		}
	}
	if len(l.last) >= strangersHeld {
		return false
	}
	if l.last == nil {
		l.last = make(map[int64]time.Time)
	}
	l.last[chat] = now
	return true
}
