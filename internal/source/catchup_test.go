package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/fetch"
)

// list is a feed of which only the newest few items are on a page.
type list struct {
	posts  []int // newest first; their titles
	window int   // posts on a page
	pages  int   // pages there are
	pinned bool  // post 0 is on top of every page
	down   bool  // further pages cannot be read
	asked  []string
}

func (l *list) get(_ context.Context, req fetch.Request) (*fetch.Response, error) {
	l.asked = append(l.asked, req.URL)
	n := 1
	if _, of, further := strings.Cut(req.URL, "page="); further {
		if l.down {
			return nil, &fetch.StatusError{Status: 502}
		}
		if _, err := fmt.Sscan(of, &n); err != nil {
			return nil, err
		}
	}
	first := min((n-1)*l.window, len(l.posts))
	shown := l.posts[first:min(first+l.window, len(l.posts))]
	var b strings.Builder
	b.WriteString("<rss><channel>")
	if l.pinned {
		b.WriteString("<item><title>0</title><guid>0</guid><pubDate>2026-01-01 08:00</pubDate></item>")
	}
	for _, p := range shown {
		fmt.Fprintf(&b, "<item><title>%d</title><guid>%d</guid><pubDate>%s</pubDate></item>", p, p, begin.Add(time.Duration(p)*time.Second).Format(time.RFC3339))
	}
	b.WriteString("</channel></rss>")
	resp := page(req.URL, b.String())
	if n < l.pages && first+l.window < len(l.posts) {
		resp.Links.Next = fmt.Sprintf("https://list.example.cn/rss?page=%d", n+1)
	}
	return resp, nil
}

var begin = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// write has n more posts appear.
func (l *list) write(n int) {
	for range n {
		next := 1
		if len(l.posts) > 0 {
			next = l.posts[0] + 1
		}
		l.posts = slices.Insert(l.posts, 0, next)
	}
}

func TestCatchUp(t *testing.T) {
	for name, c := range map[string]struct {
		list  list
		then  func(*list)
		posts int // in all
		asked int // pages at the second poll
		gaps  int
	}{
		"a few more":           {list{window: 5, pages: 9}, func(l *list) { l.write(4) }, 9, 1, 0},
		"as many as the page":  {list{window: 5, pages: 9}, func(l *list) { l.write(5) }, 10, 2, 0},
		"more than the page":   {list{window: 5, pages: 9}, func(l *list) { l.write(17) }, 22, 4, 0},
		"no further pages":     {list{window: 5, pages: 1}, func(l *list) { l.write(17) }, 10, 1, 1},
		"too few pages":        {list{window: 5, pages: 2}, func(l *list) { l.write(17) }, 15, 2, 1},
		"more than we read":    {list{window: 5, pages: 99}, func(l *list) { l.write(70) }, 60, 11, 1},
		"a thread kept on top": {list{window: 5, pages: 9, pinned: true}, func(l *list) { l.write(17) }, 23, 4, 0},
		"the newest were deleted": {list{window: 5, pages: 1}, func(l *list) {
			l.posts = append([]int{6}, l.posts[3:]...)
		}, 6, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m, l := &memory{}, &c.list
			l.write(5)
			r := newRunner(t, web(l.get), m, feedAt("list"))
			r.poll(t.Context())
			l.asked = nil
			c.then(l)
			r.poll(t.Context())
			s := r.status()
			if s.Failures > 0 || len(m.posts) != c.posts || len(l.asked) != c.asked || s.Gaps != c.gaps {
				t.Errorf("%d posts, %d pages asked for, %+v", len(m.posts), len(l.asked), s)
			}
			if last := m.batches[len(m.batches)-1]; (last.Gap != "") != (c.gaps > 0) {
				t.Errorf("gap %q", last.Gap)
			}
			r.poll(t.Context())
			if s := r.status(); s.Gaps != c.gaps {
				t.Errorf("counted again: %+v", s)
			}
		})
	}
}

// Further pages that cannot be read are tried again, and then given up, but never hold
// up what can be read.
func TestCatchUpTriesAgain(t *testing.T) {
	for _, back := range []bool{true, false} {
		m, l := &memory{}, &list{window: 5, pages: 9}
		l.write(5)
		r := newRunner(t, web(l.get), m, feedAt("list"))
		r.poll(t.Context())
		l.write(12)
		l.down = true
		r.poll(t.Context())
		if len(m.posts) != 10 || r.status().Gaps != 0 || r.status().Failures != 0 {
			t.Fatalf("%v, %+v", m.titles(), r.status())
		}
		if back {
			l.down = false
			r.poll(t.Context()) // also where nothing came meanwhile
			if len(m.posts) != 17 {
				t.Errorf("%v, %+v", m.titles(), r.status())
			}
			l.write(1)
			r.poll(t.Context())
			if len(m.posts) != 18 || r.status().Gaps != 0 {
				t.Errorf("%v, %+v", m.titles(), r.status())
			}
			continue
		}
		for range 2 {
			l.write(1)
			r.poll(t.Context())
		}
		if len(m.posts) != 12 || r.status().Gaps != 1 {
			t.Errorf("%v, %+v", m.titles(), r.status())
		}
	}
}

// The law of the guard: what was never taken is never passed over in silence.
func TestNothingIsMissedInSilence(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &memory{}
		l := &list{window: rapid.IntRange(1, 8).Draw(rt, "window"), pages: rapid.IntRange(1, 5).Draw(rt, "pages"), pinned: rapid.Bool().Draw(rt, "pinned")}
		l.write(1 + rapid.IntRange(0, l.window-1).Draw(rt, "first"))
		r := newRunner(t, web(l.get), m, feedAt("list"))
		r.poll(t.Context())
		for range rapid.IntRange(1, 6).Draw(rt, "polls") {
			l.write(rapid.IntRange(0, 20).Draw(rt, "written"))
			l.down = rapid.IntRange(0, 9).Draw(rt, "luck") == 0
			r.poll(t.Context())
		}
		l.down = false
		for range maxCatchUp { // it may still be looking
			l.write(1)
			r.poll(t.Context())
		}
		taken := m.titles()
		for _, p := range l.posts {
			if !slices.Contains(taken, fmt.Sprint(p)) && r.status().Gaps == 0 {
				rt.Fatalf("post %d was missed, and nobody told; taken %v", p, taken)
			}
		}
	})
}

// A document that is empty where there always was something is a failure, not news.
func TestEmptyIsAFailure(t *testing.T) {
	m, l := &memory{}, &list{window: 5, pages: 1}
	l.write(3)
	r := newRunner(t, web(l.get), m, feedAt("list"))
	l.posts, l.window = nil, 5
	r.poll(t.Context())
	if s := r.status(); s.Failures != 0 { // it may be new
		t.Errorf("an empty feed at first: %+v", s)
	}
	l.write(3)
	r.poll(t.Context())
	l.posts = nil
	r.poll(t.Context())
	if s := r.status(); s.Failures != 1 || !strings.HasPrefix(s.Reason, "以前有 3 条，现在一条也没有") {
		t.Errorf("%+v", s)
	}
	l.posts = []int{4}
	r.poll(t.Context())
	if s := r.status(); s.Failures != 0 || len(m.posts) != 4 {
		t.Errorf("%+v, %v", s, m.titles())
	}
}

// What a source says of when to come again is heeded, for an hour at most where it only
// says that nothing will be new.
func TestSourcesSayWhen(t *testing.T) {
	for name, c := range map[string]struct {
		answer fetch.Response
		body   string
		want   time.Duration
	}{
		"nothing":          {fetch.Response{}, oneItem, time.Minute},
		"Cache-Control":    {fetch.Response{Fresh: 20 * time.Minute}, oneItem, 20 * time.Minute},
		"a day is an hour": {fetch.Response{Fresh: 24 * time.Hour}, oneItem, time.Hour},
		"Retry-After":      {fetch.Response{RetryAfter: 30 * time.Minute}, oneItem, 30 * time.Minute},
		"a long one":       {fetch.Response{RetryAfter: 3 * time.Hour}, oneItem, time.Hour},
		"ttl":              {fetch.Response{}, strings.Replace(oneItem, "<title>x", "<ttl>30</ttl><title>x", 1), 30 * time.Minute},
		"skipHours":        {fetch.Response{}, strings.Replace(oneItem, "<title>x", "<skipHours><hour>0</hour></skipHours><title>x", 1), time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // it begins at midnight, UTC
				var at []time.Time
				p := newPoller(t, web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
					at = append(at, time.Now())
					resp := page(req.URL, c.body)
					resp.Fresh, resp.RetryAfter = c.answer.Fresh, c.answer.RetryAfter
					return resp, nil
				}), &memory{}, feedAt("a"))
				runFor(t, p, 4*time.Hour)
				if d := at[1].Sub(at[0]); d < c.want || d > c.want+c.want/10 {
					t.Errorf("polled again after %v, want %v", d, c.want)
				}
			})
		})
	}
}

// Nobody sent us to another host: further pages are not read there, whoever names them.
func TestFurtherPagesStayAtHome(t *testing.T) {
	for next, want := range map[string]int{
		"https://list.example.cn/rss?page=2": 1, "http://list.example.cn/rss?page=2": 0, "https://other.example.cn/rss?page=2": 0,
	} {
		m, l := &memory{}, &list{window: 5, pages: 9}
		l.write(5)
		further := 0
		r := newRunner(t, web(func(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
			if req.URL == next {
				further++
			}
			resp, err := l.get(ctx, req)
			resp.Links.Next = next
			return resp, err
		}), m, feedAt("list"))
		r.poll(t.Context())
		l.write(7)
		r.poll(t.Context())
		if further != want || r.status().Failures > 0 {
			t.Errorf("%s: asked for %d times, %+v", next, further, r.status())
		}
	}
}
