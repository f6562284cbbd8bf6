package playground

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/app"
	"huiyin/internal/botapi"
)

// bindFor is how long all phones may take to be bound.
const bindFor = time.Minute

// Run serves the page, the town and the phones, and runs Huiyin, until ctx ends;
// then it closes everything. It is called once.
func (p *Playground) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, p.close()) }()
	srv := &http.Server{
		Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second,
		// Requests outlive ctx: the last calls of Huiyin are to be answered.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(p.ln) }()
	err = p.office(ctx)
	close(p.ended)
	p.app.Store(nil)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if srv.Shutdown(stop) != nil {
		_ = srv.Close() // somebody's slow download does not hold the demo
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve the page: %w", e))
	}
	return err
}

// office runs Huiyin until ctx ends.
func (p *Playground) office(ctx context.Context) error {
	cfg, err := p.configure()
	if err != nil {
		return err
	}
	a, err := app.Open(cfg, app.Options{Log: p.log, ChildArgv: p.opts.Child})
	if err != nil {
		return fmt.Errorf("start Huiyin: %w", err)
	}
	p.app.Store(a)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.Run(ctx) })
	g.Go(func() error { return p.bind(ctx, a) })
	return g.Wait()
}

// bind gives every phone that has none its officer: each is invited, and sends the
// code to the bot as a person would. Then the town opens.
func (p *Playground) bind(ctx context.Context, a *app.App) error {
	deadline, cancel := context.WithTimeoutCause(ctx, bindFor, errors.New("the phones got no welcome"))
	defer cancel()
	started := map[int64]bool{}
	for _, person := range p.bot.People() {
		started[person.ID] = person.Started
	}
	for _, name := range people {
		id := idOf(name)
		if started[id] {
			continue
		}
		code, err := a.Invite(name)
		if err != nil {
			return fmt.Errorf("invite %s: %w", name, err)
		}
		if _, err := p.bot.Start(id, code); err != nil {
			return err
		}
	}
	err := p.bot.Wait(deadline, func() bool {
		return !slices.ContainsFunc(people, func(name string) bool { return !p.welcomed(idOf(name)) })
	})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	close(p.opened)
	return nil
}

// welcomed tells whether the bot ever wrote to a person.
func (p *Playground) welcomed(id int64) bool {
	return slices.ContainsFunc(p.bot.Chat(id), func(m botapi.Message) bool { return m.FromBot })
}
