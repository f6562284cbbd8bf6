package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
)

// board is a forum on a real server: a list page and thread pages.
type board struct {
	mu      sync.Mutex
	threads []int          // newest first
	broken  map[int]int    // status instead of the thread's page
	asked   map[string]int // requests by path
	*httptest.Server
}

func newBoard(t *testing.T) *board {
	b := &board{broken: map[int]int{}, asked: map[string]int{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[r.URL.Path]++
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.URL.Path == "/" {
		tag := fmt.Sprintf(`"%v"`, b.threads)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = fmt.Fprint(w, "<ul>")
		for _, n := range b.threads {
			_, _ = fmt.Fprintf(w, `<li><a href="t/%d">主题 %d</a></li>`, n, n)
		}
		return
	}
	var n int
	_, _ = fmt.Sscanf(r.URL.Path, "/t/%d", &n)
	if code := b.broken[n]; code != 0 {
		w.WriteHeader(code)
		return
	}
	_, _ = fmt.Fprintf(w, `<div class="post">正文 %d</div>`, n)
}

func (b *board) set(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *board) config() Config {
	return Config{Name: "论坛", Kind: KindForum, URL: b.URL + "/", List: parse.Fields{Item: "li"}, Post: parse.PageFields{Text: ".post"}}
}

func httpClient(t *testing.T) *fetch.Client {
	c := fetch.New(fetch.Options{AllowHosts: []string{"127.0.0.1"}})
	t.Cleanup(c.Close)
	return c
}

func (m *memory) texts() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []string{}
	for _, p := range m.posts {
		out = append(out, p.Title+"/"+p.Text)
	}
	return out
}

func TestForumReadsEachPostOnce(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{2, 1}
	r := newRunner(t, httpClient(t), m, b.config())
	r.poll(t.Context())
	r.poll(t.Context())
	b.set(func() { b.threads = []int{3, 2, 1} })
	r.poll(t.Context())
	if got, want := m.texts(), []string{"主题 1/正文 1", "主题 2/正文 2", "主题 3/正文 3"}; !slices.Equal(got, want) {
		t.Errorf("posts %v, want %v", got, want)
	}
	for path, n := range b.asked {
		if path != "/" && n != 1 {
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
	if p := m.posts[0]; p.URL != b.URL+"/t/1" || p.Seen.IsZero() {
		t.Errorf("%+v", p)
	}
}

// Threads beyond the cap on pages are read by the next polls, though the list
// has not changed, and even when they have left it; also after a restart.
func TestForumPageCapLosesNothing(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{7, 6, 5, 4, 3, 2, 1}
	cfg := b.config()
	cfg.Pages = 3
	newRunner(t, httpClient(t), m, cfg).poll(t.Context())
	if len(m.posts) != 3 {
		t.Fatalf("%d posts after the first poll", len(m.posts))
	}
	b.set(func() { b.threads = []int{8} })
	r := newRunner(t, httpClient(t), m, cfg)
	r.poll(t.Context())
	r.poll(t.Context())
	got := m.texts()
	if want := []string{"主题 1/正文 1", "主题 2/正文 2", "主题 3/正文 3", "主题 4/正文 4", "主题 5/正文 5", "主题 6/正文 6", "主题 7/正文 7", "主题 8/正文 8"}; !slices.Equal(got, want) {
		t.Errorf("posts %v, want %v", got, want)
	}
	for path, n := range b.asked {
		if path != "/" && path != "/robots.txt" && n != 1 { // of two clients
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
}

func TestForumPageFailures(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{3, 2, 1}
	b.broken = map[int]int{1: 404, 2: 403}
	r := newRunner(t, httpClient(t), m, b.config())
	r.poll(t.Context())
	if got := m.texts(); !slices.Equal(got, []string{"主题 3/正文 3"}) {
		t.Fatalf("after one poll: %v", got)
	}
	b.set(func() { delete(b.broken, 2) })
	r.poll(t.Context())
	if got := m.texts(); !slices.Equal(got, []string{"主题 3/正文 3", "主题 2/正文 2"}) {
		t.Fatalf("after two polls: %v", got)
	}
	r.poll(t.Context())
	r.poll(t.Context())
	if got := m.texts(); !slices.Equal(got, []string{"主题 3/正文 3", "主题 2/正文 2", "主题 1/"}) {
		t.Fatalf("in the end: %v", got)
	}
	if n := b.asked["/t/1"]; n != DefaultTries {
		t.Errorf("the broken page was asked for %d times", n)
	}
	if s := r.status(); s.Failures != 0 {
		t.Errorf("%+v", s)
	}
}

// A site that has enough of us is asked for no further page, and left alone.
func TestForumPagesStopWhenTheSiteIsBusy(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{3, 2, 1}
	b.broken = map[int]int{1: 503, 2: 503, 3: 503}
	r := newRunner(t, httpClient(t), m, b.config())
	r.poll(t.Context())
	if b.asked["/t/1"] != 1 || b.asked["/t/2"] != 0 || len(r.state.Waiting) != 3 {
		t.Errorf("asked %v, waiting %v", b.asked, r.state.Waiting)
	}
	b.set(func() { clear(b.broken) })
	r.poll(t.Context())
	if len(m.posts) != 3 || len(r.state.Waiting) != 0 {
		t.Errorf("posts %v", m.texts())
	}
}

func TestForumWaitingIsBounded(t *testing.T) {
	b, m := newBoard(t), &memory{}
	for n := range maxWaiting + 50 {
		b.threads = append(b.threads, n+1)
	}
	cfg := b.config()
	cfg.Pages = 1
	r := newRunner(t, httpClient(t), m, cfg)
	r.poll(t.Context())
	if len(r.state.Waiting) != maxWaiting || len(m.posts) != 50 {
		t.Errorf("%d wait, %d posts", len(r.state.Waiting), len(m.posts))
	}
}

func TestForumWithoutPostPages(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{2, 1}
	cfg := b.config()
	cfg.Pages = 1
	newRunner(t, httpClient(t), m, cfg).poll(t.Context()) // one waits
	cfg.Post = parse.PageFields{}
	newRunner(t, httpClient(t), m, cfg).poll(t.Context())
	if got := m.texts(); !slices.Equal(got, []string{"主题 1/正文 1", "主题 2/"}) {
		t.Errorf("posts %v", got)
	}
}

func TestForumLayoutFailureShowsInStatus(t *testing.T) {
	b, m := newBoard(t), &memory{}
	r := newRunner(t, httpClient(t), m, b.config())
	r.poll(t.Context())
	if s := r.status(); s.Failures != 1 || !strings.HasPrefix(s.Reason, "页面结构变了，选择器 li 找不到任何帖文") {
		t.Errorf("%+v", s)
	}
	b.set(func() { b.threads = []int{1} })
	r.poll(t.Context())
	if s := r.status(); s.Failures != 0 || len(m.posts) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestPreview(t *testing.T) {
	b := newBoard(t)
	for n := range 30 {
		b.threads = append([]int{n + 1}, b.threads...)
	}
	b.broken[30] = 404
	posts, err := Preview(t.Context(), httpClient(t), b.config())
	var part *PartError
	if !errors.As(err, &part) || !strings.HasPrefix(Reason(err), "1 个帖文页打不开：对方返回 404（网页不存在）") || len(posts) != 30 {
		t.Fatalf("%d posts, %v, %s", len(posts), err, Reason(err))
	}
	texts := 0
	for _, p := range posts[len(posts)-previewPages:] { // the newest are the ones that are shown
		if p.Text != "" {
			texts++
		}
	}
	if texts != previewPages-1 {
		t.Errorf("%d posts with text", texts)
	}
	cfg := b.config()
	cfg.Post.Text = ".nobody"
	b.set(func() { clear(b.broken) })
	if posts, err := Preview(t.Context(), httpClient(t), cfg); !errors.As(err, &part) || !strings.HasPrefix(Reason(err), "帖文页上选择器 .nobody 找不到正文，暂时只看标题") || len(posts) != 30 {
		t.Errorf("wrong selector: %d posts, %v, %s", len(posts), err, Reason(err))
	}
	if posts, err := Preview(t.Context(), httpClient(t), b.config()); err != nil || len(posts) != 30 {
		t.Errorf("%d posts, %v", len(posts), err)
	}
	if _, err := Preview(t.Context(), httpClient(t), Config{}); err == nil {
		t.Error("an empty configuration was read")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Preview(ctx, httpClient(t), b.config()); err == nil {
		t.Error("a cancelled preview gave posts")
	}
}

func TestCancelStopsQuickly(t *testing.T) {
	entered := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	m := &memory{}
	p := newPoller(t, httpClient(t), m, Config{Name: "慢", Kind: KindFeed, URL: s.URL, Floor: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.Run(ctx); close(done) }()
	<-entered
	cancel()
	<-done
	if st := p.Status()[0]; st.Failures != 0 || len(m.batches) != 0 {
		t.Errorf("stopping counted as a failure: %+v", st)
	}
}
