// Package fetch is the room of polite HTTP: conditional GET with limits on
// everything a server could overdo (time, size, headers, redirects), one
// request at a time per host with a gap between, nothing that a site's
// robots.txt refuses, no addresses inside the agency's own network unless the
// configuration allows them to the source that lives there, and whatever
// charset a page is in turned into UTF-8.
package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What is used where Options leaves a field at zero.
const (
	DefaultUserAgent = "Huiyin/1.0 (feed reader of a public office)"
	DefaultTimeout   = 30 * time.Second
	DefaultMaxBody   = 15 << 20 // bytes
	DefaultTogether  = 64
)

const (
	maxRedirects   = 5
	maxHeaderBytes = 64 << 10 // also of all informational (1xx) answers before the one that counts
	dialTimeout    = 10 * time.Second

	// Of ten thousand hosts each is asked every few minutes: to keep all their
	// connections would cost two goroutines and some 30 KiB each and spare little.
	// At most Together are in use and two times maxIdle idle: that is fewer than 400
	// goroutines and 10 MiB, however many the hosts.
	maxIdle     = 64
	idleTimeout = 20 * time.Second // long enough for a forum's pages one after the other
)

// Options set up a Client.
type Options struct {
	UserAgent  string        // who we are and where to complain, beginning with the name that robots.txt knows us by; DefaultUserAgent when empty
	Timeout    time.Duration // for one request, from dialling to the last byte; DefaultTimeout when zero
	HostGap    time.Duration // rest between two requests to one host; zero for none
	AllowHosts []string      // "host" or "host:port" that may lie at a private address, where it is the Request's Home
	MaxBody    int64         // bytes after decompression; DefaultMaxBody when zero
	Together   int           // requests under way at the same time over all hosts; DefaultTogether when zero
	Log        *slog.Logger  // nil for none
}

// Client fetches pages politely. It is safe for concurrent use.
type Client struct {
	opt     Options
	allow   allowList
	outside *http.Transport // dials public addresses only
	inside  *http.Transport // dials any; for requests that the list of allowed hosts opens
	gates   *gates
	slots   chan struct{} // a place for each request under way
	robots  *robots
	log     *slog.Logger
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
	if opt.Together <= 0 {
		opt.Together = DefaultTogether
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	allow := newAllowList(opt.AllowHosts)
	// Two transports, since each hands its idle connections to whoever asks for the
	// same host next: so none to an inside address can serve a request that may not go there.
	return &Client{
		opt:     opt,
		allow:   allow,
		outside: newTransport(opt, guard{allow: allow, public: public}.dial),
		inside:  newTransport(opt, (&net.Dialer{Timeout: dialTimeout}).DialContext),
		gates:   newGates(opt.HostGap),
		slots:   make(chan struct{}, opt.Together),
		robots:  newRobots(opt.UserAgent),
		log:     opt.Log,
	}
}

func newTransport(opt Options, dial func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Transport {
	h1 := new(http.Protocols)
	h1.SetHTTP1(true) // one request at a time per host: nothing to multiplex
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dial,
		TLSHandshakeTimeout:    dialTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ResponseHeaderTimeout:  opt.Timeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    1,
		MaxIdleConns:           maxIdle,
		IdleConnTimeout:        idleTimeout,
		Protocols:              h1,
	}
}

// Close drops the idle connections.
func (c *Client) Close() {
	c.outside.CloseIdleConnections()
	c.inside.CloseIdleConnections()
}

// Request says what to fetch. With ETag or LastModified from an earlier
// Response the server may answer that nothing changed.
type Request struct {
	URL          string
	ETag         string
	LastModified string

	// Home is the host, or host:port, of the address that the configuration names
	// for the source the request is made for; without a port it is 80 or 443. Only
	// there an allowed host inside is opened: a page of another site cannot lead to
	// it, neither by its links nor by redirecting. Empty: nothing inside is opened.
	Home string
	// Header is sent to Home only: it may hold a key. It is not sent from https to
	// http, and replaces neither User-Agent nor what the conditional request needs.
	Header http.Header
	// IgnoreRobots asks for the page whatever robots.txt says. It is logged, once per host.
	IgnoreRobots bool
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
	Fresh        time.Duration // how long the server says the page stays as it is, at most a day; zero when it does not
	Links        Links         // what the Link headers name
}

// Get fetches a page, following up to five redirects. It waits for its turn at
// each host; ctx bounds the wait. Errors: *StatusError for any status but 2xx and 304,
// *RobotsError, *BlockedError, ErrTooLarge, ErrBadURL, ErrRedirects, ErrHeaders,
// ErrProtocol, ErrEncoding, and what net and crypto/tls report; Reason tells any
// of them in a sentence.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	return c.follow(ctx, ask{
		Request: req, home: homeOf(req.Home), method: http.MethodGet, max: c.opt.MaxBody, robots: !req.IgnoreRobots,
	})
}

// Post sends a form, as a WebSub hub takes a subscription (W3C WebSub 5.1). It
// keeps to the same limits as Get and has the same errors, but follows only the
// redirects that have the form sent again (307 and 308), and does not ask
// robots.txt: that is about reading, and who offers a hub wants it used.
func (c *Client) Post(ctx context.Context, req Request, form url.Values) (*Response, error) {
	return c.follow(ctx, ask{
		Request: req, home: homeOf(req.Home), method: http.MethodPost, form: form.Encode(), max: c.opt.MaxBody,
	})
}

// follow asks, also where it is redirected to.
func (c *Client) follow(ctx context.Context, a ask) (*Response, error) {
	u, err := parseURL(a.URL)
	if err != nil {
		return nil, err
	}
	verb := strings.ToLower(a.method)
	a.https = u.Scheme == "https"
	for range maxRedirects + 1 {
		resp, next, err := c.hop(ctx, u, a)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", verb, redact(u), err)
		}
		if next == nil {
			return resp, nil
		}
		u = next
	}
	return nil, fmt.Errorf("%s %s: %w", verb, redact(u), ErrRedirects)
}
