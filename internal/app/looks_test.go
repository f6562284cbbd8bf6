package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/evidence"
	"huiyin/internal/fetch"
	"huiyin/internal/journal"
	"huiyin/internal/look"
	"huiyin/internal/pipeline"
)

// web answers at once, but for the sites that are called slow: they answer, whatever
// becomes of the request, when goOn is closed.
type web struct {
	goOn  chan struct{}
	slow  chan string // the addresses that were asked for and are slow
	mu    sync.Mutex
	asked map[string]int
}

func (w *web) Get(_ context.Context, req fetch.Request) (*fetch.Response, error) {
	w.mu.Lock()
	w.asked[req.URL]++
	w.mu.Unlock()
	if strings.Contains(strings.ToLower(req.URL), "slow") {
		w.slow <- req.URL
		<-w.goOn
	}
	return &fetch.Response{Status: http.StatusOK, Body: []byte("<title>停水</title><p>今天停水，明天来水。"), FinalURL: req.URL}, nil
}

// looksAt are looks at pages of one case, on a journal of their own.
func looksAt(t *testing.T, addresses ...string) (Looks, *web) {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := evidence.New(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.New(pipeline.Options{Journal: j, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := &web{goOn: make(chan struct{}), slow: make(chan string, 2*len(addresses)), asked: map[string]int{}}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	begun := time.Now().Add(-time.Minute)
	if err := j.Update(func(tx *journal.Tx) error {
		if _, err := tx.Append(cases.Event{Case: "2026-000001", Kind: cases.Opened, At: begun, Title: "停水", Post: "p0"}); err != nil {
			return err
		}
		for i, a := range addresses {
			l := cases.Look{Case: "2026-000001", URL: a, Post: fmt.Sprintf("p%d", i), At: begun.Add(time.Duration(i))}
			if err := tx.PutLook(l); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return Looks{
		Pipeline: p, Looker: look.New(w, time.UTC, time.Now), Evidence: store, Together: 3, Log: slog.New(slog.DiscardHandler),
	}, w
}

// A site that is slow takes one place, however many pages of it are due; the others are
// looked at meanwhile, and nothing is begun twice.
func TestSlowPagesHoldUpNobody(t *testing.T) {
	addresses := []string{"https://slow.example/0", "https://SLOW.example/1", "https://x@slow.example/2"}
	for i := range 8 {
		addresses = append(addresses, fmt.Sprintf("https://quick%d.example/", i%4))
	}
	k, w := looksAt(t, addresses...)
	r := k.round()
	for range 8 {
		k.begin(t.Context(), r)
		k.find(r) // as a tick does that comes meanwhile
		k.begin(t.Context(), r)
		if len(r.underWay) > k.Together {
			t.Fatalf("%d under way", len(r.underWay))
		}
		k.take(t.Context(), r, <-r.seen)
	}
	k.find(r)
	k.begin(t.Context(), r)
	if len(r.underWay) != 1 || len(r.waiting) != 2 || w.asked[<-w.slow] != 1 || len(w.slow) != 0 {
		t.Errorf("%v under way, %v wait, asked %v", r.underWay, r.waiting, w.asked)
	}
	for i := range 4 {
		if a := fmt.Sprintf("https://quick%d.example/", i); w.asked[a] != 2 {
			t.Errorf("%s was asked for %d times", a, w.asked[a])
		}
	}
	close(w.goOn)
	k.take(t.Context(), r, <-r.seen)
	k.Due(t.Context())
	if due, err := k.Pipeline.Looks(); err != nil || len(due) != 0 || len(w.slow) != 2 {
		t.Errorf("%v still due, %v; asked %v", due, err, w.asked)
	}
}

// The end waits for no page, and what comes after it is not recorded.
func TestLooksEndAtOnce(t *testing.T) {
	k, w := looksAt(t, "https://slow.example/0", "https://slow1.example/0")
	for _, look := range []func(context.Context){
		func(ctx context.Context) {
			if err := k.run(ctx); err != nil {
				t.Error(err)
			}
		},
		k.Due,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { look(ctx); close(ended) }()
		<-w.slow
		<-w.slow
		cancel()
		<-ended
	}
	close(w.goOn)
	if due, err := k.Pipeline.Looks(); err != nil || len(due) != 2 {
		t.Errorf("%v are due, %v", due, err)
	}
}

// What is inside is opened to a look only where its source lives, or the office publishes.
func TestLooksAreAtHome(t *testing.T) {
	k := Looks{Homes: map[string]string{"内网论坛": "10.0.0.8:8080"}}
	sites := []string{"10.0.0.9"}
	for _, tt := range []struct {
		look  cases.Look
		sites []string
		want  string
		own   bool
	}{
		{cases.Look{URL: "http://10.0.0.8:8080/t/1", Source: "内网论坛"}, sites, "10.0.0.8:8080", false},
		{cases.Look{URL: "http://10.0.0.8:8080/t/1", Source: "清河论坛"}, sites, "", false},
		{cases.Look{URL: "http://10.0.0.9/t/1"}, sites, "", false}, // queued before looks knew their source
		{cases.Look{URL: "http://10.0.0.9:81/a/1", Reply: 1}, sites, "10.0.0.9:81", true},
		{cases.Look{URL: "http://10.0.0.8:8080/t/1", Reply: 1}, sites, "", false},
		{cases.Look{URL: "http://10.0.0.9/a/1", Reply: 1}, nil, "", false},
	} {
		if r := k.ask(subject{Look: tt.look, sites: tt.sites}); r.URL != tt.look.URL || r.Home != tt.want || r.IgnoreRobots != tt.own {
			t.Errorf("%+v: %+v", tt.look, r)
		}
	}
}
