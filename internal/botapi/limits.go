package botapi

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

// What Telegram lets a bot send. It publishes no more than these numbers, and that
// "short bursts" to one chat pass; how long they are is this server's guess.
const (
	chatEvery      = time.Second // between two messages to one chat, on average
	chatBurst      = 3           // so many at once to a chat that was quiet
	allPerSecond   = 30
	groupPerMinute = 20
)

// counted are the methods that the limits count: an edit is as much as a message.
var counted = map[string]bool{
	"sendmessage": true, "sendphoto": true, "senddocument": true, "editmessagetext": true, "editmessagereplymarkup": true,
}

// Rate is how much a bot has sent and edited, to one chat or overall.
type Rate struct {
	Sent    int // calls that were let through
	Refused int // calls answered 429 by Options.Limits
	Second  int // most calls let through within any one second
	Minute  int // and within any one minute
}

// meter measures one chat, or all together.
type meter struct {
	Rate
	last []time.Time // calls let through in the last minute, oldest first
	free time.Time   // when the chat will have been quiet
}

// within counts the calls of the time before now.
func (m *meter) within(d time.Duration, now time.Time) int {
	n := 0
	for n < len(m.last) && m.last[len(m.last)-1-n].After(now.Add(-d)) {
		n++
	}
	return n
}

// wait is how long it takes until the time d holds fewer than limit calls.
func (m *meter) wait(d time.Duration, limit int, now time.Time) time.Duration {
	if m.within(d, now) < limit {
		return 0
	}
	return m.last[len(m.last)-limit].Add(d).Sub(now)
}

func (m *meter) pass(now time.Time) {
	m.Sent++
	m.last = append(m.last, now)
	minute := m.within(time.Minute, now)
	m.last = m.last[len(m.last)-minute:]
	m.Minute, m.Second = max(m.Minute, minute), max(m.Second, m.within(time.Second, now))
	if m.free.Before(now) {
		m.free = now
	}
	m.free = m.free.Add(chatEvery)
}

// meterCall counts a call, and refuses it if it is one too many.
func (s *Server) meterCall(call Call) error {
	if !counted[strings.ToLower(call.Method)] || call.ChatID == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	chat := s.meters[call.ChatID]
	if chat == nil {
		chat = &meter{}
		s.meters[call.ChatID] = chat
	}
	now := call.Time
	if s.opts.Limits {
		wait := max(s.meter.wait(time.Second, allPerSecond, now), chat.free.Add(-(chatBurst-1)*chatEvery).Sub(now))
		if call.ChatID < 0 {
			wait = max(wait, chat.wait(time.Minute, groupPerMinute, now))
		}
		if wait > 0 {
			s.meter.Refused++
			chat.Refused++
			seconds := int(math.Ceil(wait.Seconds()))
			return &apiError{Code: http.StatusTooManyRequests, Description: fmt.Sprintf("Too Many Requests: retry after %d", seconds), RetryAfter: seconds}
		}
	}
	s.meter.pass(now)
	chat.pass(now)
	return nil
}

// Traffic tells how much the bot has sent and edited: overall, and to each chat. It is
// measured without Options.Limits too, by Options.Now, and kept in memory only.
func (s *Server) Traffic() (overall Rate, chats map[int64]Rate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chats = make(map[int64]Rate, len(s.meters))
	for id, m := range s.meters {
		chats[id] = m.Rate
	}
	return s.meter.Rate, chats
}
