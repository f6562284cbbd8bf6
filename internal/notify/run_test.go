package notify

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is when a test gives up.
const patience = 30 * time.Second

func started(t *testing.T, d *desk, o Options, targets ...Target) (stop func() error) {
	t.Helper()
	o.Outbox, o.Now, o.Log = d, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil))
	n, err := New(targets, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	return func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			t.Fatal("Run does not end")
			return nil
		}
	}
}

func (d *desk) awaitDelivery() {
	d.t.Helper()
	select {
	case <-d.ended:
	case <-time.After(patience):
		d.t.Fatal("nothing was delivered")
	}
}

// A target that hangs holds up nobody, and what was under way when the program stopped
// is sent again with a word about it.
func TestRun(t *testing.T) {
	d := newDesk(t, time.Now)
	tried := make(chan struct{})
	slow := newGroup(t, WeCom, "", time.Now, func(w http.ResponseWriter, r *http.Request) {
		close(tried)
		hangs(w, r)
	})
	quick := newGroup(t, Feishu, "", time.Now)
	targets := []Target{slow.target("慢"), quick.target("快")}
	d.say("@慢", "1", "一")
	d.say("@快", "2", "二")
	wake := make(chan struct{}, 1)
	stop := started(t, d, Options{Wake: wake}, targets...)
	<-tried
	d.awaitDelivery()
	d.say("@快", "3", "三")
	wake <- struct{}{}
	d.awaitDelivery()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(quick.took(), ""); got != "二三" || len(slow.took()) != 0 {
		t.Fatalf("shown %q and %q", got, slow.took())
	}
	stop = started(t, d, Options{}, targets...)
	d.awaitDelivery()
	if err := stop(); err != nil || strings.Join(slow.took(), "") != again+"一" {
		t.Fatalf("shown %q, %v", slow.took(), err)
	}
}

func TestRunEndsWhenTheJournalFails(t *testing.T) {
	d := newDesk(t, time.Now)
	d.journal.Close()
	n, err := New([]Target{newGroup(t, WeCom, "", time.Now).target("群")}, Options{Outbox: d, Now: time.Now, Log: slog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Run(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestNewTakesOnlyWhatCanWork(t *testing.T) {
	good := Mail{Server: "mail.example:587", TLS: TLSStart, From: "回音 <huiyin@agency.example>", To: []string{"a@agency.example"}}
	with := func(change func(*Mail)) Target {
		m := good
		change(&m)
		return Target{Name: "信", Kind: ByMail, Mail: m}
	}
	hook := "https://qyapi.example/send?key=" + token
	tests := map[string][]Target{
		"no name":                 {{Kind: WeCom, URL: hook}},
		"the name is taken":       {{Name: "群", Kind: WeCom, URL: hook}, {Name: "群", Kind: Feishu, URL: hook}},
		"unknown kind":            {{Name: "群", Kind: "qq", URL: hook}},
		"no http or https URL":    {{Name: "群", Kind: WeCom, URL: "ftp://x/" + token}},
		"no http or https":        {{Name: "群", Kind: WeCom, URL: "https://x/%zz" + token}},
		"no signing secret":       {{Name: "群", Kind: WeCom, URL: hook, Secret: secret}},
		"no host:port":            {with(func(m *Mail) { m.Server = ":587" })},
		"mail server is no":       {with(func(m *Mail) { m.Server = "mail.example:70000" })},
		"unknown encryption":      {with(func(m *Mail) { m.TLS = "ssl" })},
		"unencrypted":             {with(func(m *Mail) { m.TLS, m.User = TLSNone, "huiyin" })},
		"nobody":                  {with(func(m *Mail) { m.To = nil })},
		`address "a@b@c"`:         {with(func(m *Mail) { m.To = []string{"a@b@c"} })},
		`address "x\r\nBcc: y@z"`: {with(func(m *Mail) { m.From = "x\r\nBcc: y@z" })},
	}
	for want, targets := range tests {
		_, err := New(targets, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := New([]Target{with(func(*Mail) {})}, Options{}); err != nil {
		t.Error(err)
	}
}
