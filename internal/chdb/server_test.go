package chdb

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// rawClient speaks HTTP to the engine without clickhouse-go, as a person with
// curl would.
func rawClient(e *Engine) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return e.DialContext(ctx, "")
	}}}
}

func post(t testing.TB, c *http.Client, query url.Values, body io.Reader) (status int, text string, header http.Header) {
	t.Helper()
	resp, err := c.Post("http://engine/?"+query.Encode(), "application/octet-stream", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// TestPlainHTTP asks as a person would, and in the ways that are refused.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	c := rawClient(startEngine(t, t.TempDir()))
	q := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	for _, tc := range []struct {
		name   string
		query  url.Values
		body   string
		status int
		text   string // part of the answer
		code   string
	}{
		{"statement in the body", nil, "SELECT 1 + 1", 200, "2\n", ""},
		{"statement in the URL", q("query", "SELECT 1 + 1 FORMAT JSONEachRow"), "", 200, `{"plus(1, 1)":2}`, ""},
		{"behind comments", nil, "/* why */ -- because\n (SELECT 7)", 200, "7\n", ""},
		{"parameter", q("param_a", `x\ty`), "SELECT length({a:String})", 200, "3\n", ""},
		{"show", nil, "SHOW DATABASES", 200, "default\n", ""},
		{"nothing", nil, " \n", 400, "no statement", "36"},
		{"compressed rows", q("decompress", "1"), "SELECT 1", 400, "decompress=1", "36"},
		{"compressed answer", q("compress", "1"), "SELECT 1", 400, "compress=1", "36"},
		{"session", q("session_id", "a"), "SELECT 1", 400, "session_id", "36"},
		{"odd name", q("max threads", "1"), "SELECT 1", 400, "neither", "36"},
		{"body beside a SELECT", q("query", "SELECT 1"), "SELECT 2", 400, "for INSERT only", "36"},
		{"revision", q("client_protocol_version", "-1"), "SELECT 1", 400, "no revision", "36"},
		{"create", nil, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a", 200, "", ""},
		{"rows", q("query", "INSERT INTO t FORMAT TSV"), "1\n2\n", 200, "", ""},
		{"rows in the default format", q("query", "INSERT INTO t", "default_format", "CSV"), "3\n4\n", 200, "", ""},
		{"bad rows", q("query", "INSERT INTO t FORMAT TSV"), "5\nx\n", 500, "CANNOT_PARSE", "27"},
		{"an INSERT without its rows", q("query", "INSERT INTO t FORMAT Native"), "", 500, "No data", "108"},
		{"sum", nil, "SELECT sum(a) FROM t", 200, "10\n", ""},
	} {
		status, text, header := post(t, c, tc.query, strings.NewReader(tc.body))
		if status != tc.status || !strings.Contains(text, tc.text) || header.Get("X-ClickHouse-Exception-Code") != tc.code {
			t.Errorf("%s: %d %q %q", tc.name, status, text, header.Get("X-ClickHouse-Exception-Code"))
		}
	}
}

// broken is a body that breaks off after its text.
type broken struct{ text *strings.Reader }

func (b broken) Read(p []byte) (int, error) {
	if n, err := b.text.Read(p); err == nil {
		return n, nil
	}
	return 0, io.ErrClosedPipe
}

// TestBrokenBody sends whole rows, more than the client holds back, and then
// breaks the connection off: nothing of them may be kept.
func TestBrokenBody(t *testing.T) {
	t.Parallel()
	e := startEngine(t, t.TempDir())
	conn := connect(t, e)
	run(t, conn, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	query := url.Values{"query": {"INSERT INTO t FORMAT TSV"}}
	_, err := rawClient(e).Post("http://engine/?"+query.Encode(), "", broken{strings.NewReader(strings.Repeat("1\n", 100_000))})
	if err == nil {
		t.Error("a body that broke off was acknowledged")
	}
	eventually(t, "the insert ends", func() bool {
		return one[uint64](t, conn, "SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'") == 0
	})
	if n := one[uint64](t, conn, "SELECT count() FROM t"); n != 0 {
		t.Errorf("%d rows of a body that broke off are there", n)
	}
}

// TestLongStatement goes up to the limit and over it.
func TestLongStatement(t *testing.T) {
	t.Parallel()
	c := rawClient(startEngine(t, t.TempDir()))
	comment := strings.Repeat("汉", 80_000)
	if status, text, _ := post(t, c, nil, strings.NewReader("SELECT /*"+comment+"*/ 5")); status != 200 || text != "5\n" {
		t.Errorf("a long statement: %d %.200q", status, text)
	}
	if status, text, _ := post(t, c, nil, io.MultiReader(strings.NewReader("SELECT 1 --"), bytes.NewReader(make([]byte, maxStatement)))); status != 400 || !strings.Contains(text, "longer than") {
		t.Errorf("a statement that is too long: %d %.200q", status, text)
	}
	if status, text, _ := post(t, c, url.Values{"param_a": {strings.Repeat("汉", 100_000)}}, strings.NewReader("SELECT lengthUTF8({a:String})")); status != 200 || text != "100000\n" {
		t.Errorf("a long parameter: %d %.200q", status, text)
	}
}

// FuzzParseRequest gives the parser any URL and body: it must not panic, and
// what it lets through must be safe to build SET statements from.
func FuzzParseRequest(f *testing.F) {
	f.Add("query=SELECT+1&param_a=%27%5C&max_threads=1", []byte(""))
	f.Add("query=INSERT+INTO+t+FORMAT+Native&client_protocol_version=54460", []byte{1, 2, 3})
	f.Add("default_format=Native&client_protocol_version=54460", []byte(helloStatement))
	f.Add("database=a%60b&compress=0&%00=1", []byte("/* */ -- x\n((SELECT 1"))
	f.Add("a%zz&;&=&param_=1", []byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{RawQuery: query}, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}
		q, err := parseRequest(r)
		if err != nil {
			return
		}
		if strings.TrimSpace(q.sql) == "" || len(q.sql) > maxStatement {
			t.Errorf("statement %q", q.sql)
		}
		if q.rows != nil {
			rest, err := io.ReadAll(q.rows)
			if err != nil || !bytes.Equal(rest, body) || keyword(q.sql) != "INSERT" {
				t.Errorf("rows %q of %q became %q, %v", body, q.sql, rest, err)
			}
		}
		for name := range q.settings {
			if !namePattern.MatchString(name) {
				t.Errorf("setting %q", name)
			}
		}
		if q.hello > 0 && (q.sql != helloStatement || q.hello > maxRevision) {
			t.Errorf("hello %d for %q", q.hello, q.sql)
		}
	})
}

func TestKeyword(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"select 1": "SELECT", "  (\n(SELECT 1))": "SELECT", "-- a\n/* b */insert into t": "INSERT", "--": "", "/* open": "", "": "", "WITH(1)": "WITH", "汉": "",
	} {
		if got := keyword(sql); got != want {
			t.Errorf("%q: %q, want %q", sql, got, want)
		}
	}
}

func BenchmarkSelect1(b *testing.B) {
	conn := connect(b, startEngine(b, b.TempDir()))
	for b.Loop() {
		one[uint8](b, conn, "SELECT 1")
	}
}

func BenchmarkInsert1000(b *testing.B) {
	s := &shipment{conn: connect(b, startEngine(b, b.TempDir())), rows: 1000, text: func() string { return "停水三天没人管" }}
	run(b, s.conn, shipmentTable)
	for n := uint64(0); b.Loop(); n++ {
		if err := s.send(b.Context(), n); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*1000)/b.Elapsed().Seconds(), "rows/s")
}
