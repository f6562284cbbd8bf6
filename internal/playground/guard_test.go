package playground

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnlyLocal: a name that somebody made point to this machine reaches nothing.
func TestOnlyLocal(t *testing.T) {
	p, home := bare(t)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8420": 200, "127.0.0.1": 200, "127.0.0.1:1": 200, "[::1]:8420": 200, "[::1]": 200, "127.8.9.1": 200,
		"evil.example": 403, "evil.example:8420": 403, "localhost.evil.example": 403, "10.0.0.1": 403, "nonsense": 403, "127.0.0.1.evil.example": 403,
	} {
		for _, path := range []string{"/", "/town/forum", "/static/page.js"} {
			req, err := http.NewRequest(http.MethodGet, home+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("host %q, GET %s: %d, want %d", host, path, res.StatusCode, want)
			}
		}
	}
	if got, _, _ := get(t, home+"/bot"+p.bot.Token()+"/getMe"); got != http.StatusOK {
		t.Errorf("the bot's own call: %d", got)
	}
}

// TestSameOrigin: pages from elsewhere can neither post nor tap.
func TestSameOrigin(t *testing.T) {
	p, home := bare(t)
	form := url.Values{"title": {"停水了"}}
	for name, c := range map[string]struct {
		header []string
		want   int
	}{
		"no browser":       {nil, http.StatusSeeOther},
		"its own page":     {[]string{"Origin", home, "Sec-Fetch-Site", "same-origin"}, http.StatusSeeOther},
		"another site":     {[]string{"Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another port":     {[]string{"Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		"a sandboxed page": {[]string{"Origin", "null"}, http.StatusForbidden},
	} {
		if got, _ := postForm(t, p, form, c.header...); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	_, _, h := get(t, home+"/")
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("the page's policy is %q", csp)
	}
}

func TestPhonesTake(t *testing.T) {
	p, home := bare(t)
	if _, err := p.bot.Send(idOf("王敏"), "您好"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, kind, body string
		want             int
	}{
		{"/api/send", "application/json", `{"person": 1001, "text": "简报"}`, http.StatusNoContent},
		{"/api/send", "application/json", `{"person": 1001, "replyTo": 1, "text": "收到"}`, http.StatusNoContent},
		{"/api/send", "application/json", `{"person": 1001, "replyTo": 77, "text": "收到"}`, http.StatusConflict},
		{"/api/send", "application/json", `{"person": 9, "text": "收到"}`, http.StatusConflict},
		{"/api/send", "application/json", `{"person": 1001, "text": ""}`, http.StatusConflict},
		{"/api/send", "application/json", `{"person": "x"}`, http.StatusBadRequest},
		{"/api/send", "application/json", `{"person": 1001, "text": "` + strings.Repeat("a", maxBody) + `"}`, http.StatusBadRequest},
		{"/api/send", "text/plain", `{"person": 1001, "text": "简报"}`, http.StatusUnsupportedMediaType},
		{"/api/tap", "application/json", `{"person": 1001, "message": 1, "index": 0}`, http.StatusConflict},
		{"/api/tap", "application/json", `[]`, http.StatusBadRequest},
		{"/api/nothing", "application/json", `{}`, http.StatusNotFound},
	} {
		res, err := client.Post(home+c.path, c.kind, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("POST %s %.60s: %d, want %d", c.path, c.body, res.StatusCode, c.want)
		}
	}
	if n := len(p.bot.Chat(idOf("王敏"))); n != 3 {
		t.Errorf("the chat has %d messages, want 3", n)
	}
}

func TestListen(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:8420": true, "[::1]:8420": true, "127.0.0.1:0": true,
		"0.0.0.0:8420": false, ":8420": false, "10.0.0.1:80": false, "[::]:80": false, "localhost:80": false, "127.0.0.1": false, "": false,
	} {
		if got := loopback(addr) == nil; got != ok {
			t.Errorf("%q is taken: %v, want %v", addr, got, ok)
		}
	}
	dir := filepath.Join(t.TempDir(), "demo")
	open := func(listen string) (*Playground, error) { return Open(Options{Dir: dir, Listen: listen}) }
	if _, err := open("0.0.0.0:0"); err == nil {
		t.Error("an address for everybody was taken")
	}
	first, err := open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "另一个演示程序") {
		t.Errorf("a second demo on the folder: %v", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	again, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	if again.URL() != first.URL() || again.bot.Token() != first.bot.Token() {
		t.Errorf("opened again it is %s, was %s", again.URL(), first.URL())
	}
	if err := again.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open("127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), first.addr) {
		t.Errorf("another address for the same folder: %v", err)
	}
}
