package fetch

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However many hosts are asked, no more requests than set are under way; and those
// that wait for one slow host take no place from the others.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		c, _ := hosted(t, Options{Together: 3, Timeout: 10 * time.Second}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			switch {
			case r.Host == "slow.cn": // a byte a second, for ever
				for r.Context().Err() == nil {
					_, _ = io.WriteString(w, "x")
					_ = http.NewResponseController(w).Flush()
					time.Sleep(time.Second)
				}
			default:
				time.Sleep(time.Second)
			}
			mu.Lock()
			now--
			mu.Unlock()
		})
		start := time.Now()
		var slow, quick sync.WaitGroup
		for i := range 100 {
			slow.Go(func() {
				ctx, cancel := contextFor(t, 25*time.Second)
				defer cancel()
				if _, err := c.Get(ctx, Request{URL: fmt.Sprintf("http://slow.cn/%d", i)}); !isTimeout(err) {
					t.Errorf("slow: %v", err)
				}
			})
		}
		synctest.Wait()
		if len(c.slots) != 1 {
			t.Errorf("one slow host takes %d places", len(c.slots))
		}
		for i := range 20 {
			quick.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://quick%d.cn/", i)}); err != nil {
					t.Error(err)
				}
			})
		}
		quick.Wait()
		if d := time.Since(start); d != 10*time.Second { // two places for twenty, a second each
			t.Errorf("the quick hosts took %v", d)
		}
		slow.Wait()
		if d := time.Since(start); d != 25*time.Second {
			t.Errorf("the slow host took %v", d)
		}
		if len(c.slots) != 0 {
			t.Errorf("%d places are still taken", len(c.slots))
		}
		time.Sleep(time.Second) // for the server to notice
		mu.Lock()
		defer mu.Unlock()
		if most < 3 || most > 4 { // the slow one counts until it notices that we hung up
			t.Errorf("%d requests at the same time", most)
		}
	})
}

// After many hosts, few connections stay open, and after a while none.
func TestFewConnectionsStayOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w := wired(t, Options{AllowHosts: []string{"in0.cn", "in1.cn", "in2.cn"}}, nil)
		w.talk = answering(ok + "Content-Length: 4\r\n\r\ngood")
		for i := range 1000 {
			for _, host := range []string{fmt.Sprintf("h%d.cn", i), fmt.Sprintf("in%d.cn", i%3)} {
				if _, err := c.Get(t.Context(), Request{URL: "http://" + host + "/", Home: host}); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		if w.left() != maxIdle+3 {
			t.Errorf("%d connections stay open", w.left())
		}
		time.Sleep(idleTimeout)
		synctest.Wait()
		if w.left() != 0 {
			t.Errorf("%d connections stay open for good", w.left())
		}
		if n := len(c.gates.host); n > manyGates {
			t.Errorf("%d gates are kept", n)
		}
	})
}

// A body is read into memory once where its length is announced, about twice where
// it is not, and a length that is a lie takes little.
func TestBodyMemory(t *testing.T) {
	for name, tt := range map[string]struct {
		announced int64
		body      int
		most      uint64 // bytes, all that is set aside on the way
	}{
		"announced":           {1 << 20, 1 << 20, 1<<20 + 64<<10},
		"empty":               {0, 0, 64 << 10},
		"not announced":       {-1, 8 << 20, 40 << 20},
		"announced, large":    {8 << 20, 8 << 20, 40 << 20},
		"announced, a lie":    {15 << 20, 1000, 64 << 10},
		"announced, a little": {1 << 20, 1000, 1<<20 + 64<<10},
	} {
		body := make([]byte, tt.body)
		resp := &http.Response{ContentLength: tt.announced, Body: io.NopCloser(bytes.NewReader(body))}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := readBody(resp, DefaultMaxBody, false)
		runtime.ReadMemStats(&after)
		if len(got) != tt.body && err == nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > tt.most {
			t.Errorf("%s: took %d KiB", name, n>>10)
		}
	}
}

// What the headers say of time and of other addresses comes with the page, and
// also with the news that it has not changed.
func TestFreshAndLinks(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=600")
		w.Header().Add("Link", `</hub>; rel=hub`)
		w.Header().Add("Link", `<?page=2>; rel="next"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	c := client(t, Options{})
	for _, etag := range []string{"", `"v1"`} {
		req := at(s.URL + "/feed")
		req.ETag = etag
		r, err := c.Get(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if r.NotModified != (etag != "") || r.Fresh != 10*time.Minute || strings.Join(r.Links.Hubs, " ") != s.URL+"/hub" || r.Links.Next != s.URL+"/feed?page=2" || r.Links.Self != "" {
			t.Errorf("%+v", r)
		}
	}
}

func TestPost(t *testing.T) {
	var got []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got = append(got, r.Method+" "+r.URL.Path+" "+r.PostForm.Get("hub.mode")+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("X-Key"))
		switch r.URL.Path {
		case "/hub":
			w.WriteHeader(http.StatusAccepted)
		case "/again":
			http.Redirect(w, r, "/hub", http.StatusTemporaryRedirect)
		case "/moved":
			http.Redirect(w, r, "/hub", http.StatusMovedPermanently)
		case "/see":
			http.Redirect(w, r, "/hub", http.StatusSeeOther)
		case "/for-ever":
			http.Redirect(w, r, "/for-ever", http.StatusPermanentRedirect)
		case "/large":
			for {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		}
	})
	c := client(t, Options{MaxBody: 1 << 20})
	form := map[string][]string{"hub.mode": {"subscribe"}, "hub.topic": {"http://bbs.example.cn/论坛?a=1&b=2"}}
	for path, want := range map[string]func(error) bool{
		"/hub": none, "/again": none, "/moved": as[*StatusError], "/see": as[*StatusError], "/for-ever": is(ErrRedirects), "/large": is(ErrTooLarge),
	} {
		got = nil
		req := at(s.URL + path)
		req.Header = http.Header{"X-Key": {"secret"}}
		r, err := c.Post(t.Context(), req, form)
		if !want(err) || err == nil && (r.Status != http.StatusAccepted || r.FinalURL != s.URL+"/hub") {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
		for _, g := range got {
			if !strings.HasPrefix(g, "POST ") || !strings.HasSuffix(g, " subscribe application/x-www-form-urlencoded secret") {
				t.Errorf("%s: %s", path, g)
			}
		}
		if (path == "/moved" || path == "/see") && len(got) != 1 {
			t.Errorf("%s: %v", path, got)
		}
	}
	if _, err := c.Post(t.Context(), Request{URL: "ftp://h/"}, form); !is(ErrBadURL)(err) {
		t.Error(err)
	}
}
