package inbox

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const ndjson = "application/x-ndjson"

// every is a letter with every field.
const every = `{"key":"MX1","title":"小区停水三天","text":"和平小区停水三天。\n请管一管，电话13812345678。","name":"王五","contact":"13812345678","channel":"网站",
"url":"https://www.example.gov.cn/mail/1","time":"2026-11-20T08:30:00+08:00","unit":"供水集团"}`

// What a program reads that sends letters, whatever it sends.
func TestAnswers(t *testing.T) {
	lines := []string{
		`{"key":"1","title":"小区停水三天","time":"昨天 22:15"}`,
		``,
		`{"key":"2","title":"路灯不亮","text":"学府路的路灯坏了半个月。"}` + "\r",
		`{"key":"3","titel":"路灯不亮"}`,
		`{"key":4,"title":"路灯不亮"}`,
		`{"key":"5","title":" ","text":"\u200b"}`,
		`{"key":"6","title":"路灯不亮","time":"猴年马月"}`,
		`{"key":"7","title":"路灯不亮","time":"2027-01-01"}`,
		`{"key":"8","title":"路灯不亮","url":"javascript:alert(1)"}`,
		`{"key":"9","title":"路灯不亮","unit":"路灯所"}`,
		`{"key":"10","title":"路灯不亮","title":"停水"}`,
		`{"key":"11","title":"路灯不亮"`,
		`["路灯不亮"]`,
		"{\"title\":\"\xc2\xb7\xb5\xc6\"}", // GBK
		`{"key":"1","title":"小区停水三天"}`,
		`{"title":"学府路的路灯坏了","text":"学府路的路灯坏了半个月。"}`,
	}
	for name, q := range map[string]request{
		"help":           {method: "GET", auth: "-"},
		"one":            {body: every},
		"one-bom":        {body: "\ufeff" + `{"title":"停水"}`, kind: "application/json; charset=UTF-8"},
		"one-bad":        {body: `{"title":"停水","area":"城东"}`},
		"one-text":       {body: `停水`},
		"many":           {body: strings.Join(lines, "\n"), kind: ndjson},
		"many-good":      {body: lines[0] + "\n" + lines[2] + "\n", kind: "application/ndjson"},
		"many-bad":       {body: lines[3] + "\n" + lines[4], kind: ndjson},
		"many-as-one":    {body: lines[0] + "\n" + lines[2]},
		"empty":          {body: " \n\n", kind: ndjson},
		"too-many":       {body: strings.Repeat("{}\n", MaxLines+1), kind: ndjson},
		"long-line":      {body: lines[0] + "\n" + `{"text":"` + strings.Repeat("x", MaxLine) + `"}`, kind: ndjson},
		"too-large":      {body: strings.Repeat(strings.Repeat(" ", MaxLine)+"\n", 17), kind: ndjson},
		"no-token":       {body: every, auth: "-"},
		"wrong-token":    {body: every, auth: "Bearer " + token + "x"},
		"empty-token":    {body: every, auth: "Bearer "},
		"basic":          {body: every, auth: "Basic " + token},
		"put":            {method: "PUT", body: every},
		"form":           {body: "title=停水", kind: "application/x-www-form-urlencoded"},
		"gbk":            {body: every, kind: "application/json; charset=gbk"},
		"gzip":           {body: every, coding: "gzip"},
		"other-spelling": {body: every, auth: "bearer " + token},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			w := o.send(q)
			golden(t, name, shown(w))
			if w.Code != http.StatusOK && w.Code != http.StatusMultiStatus && len(o.cases()) > 0 {
				t.Error("something was registered")
			}
			if strings.Contains(o.log.String()+w.Body.String(), token) {
				t.Errorf("the token is told: %s%s", o.log.String(), w.Body)
			}
		})
	}
}

// What a letter says is kept as it should be, in the case of who answers for it.
func TestLetterIsCase(t *testing.T) {
	o := newOffice(t, func(o *Options) { o.Page = func(n string) string { return "https://board.example.gov.cn/case/" + n } })
	w := o.send(request{body: every})
	golden(t, "board", shown(w))
	o.send(request{body: `{"title":"公园的树倒了"}`})
	all := o.cases()
	if len(all) != 2 || all[0].Unit != "供水集团" || all[0].Contact != "王… 138******78" || all[0].URL != "https://www.example.gov.cn/mail/1" ||
		all[0].Sources[0].Source != "市长信箱" || all[1].Unit != "住建局" || all[1].Topic != "人工登记" || o.taken != 2 {
		t.Errorf("%+v", all)
	}
}

// Who lost the answer, or was told to come again, sends all of it again: nothing happens
// twice, and nothing is lost.
func TestAgain(t *testing.T) {
	desk := &lossy{}
	o := newOffice(t, func(o *Options) { desk.Desk = o.Desk; o.Desk = desk })
	body := `{"key":"1","title":"小区停水三天"}` + "\n" + `{"title":"路灯不亮","time":"3小时前"}` + "\n" + `{"title":"没有编号的信","name":"甲"}` + "\n" + `{"title":"没有编号的信","name":"乙"}`
	post := func(code int, statuses ...string) {
		t.Helper()
		w := o.send(request{body: body, kind: ndjson})
		if w.Code != code || code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		rest := w.Body.String()
		for _, s := range statuses {
			_, after, ok := strings.Cut(rest, `"status":"`+s+`"`)
			if !ok {
				t.Fatalf("no %s in %s", s, w.Body)
			}
			rest = after
		}
	}
	desk.before = true
	post(http.StatusServiceUnavailable)
	if len(o.cases()) != 0 {
		t.Fatal("something was registered")
	}
	desk.before, desk.after = false, true
	post(http.StatusServiceUnavailable)
	if n := len(o.cases()); n != 3 {
		t.Fatalf("%d cases", n)
	}
	desk.after = false
	o.now = o.now.Add(2 * time.Hour)
	post(http.StatusOK, Known, Known, Known, Known)
	if all := o.cases(); len(all) != 3 || all[2].Told() != 2 || o.taken != 0 { // what failed is not counted
		t.Errorf("%+v", all)
	}
	body = `{"key":"1","title":"小区停水三天"}` + "\n" + `{"key":"2","title":"小区停水三天"}`
	post(http.StatusOK, Known, Joined)
	if o.taken != 1 {
		t.Errorf("%d letters were counted", o.taken)
	}
}

// Who sends too much is told to wait, and may go on then; others are not held up.
func TestFlood(t *testing.T) {
	o := newOffice(t)
	body := strings.Repeat("{}\n", MaxLines)
	for range 2 {
		if w := o.send(request{body: body, kind: ndjson}); w.Code != http.StatusBadRequest {
			t.Fatal(w.Code, w.Body)
		}
	}
	w := o.send(request{body: every})
	golden(t, "flood", shown(w))
	for range 2 * perSecond { // who is told to wait owes nothing for having asked
		if w := o.send(request{body: every}); w.Code != http.StatusTooManyRequests {
			t.Fatal(w.Code, w.Body)
		}
	}
	if w := o.send(request{body: every, auth: "Bearer hotline-token-9876543210"}); w.Code != http.StatusOK {
		t.Error(w.Code, w.Body)
	}
	o.now = o.now.Add(time.Second)
	if w := o.send(request{body: every}); w.Code != http.StatusOK {
		t.Error(w.Code, w.Body)
	}
}

// Who guesses tokens is not answered for long, nor told of; who knows one is, from the same
// address.
func TestGuesses(t *testing.T) {
	o := newOffice(t)
	guess := func(from string) int { return o.send(request{auth: "Bearer guess", from: from}).Code }
	for i := range tries {
		if code := guess(fmt.Sprintf("[2001:db8::%d]:99", i)); code != http.StatusUnauthorized {
			t.Fatal(code)
		}
	}
	golden(t, "guesses", shown(o.send(request{auth: "Bearer guess", from: "[2001:db8::77]:99"})))
	if n := strings.Count(o.log.String(), "wrong token"); n != tries || strings.Contains(o.log.String(), "guess") {
		t.Errorf("logged %d times: %s", n, o.log.String())
	}
	for _, from := range []string{"192.0.2.1:5", "[::ffff:192.0.2.2]:5", "[2001:db8:0:1::1]:5", "?"} {
		if code := guess(from); code != http.StatusUnauthorized {
			t.Error(from, code)
		}
	}
	if w := o.send(request{body: every, from: "[2001:db8::1]:99"}); w.Code != http.StatusOK {
		t.Error(w.Code, w.Body)
	}
	o.now = o.now.Add(perTry)
	if code := guess("[2001:db8::1]:99"); code != http.StatusUnauthorized {
		t.Error(code)
	}
	for i := range 3 * maxKnown {
		guess(fmt.Sprintf("10.%d.%d.1:1", i/256, i%256))
	}
	if n := len(o.strangers.known); n > maxKnown {
		t.Errorf("%d addresses are remembered", n)
	}
}

// Over a connection: an endless body ends in an answer, and one that breaks off registers
// nothing.
func TestConnections(t *testing.T) {
	o := newOffice(t)
	srv := httptest.NewServer(o)
	defer srv.Close()
	post := func(body io.Reader) (*http.Response, error) {
		r, err := http.NewRequest(http.MethodPost, srv.URL, body)
		o.ok(err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", ndjson)
		return srv.Client().Do(r)
	}
	res, err := post(io.LimitReader(endless{}, 1<<40))
	if err == nil { // or the connection was closed before all was sent
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Error(res.Status)
		}
		res.Body.Close()
	}
	if _, err := post(io.MultiReader(strings.NewReader(`{"title":"停水"}`+"\n"), broken{})); err == nil {
		t.Error("a broken request was answered")
	}
	if n := len(o.cases()); n != 0 {
		t.Errorf("%d cases", n)
	}
	if res, err = post(strings.NewReader(`{"title":"停水"}`)); err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(err, res)
	}
	res.Body.Close()
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
