package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiyin/internal/fetch"
)

func TestManySourcesAreSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		firsts := map[time.Time]bool{}
		turn := make(chan struct{}, 1)
		get := web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) {
			turn <- struct{}{}
			firsts[time.Now()] = true
			<-turn
			return page(r.URL, oneItem), nil
		})
		var sources []Config
		for i := range 50 {
			sources = append(sources, feedAt(fmt.Sprintf("s%d", i)))
		}
		m := &memory{}
		runFor(t, newPoller(t, get, m, sources...), 20*time.Second)
		if len(m.posts) != 50 || len(firsts) < 25 {
			t.Errorf("%d sources polled, at %d moments", len(m.posts), len(firsts))
		}
	})
}

// When all sources are due at once, what is read does not pile up in memory; a host that
// hangs takes one place, however many sources are on it.
func TestNotAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sources []Config
		for i := range 3 * maxPolls {
			sources = append(sources, feedAt(fmt.Sprintf("s%d", i)))
		}
		for i := range 2 * maxPolls {
			cfg := feedAt("hangs")
			cfg.Name, cfg.URL = fmt.Sprintf("hangs%d", i), fmt.Sprint(cfg.URL, i)
			sources = append(sources, cfg)
		}
		for i := range sources {
			sources[i].Floor, sources[i].Ceiling = time.Second, time.Second
		}
		var mu sync.Mutex
		under, most, hanging, hung := 0, 0, 0, 0
		get := web(func(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
			hangs := strings.Contains(r.URL, "hangs")
			took := 10 * time.Second
			if hangs {
				took = time.Minute
			}
			mu.Lock()
			under++
			most = max(most, under)
			if hangs {
				hanging++
				hung = max(hung, hanging)
			}
			mu.Unlock()
			time.Sleep(took)
			mu.Lock()
			defer mu.Unlock()
			under--
			if hangs {
				hanging--
				return nil, errors.New("timeout")
			}
			return page(r.URL, oneItem), nil
		})
		m := &memory{}
		p := newPoller(t, get, m, sources...)
		runFor(t, p, 3*time.Minute)
		if most != maxPolls || hung != 1 {
			t.Errorf("%d polls at a time, %d of them at one host", most, hung)
		}
		if len(m.posts) != 3*maxPolls {
			t.Errorf("%d sources read", len(m.posts))
		}
		failed := 0
		for _, s := range p.Status() {
			if s.Failures > 0 {
				failed++
			}
		}
		if failed < 2 {
			t.Errorf("%d sources of the host that hangs were tried", failed)
		}
	})
}
