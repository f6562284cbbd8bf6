package source

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiyin/internal/post"
)

const previewPages = 10

// Preview reads a source once, as if nothing of it were known: what `huiyin
// poll` shows, the oldest first. At most ten post pages are read; the other posts, and
// those whose page cannot be read, are as the list page has them. Reason tells
// the error in Chinese, unless it is one of Validate. A *PartError is only a
// warning: it comes beside the posts.
func Preview(ctx context.Context, get Getter, cfg Config) ([]post.Post, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &reader{newest: true, cfg: cfg.withDefaults(), get: get, known: nothingKnown{}, parsing: make(chan struct{}, 1)}
	r.cfg.Pages = min(r.cfg.Pages, previewPages)
	var b post.Batch
	err := safely(func() (err error) {
		b, err = r.read(ctx, post.State{}, time.Now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("poll %s: %w", cfg.Name, err)
	}
	posts := b.Posts
	for _, w := range b.State.Waiting {
		posts = append(posts, w.Post)
	}
	if cfg.Post.Text != "" {
		slices.Reverse(posts) // their pages were read from the newest on
	}
	oldestFirst(posts, func(p post.Post) time.Time { return p.Published })
	if b.State.Reason != "" {
		return posts, &PartError{b.State.Reason, b.State.Error}
	}
	return posts, nil
}

type nothingKnown struct{}

func (nothingKnown) Known(context.Context, []string) (map[string]bool, error) { return nil, nil }
