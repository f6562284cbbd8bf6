package fetch

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// web is a network without sockets, so that time can be synctest's: every address
// that is dialled is a pipe to talk.
type web struct {
	mu   sync.Mutex
	open int // connections that the client has not closed
	talk func(c net.Conn)
}

func (w *web) dial(context.Context, string, string) (net.Conn, error) {
	w.mu.Lock()
	w.open++
	w.mu.Unlock()
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		w.talk(theirs)
	}()
	return &pipe{Conn: ours, web: w}, nil
}

// left is how many connections are open.
func (w *web) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open
}

type pipe struct {
	net.Conn
	web  *web
	once sync.Once
}

func (p *pipe) Close() error {
	p.once.Do(func() {
		p.web.mu.Lock()
		p.web.open--
		p.web.mu.Unlock()
	})
	return p.Conn.Close()
}

// wired is a client whose every connection is a pipe to talk.
func wired(t *testing.T, opt Options, talk func(c net.Conn)) (*Client, *web) {
	w := &web{talk: talk}
	c := New(opt)
	c.outside.DialContext, c.inside.DialContext = w.dial, w.dial
	t.Cleanup(c.Close)
	return c, w
}

// hosted is a client of a web on which every host is h.
func hosted(t *testing.T, opt Options, h http.HandlerFunc) (*Client, *web) {
	conns := make(chan net.Conn)
	server := &http.Server{Handler: h}
	l := &listener{conns: conns, closed: make(chan struct{})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return wired(t, opt, func(c net.Conn) {
		gone := make(chan struct{})
		select {
		case conns <- &served{Conn: c, gone: gone}:
			<-gone
		case <-l.closed:
		}
	})
}

type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// served is a connection that tells when the server is done with it.
type served struct {
	net.Conn
	gone chan struct{}
	once sync.Once
}

func (s *served) Close() error {
	s.once.Do(func() { close(s.gone) })
	return s.Conn.Close()
}

// requests reads the requests on c, answers those for robots.txt that there is
// none, and gives the others to answer, until that says no or the client is gone.
func requests(c net.Conn, answer func(r *http.Request) bool) {
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if strings.HasSuffix(r.URL.Path, "/robots.txt") {
			if _, err := c.Write([]byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")); err != nil {
				return
			}
		} else if !answer(r) {
			return
		}
	}
}

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// answering talks like a server that gives the same answer for ever, but has no robots.txt.
func answering(answer string) func(net.Conn) {
	return func(c net.Conn) {
		requests(c, func(*http.Request) bool {
			_, err := c.Write([]byte(answer))
			return err == nil
		})
	}
}
