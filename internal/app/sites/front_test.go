package sites

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// front is what stands before a site, as a web server does before most: the site's
// public address. It counts what is asked for.
type front struct {
	*httptest.Server
	asked sync.RWMutex // held by every request
	mu    sync.Mutex
	hits  []hit
}

// hit is a request and its answer.
type hit struct {
	url    *url.URL
	status int
}

// polls tells whether the request is what a poll of s begins with.
func (h hit) polls(s source) bool {
	return h.url.Path == s.path && strings.Contains(h.url.RawQuery, s.query) && (s.query == "") == (h.url.RawQuery == "")
}

// newFront stands before the site that will listen at backend.
func newFront(t *testing.T, backend string) *front {
	f := &front{}
	target := &url.URL{Scheme: "http", Host: backend}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // the site is to know its public address
		},
		ModifyResponse: func(res *http.Response) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.hits = append(f.hits, hit{res.Request.URL, res.StatusCode})
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0), // a WordPress being installed asks before it answers
	}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.asked.RLock()
		defer f.asked.RUnlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// between does something while nobody reads the site. WordPress looks for posts first and
// for the newest one's time, its ETag, afterwards: to whoever reads at the moment at which
// a post comes out it may show the old posts under the new tag, and 304 from then on.
func (f *front) between(do func()) {
	f.asked.Lock()
	defer f.asked.Unlock()
	do()
}

// since returns what was asked for after the first n requests.
func (f *front) since(n int) []hit {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.hits[n:])
}

func (f *front) count() int { return len(f.since(0)) }

// polled tells how often a source was polled after the first n requests.
func (f *front) polled(n int, s source) (times int) {
	for _, h := range f.since(n) {
		if h.polls(s) {
			times++
		}
	}
	return times
}
