package pipeline

import (
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// stories finds the story that a post tells again, in memory.
type stories struct {
	same  *post.Index // by the same words
	alike *post.Gists // by others
}

// readStories reads what the journal holds.
func readStories(j *journal.Journal) (stories, error) {
	s := stories{post.NewIndex(), post.NewGists()}
	return s, j.View(func(tx *journal.Tx) error { return tx.Stories(s.add) })
}

func (s stories) add(st cases.Story, f post.Fingerprint) {
	s.same.Add(st.ID, f.Sketch)
	s.alike.Add(st.ID, st.Topic, f.Gist)
}

func (s stories) remove(id string) {
	s.same.Remove(id)
	s.alike.Remove(id)
}

// begin files the story that a mention begins. p.mu must be held, and when the
// transaction fails the story is to be removed.
func (p *Pipeline) begin(tx *journal.Tx, m cases.Mention, at time.Time, f post.Fingerprint) error {
	s := cases.Story{ID: m.ID, Case: m.Case, Topic: m.Topics[0], At: at}
	p.stories.add(s, f)
	return tx.PutStory(s, f)
}
