package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// guard refuses to dial addresses that are not out on the public network. It
// looks at the address the connection is about to be made to, after DNS, so
// that neither a name that points inside nor a redirect gets past it, nor a name
// that pointed elsewhere a moment ago.
type guard struct {
	allow    allowList
	public   func(netip.AddrPort) bool
	resolver *net.Resolver // nil for the system's
}

func (g guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, Resolver: g.resolver}
	d.Control = func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("check address: %w", err)
		}
		if !g.public(ap) {
			return &BlockedError{Host: addr, Addr: ap.Addr(), Allowed: g.allow.has(addr)}
		}
		return nil
	}
	return d.DialContext(ctx, network, addr)
}

// allowList holds "host" and "host:port", canonical.
type allowList map[string]bool

func newAllowList(hosts []string) allowList {
	l := make(allowList, len(hosts))
	for _, h := range hosts {
		h = strings.TrimSpace(h)
		if host, port, err := net.SplitHostPort(h); err == nil {
			h = net.JoinHostPort(canonical(host), port)
		} else {
			h = canonical(h)
		}
		l[h] = true
	}
	return l
}

func (l allowList) has(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	host = canonical(host)
	return l[host] || l[net.JoinHostPort(host, port)]
}

// opens says whether u may lie inside: its host is in the list and at home, and
// where the list names a port, so is its port.
func (l allowList) opens(u *url.URL, h home) bool {
	host := canonical(u.Hostname())
	return h.host != "" && h.host == host && (l[host] || h.is(u) && l[net.JoinHostPort(host, portOf(u))])
}

// notPublic are the ranges of the IANA special-purpose registries that the
// methods of netip.Addr do not know.
var notPublic = func() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8",       // this network
		"100.64.0.0/10",   // carrier-grade NAT
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // 6to4 relays, withdrawn
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"240.0.0.0/4",     // reserved, broadcast
		"::/96",           // IPv4-compatible, withdrawn
		"64:ff9b:1::/48",  // NAT64 inside a network
		"100::/64",        // discard
		"2001::/23",       // protocol assignments, Teredo among them
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4: carries any IPv4 address
		"3fff::/20",       // documentation
		"5f00::/16",       // segment routing
		"fec0::/10",       // site-local, withdrawn
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// public says whether ap is an address out on the public network.
func public(ap netip.AddrPort) bool {
	a := ap.Addr().Unmap().WithZone("")
	if nat64.Contains(a) { // the IPv4 address it stands for decides
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() { // that is loopback, link-local, multicast, unspecified, and RFC 1918 and 4193
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
