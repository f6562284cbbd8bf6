package look

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiyin/internal/fetch"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	china   = time.FixedZone("CST", 8*3600)
	lookNow = time.Date(2026, 11, 21, 9, 30, 0, 0, china)
)

// site serves pages by their path on a real server.
type site struct {
	pages map[string]string
	*httptest.Server
}

func newSite(t testing.TB, pages map[string]string) *site {
	s := &site{pages: pages}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := s.pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(s.Close)
	return s
}

// asked asks for a page of the site that it is on.
func asked(address string) fetch.Request {
	u, err := url.Parse(address)
	if err != nil {
		return fetch.Request{URL: address}
	}
	return fetch.Request{URL: address, Home: u.Host}
}

func newLooker(t testing.TB, allow ...string) *Looker {
	c := fetch.New(fetch.Options{AllowHosts: allow, MaxBody: 4 << 20})
	t.Cleanup(c.Close)
	return New(c, china, func() time.Time { return lookNow })
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPages reads pages shaped like those of the forums and publishing systems
// there are, over HTTP, and compares with what a person would say of them.
func TestPages(t *testing.T) {
	names, err := filepath.Glob("testdata/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	pages := map[string]string{}
	for _, name := range names {
		pages["/"+filepath.Base(name)] = testdata(t, filepath.Base(name))
	}
	s := newSite(t, pages)
	l := newLooker(t, "127.0.0.1")
	for _, name := range names {
		base := filepath.Base(name)
		t.Run(base, func(t *testing.T) {
			var got []byte
			p, err := l.Look(t.Context(), asked(s.URL+"/"+base))
			var unknown *UnknownError
			switch {
			case errors.As(err, &unknown):
				got = []byte(unknown.Reason() + "\n")
			case err != nil:
				t.Fatal(err)
			default:
				if p.Asked != s.URL+"/"+base || p.URL != p.Asked || !p.At.Equal(lookNow) || p.SHA256 != sumOf(p.Text) || p.Status != http.StatusOK {
					t.Errorf("%+v", p)
				}
				got = golden(t, p)
			}
			file := name + ".golden"
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := testdata(t, base+".golden"); string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func golden(t testing.TB, p Page) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		State       State
		Title       string
		Published   time.Time
		DatePrecise bool
		Text        []string
	}{p.State, p.Title, p.Published, p.DatePrecise, strings.Split(p.Text, "\n")})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A page that differs only in what differs from visit to visit is the same page.
func TestSteady(t *testing.T) {
	visits := map[string]*strings.Replacer{
		"discuz.html": strings.NewReplacer("8f3a1c02", "77b0d9e1", "1288", "20,431", `xi1">2<`, `xi1">57<`, "下载次数: 12", "下载次数: 98",
			"昨天&nbsp;10:30", "前天&nbsp;10:30", "h3$Kd", "_8 x1", "0 q~ v9", "2 i; c", "装修找我八折", "学车首选", "/ad.php?k=1", "/ad.php?k=9",
			"0.031 second(s), 18 queries", "0.222 second(s), 21 queries", "积分 1024", "积分 1090", "2026-11-21 09:15", "2026-11-22 10:15"),
		"gov-meta.html":  strings.NewReplacer(`"hits">1024`, `"hits">22980`),
		"gov-label.html": strings.NewReplacer("<span>356</span>", "<span>402</span>", "昨日要闻", "今日要闻"),
		"flarum.html":    strings.NewReplacer("Zk1pQ", "pp90a", "同求修理，@老周 加一。", "顶一下"),
		"unknown.html": strings.NewReplacer("3 分钟前", "2 天前", "1,024", "2.3万", "12 条评论", "90 条评论", "a1b2", "x9", "c3d4", "y8",
			"房价又涨了", "油价又涨了", "南湖边新开的书店", "北山下的老茶馆", "本周天气", "这家面馆排队两小时，味道真不错，大家都说好"),
	}
	for name, visit := range visits {
		t.Run(name, func(t *testing.T) {
			first := testdata(t, name)
			second := visit.Replace(first)
			if first == second {
				t.Fatal("the second visit is the first")
			}
			s := newSite(t, map[string]string{"/a": first, "/b": second})
			a, b := mustLook(t, s, "/a"), mustLook(t, s, "/b")
			if a.SHA256 != b.SHA256 || a.Text != b.Text || a.Title != b.Title {
				t.Errorf("first\n%s\nsecond\n%s", a.Text, b.Text)
			}
			if again := mustLook(t, s, "/a"); again != a {
				t.Errorf("the same bytes gave\n%+v\nand then\n%+v", a, again)
			}
		})
	}
}

func mustLook(t testing.TB, s *site, path string) Page {
	t.Helper()
	p, err := newLooker(t, "127.0.0.1").Look(t.Context(), asked(s.URL+path))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An address that names a later post of a thread is that post: an office may
// answer below the complaint.
func TestOnePostOfThread(t *testing.T) {
	s := newSite(t, map[string]string{"/t": testdata(t, "discuz.html")})
	for _, address := range []string{"/t#pid5002", "/t?ptid=9&pid=5002"} {
		p := mustLook(t, s, address)
		if !strings.HasPrefix(p.Text, "【市水务局】") || !p.Published.Equal(time.Date(2026, 11, 20, 17, 5, 40, 0, china)) {
			t.Errorf("%s: %q, %v", address, p.Text, p.Published)
		}
	}
	if p := mustLook(t, s, "/t#pid9999"); !strings.Contains(p.Text, "和平里") { // no such post: the thread's first
		t.Errorf("%q", p.Text)
	}
}

func TestMaskedAndCut(t *testing.T) {
	long := strings.Repeat("停水的事情。", 5000)
	// The number lies across the limit: it must be masked before it is cut.
	page := "<title>t 13812345678</title><td class=t_f>" + strings.Repeat("水", 19_990) + "13912345678" + long + "</td>"
	s := newSite(t, map[string]string{"/": page})
	p := mustLook(t, s, "/")
	if n := len([]rune(p.Text)); n != 20_000 || strings.Contains(p.Text, "13912") || !strings.Contains(p.Text, "139***") {
		t.Errorf("%d runes, ending %q", n, string([]rune(p.Text)[19_980:]))
	}
	if p.Title != "t 138******78" {
		t.Errorf("title %q", p.Title)
	}
}

func TestCharset(t *testing.T) {
	body, err := simplifiedchinese.GBK.NewEncoder().String(strings.Replace(testdata(t, "discuz.html"), "charset=utf-8", "charset=gbk", 1))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{"/gbk": body, "/utf8": testdata(t, "discuz.html")})
	if a, b := mustLook(t, s, "/gbk"), mustLook(t, s, "/utf8"); a.SHA256 != b.SHA256 || a.Title != b.Title {
		t.Errorf("in GBK %q, in UTF-8 %q", a.Text, b.Text)
	}
}

// TestUnknown: what cannot be known is an error, and tells whether to try again.
func TestUnknown(t *testing.T) {
	s := newSite(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/pdf":
			w.Header().Set("Content-Type", "text/html") // it is not
			_, _ = w.Write([]byte("%PDF-1.7\n\x00\x01"))
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("停水"), 1<<20)) // more than the client takes
		case "/many":
			_, _ = w.Write([]byte("<html>" + strings.Repeat("<b>", maxElements+1)))
		case "/text":
			_, _ = w.Write([]byte("<html>" + strings.Repeat("水", maxText/3+1)))
		case "/comments":
			_, _ = w.Write([]byte("<html>" + strings.Repeat("<!---->", maxElements+1)))
		case "/deep":
			_, _ = w.Write([]byte("<html>" + strings.Repeat("<div>", 20_000)))
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("<html>"))
		case "/in":
			http.Redirect(w, r, "http://127.0.0.2:1/", http.StatusFound)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	})
	l := newLooker(t, strings.TrimPrefix(s.URL, "http://"))
	for _, tt := range []struct {
		address string
		again   bool
		reason  string
	}{
		{s.URL + "/busy", true, "对方返回 503"},
		{s.URL + "/forbidden", true, "对方返回 403"},
		{s.URL + "/cut", true, "连接中途断开"},
		{"http://127.0.0.1:1/", false, "内网地址不允许"},
		{s.URL + "/in", false, "内网地址不允许"},
		{s.URL + "/pdf", false, "网址打开的是文件"},
		{s.URL + "/large", false, "网页太大"},
		{s.URL + "/many", false, "网页太大"},
		{s.URL + "/text", false, "网页太大"},
		{s.URL + "/comments", false, "网页太大"},
		{s.URL + "/deep", false, "网页太大"},
		{"ftp://example.cn/", false, "网址不能用"},
	} {
		p, err := l.Look(t.Context(), asked(tt.address))
		var unknown *UnknownError
		if !errors.As(err, &unknown) || p != (Page{}) {
			t.Errorf("%s: %+v, %v", tt.address, p, err)
			continue
		}
		if unknown.Again() != tt.again || !strings.HasPrefix(unknown.Reason(), tt.reason) {
			t.Errorf("%s: again %v, %s (%v)", tt.address, unknown.Again(), unknown.Reason(), err)
		}
		if f := CannotOpen(unknown); f.Kind != Unreachable || !strings.HasPrefix(f.Text, "回应链接打不开："+tt.reason) || !strings.HasSuffix(f.Text, "。") {
			t.Errorf("%s: %+v", tt.address, f)
		}
		if tt.again != (unknown.RetryAfter() == 2*time.Minute) && strings.HasSuffix(tt.address, "busy") {
			t.Errorf("retry after %v", unknown.RetryAfter())
		}
	}
}

func TestGoneByStatus(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		p, err := newLooker(t, "127.0.0.1").Look(t.Context(), asked(srv.URL))
		srv.Close()
		if err != nil || p.State != Gone || p.Status != status || p.SHA256 != sumOf("") || p.URL != srv.URL {
			t.Errorf("%d: %+v, %v", status, p, err)
		}
	}
}
