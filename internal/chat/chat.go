// Package chat is the room of the officers' phones: Telegram through go-telegram/bot.
// It renders cards, sends what the journal owes, and turns taps and replies into
// calls of the Desk. It keeps nothing of its own: what a phone shows is in the
// journal, and a restart goes on from there.
package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// Options are what a Chat is made of. What the functions write is Telegram's HTML, and
// their errors are for the log.
type Options struct {
	Token   string
	BaseURL string // https://api.telegram.org, or a Bot API server of one's own
	Proxy   string // URL of a proxy; empty: the one that the environment names, if any
	Webhook Webhook
	Desk    Desk
	Outbox  Outbox
	Wake    <-chan struct{} // gets a value when the outbox may have something new
	// Digest writes the digest of this moment for a person, with its picture, and Stats the
	// figures that a person may read.
	Digest func(ctx context.Context, by string) (html string, picture cases.Picture, err error)
	// Draw draws a picture, as PNG, from what cases.Picture has.
	Draw  func(from []byte) (png []byte, err error)
	Stats func(ctx context.Context, by, query string) (html string, err error)
	// Search writes what is found of what a person looks for and may read.
	Search func(ctx context.Context, by, query string) (html string, err error)
	// Archive returns all events of a case that is no longer held; none when there is no
	// such case.
	Archive func(ctx context.Context, number string) ([]cases.Event, error)
	// Keep stores a file of evidence; one of more than limit bytes is an error.
	Keep func(ctx context.Context, r io.Reader, limit int64) (sha256 string, err error)
	// Topics lists the names of the topics.
	Topics func() []string
	// Sources writes how the reading of each source goes.
	Sources func(ctx context.Context) (html string, err error)
	// Board makes a link by which a person enters the board, once and soon; empty: there is
	// no board.
	Board func(name string) (url string)
	// Left tells how much time there is for a case's next step, such as 3 小时（工作时间）;
	// empty where that says nothing. It may be nil.
	Left     func(c cases.Case) string
	Disclose cases.Disclosure // how much of a case is shown
	Rates    Rates
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
	pace      *pace
	running   context.Context // of Run; set before the first poll
	broken    atomic.Bool     // the journal failed
	fatal     chan error      // why; holds one
	strangers limiter
	hurry     hurry
	albums    albums
	health    health
}

// pollFor is how long Telegram may hold a poll open.
const pollFor = 50 * time.Second

// updates are the kinds that Telegram is asked for.
var updates = []string{"message", "edited_message", "callback_query"}

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
	c := &Chat{Options: o, fatal: make(chan error, 1), pace: newPace(o.Rates)}
	c.gate = newGate(&http.Client{Transport: transport, Timeout: pollFor + 20*time.Second}, c.polled, c.unreadable)
	b, err := bot.New(o.Token,
		bot.WithSkipGetMe(),
		bot.WithServerURL(o.BaseURL),
		bot.WithHTTPClient(pollFor, c.gate),
		// One update after the other, each journalled before the next.
		bot.WithNotAsyncHandlers(), bot.WithWorkers(1), bot.WithUpdatesChannelCap(1),
		bot.WithAllowedUpdates(updates),
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
	var announced sync.WaitGroup
	announced.Go(func() { c.announce(ctx) })
	defer announced.Wait()
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
		AllowedUpdates: updates,
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
