package pipeline

import (
	"fmt"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// Prune forgets what is no longer live, in the journal and in the index of stories.
func (p *Pipeline) Prune() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.Journal.Update(func(tx *journal.Tx) error { return tx.Prune(p.Now()) }); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	index := post.NewIndex()
	err := p.Journal.View(func(tx *journal.Tx) error {
		return tx.Stories(func(s cases.Story, sketch post.Sketch) { index.Add(s.ID, sketch) })
	})
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	p.index = index
	return nil
}
