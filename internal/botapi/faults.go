package botapi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Call is one request a bot made, as Calls logs it and as fault hooks see it
// (before it is carried out, so without the last three fields).
type Call struct {
	Seq       uint64            // 1, 2, 3… in the order in which calls ended
	Time      time.Time         // when it came in
	Method    string            // as the client wrote it, e.g. "sendMessage"
	ChatID    int64             // 0 if the call names none
	MessageID int               // the message named, or the one that was sent; else 0
	Params    map[string]string // all parameters; not to be changed

	Applied     bool   // it took effect here, whether or not the bot was told so
	Code        int    // HTTP status of the answer; 0 if the connection was cut or left hanging
	Description string // of an answer with ok=false
}

// FaultKind says how a Fault goes wrong.
type FaultKind int

// The kinds. "Before" and "after" mean: before or after the request took effect.
// After is what makes exactly-once hard: the message is in the chat, and the bot
// does not know. A hanging connection ends when the client gives up (or with Close).
const (
	Refuse     FaultKind = iota // answer an error; the request has no effect
	CutBefore                   // close the connection; no effect
	CutAfter                    // carry out, then close without answering
	HangBefore                  // never answer; no effect
	HangAfter                   // carry out, then never answer
)

func (k FaultKind) after() bool { return k == CutAfter || k == HangAfter }

// Fault is something that goes wrong with one call.
type Fault struct {
	Kind        FaultKind
	Code        int    // Refuse: the status, e.g. 429, 403, 500; 0 means 500, with a Body 502
	Description string // Refuse: empty means Telegram's usual words for Code
	RetryAfter  int    // Refuse, 429: seconds to wait; 0 means 1
	Body        string // Refuse: send this instead of JSON, as a proxy in front of Telegram does
}

// TooMany is the answer of Telegram's flood control: 429, wait that many seconds.
func TooMany(seconds int) *Fault {
	return &Fault{Code: http.StatusTooManyRequests, RetryAfter: seconds}
}

// Fault lets f decide about every call to come: nil lets it pass. A nil f ends this.
// f may run concurrently and must not wait for calls of the same bot.
func (s *Server) Fault(f func(Call) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = f
}

// FailNext makes the next calls of a method ("" = of any method) go wrong, one fault
// each, in order; a nil fault lets one call pass. These come before Fault's hook.
func (s *Server) FailNext(method string, faults ...*Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	method = strings.ToLower(method)
	s.queued[method] = append(s.queued[method], faults...)
}

func (s *Server) faultFor(call Call) *Fault {
	s.mu.Lock()
	for _, name := range []string{strings.ToLower(call.Method), ""} {
		if q := s.queued[name]; len(q) > 0 {
			s.queued[name] = q[1:]
			s.mu.Unlock()
			return q[0]
		}
	}
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(call)
}

// strike lets the fault happen. Cuts and hangs end by panicking with
// http.ErrAbortHandler.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, call Call, f *Fault) {
	switch f.Kind {
	case Refuse:
		if f.Body == "" {
			s.finish(w, call, nil, f.apiError())
			return
		}
		call.Code, call.Description = cmp.Or(f.Code, http.StatusBadGateway), f.Body
		s.record(call)
		w.WriteHeader(call.Code)
		_, _ = w.Write([]byte(f.Body))
		return
	case HangBefore, HangAfter:
		s.record(call)
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	default:
		s.record(call)
	}
	panic(http.ErrAbortHandler)
}

func (f *Fault) apiError() *apiError {
	e := &apiError{Code: cmp.Or(f.Code, http.StatusInternalServerError), Description: f.Description}
	if f.Code == http.StatusTooManyRequests {
		e.RetryAfter = max(f.RetryAfter, 1)
	}
	if e.Description != "" {
		return e
	}
	switch e.Code {
	case http.StatusTooManyRequests:
		e.Description = fmt.Sprintf("Too Many Requests: retry after %d", e.RetryAfter)
	case http.StatusForbidden:
		e.Description = "Forbidden: bot was blocked by the user"
	default:
		e.Description = http.StatusText(e.Code)
	}
	return e
}

// Calls returns the calls that ended, oldest first; at most Options.MaxCalls, the
// oldest are forgotten. It is kept in memory only.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *Server) record(call Call) {
	s.mu.Lock()
	s.callSeq++
	call.Seq = s.callSeq
	if len(s.calls) >= s.opts.MaxCalls {
		s.calls = slices.Delete(s.calls, 0, len(s.calls)-s.opts.MaxCalls+1)
	}
	s.calls = append(s.calls, call)
	s.mu.Unlock()
	s.notify()
}
