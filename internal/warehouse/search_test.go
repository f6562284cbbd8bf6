package warehouse

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"huiyin/internal/cases"
)

// life is a case that goes from one unit to another and through everything that is
// counted, and one that is dismissed.
func life() cases.Shipment {
	steps := []cases.Step{{Name: "回应", Target: "1wd", Due: at(23, 17, 30), Why: "次日起算"}}
	one := []cases.Event{
		{Kind: cases.Opened, At: at(20, 9, 0), Post: "p1", Source: "清河论坛", Title: "停水三天", URL: "https://bbs.example.cn/1",
			Topic: "供水", Severity: cases.Ordinary, Unit: "供水集团", Officer: "王敏", Steps: steps, Contact: "138****5678"},
		{Kind: cases.Signed, At: at(20, 9, 5), By: "王敏", Unit: "供水集团"},
		{Kind: cases.Transferred, At: at(20, 10, 0), By: "王敏", Via: "群", Unit: "住建局", Officer: "赵倩", Reason: "属物业"},
		{Kind: cases.Signed, At: at(20, 11, 0), By: "赵倩", Unit: "住建局"},
		{Kind: cases.Replied, At: at(20, 12, 0), By: "赵倩", Via: "www.example.cn", URL: "https://www.example.cn/2", Text: "已修好", Steps: steps},
		{Kind: cases.Verified, At: at(20, 12, 1), Reply: 1, Faults: []string{"打不开。"}, SHA256: "ab"},
		{Kind: cases.Closed, At: at(20, 15, 0), By: "赵倩"},
		{Kind: cases.Rated, At: at(20, 16, 0), By: "赵倩", Reason: "基本满意"},
		{Kind: cases.Reopened, At: at(21, 9, 0), Officer: "赵倩", Steps: steps},
		{Kind: cases.Replied, At: at(24, 9, 0), By: "赵倩", Text: "又修好了", Steps: steps},
	}
	two := []cases.Event{
		{Kind: cases.Opened, At: at(20, 9, 30), Post: "p3", Title: "水压低", Topic: "供水", Unit: "供水集团", Officer: "王敏", Steps: steps},
		{Kind: cases.Dismissed, At: at(20, 10, 30), By: "王敏", Reason: cases.FalseAlarm},
	}
	s := cases.Shipment{ID: "life"}
	for number, events := range map[string][]cases.Event{"2026-000001": one, "2026-000002": two} {
		for i, e := range events {
			e.Case, e.Seq = number, i+1
			s.Records = append(s.Records, cases.Record{Event: &e})
		}
	}
	for i, m := range []cases.Mention{
		{ID: "p1", Case: "2026-000001", No: 1, Title: "停水三天", Text: "锦绣小区的水管破了", Seen: at(20, 9, 0)},
		{ID: "p2", Case: "2026-000001", No: 2, Title: "Re: 停水", Text: "锦绣小区还没有水", Seen: at(22, 9, 0)},
		{ID: "p3", Case: "2026-000002", No: 1, Title: "水压低", Text: "锦绣小区", Seen: at(20, 9, 30)},
	} {
		m.Source, m.URL = "清河论坛", "https://bbs.example.cn/"+string(rune('1'+i))
		s.Records = append(s.Records, cases.Record{Mention: &m})
	}
	return s
}

func TestSearch(t *testing.T) {
	w, _ := embedded(t)
	if err := w.Ship(t.Context(), life()); err != nil {
		t.Fatal(err)
	}
	all := cases.Search{From: at(1, 0, 0), Until: at(30, 0, 0), Limit: 10}
	for name, c := range map[string]struct {
		change func(*cases.Search)
		want   []string
	}{
		"the last told first": {func(s *cases.Search) { s.Words = []string{"锦绣"} }, []string{"2026-000001 停水三天 2", "2026-000002 水压低 1"}},
		"every word":          {func(s *cases.Search) { s.Words = []string{"锦绣", "水管"} }, []string{"2026-000001 停水三天 1"}},
		"case and title":      {func(s *cases.Search) { s.Words = []string{"rE:"} }, []string{"2026-000001 Re: 停水 1"}},
		"in the span":         {func(s *cases.Search) { s.Words, s.From = []string{"锦绣"}, at(21, 0, 0) }, []string{"2026-000001 Re: 停水 1"}},
		"nothing":             {func(s *cases.Search) { s.Words = []string{"没有'这个\\词"} }, nil},
		"a unit's":            {func(s *cases.Search) { s.Units = []string{"住建局"} }, []string{"2026-000001 停水三天 2"}},
		"no more than":        {func(s *cases.Search) { s.Limit = 1 }, []string{"2026-000001 停水三天 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := all
			c.change(&s)
			found, err := w.Search(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Case+" "+f.Title+" "+string(rune('0'+f.Mentions)))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A case comes back from the record as it went there.
func TestHistory(t *testing.T) {
	w, _ := embedded(t)
	s := life()
	for range 2 {
		if err := w.Ship(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	var want []cases.Event
	for _, r := range s.Records {
		if r.Event != nil && r.Event.Case == "2026-000001" {
			want = append(want, *r.Event)
		}
	}
	got, err := w.History(t.Context(), "2026-000001")
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if d := cmp.Diff(want, got, same, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	if none, err := w.History(t.Context(), "2026-000009"); err != nil || none != nil {
		t.Errorf("%v, %v of a case that never was", none, err)
	}
}

// What became of the cases is counted for whose each figure is, and what was done on a day
// for the day.
func TestFigures(t *testing.T) {
	w, _ := embedded(t)
	if err := w.Ship(t.Context(), life()); err != nil {
		t.Fatal(err)
	}
	list, err := w.Scores(t.Context(), cases.Cohort{From: at(1, 0, 0), Until: at(30, 0, 0)}, at(30, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(list, func(s cases.Score) bool { return s.Of != cases.OfUnit })
	want := []cases.Score{
		{Of: cases.OfUnit, Key: "住建局", Cases: 1, Late: 1, Answered: 1, Median: time.Hour, P90: time.Hour, Plain: 3 * time.Hour, Reopened: 1, Content: 1, Rated: 1},
		{Of: cases.OfUnit, Key: "供水集团", Cases: 1, Dismissed: 1, SignedInTime: 1, SignedLate: 1, PassedOn: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	d, err := w.Daily(t.Context(), cases.DailyQuery{Span: cases.Span{From: at(20, 0, 0), Until: at(21, 0, 0)}, Now: at(30, 0, 0), Days: 2})
	if err != nil {
		t.Fatal(err)
	}
	if d.Counts.InTime != 0 || d.Counts.Answered != 1 {
		t.Errorf("%+v; the answer of the day did not verify", d.Counts)
	}
	dismissed := []cases.Dismissal{{Case: "2026-000002", Title: "水压低", Unit: "供水集团", By: "王敏", Reason: cases.FalseAlarm}}
	if d := cmp.Diff(dismissed, d.Dismissed); d != "" {
		t.Error(d)
	}
}

// A search finds the same with the index of words, without it, and where it covers only
// some of the mentions.
func TestSearchUncovered(t *testing.T) {
	w, _ := embedded(t)
	if err := w.Ship(t.Context(), life()); err != nil {
		t.Fatal(err)
	}
	search := func(covered bool) {
		t.Helper()
		if err := w.cover(t.Context()); err != nil || w.covered.Load() != covered {
			t.Fatalf("covered: %v (%v)", w.covered.Load(), err)
		}
		for _, words := range [][]string{{"锦绣"}, {"锦绣小区"}, {"区"}, {"锦绣", "小区"}} {
			found, err := w.Search(t.Context(), cases.Search{Words: words, From: at(1, 0, 0), Until: at(30, 0, 0), Limit: 10})
			if err != nil || len(found) != 2 {
				t.Errorf("%q: %+v (%v)", words, found, err)
			}
		}
	}
	exec := func(statement string) {
		t.Helper()
		if err := w.conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	search(true)
	exec("ALTER TABLE mentions DROP INDEX told SETTINGS mutations_sync = 2")
	search(false)
	exec("ALTER TABLE mentions ADD INDEX told " + toldText + " TYPE text(tokenizer = ngrams(2), posting_list_codec = 'bitpacking')")
	search(false)
	exec("ALTER TABLE mentions MATERIALIZE INDEX told SETTINGS mutations_sync = 2")
	search(true)
	w.alone = false // other servers may be behind
	search(false)
}

// A ClickHouse that refuses what makes questions fast is used without it.
func TestMigrateRefused(t *testing.T) {
	e := engine(t)
	proxy := &http.Transport{DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) { return e.DialContext(ctx, addr) }}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || strings.Contains(string(body), "PROJECTION") {
			rw.Header().Set("X-ClickHouse-Exception-Code", "62")
			http.Error(rw, "Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)", http.StatusBadRequest)
			return
		}
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.RequestURI, out.Body = "http", "embedded", "", io.NopCloser(bytes.NewReader(body))
		res, err := proxy.RoundTrip(out)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		maps.Copy(rw.Header(), res.Header)
		rw.WriteHeader(res.StatusCode)
		if _, err := copyBody(rw, res); err != nil {
			t.Log(err)
		}
	}))
	defer server.Close()
	w := open(t, Options{URL: "http://auditor@" + host(server.URL) + "/huiyin"})
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Ship(t.Context(), life()); err != nil {
		t.Fatal(err)
	}
	found, err := w.Search(t.Context(), cases.Search{Words: []string{"锦绣小区"}, From: at(1, 0, 0), Until: at(30, 0, 0), Limit: 10})
	if err != nil || len(found) != 2 || w.covered.Load() {
		t.Errorf("%+v (%v)", found, err)
	}
	if got := count(t, w, "schema_versions"); got != 7 {
		t.Errorf("%d versions are applied, want 7", got)
	}
}

// A program that is older than the record leaves it alone.
func TestMigrateNewerRecord(t *testing.T) {
	w, _ := embedded(t)
	if err := w.conn.Exec(t.Context(), "INSERT INTO schema_versions (version, name, applied) VALUES (99, 'later', now64())"); err != nil {
		t.Fatal(err)
	}
	if err := w.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Error(err)
	}
}
