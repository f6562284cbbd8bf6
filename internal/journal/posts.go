package journal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// Seen tells whether a post was journalled before.
func (t *Tx) Seen(id string) bool { return t.tx.Bucket(bSeen).Get([]byte(id)) != nil }

// MarkSeen remembers a post, so that reading it again changes nothing.
func (t *Tx) MarkSeen(id string, at time.Time) error {
	return t.tx.Bucket(bSeen).Put([]byte(id), stamp(at))
}

// letter is where a letter went.
type letter struct {
	Case string    `json:"case"`
	At   time.Time `json:"at"` // when it came in
}

// Letter is the number of the case that a letter opened or joined; empty when it never
// came in.
func (t *Tx) Letter(id string) (number string, err error) {
	var l letter
	_, err = t.get(bLetters, []byte(id), &l)
	return l.Case, err
}

// PutLetter remembers the case that a letter opened or joined.
func (t *Tx) PutLetter(id, number string, at time.Time) error {
	return t.put(bLetters, []byte(id), letter{number, at})
}

// State reads a source's polling state into v; false when it was never polled.
func (t *Tx) State(source string, v any) (bool, error) {
	return t.get(bStates, []byte(source), v)
}

// PutState keeps a source's polling state.
func (t *Tx) PutState(source string, v any) error { return t.put(bStates, []byte(source), v) }

type story struct {
	cases.Story
	post.Fingerprint
}

// PutStory files a story under the fingerprint of its first telling.
func (t *Tx) PutStory(s cases.Story, f post.Fingerprint) error {
	return t.put(bStories, []byte(s.ID), story{s, f})
}

// Story returns the story of that ID; false when it is no longer held.
func (t *Tx) Story(id string) (cases.Story, bool, error) {
	var s story
	ok, err := t.get(bStories, []byte(id), &s)
	return s.Story, ok, err
}

// Stories calls f for every story that is held.
func (t *Tx) Stories(f func(cases.Story, post.Fingerprint)) error {
	return t.each(bStories, nil, func(k, v []byte) error {
		var s story
		if err := json.Unmarshal(v, &s); err != nil {
			return fmt.Errorf("journal: story %s: %w", k, err)
		}
		f(s.Story, s.Fingerprint)
		return nil
	})
}

// Count adds n to a day's counter. Days are local dates such as 2026-11-21.
func (t *Tx) Count(day, counter string, n int) error {
	if n == 0 {
		return nil
	}
	var sum int
	if _, err := t.get(bDays, pair(day, counter), &sum); err != nil {
		return err
	}
	return t.put(bDays, pair(day, counter), sum+n)
}

// Counted sums a counter over the days from one date up to and without another.
func (t *Tx) Counted(from, until, counter string) (int, error) {
	sum := 0
	err := t.each(bDays, nil, func(k, v []byte) error {
		day, name, _ := strings.Cut(string(k), "\x00")
		if name != counter || day < from || day >= until {
			return nil
		}
		var n int
		if err := json.Unmarshal(v, &n); err != nil {
			return fmt.Errorf("journal: day %q: %w", k, err)
		}
		sum += n
		return nil
	})
	return sum, err
}
