package board

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// Who may see what, by each path.
func TestRoles(t *testing.T) {
	w := newWorld(t, data(t), nil)
	water, homes := someCase(t, cases.Filter{Unit: "供水集团", Is: cases.IsOpen}), someCase(t, cases.Filter{Unit: "住建局", Is: cases.IsOverdue})
	people := []string{"刘建国", "王敏", "赵倩", "钱进", "老周"}
	for path, want := range map[string][5]int{
		"/":                          {200, 200, 200, 303, 200},
		"/cases":                     {200, 200, 200, 403, 200},
		"/case/" + water.Case:        {200, 200, 404, 403, 200},
		"/story/" + water.Case:       {200, 200, 404, 403, 200},
		"/search?case=" + water.Case: {200, 200, 404, 403, 200},
		"/case/" + homes.Case:        {200, 404, 200, 403, 404},
		"/map":                       {200, 200, 200, 403, 200},
		"/trends":                    {200, 200, 200, 403, 200},
		"/search?q=x":                {200, 200, 200, 403, 200},
		"/sources":                   {200, 403, 403, 200, 200},
		"/source/" + url.PathEscape("清河论坛"): {200, 403, 403, 200, 200},
		"/topics":            {200, 200, 200, 200, 200},
		"/digest/2026-07-15": {200, 403, 403, 403, 200},
		"/report/2026Q3":     {200, 200, 200, 403, 200},
		"/nowhere":           {404, 404, 404, 404, 404},
	} {
		for i, name := range people {
			if got, _ := w.as(name).get(path); got != want[i] {
				t.Errorf("%s gets %d of %s, want %d", name, got, path, want[i])
			}
		}
	}
	// What is others' is told of in the same words as what is not there.
	v := w.as("王敏")
	_, others := v.get("/case/" + homes.Case)
	_, none := v.get("/case/2026-999999")
	if others != none {
		t.Errorf("a case of others reads otherwise than one that is not there:\n%s\n%s", text(others), text(none))
	}
	// No page shows a unit anything of others.
	shown := 0
	for _, path := range []string{"/", "/?wall=1", "/cases", "/cases?unit=住建局", "/cases?is=late", "/map", "/search?q=小区", "/search?unit=住建局"} {
		for _, l := range links(v.must(strings.ReplaceAll(path, "住建局", url.QueryEscape("住建局")))) {
			n, ok := strings.CutPrefix(l.href, "/case/")
			if !ok {
				continue
			}
			shown++
			if _, ok, err := data(t).Fact(t.Context(), n, []string{"供水集团"}); err != nil || !ok {
				t.Errorf("%s shows 王敏 %s (%v)", path, n, err)
			}
		}
	}
	if shown < 50 {
		t.Errorf("only %d cases were shown", shown)
	}
	for _, path := range []string{"/map", "/trends?days=90", "/topics"} { // sums of what may be seen
		all, own := text(w.as("刘建国").must(path)), text(v.must(path))
		if all == own {
			t.Errorf("%s shows 王敏 what the leader sees", path)
		}
	}
}

// Somebody who was logged in is out as soon as the role or the phone is gone.
func TestRolesEnd(t *testing.T) {
	w := newWorld(t, data(t), nil)
	wang, liu := w.as("王敏"), w.as("刘建国")
	wang.must("/")
	w.office.change(func() { w.office.units["王敏"] = []string{"住建局"} })
	if body := wang.must("/cases"); strings.Contains(body, "供水集团 ") {
		t.Error("the old unit's cases are still shown")
	}
	w.office.change(func() { w.office.units["王敏"] = nil })
	if status, _ := wang.get("/"); status != http.StatusUnauthorized {
		t.Errorf("without a role: %d", status)
	}
	w.office.change(func() { w.office.units["王敏"] = []string{"供水集团"} })
	if status, _ := wang.get("/"); status != http.StatusUnauthorized {
		t.Errorf("the session came back: %d", status)
	}
	w.office.change(func() { w.office.gone["刘建国"] = true })
	if status, _ := liu.get("/"); status != http.StatusUnauthorized {
		t.Errorf("unbound: %d", status)
	}
	// Somebody whose lost phone was unbound, and another one bound: what the old one asked for is over.
	zhao, link := w.as("赵倩"), w.Link("赵倩")
	zhao.must("/")
	w.office.change(func() { w.office.since["赵倩"] = w.now().Add(time.Second) })
	if status, _ := zhao.get("/"); status != http.StatusUnauthorized {
		t.Errorf("a session of the phone before: %d", status)
	}
	if status, _ := w.visitor().post(w.path(link)); status != http.StatusForbidden {
		t.Errorf("a link of the phone before: %d", status)
	}
	// The same, with a clock that was set back meanwhile; and a phone that was bound while it was wrong.
	zhao = w.as("赵倩")
	w.office.change(func() { w.office.since["赵倩"] = w.now().Add(-time.Hour) })
	if status, _ := zhao.get("/"); status != http.StatusUnauthorized {
		t.Errorf("a session of the phone before, with the clock set back: %d", status)
	}
	w.office.change(func() { w.office.since["赵倩"] = w.now().Add(24 * time.Hour) })
	w.as("赵倩").must("/")
	for _, name := range []string{"孙离", "路人"} {
		if status, _ := w.visitor().post(w.path(w.Link(name))); status != http.StatusForbidden {
			t.Errorf("%s logs in: %d", name, status)
		}
	}
}

func TestOneTimeLink(t *testing.T) {
	w := newWorld(t, data(t), nil)
	link := w.Link("刘建国")
	if !strings.HasPrefix(link, w.srv.URL+"/login/") || len(link)-len(w.srv.URL) < len("/login/")+26 {
		t.Fatal(link)
	}
	path, v := w.path(link), w.visitor()
	for range 5 { // a chat's preview
		if status, body := v.get(path); status != 200 || !strings.Contains(body, "进入看板") {
			t.Fatal(status, body)
		}
	}
	v.do("HEAD", path)
	if status, _ := v.get("/"); status != http.StatusUnauthorized {
		t.Fatalf("logged in by looking: %d", status)
	}
	res, _ := v.do("POST", path)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
		t.Fatal(res.Status)
	}
	c := res.Cookies()[0]
	if c.Name != "huiyin" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.MaxAge != 12*3600 || c.Domain != "" || c.Secure {
		t.Errorf("the cookie is %+v", c)
	}
	v.must("/")
	if status, body := w.visitor().post(path); status != http.StatusForbidden || !strings.Contains(body, "只能用一次") {
		t.Errorf("used twice: %d", status)
	}
	old := w.path(w.Link("刘建国"))
	w.advance(10 * time.Minute)
	if status, _ := w.visitor().post(old); status != http.StatusForbidden {
		t.Errorf("an old one: %d", status)
	}
	// With https the cookie goes no other way, and to no other host.
	s := newWorld(t, data(t), func(o *Options) { o.URL = "https://board.oa.example.cn" })
	res, _ = s.visitor().do("POST", s.path(s.Link("刘建国")))
	if c := res.Cookies()[0]; c.Name != "__Host-huiyin" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %+v", c)
	}
}

func TestSessionEnds(t *testing.T) {
	w := newWorld(t, data(t), nil)
	v := w.as("刘建国")
	for range 5 {
		w.advance(sessionIdle - time.Minute)
		v.must("/topics")
	}
	w.advance(2*time.Hour + 5*time.Minute)
	if status, _ := v.get("/topics"); status != http.StatusUnauthorized {
		t.Errorf("after more than twelve hours: %d", status)
	}
	idle, wall := w.as("刘建国"), w.as("刘建国")
	for range 3 { // pages that renew themselves
		w.advance(50 * time.Minute)
		idle.get("/map", renewal, "1")
		wall.get("/?wall=1", renewal, "1")
	}
	if status, _ := idle.get("/map"); status != http.StatusUnauthorized {
		t.Errorf("nobody was there for 150 minutes: %d", status)
	}
	wall.must("/?wall=1")

	out := w.as("刘建国")
	status, body := out.post("/logout", "Origin", "https://elsewhere.example.cn")
	if status != http.StatusForbidden || !strings.Contains(body, "不是从看板自己的网页") {
		t.Errorf("logged out from elsewhere: %d", status)
	}
	out.must("/topics")
	if status, _ := out.post("/logout", "Origin", w.srv.URL); status != 200 {
		t.Errorf("log out: %d", status)
	}
	if status, _ := out.get("/topics"); status != http.StatusUnauthorized {
		t.Errorf("after the end: %d", status)
	}
	if status, _ := w.visitor().post(w.path(w.Link("刘建国")), "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("logged in from elsewhere: %d", status)
	}
}

// TestGate: one who opens very many pages at once is told so, and others still get theirs.
func TestGate(t *testing.T) {
	w := newWorld(t, data(t), nil)
	wang, liu := w.as("王敏"), w.as("刘建国")
	refused := make(chan bool, 30)
	for range cap(refused) {
		go func() {
			status, _ := wang.get("/trends?days=365")
			refused <- status == http.StatusTooManyRequests
		}()
	}
	if status, _ := liu.get("/"); status != http.StatusOK {
		t.Errorf("another one gets %d", status)
	}
	n := 0
	for range cap(refused) {
		if <-refused {
			n++
		}
	}
	if n == 0 || n == cap(refused) {
		t.Errorf("%d of %d pages are refused", n, cap(refused))
	}
	if status, _ := wang.get("/"); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

// slowData is a record that takes its time for the cases of some.
type slowData struct{ empty }

func (slowData) Cases(ctx context.Context, f cases.Filter, _ time.Time) ([]cases.Fact, int, error) {
	if f.Unit == "" {
		return nil, 0, nil
	}
	<-ctx.Done()
	return nil, 0, ctx.Err()
}

// Nobody waits for somebody's slow questions, nor for somebody who reads slowly; and of those
// that are read slowly a person has few.
func TestGateIsShared(t *testing.T) {
	w := newWorld(t, slowData{}, func(o *Options) {
		o.File = func(context.Context, Reader, string, string) (string, []byte, error) {
			return "x.csv", make([]byte, 32<<20), nil
		}
	})
	wang, liu := w.as("王敏"), w.as("刘建国")
	quick := func(what string) {
		t.Helper()
		began := time.Now()
		if status, _ := liu.get("/cases"); status != http.StatusOK || time.Since(began) > 5*time.Second {
			t.Errorf("%s: another one gets %d after %s", what, status, time.Since(began))
		}
	}
	many := func(path string) (end func()) { // pages whose answers are not read
		ctx, cancel := context.WithCancel(t.Context())
		for range perReader {
			go func() {
				req, err := http.NewRequestWithContext(ctx, "GET", w.srv.URL+path, nil)
				if err != nil {
					return
				}
				if res, err := wang.Do(req); err == nil {
					<-ctx.Done()
					res.Body.Close()
				}
			}()
		}
		for asked := 0; asked < perReader; {
			time.Sleep(10 * time.Millisecond)
			w.gate.mu.Lock()
			if q := w.gate.people["王敏"]; q != nil {
				asked = q.pages
			}
			w.gate.mu.Unlock()
		}
		return cancel
	}
	end := many("/cases?unit=x")
	quick("slow questions")
	end()
	for n := 1; n > 0; time.Sleep(10 * time.Millisecond) {
		w.gate.mu.Lock()
		n = len(w.gate.people)
		w.gate.mu.Unlock()
	}
	end = many("/report/2026Q3.csv")
	quick("slow reading")
	if status, _ := wang.get("/cases"); status != http.StatusTooManyRequests {
		t.Errorf("who reads so many slowly gets one more: %d", status)
	}
	end()
}

// A person has at most ten ways in at a time, and all together a thousand.
func TestCaps(t *testing.T) {
	w := newWorld(t, data(t), nil)
	first := w.as("刘建国")
	for range perPerson {
		w.advance(time.Second)
		w.as("刘建国")
	}
	if status, _ := first.get("/topics"); status != http.StatusUnauthorized {
		t.Errorf("the eleventh did not end the first: %d", status)
	}
	for i := range maxCodes + 50 {
		w.door.code(strings.Repeat("x", i%500), now)
	}
	if n := len(w.door.codes); n > maxCodes {
		t.Errorf("%d codes are kept", n)
	}
}

func TestWrongCodes(t *testing.T) {
	w := newWorld(t, data(t), nil)
	good, v := w.path(w.Link("刘建国")), w.visitor()
	last := 0
	for range 30 {
		last, _ = v.post("/login/AAAAAAAAAAAAAAAAAAAAAAAAAA")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the thirtieth wrong code: %d", last)
	}
	if status, _ := v.post(good); status != http.StatusSeeOther {
		t.Errorf("a good code meanwhile: %d", status)
	}
}

// Only the board's own name and this machine's are answered, and each answer forbids what
// is not the board's own.
func TestHostAndHeaders(t *testing.T) {
	w := newWorld(t, data(t), func(o *Options) { o.URL = "https://Board.OA.example.cn:8443/" })
	v := w.visitor()
	for host, want := range map[string]int{
		"board.oa.example.cn": 401, "BOARD.oa.example.cn:8443": 401, "board.oa.example.cn.": 401, "localhost:9180": 401, "127.0.0.1": 401, "[::1]:80": 401,
		"evil.example.cn": 421, "board.oa.example.cn.evil.cn": 421, "192.168.1.2": 421, "127.0.0.1.evil.cn": 421, "localhost.evil.cn": 421,
	} {
		if got, _ := v.get("/", "Host", host); got != want {
			t.Errorf("%s: %d, want %d", host, got, want)
		}
	}
	w = newWorld(t, data(t), nil)
	v = w.as("刘建国")
	for page, path := range pages(t) {
		res, _ := v.do("GET", path)
		for name, value := range headers {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", page, name, got)
			}
		}
	}
	for _, path := range []string{"/static/board.css", "/static/board.js", "/static/icon.svg"} {
		if res, _ := v.do("GET", path); res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "max-age") {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if status, _ := v.get("/cases?unit=" + strings.Repeat("x", maxQuery)); status != http.StatusRequestURITooLong {
		t.Errorf("a long query: %d", status)
	}
	if status, _ := v.post("/cases"); status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
		t.Errorf("POST of a list: %d", status)
	}
}

// brokenData is a record that cannot be reached.
type brokenData struct{ Data }

var errBroken = errors.New("dial tcp 10.0.0.1: connection refused")

func (brokenData) Cases(context.Context, cases.Filter, time.Time) ([]cases.Fact, int, error) {
	return nil, 0, errBroken
}

func (brokenData) Map(context.Context, cases.Filter, time.Time) ([]cases.Cell, error) {
	return nil, errBroken
}

// While the record is away, what the journal knows is shown, and nothing of what went
// wrong inside.
func TestRecordAway(t *testing.T) {
	live := func() (cases.Live, error) {
		late := func(number, unit string) cases.Case {
			return cases.Case{Number: number, Title: "停水", Unit: unit, Officer: "王敏", State: cases.InHand, Steps: []cases.Step{{Name: "回应", Due: now.Add(-time.Hour)}}}
		}
		return cases.Live{Open: 2, Overdue: []cases.Case{late("2026-000001", "供水集团"), late("2026-000002", "住建局")}}, nil
	}
	w := newWorld(t, brokenData{data(t)}, func(o *Options) { o.Live = live })
	body := w.as("刘建国").must("/")
	if !strings.Contains(body, "统计数据库暂时连不上") || !strings.Contains(body, "2026-000001") || !strings.Contains(body, "已超 1 小时") {
		t.Error(text(body))
	}
	if body := w.as("王敏").must("/"); strings.Contains(body, "2026-000002") || !strings.Contains(body, "2026-000001") {
		t.Error(text(body))
	}
	status, body := w.as("刘建国").get("/map")
	if status != http.StatusServiceUnavailable || strings.Contains(body, "10.0.0.1") || !strings.Contains(body, "请过几分钟再看") {
		t.Errorf("%d: %s", status, text(body))
	}
}
