package chat

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

const (
	callFor   = 20 * time.Second // how long one call may take
	firstWait = time.Second      // after a failure; doubles up to maxWait
	maxWait   = time.Minute
	lookEvery = 30 * time.Second // a look at the outbox without being woken
)

// pause is how long a person's messages wait.
type pause struct {
	until time.Time
	wait  time.Duration
}

// deliver empties the outbox, oldest first, until ctx ends. One person's trouble
// does not hold up another's messages.
func (c *Chat) deliver(ctx context.Context) error {
	pauses := make(map[string]pause)
	for {
		next, err := c.drain(ctx, pauses)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-c.Wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// drain sends what can be sent now and returns when to look again.
func (c *Chat) drain(ctx context.Context, pauses map[string]pause) (time.Duration, error) {
	queue, err := c.Outbox.Outgoing(ctx)
	if err != nil {
		return 0, err
	}
	next := lookEvery
	for _, o := range queue {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if left := pauses[o.To].until.Sub(c.Now()); left > 0 {
			next = min(next, left)
			continue
		}
		p, ok, err := c.Outbox.Begin(o.Seq)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		wait, err := c.send(ctx, p, pauses[o.To].wait)
		if err != nil {
			return 0, err
		}
		if wait == 0 {
			delete(pauses, o.To)
			continue
		}
		pauses[o.To] = pause{until: c.Now().Add(wait), wait: wait}
		next = min(next, wait)
	}
	return next, nil
}

// send makes one attempt and commits how it ended. It returns how long the person's
// messages must wait now; last is how long they waited before.
func (c *Chat) send(ctx context.Context, p cases.Parcel, last time.Duration) (wait time.Duration, err error) {
	method, message, callErr := c.call(ctx, p, models.ParseModeHTML)
	if callErr == nil {
		c.Observe(method, "ok")
		c.health.ok(c.Now())
		return 0, c.Outbox.Delivered(p, message)
	}
	if ctx.Err() != nil {
		return 0, ctx.Err() // the journal knows that the attempt began
	}
	var flood *bot.TooManyRequestsError
	again := max(firstWait, min(2*last, maxWait))
	switch {
	case errors.As(callErr, &flood):
		c.Observe(method, "flood")
		c.Log.Warn("telegram asks to wait", "seconds", flood.RetryAfter, "to", p.To)
		return max(time.Duration(flood.RetryAfter)*time.Second, firstWait), c.Outbox.Failed(p)
	case errors.Is(callErr, bot.ErrorForbidden), says(callErr, "chat not found"):
		c.Observe(method, "blocked")
		c.Log.Warn("a person cannot be reached", "to", p.To, "error", callErr)
		return 0, c.Outbox.Blocked(p)
	case says(callErr, "message is not modified"):
		return 0, c.Outbox.Delivered(p, p.Message)
	case p.Message != 0 && (says(callErr, "message to edit not found") || says(callErr, "message can't be edited")):
		return firstWait, c.Outbox.Gone(p)
	case errors.Is(callErr, bot.ErrorBadRequest):
		return 0, c.plain(ctx, p, callErr)
	}
	c.failed(method, callErr)
	if never(callErr) {
		return again, c.Outbox.Failed(p)
	}
	return again, nil
}

// plain tries once more without formatting what Telegram called a bad request, so
// that a fault of ours in the HTML does not keep a matter from its officer.
func (c *Chat) plain(ctx context.Context, p cases.Parcel, first error) error {
	c.Log.Error("telegram refused a message; trying it as plain text", "to", p.To, "case", p.Case, "error", first)
	method, message, err := c.call(ctx, p, "")
	switch {
	case err == nil:
		c.Observe(method, "ok")
		return c.Outbox.Delivered(p, message)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, bot.ErrorBadRequest):
		c.failed(method, err)
		return c.Outbox.Refused(p, err.Error())
	}
	c.failed(method, err)
	return nil
}

// call sends a parcel or edits its message, and returns the message that shows it.
func (c *Chat) call(ctx context.Context, p cases.Parcel, mode models.ParseMode) (method string, message int, err error) {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	text := c.textOf(p)
	if mode == "" {
		text = strip(text)
	}
	off := &models.LinkPreviewOptions{IsDisabled: bot.True()}
	if p.Message != 0 {
		_, err = c.bot.EditMessageText(ctx, &bot.EditMessageTextParams{
			ChatID: p.Chat, MessageID: p.Message, Text: text, ParseMode: mode, LinkPreviewOptions: off,
			ReplyMarkup: menuOf(p, false),
		})
		return "editMessageText", p.Message, err
	}
	m, err := c.bot.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: p.Chat, Text: text, ParseMode: mode, LinkPreviewOptions: off, ReplyMarkup: menuOf(p, c.Desk.Leads(p.To)),
	})
	if err != nil {
		return "sendMessage", 0, err
	}
	return "sendMessage", m.ID, nil
}

// textOf renders a parcel as HTML. A message that may have reached the phone before
// says so.
func (c *Chat) textOf(p cases.Parcel) string {
	text := p.Text
	if p.Case != "" {
		text = Card(p.View, p.First, p.To, c.Now(), c.Location)
	}
	if p.Again && p.Message == 0 {
		text = "（补发：上次发送中断，您可能已经收到过）\n" + text
	}
	return text
}

// says tells whether the Bot API's description of an error holds a phrase.
func says(err error, phrase string) bool {
	return errors.Is(err, bot.ErrorBadRequest) && strings.Contains(err.Error(), phrase)
}

// never tells whether a failed call surely did not reach Telegram: no connection was
// made. Any other failure may have come after the message was taken.
func never(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
