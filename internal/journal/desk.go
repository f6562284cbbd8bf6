package journal

import (
	"time"
)

// Leave is a run of days on which a person is away (请假), both ends included; days are
// local dates such as 2026-11-21, which compare as they read.
type Leave struct {
	From  string `json:"from"`
	Until string `json:"until"`
}

// PutLeaves keeps a person's leaves in place of the earlier ones.
func (t *Tx) PutLeaves(name string, leaves []Leave) error {
	if len(leaves) == 0 {
		return t.tx.Bucket(bLeaves).Delete([]byte(name))
	}
	return t.put(bLeaves, []byte(name), leaves)
}

// Leaves returns a person's leaves, past ones too.
func (t *Tx) Leaves(name string) (leaves []Leave, err error) {
	_, err = t.get(bLeaves, []byte(name), &leaves)
	return leaves, err
}

// PutTurn says who of a unit is on duty on a day, whatever the plan is (调班); an empty
// name takes it back.
func (t *Tx) PutTurn(unit, day, name string) error {
	if name == "" {
		return t.tx.Bucket(bTurns).Delete(pair(day, unit))
	}
	return t.put(bTurns, pair(day, unit), name)
}

// Turn returns who of a unit was put on duty on a day; empty when nobody was.
func (t *Tx) Turn(unit, day string) (name string, err error) {
	_, err = t.get(bTurns, pair(day, unit), &name)
	return name, err
}

var mutesKey = []byte("mutes")

// Mutes returns until when topics make no sound.
func (t *Tx) Mutes() (map[string]time.Time, error) {
	mutes := map[string]time.Time{}
	_, err := t.get(bMeta, mutesKey, &mutes)
	return mutes, err
}

// PutMutes keeps them.
func (t *Tx) PutMutes(mutes map[string]time.Time) error { return t.put(bMeta, mutesKey, mutes) }

// Rang notes that a person's phone rings at that time, and returns how often it did
// within the minute before.
func (t *Tx) Rang(who string, at time.Time) (before int, err error) {
	var times, recent []time.Time
	if _, err := t.get(bRings, []byte(who), &times); err != nil {
		return 0, err
	}
	for _, r := range times {
		if at.Sub(r) < time.Minute {
			recent = append(recent, r)
		}
	}
	return len(recent), t.put(bRings, []byte(who), append(recent, at))
}
