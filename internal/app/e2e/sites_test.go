package e2e

import (
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"huiyin/internal/post"
)

// sites are the websites of the town: the office's own, and a forum. Transcripts show
// them under names that stay.
type sites struct {
	own, forum string // "host:port"
	mu         sync.Mutex
	pages      map[string]string // path → HTML
	gone       map[string]int    // path → status
}

const (
	ownName   = "www.qinghe.example.cn"
	forumName = "bbs.qinghe.example.cn"
)

func (s *sites) start(t testing.TB) {
	s.pages, s.gone = map[string]string{}, map[string]int{}
	own, forum := httptest.NewServer(s), httptest.NewServer(s)
	t.Cleanup(own.Close)
	t.Cleanup(forum.Close)
	s.own = "localhost:" + port(own)
	s.forum = "127.0.0.1:" + port(forum)
}

func port(s *httptest.Server) string {
	_, p := must2(net.SplitHostPort(s.Listener.Addr().String()))
	return p
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

func (s *sites) hosts() []string { return []string{s.own, s.forum} }

// homes are where the sources live.
func (s *sites) homes() map[string]string {
	return map[string]string{"清河论坛": s.forum, "清河贴吧": s.forum, "百姓呼声": s.forum, "市长信箱": s.forum, "市政府网站": s.forum}
}

// renamed gives the sites in a text the names that stay.
func (s *sites) renamed(text string) string {
	return strings.NewReplacer("http://"+s.own, "https://"+ownName, s.own, ownName, "http://"+s.forum, "https://"+forumName, s.forum, forumName).Replace(text)
}

// ServeHTTP shows a page.
func (s *sites) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, ok := s.pages[r.URL.Path]
	if status := s.gone[r.URL.Path]; status != 0 || !ok {
		http.Error(w, "网页不存在", max(status, http.StatusNotFound))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, page)
}

// write puts a page on the sites.
func (s *sites) write(path, title, text, day string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = fmt.Sprintf(`<!DOCTYPE html><html><head><title>%s</title><meta name="pubdate" content="%s"></head><body><h1>%[1]s</h1><div class="content"><p>%[3]s</p></div></body></html>`,
		html.EscapeString(title), day, strings.ReplaceAll(html.EscapeString(text), "\n", "</p><p>"))
}

// drop takes a page off.
func (s *sites) drop(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone[path] = http.StatusNotFound
}

// answer publishes an answer on the office's site and returns its address.
func (w *world) answer(path, title, text string) string {
	w.sites.write(path, title, text, w.now().Format(minutes))
	return "http://" + w.sites.own + path
}

// say is a post on a page of the forum, read at once. It returns the page's path.
func (w *world) say(source, title, text string) (path string) {
	w.t.Helper()
	p := w.thread(source, title, text)
	w.read(p)
	w.settle()
	return p.Key
}

// thread is a post on a page of the forum, which nobody has read yet.
func (w *world) thread(source, title, text string) post.Post {
	w.posts++
	path := fmt.Sprintf("/t/%c.html", 'a'+w.posts-1)
	w.sites.write(path, title, text, w.now().Format(minutes))
	return w.post(source, title, text, path)
}

// post is one that a source shows.
func (w *world) post(source, title, text, path string) post.Post {
	return post.Post{
		ID: post.IDOf(source, path), Source: source, Key: path, Title: title, Text: text, URL: "http://" + w.sites.forum + path,
		Published: w.now(), Seen: w.now(),
	}
}

// read takes posts in, as one reading of their source.
func (w *world) read(list ...post.Post) {
	w.t.Helper()
	w.check(w.pipeline.Ingest(context.Background(), post.Batch{Source: list[0].Source, At: w.now(), Read: len(list), Posts: list}))
}
