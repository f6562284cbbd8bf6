package pipeline

import (
	"context"

	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// Known tells which of the posts were journalled before.
func (p *Pipeline) Known(ctx context.Context, ids []string) (map[string]bool, error) {
	known := make(map[string]bool)
	return known, p.Journal.View(func(tx *journal.Tx) error {
		for _, id := range ids {
			if tx.Seen(id) {
				known[id] = true
			}
		}
		return ctx.Err()
	})
}

// LoadState reads a source's polling state; the zero State when it was never polled.
func (p *Pipeline) LoadState(ctx context.Context, source string) (s post.State, err error) {
	return s, p.Journal.View(func(tx *journal.Tx) error {
		if _, err := tx.State(source, &s); err != nil {
			return err
		}
		return ctx.Err()
	})
}
