package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

const (
	maxBackOff  = time.Hour
	jitter      = 0.1                    // of every wait, either way
	manySources = 10                     // above this their first polls are spread out
	spread      = 200 * time.Millisecond // per source
	quietCommit = 10 * time.Minute       // how often the state of a source without news is handed on
)

// Options say what a Poller works on. All but Log are required.
type Options struct {
	Client  Getter
	Known   Known
	States  States
	Sink    Sink
	Sources []Config
	Log     *slog.Logger // nil for none
}

// SourceStatus is how a source is doing.
type SourceStatus struct {
	Name, Kind, URL string
	LastOK, LastTry time.Time // zero: never yet
	Failures        int       // polls failed in a row
	Reason          string    // why the last poll failed, in Chinese; with Failures 0, what was wrong with one that worked
	Next            time.Time // when the next poll is due
}

// Poller polls sources, each in its own goroutine: one that hangs, fails or
// makes the program panic does not hold up another.
type Poller struct {
	opt     Options
	runners []*runner
}

// NewPoller makes a Poller of valid sources with different names; anything else
// is an error that lists all that is wrong.
func NewPoller(opt Options) (*Poller, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	p := &Poller{opt: opt}
	var errs []error
	names := make(map[string]bool)
	for _, cfg := range opt.Sources {
		if err := cfg.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("source %q: %w", cfg.Name, err))
		}
		if names[cfg.Name] {
			errs = append(errs, fmt.Errorf("source %q: there are two of that name", cfg.Name))
		}
		names[cfg.Name] = true
		cfg = cfg.withDefaults()
		p.runners = append(p.runners, &runner{
			reader: reader{cfg: cfg, get: opt.Client, known: opt.Known},
			opt:    &p.opt,
			log:    opt.Log.With(slog.String("source", cfg.Name)),
		})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return p, nil
}

// Run polls until ctx is done, and returns when all sources have stopped. The
// first poll of each comes at once, but where a source asked to be left alone.
func (p *Poller) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, r := range p.runners {
		var delay time.Duration
		if n := len(p.runners); n > manySources {
			delay = rand.N(min(time.Duration(n)*spread, r.cfg.Every))
		}
		wg.Go(func() { r.run(ctx, delay) })
	}
	wg.Wait()
}

// Status tells how each source is doing, in the order of the configuration.
func (p *Poller) Status() []SourceStatus {
	out := make([]SourceStatus, len(p.runners))
	for i, r := range p.runners {
		out[i] = r.status()
	}
	return out
}

// runner is one source on its schedule.
type runner struct {
	reader
	opt *Options
	log *slog.Logger

	mu        sync.Mutex // guards what Status reads
	state     post.State // as handed on last, but for polls that brought nothing
	loaded    bool       // state is what States had
	committed time.Time  // when a batch was handed on last

	warned post.State // before the polls that now fail: its Reason is to come back after them
}

func (r *runner) status() SourceStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return SourceStatus{
		Name: r.cfg.Name, Kind: r.cfg.Kind, URL: r.cfg.URL, LastOK: r.state.LastOK, LastTry: r.state.LastTry,
		Failures: r.state.Failures, Reason: r.state.Reason, Next: r.state.Next,
	}
}

func (r *runner) set(s post.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
}

func (r *runner) run(ctx context.Context, delay time.Duration) {
	if err := r.load(ctx); err == nil {
		delay = max(delay, time.Until(r.state.NotBefore))
	}
	for {
		timer := time.NewTimer(max(delay, 0))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		r.poll(ctx)
		delay = time.Until(r.state.Next)
	}
}

// load gets the state of the last batch. Polling goes on only with it: without,
// the threads that wait in it would be forgotten.
func (r *runner) load(ctx context.Context) error {
	if r.loaded {
		return nil
	}
	var s post.State
	err := safely(func() (err error) {
		s, err = r.opt.States.LoadState(ctx, r.cfg.Name)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	r.set(s)
	r.loaded = true
	return nil
}

// poll reads the source once and hands on what came of it.
func (r *runner) poll(ctx context.Context) {
	now := time.Now()
	b, err := r.once(ctx, now)
	if err == nil {
		b.State.Next = now.Add(r.wait(b.State, now))
		if err = r.handOn(ctx, b); err == nil {
			return
		}
	}
	if ctx.Err() != nil {
		return // we are stopping, the source has not failed
	}
	r.fail(ctx, err, now)
}

func (r *runner) once(ctx context.Context, now time.Time) (b post.Batch, err error) {
	if err := r.load(ctx); err != nil {
		return post.Batch{}, err
	}
	state := r.state
	if state.Failures > 0 {
		state.Reason, state.Error = r.warned.Reason, r.warned.Error
	}
	err = safely(func() (err error) {
		b, err = r.read(ctx, state, now)
		return err
	})
	return b, err
}

// handOn gives b to the sink, and takes over its state once that is committed.
// A poll that brought nothing and changed nothing is not worth a transaction
// each time: losing its state costs one unconditional request.
func (r *runner) handOn(ctx context.Context, b post.Batch) error {
	quiet := len(b.Posts) == 0 && len(b.State.Waiting) == 0 && len(r.state.Waiting) == 0 &&
		r.state.Failures == 0 && b.State.Reason == r.state.Reason && b.At.Sub(r.committed) < quietCommit
	if !quiet {
		if err := r.ingest(ctx, b); err != nil {
			return err
		}
		r.committed = b.At
	}
	if r.state.Failures > 0 {
		r.log.InfoContext(ctx, "source works again", slog.Int("failures", r.state.Failures))
	}
	if b.State.Error != "" && b.State.Error != r.state.Error {
		r.log.WarnContext(ctx, "source read in part", slog.String("error", b.State.Error))
	}
	if len(b.Posts) > 0 {
		r.log.InfoContext(ctx, "posts read", slog.Int("new", len(b.Posts)), slog.Int("read", b.Read), slog.Int("waiting", len(b.State.Waiting)))
	}
	r.set(b.State)
	return nil
}

func (r *runner) ingest(ctx context.Context, b post.Batch) error {
	if err := safely(func() error { return r.opt.Sink.Ingest(ctx, b) }); err != nil {
		return fmt.Errorf("%w: %w", errSink, err)
	}
	return nil
}

// fail remembers a failed poll. Of the old state all is kept but the failure.
func (r *runner) fail(ctx context.Context, err error, now time.Time) {
	s := r.state
	if s.Failures == 0 {
		r.warned = s
	}
	s.LastTry = now
	s.Failures++
	s.Reason, s.Error = Reason(err), err.Error()
	s.NotBefore = time.Time{}
	if d := fetch.RetryAfter(err); d > 0 {
		s.NotBefore = now.Add(d)
	}
	s.Next = now.Add(r.wait(s, now))
	r.log.WarnContext(ctx, "poll failed", slog.Any("error", err), slog.Int("failures", s.Failures), slog.Time("next", s.Next))
	var bug *panicError
	if errors.As(err, &bug) {
		r.log.ErrorContext(ctx, "panic while polling", slog.String("stack", string(bug.stack)))
	}
	r.set(s)
	if !r.loaded || errors.Is(err, errSink) {
		return // the journal is what fails
	}
	if err := r.ingest(ctx, post.Batch{Source: r.cfg.Name, At: now, State: s}); err != nil {
		r.log.WarnContext(ctx, "failure not recorded", slog.Any("error", err))
		return
	}
	r.committed = now
}

// wait is how long to rest after a poll that left s: cfg.Every, doubled with
// each failure up to an hour, with jitter, and never less than the source asks for.
func (r *runner) wait(s post.State, now time.Time) time.Duration {
	d := r.cfg.Every
	for range s.Failures {
		if d >= maxBackOff {
			break
		}
		d = min(2*d, maxBackOff)
	}
	d += time.Duration((2*rand.Float64() - 1) * jitter * float64(d))
	return max(d, s.NotBefore.Sub(now))
}
