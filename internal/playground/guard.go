package playground

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// maxBody is the largest body that the page and the town take, in bytes.
const maxBody = 64 << 10

// handler is everything at the playground's one address.
func (p *Playground) handler() http.Handler {
	mux := http.NewServeMux()
	own := func(h http.Handler) http.Handler { return headers(http.MaxBytesHandler(h, maxBody)) }
	mux.Handle("GET /{$}", own(http.HandlerFunc(p.page)))
	mux.Handle("GET /static/{file}", own(http.HandlerFunc(p.static)))
	mux.HandleFunc("GET /board", p.board)
	mux.Handle("/town/", own(p.townHandler()))
	mux.Handle("/api/", own(p.apiHandler()))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.HandleFunc("GET "+path, p.ops)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/bot") {
			p.bot.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
	return onlyLocal(http.NewCrossOriginProtection().Handler(mux))
}

// ops hands on to Huiyin's own health and metrics.
func (p *Playground) ops(w http.ResponseWriter, r *http.Request) {
	a := p.app.Load()
	if a == nil {
		http.Error(w, "Huiyin is starting", http.StatusServiceUnavailable)
		return
	}
	a.OpsHandler().ServeHTTP(w, r)
}

// board leads to Huiyin's own board, as the leader.
func (p *Playground) board(w http.ResponseWriter, r *http.Request) {
	link := ""
	if a := p.app.Load(); a != nil {
		link = a.BoardLink(leaders[0])
	}
	if link == "" {
		http.Error(w, "Huiyin is starting", http.StatusServiceUnavailable)
		return
	}
	http.Redirect(w, r, link, http.StatusSeeOther)
}

// onlyLocal answers only requests that name this machine as their host: a web page
// elsewhere that made its own name point here must not reach the playground.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]")
		}
		addr, err := netip.ParseAddr(host)
		if host != "localhost" && (err != nil || !addr.IsLoopback()) {
			http.Error(w, "only this machine may use the playground", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// headers keep everything that is not the playground's own out of its pages.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
			"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
