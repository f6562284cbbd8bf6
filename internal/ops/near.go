package ops

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Near answers only who asks for this machine as those do who watch it: by a loopback
// address or localhost, by the address listened on (host:port), or, when that is every
// address, by any of them. A proxy passes the board's name on, whose address is board, and a
// web page elsewhere may have made a name of its own point here: for them there is nothing.
// Nor is there for what a proxy says it passes on, whatever host it names then.
func Near(listen, board string, next http.Handler) http.Handler {
	at, err := netip.ParseAddr(hostOf("//" + listen))
	everywhere := err != nil && strings.HasPrefix(listen, ":") || err == nil && at.IsUnspecified()
	public := hostOf(board)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf("//" + r.Host)
		addr, err := netip.ParseAddr(host)
		switch {
		case slices.ContainsFunc(passedOn, func(name string) bool { return len(r.Header.Values(name)) > 0 }):
			http.NotFound(w, r)
			return
		case host == "localhost", err == nil && addr.IsLoopback(), strings.EqualFold(r.Host, listen):
		case everywhere && err == nil && host != public:
		default:
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// passedOn are the headers by which proxies say that a request is another's. nginx writes none
// unless it is told to; Apache, Caddy, HAProxy and Traefik do.
var passedOn = []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// hostOf is the host of an address, without its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
