package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/dict"
	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/config"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/warehouse"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(EngineChild(os.Args[2:]))
	}
	// Each test that loads the topics would load the dictionary anew.
	lists, err := match.LoadLists(dict.Files)
	if err != nil {
		panic(err)
	}
	common, err := match.NewSegmenter(lists.Extra())
	if err != nil {
		panic(err)
	}
	code := m.Run()
	runtime.KeepAlive(common)
	os.Exit(code)
}

// load is a configuration with a data folder of its own.
func load(t *testing.T, more string) *config.Config {
	t.Helper()
	dir, err := os.MkdirTemp("", "h") // a short path: a socket stands in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "huiyin.yaml")
	text := "agency: 甲\ndata_dir: data\nclickhouse: {keep_free: 1MiB}\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\n" +
		"sources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}]\n" + more
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// running is a program of which only the record and the control socket run; stop ends
// it.
func running(t *testing.T, cfg *config.Config, records ...cases.Record) (a *App, stop func()) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	e, err := chdb.Start(t.Context(), engineOptions(cfg, log, nil))
	if err != nil {
		t.Fatal(err)
	}
	a = &App{cfg: cfg, log: log, streams: make(chan struct{}, 2)}
	if a.warehouse, err = openRecord(cfg, log, e.DialContext); err != nil {
		t.Fatal(err)
	}
	if err := a.warehouse.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.warehouse.Ship(t.Context(), cases.Shipment{ID: "j-1", Records: records}); err != nil {
		t.Fatal(err)
	}
	if a.calendar, err = newCalendar(cfg); err != nil {
		t.Fatal(err)
	}
	if a.journal, err = journal.Open(filepath.Join(cfg.DataDir, "journal.db")); err != nil {
		t.Fatal(err)
	}
	if err := a.openPipeline(water()); err != nil {
		t.Fatal(err)
	}
	ln, err := a.listenControl()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- serve(ln, a.controlHandler())(ctx) }()
	return a, func() {
		cancel()
		if err := errors.Join(<-done, a.warehouse.Close(), e.Close(), a.journal.Close()); err != nil {
			t.Error(err)
		}
	}
}

// water is a set of one topic.
var water = sync.OnceValue(func() *match.Set {
	seg, err := match.NewSegmenter(nil)
	if err != nil {
		panic(err)
	}
	set, err := match.Compile([]match.Topic{{Name: "供水", Any: []string{"停水"}}}, match.Lists{}, seg)
	if err != nil {
		panic(err)
	}
	return set
})

func postsOf(t *testing.T, cfg *config.Config, days int) (posts []cases.StoredPost) {
	t.Helper()
	err := StoredPosts(t.Context(), cfg, days, func(p KeptPost) error { posts = append(posts, p.StoredPost); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

// The posts are the same whether a program runs or not.
func TestStoredPosts(t *testing.T) {
	cfg := load(t, "")
	err := StoredPosts(t.Context(), cfg, 30, nil)
	if err == nil || !strings.Contains(err.Error(), "还没有记录") {
		t.Errorf("where nothing ever ran: %v", err)
	}
	now := time.Now().Truncate(time.Millisecond)
	var want []cases.StoredPost
	var records []cases.Record
	for i := range 1200 {
		p := cases.StoredPost{ID: fmt.Sprintf("p%04d", i), Source: "新闻", Title: "<天气>", Text: "今天\n\"天气\"真好", URL: "https://news.example.cn/1",
			Seen: now.Add(time.Duration(i-100_000) * time.Second), Topics: []string{}}
		if i%2 == 0 {
			p.Published, p.Topics = p.Seen.Add(-time.Hour), []string{"供水"}
		}
		want, records = append(want, p), append(records, cases.Record{Post: &p})
	}
	old := want[0]
	old.ID, old.Seen = "old", now.Add(-5*day)
	a, stop := running(t, cfg, append(records, cases.Record{Post: &old})...)
	same := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if d := cmp.Diff(want, postsOf(t, cfg, 2), same); d != "" {
		t.Errorf("of a running program (-want +got):\n%s", d)
	}
	if got := postsOf(t, cfg, 30); len(got) != len(want)+1 || got[0].ID != "old" {
		t.Errorf("%d posts of 30 days, the first is %+v", len(got), got[0])
	}
	enough, n := errors.New("enough"), 0
	err = StoredPosts(t.Context(), cfg, 2, func(KeptPost) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("%d posts, then %v", n, err)
	}
	for _, days := range []int{0, -1, maxDays + 1} {
		if err := StoredPosts(t.Context(), cfg, days, nil); err == nil {
			t.Errorf("%d days were taken", days)
		}
	}
	if _, err := Ask(t.Context(), cfg, "posts", url.Values{"days": {"x"}}); err == nil || !strings.Contains(err.Error(), "天数") {
		t.Errorf("x days: %v", err)
	}
	a.streams <- struct{}{} // two who are still reading
	a.streams <- struct{}{}
	if _, err := Ask(t.Context(), cfg, "posts", url.Values{"days": {"2"}}); err == nil || !strings.Contains(err.Error(), "过一会儿再试") {
		t.Errorf("a third reader: %v", err)
	}
	<-a.streams
	if got := postsOf(t, cfg, 2); len(got) != len(want) {
		t.Errorf("when one has gone: %d posts", len(got))
	}
	stop()
	if d := cmp.Diff(want, postsOf(t, cfg, 2), same); d != "" {
		t.Errorf("of none (-want +got):\n%s", d)
	}
}

// The deadline of an ordinary answer does not end a long one, and a record that fails on
// the way is told.
func TestSendPosts(t *testing.T) {
	cfg := load(t, "")
	p := cases.StoredPost{ID: "p", Seen: time.Now().Add(-time.Hour), Topics: []string{}}
	a, stop := running(t, cfg, cases.Record{Post: &p})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(a.sendPosts))
	srv.Config.WriteTimeout = time.Nanosecond
	srv.Start()
	defer srv.Close()
	ask := func() (n int, err error) {
		res, err := http.PostForm(srv.URL, url.Values{"days": {"1"}})
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		return n, readPosts(res.Body, func(KeptPost) error { n++; return nil })
	}
	if n, err := ask(); err != nil || n != 1 {
		t.Errorf("%d posts, %v", n, err)
	}
	stop()
	if n, err := ask(); err == nil || errors.Is(err, errBrokenOff) || n != 0 {
		t.Errorf("of a closed record: %d posts, %v", n, err)
	}
}

// Another server's record is opened when no program runs here.
func TestAloneOnServer(t *testing.T) {
	gone := httptest.NewServer(nil)
	addr := strings.TrimPrefix(gone.URL, "http://")
	gone.Close()
	cfg := load(t, "")
	cfg.ClickHouse = config.ClickHouse{URL: "http://huiyin@" + addr + "/huiyin"}
	called := false
	err := alone(t.Context(), cfg, func(*warehouse.Warehouse) error { called = true; return nil })
	if err == nil || !strings.Contains(err.Error(), "连不上 ClickHouse") || called {
		t.Errorf("called %v, %v", called, err)
	}
}

func line(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

// Only a stream that was read to its end is taken for all of it.
func TestReadPosts(t *testing.T) {
	one := line(t, cases.StoredPost{ID: "a", Text: "停水"})
	for name, c := range map[string]struct {
		body  string
		posts int
		err   string
	}{
		"all":               {one + one + `{"complete":2}` + "\n", 2, ""},
		"none":              {`{"complete":0}`, 0, ""},
		"nothing":           {"", 0, "没有读完"},
		"cut between lines": {one + one, 2, "没有读完"},
		"cut in a line":     {one + one[:20], 1, "没有读完"},
		"too few":           {one + `{"complete":2}`, 1, "没有读完"},
		"more behind":       {`{"complete":0}` + "\n" + one, 0, "没有读完"},
		"failed":            {one + `{"error":"ClickHouse 没有回答"}`, 1, "ClickHouse 没有回答"},
		"no JSON":           {one + "404 page not found", 1, "没有读完"},
		"endless line":      {one + strings.Repeat(" ", maxPostLine+1), 1, "没有读完"},
	} {
		n := 0
		err := readPosts(strings.NewReader(c.body), func(KeptPost) error { n++; return nil })
		if n != c.posts || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %d posts, %v", name, n, err)
		}
	}
}

// The longest post fits in a line, every character of it escaped.
func TestLongestPost(t *testing.T) {
	p := cases.StoredPost{Title: strings.Repeat("\x01", 300), Text: strings.Repeat("\x01", 20_000), URL: strings.Repeat("\x01", 2000)}
	var got []cases.StoredPost
	err := readPosts(strings.NewReader(line(t, p)+`{"complete":1}`), func(p KeptPost) error { got = append(got, p.StoredPost); return nil })
	if err != nil || !slices.EqualFunc(got, []cases.StoredPost{p}, func(a, b cases.StoredPost) bool { return cmp.Equal(a, b) }) {
		t.Errorf("%d posts, %v", len(got), err)
	}
}

func FuzzReadPosts(f *testing.F) {
	one := line(f, cases.StoredPost{ID: "a", Text: "停水"})
	f.Add([]byte(one + one + `{"complete":2}`))
	f.Add([]byte(one + `{"error":"x"}`))
	f.Add([]byte("{}\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n := 0
		err := readPosts(bytes.NewReader(body), func(KeptPost) error { n++; return nil })
		if lines := bytes.Count(bytes.TrimRight(body, "\r\n"), []byte("\n")); err == nil && n != lines {
			t.Errorf("%d posts of %d lines", n, lines)
		}
	})
}
