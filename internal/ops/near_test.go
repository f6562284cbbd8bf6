package ops

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Who watches the program asks for it by its address; nobody else sees anything.
func TestNear(t *testing.T) {
	seen := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("all of it")) })
	for _, c := range []struct {
		listen, board string
		near, far     string // hosts that are asked for
	}{
		{"127.0.0.1:9180", "https://huiyin.oa.example.cn", "127.0.0.1:9180 127.0.0.1 localhost:9180 LOCALHOST [::1]:9180 127.8.8.8",
			"huiyin.oa.example.cn HUIYIN.oa.example.cn:443 huiyin.oa.example.cn. 10.0.0.8:9180 evil.example.cn 127.0.0.1.evil.cn localhost.evil.cn x@127.0.0.1.evil.cn a:b:c %zz 127.0.0.1:x"},
		{"127.0.0.1:9180", "", "127.0.0.1:9180", "huiyin.oa.example.cn 10.0.0.8:9180"},
		// Prometheus elsewhere asks for what is listened on.
		{"10.0.0.8:9180", "https://huiyin.oa.example.cn", "10.0.0.8:9180 127.0.0.1:9180", "10.0.0.8 10.0.0.9:9180 huiyin.oa.example.cn"},
		{"huiyin:9180", "https://huiyin", "huiyin:9180 Huiyin:9180", "huiyin huiyin:443"},
		// A probe of a container asks for the container's address, whatever that is.
		{"0.0.0.0:9180", "https://huiyin.oa.example.cn", "172.17.0.3:9180 [fd00::3]:9180 localhost:9180", "huiyin.oa.example.cn huiyin:9180 evil.example.cn"},
		{":9180", "http://10.0.0.8:9180", "172.17.0.3:9180 127.0.0.1:9180", "10.0.0.8:9180 10.0.0.8"},
		{"[::]:9180", "", "[fd00::3]:9180 10.0.0.8", "huiyin"},
	} {
		h := Near(c.listen, c.board, seen)
		for hosts, want := range map[string]int{c.near: 200, c.far: 404} {
			for host := range strings.FieldsSeq(hosts) {
				r, w := httptest.NewRequest("GET", "/metrics", nil), httptest.NewRecorder()
				r.Host = host
				if h.ServeHTTP(w, r); w.Code != want || strings.Contains(w.Body.String(), "all of it") != (want == 200) {
					t.Errorf("listening on %s, board %s: %s is answered %d, want %d", c.listen, c.board, host, w.Code, want)
				}
			}
		}
	}
	r, w := httptest.NewRequest("GET", "/metrics", nil), httptest.NewRecorder()
	r.Host = ""
	if Near(":9180", "", seen).ServeHTTP(w, r); w.Code != 404 {
		t.Errorf("no host at all is answered %d", w.Code)
	}
	for _, header := range []string{"x-forwarded-for", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"} {
		r, w := httptest.NewRequest("GET", "/metrics", nil), httptest.NewRecorder()
		r.Host = "127.0.0.1:9180" // as Apache does unless it is told to keep the host
		r.Header.Set(header, "203.0.113.7")
		if Near("127.0.0.1:9180", "https://huiyin.oa.example.cn", seen).ServeHTTP(w, r); w.Code != 404 {
			t.Errorf("what a proxy passed on with %s is answered %d", header, w.Code)
		}
	}
}
