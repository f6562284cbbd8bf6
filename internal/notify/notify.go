// Package notify is the room of outward copies: the text of an alert, without buttons,
// to the group robots of 企业微信, 钉钉 and 飞书 and by mail, for offices that do not
// read Telegram. It sends what the journal owes, as the chat does, and keeps nothing of
// its own: a restart goes on from there.
//
// Mail goes through go-mail. The robots are one HTTP POST each and are spoken to here:
// the notification libraries that know them hand back one text for every failure, so
// that nobody can tell a limit from a bad key or a lost answer, take no context and no
// address but the vendor's own, and print the address, which is the secret.
package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/cases"
)

// The kinds of targets.
const (
	WeCom    = "wecom"    // a group robot of 企业微信
	DingTalk = "dingtalk" // a group robot of 钉钉
	Feishu   = "feishu"   // a group robot of 飞书
	ByMail   = "mail"
)

// Target is one place that copies go to. What is queued for it is addressed to Address.
type Target struct {
	Name   string // unique
	Kind   string // one of the kinds above
	URL    string // of a robot: the whole webhook, which is a secret
	Secret string // of a robot: what requests are signed with (加签); empty: they are not
	Mail   Mail   // for ByMail
}

// Address is what stands in cases.Outgoing.To for the target.
func (t Target) Address() string { return "@" + t.Name }

// How the connection to a mail server is encrypted.
const (
	TLSStart = "starttls" // after a plain greeting, most often port 587
	TLSWhole = "tls"      // from the first byte, most often port 465
	TLSNone  = "none"     // not at all, for a server in the house
)

// Mail says how a target's mail is sent, and to whom. A mail goes to all of To or to
// none: a server that refuses one of them gets no mail for the others.
type Mail struct {
	Server   string // host:port
	TLS      string // TLSStart, TLSWhole or TLSNone
	User     string // empty: without login; never with TLSNone
	Password string
	From     string // an address, with or without a name
	To       []string
}

// Outbox is the queue of what is owed.
type Outbox interface {
	// Outgoing lists it, oldest first, other rooms' messages among it.
	Outgoing(ctx context.Context) ([]cases.Outgoing, error)
	// Begin commits that the sending of one begins and makes it ready; false when it
	// is not to be sent now.
	Begin(seq uint64) (cases.Parcel, bool, error)
	// Delivered commits that the far end took it. There is no message number: it is 0.
	Delivered(p cases.Parcel, message int) error
	// Failed commits that it surely did not arrive and is to be tried again.
	Failed(p cases.Parcel) error
	// Refused commits that the far end will never take it.
	Refused(p cases.Parcel, reason string) error
}

// Options are what a Notify is made of.
type Options struct {
	Outbox  Outbox
	Wake    <-chan struct{} // gets a value when the outbox may have something new
	Timeout time.Duration   // how long one attempt may take; 0: 20 seconds
	RootCAs *x509.CertPool  // who vouches for far ends; nil: whom the system trusts
	Now     func() time.Time
	Log     *slog.Logger
}

// Notify sends copies to its targets.
type Notify struct {
	Options
	couriers []*courier
}

// New makes a Notify. It does not speak to anybody yet. An error says which target is
// not as it must be, without its secrets.
func New(targets []Target, o Options) (*Notify, error) {
	if o.Timeout == 0 {
		o.Timeout = callFor
	}
	n := &Notify{Options: o}
	client := newClient(o)
	for _, t := range targets {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("notify target %q: %w", t.Name, err)
		}
		if slices.ContainsFunc(n.couriers, func(c *courier) bool { return c.Name == t.Name }) {
			return nil, fmt.Errorf("notify target %q: the name is taken", t.Name)
		}
		c := &courier{Target: t, Options: o, doubted: map[uint64]doubt{}, wake: make(chan struct{}, 1), hide: secretsOf(t)}
		c.post = func(ctx context.Context, p cases.Parcel) answer { return sendMail(ctx, t.Mail, o, p) }
		if t.Kind != ByMail {
			c.post = robot{Target: t, client: client, now: o.Now}.send
		}
		n.couriers = append(n.couriers, c)
	}
	return n, nil
}

// newClient makes the HTTP client of all robots. Every message gets a connection of its
// own: one that the far end closed meanwhile would leave open whether it arrived.
func newClient(o Options) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	transport.TLSClientConfig = &tls.Config{RootCAs: o.RootCAs}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (t Target) check() error {
	if t.Name == "" {
		return errors.New("no name")
	}
	switch t.Kind {
	case WeCom, DingTalk, Feishu:
		u, err := url.Parse(t.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return errors.New("the address is no http or https URL")
		}
		if t.Kind == WeCom && t.Secret != "" {
			return errors.New("robots of wecom know no signing secret")
		}
		return nil
	case ByMail:
		return t.Mail.check()
	}
	return fmt.Errorf("unknown kind %q", t.Kind)
}

func (m Mail) check() error {
	if _, _, err := m.split(); err != nil {
		return errors.New("the mail server is no host:port")
	}
	if !slices.Contains([]string{TLSStart, TLSWhole, TLSNone}, m.TLS) {
		return fmt.Errorf("unknown encryption %q", m.TLS)
	}
	if m.TLS == TLSNone && m.User != "" {
		return errors.New("a password is not sent unencrypted")
	}
	if len(m.To) == 0 {
		return errors.New("nobody to send mail to")
	}
	for _, a := range append([]string{m.From}, m.To...) {
		if _, err := mail.ParseAddress(a); err != nil {
			return fmt.Errorf("address %q: %w", a, err)
		}
	}
	return nil
}

// Run delivers until ctx ends, each target for itself: one's trouble does not hold up
// another's messages. It returns an error only when the outbox fails.
func (n *Notify) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range n.couriers {
		g.Go(func() error { return c.run(ctx) })
	}
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-n.Wake:
			}
			for _, c := range n.couriers {
				select {
				case c.wake <- struct{}{}:
				default:
				}
			}
		}
	})
	return g.Wait()
}

// Health tells in plain words what is wrong with which targets; nil when all work, or
// were not used yet.
func (n *Notify) Health() error {
	var all []error
	for _, c := range n.couriers {
		if advice := c.trouble.get(); advice != "" {
			all = append(all, fmt.Errorf("通知“%s”（%s）：%s", c.Name, kindNames[c.Kind], advice))
		}
	}
	return errors.Join(all...)
}

// kindNames are the kinds as people call them.
var kindNames = map[string]string{WeCom: "企业微信", DingTalk: "钉钉", Feishu: "飞书", ByMail: "邮件"}

// trouble is what is wrong with a target since it last went well, in plain words.
type trouble struct {
	mu     sync.Mutex
	advice string
}

func (t *trouble) set(advice string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advice = advice
}

func (t *trouble) get() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.advice
}
