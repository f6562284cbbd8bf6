package board

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// queries are such as nobody's own page would ask.
var queries = []string{
	"", "is=late&unit=供水集团&from=2026-07-01&until=2026-10-01&page=2", "q=停水+昨天&case=2026-000001&from=x", "category=其他&channel=其他",
	"from=9999-99-99&to=0001-01-01", "q=%00%ff&topic=%E4", "unit=%27%20OR%201=1--&officer=\\", "days=365&by=source", "q=%F0%9F%92%A7+{w:String}+%25s+'",
	"from=2100-01-01&until=2000-01-01&dated=ended", "topic=%0A%0D%09&source=%22%3E%3Cscript%3E",
}

var queried = []string{"/", "/cases", "/search", "/trends", "/topics", "/map", "/sources"}

// empty is a record in which nothing is.
type empty struct{}

func (empty) Cases(context.Context, cases.Filter, time.Time) ([]cases.Fact, int, error) {
	return nil, 0, nil
}
func (empty) Tally(context.Context, cases.Filter, time.Time, time.Time) (t cases.Tally, err error) {
	return
}
func (empty) Choices(context.Context, []string, bool) (c cases.Choices, err error)      { return }
func (empty) Fact(context.Context, string, []string) (f cases.Fact, ok bool, err error) { return }
func (empty) Merged(context.Context, string) ([]string, error)                          { return nil, nil }
func (empty) History(context.Context, string) ([]cases.Event, error)                    { return nil, nil }
func (empty) Map(context.Context, cases.Filter, time.Time) ([]cases.Cell, error)        { return nil, nil }
func (empty) Groups(context.Context, cases.Filter, cases.By, *time.Location, time.Time) ([]cases.Group, error) {
	return nil, nil
}
func (empty) Mentions(context.Context, cases.MentionFilter) ([]cases.Mention, int, int, error) {
	return nil, 0, 0, nil
}
func (empty) MentionsBy(context.Context, cases.MentionFilter, cases.By, *time.Location) ([]cases.Count, error) {
	return nil, nil
}
func (empty) Hours(context.Context, cases.MentionFilter) ([]cases.Count, error) { return nil, nil }
func (empty) SourceDays(context.Context, string, time.Time, time.Time, *time.Location) ([]cases.SourceDay, error) {
	return nil, nil
}
func (empty) BadPolls(context.Context, string, time.Time, time.Time, int) ([]cases.Poll, error) {
	return nil, nil
}
func (empty) PostsOf(context.Context, string, time.Time, time.Time, int) ([]cases.StoredPost, error) {
	return nil, nil
}
func (empty) TopicFigures(context.Context, cases.Filter, time.Time) ([]cases.TopicFigures, error) {
	return nil, nil
}

// entered is the cookie of somebody who is logged in.
func entered(w *world, name string) *http.Cookie {
	res := httptest.NewRecorder()
	w.ServeHTTP(res, httptest.NewRequest("POST", w.Link(name), nil))
	return res.Result().Cookies()[0]
}

// ask asks for a page with a query, and sees that the answer is in order.
func ask(t testing.TB, w *world, session *http.Cookie, path, query string) {
	t.Helper()
	r := httptest.NewRequest("GET", w.URL+path, nil)
	r.URL.RawQuery = query
	r.AddCookie(session)
	res := httptest.NewRecorder()
	w.ServeHTTP(res, r)
	body := res.Body.String()
	switch res.Code {
	case http.StatusOK, http.StatusRequestURITooLong, http.StatusNotFound:
	default:
		t.Errorf("%s?%s answers %d: %s", path, query, res.Code, text(body))
	}
	if strings.Count(body, "<script") != 1 || strings.Contains(body, "ZgotmplZ") {
		t.Errorf("%s?%s gets into the page", path, query)
	}
}

// The record takes any words, as nothing but words.
func TestAnyQuery(t *testing.T) {
	w := newWorld(t, data(t), nil)
	session := entered(w, "刘建国")
	for _, q := range queries {
		for _, path := range queried {
			ask(t, w, session, path, q)
		}
	}
}

// FuzzQuery asks for pages with any query, and what a filter is read as comes back from
// its link.
func FuzzQuery(f *testing.F) {
	for _, q := range queries {
		f.Add(q)
	}
	w := newWorld(f, empty{}, nil)
	session := entered(w, "刘建国")
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range queried {
			ask(t, w, session, path, query)
		}
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
	})
}

// FuzzLogin asks for any path below the login, and for any other, without being logged in.
func FuzzLogin(f *testing.F) {
	for _, s := range []string{"", "A", "../case/1", "%2e%2e%2f", "\x00", "A/B", strings.Repeat("x", 3000), "<script>", "?x=1"} {
		f.Add(s)
	}
	w := newWorld(f, empty{}, nil)
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
