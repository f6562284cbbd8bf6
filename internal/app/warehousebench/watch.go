package main

import (
	"context"
	"net"
	"sync"
	"time"
)

// watch times the queries that go over connections: a question may take several, some at the
// same time.
type watch struct {
	dial    func(ctx context.Context, address string) (net.Conn, error)
	mu      sync.Mutex
	queries int
	longest time.Duration
}

// start forgets what it has seen.
func (w *watch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries, w.longest = 0, 0
}

// seen is how many queries there were since start, and how long the longest of them took.
func (w *watch) seen() (queries int, longest time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.queries, w.longest
}

func (w *watch) DialContext(ctx context.Context, address string) (net.Conn, error) {
	c, err := w.dial(ctx, address)
	return &watched{Conn: c, watch: w, answered: true}, err
}

// watched is a connection on which requests follow one another: a request is from its first
// byte written to the last byte of its answer.
type watched struct {
	net.Conn
	watch    *watch
	began    time.Time
	answered bool // something was read since
}

func (c *watched) Write(b []byte) (int, error) {
	c.watch.mu.Lock()
	if c.answered {
		c.began, c.answered = time.Now(), false
		c.watch.queries++
	}
	c.watch.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *watched) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.watch.mu.Lock()
		c.answered = true
		c.watch.longest = max(c.watch.longest, time.Since(c.began))
		c.watch.mu.Unlock()
	}
	return n, err
}
