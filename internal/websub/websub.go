// Package websub is the room of pushes: where a feed names a hub, it asks the hub to send
// what is new as soon as it is published. It is a subscriber as the W3C's Recommendation
// has it (https://www.w3.org/TR/websub/): subscriptions are verified, leased and renewed,
// and what comes is signed. What a push brings goes the way of a poll; polls stay as the
// safety net, and tell when pushes do not bring what they should.
//
// The address that a hub calls back cannot be guessed and is one for each subscription.
// It stays the same when a lease is renewed, unlike section 5.1.1 advises: to the hub
// another address is another subscription, and all would come twice until the old one
// ends. A subscription that moves to another hub or topic gets a new address and secret.
package websub

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	askedLease = 10 * 24 * time.Hour // what we ask for, and the most that is believed
	tacitLease = 24 * time.Hour      // where a hub does not name one that makes sense
	deniedFor  = 7 * 24 * time.Hour  // after a denial
	grace      = 5 * time.Minute     // what a poll found first may still be pushed
	lostEvery  = 24 * time.Hour      // how often a hub that stopped pushing is asked anew
	maxURL     = 2000                // bytes
)

// Subscription is a source's tie to a hub. It is plain data, kept as JSON.
type Subscription struct {
	ID       string `json:"id"` // the end of the address that the hub calls
	Source   string `json:"source"`
	Hub      string `json:"hub"`
	Topic    string `json:"topic"`
	Callback string `json:"callback"` // the address without the ID
	Secret   string `json:"secret"`   // what pushes are signed with

	Leaving  bool      `json:"leaving,omitempty"` // it is to end: the hub is asked to stop
	Asked    time.Time `json:"asked,omitzero"`    // when the hub was asked last
	Pending  bool      `json:"pending,omitempty"` // it was, and has neither verified nor denied since
	Failures int       `json:"failures,omitempty"`
	Next     time.Time `json:"next,omitzero"`   // when the hub is to be asked, if nothing changes
	Until    time.Time `json:"until,omitzero"`  // the verified lease's end
	Pushed   time.Time `json:"pushed,omitzero"` // the last push that was taken, as of the last commit
	Missed   time.Time `json:"missed,omitzero"` // a poll found what should have been pushed, and no push came since
}

// trusted tells whether pushes can be relied on at now.
func (s Subscription) trusted(now time.Time) bool {
	return !s.Leaving && now.Before(s.Until) && (s.Missed.IsZero() || now.Before(s.Missed.Add(grace)))
}

// due is when the hub is to be asked: as planned, or earlier where it seems to have
// forgotten us.
func (s Subscription) due() time.Time {
	if s.Missed.IsZero() || s.Leaving {
		return s.Next
	}
	lost := s.Missed.Add(grace)
	if again := s.Asked.Add(lostEvery); again.After(lost) {
		lost = again
	}
	if lost.Before(s.Next) {
		return lost
	}
	return s.Next
}

// Store keeps subscriptions, as JSON under their IDs.
type Store interface {
	// Subscriptions calls f for each that is kept; raw is good until f returns.
	Subscriptions(ctx context.Context, f func(id string, raw []byte) error) error
	// PutSubscription commits one.
	PutSubscription(ctx context.Context, id string, v any) error
	// DropSubscription commits that there is none of that ID.
	DropSubscription(ctx context.Context, id string) error
}

// Poster sends a form to a hub. It refuses addresses that are not public, and sends the
// form once more where the answer is a redirect of status 307 or 308. The status is that
// of the answer; an err is that there was none.
type Poster interface {
	Post(ctx context.Context, url string, form url.Values) (status int, err error)
}

// ErrUnreadable is wrapped by the errors of Options.Deliver that sending again would not
// mend.
var ErrUnreadable = errors.New("the push cannot be read")

// Options are what a Subscriber is made of.
type Options struct {
	Store    Store
	Post     Poster
	Callback string   // the URL under which hubs reach ServeHTTP; an ID is put behind it
	Sources  []string // those that are configured; subscriptions of others are ended
	// Deliver takes what was pushed for a source: a whole feed, or only what is new in it.
	// It must have committed when it returns nil, and must not mind being given the same
	// again: hubs repeat themselves, and so may whoever listens on the way.
	Deliver func(ctx context.Context, source string, body []byte, contentType string) error
	Now     func() time.Time
	Log     *slog.Logger
}

// Subscriber holds the subscriptions. It is safe for concurrent use.
type Subscriber struct {
	Options
	wake  chan struct{}
	slots chan struct{} // room for pushes that are read and delivered

	mu       sync.Mutex // guards what follows, and keeps it in step with the store
	subs     map[string]*held
	bySource map[string]*held // those that are not leaving
	changed  map[string]offer // sources whose last poll offered something else than is subscribed
}

// held is a subscription, and what is not kept of it.
type held struct {
	Subscription
	limit limiter
	turn  chan struct{} // taken by the push that is being read
}

func hold(sub Subscription) *held { return &held{Subscription: sub, turn: make(chan struct{}, 1)} }

// offer is what a feed says of pushes; the zero offer is nothing.
type offer struct{ hub, topic string }

// New makes a Subscriber of the subscriptions in the store. It asks no hub yet.
func New(ctx context.Context, o Options) (*Subscriber, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if !usable(o.Callback) {
		return nil, errors.New("websub: the callback is no http or https URL")
	}
	o.Callback = strings.TrimRight(o.Callback, "/") + "/"
	s := &Subscriber{
		Options: o, wake: make(chan struct{}, 1), slots: make(chan struct{}, maxPushes),
		subs: map[string]*held{}, bySource: map[string]*held{}, changed: map[string]offer{},
	}
	err := o.Store.Subscriptions(ctx, func(id string, raw []byte) error {
		var sub Subscription
		if err := json.Unmarshal(raw, &sub); err != nil {
			return fmt.Errorf("subscription %s: %w", short(id), err)
		}
		s.subs[id] = hold(sub)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("websub: %w", err)
	}
	for _, h := range s.subs {
		if err := s.takeUp(ctx, h); err != nil {
			return nil, fmt.Errorf("websub: %w", err)
		}
	}
	return s, nil
}

// takeUp goes on with a subscription of an earlier run.
func (s *Subscriber) takeUp(ctx context.Context, h *held) error {
	switch {
	case h.Leaving:
		return nil
	case !slices.Contains(s.Sources, h.Source):
		return s.leave(ctx, h)
	case h.Callback != s.Callback: // the hub calls where we are no more
		next := h.Subscription
		next.Callback, next.Until, next.Next, next.Failures = s.Callback, time.Time{}, s.Now(), 0
		if err := s.put(ctx, h, next); err != nil {
			return err
		}
	}
	s.bySource[h.Source] = h
	return nil
}

// Offer tells what a poll that read a whole document found in it: the hub (rel=hub) and
// the topic (rel=self), both absolute; empty where there is none. The first such offer
// subscribes. One that differs from what is subscribed counts when the next poll says the
// same: a feed whose own address is never the same twice must not be a burden to its hub.
// Then the subscription moves or, when nothing is offered any more, ends.
func (s *Subscriber) Offer(ctx context.Context, source, hub, topic string) {
	o := offer{hub, topic}
	if !usable(hub) || !usable(topic) {
		o = offer{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := offer{}
	h := s.bySource[source]
	if h != nil {
		now = offer{h.Hub, h.Topic}
	}
	if o == now {
		delete(s.changed, source)
		return
	}
	if last, there := s.changed[source]; h != nil && (!there || last != o) {
		s.changed[source] = o
		return
	}
	if err := s.change(ctx, source, h, o); err != nil {
		s.Log.ErrorContext(ctx, "websub: subscription not kept", "source", source, "error", err) // the next poll offers it again
	}
	s.poke()
}

// change ends a source's subscription, if it has one, and begins another.
func (s *Subscriber) change(ctx context.Context, source string, old *held, o offer) error {
	if old != nil {
		if err := s.leave(ctx, old); err != nil {
			return err
		}
		delete(s.bySource, source)
	}
	delete(s.changed, source)
	if o == (offer{}) {
		return nil
	}
	h := hold(Subscription{
		ID: rand.Text(), Source: source, Hub: o.hub, Topic: o.topic, Callback: s.Callback,
		Secret: rand.Text() + rand.Text(), Next: s.Now(),
	})
	if err := s.put(ctx, h, h.Subscription); err != nil {
		return err
	}
	s.subs[h.ID], s.bySource[source] = h, h
	return nil
}

// leave begins to end a subscription.
func (s *Subscriber) leave(ctx context.Context, h *held) error {
	next := h.Subscription
	next.Leaving, next.Pending, next.Failures, next.Next = true, false, 0, s.Now()
	return s.put(ctx, h, next)
}

// put commits what a subscription is from now on.
func (s *Subscriber) put(ctx context.Context, h *held, next Subscription) error {
	if err := s.Store.PutSubscription(ctx, next.ID, next); err != nil {
		return fmt.Errorf("keep subscription: %w", err)
	}
	h.Subscription = next
	return nil
}

// drop commits that a subscription is no more.
func (s *Subscriber) drop(ctx context.Context, h *held) error {
	if err := s.Store.DropSubscription(ctx, h.ID); err != nil {
		return fmt.Errorf("drop subscription: %w", err)
	}
	delete(s.subs, h.ID)
	return nil
}

// poke wakes Run.
func (s *Subscriber) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Live tells whether what a source publishes is pushed to us: a hub has verified the
// subscription, its lease is good at now, and nothing says that pushes stopped working.
func (s *Subscriber) Live(source string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.bySource[source]
	return h != nil && h.trusted(now)
}

// Missed tells that a poll found posts which no push had brought. The hub may be a little
// slow; if no push comes within minutes, the source is not Live until one does, and the
// hub is asked anew, once a day.
func (s *Subscriber) Missed(ctx context.Context, source string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.bySource[source]
	if h == nil || !h.Missed.IsZero() || !h.trusted(s.Now()) {
		return
	}
	next := h.Subscription
	next.Missed = s.Now()
	if err := s.put(ctx, h, next); err != nil {
		s.Log.ErrorContext(ctx, "websub: missed push not kept", "source", source, "error", err) // the next poll may tell again
		return
	}
	s.poke()
}

// usable tells whether a URL can be that of a hub, a topic or a callback.
func usable(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && len(raw) <= maxURL && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

// short is the beginning of an ID, for logs: who knows the whole can end the subscription.
func short(id string) string { return id[:min(len(id), 4)] + "…" }

// shown is a URL for logs, without what may be a key in it.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "?"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
