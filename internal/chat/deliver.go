package chat

import (
	"context"
	"errors"
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
	lastCall  = 2 * time.Second  // what a call that is under way gets when the program stops
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
	message, callErr := c.call(ctx, p, models.ParseModeHTML)
	if outcomeOf(p, callErr) == refused {
		// A fault of ours in the HTML must not keep a matter from its officer.
		c.Log.Error("telegram refused a message; trying it as plain text", "to", p.To, "case", p.Case, "error", callErr)
		message, callErr = c.call(ctx, p, "")
	}
	var flood *bot.TooManyRequestsError
	again := max(firstWait, min(2*last, maxWait))
	switch outcomeOf(p, callErr) {
	case delivered:
		return 0, c.Outbox.Delivered(p, message)
	case unreachable:
		c.Log.Warn("a person cannot be reached", "to", p.To, "error", callErr)
		return 0, c.Outbox.Blocked(p)
	case gone:
		return firstWait, c.Outbox.Gone(p)
	case refused:
		return 0, c.Outbox.Refused(p, callErr.Error())
	case lost:
		if errors.As(callErr, &flood) {
			again = max(time.Duration(flood.RetryAfter)*time.Second, firstWait)
		}
		return again, c.Outbox.Failed(p)
	}
	return again, ctx.Err() // unknown: the journal knows that the attempt began
}

// outcome is how an attempt ended.
type outcome int

const (
	unknown     outcome = iota // it may have reached the phone, or not
	delivered                  // the phone shows it
	lost                       // it surely did not reach the phone; to be tried again
	unreachable                // the person blocked the bot, or never wrote to it
	gone                       // the message to edit is no more
	refused                    // it is not as Telegram wants it
)

func outcomeOf(p cases.Parcel, err error) outcome {
	var flood *bot.TooManyRequestsError
	var away unsent
	says := func(phrase string) bool { return strings.Contains(err.Error(), phrase) }
	switch {
	case err == nil:
		return delivered
	case errors.Is(err, bot.ErrorForbidden):
		return unreachable
	case errors.As(err, &flood), errors.As(err, &away), errors.Is(err, bot.ErrorUnauthorized),
		errors.Is(err, bot.ErrorNotFound), errors.Is(err, bot.ErrorConflict):
		return lost
	case !errors.Is(err, bot.ErrorBadRequest):
		return unknown
	case says("chat not found"):
		return unreachable
	case p.Message == 0:
		return refused
	case says("message is not modified"):
		return delivered
	case says("message to edit not found"), says("message can't be edited"), says("MESSAGE_ID_INVALID"):
		return gone
	}
	return refused
}

// call sends a parcel or edits its message, and returns the message that shows it. One
// that is under way when ctx ends may take a moment longer, because nobody could say
// whether it arrived.
func (c *Chat) call(ctx context.Context, p cases.Parcel, mode models.ParseMode) (message int, err error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callFor)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastCall, cancel) })()
	text := c.textOf(p)
	if mode == "" {
		text = Plain(text)
	}
	off := &models.LinkPreviewOptions{IsDisabled: bot.True()}
	if p.Message != 0 {
		_, err = c.bot.EditMessageText(call, &bot.EditMessageTextParams{
			ChatID: p.Chat, MessageID: p.Message, Text: text, ParseMode: mode, LinkPreviewOptions: off,
			ReplyMarkup: menuOf(p, false),
		})
		c.ended(sending, "editMessageText", err)
		return p.Message, err
	}
	m, err := c.bot.SendMessage(call, &bot.SendMessageParams{
		ChatID: p.Chat, Text: text, ParseMode: mode, LinkPreviewOptions: off, ReplyMarkup: menuOf(p, c.Desk.Leads(p.To)),
	})
	c.ended(sending, "sendMessage", err)
	if err != nil {
		return 0, err
	}
	return m.ID, nil
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
	return fit(text)
}
