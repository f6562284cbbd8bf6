package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

const again = "（补发：上次发送中断，您可能已经收到过）\n"

// What no log, error or sentence may show.
const (
	token  = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
	secret = "SECf094e0d33f77b82"
)

var friday = time.Date(2026, 11, 20, 9, 5, 0, 0, time.FixedZone("CST", 8*3600))

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// desk is an outbox on a real journal.
type desk struct {
	t       testing.TB
	journal *journal.Journal
	now     func() time.Time

	mu        sync.Mutex
	refusals  []string
	delivered int
	ended     chan struct{} // gets a value after a delivery
}

func newDesk(t testing.TB, now func() time.Time) *desk {
	t.Helper()
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return &desk{t: t, journal: j, now: now, ended: make(chan struct{}, 1000)}
}

func (d *desk) say(to, key, text string) {
	d.t.Helper()
	err := d.journal.Update(func(tx *journal.Tx) error {
		return tx.Say(cases.Outgoing{To: to, Key: key, Text: text}, d.now())
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) Outgoing(context.Context) (all []cases.Outgoing, err error) {
	return all, d.journal.View(func(tx *journal.Tx) error {
		all, err = tx.Outgoing()
		return err
	})
}

func (d *desk) Begin(seq uint64) (p cases.Parcel, ok bool, err error) {
	return p, ok, d.journal.Update(func(tx *journal.Tx) error {
		var o cases.Outgoing
		if o, ok, err = tx.Queued(seq); err != nil || !ok {
			return err
		}
		p = cases.Parcel{Outgoing: o, Again: !o.Begun.IsZero()}
		o.Begun = d.now()
		p.Outgoing = o
		return tx.PutOutgoing(o)
	})
}

func (d *desk) Delivered(p cases.Parcel, _ int) error {
	d.mu.Lock()
	d.delivered++
	d.mu.Unlock()
	defer func() { d.ended <- struct{}{} }()
	return d.journal.Update(func(tx *journal.Tx) error { return tx.DropOutgoing(p.Outgoing) })
}

func (d *desk) Failed(p cases.Parcel) error {
	return d.journal.Update(func(tx *journal.Tx) error {
		o, ok, err := tx.Queued(p.Seq)
		if err != nil || !ok || p.Again {
			return err
		}
		o.Begun = time.Time{}
		return tx.PutOutgoing(o)
	})
}

func (d *desk) Refused(p cases.Parcel, reason string) error {
	d.mu.Lock()
	d.refusals = append(d.refusals, reason)
	d.mu.Unlock()
	return d.journal.Update(func(tx *journal.Tx) error { return tx.DropOutgoing(p.Outgoing) })
}

// left counts what is queued.
func (d *desk) left() int {
	all, err := d.Outgoing(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return len(all)
}

// reply is how a far end answers one request; nil takes the message.
type reply func(w http.ResponseWriter, r *http.Request)

func says(status int, body string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func cuts(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

// group is a group chat with a robot: it answers as the vendor does, and keeps what was
// posted to it.
type group struct {
	*httptest.Server
	t      testing.TB
	kind   string
	secret string
	now    func() time.Time

	mu      sync.Mutex
	replies []reply
	tries   []time.Time // by the clock of the test
	texts   []string    // what it took
}

func newGroup(t testing.TB, kind, secret string, now func() time.Time, replies ...reply) *group {
	g := &group{t: t, kind: kind, secret: secret, now: now, replies: replies}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

// webhook is the robot's address as its settings show it.
func (g *group) webhook() string {
	switch g.kind {
	case WeCom:
		return g.URL + "/cgi-bin/webhook/send?key=" + token
	case DingTalk:
		return g.URL + "/robot/send?access_token=" + token
	}
	return g.URL + "/open-apis/bot/v2/hook/" + token
}

func (g *group) target(name string) Target {
	return Target{Name: name, Kind: g.kind, URL: g.webhook(), Secret: g.secret}
}

func (g *group) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tries = append(g.tries, g.now())
	if len(g.replies) > 0 {
		next := g.replies[0]
		g.replies = g.replies[1:]
		if next != nil {
			next(w, r)
			return
		}
	}
	text, refusal := g.check(r, raw)
	if refusal != "" {
		io.WriteString(w, refusal)
		return
	}
	g.texts = append(g.texts, text)
	io.WriteString(w, map[string]string{
		WeCom:    `{"errcode":0,"errmsg":"ok"}`,
		DingTalk: `{"errcode":0,"errmsg":"ok"}`,
		Feishu:   `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`,
	}[g.kind])
}

// check looks at a request as the vendor does: the key, the signature, the length.
func (g *group) check(r *http.Request, raw []byte) (text, refusal string) {
	var body struct {
		MsgType   string `json:"msgtype"`
		Text      struct{ Content string }
		Msg_Type  string
		Content   struct{ Text string }
		Timestamp string
		Sign      string
	}
	if err := json.Unmarshal(raw, &body); err != nil || r.Method != http.MethodPost || !strings.Contains(r.URL.String(), token) {
		g.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	mac := func(key, text string) string {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	q := r.URL.Query()
	switch g.kind {
	case WeCom:
		if body.Text.Content == "" || len(body.Text.Content) > 2048 {
			return "", `{"errcode":40058,"errmsg":"text.content exceed max length 2048. invalid Request Parameter"}`
		}
	case DingTalk:
		ms, _ := strconv.ParseInt(q.Get("timestamp"), 10, 64)
		at := time.UnixMilli(ms)
		if g.secret != "" && (q.Get("sign") != mac(g.secret, q.Get("timestamp")+"\n"+g.secret) || g.now().Sub(at).Abs() > time.Hour) {
			return "", `{"errcode":310000,"errmsg":"sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"}`
		}
	case Feishu:
		s, _ := strconv.ParseInt(body.Timestamp, 10, 64)
		at := time.Unix(s, 0)
		if g.secret != "" && (body.Sign != mac(body.Timestamp+"\n"+g.secret, "") || g.now().Sub(at).Abs() > time.Hour) {
			return "", `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`
		}
		if body.Msg_Type != "text" || len(raw) > 20000 {
			return "", `{"code":9499,"msg":"Bad Request"}`
		}
		return body.Content.Text, ""
	}
	if body.MsgType != "text" || len(raw) > 20000 {
		return "", `{"errcode":40035,"errmsg":"bad"}`
	}
	return body.Text.Content, ""
}

// took returns the texts that the group shows.
func (g *group) took() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.texts...)
}

func (g *group) tried() []time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]time.Time(nil), g.tries...)
}

// house is a desk with a Notify on it, drained by hand.
type house struct {
	*desk
	t      testing.TB
	clock  *clock
	log    *bytes.Buffer
	notify *Notify
}

func newHouse(t testing.TB, c *clock, o Options, targets ...Target) *house {
	t.Helper()
	h := &house{t: t, clock: c, desk: newDesk(t, c.now), log: new(bytes.Buffer)}
	o.Outbox, o.Now, o.Log = h.desk, c.now, slog.New(slog.NewTextHandler(h.log, nil))
	var err error
	if h.notify, err = New(targets, o); err != nil {
		t.Fatal(err)
	}
	return h
}

// step drains the first target once, and moves the clock to when it wants to look again.
func (h *house) step() {
	h.t.Helper()
	wait, err := h.notify.couriers[0].drain(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if wait <= 0 || wait > lookEvery {
		h.t.Fatalf("wants to look again after %v", wait)
	}
	h.discreet()
	h.clock.move(wait)
}

// discreet checks that nothing that is kept or shown has a secret in it.
func (h *house) discreet() {
	h.t.Helper()
	all := h.log.String() + strings.Join(h.refusals, "\n")
	if err := h.notify.Health(); err != nil {
		all += err.Error()
	}
	for _, s := range []string{token, secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
		if strings.Contains(all, s) {
			h.t.Errorf("a secret shows:\n%s", all)
		}
	}
}
