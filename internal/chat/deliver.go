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

const (
	inFlight = 8  // calls at a time, each to another chat
	perPass  = 28 // messages, which is a second's worth: then what presses most goes first again
)

// sender is what is known of those whom messages go to, by name. Only the goroutine of
// deliver touches it.
type sender struct {
	pauses map[string]pause
	chats  map[string]int64 // where the last message went
	busy   map[string]bool  // a call is under way
	ended  chan sent        // the calls that ended; has room for all of them
}

// pause is how long a person's messages wait.
type pause struct {
	until time.Time
	wait  time.Duration
}

// sent is how a call ended.
type sent struct {
	to   string
	chat int64
	at   time.Time     // when
	wait time.Duration // how long the next one must wait
	err  error         // of the journal
}

func newSender() *sender {
	return &sender{pauses: map[string]pause{}, chats: map[string]int64{}, busy: map[string]bool{}, ended: make(chan sent, inFlight)}
}

// deliver empties the outbox, what presses most first, until ctx ends. One person's
// trouble does not hold up another's messages.
func (c *Chat) deliver(ctx context.Context) error {
	s := newSender()
	defer func() {
		for len(s.busy) > 0 {
			_ = c.settle(s, <-s.ended)
		}
	}()
	for {
		next, err := c.drain(ctx, s)
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
		case e := <-s.ended:
			err = c.settle(s, e)
		case <-c.Wake:
		case <-timer.C:
		}
		timer.Stop()
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// drain begins to send what can be sent now, one message to each person, and returns when
// to look again, unless a call ends before.
func (c *Chat) drain(ctx context.Context, s *sender) (time.Duration, error) {
	queue, err := c.Outbox.Outgoing(ctx)
	if err != nil {
		return 0, err
	}
	next, begun := lookEvery, 0
	held := map[string]bool{} // what waits is not overtaken
	for _, o := range queue {
		if begun == perPass {
			return 0, nil
		}
		if len(s.busy) == inFlight {
			if err := c.settle(s, <-s.ended); err != nil {
				return 0, err
			}
		}
		if s.busy[o.To] || held[o.To] {
			continue
		}
		if wait := s.wait(c, o.To); wait > 0 {
			next, held[o.To] = min(next, wait), true
			continue
		}
		if err := c.breathe(ctx); err != nil {
			return 0, err
		}
		p, ok, err := c.Outbox.Begin(o.Seq)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		begun++
		c.pace.begin(c.Now())
		s.busy[o.To] = true
		last := s.pauses[o.To].wait
		go func() {
			wait, err := c.send(ctx, p, last)
			s.ended <- sent{p.To, p.Chat, c.Now(), wait, err}
		}()
	}
	return next, nil
}

// settle takes note of a call that ended.
func (c *Chat) settle(s *sender, e sent) error {
	delete(s.busy, e.to)
	delete(s.pauses, e.to)
	s.chats[e.to] = e.chat
	c.pace.end(e.chat, c.Now())
	if e.wait > 0 {
		s.pauses[e.to] = pause{until: e.at.Add(e.wait), wait: e.wait}
	}
	return e.err
}

// breathe waits until any message may go.
func (c *Chat) breathe(ctx context.Context) error {
	for {
		wait := c.pace.waitAll(c.Now())
		if wait == 0 {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// wait is how long a person's messages must wait; 0: not at all.
func (s *sender) wait(c *Chat, to string) time.Duration {
	wait := s.pauses[to].until.Sub(c.Now())
	if chat := s.chats[to]; chat != 0 {
		wait = max(wait, c.pace.wait(chat, c.Now()))
	}
	return max(wait, 0)
}

// send makes one attempt and commits how it ended. It returns how long the person's
// messages must wait now; last is how long they waited before.
func (c *Chat) send(ctx context.Context, p cases.Parcel, last time.Duration) (wait time.Duration, err error) {
	message, callErr := c.call(ctx, p, models.ParseModeHTML)
	how := outcomeOf(p, callErr)
	if p.Picture != nil && (how == refused || how == unknown && p.Again) {
		// The text before it has arrived and says the same; what may have arrived twice is not
		// sent a third time, so that nothing else waits for it.
		c.Log.Error("a picture was given up", "to", p.To, "error", callErr)
		return 0, c.Outbox.Refused(p, callErr.Error())
	}
	if how == refused {
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
		c.Log.Warn("a person or group cannot be reached", "to", p.To, "error", callErr)
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
	unreachable                // the person blocked the bot, or never wrote to it; the group has put it out
	gone                       // the message to edit is no more
	refused                    // it is not as Telegram wants it
)

func outcomeOf(p cases.Parcel, err error) outcome {
	var flood *bot.TooManyRequestsError
	var away unsent
	var moved *bot.MigrateError
	says := func(phrase string) bool { return strings.Contains(err.Error(), phrase) }
	switch {
	case err == nil:
		return delivered
	case errors.Is(err, bot.ErrorForbidden), errors.As(err, &moved): // to a supergroup, which is to be bound anew
		return unreachable
	case errors.As(err, &flood), errors.As(err, &away), errors.Is(err, bot.ErrorUnauthorized),
		errors.Is(err, bot.ErrorNotFound), errors.Is(err, bot.ErrorConflict):
		return lost
	case errors.Is(err, errNotDrawn):
		return refused
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
	if p.Picture != nil {
		return c.photo(call, p)
	}
	text := c.textOf(p)
	if mode == "" {
		text = Plain(text)
	}
	off := &models.LinkPreviewOptions{IsDisabled: bot.True()}
	buttons := menuOf(p, c.Desk.Leads(p.To), c.Desk.Answers(p.To))
	if p.Message != 0 {
		_, err = c.bot.EditMessageText(call, &bot.EditMessageTextParams{
			ChatID: p.Chat, MessageID: p.Message, Text: text, ParseMode: mode, LinkPreviewOptions: off, ReplyMarkup: buttons,
		})
		c.ended(sending, "editMessageText", err)
		return p.Message, err
	}
	m, err := c.bot.SendMessage(call, &bot.SendMessageParams{
		ChatID: p.Chat, Text: text, ParseMode: mode, LinkPreviewOptions: off, ReplyMarkup: buttons, DisableNotification: p.Quiet,
	})
	c.ended(sending, "sendMessage", err)
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}

// sentAgain begins what may have reached the phone before.
const sentAgain = "（补发：上次发送中断，您可能已经收到过）\n"

// textOf renders a parcel as HTML. A message that may have reached the phone before
// says so.
func (c *Chat) textOf(p cases.Parcel) string {
	text := p.Text
	switch {
	case p.Case != "":
		text = c.cardOf(p.View, p.First, p.To).html()
	case len(p.Bundle) > 0:
		text = c.bundle(p)
	}
	if p.Again && p.Message == 0 {
		text = sentAgain + text
	}
	return fit(text)
}

func (c *Chat) cardOf(held cases.Case, first cases.Mention, to string) card {
	return card{Case: held, first: first, to: to, now: c.Now(), loc: c.Location, left: c.left(held), disclose: c.Disclose}
}

// left is how much time there is for a case's next step, where that can be said.
func (c *Chat) left(held cases.Case) string {
	if c.Left == nil {
		return ""
	}
	return c.Left(held)
}

// maxBundle is how many cases of a bundle are listed.
const maxBundle = 30

// bundle lists cases that came at once.
func (c *Chat) bundle(p cases.Parcel) string {
	var b lines
	b.html("🔔 <b>一分钟内新到 %d 件</b>，逐件看请点编号。", len(p.Cases))
	for i, held := range p.Cases {
		if i == maxBundle {
			b.html("还有 %d 件，发“待办”两个字查看。", len(p.Cases)-maxBundle)
			break
		}
		b.html("%s", c.brief(held, p.To))
	}
	return strings.TrimRight(b.String(), "\n")
}
