package fetch

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

const (
	maxURL  = 8 << 10 // bytes; servers take little more (RFC 9110, 4.1, asks for 8,000)
	maxHost = 255     // bytes; no name is longer (RFC 1035, 2.3.4)
)

// parseURL accepts what may be fetched: http or https, a host, no password in it,
// no endless length.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("%w: %d bytes long", ErrBadURL, len(raw))
	}
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
		return fmt.Errorf("%w: scheme %.20q is not http or https", ErrBadURL, u.Scheme)
	case u.Hostname() == "" || len(u.Host) > maxHost:
		return fmt.Errorf("%w: no host", ErrBadURL)
	case len(u.String()) > maxURL:
		return fmt.Errorf("%w: too long", ErrBadURL)
	case u.User != nil:
		return fmt.Errorf("%w: a user name or password inside it", ErrBadURL)
	}
	return nil
}

// redirect tells where resp, the answer to method, points to; nil when it points
// nowhere. What was posted is posted again or nowhere.
func redirect(from *url.URL, resp *http.Response, method string) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		if method == http.MethodPost {
			return nil, nil
		}
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
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

// canonical is a host as it is compared: in lower case, without brackets and the
// root's dot, a Chinese name as it goes over the wire, an address in its one form.
func canonical(host string) string {
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String()
	}
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return host
}

// portOf is the port that u is asked at.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// home is the host of a source's own address. The zero home is nowhere.
type home struct{ host, port string } // canonical; no port: 80 or 443

func homeOf(hostport string) home {
	if host, port, err := net.SplitHostPort(hostport); err == nil {
		return home{canonical(host), port}
	}
	return home{canonical(hostport), ""}
}

// is says whether u is at home.
func (h home) is(u *url.URL) bool {
	port := portOf(u)
	return h.host != "" && h.host == canonical(u.Hostname()) &&
		(h.port == port || h.port == "" && (port == "80" || port == "443"))
}
