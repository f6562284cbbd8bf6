// Package fetch is the room of polite HTTP: conditional GET with limits on
// everything a server could overdo (time, size, headers, redirects), one
// request at a time per host with a gap between, no addresses inside the
// agency's own network unless the configuration allows them, and whatever
// charset a page is in turned into UTF-8.
package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// What is used where Options leaves a field at zero.
const (
	DefaultUserAgent = "Huiyin/1.0 (feed reader of a public office)"
	DefaultTimeout   = 30 * time.Second
	DefaultMaxBody   = 15 << 20 // bytes
)

const (
	maxRedirects   = 5
	maxHeaderBytes = 64 << 10
	dialTimeout    = 10 * time.Second
	maxRetryAfter  = 24 * time.Hour // a longer wish is taken for a mistake
)

// Options set up a Client.
type Options struct {
	UserAgent  string        // who we are and where to complain; DefaultUserAgent when empty
	Timeout    time.Duration // for one request, from dialling to the last byte; DefaultTimeout when zero
	HostGap    time.Duration // rest between two requests to one host; zero for none
	AllowHosts []string      // "host" or "host:port" that may lie at a private address
	MaxBody    int64         // bytes after decompression; DefaultMaxBody when zero
	Log        *slog.Logger  // nil for none
}

// Client fetches pages politely. It is safe for concurrent use.
type Client struct {
	opt       Options
	transport *http.Transport
	gates     *gates
	log       *slog.Logger
}

// New makes a Client.
//
// It uses no proxy from the environment: through a proxy it would be the proxy
// that resolves names and dials, and the refusal of private addresses would
// look at the proxy's address only.
func New(opt Options) *Client {
	if opt.UserAgent == "" {
		opt.UserAgent = DefaultUserAgent
	}
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.MaxBody <= 0 {
		opt.MaxBody = DefaultMaxBody
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	h1 := new(http.Protocols)
	h1.SetHTTP1(true) // one request at a time per host: nothing to multiplex
	return &Client{
		opt:   opt,
		gates: newGates(opt.HostGap),
		log:   opt.Log,
		transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            guard{newAllowList(opt.AllowHosts)}.dial,
			TLSHandshakeTimeout:    dialTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			ResponseHeaderTimeout:  opt.Timeout,
			MaxResponseHeaderBytes: maxHeaderBytes,
			MaxIdleConnsPerHost:    1,
			MaxIdleConns:           100,
			IdleConnTimeout:        time.Minute,
			Protocols:              h1,
		},
	}
}

// Close drops the idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Request says what to fetch. With ETag or LastModified from an earlier
// Response the server may answer that nothing changed.
type Request struct {
	URL          string
	ETag         string
	LastModified string
}

// Response is a page as it came, its body not yet in UTF-8: see Decode.
type Response struct {
	Status       int           // 200 to 299, or 304
	NotModified  bool          // the server says the page is the one named by ETag or LastModified
	Body         []byte        // decompressed
	ContentType  string        // the whole header
	Charset      string        // as the header declares it, in lower case; often empty, sometimes wrong
	FinalURL     string        // after redirects
	ETag         string        // for the next Request
	LastModified string        // for the next Request
	RetryAfter   time.Duration // how long the server asks to be left alone; zero when it does not
}

// Get fetches a page, following up to five redirects. It waits for its turn at
// each host; ctx bounds the wait. Errors: *StatusError for any status but 2xx and 304,
// ErrTooLarge, ErrBadURL, ErrRedirects, *BlockedError, and what net and
// crypto/tls report; Reason tells any of them in a sentence.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	u, err := parseURL(req.URL)
	if err != nil {
		return nil, err
	}
	for range maxRedirects + 1 {
		resp, next, err := c.hop(ctx, u, req)
		if err != nil {
			return nil, fmt.Errorf("get %s: %w", redact(u), err)
		}
		if next == nil {
			return resp, nil
		}
		u = next
	}
	return nil, fmt.Errorf("get %s: %w", redact(u), ErrRedirects)
}

// hop makes one request: an answer, or where it redirects to.
func (c *Client) hop(ctx context.Context, u *url.URL, req Request) (*Response, *url.URL, error) {
	leave, err := c.gates.enter(ctx, u.Hostname())
	if err != nil {
		return nil, nil, fmt.Errorf("wait for a turn: %w", err)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()

	hr, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBadURL, err)
	}
	hr.Header.Set("User-Agent", c.opt.UserAgent)
	hr.Header.Set("Accept", "application/atom+xml, application/rss+xml, application/feed+json, text/html;q=0.9, */*;q=0.5")
	hr.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	if req.ETag != "" {
		hr.Header.Set("If-None-Match", req.ETag)
	}
	if req.LastModified != "" {
		hr.Header.Set("If-Modified-Since", req.LastModified)
	}
	began := time.Now()
	resp, err := c.transport.RoundTrip(hr) // not http.Client: redirects need their own turn, and there are no cookies
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // what matters of the body was read or refused by then
	c.log.LogAttrs(ctx, slog.LevelDebug, "fetched", slog.String("url", redact(u)),
		slog.Int("status", resp.StatusCode), slog.Duration("took", time.Since(began)))

	if next, err := redirect(u, resp); next != nil || err != nil {
		return nil, next, err
	}
	out, err := c.read(resp, req.ETag != "" || req.LastModified != "")
	if err != nil {
		return nil, nil, err
	}
	out.FinalURL = u.String()
	return out, nil, nil
}

// read turns an answer that is no redirect into a Response. "Not modified" to a
// question that was not conditional would leave us without a page for ever: an error.
func (c *Client) read(resp *http.Response, conditional bool) (*Response, error) {
	wait := retryAfter(resp.Header.Get("Retry-After"), time.Now())
	notModified := conditional && resp.StatusCode == http.StatusNotModified
	if !notModified && resp.StatusCode/100 != 2 {
		return nil, &StatusError{Status: resp.StatusCode, RetryAfter: wait}
	}
	out := &Response{
		Status:       resp.StatusCode,
		NotModified:  notModified,
		ContentType:  resp.Header.Get("Content-Type"),
		ETag:         resp.Header.Get("ETag"),
		LastModified: resp.Header.Get("Last-Modified"),
		RetryAfter:   wait,
	}
	if _, params, err := mime.ParseMediaType(out.ContentType); err == nil {
		out.Charset = strings.ToLower(params["charset"])
	}
	if notModified {
		return out, nil
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, fmt.Errorf("%w: %q", ErrEncoding, enc) // gzip, the only one asked for, is undone by now
	}
	if resp.ContentLength > c.opt.MaxBody {
		return nil, fmt.Errorf("%w: %d bytes announced, %d allowed", ErrTooLarge, resp.ContentLength, c.opt.MaxBody)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opt.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if int64(len(body)) > c.opt.MaxBody {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, c.opt.MaxBody)
	}
	out.Body = body
	return out, nil
}

// parseURL accepts what may be fetched: http or https, a host, no password in it.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		// Not the error itself: it would repeat the URL, and with it what may be a password.
		return nil, fmt.Errorf("%w: it cannot be read", ErrBadURL)
	}
	return u, checkURL(u)
}

func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%w: scheme %q is not http or https", ErrBadURL, u.Scheme)
	case u.Hostname() == "":
		return fmt.Errorf("%w: no host", ErrBadURL)
	case u.User != nil:
		return fmt.Errorf("%w: a user name or password inside it", ErrBadURL)
	}
	return nil
}

// redirect tells where resp points to; nil when it points nowhere.
func redirect(from *url.URL, resp *http.Response) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	loc := resp.Header.Get("Location")
	if loc == "" {
		return nil, &StatusError{Status: resp.StatusCode}
	}
	next, err := from.Parse(loc)
	if err != nil {
		return nil, fmt.Errorf("redirect: %w: it cannot be read", ErrBadURL)
	}
	if err := checkURL(next); err != nil {
		return nil, fmt.Errorf("redirect: %w", err)
	}
	return next, nil
}

// redact is u for a log: neither user, password, query nor fragment, any of
// which may hold a key.
func redact(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// retryAfter reads the header of that name: seconds or a date.
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if v == "" {
		return 0
	}
	var d time.Duration
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		d = time.Duration(min(max(n, 0), int64(maxRetryAfter/time.Second))) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// isTimeout says whether err is a deadline of ours or of the network.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &ne) && ne.Timeout()
}
