package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// client may talk to the loopback servers of these tests.
func client(t *testing.T, opt Options) *Client {
	t.Helper()
	if opt.AllowHosts == nil {
		opt.AllowHosts = []string{"127.0.0.1"}
	}
	c := New(opt)
	t.Cleanup(c.Close)
	return c
}

// at asks for a page of the source that lives there.
func at(address string) Request {
	u, err := url.Parse(address)
	if err != nil {
		return Request{URL: address}
	}
	return Request{URL: address, Home: u.Host}
}

// serve is a server without a robots.txt.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestConditionalGet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "Huiyin test" {
			t.Errorf("User-Agent %q", r.UserAgent())
		}
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` && r.Header.Get("If-Modified-Since") == "yesterday" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Last-Modified", "yesterday")
		w.Header().Set("Content-Type", "text/html; charset=GBK")
		_, _ = io.WriteString(w, "body")
	})
	c := client(t, Options{UserAgent: "Huiyin test"})
	r, err := c.Get(t.Context(), at(s.URL+"/feed"))
	if err != nil {
		t.Fatal(err)
	}
	if string(r.Body) != "body" || r.Status != 200 || r.NotModified || r.Charset != "gbk" || r.FinalURL != s.URL+"/feed" {
		t.Errorf("first answer: %+v", r)
	}
	again := at(s.URL + "/feed")
	again.ETag, again.LastModified = r.ETag, r.LastModified
	r, err = c.Get(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if !r.NotModified || r.Status != 304 || len(r.Body) != 0 {
		t.Errorf("second answer: %+v", r)
	}
}

func TestUnaskedNotModifiedIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	_, err := client(t, Options{}).Get(t.Context(), at(s.URL))
	var se *StatusError
	if !errors.As(err, &se) || se.Status != 304 {
		t.Errorf("err = %v", err)
	}
}

func gzipped(t *testing.T, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.CopyN(z, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBodyCap(t *testing.T) {
	bomb := gzipped(t, 16<<20)
	small := gzipped(t, 1000)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fits":
			_, _ = w.Write(make([]byte, 1000))
		case "/announced":
			w.Header().Set("Content-Length", "1001")
			_, _ = w.Write(make([]byte, 1001))
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(small)
		}
	})
	c := client(t, Options{MaxBody: 1000})
	for _, path := range []string{"/fits", "/gzip"} {
		if r, err := c.Get(t.Context(), at(s.URL+path)); err != nil || len(r.Body) != 1000 {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"/announced", "/endless", "/bomb"} {
		if _, err := c.Get(t.Context(), at(s.URL+path)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: err = %v, want ErrTooLarge", path, err)
		}
	}
	if _, err := client(t, Options{}).Get(t.Context(), at(s.URL+"/bomb")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("default cap: err = %v, want ErrTooLarge", err)
	}
}

func TestTimeouts(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow-body" {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "<rss>")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done() // until the client hangs up
	})
	for _, path := range []string{"/slow-header", "/slow-body"} {
		_, err := client(t, Options{Timeout: 200 * time.Millisecond}).Get(t.Context(), at(s.URL+path))
		if err == nil || !strings.HasPrefix(Reason(err), "超时") {
			t.Errorf("%s: %v: %s", path, err, Reason(err))
		}
	}
}

func TestHeaderFlood(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 2000 {
			w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("a", 100))
		}
	})
	_, err := client(t, Options{}).Get(t.Context(), at(s.URL))
	if err == nil || !strings.Contains(Reason(err), "标头过大") {
		t.Errorf("%v: %s", err, Reason(err))
	}
}

func TestBrokenBody(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	_, err := client(t, Options{}).Get(t.Context(), at(s.URL))
	if err == nil || !strings.HasPrefix(Reason(err), "连接中途断开") {
		t.Errorf("%v: %s", err, Reason(err))
	}
}

func TestRedirects(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("n"))
		switch {
		case err != nil || n == 0:
			_, _ = io.WriteString(w, "arrived")
		default:
			w.Header().Set("Location", "?n="+strconv.Itoa(n-1))
			w.WriteHeader(http.StatusFound)
		}
	})
	c := client(t, Options{})
	r, err := c.Get(t.Context(), at(s.URL+"/a?n=5"))
	if err != nil || string(r.Body) != "arrived" || r.FinalURL != s.URL+"/a?n=0" {
		t.Errorf("five redirects: %+v, %v", r, err)
	}
	if _, err = c.Get(t.Context(), at(s.URL+"/a?n=10000")); !errors.Is(err, ErrRedirects) {
		t.Errorf("many redirects: %v", err)
	}
}

func TestPrivateAddressesRefused(t *testing.T) {
	inside := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") })
	_, insidePort, _ := net.SplitHostPort(strings.TrimPrefix(inside.URL, "http://"))
	outside := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusMovedPermanently)
	})
	// Only the host:port of the one server is allowed.
	c := client(t, Options{AllowHosts: []string{strings.TrimPrefix(outside.URL, "http://")}})
	direct := []string{inside.URL, "http://localhost:" + insidePort, "http://[::ffff:127.0.0.1]:" + insidePort, "http://0.0.0.0:" + insidePort}
	for _, u := range direct {
		for _, target := range []string{u, outside.URL + "/?to=" + url.QueryEscape(u)} {
			_, err := c.Get(t.Context(), at(target))
			var be *BlockedError
			if !errors.As(err, &be) {
				t.Errorf("%s: err = %v, want BlockedError", target, err)
			}
			if !strings.HasPrefix(Reason(err), "内网地址不允许：") || !strings.HasSuffix(Reason(err), " fetch.allow_hosts") || strings.Contains(Reason(err), "0.0") {
				t.Errorf("%s: %s", target, Reason(err))
			}
		}
	}
	for _, u := range []string{"file:///etc/passwd", "gopher://127.0.0.1/", "http://user:secret@127.0.0.1/", "http:///path", "://"} {
		for _, target := range []string{u, outside.URL + "/?to=" + url.QueryEscape(u)} {
			_, err := c.Get(t.Context(), at(target))
			if !errors.Is(err, ErrBadURL) {
				t.Errorf("%s: err = %v, want ErrBadURL", target, err)
			}
			if strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("password in error: %v", err)
			}
		}
	}
}

// net/http reads the environment once per process, so it is the setting that is looked at.
func TestNoProxyOfTheEnvironment(t *testing.T) {
	if c := New(Options{}); c.outside.Proxy != nil || c.inside.Proxy != nil {
		t.Error("a proxy would get past the refusal of private addresses")
	}
}

func TestStatusAndRetryAfter(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(code)
	})
	c := client(t, Options{})
	for code, want := range map[int]string{403: "不让看", 404: "对方返回 404", 410: "不存在", 429: "太勤", 503: "故障", 418: "418"} {
		_, err := c.Get(t.Context(), at(fmt.Sprintf("%s/%d", s.URL, code)))
		var se *StatusError
		if !errors.As(err, &se) || se.Status != code || RetryAfter(err) != 2*time.Minute {
			t.Errorf("%d: %v, retry after %v", code, err, RetryAfter(err))
		}
		if !strings.Contains(Reason(err), want) {
			t.Errorf("%d: %s", code, Reason(err))
		}
	}
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, " 30 ": 30 * time.Second, "-5": 0, "soon": 0, "99999999999999": maxRetryAfter,
		"Sat, 21 Nov 2026 08:10:00 GMT": 10 * time.Minute, "Sat, 21 Nov 2026 07:00:00 GMT": 0, "Mon, 21 Nov 2050 07:00:00 GMT": maxRetryAfter,
	} {
		if got := retryAfter(v, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", v, got, want)
		}
	}
}

func TestReasons(t *testing.T) {
	tlsServer := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsServer.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // it will complain about our hanging up
	tlsServer.StartTLS()
	t.Cleanup(tlsServer.Close)
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/br" {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "x")
		}
	})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for u, want := range map[string]string{
		tlsServer.URL: "证书有问题",
		strings.Replace(plain.URL, "http:", "https:", 1): "不支持 https",
		gone.URL:          "拒绝连接",
		plain.URL + "/br": "压缩方式",
	} {
		_, err := client(t, Options{}).Get(t.Context(), at(u))
		if err == nil || !strings.Contains(Reason(err), want) {
			t.Errorf("%s: %v: %s, want %s", u, err, Reason(err), want)
		}
	}
	if r := Reason(fmt.Errorf("dial: %w", &net.DNSError{IsNotFound: true})); !strings.Contains(r, "找不到这个网址的服务器") {
		t.Errorf("no such host: %s", r)
	}
	if Reason(nil) != "" || Reason(errors.New("x")) == "" || Reason(context.Canceled) == "" || Reason(ErrCharset) == "" {
		t.Error("Reason of nil, of an unknown error, of a cancelled request or of ErrCharset")
	}
}

func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestLogsHoldNoSecrets(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := client(t, Options{Log: logTo(&log)})
	if _, err := c.Get(t.Context(), at(s.URL+"/api?key=secret")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "/api") || strings.Contains(log.String(), "secret") {
		t.Errorf("log: %s", log.String())
	}
	s.Close()
	if _, err := c.Get(t.Context(), at(s.URL+"/api?key=secret")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error: %v", err)
	}
}
