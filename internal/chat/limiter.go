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

// hurry counts what each person of the office sends within a minute. Updates are handled
// one after the other: one person's must not hold up the others'.
type hurry struct {
	mu     sync.Mutex
	counts map[string]minute
}

type minute struct {
	began time.Time
	n     int
}

// perMinute is how many updates of one person are heard in a minute.
const perMinute = 30

// count adds one, and returns how many there were in the minute.
func (h *hurry) count(name string, now time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.counts[name]
	if now.Sub(m.began) >= time.Minute {
		m = minute{began: now}
	}
	m.n++
	if h.counts == nil {
		h.counts = make(map[string]minute)
	}
	h.counts[name] = m
	return m.n
}
