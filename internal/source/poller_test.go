package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

const oneItem = `<rss version="2.0"><channel><title>x</title><item><title>停水</title><guid>1</guid></item></channel></rss>`

func feedAt(name string) Config {
	return Config{Name: name, Kind: KindFeed, URL: "https://" + name + ".example.cn/rss", Floor: time.Minute, Ceiling: time.Minute}
}

func TestPollsOnScheduleWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		m := &memory{}
		p := newPoller(t, web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) {
			at = append(at, time.Now())
			return page(r.URL, oneItem), nil
		}), m, feedAt("a"))
		start := time.Now()
		runFor(t, p, time.Hour)
		if at[0] != start {
			t.Errorf("first poll after %v", at[0].Sub(start))
		}
		different := map[time.Duration]bool{}
		for i := range at[1:] {
			gap := at[i+1].Sub(at[i])
			different[gap] = true
			if gap < time.Minute || gap > 66*time.Second {
				t.Errorf("polled after %v", gap)
			}
		}
		if len(at) < 50 || len(different) < 10 {
			t.Errorf("%d polls, %d different gaps", len(at), len(different))
		}
		if got := m.titles(); len(got) != 1 {
			t.Errorf("posts %v", got)
		}
		if n := len(m.batches); n < 2 || n > 4 {
			t.Errorf("%d transactions for an hour without news", n)
		}
		s := p.Status()[0]
		if s.Name != "a" || s.Failures != 0 || s.Reason != "" || !s.LastOK.Equal(at[len(at)-1]) || !s.Next.After(s.LastOK) {
			t.Errorf("status %+v", s)
		}
	})
}

func TestFailuresBackOffAndRecover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		m := &memory{}
		down := true
		p := newPoller(t, web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) {
			at = append(at, time.Now())
			if down {
				return nil, &fetch.StatusError{Status: 502}
			}
			return page(r.URL, oneItem), nil
		}), m, feedAt("a"))
		runFor(t, p, 10*time.Hour)
		for i := range at[1:] {
			want := min(time.Minute<<(i+1), time.Hour)
			if gap := at[i+1].Sub(at[i]); gap < want*9/10 || gap > want*11/10 {
				t.Errorf("gap %d is %v, want about %v", i, gap, want)
			}
		}
		s := p.Status()[0]
		if s.Failures != len(at) || !strings.Contains(s.Reason, "502") || !s.LastOK.IsZero() {
			t.Errorf("status %+v after %d polls", s, len(at))
		}
		if st, err := m.LoadState(t.Context(), "a"); err != nil || st.Failures != len(at) || st.Error == "" {
			t.Errorf("state %+v, %v", st, err)
		}
		down = false
		p = newPoller(t, p.opt.Client, m, feedAt("a")) // as after a restart
		runFor(t, p, time.Minute/2)
		if s := p.Status()[0]; s.Failures != 0 || s.Reason != "" || len(m.posts) != 1 {
			t.Errorf("after recovery: %+v, %d posts", s, len(m.posts))
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		m := &memory{}
		get := web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) {
			at = append(at, time.Now())
			if len(at) == 1 {
				return nil, fmt.Errorf("get: %w", &fetch.StatusError{Status: 429, RetryAfter: 30 * time.Minute})
			}
			return page(r.URL, oneItem), nil
		})
		start := time.Now()
		runFor(t, newPoller(t, get, m, feedAt("a")), 10*time.Minute)
		runFor(t, newPoller(t, get, m, feedAt("a")), 21*time.Minute) // a restart does not make us forget
		if len(at) < 2 || at[1].Sub(start) < 30*time.Minute {
			t.Errorf("polled at %v", at)
		}
	})
}

func TestOneBrokenSourceStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		get := web(func(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
			switch r.URL {
			case feedAt("panics").URL:
				panic("boom")
			case feedAt("hangs").URL:
				<-ctx.Done()
				return nil, ctx.Err()
			case feedAt("html").URL:
				return page(r.URL, "<html></html>"), nil
			}
			return page(r.URL, oneItem), nil
		})
		p := newPoller(t, get, m, feedAt("panics"), feedAt("hangs"), feedAt("html"), feedAt("works"))
		runFor(t, p, time.Hour)
		st := p.Status()
		if st[0].Failures == 0 || !strings.Contains(st[0].Reason, "出错") {
			t.Errorf("panics: %+v", st[0])
		}
		if st[1].Failures != 0 { // it was still being read when we stopped
			t.Errorf("hangs: %+v", st[1])
		}
		if st[2].Failures == 0 || !strings.Contains(st[2].Reason, "不是订阅源") {
			t.Errorf("html: %+v", st[2])
		}
		if st[3].Failures != 0 || time.Since(st[3].LastOK) > 2*time.Minute || len(m.posts) != 1 {
			t.Errorf("works: %+v", st[3])
		}
	})
}

// Whatever fails in the journal, nothing is lost: the state goes forward only
// with the posts.
func TestJournalFailuresLoseNothing(t *testing.T) {
	for _, op := range []string{"load", "known", "ingest", "panic"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { journalFails(t, op) })
		})
	}
}

func journalFails(t *testing.T, op string) {
	m := &memory{}
	body, tag := oneItem, `"1"`
	get := web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) {
		if r.ETag == tag {
			return &fetch.Response{Status: 304, NotModified: true, ETag: tag, FinalURL: r.URL}, nil
		}
		resp := page(r.URL, body)
		resp.ETag = tag
		return resp, nil
	})
	runFor(t, newPoller(t, get, m, feedAt("a")), 5*time.Minute)

	body, tag = strings.Replace(oneItem, "<item>", "<item><title>又停水</title><guid>2</guid></item><item>", 1), `"2"`
	until := time.Now().Add(10 * time.Minute)
	m.sick = func(o string) error {
		switch {
		case time.Now().After(until):
			return nil
		case op == "panic":
			panic("journal")
		case op == o:
			return errors.New("disk full")
		}
		return nil
	}
	p := newPoller(t, get, m, feedAt("a"))
	runFor(t, p, 5*time.Minute)
	if s := p.Status()[0]; s.Failures == 0 || !strings.Contains(s.Reason, "出错") && !strings.Contains(s.Reason, "记录库") || len(m.posts) != 1 {
		t.Errorf("while it fails: %+v, %d posts", s, len(m.posts))
	}
	runFor(t, p, time.Hour)
	if s := p.Status()[0]; s.Failures != 0 || len(m.posts) != 2 {
		t.Errorf("afterwards: %+v, %d posts", s, len(m.posts))
	}
}

func TestNewPollerListsAllProblems(t *testing.T) {
	_, err := NewPoller(Options{Sources: []Config{feedAt("a"), feedAt("a"), {Name: "b"}}})
	if err == nil || !strings.Contains(err.Error(), `"a": there are two`) || !strings.Contains(err.Error(), "url: empty") {
		t.Errorf("err = %v", err)
	}
}

// What hides behind a 304 is found within the hour.
func TestValidatorsAreNotTrustedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, asked := oneItem, 0
		m := &memory{}
		p := newPoller(t, web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) {
			asked++
			if r.ETag != "" {
				return &fetch.Response{Status: 304, NotModified: true, ETag: r.ETag, FinalURL: r.URL}, nil
			}
			resp := page(r.URL, body)
			resp.ETag = `"same"`
			body = strings.Replace(body, "<item>", "<item><title>又停水</title><guid>2</guid></item><item>", 1)
			return resp, nil
		}), m, feedAt("a"))
		runFor(t, p, 59*time.Minute)
		if len(m.posts) != 1 || asked < 50 {
			t.Fatalf("%v after %d polls", m.titles(), asked)
		}
		runFor(t, p, 5*time.Minute)
		if len(m.posts) != 2 {
			t.Errorf("%v", m.titles())
		}
	})
}

// A feed cut off in the middle gives its whole items, says so, and is read anew
// next time whatever its tag.
func TestDamagedFeed(t *testing.T) {
	body := readFixture(t, "../parse/testdata/feed/truncated.xml")
	var asked []fetch.Request
	m := &memory{}
	r := newRunner(t, web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
		asked = append(asked, req)
		resp := page(req.URL, body)
		resp.ETag = `"1"`
		return resp, nil
	}), m, feedAt("a"))
	for range 2 {
		r.poll(t.Context())
	}
	if s := r.status(); s.Failures != 0 || !strings.Contains(s.Reason, "残缺") || len(m.posts) != 2 {
		t.Errorf("%+v, %d posts", s, len(m.posts))
	}
	if len(asked) != 2 || asked[1].ETag != "" {
		t.Errorf("asked %+v", asked)
	}
	body = oneItem
	wantStatus(t, r, m, "whole again", "")
}

// Another URL or other selectors: what was remembered of the page no longer counts.
func TestChangedConfigurationReadsAnew(t *testing.T) {
	var asked []fetch.Request
	m := &memory{}
	get := web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
		asked = append(asked, req)
		resp := page(req.URL, oneItem)
		resp.ETag = `"1"`
		return resp, nil
	})
	cfg := feedAt("a")
	newRunner(t, get, m, cfg).poll(t.Context())
	newRunner(t, get, m, cfg).poll(t.Context())
	cfg.URL += "?new"
	newRunner(t, get, m, cfg).poll(t.Context())
	if len(asked) != 3 || asked[1].ETag != `"1"` || asked[2].ETag != "" {
		t.Errorf("asked %+v", asked)
	}
	if last := m.batches[len(m.batches)-1]; last.Read != 1 || len(last.Posts) != 0 {
		t.Errorf("last batch %+v", last)
	}
}

func TestOldestFirst(t *testing.T) {
	now := time.Now()
	item := func(n int, age time.Duration) string {
		return fmt.Sprintf("<item><title>%d</title><guid>%d</guid><pubDate>%s</pubDate></item>", n, n, now.Add(-age).Format(time.RFC1123Z))
	}
	body := "<rss><channel>" + item(1, time.Hour) + item(2, 3*time.Hour) + item(3, 2*time.Hour) + item(4, 72*time.Hour) + "</channel></rss>"
	cfg := feedAt("a")
	m := &memory{}
	newRunner(t, web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) { return page(req.URL, body), nil }), m, cfg).poll(t.Context())
	if got := strings.Join(m.titles(), " "); got != "4 2 3 1" {
		t.Errorf("posts %s", got)
	}
	var undated []post.Post
	for i := range 3 {
		undated = append(undated, post.Post{Title: fmt.Sprint(i), Published: now.Add(-time.Duration(i) * time.Hour)})
	}
	undated[1].Published = time.Time{}
	oldestFirst(undated, func(p post.Post) time.Time { return p.Published })
	if undated[0].Title != "0" {
		t.Error("posts without a time were sorted")
	}
}

// What comes as it came before is not parsed, though the server knows no 304.
func TestUnchangedIsNotParsed(t *testing.T) {
	body := oneItem
	r := newRunner(t, web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) { return page(req.URL, body), nil }), &memory{}, feedAt("a"))
	var s post.State
	for i, want := range []int{1, 0, 0, 1} {
		if i == 3 {
			body += "\n"
		}
		b, err := r.read(t.Context(), s, time.Now())
		if err != nil || b.Read != want {
			t.Errorf("poll %d: %d items parsed, want %d; %v", i, b.Read, want, err)
		}
		s = b.State
	}
}

// A restart is no news: thousands of sources would each take a transaction.
func TestRestartCommitsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		get := web(func(_ context.Context, r fetch.Request) (*fetch.Response, error) { return page(r.URL, oneItem), nil })
		runFor(t, newPoller(t, get, m, feedAt("a")), 10*time.Minute)
		before := len(m.batches)
		runFor(t, newPoller(t, get, m, feedAt("a")), 10*time.Minute)
		if n := len(m.batches) - before; n != 0 {
			t.Errorf("%d transactions after a restart", n)
		}
		runFor(t, newPoller(t, get, m, feedAt("a")), quietCommit)
		if n := len(m.batches) - before; n != 1 {
			t.Errorf("%d transactions half an hour later", n)
		}
	})
}

// What was asked for while the clock ran years ahead does not hold once it is right.
func TestAClockThatWasWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, asked := &memory{}, 0
		get := web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
			asked++
			return page(req.URL, oneItem), nil
		})
		state := post.State{LastOK: time.Now().AddDate(10, 0, 0), NotBefore: time.Now().AddDate(10, 0, 0)}
		if err := m.Ingest(t.Context(), post.Batch{Source: "a", State: state}); err != nil {
			t.Fatal(err)
		}
		runFor(t, newPoller(t, get, m, feedAt("a")), maxRetryAfter+time.Minute/2)
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}
