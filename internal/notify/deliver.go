package notify

import (
	"context"
	"net/url"
	"strings"
	"time"

	"huiyin/internal/cases"
)

const (
	callFor   = 20 * time.Second // how long one attempt may take, unless told otherwise
	firstWait = time.Second      // after a failure; doubles up to maxWait
	maxWait   = time.Minute
	lookEvery = 30 * time.Second // a look at the outbox without being woken
	lastCall  = 2 * time.Second  // what an attempt that is under way gets when the program stops

	// 企业微信 and 钉钉 take 20 messages a minute from one robot, 飞书 100 but no more
	// than 5 a second. The second more than a minute is for clocks that differ.
	perMinute = 20
	minute    = 61 * time.Second
	gap       = 250 * time.Millisecond
)

// courier brings messages to one target. All but wake and trouble belongs to run.
type courier struct {
	Target
	Options
	post    func(ctx context.Context, p cases.Parcel) answer
	hide    *strings.Replacer // the target's secrets
	wake    chan struct{}
	trouble trouble

	until   time.Time     // nothing is sent before
	wait    time.Duration // the last wait after a failure
	sent    []time.Time   // when the last perMinute attempts began
	went    int           // how many messages the far end has taken
	doubted map[uint64]doubt
}

// doubt is about a message, by its number in the outbox, that the far end did not take
// for a reason unknown here, which may be this message or all of them. The message rests
// while others are tried, and is given up only when the far end has taken another
// meanwhile and still does not take this one.
type doubt struct {
	went  int // how many had been taken then
	until time.Time
}

// run empties the target's part of the outbox, oldest first, until ctx ends.
func (c *courier) run(ctx context.Context) error {
	for {
		next, err := c.drain(ctx)
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
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// drain sends what can be sent now and returns when to look again.
func (c *courier) drain(ctx context.Context) (time.Duration, error) {
	queue, err := c.Outbox.Outgoing(ctx)
	if err != nil {
		return 0, err
	}
	next := lookEvery
	for _, o := range queue {
		if o.To != c.Address() {
			continue
		}
		if left := c.left(); left > 0 {
			return min(next, left), nil
		}
		if left := c.doubted[o.Seq].until.Sub(c.Now()); left > 0 {
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
		if err := c.commit(p, c.attempt(ctx, p)); err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	if left := c.left(); left > 0 {
		next = min(next, left)
	}
	return next, nil
}

// left is how long the target's messages must wait.
func (c *courier) left() time.Duration {
	at := c.until
	if n := len(c.sent); n > 0 && at.Before(c.sent[n-1].Add(gap)) {
		at = c.sent[n-1].Add(gap)
	}
	if len(c.sent) == perMinute && at.Before(c.sent[0].Add(minute)) {
		at = c.sent[0].Add(minute)
	}
	return at.Sub(c.Now())
}

// hold lets the target rest for as long as the far end asks, or for twice as long as
// the last time.
func (c *courier) hold(asked time.Duration) {
	c.wait = max(firstWait, min(2*c.wait, maxWait))
	c.until = c.Now().Add(max(asked, c.wait))
}

// attempt sends a message once. One that is under way when ctx ends may take a moment
// longer, because nobody could say whether it arrived.
func (c *courier) attempt(ctx context.Context, p cases.Parcel) answer {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastCall, cancel) })()
	if len(c.sent) == perMinute {
		c.sent = c.sent[1:]
	}
	c.sent = append(c.sent, c.Now())
	a := c.post(call, p)
	a.said = c.hide.Replace(a.said)
	if a.outcome != delivered {
		c.Log.Warn("notify", "target", c.Name, "kind", c.Kind, "outcome", a.outcome, "error", a.said)
	}
	return a
}

// textOf is a parcel's text. One that may have arrived before says so.
func textOf(p cases.Parcel) string {
	if p.Again {
		return "（补发：上次发送中断，您可能已经收到过）\n" + p.Text
	}
	return p.Text
}

// commit makes true how an attempt ended.
func (c *courier) commit(p cases.Parcel, a answer) error {
	alone := true // no other message is in doubt for the same reason
	if a.outcome == doubtful {
		if before, known := c.doubted[p.Seq]; known && c.went > before.went {
			a.outcome = refused
		}
		for seq, other := range c.doubted {
			alone = alone && (seq == p.Seq || other.went < c.went)
		}
	}
	c.trouble.set(a.advice())
	switch a.outcome {
	case delivered:
		c.went++
		c.wait = 0
		delete(c.doubted, p.Seq)
		return c.Outbox.Delivered(p, 0)
	case refused:
		delete(c.doubted, p.Seq)
		return c.Outbox.Refused(p, kindNames[c.Kind]+"不收这条消息（"+a.said+"）")
	case doubtful:
		c.doubted[p.Seq] = doubt{went: c.went, until: c.Now().Add(maxWait)}
		if alone {
			return c.Outbox.Failed(p) // the next message tells whose fault it is
		}
	case unknown: // the journal knows that the attempt began
		c.hold(a.wait)
		return nil
	}
	c.hold(a.wait)
	return c.Outbox.Failed(p)
}

// secretsOf hides what must not be seen of a target, should an error repeat it.
func secretsOf(t Target) *strings.Replacer {
	var all []string
	hide := func(s string) {
		if s != "" {
			all = append(all, s, "***")
		}
	}
	hide(t.URL)
	if u, err := url.Parse(t.URL); err == nil {
		for _, values := range u.Query() {
			hide(values[0])
		}
		hide(strings.Trim(u.Path[strings.LastIndex(u.Path, "/")+1:], "/"))
	}
	hide(t.Secret)
	hide(t.Mail.Password)
	return strings.NewReplacer(all...)
}
