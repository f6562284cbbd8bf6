package pipeline

import (
	"maps"

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
	if p.Case == "" {
		if m.told[p.Key] {
			t.Fatalf("%s was told %s twice", p.To, p.Key)
		}
		return
	}
	at := [2]string{p.Case, p.To}
	card := m.shown[at]
	switch {
	case p.View.Rev != m.kase(p.Case).Rev || p.First.ID != m.cases[p.Case].mentions[0]:
		t.Fatalf("an old view is sent: %+v", p)
	case p.Message == 0 && !m.asked[at] && card.Chat == p.Chat:
		t.Fatalf("%s gets a second message about %s, which nobody asked for", p.To, p.Case)
	case p.Message != 0 && (card.Message != p.Message || card.Chat != p.Chat):
		t.Fatalf("message %d in chat %d is edited, and %+v shows %s", p.Message, p.Chat, card, p.Case)
	case p.Message != 0 && card.Rev == p.View.Rev && !p.Ring:
		t.Fatalf("message %d is edited to show the same", p.Message)
	}
}

// note sees who has each case now: a new officer is to be told, and so is one whose
// case goes on after its end.
func (m *model) note() {
	for number, c := range m.cases {
		now := m.kase(number)
		if now.Officer != c.officer || now.After > 0 && !c.after {
			m.asked[[2]string{number, now.Officer}] = true
		}
		c.officer, c.after = now.Officer, now.After > 0
	}
}

func (m *model) reachable(name string) bool { return m.chats[name] != 0 && !m.blocked[name] }

// check is what is always true.
func (m *model) check(t *rapid.T) {
	m.tester = t
	m.note()
	queued := map[[2]string]int{}
	for _, o := range m.queue() {
		if queued[[2]string{o.Case, o.To}]++; o.Case != "" && queued[[2]string{o.Case, o.To}] > 1 {
			t.Fatalf("%s is queued twice for %s", o.Case, o.To)
		}
	}
	all := m.desk.cases()
	if len(all) != len(m.cases) {
		t.Fatalf("%d cases, want %d", len(all), len(m.cases))
	}
	m.view(func(tx *journal.Tx) error {
		for i, c := range all {
			if want := cases.Number(2026, i+1); c.Number != want {
				t.Fatalf("a gap: %s where %s should be", c.Number, want)
			}
			m.checkCase(t, tx, c, queued)
		}
		return nil
	})
}

func (m *model) checkCase(t *rapid.T, tx *journal.Tx, c cases.Case, queued map[[2]string]int) {
	want := m.cases[c.Number]
	if c.State != want.state || len(c.Replies) != want.replies || c.Mentions != len(want.mentions) {
		t.Fatalf("%s: %s, %d replies, %d mentions; want %+v", c.Number, c.State, len(c.Replies), c.Mentions, *want)
	}
	for i, id := range want.mentions {
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
	if !c.Open() {
		return
	}
	u, _ := m.p.unit(c.Unit)
	if !u.Has(c.Officer) || !m.reachable(c.Officer) && (m.reachable(u.A) || m.reachable(u.B)) {
		t.Fatalf("%s is with %s of %+v, who can be reached: %v", c.Number, c.Officer, u, m.reachable(c.Officer))
	}
	card, _, err := tx.Card(c.Number, c.Officer)
	current := err == nil && card.Chat == m.chats[c.Officer] && card.Rev == c.Rev
	if m.reachable(c.Officer) && !current && queued[[2]string{c.Number, c.Officer}] == 0 {
		t.Fatalf("%s: %s's phone shows %+v and nothing is queued; the case is at %d", c.Number, c.Officer, card, c.Rev)
	}
}

// finish lets everybody be reached and everything arrive: then all is told, and all is
// shipped once.
func (m *model) finish(t *rapid.T) {
	m.tester = t
	for i, name := range people {
		m.bind(name, int64(100+i))
		m.chats[name] = int64(100 + i)
	}
	clear(m.blocked)
	for number := range m.cases {
		for _, name := range people {
			m.asked[[2]string{number, name}] = true
		}
	}
	m.note()
	for range 3 {
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
	m.check(t)
	m.count(m.ship())
	want := map[string]int{}
	for id := range m.posts {
		want[id], want["post "+id] = 1, 1
	}
	for _, c := range m.desk.cases() {
		for seq := range c.Seq {
			want[cases.Event{Case: c.Number, Seq: seq + 1}.ID()] = 1
		}
		if c.Open() && c.Shown[c.Officer] != c.Mentions {
			t.Fatalf("%s has %d mentions, and %s was shown %d", c.Number, c.Mentions, c.Officer, c.Shown[c.Officer])
		}
	}
	if !maps.Equal(m.shipped, want) {
		t.Fatalf("shipped %v, want %v", m.shipped, want)
	}
}
