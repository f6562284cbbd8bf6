package websub

import (
	"context"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	firstWait  = 5 * time.Minute // for an answer, before a hub is asked again; doubles up to
	maxWait    = 24 * time.Hour
	jitter     = 0.1 // of every wait, either way
	minRenewal = 10 * time.Minute
	maxParting = 4  // times a hub is asked to stop
	perRound   = 64 // hubs asked in one go, so many at once:
	atOnce     = 8
)

// Run asks hubs to subscribe, to renew before leases end, and to stop, until ctx ends. A
// hub that fails or does not call back is asked again, ever more rarely. It returns an
// error only when the store fails.
func (s *Subscriber) Run(ctx context.Context) error {
	for {
		due, next := s.round(s.Now())
		g, asking := errgroup.WithContext(ctx)
		g.SetLimit(atOnce)
		for _, id := range due {
			g.Go(func() error { return s.ask(asking, id) })
		}
		err := g.Wait()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if len(due) > 0 {
			continue
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// round lists the subscriptions that are due at now, the longest first; where there are
// none, next is how long until there is one.
func (s *Subscriber) round(now time.Time) (due []string, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next = time.Hour
	for id, h := range s.subs {
		if left := h.due().Sub(now); left > 0 {
			next = min(next, left)
		} else {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b string) int { return s.subs[a].due().Compare(s.subs[b].due()) })
	return due[:min(len(due), perRound)], next
}

// ask makes one request to a hub. It plans the next as if this one failed: what the hub
// says when it calls back replaces the plan.
func (s *Subscriber) ask(ctx context.Context, id string) error {
	sub, ok, err := s.begin(ctx, id)
	if err != nil || !ok {
		return err
	}
	form := url.Values{"hub.mode": {mode(sub)}, "hub.topic": {sub.Topic}, "hub.callback": {sub.Callback + sub.ID}}
	if !sub.Leaving {
		form.Set("hub.lease_seconds", strconv.Itoa(int(askedLease/time.Second)))
		form.Set("hub.secret", sub.Secret) // over http too, where it is seen on the way: still better than none
	}
	log := s.Log.With("source", sub.Source, "hub", shown(sub.Hub), "subscription", short(id), "mode", mode(sub))
	switch status, err := s.Post.Post(ctx, sub.Hub, form); {
	case ctx.Err() != nil:
	case err != nil:
		log.WarnContext(ctx, "websub: hub not asked", "error", err, "failures", sub.Failures, "next", sub.Next)
	case status/100 != 2:
		log.WarnContext(ctx, "websub: hub refuses", "status", status, "failures", sub.Failures, "next", sub.Next)
	default:
		log.DebugContext(ctx, "websub: hub asked", "status", status)
	}
	return nil
}

func mode(s Subscription) string {
	if s.Leaving {
		return "unsubscribe"
	}
	return "subscribe"
}

// begin commits that a hub is asked, before it is: some hubs call back before they answer.
func (s *Subscriber) begin(ctx context.Context, id string) (sub Subscription, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, now := s.subs[id], s.Now()
	if h == nil || h.due().After(now) { // meanwhile the hub called back
		return Subscription{}, false, nil
	}
	if h.Leaving && (h.Failures >= maxParting || !now.Before(h.Until)) {
		return Subscription{}, false, s.drop(ctx, h) // there is no lease, or it is answered 410 to its end
	}
	next := h.Subscription
	next.Asked, next.Pending = now, true
	next.Failures++
	wait := maxWait
	if n := next.Failures - 1; n < 10 {
		wait = min(firstWait<<n, maxWait)
	}
	next.Next = now.Add(jittered(wait))
	return next, true, s.put(ctx, h, next)
}

// granted is a subscription after a hub verified it at now for that many seconds, as it
// wrote them.
func granted(s Subscription, seconds string, now time.Time) Subscription {
	lease := tacitLease
	if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n > 0 {
		lease = time.Duration(min(n, int64(askedLease/time.Second))) * time.Second
	}
	s.Pending, s.Failures, s.Until = false, 0, now.Add(lease)
	s.Next = now.Add(max(jittered(lease*2/3), minRenewal))
	return s
}

func jittered(d time.Duration) time.Duration {
	return d + time.Duration((2*rand.Float64()-1)*jitter*float64(d))
}
