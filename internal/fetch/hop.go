package fetch

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// ask is what is asked for, at however many addresses it takes.
type ask struct {
	Request
	home   home
	method string
	form   string // of a POST
	max    int64  // bytes of the body
	cut    bool   // of a longer body the beginning is enough; else it is an error
	robots bool   // robots.txt decides
	https  bool   // the first address was
}

// hop makes one request when it is its turn: an answer, or where it redirects to.
func (c *Client) hop(ctx context.Context, u *url.URL, a ask) (*Response, *url.URL, error) {
	var gap time.Duration
	if a.robots {
		rules, err := c.rulesOf(ctx, u, a.home)
		if err != nil {
			return nil, nil, err
		}
		if !rules.allow(u) {
			return nil, nil, &RobotsError{}
		}
		gap = rules.delay
	} else if a.IgnoreRobots && c.robots.overridden(u) {
		c.log.LogAttrs(ctx, slog.LevelWarn, "robots.txt is not asked, as the configuration says", slog.String("host", u.Host))
	}
	leave, err := c.gates.enter(ctx, canonical(u.Hostname()))
	if err != nil {
		return nil, nil, fmt.Errorf("wait for a turn: %w", err)
	}
	defer func() { leave(gap) }()
	// Only who has the turn at its host takes a place, or those that wait for one
	// slow host would take them all. It is held for opt.Timeout at most.
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("wait for a place: %w", ctx.Err())
	}
	return c.once(ctx, u, a)
}

// once makes one request.
func (c *Client) once(ctx context.Context, u *url.URL, a ask) (*Response, *url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	var body io.Reader
	if a.method == http.MethodPost {
		body = strings.NewReader(a.form)
	}
	hr, err := http.NewRequestWithContext(ctx, a.method, u.String(), body)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBadURL, err)
	}
	if err := c.setHeaders(hr, a); err != nil {
		return nil, nil, err
	}
	transport := c.outside
	if c.allow.opens(u, a.home) {
		transport = c.inside
	}
	began := time.Now()
	resp, err := transport.RoundTrip(hr) // not http.Client: redirects need their own turn, and there are no cookies
	if err != nil {
		return nil, nil, ofWire(err)
	}
	defer func() { _ = resp.Body.Close() }() // what matters of the body was read or refused by then
	c.log.LogAttrs(ctx, slog.LevelDebug, "fetched", slog.String("url", redact(u)),
		slog.Int("status", resp.StatusCode), slog.Duration("took", time.Since(began)))

	if next, err := redirect(u, resp, a.method); next != nil || err != nil {
		return nil, next, err
	}
	out, err := read(resp, a)
	if err != nil {
		return nil, nil, err
	}
	out.FinalURL = u.String()
	out.Links = linksOf(resp.Header, u)
	return out, nil, nil
}

// ours are the headers that a Request's own cannot replace: who we are, and what
// net/http or the limits on the body depend on.
var ours = []string{
	"User-Agent", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Expect", "Host", "If-Modified-Since", "If-None-Match",
	"Range", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func badValue(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }

func (c *Client) setHeaders(hr *http.Request, a ask) error {
	h := hr.Header
	h.Set("Accept", "application/atom+xml, application/rss+xml, application/feed+json, text/html;q=0.9, */*;q=0.5")
	h.Set("Accept-Language", "zh-CN,zh;q=0.9")
	if a.home.is(hr.URL) && (hr.URL.Scheme == "https" || !a.https) {
		for name, values := range a.Header {
			name = http.CanonicalHeaderKey(name)
			switch {
			case slices.Contains(ours, name):
			case !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, badValue):
				return fmt.Errorf("%w: %.100q", ErrBadHeader, name) // not the value: it may be a key
			default:
				h[name] = values
			}
		}
	}
	h.Set("User-Agent", c.opt.UserAgent)
	if a.method == http.MethodPost {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a.ETag != "" {
		h.Set("If-None-Match", a.ETag)
	}
	if a.LastModified != "" {
		h.Set("If-Modified-Since", a.LastModified)
	}
	return nil
}

// read turns an answer that is no redirect into a Response. "Not modified" to a
// question that was not conditional would leave us without a page for ever: an error.
func read(resp *http.Response, a ask) (*Response, error) {
	now := time.Now()
	wait := retryAfter(resp.Header.Get("Retry-After"), now)
	notModified := (a.ETag != "" || a.LastModified != "") && resp.StatusCode == http.StatusNotModified
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
		Fresh:        freshFor(resp.Header, now),
	}
	if _, params, err := mime.ParseMediaType(out.ContentType); err == nil {
		out.Charset = strings.ToLower(params["charset"])
	}
	if notModified {
		return out, nil
	}
	for _, enc := range resp.Header.Values("Content-Encoding") {
		if enc != "" && !strings.EqualFold(enc, "identity") { // gzip, the only one asked for, is undone by now
			return nil, fmt.Errorf("%w: %.100q", ErrEncoding, enc)
		}
	}
	var err error
	out.Body, err = readBody(resp, a.max, a.cut)
	return out, err
}

// trusted is how long a body may be announced to be for memory to be set aside
// before it comes; the announcement may be a lie.
const trusted = 1 << 20 // bytes

// readBody reads at most max bytes. Of a longer body it returns the beginning
// where cut, else ErrTooLarge.
func readBody(resp *http.Response, max int64, cut bool) (body []byte, err error) {
	announced := resp.ContentLength // -1 for unknown, as of what was compressed
	switch {
	case announced > max && !cut:
		return nil, fmt.Errorf("%w: %d bytes announced, %d allowed", ErrTooLarge, announced, max)
	case announced >= 0 && announced <= min(max, trusted):
		body = make([]byte, announced)
		_, err = io.ReadFull(resp.Body, body)
	default:
		// Not the doubling of a bytes.Buffer: io.ReadAll gathers pieces and joins them once.
		body, err = io.ReadAll(io.LimitReader(resp.Body, max+1))
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w", ofWire(err))
	}
	if int64(len(body)) > max {
		if !cut {
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, max)
		}
		body = body[:max]
	}
	return body, nil
}
