package inbox

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/pipeline"
	"huiyin/internal/workday"
)

var update = flag.Bool("update", false, "write the golden files anew")

const token = "mayor-token-0123456789"

var zone = time.FixedZone("UTC+8", 8*3600)

var topics = sync.OnceValues(func() (*match.Set, error) {
	list, err := match.LoadTopics(fstest.MapFS{"t.yaml": {Data: []byte("{name: 供水, unit: 供水集团, any: [停水]}")}}, match.Lists{})
	if err != nil {
		return nil, err
	}
	seg, err := match.NewSegmenter(nil)
	if err != nil {
		return nil, err
	}
	return match.Compile(list, match.Lists{}, seg)
})

// office is a real journal and pipeline behind an inbox, with a clock that is set by hand.
type office struct {
	*testing.T
	*Inbox
	now     time.Time
	journal *journal.Journal
	log     bytes.Buffer
	taken   int
}

func newOffice(t *testing.T, change ...func(*Options)) *office {
	t.Helper()
	o := &office{T: t, now: time.Date(2026, 11, 20, 9, 5, 0, 0, zone)}
	set, err := topics()
	o.ok(err)
	o.journal, err = journal.Open(filepath.Join(t.TempDir(), "journal.db"))
	o.ok(err)
	t.Cleanup(func() { o.journal.Close() })
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	o.ok(err)
	cal, err := workday.New(zone, hours)
	o.ok(err)
	clock := func() time.Time { return o.now }
	p, err := pipeline.New(pipeline.Options{
		Journal: o.journal, Topics: set, Calendar: cal, Log: slog.New(slog.DiscardHandler), Now: clock,
		Office: pipeline.Office{
			Units:  []pipeline.Unit{{Name: "供水集团", A: "王敏"}, {Name: "住建局", A: "赵倩"}, {Name: "政府办", A: "陈静"}},
			Topics: map[string]string{"*": "政府办"}, Inboxes: map[string]string{"市长信箱": "住建局"},
		},
	})
	o.ok(err)
	opt := Options{
		Desk: p, Units: p.UnitNames(), Address: "https://huiyin.example.gov.cn/inbox", Now: clock,
		Sources: []Source{{Name: "台账", Zone: zone}, {Name: "热线", Token: "hotline-token-9876543210", Zone: zone}, {Name: "市长信箱", Token: token, Zone: zone}},
		Observe: func(_ string, n int) { o.taken += n }, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	}
	for _, f := range change {
		f(&opt)
	}
	o.Inbox = New(opt)
	return o
}

func (o *office) ok(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// cases are those in the journal.
func (o *office) cases() (all []cases.Case) {
	o.Helper()
	o.ok(o.journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error { all = append(all, c); return nil })
	}))
	return all
}

// request is one that is sent to the inbox. What is not said is as it should be.
type request struct {
	method, kind, auth, from, coding string
	body                             string
}

func (o *office) send(q request) *httptest.ResponseRecorder {
	o.Helper()
	if q.method == "" {
		q.method = http.MethodPost
	}
	if q.kind == "" {
		q.kind = "application/json"
	}
	if q.auth == "" {
		q.auth = "Bearer " + token
	}
	r := httptest.NewRequest(q.method, "/inbox", strings.NewReader(q.body))
	r.Header.Set("Content-Type", q.kind)
	if q.auth != "-" {
		r.Header.Set("Authorization", q.auth)
	}
	if q.coding != "" {
		r.Header.Set("Content-Encoding", q.coding)
	}
	if q.from != "" {
		r.RemoteAddr = q.from
	}
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	return w
}

// shown is an answer as a golden file shows it.
func shown(w *httptest.ResponseRecorder) string {
	s := fmt.Sprintln(w.Code)
	for _, name := range []string{"Allow", "Content-Type", "Retry-After", "WWW-Authenticate"} {
		if v := w.Header().Get(name); v != "" {
			s += name + ": " + v + "\n"
		}
	}
	return s + "\n" + strings.ReplaceAll(w.Body.String(), "},{", "},\n{")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// lossy is a desk that fails, before or after it took the letters.
type lossy struct {
	Desk
	before, after bool
}

var errDisk = errors.New("no space left on device")

func (l *lossy) Receive(ctx context.Context, source string, letters []cases.Letter) ([]cases.Receipt, error) {
	if l.before {
		return nil, errDisk
	}
	r, err := l.Desk.Receive(ctx, source, letters)
	if l.after {
		return nil, errors.Join(err, errDisk)
	}
	return r, err
}
