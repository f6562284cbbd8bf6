package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/source"
	"huiyin/internal/websub"
)

// pushPath is where hubs send to; an ID stands behind it.
const pushPath = "/websub"

// openSources makes the poller and, where hubs can reach us, what takes their pushes.
func (a *App) openSources() (err error) {
	o := source.Options{
		Client: a.fetcher, Known: a.pipeline, States: a.pipeline, Sink: counted{a.pipeline, a.metrics},
		Sources: sources(a.cfg), Budget: float64(a.cfg.Fetch.Budget), Log: a.log,
	}
	if r := a.cfg.Receive; r.URL != "" && r.Listen != "" {
		var feeds []string
		for _, s := range o.Sources {
			if s.Kind == source.KindFeed {
				feeds = append(feeds, s.Name)
			}
		}
		a.websub, err = websub.New(context.Background(), websub.Options{
			Store: a.pipeline, Post: poster{a.fetcher}, Callback: r.URL + pushPath, Sources: feeds, Deliver: a.deliver, Now: time.Now, Log: a.log,
		})
		if err != nil {
			return err
		}
		o.Push = a.websub
	}
	a.poller, err = source.NewPoller(o)
	return err
}

// deliver takes what a hub sent.
func (a *App) deliver(ctx context.Context, name string, body []byte, contentType string) error {
	err := a.poller.Deliver(ctx, name, body, contentType)
	if errors.Is(err, source.ErrUnreadable) || errors.Is(err, source.ErrNoSource) {
		return fmt.Errorf("%w: %w", websub.ErrUnreadable, err)
	}
	return err
}

// poster sends forms to hubs as pages are fetched: politely, and to public addresses only.
type poster struct{ *fetch.Client }

// Post sends a form; whatever is answered is a status.
func (p poster) Post(ctx context.Context, address string, form url.Values) (status int, err error) {
	resp, err := p.Client.Post(ctx, fetch.Request{URL: address}, form)
	var refused *fetch.StatusError
	switch {
	case errors.As(err, &refused):
		return refused.Status, nil
	case err != nil:
		return 0, err
	}
	return resp.Status, nil
}
