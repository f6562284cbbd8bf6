package notify

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzAnswer reads what may come back from a robot. Only a code of 0 is a delivery.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"errcode":0,"errmsg":"ok"}`, `{"errcode":45009,"errmsg":"api freq out of limit"}`,
		`{"errcode":310000,"errmsg":"keywords not in content"}`, `{"code":9499,"msg":"too many request","data":{}}`,
		`{"StatusCode":0,"StatusMessage":"success"}`, `{"code":0,"errcode":1}`, `{"errcode":"0"}`, `{"errcode":null}`,
		`{"errcode":1e99}`, `[]`, `0`, `<html>`, ``, "{\"errcode\":1,\"errmsg\":\"\\u0000\\ud800\\n\"}",
	} {
		for _, kind := range []string{WeCom, DingTalk, Feishu} {
			f.Add(kind, 200, "", body)
			f.Add(kind, 400, "17", body)
		}
	}
	f.Fuzz(func(t *testing.T, kind string, status int, retry, body string) {
		a := read(kind, status, http.Header{"Retry-After": {retry}}, []byte(body))
		if a.outcome == delivered && (status >= 300 || !strings.Contains(strings.ToLower(body), "code")) {
			t.Errorf("%d %q counts as delivered", status, body)
		}
		if (a.outcome == delivered) != (a.said == "") || a.outcome < unknown || a.outcome > refused {
			t.Errorf("%+v", a)
		}
		if a.wait < 0 || a.wait > time.Hour || a.wait > 0 && a.outcome != limited {
			t.Errorf("waits %v", a.wait)
		}
		if !utf8.ValidString(a.said) || strings.ContainsAny(a.said, "\n\r\x00") || utf8.RuneCountInString(a.said) > maxSaid+30 {
			t.Errorf("says %q", a.said)
		}
		if bad := a.outcome == lost || a.outcome == unknown || a.outcome == doubtful; bad != (a.advice() != "") {
			t.Errorf("%+v advises %q", a, a.advice())
		}
	})
}
