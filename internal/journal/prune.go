package journal

import (
	"encoding/json"
	"time"

	"huiyin/internal/cases"
)

// How long things are held. What is dropped here is in the warehouse for good.
const (
	KeepSeen     = 400 * 24 * time.Hour // a feed may list an item for a year, and so may a ledger
	KeepStories  = 14 * 24 * time.Hour  // reposts come within days
	KeepOver     = 30 * 24 * time.Hour  // cases that are closed or dismissed
	KeepAnswered = 90 * 24 * time.Hour  // cases that are answered and that nobody closes
	KeepUpdates  = 7 * 24 * time.Hour   // Telegram keeps updates for 24 hours
	KeepDays     = 100 * 24 * time.Hour
)

// Prune forgets what is no longer live at now. A case that goes is archived (归档): that
// event is its last.
func (t *Tx) Prune(now time.Time) error {
	before := func(d time.Duration) func(k, v []byte) bool {
		return func(_, v []byte) bool { return stamped(v).Before(now.Add(-d)) }
	}
	if err := t.drop(bSeen, before(KeepSeen)); err != nil {
		return err
	}
	err := t.drop(bLetters, func(_, v []byte) bool {
		var l letter
		return json.Unmarshal(v, &l) == nil && l.At.Before(now.Add(-KeepSeen))
	})
	if err != nil {
		return err
	}
	if err := t.drop(bUpdates, before(KeepUpdates)); err != nil {
		return err
	}
	if err := t.drop(bSaid, before(KeepDays)); err != nil {
		return err
	}
	err = t.drop(bStories, func(_, v []byte) bool {
		var s story
		return json.Unmarshal(v, &s) == nil && s.At.Before(now.Add(-KeepStories))
	})
	if err != nil {
		return err
	}
	err = t.drop(bInvites, func(_, v []byte) bool {
		var in Invite
		return json.Unmarshal(v, &in) == nil && in.Expires.Before(now)
	})
	if err != nil {
		return err
	}
	oldest := now.Add(-KeepDays).Format(time.DateOnly)
	if err := t.drop(bDays, func(k, _ []byte) bool { return string(k) < oldest }); err != nil {
		return err
	}
	if err := t.drop(bTurns, func(k, _ []byte) bool { return string(k) < oldest }); err != nil {
		return err
	}
	var over []cases.Case
	err = t.Cases(func(c cases.Case) error {
		switch {
		case c.Over() && c.Ended.Before(now.Add(-KeepOver)),
			c.State == cases.Answered && c.Replies[len(c.Replies)-1].At.Before(now.Add(-KeepAnswered)):
			over = append(over, c)
		}
		return nil
	})
	for _, c := range over {
		if err == nil {
			_, err = t.Append(cases.Event{Case: c.Number, Kind: cases.Archived, At: now})
		}
		if err == nil {
			err = t.dropCase(c)
		}
	}
	return err
}
