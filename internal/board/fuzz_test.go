package board

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"huiyin/internal/cases"
)

// FuzzQuery asks for pages with any query: they answer in order, and what a filter is
// read as comes back from its link.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"", "is=late&unit=供水集团&from=2026-07-01&until=2026-10-01&page=2", "q=停水+昨天&case=2026-000001&from=x", "category=其他&channel=其他",
		"from=9999-99-99&to=0001-01-01", "q=%00%ff&topic=%E4", "unit=%27%20OR%201=1--&officer=\\", "days=365&by=source"} {
		f.Add(s)
	}
	w := newWorld(f, data(f), nil)
	cookie := httptest.NewRecorder()
	w.ServeHTTP(cookie, httptest.NewRequest("POST", w.Link("王敏"), nil))
	session := cookie.Result().Cookies()[0]
	paths := []string{"/", "/cases", "/search", "/trends", "/topics", "/map"}
	n := 0
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		filter := cases.FilterOf(q, zone)
		again, err := url.ParseQuery(filter.Link(zone))
		if err != nil || cases.FilterOf(again, zone).Link(zone) != filter.Link(zone) {
			t.Fatalf("%q does not come back (%v)", query, err)
		}
		if inWords(filter, zone, now) == "" {
			t.Fatal("no words")
		}
		n++
		r := httptest.NewRequest("GET", w.URL+paths[n%len(paths)], nil)
		r.URL.RawQuery = q.Encode()
		r.AddCookie(session)
		res := httptest.NewRecorder()
		w.ServeHTTP(res, r)
		body := res.Body.String()
		switch res.Code {
		case http.StatusOK, http.StatusRequestURITooLong, http.StatusNotFound:
		default:
			t.Fatalf("%s?%s answers %d: %s", r.URL.Path, r.URL.RawQuery, res.Code, text(body))
		}
		if strings.Count(body, "<script") != 1 || strings.Contains(body, "ZgotmplZ") {
			t.Fatalf("%s?%s gets into the page", r.URL.Path, r.URL.RawQuery)
		}
	})
}

// FuzzLogin asks for any path below the login, and for any other, without being logged in.
func FuzzLogin(f *testing.F) {
	for _, s := range []string{"", "A", "../case/1", "%2e%2e%2f", "\x00", "A/B", strings.Repeat("x", 3000), "<script>", "?x=1"} {
		f.Add(s)
	}
	w := newWorld(f, nil, nil)
	f.Fuzz(func(t *testing.T, path string) {
		for _, method := range []string{"GET", "POST"} {
			for _, prefix := range []string{"/login/", "/"} {
				r := httptest.NewRequest(method, w.URL+"/", nil)
				r.URL.Path = prefix + path
				res := httptest.NewRecorder()
				w.ServeHTTP(res, r)
				if c := res.Result().Cookies(); res.Code >= 500 || len(c) > 0 && c[0].Value != "" {
					t.Fatalf("%s %q answers %d with cookies %v", method, r.URL.Path, res.Code, c)
				}
				if strings.Count(res.Body.String(), "<script") > 1 {
					t.Fatalf("%q gets into the page", r.URL.Path)
				}
			}
		}
	})
}
