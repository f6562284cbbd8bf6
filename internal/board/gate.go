package board

import (
	"context"
	"sync"
)

// gate keeps one who opens many pages, or a program that does, from taking the record away
// from all others: of the places, one person never has all.
type gate struct {
	free   chan struct{} // holds a value for each page that is being made
	mu     sync.Mutex
	people map[string]*queue // those whose pages wait, are being made or are being sent
}

// queue is one person's.
type queue struct {
	turn  chan struct{} // holds a value for each page of theirs that has, or is next for, a place
	pages int           // that wait, are being made or are being sent
}

func newGate() *gate {
	return &gate{free: make(chan struct{}, atOnce), people: make(map[string]*queue)}
}

// pass waits until a page of a person may be made. made gives the place back, however often
// it is called: who reads the page slowly keeps nobody waiting; sent ends it.
func (g *gate) pass(ctx context.Context, name string) (made, sent func(), err error) {
	g.mu.Lock()
	q := g.people[name]
	if q == nil {
		q = &queue{turn: make(chan struct{}, atOnce-1)}
		g.people[name] = q
	}
	many := q.pages >= perReader
	if !many {
		q.pages++
	}
	g.mu.Unlock()
	if many {
		return nil, nil, errBusy
	}
	gone := func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if q.pages--; q.pages == 0 {
			delete(g.people, name)
		}
	}
	select {
	case q.turn <- struct{}{}:
	case <-ctx.Done():
		gone()
		return nil, nil, errBusy
	}
	select {
	case g.free <- struct{}{}:
		return sync.OnceFunc(func() { <-g.free; <-q.turn }), gone, nil
	case <-ctx.Done():
		<-q.turn
		gone()
		return nil, nil, errBusy
	}
}
