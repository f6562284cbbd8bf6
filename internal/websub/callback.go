package websub

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// maxBody is less than a poll may read: a push brings what is new, and the whole feed
	// only where that is small. What is larger is left to the polls.
	maxBody      = 4 << 20          // bytes
	maxChallenge = 1 << 10          // bytes
	maxHeader    = 200              // bytes of a content type or a denial's reason
	maxPushes    = 8                // read and delivered at once, of all subscriptions together
	perMinute    = 120              // requests to one subscription
	waitFor      = 10 * time.Second // for a turn
	deliverFor   = 30 * time.Second
)

// ServeHTTP answers hubs. It is to be mounted on a pattern that ends in {id}, where
// Options.Callback leads. Whoever does not know an ID learns and changes nothing.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	h := s.subs[id]
	allowed := h == nil || h.limit.allow(s.Now())
	s.mu.Unlock()
	status := http.StatusMethodNotAllowed
	switch {
	case !allowed:
		w.Header().Set("Retry-After", "60")
		status = http.StatusTooManyRequests
	case r.Method == http.MethodGet:
		challenge, code := s.called(r.Context(), id, r.URL.Query())
		if code == http.StatusOK {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = io.WriteString(w, challenge) // a hub that does not get it asks again, or is asked again
			return
		}
		status = code
	case r.Method == http.MethodPost:
		status = s.pushed(w, r, id)
	default:
		w.Header().Set("Allow", "GET, POST")
	}
	w.WriteHeader(status)
}

// called answers a hub that asks whether we meant it, or says no (sections 5.2 and 5.3).
// The answer is given only after it was committed.
func (s *Subscriber) called(ctx context.Context, id string, q url.Values) (challenge string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, now := s.subs[id], s.Now()
	if h == nil || q.Get("hub.topic") != h.Topic {
		return "", http.StatusNotFound
	}
	log := s.Log.With("source", h.Source, "hub", shown(h.Hub), "subscription", short(id))
	challenge = q.Get("hub.challenge")
	next, said := h.Subscription, "subscribed"
	switch m := q.Get("hub.mode"); {
	case m == "denied":
		log.WarnContext(ctx, "websub: denied", "reason", cut(q.Get("hub.reason")))
		challenge, said = "", "denied"
		next.Pending, next.Until, next.Next = false, time.Time{}, now.Add(jittered(deniedFor))
	case m != mode(next), challenge == "", len(challenge) > maxChallenge:
		return "", http.StatusNotFound
	case m == "unsubscribe":
		said = "unsubscribed"
	case !h.Pending && !now.Before(h.Until): // nothing was asked; of a lease that is good a hub may make sure
		return "", http.StatusNotFound
	default:
		next = granted(next, q.Get("hub.lease_seconds"), now)
	}
	var err error
	if h.Leaving {
		err = s.drop(ctx, h)
	} else {
		err = s.put(ctx, h, next)
	}
	if err != nil {
		log.ErrorContext(ctx, "websub: the hub's call was not kept", "error", err)
		return "", http.StatusServiceUnavailable
	}
	log.InfoContext(ctx, "websub: "+said, "until", next.Until, "next", next.Next)
	s.poke() // what is due may have changed
	return challenge, http.StatusOK
}

// pushed takes a push (section 7) and gives the status to answer. Success means that it
// was delivered, and that goes further than the Recommendation asks; a push that nobody
// vouches for is answered with success too, so that nobody can try signatures.
func (s *Subscriber) pushed(w http.ResponseWriter, r *http.Request, id string) int {
	sub, turn := s.wanted(id)
	if turn == nil {
		return http.StatusGone
	}
	// A slow hub holds up its own pushes before it can hold up those of others. That it
	// hung up is not seen before its body is read.
	waiting, cancel := context.WithTimeout(r.Context(), waitFor)
	defer cancel()
	for _, room := range []chan struct{}{turn, s.slots} {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
		case <-waiting.Done():
			return http.StatusServiceUnavailable
		}
	}
	log := s.Log.With("source", sub.Source, "hub", shown(sub.Hub), "subscription", short(id))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			log.WarnContext(r.Context(), "websub: push too large, left to the polls", "limit", large.Limit)
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	}
	if err := verify(r.Header.Get("X-Hub-Signature"), sub.Secret, body); err != nil {
		log.WarnContext(r.Context(), "websub: push discarded", "error", err, "bytes", len(body))
		return http.StatusAccepted
	}
	// A hub that hangs up does not undo what is under way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), deliverFor)
	defer cancel()
	switch err := s.Deliver(ctx, sub.Source, body, cut(r.Header.Get("Content-Type"))); {
	case errors.Is(err, ErrUnreadable):
		log.WarnContext(ctx, "websub: push of no use", "error", err, "bytes", len(body))
		return http.StatusAccepted
	case err != nil:
		log.ErrorContext(ctx, "websub: push not delivered", "error", err)
		return http.StatusServiceUnavailable
	}
	s.delivered(ctx, id)
	return http.StatusNoContent
}

// wanted is the subscription that pushes are taken for, and whose turn it is; no turn for
// any other. One whose lease has just ended or that a hub has yet to verify is among them:
// the signature says who it is.
func (s *Subscriber) wanted(id string) (sub Subscription, turn chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.subs[id]; h != nil && !h.Leaving {
		return h.Subscription, h.turn
	}
	return Subscription{}, nil
}

// delivered notes that pushes work. It is worth a commit only where they seemed not to.
func (s *Subscriber) delivered(ctx context.Context, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.subs[id]
	if h == nil {
		return
	}
	next := h.Subscription
	next.Pushed, next.Missed = s.Now(), time.Time{}
	if h.Missed.IsZero() {
		h.Subscription = next
		return
	}
	if err := s.put(ctx, h, next); err != nil {
		s.Log.ErrorContext(ctx, "websub: push not noted", "source", h.Source, "error", err) // the next one is
	}
}

// limiter counts the requests of one minute.
type limiter struct {
	began time.Time
	count int
}

func (l *limiter) allow(now time.Time) bool {
	if now.Sub(l.began) >= time.Minute {
		*l = limiter{began: now}
	}
	l.count++
	return l.count <= perMinute
}

// cut is what a stranger wrote, in a size to log and pass on.
func cut(v string) string { return strings.ToValidUTF8(v[:min(len(v), maxHeader)], "") }
