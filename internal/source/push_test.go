package source

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiyin/internal/fetch"
)

// hub is a hub's side of the story.
type hub struct {
	live   bool
	offers []string
	missed int
}

func (h *hub) Offer(_ context.Context, source, hub, topic string) {
	h.offers = append(h.offers, source+" "+hub+" "+topic)
}

func (h *hub) Live(string, time.Time) bool { return h.live }

func (h *hub) Missed(context.Context, string) { h.missed++ }

// What a hub sends goes the way of what is polled, once; while one sends, polls are few.
func TestDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, l, h := &memory{}, &list{window: 5, pages: 1}, &hub{live: true}
		l.write(2)
		cfg := feedAt("list")
		cfg.Ceiling = time.Hour
		var mu sync.Mutex // guards l
		p, err := NewPoller(Options{Client: web(func(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			resp, err := l.get(ctx, req)
			resp.Links.Hubs, resp.Links.Self = []string{"https://hub.example.cn/"}, "https://list.example.cn/self"
			return resp, err
		}), Known: m, States: m, Sink: m, Sources: []Config{cfg}, Push: h})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Minute)
		defer cancel()
		go func() {
			time.Sleep(10 * time.Minute)
			mu.Lock()
			l.write(1)
			sent, err := l.get(ctx, fetch.Request{})
			l.asked = l.asked[:len(l.asked)-1]
			mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := p.Deliver(ctx, "list", sent.Body, sent.ContentType); err != nil || len(m.titles()) != 3 {
					t.Errorf("%v, %v", m.titles(), err)
				}
			}
			if err := p.Deliver(ctx, "list", []byte("<html>"), ""); !errors.Is(err, ErrUnreadable) {
				t.Error("nonsense was taken")
			}
			if err := p.Deliver(ctx, "nobody", nil, ""); !errors.Is(err, ErrNoSource) {
				t.Errorf("%v", err)
			}
			time.Sleep(time.Hour)
			mu.Lock()
			defer mu.Unlock()
			l.write(1) // the hub forgets to send this one
		}()
		p.Run(ctx)
		if len(l.asked) != 3 || h.missed != 1 || len(m.titles()) != 4 {
			t.Errorf("asked %d times, %d missed, %v", len(l.asked), h.missed, m.titles())
		}
		if h.offers[0] != "list https://hub.example.cn/ https://list.example.cn/self" || !p.Status()[0].Pushed || p.Status()[0].Failures != 0 {
			t.Errorf("%v, %+v", h.offers, p.Status()[0])
		}
	})
}

// A hub that sends only the last of many does not hide the others from the next poll; one
// that sends all of them, more than a page, raises no alarm.
func TestPushesDoNotHideAGap(t *testing.T) {
	for name, c := range map[string]struct {
		sent []int
		gaps int
	}{
		"only the last": {[]int{45}, 1},
		"all":           {[]int{6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 0},
	} {
		m, l := &memory{}, &list{window: 5, pages: 1}
		l.write(5)
		p := newPoller(t, web(l.get), m, feedAt("list"))
		r := p.runners[0]
		r.poll(t.Context())
		for l.posts[0] < c.sent[len(c.sent)-1] {
			l.write(1)
			if !slices.Contains(c.sent, l.posts[0]) {
				continue
			}
			item := &list{window: 1, posts: l.posts[:1]}
			sent, err := item.get(t.Context(), fetch.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Deliver(t.Context(), "list", sent.Body, sent.ContentType); err != nil {
				t.Fatal(err)
			}
		}
		r.poll(t.Context())
		if s := r.status(); s.Gaps != c.gaps || s.Failures > 0 {
			t.Errorf("%s: %+v, %v", name, s, m.titles())
		}
	}
}

// A push does not wait for a slow poll for longer than whoever brings it.
func TestDeliverWhileAPollIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPoller(t, web(func(ctx context.Context, _ fetch.Request) (*fetch.Response, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), &memory{}, feedAt("list"))
		polling, stop := context.WithCancel(t.Context())
		defer stop()
		go p.Run(polling)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Deliver(ctx, "list", []byte(oneItem), ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// A push brings what is new while polls fail, and does not hide that they do.
func TestDeliverWhilePollsFail(t *testing.T) {
	m, l := &memory{}, &list{window: 5, pages: 1}
	l.write(2)
	down := false
	p := newPoller(t, web(func(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
		if down {
			return nil, &fetch.StatusError{Status: 502}
		}
		return l.get(ctx, req)
	}), m, feedAt("list"))
	r := p.runners[0]
	r.poll(t.Context())
	down = true
	r.poll(t.Context())
	l.write(1)
	sent, err := l.get(t.Context(), fetch.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Deliver(t.Context(), "list", sent.Body, sent.ContentType); err != nil {
		t.Fatal(err)
	}
	s := r.status()
	if kept, err := m.LoadState(t.Context(), "list"); err != nil || kept.Failures != 1 || s.Failures != 1 || !strings.Contains(s.Reason, "502") || len(m.titles()) != 3 {
		t.Errorf("%+v, kept %d failures, %v, %v", s, kept.Failures, m.titles(), err)
	}
	down = false
	r.poll(t.Context())
	if s := r.status(); s.Failures != 0 || s.Reason != "" || s.Gaps != 0 || len(m.titles()) != 3 {
		t.Errorf("%+v", s)
	}
}
