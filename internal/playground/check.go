package playground

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"huiyin/internal/botapi"
)

// How long the check waits: for a phone after a post (what the demo promises), for a
// phone after a tap or a reply, and for whatever has no promise.
const (
	ringWithin = 2 * time.Second
	editWithin = 5 * time.Second
	settleIn   = 60 * time.Second
	digestIn   = 3 * time.Minute
)

// checker does by itself what a visitor of the demo does, and looks at everything
// that follows. A method that finds something wrong returns it as an error.
type checker struct {
	opts Options
	out  io.Writer
	http *http.Client

	p    *Playground
	stop func() error // ends the playground and returns what Run returned

	posts []posted // all that the check posted, in order
	kills int      // how often the process was killed on this folder
}

// posted is one post of the check.
type posted struct {
	title string
	url   string
	fires bool // a mention must come of it
}

// Check runs the whole demo without a page on a new temporary folder, line by line on
// out, and returns the first thing that is not as it should be.
func Check(ctx context.Context, opts Options, out io.Writer) (err error) {
	if opts.Dir, err = os.MkdirTemp("", "huiyin-check-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() {
		if err == nil {
			err = os.RemoveAll(opts.Dir)
			return
		}
		err = fmt.Errorf("%w (everything is left in %s)", err, opts.Dir)
	}()
	opts.Listen = "127.0.0.1:0"
	opts.DigestAt = nextMinute(time.Now(), 5*time.Second)
	c := &checker{opts: opts, out: out, http: &http.Client{Timeout: 10 * time.Second}}
	began := time.Now()
	if err := c.walk(ctx); err != nil {
		if c.stop != nil {
			err = errors.Join(err, c.stop())
		}
		return err
	}
	c.ok("all of it", "%.0f s", time.Since(began).Seconds())
	return nil
}

// nextMinute is the first full minute that is at least soon away, in the town's zone.
func nextMinute(now time.Time, soon time.Duration) string {
	return now.Add(soon + time.Minute).In(time.FixedZone("CST", 8*60*60)).Format("15:04")
}

// walk is the whole visit.
func (c *checker) walk(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		c.start, c.settled, c.ring, c.sign, c.reply, c.transfer, c.dismiss, c.repost, c.silent,
		c.demanded, c.scheduled, c.reconcile, c.restart, c.reconcile, c.end,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ok prints a line.
func (c *checker) ok(what, format string, args ...any) {
	fmt.Fprintf(c.out, "ok  %-34s %s\n", what, fmt.Sprintf(format, args...))
}

// start opens and runs the playground until all phones are bound.
func (c *checker) start(ctx context.Context) error {
	began := time.Now()
	p, err := Open(c.opts)
	if err != nil {
		return err
	}
	run, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(run) }()
	c.p, c.stop = p, func() error {
		cancel()
		c.stop = nil
		return <-ended
	}
	select {
	case <-p.Ready():
	case err := <-ended:
		cancel()
		c.stop = nil
		return errors.Join(errors.New("it ended before the phones were ready"), err)
	}
	c.ok("start", "%d phones bound after %.1f s, %s", len(people), time.Since(began).Seconds(), p.URL())
	return nil
}

// end stops the playground as Ctrl-C does.
func (c *checker) end(context.Context) error {
	began := time.Now()
	if err := c.stop(); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	c.ok("stop", "%.1f s", time.Since(began).Seconds())
	return nil
}

// post posts as a citizen, through the forum's form.
func (c *checker) post(ctx context.Context, title, text string, fires bool) error {
	form := url.Values{"author": {"核对员"}, "title": {title}, "text": {text}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.p.URL()+"/town/forum", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("post %q: %w", title, err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), title) {
		return fmt.Errorf("post %q: the forum answered %s, error %v", title, res.Status, err)
	}
	c.posts = append(c.posts, posted{title, res.Request.URL.String(), fires})
	return nil
}

// wait waits until a phone shows what it should, woken by every change, and returns
// how long that took.
func (c *checker) wait(ctx context.Context, limit time.Duration, what string, ok func() bool) (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := c.p.bot.Wait(ctx, ok); err != nil {
		return 0, fmt.Errorf("%s: not within %v", what, limit)
	}
	return time.Since(began), nil
}

// until asks again and again until ok, for what gives no notice of its changes.
func (c *checker) until(ctx context.Context, what string, ok func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, settleIn)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := ok()
		if done {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %v (last: %v)", what, settleIn, err)
		}
	}
}

// last returns the newest message of the bot to a person that contains all words.
func (c *checker) last(name string, words ...string) (botapi.Message, bool) {
	for _, m := range slices.Backward(c.p.bot.Chat(idOf(name))) {
		if m.FromBot && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(m.Text, w) }) {
			return m, true
		}
	}
	return botapi.Message{}, false
}

// shows tells whether a person's phone has such a message.
func (c *checker) shows(name string, words ...string) bool {
	_, ok := c.last(name, words...)
	return ok
}

// tap presses the button with that text on the newest message with those words.
func (c *checker) tap(name, key string, words ...string) error {
	m, ok := c.last(name, words...)
	if !ok {
		return fmt.Errorf("tap %s: %s has no message with %q", key, name, words)
	}
	i := slices.IndexFunc(slices.Concat(m.Buttons...), func(b botapi.Button) bool { return b.Text == key })
	if i < 0 {
		return fmt.Errorf("tap %s: not among the buttons %v of %q", key, m.Buttons, firstLine(m.Text))
	}
	_, err := c.p.bot.TapIndex(idOf(name), m.ID, i)
	return err
}

// health is what the check needs of /healthz.
type health struct {
	Open      int      `json:"open_cases"`
	Outbox    int      `json:"outbox"`
	ShipQueue int      `json:"ship_queue"`
	Troubles  []string `json:"troubles"`
	Sources   []struct {
		LastOK time.Time `json:"last_ok"`
	} `json:"sources"`
}

func (c *checker) health(ctx context.Context) (h health, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.p.URL()+"/healthz", nil)
	if err != nil {
		return h, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return h, fmt.Errorf("read /healthz: %w", err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&h); err != nil {
		return h, fmt.Errorf("read /healthz: %w", err)
	}
	return h, nil
}
