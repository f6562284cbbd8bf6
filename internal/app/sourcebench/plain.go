package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/mmcdole/gofeed"
)

// plain is the loop that everybody writes first: get an address, have gofeed parse
// it, go on to the next. It remembers nothing, looks for no words and keeps nothing.
func plain(s setup) func(context.Context, order) (reply, error) {
	var next, polls, failed atomic.Int64
	read := func(url string) error {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		_, err = gofeed.NewParser().Parse(resp.Body)
		return errors.Join(err, resp.Body.Close())
	}
	return func(ctx context.Context, what order) (r reply, err error) {
		ctx, cancel := context.WithTimeout(ctx, what.For)
		defer cancel()
		var workers sync.WaitGroup
		for range what.Workers {
			workers.Go(func() {
				for ctx.Err() == nil {
					if err := read(feedURL(int(next.Add(1)-1)%s.Feeds, s.Port)); err != nil {
						failed.Add(1)
					} else {
						polls.Add(1)
					}
				}
			})
		}
		r.Figures, err = measured(ctx.Done(), func() figures { return figures{Polls: polls.Load(), Failed: failed.Load()} })
		workers.Wait()
		return r, err
	}
}
