package pipeline

import (
	"context"

	"huiyin/internal/journal"
)

// Subscriptions calls f with the ID and the JSON of every subscription to pushes, which
// are good until f returns.
func (p *Pipeline) Subscriptions(ctx context.Context, f func(id string, raw []byte) error) error {
	return p.Journal.View(func(tx *journal.Tx) error {
		if err := tx.Subscriptions(f); err != nil {
			return err
		}
		return ctx.Err()
	})
}

// PutSubscription commits a subscription, as JSON, under its ID.
func (p *Pipeline) PutSubscription(ctx context.Context, id string, v any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.Journal.Update(func(tx *journal.Tx) error { return tx.PutSubscription(id, v) })
}

// DropSubscription commits that there is no subscription of that ID any more.
func (p *Pipeline) DropSubscription(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.Journal.Update(func(tx *journal.Tx) error { return tx.DropSubscription(id) })
}
