package source

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

// memory is a journal in memory. As the real one it keeps the state as JSON.
type memory struct {
	mu      sync.Mutex
	posts   []post.Post
	states  map[string][]byte
	batches []post.Batch
	sick    func(op string) error // what makes an operation fail; may panic
}

func (m *memory) failing(op string) error {
	if m.sick == nil {
		return nil
	}
	return m.sick(op)
}

func (m *memory) Known(_ context.Context, ids []string) (map[string]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string]bool)
	for _, id := range ids {
		out[id] = slices.ContainsFunc(m.posts, func(p post.Post) bool { return p.ID == id })
	}
	return out, m.failing("known")
}

func (m *memory) LoadState(_ context.Context, source string) (s post.State, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failing("load"); err != nil {
		return s, err
	}
	if b, ok := m.states[source]; ok {
		err = json.Unmarshal(b, &s)
	}
	return s, err
}

func (m *memory) Ingest(_ context.Context, b post.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failing("ingest"); err != nil {
		return err
	}
	for _, p := range b.Posts {
		if err := p.Validate(); err != nil {
			return err
		}
		if slices.ContainsFunc(m.posts, func(q post.Post) bool { return q.ID == p.ID }) {
			return errors.New("post handed on twice: " + p.Title)
		}
		m.posts = append(m.posts, p)
	}
	enc, err := json.Marshal(b.State)
	if err != nil {
		return err
	}
	if m.states == nil {
		m.states = make(map[string][]byte)
	}
	m.states[b.Source] = enc
	m.batches = append(m.batches, b)
	return nil
}

func (m *memory) titles() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []string{}
	for _, p := range m.posts {
		out = append(out, p.Title)
	}
	return out
}

// web answers requests without a network, so that time can be the test's.
type web func(ctx context.Context, req fetch.Request) (*fetch.Response, error)

func (w web) Get(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
	return w(ctx, req)
}

func page(url, body string) *fetch.Response {
	return &fetch.Response{Status: 200, Body: []byte(body), ContentType: "text/html; charset=utf-8", FinalURL: url}
}

func newPoller(t *testing.T, get Getter, m *memory, sources ...Config) *Poller {
	t.Helper()
	p, err := NewPoller(Options{Client: get, Known: m, States: m, Sink: m, Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// runFor lets p run for d and then stops it.
func runFor(t *testing.T, p *Poller, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	p.Run(ctx)
}

func newRunner(t *testing.T, get Getter, m *memory, cfg Config) *runner {
	t.Helper()
	return newPoller(t, get, m, cfg).runners[0]
}

func readFixture(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
