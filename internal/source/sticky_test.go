package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
)

// listOf is a forum's list without times: threads kept on top, then those with the newest answers.
func listOf(tops, threads []int, next string) string {
	var b strings.Builder
	for _, n := range append(slices.Clone(tops), threads...) {
		fmt.Fprintf(&b, `<div class="t"><a href="/%d">第 %d 帖</a></div>`, n, n)
	}
	return b.String() + next
}

// Threads kept on top are at every poll, and say nothing of what came and went below them.
func TestRolloverBelowThreadsOnTop(t *testing.T) {
	for name, c := range map[string]struct {
		further bool
		posts   int
		gaps    int
	}{"with further pages": {true, 25, 0}, "without": {false, 15, 0}} {
		threads := []int{5, 4, 3, 2, 1}
		m := &memory{}
		r := newRunner(t, web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
			n := 0
			if _, of, ok := strings.Cut(req.URL, "page="); ok {
				_, _ = fmt.Sscan(of, &n)
			}
			next := ""
			if (n+1)*5 < len(threads) && c.further {
				next = fmt.Sprintf(`<a class="next" href="/list?page=%d">下一页</a>`, n+1)
			}
			tops := []int{100, 101, 102, 103, 104}
			return page(req.URL, listOf(tops, threads[min(n*5, len(threads)):min(n*5+5, len(threads))], next)), nil
		}), m, Config{Name: "forum", Kind: KindForum, URL: "https://forum.example.cn/list", List: parse.Fields{Item: ".t", Next: ".next"}})
		r.poll(t.Context())
		for n := 6; n <= 20; n++ {
			threads = slices.Insert(threads, 0, n)
		}
		r.poll(t.Context())
		if s := r.status(); len(m.posts) != c.posts || s.Gaps != c.gaps {
			t.Errorf("%s: %d posts, %+v", name, len(m.posts), s)
		}
		threads[1], threads[3] = threads[3], threads[1] // an answer
		r.poll(t.Context())
		if s := r.status(); s.Gaps != c.gaps {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// A thread that is put on top may be the newest of all. That old items come into sight
// where others were deleted is no gap.
func TestRolloverBelowANewThreadOnTop(t *testing.T) {
	for name, c := range map[string]struct {
		written, deleted int
		further          bool
		posts, asked     int // in all; pages at the second poll
		gaps             int
	}{
		"a few":                 {4, 0, true, 10, 1, 0},
		"more than a page":      {12, 0, true, 18, 3, 0},
		"without further pages": {12, 0, false, 11, 1, 1},
		"deleted":               {0, 4, true, 10, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zero := time.Now()
				var posts []int // minutes after zero, the newest first
				for n := range 20 {
					posts = append(posts, -2-n)
				}
				m, asked := &memory{}, 0
				r := newRunner(t, web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
					asked++
					n := 0
					if _, of, ok := strings.Cut(req.URL, "page="); ok {
						_, _ = fmt.Sscan(of, &n)
					}
					var b strings.Builder
					b.WriteString("<rss><channel>")
					for _, p := range append([]int{-1}, posts[min(n*5, len(posts)):min(n*5+5, len(posts))]...) {
						fmt.Fprintf(&b, "<item><title>%d</title><guid>%d</guid><pubDate>%s</pubDate></item>", p, p, zero.Add(time.Duration(p)*time.Minute).Format(time.RFC3339))
					}
					resp := page(req.URL, b.String()+"</channel></rss>")
					if c.further {
						resp.Links.Next = fmt.Sprintf("https://list.example.cn/rss?page=%d", n+1)
					}
					return resp, nil
				}), m, feedAt("list"))
				r.poll(t.Context())
				time.Sleep(time.Hour)
				posts = posts[c.deleted:]
				for n := range c.written {
					posts = slices.Insert(posts, 0, 1+n)
				}
				asked = 0
				r.poll(t.Context())
				if s := r.status(); len(m.posts) != c.posts || asked != c.asked || s.Gaps != c.gaps {
					t.Errorf("%d posts, %d pages, %+v", len(m.posts), asked, s)
				}
			})
		})
	}
}
