package chat

import (
	"sync"
	"time"
)

// limiter lets each chat through once a minute. It holds at most so many chats, and
// when that many strangers write at once all further ones stay unanswered.
type limiter struct {
	mu   sync.Mutex
	last map[int64]time.Time
}

const (
	strangerEvery = time.Minute
	strangersHeld = 1000
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
