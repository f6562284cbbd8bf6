package ops

import (
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, m *Metrics, s Status, err error, ready bool, path string) (int, string) {
	t.Helper()
	h := Handler(m, func() (Status, error) { return s, err }, func() bool { return ready })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	body, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(body)
}

func TestHandler(t *testing.T) {
	broken := Status{Open: 3, Overdue: 1, Outbox: 2, Troubles: []string{"清河论坛：连不上"},
		Sources: []Source{
			{Name: "清河论坛", Failures: 4, LastOK: time.Unix(1700000000, 0), LastTry: time.Unix(1700000600, 0), Next: time.Unix(1700000900, 0)},
			{Name: "市长信箱", LastTry: time.Unix(1700000300, 0), Next: time.Unix(1700000700, 0)},
		},
		Started: time.Unix(1600000000, 0), Telegram: new(true), Engine: new(false), Unreachable: 1, DiskFree: 1 << 30}
	m := NewMetrics("v1", func() (Status, error) { return broken, nil })
	m.Call("sendMessage", "ok")
	m.Posts("清河论坛", 5)
	m.Shipped(7, errors.New("away"))
	for _, c := range []struct {
		path   string
		status Status
		err    error
		ready  bool
		code   int
		has    []string
	}{
		{"/healthz", Status{}, nil, true, 200, []string{`"status": "ok"`}},
		{"/healthz", broken, nil, true, 200, []string{`"status": "degraded"`, "清河论坛：连不上", `"failures": 4`}},
		{"/healthz", Status{}, errors.New("journal: damaged"), true, 503, []string{"journal: damaged"}},
		{"/readyz", Status{}, nil, true, 200, []string{"ready"}},
		{"/readyz", Status{}, nil, false, 503, []string{"starting or stopping"}},
		{"/metrics", Status{}, nil, true, 200, []string{
			"huiyin_cases_open 3", "huiyin_cases_overdue 1", "huiyin_outbox_messages 2", `huiyin_source_failures{source="清河论坛"} 4`,
			`huiyin_source_last_ok_timestamp_seconds{source="清河论坛"} 1.7e+09`, `huiyin_telegram_calls_total{method="sendMessage",outcome="ok"} 1`,
			`huiyin_posts_total{source="清河论坛"} 5`, "huiyin_shipped_records_total 7", "huiyin_ship_failures_total 1",
			`huiyin_build_info{version="v1"} 1`, "huiyin_telegram_up 1", "huiyin_engine_up 0", "huiyin_unreachable_officers 1",
			"huiyin_disk_free_bytes 1.073741824e+09", "huiyin_last_shipment_timestamp_seconds 1.6e+09",
			"huiyin_last_poll_timestamp_seconds 1.7000006e+09", "huiyin_next_poll_timestamp_seconds 1.7000007e+09",
		}},
		{"/", Status{}, nil, true, 404, nil},
	} {
		code, body := get(t, m, c.status, c.err, c.ready, c.path)
		for _, unused := range []string{"huiyin_copies_up", "huiyin_clickhouse_up", `last_ok_timestamp_seconds{source="市长信箱"}`} {
			if strings.Contains(body, unused) {
				t.Errorf("%s has %s", c.path, unused)
			}
		}
		if code != c.code {
			t.Errorf("%s answers %d, want %d", c.path, code, c.code)
		}
		for _, s := range c.has {
			if !strings.Contains(body, s) {
				t.Errorf("%s lacks %q in\n%s", c.path, s, body)
			}
		}
	}
	_, body := get(t, m, broken, nil, true, "/healthz")
	var s Status
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Sources[0].Name != "清河论坛" {
		t.Errorf("/healthz is not the status as JSON: %v\n%s", err, body)
	}
}
