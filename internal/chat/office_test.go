package chat

import (
	"context"
	"crypto/rand"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// ring ingests a post that matches 供水, and returns its case's number.
func (w *world) ring(title, text string) string {
	w.t.Helper()
	before := w.numbers()
	w.ingest(post.Post{Title: title, Text: text})
	after := w.numbers()
	if len(after) != len(before)+1 {
		w.t.Fatalf("%q opened %d cases", title, len(after)-len(before))
	}
	return after[len(after)-1]
}

func (w *world) ingest(p post.Post) {
	w.t.Helper()
	if p.Source == "" {
		p.Source = "清河论坛"
	}
	p.Key = rand.Text()
	p.ID, p.Seen = post.IDOf(p.Source, p.Key), w.clock.now()
	if p.URL == "" {
		p.URL = "https://forum.example.cn/t/" + p.Key
	}
	w.check(w.pipeline.Ingest(context.Background(), post.Batch{Source: p.Source, At: p.Seen, Read: 1, Posts: []post.Post{p}}))
}

func (w *world) numbers() (all []string) {
	w.check(w.journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error {
			all = append(all, c.Number)
			return nil
		})
	}))
	return all
}

func (w *world) caseOf(number string) (c cases.Case) {
	w.t.Helper()
	w.check(w.journal.View(func(tx *journal.Tx) (err error) {
		c, _, err = tx.Case(number)
		return err
	}))
	return c
}

// verify has the last answer of a case looked at, and found in order or not.
func (w *world) verify(number string, faults ...string) {
	w.t.Helper()
	c := w.caseOf(number)
	last := c.Replies[len(c.Replies)-1]
	w.check(w.pipeline.Looked(cases.Look{Case: number, URL: last.URL, Reply: len(c.Replies)}, cases.Sight{Title: "答复", Faults: faults, SHA256: "0"}))
}

// awaitState waits for a case to get to a state.
func (w *world) awaitState(number string, state cases.State) {
	w.t.Helper()
	w.until(number+" to be "+string(state), func() bool { return w.caseOf(number).State == state })
}

func (w *world) observed(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[call]
}
