// Package pipeline is the flow of Huiyin on one screen: a batch of posts becomes
// mentions, mentions become stories and cases, and all of it one transaction of the
// journal. What officers do in the chat comes through here too, as events.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// Options are what a Pipeline is made of.
type Options struct {
	Journal  *journal.Journal
	Topics   *match.Set // in force until Enforce
	Calendar *workday.Calendar
	Office   Office
	Log      *slog.Logger
	Now      func() time.Time
}

// Pipeline turns posts and taps into journal entries. It is safe for concurrent
// use; transactions follow one another.
type Pipeline struct {
	Options
	topics atomic.Pointer[match.Set]

	mu      sync.Mutex // guards stories, and keeps them in step with the journal
	stories stories
	notices notices
	wake    []chan struct{}
}

// New makes a Pipeline and reads the stories that the journal holds. Open cases of
// units and officers that are no longer in the office go to those who are; what was to
// be said to people who have left is dropped.
func New(o Options) (*Pipeline, error) {
	p := &Pipeline{Options: o}
	p.Enforce(o.Topics)
	var err error
	if p.stories, err = readStories(o.Journal); err != nil {
		return nil, fmt.Errorf("read stories: %w", err)
	}
	err = o.Journal.Update(func(tx *journal.Tx) error { return errors.Join(p.reassign(tx), p.forget(tx)) })
	if err != nil {
		return nil, fmt.Errorf("hand over cases: %w", err)
	}
	return p, nil
}

// InForce returns the topics that posts are matched with now.
func (p *Pipeline) InForce() *match.Set { return p.topics.Load() }

// Enforce takes up new topics: the next batch of posts is matched with them.
func (p *Pipeline) Enforce(topics *match.Set) { p.topics.Store(topics) }

// forget drops what is queued for people who do not work here any more.
func (p *Pipeline) forget(tx *journal.Tx) error {
	queue, err := tx.Outgoing()
	for _, o := range queue {
		if err == nil && !p.Employed(o.To) && !p.copied(o.To) {
			err = tx.DropOutgoing(o)
		}
	}
	return err
}

// Wakes returns a channel that gets a value after a commit that left something to
// deliver or to ship. Call it before the flow starts, once for each drainer.
func (p *Pipeline) Wakes() <-chan struct{} {
	c := make(chan struct{}, 1)
	p.wake = append(p.wake, c)
	return c
}

// Wake tells the drainers to look.
func (p *Pipeline) Wake() {
	for _, c := range p.wake {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Ingest journals one reading of a source: its new posts with all that follows from
// them, and the source's polling state.
func (p *Pipeline) Ingest(ctx context.Context, b post.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	hits := p.InForce().MatchAll(b.Posts, p.passOver)
	p.mu.Lock()
	defer p.mu.Unlock()
	var added []string
	err := p.Journal.Update(func(tx *journal.Tx) error {
		poll := cases.Poll{
			ID: post.IDOf(b.Source, b.At.UTC().Format(time.RFC3339Nano)), Source: b.Source, At: b.At,
			Read: b.Read,
		}
		if b.State.Failures > 0 {
			poll.Error = b.State.Reason
		}
		for i, ps := range b.Posts {
			story, err := p.take(tx, ps, hits[i], &poll)
			if story != "" {
				added = append(added, story)
			}
			if err != nil {
				return fmt.Errorf("post %s: %w", ps.URL, err)
			}
		}
		poll.Gap = b.Gap != ""
		if err := p.tally(tx, poll); err != nil {
			return err
		}
		state := discreet(b.State)
		if err := p.watch(tx, b, &state); err != nil {
			return err
		}
		return tx.PutState(b.Source, state)
	})
	if err != nil {
		for _, id := range added {
			p.stories.remove(id)
		}
		return fmt.Errorf("ingest %s: %w", b.Source, err)
	}
	p.Wake()
	return nil
}

// discreet is a polling state as it may be kept: the posts that wait in it without
// their authors, and masked.
func discreet(s post.State) post.State {
	s.Waiting = slices.Clone(s.Waiting)
	for i := range s.Waiting {
		w := &s.Waiting[i].Post
		w.Author, w.Title, w.Text = "", post.Mask(w.Title), post.Mask(w.Text)
	}
	return s
}

// take follows one post: seen before, too old, not about anything, or a mention. It
// returns the ID of the story that the post begins, if it does.
func (p *Pipeline) take(tx *journal.Tx, ps post.Post, hits []match.Hit, poll *cases.Poll) (story string, err error) {
	if err := ps.Validate(); err != nil { // a defect of the source room; one post must not block the others
		p.Log.Error("post left out", "source", ps.Source, "url", ps.URL, "error", err)
		return "", nil
	}
	if tx.Seen(ps.ID) {
		return "", nil
	}
	if err := tx.MarkSeen(ps.ID, ps.Seen); err != nil {
		return "", err
	}
	poll.New++
	if slices.Contains(p.Office.Own, ps.Source) {
		return "", p.offer(tx, ps)
	}
	if !ps.Published.IsZero() && p.Office.MaxAge > 0 && ps.Seen.Sub(ps.Published) > p.Office.MaxAge {
		poll.Old++
		hits = nil
	}
	hits, grave := match.Split(hits)
	sortHits(hits)
	if err := tx.Enqueue(cases.Record{Post: stored(ps, hits)}); err != nil || len(hits) == 0 {
		return "", err
	}
	poll.Matched++
	m, print := mention(ps, hits), post.FingerprintOf(ps.Title, ps.Text)
	joined, like, err := p.join(tx, &m, print, cases.Event{}, grave)
	if err != nil || joined {
		return "", err
	}
	topic := hits[0].Topic
	if _, err := p.open(tx, &m, topic, p.unitFor(topic.Name, topic.Unit), cases.Event{}, grave); err != nil {
		return "", err
	}
	if err := tx.PutMention(m); err != nil {
		return "", err
	}
	if err := p.resemble(tx, m.Case, like); err != nil {
		return "", err
	}
	return m.ID, p.begin(tx, m, m.Seen, print)
}

// passOver logs a post that made the matcher panic: it counts as one that is about
// nothing, since otherwise it would hold up its source for good.
func (p *Pipeline) passOver(ps post.Post, recovered any) {
	p.Log.Error("the matcher failed on a post; it is passed over", "source", ps.Source, "url", ps.URL,
		"panic", recovered, "stack", string(debug.Stack()))
}

// tally counts a reading for the digest, and for the warehouse where there is
// something to tell.
func (p *Pipeline) tally(tx *journal.Tx, poll cases.Poll) error {
	day := p.day(poll.At)
	if err := tx.Count(day, "new", poll.New); err != nil {
		return err
	}
	if err := tx.Count(day, "matched", poll.Matched); err != nil {
		return err
	}
	if poll.New == 0 && poll.Error == "" && !poll.Gap {
		return nil
	}
	return tx.Enqueue(cases.Record{Poll: &poll})
}

func (p *Pipeline) day(t time.Time) string { return t.In(p.Calendar.Location()).Format(time.DateOnly) }

// maxMarks is how many places of words are kept for a card's highlights, which shows
// only the first few: a hostile post may hold thousands.
const maxMarks = 50

// mention is what is kept of a post that matched.
func mention(ps post.Post, hits []match.Hit) cases.Mention {
	m := cases.Mention{
		ID: ps.ID, Source: ps.Source, Title: post.Mask(ps.Title), Text: post.Mask(ps.Text), URL: ps.URL,
		Published: ps.Published, Seen: ps.Seen, Replies: ps.Replies, Views: ps.Views,
	}
	for _, h := range hits {
		m.Topics = append(m.Topics, h.Topic.Name)
		for _, w := range h.Words {
			if w.Field == match.Author { // who wrote is not kept
				continue
			}
			if !slices.Contains(m.Words, w.Text) {
				m.Words = append(m.Words, w.Text)
			}
			if len(m.Marks) == maxMarks || w.Field != match.Title && w.Field != match.Text {
				continue
			}
			m.Marks = append(m.Marks, cases.Mark{InTitle: w.Field == match.Title, Start: w.Start, End: w.End})
		}
	}
	if m.Title == "" {
		m.Title = post.Line(m.Text, 30)
	}
	return m
}

// stored is what is kept of every post for a time.
func stored(ps post.Post, hits []match.Hit) *cases.StoredPost {
	s := cases.StoredPost{
		ID: ps.ID, Source: ps.Source, Title: post.Mask(ps.Title), Text: post.Mask(ps.Text), URL: ps.URL,
		Published: ps.Published, Seen: ps.Seen, Replies: ps.Replies, Views: ps.Views, Topics: []string{},
	}
	for _, h := range hits {
		s.Topics = append(s.Topics, h.Topic.Name)
	}
	return &s
}

// sortHits puts the topic first that the case will be about: the most urgent, then
// the one named in the title, then the one with most words, then the one defined first.
func sortHits(hits []match.Hit) {
	slices.SortStableFunc(hits, func(a, b match.Hit) int {
		return cmp.Or(cmp.Compare(b.Topic.Urgency, a.Topic.Urgency), cmp.Compare(titled(b), titled(a)), cmp.Compare(len(b.Words), len(a.Words)))
	})
}

// titled is 1 for a topic with a word in the title, where people say what it is about.
func titled(h match.Hit) int {
	if len(h.Words) > 0 && h.Words[0].Field == match.Title {
		return 1
	}
	return 0
}
