package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// board is a site whose robots.txt can be set.
type board struct {
	mu     sync.Mutex
	robots func(w http.ResponseWriter)
	asked  []string // host and path, in order
	at     []time.Time
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.asked, b.at = append(b.asked, r.Host+r.URL.Path), append(b.at, time.Now())
	robots := b.robots
	b.mu.Unlock()
	if r.URL.Path == "/robots.txt" {
		robots(w)
		return
	}
	_, _ = io.WriteString(w, "page")
}

func says(text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { _, _ = io.WriteString(w, text) }
}

func fails(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(status) }
}

func (b *board) set(robots func(http.ResponseWriter)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.robots = robots
}

func (b *board) times(path string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.asked {
		if strings.HasSuffix(a, path) {
			n++
		}
	}
	return n
}

const page = "http://bbs.example.cn/thread-1.html"

// refused gets the page and says how: "" read, "no" refused, "?" robots.txt could not be read.
func refused(t *testing.T, c *Client) string {
	t.Helper()
	_, err := c.Get(t.Context(), Request{URL: page})
	var r *RobotsError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &r):
		t.Errorf("error %v", err)
	case r.Err != nil:
		return "?"
	}
	return "no"
}

func TestRobotsDecide(t *testing.T) {
	long := "User-agent: *\nDisallow: /thread\n" + strings.Repeat("# and so on\n", 1<<20/12) // more than is read
	for name, tt := range map[string]struct {
		robots func(http.ResponseWriter)
		want   string
	}{
		"refused":             {says("User-agent: *\nDisallow: /thread"), "no"},
		"allowed":             {says("User-agent: *\nDisallow: /admin"), ""},
		"refused to us":       {says("User-agent: huiyin\nDisallow: /"), "no"},
		"a long file":         {says(long), "no"},
		"empty":               {says(""), ""},
		"HTML":                {says("<html>User-agent: *\n"), ""},
		"none":                {fails(404), ""},
		"not for us":          {fails(403), ""},
		"a redirect nowhere":  {fails(302), ""},
		"broken":              {fails(500), "?"},
		"busy":                {fails(503), "?"},
		"in another encoding": {func(w http.ResponseWriter) { w.Header().Set("Content-Encoding", "br"); w.WriteHeader(200) }, "?"},
		"no answer":           {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, "?"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &board{robots: tt.robots}
			c, _ := hosted(t, Options{UserAgent: "Huiyin/1.0 (test)"}, b.ServeHTTP)
			if got := refused(t, c); got != tt.want {
				t.Errorf("%s: %q, want %q", name, got, tt.want)
			}
			if read := b.times(".html") == 1; read != (tt.want == "") {
				t.Errorf("%s: read %v", name, read)
			}
		})
	}
}

// The file is asked for once a day; one that could not be read after ten minutes, or
// later if the site wishes. What is known of it counts for as long as it cannot be read anew.
func TestRobotsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{robots: fails(500)}
		c, _ := hosted(t, Options{}, b.ServeHTTP)
		step := func(wait time.Duration, want string, asked int) {
			t.Helper()
			time.Sleep(wait)
			if got := refused(t, c); got != want || b.times("/robots.txt") != asked {
				t.Errorf("%q, asked %d times, want %q, %d times", got, b.times("/robots.txt"), want, asked)
			}
		}
		step(0, "?", 1)
		step(9*time.Minute, "?", 1)
		b.set(func(w http.ResponseWriter) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(503) })
		step(time.Minute, "?", 2)
		b.set(says("User-agent: *\nDisallow: /thread"))
		step(59*time.Minute, "?", 2)
		step(time.Minute, "no", 3)
		step(23*time.Hour, "no", 3)
		b.set(fails(500))
		step(time.Hour, "no", 4) // as it was
		step(10*time.Minute, "no", 5)
		b.set(fails(404))
		step(9*time.Minute, "no", 5)
		step(time.Minute, "", 6)
		step(23*time.Hour, "", 6)
	})
}

// Those who ask together have it fetched once, and it is not lost with the first of them.
func TestRobotsAreFetchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{robots: func(w http.ResponseWriter) { time.Sleep(10 * time.Second); says("User-agent: *\nDisallow: /x")(w) }}
		c, _ := hosted(t, Options{}, b.ServeHTTP)
		ctx, cancel := contextFor(t, time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Get(ctx, Request{URL: page}); !isTimeout(err) {
				t.Errorf("the one that gave up: %v", err)
			}
		})
		synctest.Wait()
		for i := range 20 {
			wg.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://BBS.example.cn:80/t-%d", i)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := b.times("/robots.txt"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// With nobody left who waits, nothing goes on, and the next one asks anew.
func TestRobotsNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{robots: func(http.ResponseWriter) { time.Sleep(10 * time.Second) }}
		c, w := hosted(t, Options{}, b.ServeHTTP)
		ctx, cancel := contextFor(t, time.Second)
		defer cancel()
		if _, err := c.Get(ctx, Request{URL: page}); !isTimeout(err) {
			t.Error(err)
		}
		synctest.Wait()
		if w.left() != 0 || len(c.robots.reading) != 0 || len(c.robots.kept) != 0 {
			t.Errorf("%d connections, %v, %v", w.left(), c.robots.reading, c.robots.kept)
		}
		b.set(says("User-agent: *\nDisallow: /"))
		if got := refused(t, c); got != "no" {
			t.Errorf("%q", got)
		}
		time.Sleep(10 * time.Second) // for the server to be done with the first
	})
}

func TestCrawlDelayIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{robots: says("User-agent: *\nCrawl-delay: 7\nDisallow: /x")}
		c, _ := hosted(t, Options{HostGap: time.Second}, b.ServeHTTP)
		start := time.Now()
		for range 3 {
			if got := refused(t, c); got != "" {
				t.Error(got)
			}
		}
		if _, err := c.Get(t.Context(), Request{URL: page, IgnoreRobots: true}); err != nil {
			t.Error(err)
		}
		if _, err := c.Get(t.Context(), Request{URL: page, IgnoreRobots: true}); err != nil {
			t.Error(err)
		}
		var at []time.Duration
		for _, a := range b.at {
			at = append(at, a.Sub(start))
		}
		want := []time.Duration{0, time.Second, 8 * time.Second, 15 * time.Second, 22 * time.Second, 23 * time.Second}
		if !reflect.DeepEqual(at, want) {
			t.Errorf("asked at %v, want %v", at, want)
		}
	})
}

// robots.txt may redirect, even to another host; the page's redirect is asked for at
// the host it leads to. A file is one host's, port's and scheme's.
func TestRobotsAndRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		c, _ := hosted(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Host+r.URL.Path)
			to := map[string]string{
				"a.cn/robots.txt": "http://b.cn/other.txt", "a.cn/go": "http://b.cn/secret", "loop.cn/robots.txt": "/robots.txt?x",
			}[r.Host+r.URL.Path]
			switch {
			case to != "":
				http.Redirect(w, r, to, http.StatusFound)
			case r.URL.Path == "/other.txt":
				says("User-agent: *\nDisallow: /no")(w)
			case r.Host == "b.cn" && r.URL.Path == "/robots.txt":
				says("User-agent: *\nDisallow: /secret")(w)
			case r.URL.Path == "/robots.txt":
				w.WriteHeader(http.StatusNotFound)
			}
		})
		for address, want := range map[string]bool{
			"http://a.cn/no": false, "http://a.cn/yes": true, "http://a.cn:81/no": true, "http://b.cn/no": true, "http://a.cn/go": false, "http://loop.cn/": true,
		} {
			if _, err := c.Get(t.Context(), Request{URL: address}); err == nil != want || err != nil && !as[*RobotsError](err) {
				t.Errorf("%s: %v", address, err)
			}
		}
		for _, a := range asked {
			if a == "b.cn/secret" {
				t.Error("a page that is refused was asked for")
			}
		}
	})
}

// The override is the request's, and is told once per host.
func TestIgnoreRobots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		b := &board{robots: says("User-agent: *\nDisallow: /")}
		c, _ := hosted(t, Options{Log: logTo(&log)}, b.ServeHTTP)
		for _, host := range []string{"a.cn", "A.cn:81", "b.cn"} {
			for range 3 {
				if _, err := c.Get(t.Context(), Request{URL: "http://" + host + "/x?key=secret", IgnoreRobots: true}); err != nil {
					t.Error(err)
				}
			}
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 2 || strings.Contains(log.String(), "secret") || b.times("robots.txt") != 0 {
			t.Errorf("%d warnings, robots.txt asked for %d times: %s", n, b.times("robots.txt"), log.String())
		}
		if _, err := c.Get(t.Context(), Request{URL: "http://a.cn/x"}); !as[*RobotsError](err) {
			t.Errorf("another request: %v", err)
		}
	})
}

func TestRobotsReasons(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&RobotsError{}, "对方网站的 robots.txt 不让程序读这个网页；"},
		{&RobotsError{&StatusError{Status: 503}}, "对方网站的 robots.txt（写着哪些网页让程序读）读不出来，按规矩先不读它的网页：对方返回 503"},
		{&RobotsError{io.ErrUnexpectedEOF}, "连接中途断开"},
	} {
		if got := Reason(fmt.Errorf("get: %w", tt.err)); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%v: %s", tt.err, got)
		}
	}
	if d := RetryAfter(&RobotsError{&StatusError{Status: 503, RetryAfter: time.Minute}}); d != time.Minute {
		t.Errorf("retry after %v", d)
	}
}

// What is kept has a limit, and a host with much to say does not drive out the others.
func TestRobotsTakeBoundedMemory(t *testing.T) {
	r := newRobots("Huiyin")
	usual := robotsFile{rules: rules{lines: strings.Repeat("-/forum.php?mod=redirect*\n", 25)}}
	for i := range 10_000 {
		r.put(fmt.Sprintf("http://bbs%d.example.cn:80", i), usual)
	}
	hostile := robotsFile{rules: rules{lines: strings.Repeat("x", maxRobots)}}
	for i := range 200 {
		r.put(fmt.Sprintf("http://evil%d.example:80", i), hostile)
		r.put(fmt.Sprintf("http://evil%d.example:80", i), hostile)
	}
	sum, forums := 0, 0
	for k, f := range r.kept {
		sum += robotsCost + len(k) + len(f.rules.lines)
		if strings.Contains(k, "bbs") {
			forums++
		}
	}
	if sum != r.size || sum > manyRobots || forums != 10_000 {
		t.Errorf("%d bytes, counted as %d, of %d forums", sum, r.size, forums)
	}
	t.Logf("10,000 forums: %d KiB", 10_000*(robotsCost+len("http://bbs1000.example.cn:80")+len(usual.rules.lines))>>10)
	for i := range 20_000 {
		r.overridden(&url.URL{Host: fmt.Sprintf("h%d.cn", i)})
	}
	if len(r.ignored) > 10_000 {
		t.Errorf("%d hosts remembered", len(r.ignored))
	}
}
