package source

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
)

// wantStatus polls and wants a poll that worked, with a reason that begins so
// (or none), remembered by the journal.
func wantStatus(t *testing.T, r *runner, m *memory, when, reason string) {
	t.Helper()
	r.poll(t.Context())
	s := r.status()
	if s.Failures != 0 || !strings.HasPrefix(s.Reason, reason) || (reason == "") != (s.Reason == "") {
		t.Errorf("%s: %d failures, %q, want %q", when, s.Failures, s.Reason, reason)
	}
	if kept, err := m.LoadState(t.Context(), s.Name); err != nil || kept.Reason != s.Reason || (kept.Error == "") != (s.Reason == "") {
		t.Errorf("%s: the journal has %q and %q, %v", when, kept.Reason, kept.Error, err)
	}
}

const (
	noText  = "帖文页上选择器 .nobody 找不到正文，暂时只看标题；"
	only404 = "%d 个帖文页打不开：对方返回 404（网页不存在），暂时只看标题；"
)

// A warning stands until a page was read well: not new posts, not failed polls
// and not a restart in between make it go.
func TestPagesWarningStaysUntilOneIsRead(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{3, 2, 1}
	b.broken = map[int]int{1: 404, 2: 404, 3: 404}
	r := newRunner(t, httpClient(t), m, b.config())
	for try := range DefaultTries {
		wantStatus(t, r, m, fmt.Sprint("try ", try+1), fmt.Sprintf(only404, 3))
	}
	if len(m.posts) != 3 || len(r.state.Waiting) != 0 {
		t.Fatalf("%v, %d wait", m.texts(), len(r.state.Waiting))
	}
	wantStatus(t, r, m, "without news", fmt.Sprintf(only404, 3))
	r = newRunner(t, httpClient(t), m, b.config())
	wantStatus(t, r, m, "after a restart", fmt.Sprintf(only404, 3))

	b.set(func() { b.threads = nil }) // the list page has no threads: the poll fails
	for range 2 {
		r.poll(t.Context())
	}
	if s := r.status(); s.Failures != 2 || !strings.HasPrefix(s.Reason, "页面结构变了") {
		t.Fatalf("%+v", s)
	}
	b.set(func() { b.threads = []int{3, 2, 1} })
	wantStatus(t, r, m, "after failed polls", fmt.Sprintf(only404, 3))

	b.set(func() { b.threads = []int{5, 4, 3, 2, 1}; b.broken = map[int]int{4: 404} })
	wantStatus(t, r, m, "one of two read", fmt.Sprintf(only404, 1))
	b.set(func() { clear(b.broken) })
	wantStatus(t, r, m, "all read", "")
	wantStatus(t, r, m, "without news", "")
}

// Other selectors are a new beginning, even without a page to try them on.
func TestPagesWarningGoesWithTheSelectors(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{2, 1}
	cfg := b.config()
	cfg.Post.Text, cfg.Tries = ".nobody", 1
	r := newRunner(t, httpClient(t), m, cfg)
	wantStatus(t, r, m, "wrong selector", noText)
	wantStatus(t, r, m, "without news", noText)
	if len(m.posts) != 2 {
		t.Errorf("posts %v", m.texts())
	}
	wantStatus(t, newRunner(t, httpClient(t), m, b.config()), m, "right selector", "")

	cfg.Post = parse.PageFields{}
	wantStatus(t, newRunner(t, httpClient(t), m, cfg), m, "no post pages", "")
}

func TestPagesWarningIsLoggedOnce(t *testing.T) {
	b, m := newBoard(t), &memory{}
	b.threads = []int{1}
	b.broken = map[int]int{1: 403}
	cfg := b.config()
	cfg.Tries = 1
	var out bytes.Buffer
	p, err := NewPoller(Options{Client: httpClient(t), Known: m, States: m, Sink: m, Sources: []Config{cfg}, Log: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.runners[0].poll(t.Context())
	}
	if text := out.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "1 of 1 post pages") || !strings.Contains(text, b.URL+"/t/1") || !strings.Contains(text, "403") {
		t.Error(text)
	}
}

func TestPagesWarning(t *testing.T) {
	layout := &parse.LayoutError{Field: "post.text", Selector: ".post"}
	status := func(code int) error { return fmt.Errorf("get: %w", &fetch.StatusError{Status: code}) }
	for name, c := range map[string]struct {
		asked int
		errs  []error
		want  string
	}{
		"none":              {3, nil, ""},
		"all without text":  {2, []error{layout, layout}, "帖文页上选择器 .post 找不到正文，暂时只看标题；可能要登录才能看，也可能选择器不对，请管理员核对配置"},
		"some without text": {3, []error{layout, layout}, "2 个帖文页上选择器 .post 找不到正文，暂时只看标题；可能要登录才能看，也可能选择器不对，请管理员核对配置"},
		"the commonest":     {9, []error{layout, status(404), status(403), status(404)}, "2 个帖文页打不开：对方返回 404（网页不存在），暂时只看标题；可能已经删帖，也可能帖文的网址取错了，请管理员核对配置"},
		"as often":          {9, []error{status(http.StatusForbidden), layout}, "1 个帖文页打不开：对方返回 403（不让看），可能要登录或限制了访问，请联系对方网站；要密钥的接口，请把密钥存成文件，写进 header_files"},
		"busy":              {1, []error{status(http.StatusServiceUnavailable)}, "1 个帖文页打不开：对方返回 503（对方网站故障），稍后会自动再试"},
	} {
		v := visit{asked: c.asked}
		for i, err := range c.errs {
			v.failures = append(v.failures, pageFailure{fmt.Sprint("http://x/", i), err})
		}
		reason, detail := v.warning()
		if reason != c.want || (detail == "") != (c.want == "") {
			t.Errorf("%s: %s (%s), want %s", name, reason, detail, c.want)
		}
	}
}

// A key goes where the source is, and never from https to http: not to its own host either.
func TestKeysStayEncrypted(t *testing.T) {
	const list = `<div class="t"><a href="%s">停水</a></div>`
	for link, want := range map[string]string{"https://forum.example.cn/1": "k", "http://forum.example.cn/1": ""} {
		keys := map[string]string{}
		get := web(func(_ context.Context, req fetch.Request) (*fetch.Response, error) {
			keys[req.URL] = req.Header.Get("X-Key")
			return page(req.URL, fmt.Sprintf(list, link)+`<div class="body">从昨晚起停水</div>`), nil
		})
		r := newRunner(t, get, &memory{}, Config{
			Name: "forum", Kind: KindForum, URL: "https://forum.example.cn/list", Header: http.Header{"X-Key": {"k"}},
			List: parse.Fields{Item: ".t"}, Post: parse.PageFields{Text: ".body"},
		})
		r.poll(t.Context())
		if got, asked := keys[link]; keys["https://forum.example.cn/list"] != "k" || !asked || got != want {
			t.Errorf("%s: %v", link, keys)
		}
	}
}
