package inbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	perSecond = 20           // letters of one source, on average
	atOnce    = 2 * MaxLines // letters of one source, at once
	together  = 4            // requests that are in memory at once
	tries     = 10           // wrong tokens from one address, at once
	perTry    = time.Minute  // and then one in this time
	maxKnown  = 10_000       // addresses that are remembered
	bearer    = "Bearer "    // RFC 6750, section 2.1
)

func digest(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// who tells which source's token a request shows; -1: none's. It takes as long for a wrong
// token as for a right one.
func (b *Inbox) who(r *http.Request) int {
	header := r.Header.Get("Authorization")
	if len(header) < len(bearer) || !strings.EqualFold(header[:len(bearer)], bearer) {
		return -1
	}
	shown := digest(strings.TrimSpace(header[len(bearer):]))
	found := -1
	for i, own := range b.tokens {
		if subtle.ConstantTimeCompare(shown[:], own[:]) == 1 && b.Sources[i].Token != "" {
			found = i
		}
	}
	return found
}

// strangers are the addresses from which wrong tokens came.
type strangers struct {
	mu    sync.Mutex
	known map[netip.Prefix]*rate.Limiter
}

func newStrangers() strangers { return strangers{known: map[netip.Prefix]*rate.Limiter{}} }

// may tells whether one more wrong token from an address is looked at, and told of.
func (s *strangers) may(remote string, now time.Time) bool {
	var from netip.Prefix // the zero one stands for all that cannot be read
	if at, err := netip.ParseAddrPort(remote); err == nil {
		bits := 32
		if at.Addr().Unmap().Is6() { // one house has at least a /64
			bits = 64
		}
		from, _ = at.Addr().Unmap().Prefix(bits)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.known[from]
	if l == nil {
		if len(s.known) >= maxKnown {
			clear(s.known)
		}
		l = rate.NewLimiter(rate.Every(perTry), tries)
		s.known[from] = l
	}
	return l.AllowN(now, 1)
}

// flood is how long a source is to wait before it sends that many letters; 0: it need not.
func (b *Inbox) flood(source, letters int) time.Duration {
	now := b.Now()
	r := b.floods[source].ReserveN(now, letters)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
