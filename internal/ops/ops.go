// Package ops is the room for whoever keeps the program running: health, readiness
// and metrics over HTTP, on an address that is not open to the public.
package ops

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Status is what /healthz shows.
type Status struct {
	Status    string    `json:"status"` // ok, or degraded: something needs attention, the rest goes on
	Started   time.Time `json:"started"`
	Troubles  []string  `json:"troubles,omitempty"` // one sentence each, in Chinese
	Open      int       `json:"open_cases"`
	Overdue   int       `json:"overdue_cases"`
	Outbox    int       `json:"outbox"`     // messages not confirmed by Telegram
	Unshipped int       `json:"ship_queue"` // records not yet seen in ClickHouse
	Restarts  int       `json:"engine_restarts"`
	Detached  int       `json:"engine_detached_parts"` // parts of tables that the embedded engine found broken
	Sources   []Source  `json:"sources"`

	// What works; nil: it is not used here.

	Telegram   *bool `json:"telegram_up,omitempty"`
	Copies     *bool `json:"copies_up,omitempty"` // of alerts, to other channels
	Engine     *bool `json:"engine_up,omitempty"` // the embedded one
	ClickHouse *bool `json:"clickhouse_up,omitempty"`

	LastShipment time.Time `json:"last_shipment,omitzero"` // when records last arrived in ClickHouse
	Unreachable  int       `json:"unreachable_officers"`   // who have open cases and no chat to get them in
	DiskFree     uint64    `json:"disk_free_bytes"`        // where the data folder is
}

// Source is the state of one source.
type Source struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	LastOK   time.Time `json:"last_ok,omitzero"`
	LastTry  time.Time `json:"last_try,omitzero"`
	Next     time.Time `json:"next,omitzero"`
	Failures int       `json:"failures"` // failed polls in a row
	Reason   string    `json:"reason,omitempty"`
	Gaps     int       `json:"gaps"`            // times that posts may have come and gone unseen between two polls
	GapAt    time.Time `json:"gap_at,omitzero"` // when last
	Pushed   bool      `json:"pushed"`          // a hub sends what is new
}

// Handler serves /healthz, /readyz and /metrics. status is asked for each request and
// returns an error when the journal cannot be read; ready tells whether the flow runs.
func Handler(m *Metrics, status func() (Status, error), ready func() bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		s, err := status()
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		if s.Status = "ok"; len(s.Troubles) > 0 {
			s.Status = "degraded"
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		enc.Encode(s) // an error here means that the reader has gone
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if !ready() {
			http.Error(w, "starting or stopping", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ready\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
