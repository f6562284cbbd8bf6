package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiyin/internal/config"
)

// Programs reach the inbox where the configuration says, with their token, and nothing else
// of this one.
func TestReceiveHandler(t *testing.T) {
	cfg := ledgerOffice(t, mayor)
	cfg.Sources[1].Inbox.Token = config.NewSecret("0123456789abcdef")
	cfg.Receive = config.Receive{Listen: "127.0.0.1:9181"}
	cfg.Board = "https://board.example.gov.cn"
	a, stop := registry(t, cfg)
	defer stop()
	send := func(method, path, token, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		a.receiveHandler().ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		method, path, token string
		code                int
		want                string
	}{
		{http.MethodPost, "/inbox", "0123456789abcdef", http.StatusOK, `"url":"https://board.example.gov.cn/case/20`},
		{http.MethodPost, "/inbox", "0123456789abcdeg", http.StatusUnauthorized, "口令不对"},
		{http.MethodGet, "/inbox", "", http.StatusOK, "curl -X POST http://127.0.0.1:9181/inbox"},
		{http.MethodPost, "/letters", "0123456789abcdef", http.StatusNotFound, ""},
		{http.MethodPost, "/", "0123456789abcdef", http.StatusNotFound, ""},
	} {
		if w := send(c.method, c.path, c.token, `{"title":"公园的树倒了"}`); w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	if all := held(t, a); len(all) != 1 || all[0].Unit != "住建局" {
		t.Errorf("%+v", all)
	}
	if got := inboxAddress(config.Receive{Listen: ":1", URL: "https://huiyin.example.gov.cn"}); got != "https://huiyin.example.gov.cn/inbox" {
		t.Error(got)
	}
	if got := sources(cfg); len(got) != 1 || got[0].Name != "新闻" {
		t.Errorf("polled: %+v", got)
	}
}

// What the guide for those who connect a mailbox says to send is taken.
func TestInboxGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "inbox.zh-CN.md"))
	if err != nil {
		t.Fatal(err)
	}
	a, stop := registry(t, ledgerOffice(t, mayor))
	defer stop()
	tried := 0
	for line := range strings.Lines(string(guide)) {
		_, letter, ok := strings.Cut(line, "-d '")
		if !ok {
			continue
		}
		tried++
		letter, _, _ = strings.Cut(letter, "'")
		if got, err := a.inbox.Take(t.Context(), "市长信箱", []byte(letter)); err != nil || got.Taken != 1 {
			t.Errorf("%s: %+v, %v", letter, got, err)
		}
	}
	if tried == 0 {
		t.Error("the guide has no example")
	}
}
