package source

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/schedule"
)

const (
	manySources = 10                     // above this their first polls are spread out
	spread      = 200 * time.Millisecond // per source
	repace      = 5 * time.Minute        // how often the budget is shared out anew
	// maxPolls is how many go on at the same time. After an hour without the network all
	// sources are due: what comes faster than it can be parsed and committed would pile
	// up in memory. The Client asks half as many hosts at a time.
	maxPolls = 2 * fetch.DefaultTogether
)

// usualEvery is what the budget allows each source where Options name none.
const usualEvery = 5 * time.Minute

// Options say what a Poller works on. All but Budget, Push and Log are required.
type Options struct {
	Client  Getter
	Known   Known
	States  States
	Sink    Sink
	Sources []Config
	Budget  float64 // requests per minute for all sources together; zero: one for each source in five minutes
	Push    Push    // nil where no hub can reach us
	Log     *slog.Logger
}

// Push is what may spare us polls: hubs that send what is new (WebSub).
type Push interface {
	// Offer says, after each poll, what hub a source's document offers, under what name;
	// empty when none.
	Offer(ctx context.Context, source, hub, topic string)
	// Live says whether a hub sends what is new in a source.
	Live(source string, now time.Time) bool
	// Missed says that a poll found what the hub had not sent.
	Missed(ctx context.Context, source string)
}

// SourceStatus is how a source is doing.
type SourceStatus struct {
	Name, Kind      string
	LastOK, LastTry time.Time // zero: never yet
	Failures        int       // polls failed in a row
	Reason          string    // why the last poll failed, in Chinese; with Failures 0, what was wrong with one that worked
	Next            time.Time // when the next poll is due
	Gaps            int       // how often posts were missed between two polls
	GapAt           time.Time // when last
	Pushed          bool      // a hub sends what is new
}

// Poller polls sources, each when its schedule says: one that hangs, fails or
// makes the program panic does not hold up another.
type Poller struct {
	opt     Options
	runners []*runner
	byName  map[string]*runner

	mu   sync.Mutex
	pace schedule.Pace
}

// NewPoller makes a Poller of valid sources with different names; anything else
// is an error that lists all that is wrong.
func NewPoller(opt Options) (*Poller, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Budget <= 0 {
		opt.Budget = float64(len(opt.Sources)) / usualEvery.Minutes()
	}
	p := &Poller{opt: opt, byName: make(map[string]*runner)}
	parsing := make(chan struct{}, runtime.GOMAXPROCS(0))
	var errs []error
	for _, cfg := range opt.Sources {
		if err := cfg.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("source %q: %w", cfg.Name, err))
		}
		if p.byName[cfg.Name] != nil {
			errs = append(errs, fmt.Errorf("source %q: there are two of that name", cfg.Name))
		}
		r := &runner{
			reader: reader{cfg: cfg.withDefaults(), get: opt.Client, known: opt.Known, parsing: parsing},
			opt:    &p.opt,
			busy:   make(chan struct{}, 1),
			log:    opt.Log.With(slog.String("source", cfg.Name)),
			pace:   p.currentPace,
		}
		p.runners = append(p.runners, r)
		p.byName[cfg.Name] = r
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	p.opt.Sources = nil // each runner has its own
	return p, nil
}

// due is a source and when it is to be polled.
type due struct {
	*runner
	at time.Time
}

// queue is a heap of sources, the next due first.
type queue []due

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(due)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// Run polls until ctx is done, and returns when all polls have stopped. The
// first poll of each comes at once, but where a source asked to be left alone. A
// host is polled for one source at a time: one that hangs takes one place only.
func (p *Poller) Run(ctx context.Context) {
	var polls sync.WaitGroup
	defer polls.Wait()
	q := p.begin(ctx)
	p.share()
	polled := make(chan due)
	start := func(r *runner) {
		polls.Go(func() {
			r.poll(ctx)
			select {
			case polled <- due{r, r.status().Next}:
			case <-ctx.Done():
			}
		})
	}
	hosts := make(map[string]queue) // those that are polled now, and what else is due at each
	shares := time.NewTicker(repace)
	defer shares.Stop()
	for {
		var next <-chan time.Time
		if len(q) > 0 && len(hosts) < maxPolls {
			next = time.After(time.Until(q[0].at))
		}
		select {
		case <-ctx.Done():
			return
		case <-shares.C:
			p.share()
		case d := <-polled:
			heap.Push(&q, d)
			if others := hosts[d.cfg.home]; len(others) > 0 {
				hosts[d.cfg.home] = others[1:]
				start(others[0].runner)
			} else {
				delete(hosts, d.cfg.home)
			}
		case <-next:
			d := heap.Pop(&q).(due)
			if others, polled := hosts[d.cfg.home]; polled {
				hosts[d.cfg.home] = append(others, d)
			} else {
				hosts[d.cfg.home] = nil
				start(d.runner)
			}
		}
	}
}

// begin loads what is remembered of the sources, and puts them in order.
func (p *Poller) begin(ctx context.Context) queue {
	var q queue
	now := time.Now()
	for _, r := range p.runners {
		first := now
		if n := len(p.runners); n > manySources {
			first = now.Add(rand.N(min(time.Duration(n)*spread, r.cfg.Ceiling)))
		}
		if err := r.load(ctx); err == nil && r.state.NotBefore.After(first) {
			first = r.state.NotBefore
			if most := now.Add(maxRetryAfter); first.After(most) { // the clock was wrong, and is right now
				first = most
			}
		}
		q = append(q, due{r, first})
	}
	heap.Init(&q)
	return q
}

// share shares the budget out among the sources, by how often each is written in.
func (p *Poller) share() {
	all := make([]schedule.Source, len(p.runners))
	for i, r := range p.runners {
		all[i] = r.habits()
	}
	pace := schedule.NewPace(all, p.opt.Budget)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace = pace
}

func (p *Poller) currentPace() schedule.Pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pace
}

// Status tells how each source is doing, in the order of the configuration.
func (p *Poller) Status() []SourceStatus {
	out := make([]SourceStatus, len(p.runners))
	for i, r := range p.runners {
		out[i] = r.status()
	}
	return out
}

// What Deliver returns, wrapped.
var (
	ErrNoSource   = errors.New("no such source")
	ErrUnreadable = errors.New("document cannot be read")
)

// Deliver takes a feed, or only what is new in it, that a hub sent for a source. When it
// returns nil, what is new was handed on. Errors: ErrNoSource; ErrUnreadable; what the
// journal says, and then it may be sent again.
func (p *Poller) Deliver(ctx context.Context, source string, body []byte, contentType string) error {
	r := p.byName[source]
	if r == nil {
		return fmt.Errorf("%w: %s", ErrNoSource, source)
	}
	return r.deliver(ctx, body, contentType)
}
