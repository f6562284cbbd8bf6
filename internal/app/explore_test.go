package app

import (
	"bytes"
	"fmt"
	"net/url"
	"testing"
	"time"
)

// A page that looks small may be large once it is parsed: only its tags are read.
func TestAlternatesOfAHostilePage(t *testing.T) {
	doc := []byte(`<html><head><link rel="alternate" type="application/rss+xml" title="评论" href="/c"><LINK HREF=/feed?a=1&amp;b=2 TYPE=application/atom+xml REL="x Alternate"></head><p>`)
	for i := range 400 {
		doc = fmt.Appendf(doc, "<b a=%d>", i)
	}
	doc = append(append(doc, "</p>"...), bytes.Repeat([]byte("<p>x</p>"), 5000)...)
	base, err := url.Parse("https://x.example.cn/")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	feeds := alternates(doc, base)
	if took := time.Since(began); took > time.Second || len(feeds) != 2 || feeds[0].String() != "https://x.example.cn/feed?a=1&b=2" || feeds[1].Path != "/c" {
		t.Errorf("%v after %v", feeds, took)
	}
}
