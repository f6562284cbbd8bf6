package pipeline

import (
	"fmt"

	"huiyin/internal/journal"
)

// Prune forgets what is no longer live, in the journal and in the index of stories.
func (p *Pipeline) Prune() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.Journal.Update(func(tx *journal.Tx) error { return tx.Prune(p.Now()) }); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	read, err := readStories(p.Journal)
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	p.stories = read
	return nil
}
