// Package chat is the room of the officers' phones: Telegram through go-telegram/bot.
// It renders cards, sends what the journal owes, and turns taps and replies into
// calls of the Desk. It keeps nothing of its own: what a phone shows is in the
// journal, and a restart goes on from there.
package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// Desk is where what people do in the chat becomes true. Every method has committed
// when it returns without an error; the same update twice changes nothing; the
// string, if any, is the sentence to show.
type Desk interface {
	// Who returns the person a chat is bound to; empty for a stranger.
	Who(chat int64) (name string, err error)
	// Leads tells whether the person reads digests.
	Leads(name string) bool
	// Answers tells whether the person is an officer of some unit.
	Answers(name string) bool
	// Units lists the units that a case can be transferred to.
	UnitNames() []string
	// Bind ties the chat to the person whom the code invites, and queues welcome.
	// An empty name means that the code is not good.
	Bind(update, chat int64, code string, welcome func(name string) string) (name string, err error)
	// Reachable notes that somebody who had blocked the bot wrote again.
	Reachable(name string) error
	Sign(a cases.Act) (string, error)
	Transfer(a cases.Act, unit string) (string, error)
	Dismiss(a cases.Act, reason string) (string, error)
	Close(a cases.Act) (string, error)
	// Reply logs what the agency published and queues the answer to the officer.
	Reply(a cases.Act, url, text string) error
	// Answer queues a message to a person as the answer to an update.
	Answer(update int64, name, text string) error
}

// Outbox is the queue of what the chat owes.
type Outbox interface {
	// Outgoing lists it, oldest first.
	Outgoing(ctx context.Context) ([]cases.Outgoing, error)
	// Begin commits that the sending of one begins and makes it ready; false when it
	// is not to be sent now.
	Begin(seq uint64) (cases.Parcel, bool, error)
	// Delivered commits that Telegram confirmed it as that message.
	Delivered(p cases.Parcel, message int) error
	// Failed commits that it surely did not arrive and is to be tried again.
	Failed(p cases.Parcel) error
	// Gone commits that the message to edit is no more: a new one is to be sent.
	Gone(p cases.Parcel) error
	// Blocked commits that the person cannot be reached until writing again.
	Blocked(p cases.Parcel) error
	// Refused commits that Telegram will never take it.
	Refused(p cases.Parcel, reason string) error
}

// Options are what a Chat is made of.
type Options struct {
	Token   string
	BaseURL string // https://api.telegram.org, or a Bot API server of one's own
	Proxy   string // URL of a proxy; empty: the one that the environment names, if any
	Webhook Webhook
	Desk    Desk
	Outbox  Outbox
	Wake    <-chan struct{} // gets a value when the outbox may have something new
	// Digest writes the digest for a leader who asks for it, in Telegram's HTML.
	Digest   func(ctx context.Context) (string, error)
	Location *time.Location
	Now      func() time.Time
	Log      *slog.Logger
	Observe  func(method, outcome string) // counts API calls for the metrics
}

// Webhook lets Telegram push updates instead of being polled; the zero value polls.
type Webhook struct {
	URL    string // where Telegram reaches Handler, https
	Secret string // what Telegram must send along
}

// Chat is the connection to Telegram.
type Chat struct {
	Options
	bot       *bot.Bot
	gate      *gate
	running   context.Context // of Run; set before the first poll
	broken    atomic.Bool     // the journal failed
	fatal     chan error      // why; holds one
	strangers limiter
	health    health
}

// pollFor is how long Telegram may hold a poll open.
const pollFor = 50 * time.Second

// New makes a Chat. It does not speak to Telegram yet, so that the program starts
// while Telegram is away.
func New(o Options) (*Chat, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.Proxy != "" {
		u, err := url.Parse(o.Proxy)
		if err != nil {
			return nil, fmt.Errorf("telegram proxy: %w", err)
		}
		transport.Proxy = http.ProxyURL(u)
	}
	c := &Chat{Options: o, fatal: make(chan error, 1)}
	c.gate = newGate(&http.Client{Transport: transport, Timeout: pollFor + 20*time.Second}, c.polled, c.unreadable)
	b, err := bot.New(o.Token,
		bot.WithSkipGetMe(),
		bot.WithServerURL(o.BaseURL),
		bot.WithHTTPClient(pollFor, c.gate),
		// One update after the other, each journalled before the next.
		bot.WithNotAsyncHandlers(), bot.WithWorkers(1), bot.WithUpdatesChannelCap(1),
		bot.WithAllowedUpdates(bot.AllowedUpdates{"message", "callback_query"}),
		bot.WithDefaultHandler(c.handle),
		bot.WithErrorsHandler(c.pollFailed),
	)
	if err != nil {
		return nil, fmt.Errorf("telegram: %w", err)
	}
	c.bot = b
	return c, nil
}

// Run receives and delivers until ctx ends. It returns an error only when the
// journal fails: then nothing may go on.
func (c *Chat) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer c.gate.client.CloseIdleConnections()
	c.running = ctx
	received := make(chan struct{})
	go func() {
		defer close(received)
		c.receive(ctx)
	}()
	delivered := make(chan error, 1)
	go func() { delivered <- c.deliver(ctx) }()
	var err error
	select {
	case err = <-c.fatal:
		stop(err)
		<-delivered
	case err = <-delivered:
		stop(err)
	}
	<-received
	return err
}

// receive says how Telegram shall send updates, and then takes them.
func (c *Chat) receive(ctx context.Context) {
	for wait := time.Second; c.arrange(ctx) != nil; wait = min(2*wait, time.Minute) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
	if c.Webhook.URL == "" {
		c.bot.Start(ctx)
		return
	}
	<-ctx.Done()
}

// arrange tells Telegram whether to push updates or to wait for polls.
func (c *Chat) arrange(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	if c.Webhook.URL == "" {
		_, err := c.bot.DeleteWebhook(ctx, &bot.DeleteWebhookParams{})
		c.ended(receiving, "deleteWebhook", err)
		return err
	}
	_, err := c.bot.SetWebhook(ctx, &bot.SetWebhookParams{
		URL: c.Webhook.URL, SecretToken: c.Webhook.Secret, MaxConnections: 1,
		AllowedUpdates: []string{"message", "callback_query"},
	})
	c.ended(receiving, "setWebhook", err)
	return err
}

// polled is called after each poll that Telegram answered well.
func (c *Chat) polled() { c.ended(receiving, "getUpdates", nil) }

// pollFailed is called after each poll that went wrong, and when the library stops
// with updates in hand: these were not confirmed, so Telegram sends them again.
func (c *Chat) pollFailed(err error) {
	if c.running.Err() != nil {
		return
	}
	c.ended(receiving, "getUpdates", err)
	// Somebody set a webhook since this program started, such as an older one of it
	// that was still running. As long as it stands no poll gets anything.
	if errors.Is(err, bot.ErrorConflict) && strings.Contains(err.Error(), "webhook") {
		_ = c.arrange(c.running) // counted and logged; the next poll tells
	}
}

// unreadable is called for an update that the library has no words for. It is
// confirmed unread: Telegram would send it again and again, and nothing after it.
func (c *Chat) unreadable(update int64, err error) {
	c.Log.Error("an update of telegram cannot be read; left out", "update", update, "error", err)
}

// take makes an update true. After an update that could not be journalled it takes no
// further one, so that they keep their order, and ends the Chat: what is not journalled
// must not be confirmed to Telegram.
func (c *Chat) take(ctx context.Context, u *models.Update) error {
	if c.broken.Load() {
		return errors.New("the journal failed before")
	}
	err := c.journal(ctx, u)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if c.broken.CompareAndSwap(false, true) {
		c.fatal <- fmt.Errorf("update %d: %w", u.ID, err)
	}
	return err
}

// InviteLink is the address that opens the bot on a phone with a code filled in; empty
// while Telegram cannot be asked for the bot's name.
func (c *Chat) InviteLink(ctx context.Context, code string) string {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	me, err := c.bot.GetMe(ctx)
	c.ended(sending, "getMe", err)
	if err != nil {
		return ""
	}
	return "https://t.me/" + me.Username + "?start=" + code
}
