package pipeline

import (
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/workday"
)

// Unit is an office that answers, with its A and B officer (AB岗) and its head.
type Unit struct {
	Name       string
	A, B, Head string            // B and Head may be empty
	Calendar   *workday.Calendar // nil: the office's
	Sites      []string          // hosts on which it publishes, besides the office's
}

// Has tells whether a person is one of the unit's people.
func (u Unit) Has(name string) bool {
	return name != "" && (name == u.A || name == u.B || name == u.Head)
}

// Office is who answers for what, and by which rules.
type Office struct {
	Units   []Unit
	Leaders []string
	Admins  []string
	Topics  map[string]string // topic → unit; "*" for all others
	Sites   []string          // hosts on which the office publishes for any unit
	Own     []string          // sources where the office itself publishes
	Inboxes map[string]string // source of letters → unit of those that no topic fires on; may be empty
	MaxAge  time.Duration     // posts older than this at first sight do not ring; 0: all ring
	Signing Signing
	Review  []string     // ladders whose answers are approved before they are published
	Larger  cases.Spread // from when on a story is larger, and major; zero figures never are
	Major   cases.Spread
	Storm   int // cases that may ring on one phone within a minute; 0: any number
	Copies  []Copy
	// Disclose is how much of a case leaves the house, see cases.Disclosure.
	Disclose cases.Disclosure
}

// Signing is how long a card may stay unsigned, and who is asked then.
type Signing struct {
	Within time.Duration // working time
	Major  time.Duration // plain time, for cases that are major
	Rungs  []string      // in order: RungB, RungHead, RungLeader
}

// The rungs of the ladder of those who are asked to sign.
const (
	RungB      = "b"
	RungHead   = "head"
	RungLeader = "leader"
)

// Copy is a place outside Telegram that gets a copy of each alert.
type Copy struct {
	Name  string
	Units []string // empty: of all units
}

// full tells whether what people wrote may leave the house.
func (p *Pipeline) full() bool {
	return p.Office.Disclose.Full()
}

func (p *Pipeline) unit(name string) (Unit, bool) {
	i := slices.IndexFunc(p.Office.Units, func(u Unit) bool { return u.Name == name })
	if i < 0 {
		return Unit{}, false
	}
	return p.Office.Units[i], true
}

// calendar is the one by which a unit works.
func (p *Pipeline) calendar(unit string) *workday.Calendar {
	if u, ok := p.unit(unit); ok && u.Calendar != nil {
		return u.Calendar
	}
	return p.Calendar
}

// unitOr is the unit of that name, or when there is none any more the one that answers for
// a topic.
func (p *Pipeline) unitOr(name, topic string) Unit {
	if u, ok := p.unit(name); ok {
		return u
	}
	return p.unitFor(topic, "")
}

// unitFor is the unit that answers for a topic; own is the one that the topic names
// itself, if any.
func (p *Pipeline) unitFor(topic, own string) Unit {
	for _, name := range []string{p.Office.Topics[topic], own, p.Office.Topics["*"]} {
		if u, ok := p.unit(name); ok {
			return u
		}
	}
	return p.Office.Units[0]
}

// unitOf is the first unit of which a person is; false for one of none.
func (p *Pipeline) unitOf(name string) (Unit, bool) {
	i := slices.IndexFunc(p.Office.Units, func(u Unit) bool { return u.Has(name) })
	if i < 0 {
		return Unit{}, false
	}
	return p.Office.Units[i], true
}

// UnitsOf lists the units of which a person is.
func (p *Pipeline) UnitsOf(name string) (units []string) {
	for _, u := range p.Office.Units {
		if u.Has(name) {
			units = append(units, u.Name)
		}
	}
	return units
}

// onDuty is whose turn it is in a unit today: who was put on duty by hand, or else the A
// officer, or B while A is away or cannot be reached. When nobody is there it is the
// first of them who can be reached, and else A's, and waits.
func (p *Pipeline) onDuty(tx *journal.Tx, u Unit) (string, error) {
	turn, err := tx.Turn(u.Name, p.day(p.Now()))
	if err != nil {
		return "", err
	}
	var fallback string
	for _, name := range []string{turn, u.A, u.B} {
		if !u.Has(name) {
			continue
		}
		ok, away, err := p.presence(tx, name)
		if ok && !away || err != nil {
			return name, err
		}
		if ok && fallback == "" {
			fallback = name
		}
	}
	if fallback == "" {
		fallback = u.A
	}
	return fallback, nil
}

// away tells whether a person is on leave today.
func (p *Pipeline) away(tx *journal.Tx, name string) (bool, error) {
	leaves, err := tx.Leaves(name)
	today := p.day(p.Now())
	return slices.ContainsFunc(leaves, func(l journal.Leave) bool { return l.From <= today && today <= l.Until }), err
}

// presence tells whether a person can be reached, and whether on leave today.
func (p *Pipeline) presence(tx *journal.Tx, name string) (ok, away bool, err error) {
	if ok, err = p.reachable(tx, name); !ok || err != nil {
		return ok, false, err
	}
	away, err = p.away(tx, name)
	return ok, away, err
}

// reachable tells whether a person works here, has bound a chat and not blocked the
// bot; or whether a unit has a group that the bot is in.
func (p *Pipeline) reachable(tx *journal.Tx, name string) (bool, error) {
	if !p.Employed(name) {
		return false, nil
	}
	b, ok, err := tx.Binding(name)
	return ok && !b.Blocked, err
}

// Employed tells whether a name is in the configuration, or a group's of a unit that is.
func (p *Pipeline) Employed(name string) bool {
	if unit, isGroup := groupOf(name); isGroup {
		_, ok := p.unit(unit)
		return ok
	}
	return p.Leads(name) || p.Answers(name) || p.Administers(name)
}

// Leads tells whether a person is a leader: sees all, reviews, and reads digests.
func (p *Pipeline) Leads(name string) bool { return slices.Contains(p.Office.Leaders, name) }

// Administers tells whether a person binds people and silences topics.
func (p *Pipeline) Administers(name string) bool { return slices.Contains(p.Office.Admins, name) }

// Answers tells whether a person is of some unit.
func (p *Pipeline) Answers(name string) bool {
	_, ok := p.unitOf(name)
	return ok
}

// Heads tells whether a person is the head of some unit.
func (p *Pipeline) Heads(name string) bool { return len(p.HeadOf(name)) > 0 }

// HeadOf lists the units that a person is the head of.
func (p *Pipeline) HeadOf(name string) (units []string) {
	for _, u := range p.Office.Units {
		if name != "" && u.Head == name {
			units = append(units, u.Name)
		}
	}
	return units
}

// UnitNames lists the units in the order of the configuration.
func (p *Pipeline) UnitNames() []string {
	var names []string
	for _, u := range p.Office.Units {
		names = append(names, u.Name)
	}
	return names
}

// A unit's group stands in the journal under this name; no person's begins so.
const groupMark = "#"

func groupOf(name string) (unit string, ok bool) {
	if len(name) > 1 && name[:1] == groupMark {
		return name[1:], true
	}
	return "", false
}

// copyMark begins the names under which copies for places outside Telegram are queued.
const copyMark = "@"
