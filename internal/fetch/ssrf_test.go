package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// dns is a name server. Each name has the addresses of its first answer, its second
// and so on, the last for ever; other names there are not.
type dns struct {
	names map[string][][]string
	mu    sync.Mutex
	asked map[string]int
}

// resolver asks d, over loopback.
func (d *dns) resolver(t *testing.T) *net.Resolver {
	d.asked = make(map[string]int)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-ended })
	go func() {
		defer close(ended)
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, err := d.answer(buf[:n]); err != nil {
				t.Errorf("name server: %v", err)
			} else if _, err := conn.WriteTo(answer, from); err != nil {
				return
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (d *dns) answer(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	q := m.Questions[0]
	name := strings.TrimSuffix(q.Name.String(), ".")
	m.Response, m.Additionals = true, nil
	answers, known := d.names[name]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
		return m.Pack()
	}
	d.mu.Lock()
	nth := d.asked[name+q.Type.String()]
	d.asked[name+q.Type.String()]++
	d.mu.Unlock()
	for _, s := range answers[min(nth, len(answers)-1)] {
		a := netip.MustParseAddr(s)
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type}
		switch {
		case q.Type == dnsmessage.TypeA && a.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case q.Type == dnsmessage.TypeAAAA && a.Is6():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return m.Pack()
}

// town is a client, a public site that sends on to wherever it is asked to, and a
// secret inside, all on loopback: the public one counts as public.
type town struct {
	*Client
	public, secret *httptest.Server
}

func (w *town) publicPort() string {
	_, p, _ := strings.Cut(w.public.Listener.Addr().String(), ":")
	return p
}
func (w *town) secretPort() string {
	_, p, _ := strings.Cut(w.secret.Listener.Addr().String(), ":")
	return p
}

// newTown makes one; what a name in names has as "secret" or "public" is served there.
func newTown(t *testing.T, names map[string][][]string) *town {
	w := &town{}
	w.secret = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			_, _ = io.WriteString(rw, "User-agent: *\nDisallow: /hidden")
			return
		}
		_, _ = io.WriteString(rw, "secret")
	}))
	w.public = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch to := r.URL.Query().Get("to"); {
		case r.URL.Path == "/robots.txt":
			http.NotFound(rw, r)
		case to != "":
			http.Redirect(rw, r, to, http.StatusFound)
		default:
			_, _ = io.WriteString(rw, "good")
		}
	}))
	w.public.Config.SetKeepAlivesEnabled(false) // each request dials, and so asks for the name
	w.public.Start()
	t.Cleanup(w.public.Close)
	t.Cleanup(w.secret.Close)
	w.Client = New(Options{AllowHosts: []string{"127.0.0.1:" + w.secretPort(), "oa.example.cn"}})
	t.Cleanup(w.Client.Close)
	open := netip.MustParseAddrPort(w.public.Listener.Addr().String())
	d := &dns{names: names}
	w.outside.DialContext = guard{
		allow: w.allow, resolver: d.resolver(t),
		public: func(ap netip.AddrPort) bool { return ap == open || public(ap) },
	}.dial
	return w
}

// TestServerSideRequests: nothing that a public page or name server says makes the
// client talk to an address inside.
func TestServerSideRequests(t *testing.T) {
	names := map[string][][]string{
		"good.example.cn":     {{"127.0.0.1"}},
		"rebinds.example.cn":  {{"127.0.0.1"}, {"127.0.0.2"}}, // robots.txt comes from the first
		"mixed.example.cn":    {{"127.0.0.2", "10.0.0.1"}},
		"oa.example.cn":       {{"127.0.0.1"}},
		"loopback.example.cn": {{"127.0.0.1"}},
	}
	inside := map[string]string{
		"private": "10.0.0.1", "private12": "172.16.9.9", "private16": "192.168.1.1", "linklocal": "169.254.169.254", "any": "0.0.0.0",
		"cgnat": "100.64.0.1", "six": "::1", "mapped": "::ffff:127.0.0.1", "unique": "fd00::1", "linklocal6": "fe80::1", "nat64": "64:ff9b::7f00:1",
		"sixtofour": "2002:7f00:1::", "multicast": "224.0.0.1", "broadcast": "255.255.255.255",
	}
	for name, a := range inside {
		names[name+".example.cn"] = [][]string{{a}}
	}
	w := newTown(t, names)
	port := w.secretPort()
	targets := []string{
		"http://127.0.0.1:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://[::ffff:7f00:1]:" + port,
		"http://0.0.0.0:" + port, "http://127.1.2.3:" + port, "http://169.254.169.254/latest/meta-data/", "http://localhost:" + port,
		"http://LOCALHOST.:" + port, "http://0x7f000001:" + port, "http://2130706433:" + port, "http://017700000001:" + port, "http://127.1:" + port,
		"http://0x7f.0.0.1:" + port, "http://①②⑦.⓪.⓪.①:" + port, "http://[::127.0.0.1]:" + port, "http://[fe80::1%25lo]:" + port,
		"http://oa.example.cn:" + port, "http://mixed.example.cn:" + port, "http://loopback.example.cn:" + port,
		"http://rebinds.example.cn:" + w.publicPort(),
	}
	for name := range inside {
		targets = append(targets, "http://"+name+".example.cn:"+port)
	}
	good := "http://good.example.cn:" + w.publicPort()
	for _, target := range targets {
		for _, address := range []string{target, good + "/?to=" + url.QueryEscape(target)} {
			resp, err := w.Get(t.Context(), Request{URL: address, Home: "good.example.cn:" + w.publicPort()})
			var dnsErr *net.DNSError // of a number that only some systems take for an address
			if resp != nil || !as[*BlockedError](err) && !errors.As(err, &dnsErr) {
				t.Errorf("%s: %+v, %v", address, resp, err)
			}
			if r := Reason(err); !strings.HasPrefix(r, "内网地址不允许：") && !strings.HasPrefix(r, "连不上：找不到") {
				t.Errorf("%s: %s", address, r)
			}
		}
		if resp, err := w.Get(t.Context(), Request{URL: good}); err != nil || string(resp.Body) != "good" {
			t.Fatalf("the good page after %s: %v", target, err)
		}
	}
}

// An allowed host is opened to the source that lives there, and to nobody else, not
// even over a connection that was opened for that source.
func TestAllowedInsideIsForItsHomeOnly(t *testing.T) {
	w := newTown(t, map[string][][]string{"good.example.cn": {{"127.0.0.1"}}})
	secret := "http://127.0.0.1:" + w.secretPort() + "/"
	good := "good.example.cn:" + w.publicPort()
	for range 2 { // the second time with a connection that waits to be used again
		if resp, err := w.Get(t.Context(), at(secret)); err != nil || string(resp.Body) != "secret" {
			t.Fatalf("at home: %v", err)
		}
		for _, home := range []string{"", good, "127.0.0.1", "127.0.0.1:" + w.publicPort(), "localhost:" + w.secretPort()} {
			for _, address := range []string{secret, "http://" + good + "/?to=" + url.QueryEscape(secret)} {
				_, err := w.Get(t.Context(), Request{URL: address, Home: home})
				var blocked *BlockedError
				if !errors.As(err, &blocked) || !blocked.Allowed || !strings.Contains(Reason(err), "请管理员另设一个来源") {
					t.Errorf("%s for %q: %v", address, home, err)
				}
			}
			// Nor do they learn what is in its robots.txt.
			if _, err := w.Get(t.Context(), Request{URL: secret + "hidden", Home: home}); !as[*BlockedError](err) {
				t.Errorf("hidden for %q: %v", home, err)
			}
			if _, err := w.Post(t.Context(), Request{URL: secret, Home: home}, nil); !as[*BlockedError](err) {
				t.Errorf("post for %q: %v", home, err)
			}
		}
	}
}

func TestOpens(t *testing.T) {
	l := newAllowList([]string{"10.0.0.8", "OA.example.cn:8080", "[FD00::7]", "论坛.example.cn", "web.example.cn:443"})
	for _, tt := range []struct {
		address, home string
		want          bool
	}{
		{"http://10.0.0.8/", "10.0.0.8", true},
		{"http://10.0.0.8:81/", "10.0.0.8:82", true}, // the list names no port
		{"http://10.0.0.8/", "", false},
		{"http://10.0.0.8/", "10.0.0.9", false},
		{"http://oa.example.cn:8080/", "oa.example.cn:8080", true},
		{"http://OA.example.cn.:8080/", "oa.EXAMPLE.cn:8080", true},
		{"http://oa.example.cn:8080/", "oa.example.cn", false},
		{"http://oa.example.cn:8080/", "oa.example.cn:80", false},
		{"http://oa.example.cn/", "oa.example.cn", false}, // the list names another
		{"https://web.example.cn/", "web.example.cn", true},
		{"https://web.example.cn/", "web.example.cn:443", true},
		{"http://web.example.cn/", "web.example.cn", false},
		{"http://[fd00:0::7]:8/", "fd00::7", true},
		{"http://xn--kfsr23j.example.cn/", "论坛.example.cn", true},
		{"http://论坛.example.cn/", "xn--kfsr23j.example.cn", true},
		{"http://x.oa.example.cn:8080/", "oa.example.cn:8080", false},
		{"http://[::ffff:10.0.0.8]/", "10.0.0.8", false},
	} {
		u, err := parseURL(tt.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.opens(u, homeOf(tt.home)); got != tt.want {
			t.Errorf("%s for %s: %v", tt.address, tt.home, got)
		}
	}
}

// A key goes to the host it is for, and nowhere else.
func TestHeaderStaysAtHome(t *testing.T) {
	var log strings.Builder
	var mu sync.Mutex
	seen := map[string]string{}
	handler := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.Host+r.URL.Path] = fmt.Sprintf("%s %s %s %s", r.Header["X-Key"], r.UserAgent(), r.Header.Get("Accept-Encoding"), r.Header.Get("Accept"))
		mu.Unlock()
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}
	home, other := serve(t, handler), serve(t, handler)
	host := home.Listener.Addr().String()
	header := http.Header{"x-key": {"secret"}, "Accept": {"application/json"}, "User-Agent": {"x"}, "Accept-Encoding": {"br"}, "Host": {"x"}}
	c := client(t, Options{UserAgent: "Huiyin test", Log: logTo(&log)})
	_, otherPort, _ := net.SplitHostPort(other.Listener.Addr().String())
	for _, address := range []string{
		home.URL + "/a", home.URL + "/b?to=" + url.QueryEscape(home.URL+"/c"), home.URL + "/d?to=" + url.QueryEscape(other.URL+"/e"),
		other.URL + "/f?to=" + url.QueryEscape(home.URL+"/g"),
	} {
		if _, err := c.Get(t.Context(), Request{URL: address, Home: host, Header: header}); err != nil && !as[*BlockedError](err) {
			t.Errorf("%s: %v", address, err)
		}
	}
	const with, without = "[secret] Huiyin test gzip application/json", "[] Huiyin test gzip application/atom+xml, "
	for at, want := range map[string]string{"/a": with, "/b": with, "/c": with, "/d": with} {
		if seen[host+at] != want {
			t.Errorf("%s: %s", at, seen[host+at])
		}
	}
	for at, got := range seen {
		if strings.Contains(at, otherPort) && !strings.HasPrefix(got, without) || strings.HasSuffix(at, "/robots.txt") && strings.Contains(got, "secret") {
			t.Errorf("%s was sent %s", at, got)
		}
	}
	if len(seen) < 5 || strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "/a") {
		t.Errorf("%v; log: %s", seen, log.String())
	}
	_, err := c.Get(t.Context(), Request{URL: home.URL, Home: host, Header: http.Header{"X-Key": {"secret\n"}}})
	if !errors.Is(err, ErrBadHeader) || strings.Contains(err.Error(), "secret") || !strings.Contains(Reason(err), "请求标头") {
		t.Errorf("a key with a line break: %v", err)
	}
}

// From https to http of the same host a key is not sent either.
func TestHeaderIsNotDowngraded(t *testing.T) {
	c := New(Options{})
	for _, tt := range []struct {
		https bool
		at    string
		want  bool
	}{{true, "https://h/", true}, {true, "http://h/", false}, {false, "http://h/", true}, {false, "https://h/", true}, {false, "http://h:81/", false}} {
		r := httptest.NewRequest(http.MethodGet, tt.at, nil)
		a := ask{Request: Request{Header: http.Header{"X-Key": {"secret"}}}, home: homeOf("h"), https: tt.https}
		if err := c.setHeaders(r, a); err != nil || slices.Equal(r.Header["X-Key"], []string{"secret"}) != tt.want {
			t.Errorf("%+v: %v, %v", tt, r.Header, err)
		}
	}
}
