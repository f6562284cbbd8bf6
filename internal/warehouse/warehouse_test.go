package warehouse

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/workday"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	os.Exit(m.Run())
}

var shanghai = time.FixedZone("CST", 8*3600)

func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, shanghai)
}

func logger(t testing.TB) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

func engine(t testing.TB) *chdb.Engine {
	t.Helper()
	e, err := chdb.Start(t.Context(), chdb.Options{Dir: t.TempDir(), Log: logger(t), KeepFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func open(t testing.TB, o Options) *Warehouse {
	t.Helper()
	o.Log = logger(t)
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	cal, err := workday.New(zone, hours)
	if err != nil {
		t.Fatal(err)
	}
	o.Rules = cases.Rules{Calendar: func(string) *workday.Calendar { return cal }, Within: 30 * time.Minute, Major: 10 * time.Minute}
	w, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func embedded(t testing.TB) (*Warehouse, *chdb.Engine) {
	e := engine(t)
	w := open(t, Options{Dial: e.DialContext})
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, e
}

// sample is two cases: one answered in time by its second mention's day, one
// answered late and dismissed never.
func sample() cases.Shipment {
	due := []cases.Step{{Name: "回应", Target: "1wd", Due: at(23, 17, 30), Why: "次日起算"}}
	m := func(id, number string, no, day int) cases.Record {
		return cases.Record{Mention: &cases.Mention{
			ID: id, Case: number, No: no, Source: "清河论坛", Title: "停水", Text: "'停水'\t\\了\n三天", URL: "https://bbs.example.cn/1",
			Seen: at(day, 9, 0), Topics: []string{"供水"}, Words: []string{"停水"},
		}}
	}
	e := func(number string, seq int, kind cases.Kind, day, hour int, f func(*cases.Event)) cases.Record {
		ev := cases.Event{Case: number, Seq: seq, Kind: kind, At: at(day, hour, 0), Topic: "供水", Unit: "供水集团", Officer: "王敏"}
		if f != nil {
			f(&ev)
		}
		return cases.Record{Event: &ev}
	}
	steps := func(ev *cases.Event) { ev.Steps = due }
	shown := func(n int) func(*cases.Event) { return func(ev *cases.Event) { ev.Mentions = n } }
	withTime := m("p1", "2026-000001", 1, 20)
	withTime.Mention.Published = at(19, 22, 15)
	return cases.Shipment{ID: "j-1-10", Records: []cases.Record{
		{Poll: &cases.Poll{ID: "poll1", Source: "清河论坛", At: at(20, 9, 0), Read: 30, New: 12, Old: 1, Matched: 3}},
		withTime, e("2026-000001", 1, cases.Opened, 20, 9, steps), e("2026-000001", 2, cases.Delivered, 20, 9, shown(1)),
		m("p2", "2026-000001", 2, 20), e("2026-000001", 3, cases.Joined, 20, 10, nil), e("2026-000001", 4, cases.Delivered, 20, 10, shown(2)),
		e("2026-000001", 5, cases.Replied, 20, 11, steps), e("2026-000001", 6, cases.Replied, 24, 11, nil),
		m("p3", "2026-000002", 1, 20), e("2026-000002", 1, cases.Opened, 20, 9, steps),
		e("2026-000002", 2, cases.Replied, 24, 9, steps), e("2026-000002", 3, cases.Closed, 24, 9, nil),
	}}
}

func TestShipAndFlow(t *testing.T) {
	w, _ := embedded(t)
	ctx := t.Context()
	for range 3 { // sending again changes nothing
		if err := w.Ship(ctx, sample()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Migrate(ctx); err != nil { // and so does applying the schema again
		t.Fatal(err)
	}
	for table, want := range map[string]int{"mentions": 3, "case_events": 9, "polls": 1, "schema_versions": 8} {
		if got := count(t, w, table); got != want {
			t.Errorf("%s holds %d rows, want %d", table, got, want)
		}
	}
	got, err := w.Flow(ctx, cases.Span{From: at(20, 0, 0), Until: at(21, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if want := (cases.Flow{Read: 12, Matched: 3, Cased: 3, Delivered: 2}); got != want {
		t.Errorf("of the 20th: %+v, want %+v", got, want)
	}
	got, err = w.Flow(ctx, cases.Span{From: at(24, 0, 0), Until: at(25, 0, 0)})
	if err != nil || got != (cases.Flow{}) {
		t.Errorf("of the 24th: %+v (%v), want nothing", got, err)
	}
	var rows []struct {
		Text      string     `ch:"text"`
		Published *time.Time `ch:"published"`
		Seen      time.Time  `ch:"seen"`
	}
	if err := w.Select(ctx, &rows, "SELECT text, published, seen FROM mentions WHERE id = 'p1'"); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || rows[0].Text != "'停水'\t\\了\n三天" || !rows[0].Seen.Equal(at(20, 9, 0)) || !rows[0].Published.Equal(at(19, 22, 15)) {
		t.Errorf("mention p1 came back as %+v", rows)
	}
}

func count(t testing.TB, w *Warehouse, table string) int {
	t.Helper()
	var n uint64
	if err := w.conn.QueryRow(t.Context(), "SELECT count() FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// Rows that ClickHouse lost after it had taken them are found missing and sent again,
// although the token of their shipment is known.
func TestShipSendsLostRowsAgain(t *testing.T) {
	w, _ := embedded(t)
	if err := w.Ship(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if err := w.conn.Exec(t.Context(), "ALTER TABLE mentions DELETE WHERE id = 'p2' SETTINGS mutations_sync = 1"); err != nil {
		t.Fatal(err)
	}
	if got := count(t, w, "mentions"); got != 2 {
		t.Fatalf("%d mentions are left after one was lost, want 2", got)
	}
	if err := w.Ship(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, w, "mentions"); got != 3 {
		t.Errorf("%d mentions after the shipment was sent again, want 3", got)
	}
}

// queue is a queue of shipments in memory; what it holds is what Seal gave.
type queue struct {
	waiting []cases.Shipment
	empty   func()
}

func (q *queue) Seal(int) (cases.Shipment, error) {
	if len(q.waiting) == 0 {
		q.empty()
		return cases.Shipment{}, nil
	}
	return q.waiting[0], nil
}

func (q *queue) Shipped(id string) error {
	if q.waiting[0].ID != id {
		return fmt.Errorf("shipped %s, expected %s", id, q.waiting[0].ID)
	}
	q.waiting = q.waiting[1:]
	return nil
}

// The queue empties exactly once while the engine is killed under it.
func TestRunThroughKills(t *testing.T) {
	e := engine(t)
	w := open(t, Options{Dial: e.DialContext})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const shipments, each = 60, 50
	q := &queue{empty: cancel}
	for i := range shipments {
		s := cases.Shipment{ID: fmt.Sprintf("j-%d", i)}
		for k := range each {
			s.Records = append(s.Records, cases.Record{Mention: &cases.Mention{
				ID: fmt.Sprintf("m-%d-%d", i, k), Seen: at(1+k%28, 9, i), Topics: []string{}, Words: []string{},
			}})
		}
		q.waiting = append(q.waiting, s)
	}
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	kills, failures := 0, 0
	err := w.Run(ctx, q, nil, func(n int, err error) {
		if err != nil {
			failures++
		}
		if n > 0 && r.IntN(6) == 0 {
			if p, err := os.FindProcess(e.Pid()); err == nil && p.Kill() == nil {
				kills++
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: %d shipments of %d rows, engine killed %d times, %d attempts failed", seed, shipments, each, kills, failures)
	var rows, distinct uint64
	if err := w.conn.QueryRow(t.Context(), "SELECT count(), uniqExact(id) FROM mentions").Scan(&rows, &distinct); err != nil {
		t.Fatal(err)
	}
	if rows != shipments*each || distinct != rows || kills == 0 {
		t.Errorf("%d rows, %d distinct, want %d of both; kills %d", rows, distinct, shipments*each, kills)
	}
}

// A server is reached by the same code: over HTTP and HTTPS, with a user, a password
// and an authority of one's own, and past an address where nobody answers.
func TestServerURL(t *testing.T) {
	e := engine(t)
	proxy := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		return e.DialContext(ctx, addr)
	}}
	var user, password string
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		user, password = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
		if u, p, ok := r.BasicAuth(); ok {
			user, password = u, p
		}
		r.URL.Scheme, r.URL.Host = "http", "embedded"
		r.RequestURI = ""
		res, err := proxy.RoundTrip(r)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		for k, v := range res.Header {
			rw.Header()[k] = v
		}
		rw.WriteHeader(res.StatusCode)
		if _, err := copyBody(rw, res); err != nil {
			t.Log(err)
		}
	})
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	dead := httptest.NewServer(nil)
	deadHost := host(dead.URL)
	dead.Close()
	ca := t.TempDir() + "/ca.pem"
	writePEM(t, ca, secure.Certificate().Raw)
	for name, o := range map[string]Options{
		"http":          {URL: "http://auditor@" + host(plain.URL) + "/huiyin", Password: "open sesame"},
		"https with CA": {URL: "https://auditor@" + host(secure.URL) + "/huiyin?secure=true", Password: "open sesame", CAFile: ca},
		"second of two": {URL: "http://auditor@" + deadHost + "," + host(plain.URL) + "/huiyin", Password: "open sesame"},
	} {
		t.Run(name, func(t *testing.T) {
			user, password = "", ""
			w := open(t, o)
			if err := w.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := w.Ship(t.Context(), sample()); err != nil {
				t.Fatal(err)
			}
			if got := count(t, w, "mentions"); got != 3 {
				t.Errorf("%d mentions, want 3", got)
			}
			if user != "auditor" || password != "open sesame" {
				t.Errorf("the server saw user %q and password %q", user, password)
			}
		})
	}
	t.Run("unknown authority", func(t *testing.T) {
		w := open(t, Options{URL: "https://" + host(secure.URL) + "/huiyin?secure=true"})
		if err := w.Migrate(t.Context()); err == nil {
			t.Error("a certificate of an unknown authority was accepted")
		}
	})
}

func host(u string) string {
	p, err := url.Parse(u)
	if err != nil {
		panic(err)
	}
	return p.Host
}

// The native protocol cannot be run here; its options can be read.
func TestNativeOptions(t *testing.T) {
	got, err := options(Options{URL: "clickhouse://auditor@ch1:9440,ch2:9440/record?secure=true", Password: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"ch1:9440", "ch2:9440"}, got.Addr); d != "" {
		t.Error(d)
	}
	if got.Protocol.String() != "native" || got.TLS == nil || got.Auth.Username != "auditor" || got.Auth.Password != "s" || got.Auth.Database != "record" {
		t.Errorf("options are %v %v %+v", got.Protocol, got.TLS, got.Auth)
	}
	if _, err := options(Options{URL: "clickhouse://h:9000", CAFile: "testdata/none.pem"}); err == nil {
		t.Error("a missing ca_file was accepted")
	}
}
