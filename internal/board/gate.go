package board

import (
	"context"
	"sync"
)

// gate keeps one who opens many pages, or a program that does, from taking the record away
// from all others.
type gate struct {
	free  chan struct{} // holds a value for each page that is being made
	mu    sync.Mutex
	waits map[string]int // pages of a person that are being made or wait
}

func newGate() *gate {
	return &gate{free: make(chan struct{}, atOnce), waits: make(map[string]int)}
}

// pass waits until a page of a person may be made; done ends it.
func (g *gate) pass(ctx context.Context, name string) (done func(), err error) {
	g.mu.Lock()
	many := g.waits[name] >= perReader
	if !many {
		g.waits[name]++
	}
	g.mu.Unlock()
	if many {
		return nil, errBusy
	}
	gone := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.waits[name]--; g.waits[name] == 0 {
			delete(g.waits, name)
		}
	}
	select {
	case g.free <- struct{}{}:
		return func() { <-g.free; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, errBusy
	}
}
