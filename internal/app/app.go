// Package app wires the rooms together: what `huiyin serve` runs, and the playground
// too. It builds everything before anything starts, and stops it in order.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/board"
	"huiyin/internal/chat"
	"huiyin/internal/chdb"
	"huiyin/internal/config"
	"huiyin/internal/evidence"
	"huiyin/internal/fetch"
	"huiyin/internal/inbox"
	"huiyin/internal/journal"
	"huiyin/internal/look"
	"huiyin/internal/match"
	"huiyin/internal/notify"
	"huiyin/internal/ops"
	"huiyin/internal/pipeline"
	"huiyin/internal/source"
	"huiyin/internal/warehouse"
	"huiyin/internal/websub"
	"huiyin/internal/workday"
)

// Version is what `huiyin version` prints; the Makefile sets it.
var Version = "dev"

// Options are what an App needs besides its configuration.
type Options struct {
	Log *slog.Logger
	// ChildArgv starts the embedded engine's process; empty: this program with
	// "engine-child".
	ChildArgv []string
}

// EngineChild is the embedded engine's process; both commands run it when they are
// called with "engine-child".
func EngineChild(args []string) int { return chdb.ChildMain(args) }

// App is a whole Huiyin.
type App struct {
	cfg       *config.Config
	log       *slog.Logger
	calendar  *workday.Calendar
	journal   *journal.Journal
	pipeline  *pipeline.Pipeline
	engine    *engine // nil when ClickHouse is a server
	warehouse *warehouse.Warehouse
	fetcher   *fetch.Client
	poller    *source.Poller
	inbox     *inbox.Inbox
	websub    *websub.Subscriber // nil where no hub can reach us
	chat      *chat.Chat
	notify    *notify.Notify // nil without places to copy alerts to
	looks     Looks
	evidence  *evidence.Store
	board     *board.Board // nil where no address is configured
	metrics   *ops.Metrics
	shipped   <-chan struct{} // wakes the shipping
	reloading sync.Mutex
	streams   chan struct{} // room for those who read all posts or the cases of a report: each holds a connection to ClickHouse
	started   time.Time
	ready     atomic.Bool
	storeErr  atomic.Pointer[error]     // of the last shipment; nil when it arrived
	shippedAt atomic.Pointer[time.Time] // when one last arrived
}

// Open builds an App from a checked configuration. It opens the journal; the engine,
// Telegram and the sources may be away.
func Open(cfg *config.Config, o Options) (*App, error) {
	a := &App{cfg: cfg, log: o.Log, started: time.Now(), streams: make(chan struct{}, 2)}
	ok := false
	defer func() {
		if !ok {
			a.close()
		}
	}()
	var err error
	if a.calendar, err = newCalendar(cfg); err != nil {
		return nil, err
	}
	topics, err := loadTopics(cfg)
	if err != nil {
		return nil, err
	}
	Thrifty()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("建不了数据文件夹 %s：%w", cfg.DataDir, err)
	}
	if st, err := os.Stat(cfg.DataDir); err == nil && st.Mode().Perm()&0o002 != 0 {
		return nil, fmt.Errorf("数据文件夹 %s 谁都能改，不安全：请执行 chmod 700 %s", cfg.DataDir, cfg.DataDir)
	}
	if a.journal, err = journal.Open(filepath.Join(cfg.DataDir, "journal.db")); err != nil {
		return nil, err
	}
	if a.evidence, err = evidence.New(filepath.Join(cfg.DataDir, "evidence")); err != nil {
		return nil, err
	}
	if err := a.openPipeline(topics); err != nil {
		return nil, err
	}
	if err := a.openWarehouse(o); err != nil {
		return nil, err
	}
	if err := a.openEdges(); err != nil {
		return nil, err
	}
	ok = true
	return a, nil
}

func (a *App) openPipeline(topics *match.Set) (err error) {
	a.pipeline, err = pipeline.New(pipeline.Options{
		Journal: a.journal, Topics: topics, Calendar: a.calendar, Office: office(a.cfg, a.calendar), Log: a.log, Now: time.Now,
	})
	return err
}

func (a *App) openWarehouse(o Options) (err error) {
	var dial func(context.Context, string) (net.Conn, error)
	if a.cfg.ClickHouse.Embedded {
		a.engine = newEngine(engineOptions(a.cfg, a.log, o.ChildArgv))
		dial = a.engine.dial
	}
	a.shipped = a.pipeline.Wakes()
	a.warehouse, err = openRecord(a.cfg, a.log, dial)
	return err
}

// openEdges makes what faces the outside: the sources, the chat, and ops.
func (a *App) openEdges() (err error) {
	a.metrics = ops.NewMetrics(Version, a.Status)
	a.fetcher = fetch.New(fetch.Options{
		UserAgent: userAgent(a.cfg.Fetch.Contact), Timeout: a.cfg.Fetch.Timeout, HostGap: a.cfg.Fetch.HostGap,
		AllowHosts: a.cfg.Fetch.AllowHosts, Log: a.log,
	})
	if err := a.openSources(); err != nil {
		return err
	}
	a.inbox = a.newInbox()
	a.openBoard()
	if len(a.cfg.Copies) > 0 {
		a.notify, err = notify.New(copies(a.cfg), notify.Options{
			Outbox: pipeline.Copies{Pipeline: a.pipeline}, Wake: a.pipeline.Wakes(), Now: time.Now, Log: a.log,
		})
		if err != nil {
			return err
		}
	}
	a.looks = Looks{
		Pipeline: a.pipeline, Looker: look.New(a.fetcher, a.cfg.Timezone, time.Now), Homes: homes(a.cfg), Evidence: a.evidence, Together: lookers, Log: a.log,
	}
	tg := a.cfg.Telegram
	co := chat.Options{
		Token: tg.Token.Reveal(), BaseURL: tg.BaseURL, Proxy: tg.Proxy, Desk: a.pipeline, Outbox: a.pipeline,
		Wake: a.pipeline.Wakes(), Digest: a.DigestNow, Draw: drawPicture, Location: a.cfg.Timezone, Now: time.Now, Log: a.log,
		Observe: a.metrics.Call, Search: a.Search, Stats: a.Stats, Archive: a.warehouse.History, Keep: a.keep, Topics: a.topicNames, Sources: a.sourceStates, Board: a.boardLink,
		Left: a.pipeline.Left, Disclose: disclosure(a.cfg),
	}
	if tg.Webhook != nil {
		co.Webhook = chat.Webhook{URL: tg.Webhook.URL, Secret: tg.Webhook.Secret.Reveal()}
	}
	a.chat, err = chat.New(co)
	return err
}

// Run serves until ctx ends, and then closes everything. An error means that the
// journal failed, or that an address could not be listened on.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	g, ctx := errgroup.WithContext(ctx)
	run := func(what string, f func(context.Context) error) {
		g.Go(func() error {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		})
	}
	if err := a.listen(run); err != nil {
		return err
	}
	run("chat", a.chat.Run)
	run("warehouse", func(ctx context.Context) error {
		return a.warehouse.Run(ctx, a.journal, a.shipped, a.observeShipment)
	})
	run("sources", func(ctx context.Context) error { a.poller.Run(ctx); return nil })
	run("digests", a.digests)
	run("prune", a.prune)
	run("clock", a.tick)
	run("looks", a.looks.run)
	if a.websub != nil {
		run("websub", a.websub.Run)
	}
	if a.notify != nil {
		run("copies", a.notify.Run)
	}
	if a.engine != nil {
		run("engine", func(ctx context.Context) error { a.engine.keep(ctx); return nil })
	}
	a.ready.Store(true)
	a.pipeline.Wake() // what an earlier run left
	a.log.Info("huiyin runs", "version", Version, "agency", a.cfg.Agency, "sources", len(a.cfg.Sources), "units", len(a.cfg.Units))
	err := g.Wait()
	a.ready.Store(false)
	a.log.Info("huiyin stops", "error", err)
	return err
}

// listen opens the addresses that are configured, so that one in use stops the start.
func (a *App) listen(run func(string, func(context.Context) error)) error {
	if addr := a.cfg.Ops.Listen; addr != "" {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("ops.listen：%w。请换一个端口，或停掉占用它的程序", err)
		}
		run("ops", serve(ln, a.OpsHandler()))
	}
	if w := a.cfg.Telegram.Webhook; w != nil {
		ln, err := net.Listen("tcp", w.Listen)
		if err != nil {
			return fmt.Errorf("telegram.webhook.listen：%w。请换一个端口，或停掉占用它的程序", err)
		}
		run("webhook", serve(ln, a.chat.Handler()))
	}
	if addr := a.cfg.Receive.Listen; addr != "" {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("receive.listen：%w。请换一个端口，或停掉占用它的程序", err)
		}
		run("receive", serve(ln, a.receiveHandler()))
	}
	ln, err := a.listenControl()
	if err != nil {
		return err
	}
	run("control", serve(ln, a.controlHandler()))
	return nil
}

// serve answers requests on ln until ctx ends.
func serve(ln net.Listener, h http.Handler) func(context.Context) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	return func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() {
			wait, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			if srv.Shutdown(wait) != nil {
				srv.Close()
			}
		})
		defer stop()
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
}

// close ends what Open made, the journal last.
func (a *App) close() {
	if a.fetcher != nil {
		a.fetcher.Close()
	}
	var errs []error
	if a.warehouse != nil {
		errs = append(errs, a.warehouse.Close())
	}
	if a.engine != nil {
		errs = append(errs, a.engine.close())
	}
	if a.journal != nil {
		errs = append(errs, a.journal.Close())
	}
	if a.evidence != nil {
		errs = append(errs, a.evidence.Close())
	}
	if err := errors.Join(errs...); err != nil {
		a.log.Warn("close", "error", err)
	}
}

// Query runs a query on ClickHouse and fills dest, a pointer to a slice of structs
// with `ch` tags.
func (a *App) Query(ctx context.Context, dest any, sql string, args ...any) error {
	return a.warehouse.Select(ctx, dest, sql, args...)
}

// tickEvery is how late a reminder may be, or a call to the next who is to sign.
const tickEvery = time.Minute

// tick has the pipeline do what time asks for.
func (a *App) tick(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		if err := a.pipeline.Tick(); err != nil {
			a.log.Error("tick", "error", err) // it is tried again
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// prune forgets once an hour what is no longer live.
func (a *App) prune(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := a.pipeline.Prune(); err != nil {
			a.log.Error("prune", "error", err) // it is tried again; nothing depends on it
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
