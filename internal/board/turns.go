package board

import (
	"context"
	"sync"
)

// turns keep one who opens many pages, or a program that does, from taking the record away
// from all others.
type turns struct {
	once  sync.Once
	free  chan struct{} // holds a value for each page that is being made
	mu    sync.Mutex
	waits map[string]int // pages of a person that are being made or wait
}

// wait waits for a turn of a person; done ends it.
func (t *turns) wait(ctx context.Context, name string) (done func(), err error) {
	t.once.Do(func() { t.free, t.waits = make(chan struct{}, atOnce), make(map[string]int) })
	t.mu.Lock()
	many := t.waits[name] >= perReader
	if !many {
		t.waits[name]++
	}
	t.mu.Unlock()
	if many {
		return nil, errBusy
	}
	gone := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.waits[name]--; t.waits[name] == 0 {
			delete(t.waits, name)
		}
	}
	select {
	case t.free <- struct{}{}:
		return func() { <-t.free; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, errBusy
	}
}
