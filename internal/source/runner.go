package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
	"huiyin/internal/schedule"
)

// quietCommit is how often the state of a source without news is handed on.
const quietCommit = 30 * time.Minute

// runner is one source on its schedule.
type runner struct {
	reader
	opt  *Options
	log  *slog.Logger
	pace func() schedule.Pace

	busy   chan struct{} // held by a poll, or by what a hub delivers
	loaded bool          // state is what States had
	warned warning       // before the polls that now fail: it is to come back after them

	mu        sync.Mutex // guards what others read
	state     post.State // as handed on last, but for polls that brought nothing
	committed time.Time  // when a batch was handed on last
}

// warning is what was wrong with a poll that worked, see post.State.
type warning struct{ reason, err string }

func (r *runner) status() SourceStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return SourceStatus{
		Name: r.cfg.Name, Kind: r.cfg.Kind, LastOK: r.state.LastOK, LastTry: r.state.LastTry,
		Failures: r.state.Failures, Reason: r.state.Reason, Next: r.state.Next, Gaps: r.state.Gaps, GapAt: r.state.GapAt,
		Pushed: r.pushed(),
	}
}

func (r *runner) habits() schedule.Source {
	r.mu.Lock()
	defer r.mu.Unlock()
	return schedule.Source{Habit: r.state.Habit, Bounds: r.bounds()}
}

func (r *runner) set(s post.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
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
	r.loaded, r.committed = true, s.LastTry
	return nil
}

// poll reads the source once and hands on what came of it.
func (r *runner) poll(ctx context.Context) {
	r.busy <- struct{}{}
	defer func() { <-r.busy }()
	now := time.Now()
	first := r.state.LastOK.IsZero()
	b, err := r.once(ctx, func(s post.State) (post.Batch, error) { return r.read(ctx, s, now) })
	if err == nil {
		b.State.Next = r.next(b.State, now)
		if err = r.handOn(ctx, b); err == nil {
			r.tellHub(ctx, b, first)
			return
		}
	}
	if ctx.Err() != nil {
		return // we are stopping, the source has not failed
	}
	r.fail(ctx, err, now)
}

// deliver hands on what is new in a document that a hub sent.
func (r *runner) deliver(ctx context.Context, body []byte, contentType string) error {
	select {
	case r.busy <- struct{}{}:
		defer func() { <-r.busy }()
	case <-ctx.Done(): // a poll may take minutes, where its host wants long gaps between requests
		return fmt.Errorf("wait for the poll of %s: %w", r.cfg.Name, ctx.Err())
	}
	now := time.Now()
	b, err := r.once(ctx, func(s post.State) (post.Batch, error) {
		g := reading{state: s, now: now}
		doc, err := r.parse(ctx, &fetch.Response{Body: body, ContentType: contentType, FinalURL: r.cfg.URL}, now)
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if err != nil {
			return post.Batch{}, err
		}
		if err := r.name(ctx, &g, &doc); err != nil {
			return post.Batch{}, err
		}
		if !g.rolledOver() && slices.ContainsFunc(g.ids, g.unknown) {
			g.state.Newest = g.newest()
		} // else what came between the last poll and this, perhaps more than was sent, is for the next poll to find
		return r.batch(ctx, &g, now)
	})
	if err != nil {
		return err
	}
	s, was := &b.State, r.state // whether it can be polled, and when it will be, a push does not tell
	s.Failures, s.Since, s.Reason, s.Error, s.LastTry, s.Next = was.Failures, was.Since, was.Reason, was.Error, was.LastTry, was.Next
	return r.handOn(ctx, b)
}

// once has read work on the state of the last batch.
func (r *runner) once(ctx context.Context, read func(post.State) (post.Batch, error)) (b post.Batch, err error) {
	if err := r.load(ctx); err != nil {
		return post.Batch{}, err
	}
	state := r.state
	if state.Failures > 0 {
		state.Reason, state.Error = r.warned.reason, r.warned.err
	}
	err = safely(func() (err error) {
		b, err = read(state)
		return err
	})
	return b, err
}

// handOn gives b to the sink, and takes over its state once that is committed.
// A poll that brought nothing and changed nothing is not worth a transaction
// each time: losing its state costs one unconditional request.
func (r *runner) handOn(ctx context.Context, b post.Batch) error {
	quiet := len(b.Posts) == 0 && len(b.State.Waiting) == 0 && len(r.state.Waiting) == 0 && b.Gap == "" &&
		r.state.Failures == 0 && b.State.Reason == r.state.Reason && b.State.CatchUps == r.state.CatchUps && b.State.Setup == r.state.Setup && b.At.Sub(r.committed) < quietCommit
	if !quiet {
		if err := r.ingest(ctx, b); err != nil {
			return err
		}
		r.committed = b.At
	}
	if r.state.Failures > 0 && b.State.Failures == 0 {
		r.log.InfoContext(ctx, "source works again", slog.Int("failures", r.state.Failures))
	}
	if b.State.Error != "" && b.State.Error != r.state.Error {
		r.log.WarnContext(ctx, "source read in part", slog.String("error", b.State.Error))
	}
	if b.Gap != "" {
		r.log.WarnContext(ctx, "posts may have been missed", slog.String("why", b.Gap), slog.Int("gaps", b.State.Gaps))
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
		r.warned = warning{s.Reason, s.Error}
		s.Since = now
	}
	s.LastTry = now
	s.Failures++
	s.Reason, s.Error = Reason(err), err.Error()
	s.NotBefore = time.Time{}
	if d := fetch.RetryAfter(err); d > 0 {
		s.NotBefore = now.Add(d)
	}
	s.Next = r.retry(s, now)
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

// tellHub says what hub the document offers now, and that a poll had to find what the
// hub should have sent.
func (r *runner) tellHub(ctx context.Context, b post.Batch, first bool) {
	if r.opt.Push == nil || r.cfg.Kind != KindFeed {
		return
	}
	if len(b.Posts) > 0 && !first && r.pushed() {
		r.opt.Push.Missed(ctx, r.cfg.Name)
	}
	hub, self := b.State.Hub, b.State.Self
	if hub == "" || self == "" || r.cfg.Keyed { // our own address for it may hold a key, and is no business of the hub's
		hub, self = "", ""
	}
	r.opt.Push.Offer(ctx, r.cfg.Name, hub, self)
}

func (r *runner) pushed() bool { return r.opt.Push != nil && r.opt.Push.Live(r.cfg.Name, time.Now()) }
