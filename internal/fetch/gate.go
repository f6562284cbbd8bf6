package fetch

import (
	"context"
	"sync"
	"time"
)

// gates let one request at a time through to each host, and keep a gap between
// the end of one and the start of the next.
type gates struct {
	gap  time.Duration
	mu   sync.Mutex
	host map[string]*gate
	many int // above this, gates nobody needs are forgotten
}

type gate struct {
	turn chan struct{} // holds one token: whoever has it may talk to the host
	next time.Time     // not before then; only the holder of the turn touches it
	refs int           // holders and waiters, under gates.mu
}

const manyGates = 1024 // are nothing to look through

func newGates(gap time.Duration) *gates {
	return &gates{gap: max(gap, 0), host: make(map[string]*gate), many: manyGates}
}

// enter waits for the turn at host. The caller calls leave when its request is
// over, with the gap the host itself asks for, zero for none: the longer gap counts.
func (g *gates) enter(ctx context.Context, host string) (leave func(gap time.Duration), err error) {
	t := g.ref(host)
	select {
	case <-t.turn:
	case <-ctx.Done():
		g.unref(t)
		return nil, ctx.Err()
	}
	back := func() {
		t.turn <- struct{}{}
		g.unref(t)
	}
	if wait := time.Until(t.next); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			back()
			return nil, ctx.Err()
		}
	}
	return func(gap time.Duration) {
		t.next = time.Now().Add(max(g.gap, gap))
		back()
	}, nil
}

func (g *gates) ref(host string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.host[host]
	if !ok {
		if len(g.host) >= g.many {
			g.sweep(time.Now())
			g.many = max(manyGates, 2*len(g.host)) // not at every new host, when all are needed
		}
		t = &gate{turn: make(chan struct{}, 1)}
		t.turn <- struct{}{}
		g.host[host] = t
	}
	t.refs++
	return t
}

func (g *gates) unref(t *gate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.refs--
}

// sweep forgets the gates nobody holds or waits for and whose gap is over. With
// no refs nobody else touches next.
func (g *gates) sweep(now time.Time) {
	for host, t := range g.host {
		if t.refs == 0 && !t.next.After(now) {
			delete(g.host, host)
		}
	}
}
