package pipeline

import (
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// judge sees that a parcel is one that has to be sent.
func (m *model) judge(t *rapid.T, p cases.Parcel) {
	if m.chats[p.To] != p.Chat || m.blocked[p.To] {
		t.Fatalf("%s is sent something at %d and is at %d, blocked %v", p.To, p.Chat, m.chats[p.To], m.blocked[p.To])
	}
	if p.Message == 0 && p.Again != m.begun[p.Seq] {
		t.Fatalf("a message says %v of being sent again: %+v", p.Again, p)
	}
	if p.Key != "" && m.said[p.Key] {
		t.Fatalf("%s was told %s twice", p.To, p.Key)
	}
	// A list that was put off may name a case that came with its own card meanwhile.
	for _, c := range p.Cases {
		if !m.ever[at{c.Number, p.To}] || !concerns(c, p.To) {
			t.Fatalf("%s is on the list of %s and did not ring there", c.Number, p.To)
		}
	}
	if p.Case == "" {
		return
	}
	to := at{p.Case, p.To}
	card := m.shown[to]
	switch {
	case p.View.Rev != m.kase(p.Case).Rev || p.First.ID != m.mentions[p.Case][0]:
		t.Fatalf("an old view is sent: %+v", p)
	case !m.p.sees(p.View, p.To) && p.To != group:
		t.Fatalf("%s is shown %+v", p.To, p.View)
	case p.Message == 0 && p.Ring && !m.rung[to] && card.Chat == p.Chat:
		t.Fatalf("%s gets a second message about %s, which nobody asked for", p.To, p.Case)
	// A list is not edited: what it did not tell of comes as a card, without a sound.
	case p.Message == 0 && !p.Ring && card.Listed && card.Chat == p.Chat && (m.heard[to] >= p.View.Mentions || !p.Quiet):
		t.Fatalf("%s gets a message about %s, of which a list told: %+v", p.To, p.Case, p)
	case p.Message == 0 && !p.Ring && (card.Chat == p.Chat && !card.Listed || (card.Message == 0 || card.Listed) && m.bundled(p.Case, p.To)):
		t.Fatalf("%s gets a message instead of an edit: %+v", p.To, p)
	case p.Message != 0 && (card.Message != p.Message || card.Chat != p.Chat || card.Listed):
		t.Fatalf("message %d in chat %d is edited, and %+v shows %s", p.Message, p.Chat, card, p.Case)
	case p.Message != 0 && card.Rev == p.View.Rev && !p.Ring:
		t.Fatalf("message %d is edited to show the same", p.Message)
	}
}

// bundled tells whether a case stands on a list that waits for somebody.
func (m *model) bundled(number, who string) bool {
	return slices.ContainsFunc(m.queue(), func(o cases.Outgoing) bool { return o.To == who && slices.Contains(o.Bundle, number) })
}

// ringing tells whether a card is queued that rings.
func (m *model) ringing(to at) (ok bool) {
	m.view(func(tx *journal.Tx) (err error) {
		ok, err = tx.Ringing(to.number, to.who)
		return err
	})
	return ok
}

// note follows what happened to each case since the last look, and notes whose phones
// should have rung.
func (m *model) note(t *rapid.T) {
	for _, now := range m.desk.cases() {
		before := m.folds[now.Number]
		if before.Seq == now.Seq {
			continue
		}
		var events []cases.Event
		m.view(func(tx *journal.Tx) (err error) {
			events, err = tx.Events(now.Number)
			return err
		})
		c, err := cases.Fold(events[:max(1, before.Seq)])
		m.ok(err)
		if before.Seq == 0 {
			m.rings(c, events[0])
		}
		for _, e := range events[c.Seq:] {
			m.referee(t, c, e)
			was, err := cases.Fold(events[:c.Seq])
			m.ok(err)
			m.ok(c.Apply(e))
			owedNoLess(t, was, c, e)
			m.rings(c, e)
		}
		m.folds[now.Number] = now
	}
}

func (m *model) rings(c cases.Case, e cases.Event) {
	phones := []string{c.Rings(e), group}
	if e.Kind == cases.Reminded || e.Kind == cases.Raised {
		phones = append(phones, waiting(c)...)
	}
	for _, who := range phones {
		m.rung[at{c.Number, who}], m.ever[at{c.Number, who}] = true, true
	}
}

func (m *model) reachable(name string) bool { return m.chats[name] != 0 && !m.blocked[name] }

// check is what is always true.
func (m *model) check(t *rapid.T) {
	m.tester = t
	m.note(t)
	queued := map[at]bool{}
	for _, o := range m.queue() {
		to := at{o.Case, o.To}
		if o.Case != "" && queued[to] {
			t.Fatalf("%s is queued twice for %s", o.Case, o.To)
		}
		queued[to] = true
	}
	for _, o := range m.queue() {
		for _, number := range o.Bundle {
			queued[at{number, o.To}] = true
		}
	}
	all := m.desk.cases()
	if len(all) != len(m.mentions) {
		t.Fatalf("%d cases, want %d", len(all), len(m.mentions))
	}
	m.view(func(tx *journal.Tx) error {
		for i, c := range all {
			if want := cases.Number(2026, i+1); c.Number != want {
				t.Fatalf("a gap: %s where %s should be", c.Number, want)
			}
			m.checkCase(t, tx, c)
			if c.Open() {
				m.checkHands(t, tx, c, queued)
			}
		}
		return nil
	})
}

func (m *model) checkCase(t *rapid.T, tx *journal.Tx, c cases.Case) {
	want := m.mentions[c.Number]
	if c.Mentions != len(want) {
		t.Fatalf("%s has %d mentions, want %d", c.Number, c.Mentions, len(want))
	}
	for i, id := range want {
		mention, ok, err := tx.Mention(c.Number, i+1)
		if err != nil || !ok || mention.ID != id || mention.No != i+1 || mention.Case != c.Number {
			t.Fatalf("%s: mention %d is %+v, %v, want %s", c.Number, i+1, mention, err, id)
		}
	}
	if _, more, _ := tx.Mention(c.Number, c.Mentions+1); more {
		t.Fatalf("%s has more mentions than it counts", c.Number)
	}
	events, err := tx.Events(c.Number)
	if err != nil || len(events) != c.Seq {
		t.Fatalf("%s: %d events up to %d, %v", c.Number, len(events), c.Seq, err)
	}
	folded, err := cases.Fold(events) // the fold that is kept is the fold of the events
	if diff := cmp.Diff(folded, c); err != nil || diff != "" {
		t.Fatalf("%s: %v\n%s", c.Number, err, diff)
	}
}

// hands are those who have an open case, and each other part of it, by the unit whose part
// it is.
func hands(c cases.Case) map[string]string {
	who := map[string]string{c.Unit: c.Officer}
	for _, h := range c.Helpers {
		if h.Text == "" && h.Unit != c.Unit {
			who[h.Unit] = h.Officer
		}
	}
	if c.Offer != nil {
		who[c.Offer.Unit] = c.Offer.Officer
	}
	return who
}

// checkHands sees that an open case lies unread with nobody: who has a part in it can be
// reached, if somebody of the unit can, and knows of it, or will.
func (m *model) checkHands(t *rapid.T, tx *journal.Tx, c cases.Case, queued map[at]bool) {
	know := append([]string{}, c.Called...)
	for unit, who := range hands(c) {
		u, _ := m.p.unit(unit)
		if !u.Has(who) || !m.reachable(who) && (m.reachable(u.A) || m.reachable(u.B)) {
			t.Fatalf("%s is with %s of %+v, who can be reached: %v", c.Number, who, u, m.reachable(who))
		}
		know = append(know, who)
	}
	if d := c.Reviewing(); d != nil {
		if !m.reachable(d.Reviewer) && d.By != "周局" && m.reachable("周局") {
			t.Fatalf("%s is to be reviewed by %s, who cannot be reached", c.Number, d.Reviewer)
		}
		know = append(know, d.Reviewer)
	}
	for _, who := range know {
		card, shown, err := tx.Card(c.Number, who)
		m.ok(err)
		current := shown && card.Chat == m.chats[who] && (card.Rev == c.Rev || card.Listed)
		to := at{c.Number, who}
		if m.reachable(who) && !current && !queued[to] && !m.refused[to] {
			t.Fatalf("%s: %s's phone shows %+v and nothing is queued; the case is at %d", c.Number, who, card, c.Rev)
		}
	}
}

// checkThere sees, after time was looked at, that nobody has an open case who is on leave
// while the other one is there.
func (m *model) checkThere(t *rapid.T, c cases.Case) {
	m.view(func(tx *journal.Tx) error {
		for unit, who := range hands(c) {
			u, _ := m.p.unit(unit)
			away, err := m.p.away(tx, who)
			m.ok(err)
			for _, other := range []string{u.A, u.B} {
				if ok, off, err := m.p.presence(tx, other); away && ok && !off {
					t.Fatalf("%s is with %s, who is on leave, and %s is there, %v", c.Number, who, other, err)
				}
			}
		}
		return nil
	})
}

// finish lets everybody be reached and everything arrive: then all is told, and all is
// shipped once.
func (m *model) finish(t *rapid.T) {
	m.tester = t
	for i, name := range people {
		m.bind(name, int64(100+i))
		m.isAt(name, int64(100+i))
	}
	m.Group(t)
	m.note(t)
	for range 4 {
		for _, o := range m.queue() {
			p, ok, err := m.p.Begin(o.Seq)
			m.ok(err)
			if ok {
				m.judge(t, p)
				m.arrived(t, p)
			}
		}
	}
	m.wantQueue()
	clear(m.refused)
	m.check(t)
	m.count(m.ship())
	want := map[string]int{}
	for id := range m.home {
		want[id], want["post "+id] = 1, 1
	}
	for _, c := range m.desk.cases() {
		for seq := range c.Seq {
			want[cases.Event{Case: c.Number, Seq: seq + 1}.ID()] = 1
		}
		if c.Open() && c.Shown[c.Officer] == 0 {
			t.Fatalf("%s has %d mentions, and %s was shown %d", c.Number, c.Mentions, c.Officer, c.Shown[c.Officer])
		}
	}
	if !maps.Equal(m.shipped, want) {
		t.Fatalf("shipped %v, want %v", m.shipped, want)
	}
}
