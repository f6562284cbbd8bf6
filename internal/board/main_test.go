package board

import (
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/sample"
	"huiyin/internal/warehouse"
	"huiyin/internal/workday"
)

// The record is the sample quarter with some hostile posts in it. It is made once: no test
// changes it.
var (
	record   *warehouse.Warehouse
	makeOnce sync.Once
	makeErr  error
	closers  []func()
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	code := m.Run()
	for _, f := range slices.Backward(closers) {
		f()
	}
	os.Exit(code)
}

var zone = func() *time.Location {
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return z
}()

// now is a morning on which much is open.
var now = time.Date(2026, 9, 22, 9, 40, 0, 0, zone)

func makeRecord() error {
	log := slog.New(slog.DiscardHandler)
	dir, err := os.MkdirTemp("", "board")
	if err != nil {
		return err
	}
	closers = append(closers, func() { os.RemoveAll(dir) })
	e, err := chdb.Start(context.Background(), chdb.Options{Dir: dir, Log: log, KeepFree: 1 << 20})
	if err != nil {
		return err
	}
	closers = append(closers, func() { e.Close() })
	record, err = warehouse.Open(warehouse.Options{Dial: e.DialContext, Rules: sample.Rules(), Log: log})
	if err != nil {
		return err
	}
	closers = append(closers, func() { record.Close() })
	if err := record.Migrate(context.Background()); err != nil {
		return err
	}
	for _, s := range append(sample.Shipments(now), busy(), hostile()) {
		if err := record.Ship(context.Background(), s); err != nil {
			return err
		}
	}
	return nil
}

func data(t testing.TB) *warehouse.Warehouse {
	t.Helper()
	makeOnce.Do(func() { makeErr = makeRecord() })
	if makeErr != nil {
		t.Fatal(makeErr)
	}
	return record
}

// busy are two days of storm: many cases that are open, at every stage.
func busy() cases.Shipment {
	s := cases.Shipment{ID: "busy"}
	cal := sample.Calendar()
	for i := range 56 {
		unit := sample.Units[i*i%len(sample.Units)]
		topic, at := unit.Topics[i%len(unit.Topics)], now.Add(-time.Duration(i*i)*time.Minute-20*time.Minute)
		severity, ladder := cases.Ordinary, "reply"
		if i%17 == 3 {
			severity, ladder = cases.Major, "major"
		}
		steps, err := cases.Steps(cal, ladder, at, false)
		if err != nil {
			panic(err)
		}
		events := []cases.Event{{Kind: cases.Opened, At: at, Post: fmt.Sprint("busy", i), Source: "清河论坛", URL: fmt.Sprint("https://bbs.example.cn/busy/", i), Topic: topic,
			Title: "台风过后" + topic + "的问题没人管，街坊都在等一个说法（第 " + fmt.Sprint(i+1) + " 户）", Severity: severity, Unit: unit.Name, Officer: unit.A, Steps: steps}}
		if i%3 > 0 {
			events = append(events, cases.Event{Kind: cases.Signed, At: at.Add(9 * time.Minute), By: unit.A, Unit: unit.Name})
		}
		if i%11 == 5 {
			events = append(events, cases.Event{Kind: cases.Paused, At: at.Add(15 * time.Minute), By: unit.A, Reason: cases.PauseReasons[0]})
		}
		for k := range events {
			e := events[k]
			e.Case, e.Seq = cases.Number(2026, 5001+i), k+1
			s.Records = append(s.Records, cases.Record{Event: &e})
		}
		s.Records = append(s.Records, cases.Record{Mention: &cases.Mention{ID: fmt.Sprint("busy", i), Case: cases.Number(2026, 5001+i), No: 1, Source: "清河论坛", Title: events[0].Title,
			Text: "台风过后我们小区" + topic + "一直没有恢复，打电话也没有人接，请有关部门尽快处理。", URL: events[0].URL, Seen: at, Topics: []string{topic}, Words: []string{topic}}})
	}
	return s
}

// office is who may see what; tests change it.
type office struct {
	mu    sync.Mutex
	leads map[string]bool
	admin map[string]bool
	units map[string][]string
	heads map[string][]string
	gone  map[string]bool
	since map[string]time.Time // when a phone was bound; zero: long ago
}

func (o *office) Leads(name string) bool { o.mu.Lock(); defer o.mu.Unlock(); return o.leads[name] }
func (o *office) Administers(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.admin[name]
}
func (o *office) Bound(name string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.gone[name]:
		return time.Time{}
	case o.since[name].IsZero():
		return time.Unix(1, 0)
	}
	return o.since[name]
}
func (o *office) HeadOf(name string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.heads[name]
}
func (o *office) UnitsOf(name string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.units[name]
}

// change does something to the office.
func (o *office) change(f func()) { o.mu.Lock(); f(); o.mu.Unlock() }

// world is a board in use.
type world struct {
	testing.TB
	*Board
	office *office
	srv    *httptest.Server
	mu     sync.Mutex
	time   time.Time
}

func (w *world) now() time.Time          { w.mu.Lock(); defer w.mu.Unlock(); return w.time }
func (w *world) advance(d time.Duration) { w.mu.Lock(); w.time = w.time.Add(d); w.mu.Unlock() }

// newWorld opens a board; change may be nil.
func newWorld(t testing.TB, d Data, change func(*Options)) *world {
	t.Helper()
	w := &world{TB: t, time: now, office: &office{
		leads: map[string]bool{"刘建国": true}, admin: map[string]bool{"钱进": true, "老周": true},
		units: map[string][]string{"王敏": {"供水集团"}, "赵倩": {"住建局"}, "老周": {"供水集团"}}, gone: map[string]bool{"孙离": true}, since: map[string]time.Time{},
		heads: map[string][]string{"老周": {"供水集团"}},
	}}
	categories := map[string]string{}
	for category, topics := range sample.Categories {
		for _, topic := range topics {
			categories[topic] = category
		}
	}
	cal := sample.Calendar()
	o := Options{
		Agency: sample.Agency, Zone: zone, Calendar: func(string) *workday.Calendar { return cal }, Data: d, People: w.office,
		Sources: func() []Source {
			list := []Source{{Name: "坏" + evil, Reason: evil, Failures: 3}}
			for name := range sample.Channels() {
				list = append(list, Source{Name: name, LastOK: w.now().Add(-5 * time.Minute), Next: w.now().Add(5 * time.Minute)})
			}
			return list
		},
		Categories: func() map[string]string { return categories }, Channels: sample.Channels,
		When: func(word string, now time.Time, zone *time.Location) (from, until time.Time, ok bool) {
			if word == "昨天" {
				y, m, d := now.In(zone).Date()
				until = time.Date(y, m, d, 0, 0, 0, 0, zone)
				return until.AddDate(0, 0, -1), until, true
			}
			return from, until, false
		},
		Digest: w.digestBody, Report: w.reportBody,
		File: func(_ context.Context, _ Reader, period, kind string) (string, []byte, error) {
			return "2026年第三季度." + kind, []byte(period), nil
		},
		Periods: func(time.Time) []Period {
			return []Period{{"2026W38", "2026年第38周", "周报"}, {"2026Q3", "2026年第三季度", "季报"}}
		},
		Now: w.now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	w.srv = httptest.NewUnstartedServer(nil)
	o.URL = "http://" + w.srv.Listener.Addr().String()
	if change != nil {
		change(&o)
	}
	w.Board = New(o)
	w.srv.Config.Handler = w.Board
	w.srv.Start()
	t.Cleanup(w.srv.Close)
	return w
}

// visitor is somebody's browser.
type visitor struct {
	*world
	http.Client
}

func (w *world) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	return &visitor{w, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is the browser of somebody who is logged in.
func (w *world) as(name string) *visitor {
	w.Helper()
	v := w.visitor()
	path := v.path(w.Link(name))
	if status, _ := v.post(path); status != http.StatusSeeOther {
		w.Fatalf("%s cannot log in: %d", name, status)
	}
	return v
}

func (w *world) path(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		w.Fatal(err)
	}
	return u.Path
}

func (v *visitor) do(method, path string, header ...string) (*http.Response, string) {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), method, v.srv.URL+path, nil)
	if err != nil {
		v.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	res, err := v.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	return res, string(body)
}

func (v *visitor) get(path string, header ...string) (int, string) {
	v.Helper()
	res, body := v.do("GET", path, header...)
	return res.StatusCode, body
}

func (v *visitor) post(path string, header ...string) (int, string) {
	v.Helper()
	res, body := v.do("POST", path, header...)
	return res.StatusCode, body
}

// must is a page that has to be there.
func (v *visitor) must(path string) string {
	v.Helper()
	status, body := v.get(path)
	if status != http.StatusOK {
		v.Fatalf("%s answers %d:\n%s", path, status, text(body))
	}
	return body
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	anchor = regexp.MustCompile(`(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>`)
)

// text is a page, or a part of it, without its markup.
func text(page string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(page, " ")), " "))
}

// link is one on a page.
type link struct{ href, text string }

func links(page string) (list []link) {
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		list = append(list, link{html.UnescapeString(m[1]), text(m[2])})
	}
	return list
}

// someCase is some case that the filter chooses.
func someCase(t testing.TB, f cases.Filter) cases.Fact {
	t.Helper()
	f.Limit = 1
	list, _, err := data(t).Cases(t.Context(), f, now)
	if err != nil || len(list) == 0 {
		t.Fatalf("no case is %+v (%v)", f, err)
	}
	return list[0]
}

// pages are one of each kind, with the person who looks at it.
func pages(t testing.TB) map[string]string {
	big := "2026-000001"
	list, _, err := data(t).Cases(t.Context(), cases.Filter{Topic: "供水"}, now)
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, f := range list {
		if f.Mentions > most {
			big, most = f.Case, f.Mentions
		}
	}
	late := someCase(t, cases.Filter{Is: cases.IsOverdue})
	return map[string]string{
		"open": "/", "wall": "/?wall=1", "list": "/cases?from=2026-07-01&until=2026-10-01&is=late", "case": "/case/" + late.Case, "big-case": "/case/" + big,
		"story": "/story/" + big, "map": "/map", "map-quarter": "/map?span=quarter", "trends": "/trends?days=90&by=topic", "search": "/search?q=" + url.QueryEscape("小区 停水"),
		"sources": "/sources", "source": "/source/" + url.PathEscape("清河论坛") + "?day=2026-09-21", "topics": "/topics", "digest": "/digest/2026-07-15",
		"digest-now": "/digest/now", "report": "/report/2026Q3", "reports": "/reports", "none": "/nowhere", "evil": "/case/2026-900001", "odd": "/case/2026-900003",
	}
}
