package look

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

// bytesOf answers every request with the same bytes.
type bytesOf struct{ body, contentType string }

func (b bytesOf) Get(_ context.Context, req fetch.Request) (*fetch.Response, error) {
	return &fetch.Response{Status: http.StatusOK, Body: []byte(b.body), ContentType: b.contentType, FinalURL: req.URL}, nil
}

// FuzzLook: whatever the bytes, a page keeps its limits, is the same when looked
// at again, and nothing stumbles over it.
func FuzzLook(f *testing.F) {
	names, err := filepath.Glob("testdata/*.html")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), "text/html; charset=utf-8", "https://bbs.example.cn/t-1.html")
	}
	f.Add("", "", "")
	f.Add("发布时间：2026年13月45日 99:99 来源：x", "text/plain", "http://x/#pid5")
	f.Add(`<meta name=pubdate content="20261120103000"><time datetime="2026-11-20T10:30:00+99:99">`, "text/html", "://")
	f.Add("<div>"+strings.Repeat("<p>停水，停水，停水", 300), "text/html; charset=gbk", "http://x/?pid=1")
	f.Fuzz(func(t *testing.T, body, contentType, address string) {
		l := New(bytesOf{body, contentType}, china, func() time.Time { return lookNow })
		p, err := l.Look(t.Context(), asked(address))
		var unknown *UnknownError
		if err != nil {
			if !errors.As(err, &unknown) || strings.Contains(err.Error(), "panic") || p != (Page{}) {
				t.Fatalf("%+v, %v", p, err)
			}
			return
		}
		if utf8.RuneCountInString(p.Text) > post.MaxText || utf8.RuneCountInString(p.Title) > post.MaxTitle ||
			!utf8.ValidString(p.Text) || strings.Contains(p.Title, "\n") || p.SHA256 != sumOf(p.Text) {
			t.Fatalf("%+v", p)
		}
		if p.Published.After(lookNow.Add(maxAhead)) || p.Published.IsZero() && p.DatePrecise {
			t.Fatalf("published %v, precise %v", p.Published, p.DatePrecise)
		}
		if again, err := l.Look(t.Context(), asked(address)); err != nil || again != p {
			t.Fatalf("again %+v, %v\nfirst %+v", again, err, p)
		}
		if c := Compare(p, p); c.Kind != Same {
			t.Fatalf("with itself: %+v", c)
		}
		c := goodClaim()
		c.Words, c.Title = []string{p.Title}, address
		for _, fault := range Verify(p, c) {
			if fault.Kind == "" || !strings.HasSuffix(fault.Text, "。") || utf8.RuneCountInString(fault.Text) > 1000 {
				t.Fatalf("%+v", fault)
			}
		}
	})
}
