package websub

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiyin/internal/journal"
	"huiyin/internal/pipeline"
)

const (
	base  = "http://huiyin.example/websub"
	topic = "https://news.example/feed?a=1&b=清河"
	atom  = "application/atom+xml; charset=utf-8"
)

// wire is a network inside the test: real HTTP over net.Pipe, so that time in it can be
// that of a synctest bubble.
type wire struct {
	mu    sync.Mutex
	hosts map[string]chan net.Conn
}

type ear struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (e *ear) Accept() (net.Conn, error) {
	select {
	case c := <-e.conns:
		return c, nil
	case <-e.done:
		return nil, net.ErrClosed
	}
}
func (e *ear) Close() error   { e.once.Do(func() { close(e.done) }); return nil }
func (e *ear) Addr() net.Addr { return &net.TCPAddr{} }

// serve puts a server at host; stop takes it away.
func (n *wire) serve(host string, h http.Handler) (stop func()) {
	e := &ear{conns: make(chan net.Conn), done: make(chan struct{})}
	n.mu.Lock()
	n.hosts[host] = e.conns
	n.mu.Unlock()
	srv := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = srv.Serve(e) }()
	return func() {
		n.mu.Lock()
		delete(n.hosts, host)
		n.mu.Unlock()
		_ = srv.Close()
	}
}

func (n *wire) client() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			n.mu.Lock()
			conns := n.hosts[strings.TrimSuffix(addr, ":80")]
			n.mu.Unlock()
			if conns == nil {
				return nil, errors.New("connection refused")
			}
			ours, theirs := net.Pipe()
			select {
			case conns <- theirs:
				return ours, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}}
}

// poster is the Poster that app makes of its fetching.
type poster struct{ client *http.Client }

func (p poster) Post(ctx context.Context, to string, form url.Values) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// post is what a push brought.
type push struct{ source, body, contentType string }

// world is a Subscriber on a real journal, and what stands around it.
type world struct {
	t       *testing.T
	net     *wire
	path    string
	journal *journal.Journal
	sources []string
	base    string
	*Subscriber
	stop func()

	mu     sync.Mutex
	took   []push
	refuse error // of Deliver
	during func()
	log    *bytes.Buffer
	hidden []string // what no log may show
}

// inTime runs f in a bubble, with a Subscriber that runs.
func inTime(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			t: t, net: &wire{hosts: map[string]chan net.Conn{}}, path: filepath.Join(t.TempDir(), "journal.db"),
			sources: []string{"新闻", "论坛"}, base: base, log: new(bytes.Buffer),
		}
		w.start()
		t.Cleanup(func() { w.stop(); time.Sleep(time.Second) }) // servers linger before they hang up
		f(t, w)
		for _, secret := range w.hidden {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("%s stands in the log:\n%s", secret, w.log)
			}
		}
	})
}

func (w *world) start() {
	w.t.Helper()
	j, err := journal.Open(w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.journal = j
	w.Subscriber, err = New(w.t.Context(), Options{
		Store: &pipeline.Pipeline{Options: pipeline.Options{Journal: j}}, Post: poster{w.net.client()},
		Callback: w.base, Sources: w.sources, Deliver: w.deliver, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/websub/{id}", w.Subscriber)
	down := w.net.serve("huiyin.example", mux)
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("Run: %v", err)
		}
		down()
		j.Close()
	}
	w.rest(0)
}

func (w *world) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

// Write takes the log.
func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func (w *world) deliver(ctx context.Context, source string, body []byte, contentType string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.during != nil {
		w.mu.Unlock()
		w.during()
		w.mu.Lock()
	}
	if w.refuse != nil || ctx.Err() != nil {
		return errors.Join(w.refuse, ctx.Err())
	}
	w.took = append(w.took, push{source, string(body), contentType})
	return nil
}

func (w *world) pushes() []push {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.took
	w.took = nil
	return took
}

func (w *world) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = err
}

// rest lets time pass, and everything that then happens.
func (w *world) rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (w *world) offer(source, hub, topic string) {
	w.t.Helper()
	w.Offer(w.t.Context(), source, hub, topic)
	w.rest(0)
}

func (w *world) live(source string, want bool) {
	w.t.Helper()
	if w.Live(source, time.Now()) != want {
		w.t.Errorf("%s: live %v; %+v", source, !want, w.kept())
	}
}

// kept is what stands in the journal.
func (w *world) kept() (subs []Subscription) {
	w.t.Helper()
	err := w.journal.View(func(tx *journal.Tx) error {
		return tx.Subscriptions(func(id string, raw []byte) error {
			var s Subscription
			err := json.Unmarshal(raw, &s)
			subs = append(subs, s)
			if s.ID != id {
				w.t.Errorf("%s is kept as %s", s.ID, id)
			}
			return err
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return subs
}

// call asks the callback what a hub would, and gives what it answers.
func (w *world) call(method, path string, query url.Values, header http.Header, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.base+"/"+path+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := w.net.client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(said) > 0 && (resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("X-Content-Type-Options") != "nosniff") {
		w.t.Errorf("an answer that a browser may take for a page: %v", resp.Header)
	}
	return resp.StatusCode, string(said)
}

// hub is a hub at the wire, with the faults that hubs have.
type hub struct {
	w    *world
	url  string
	stop func()

	mu     sync.Mutex
	asked  []url.Values
	status int    // what it answers; 0: 202
	lease  string // what it grants; "": what is asked for; "-": it names none
	atOnce bool   // it calls back before it answers
	mute   bool   // it does not call back
	deny   string // why it denies; "": it does not
	subs   map[string]hubSub
}

type hubSub struct {
	topic, secret string
}

func (w *world) hub(host string) *hub {
	h := &hub{w: w, url: "http://" + host + "/", subs: map[string]hubSub{}}
	h.stop = w.net.serve(host, h)
	w.t.Cleanup(h.stop)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		h.w.t.Errorf("no form: %s %v", r.Method, r.Header)
	}
	f := r.PostForm
	h.asked = append(h.asked, f)
	h.w.mu.Lock()
	h.w.hidden = append(h.w.hidden, strings.TrimPrefix(f.Get("hub.callback"), base+"/"))
	if f.Has("hub.secret") {
		h.w.hidden = append(h.w.hidden, f.Get("hub.secret"))
	}
	h.w.mu.Unlock()
	if h.status != 0 {
		w.WriteHeader(h.status)
		return
	}
	callBack := func() { h.callBack(f) }
	switch {
	case h.mute:
	case h.atOnce:
		callBack()
	default:
		go func() {
			time.Sleep(3 * time.Second)
			h.mu.Lock()
			defer h.mu.Unlock()
			callBack()
		}()
	}
	w.WriteHeader(http.StatusAccepted)
}

// callBack verifies that the subscriber meant it, or denies.
func (h *hub) callBack(f url.Values) {
	q := url.Values{"hub.mode": {f.Get("hub.mode")}, "hub.topic": {f.Get("hub.topic")}, "hub.challenge": {rand.Text()}}
	if h.deny != "" {
		q = url.Values{"hub.mode": {"denied"}, "hub.topic": {f.Get("hub.topic")}, "hub.reason": {h.deny}}
	} else if q.Get("hub.mode") == "subscribe" && h.lease != "-" {
		q.Set("hub.lease_seconds", f.Get("hub.lease_seconds"))
		if h.lease != "" {
			q.Set("hub.lease_seconds", h.lease)
		}
	}
	status, said := h.w.call(http.MethodGet, strings.TrimPrefix(f.Get("hub.callback"), base+"/"), q, nil, "")
	switch {
	case status != http.StatusOK || said != q.Get("hub.challenge"):
		h.w.t.Logf("not verified: %d %q", status, said)
	case q.Get("hub.mode") == "subscribe":
		h.subs[f.Get("hub.callback")] = hubSub{f.Get("hub.topic"), f.Get("hub.secret")}
	case q.Get("hub.mode") == "unsubscribe":
		delete(h.subs, f.Get("hub.callback"))
	}
}

// requests is what was asked since the last call.
func (h *hub) requests() []url.Values {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := h.asked
	h.asked = nil
	return asked
}

// set changes how the hub behaves.
func (h *hub) set(f func(*hub)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(h)
}

// publish pushes body to all that are subscribed, and gives the answers.
func (h *hub) publish(body, algorithm string) (statuses []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for callback, sub := range h.subs {
		header := http.Header{"Content-Type": {atom}, "X-Hub-Signature": {signed(algorithm, sub.secret, body)},
			"Link": {"<" + h.url + `>; rel="hub", <` + sub.topic + `>; rel="self"`}}
		status, _ := h.w.call(http.MethodPost, strings.TrimPrefix(callback, base+"/"), nil, header, body)
		statuses = append(statuses, status)
	}
	return statuses
}

func signed(algorithm, secret, body string) string {
	mac := hmac.New(algorithms[algorithm], []byte(secret))
	mac.Write([]byte(body))
	return algorithm + "=" + hex.EncodeToString(mac.Sum(nil))
}
