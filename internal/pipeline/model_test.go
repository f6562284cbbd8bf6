package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// owes is what the model knows of a case.
type owes struct {
	state    cases.State
	steps    int
	replies  int
	mentions []string // posts, in order
	officer  string
	after    bool // mentions came after its end
}

// model is a whole office, played at random, and what must be true of it.
type model struct {
	*desk
	words   []string
	stories map[int]string   // story → case
	cases   map[string]*owes // by number
	posts   map[string]bool  // matched
	chats   map[string]int64 // who can be reached where
	blocked map[string]bool
	tapped  []cases.Act // updates that were handled
	begun   map[uint64]bool
	asked   map[[2]string]bool        // case, officer: a new message is in order
	shown   map[[2]string]cases.Card  // case, officer: the last message that was confirmed
	told    map[string]bool           // keys of texts that arrived
	shipped map[string]int            // records that arrived, by ID
	flight  map[string]cases.Shipment // the shipment that travels
}

var people = []string{"王敏", "李强", "赵刚", "孙丽", "钱伟"}

func newModel(t *rapid.T, dir string) *model {
	return &model{
		desk: deskIn(t, dir), words: []string{"停水", "扬尘", "爆炸", "坑洼"}, stories: map[int]string{}, cases: map[string]*owes{},
		posts: map[string]bool{}, chats: map[string]int64{}, blocked: map[string]bool{}, begun: map[uint64]bool{},
		asked: map[[2]string]bool{}, shown: map[[2]string]cases.Card{}, told: map[string]bool{}, shipped: map[string]int{},
		flight: map[string]cases.Shipment{},
	}
}

// Ingest brings some posts of some stories, some of them known, in one reading that may
// fail.
func (m *model) Ingest(t *rapid.T) {
	m.tester = t
	var posts []post.Post
	for range rapid.IntRange(1, 4).Draw(t, "posts") {
		story := rapid.IntRange(0, 5).Draw(t, "story")
		key := fmt.Sprint(story, "/", rapid.IntRange(0, 9).Draw(t, "copy"))
		posts = append(posts, m.post("论坛", key, telling(story, m.words[story%len(m.words)])))
	}
	b := batch(m.now, posts...)
	if rapid.IntRange(0, 9).Draw(t, "fails") == 0 {
		b.State.Next = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
		if m.p.Ingest(t.Context(), b) == nil {
			t.Fatalf("a state that cannot be kept was")
		}
		return
	}
	m.ok(m.p.Ingest(t.Context(), b))
	for _, ps := range posts {
		if m.posts[ps.ID] {
			continue
		}
		m.posts[ps.ID] = true
		var story int
		fmt.Sscanf(ps.Key, "%d/", &story)
		number, old := m.stories[story]
		if !old {
			number = cases.Number(2026, len(m.cases)+1)
			m.stories[story] = number
			m.cases[number] = &owes{state: cases.Registered, steps: 1}
			if m.words[story%len(m.words)] == "爆炸" {
				m.cases[number].steps = 2
			}
		}
		m.cases[number].mentions = append(m.cases[number].mentions, ps.ID)
	}
}

// Act is one thing that somebody, not always with the right to, does to a case.
func (m *model) Act(t *rapid.T) {
	m.tester = t
	if len(m.cases) == 0 {
		return
	}
	number := rapid.SampledFrom(slices.Sorted(maps.Keys(m.cases))).Draw(t, "case")
	if len(m.chats) == 0 {
		return
	}
	a := m.by(rapid.SampledFrom(slices.Sorted(maps.Keys(m.chats))).Draw(t, "by"), number)
	again := len(m.tapped) > 0 && rapid.IntRange(0, 5).Draw(t, "again") == 0
	if again {
		a = rapid.SampledFrom(m.tapped).Draw(t, "tapped")
	}
	if !again {
		delete(m.blocked, a.By) // who acts is there
	}
	c := m.cases[a.Case]
	u, _ := m.p.unit(m.kase(a.Case).Unit)
	mine := !again && u.Has(a.By)
	may := mine && c.state != cases.Done && c.state != cases.NotOwed
	var err error
	switch kind := rapid.SampledFrom([]string{"sign", "reply", "reply", "transfer", "dismiss", "close"}).Draw(t, "act"); kind {
	case "sign":
		_, err = m.p.Sign(a)
		if may && c.state == cases.Registered {
			c.state = cases.InHand
		}
	case "reply":
		err = m.p.Reply(a, "", "好了")
		if mine {
			c.replies++
			if c.state = cases.InHand; c.replies >= c.steps {
				c.state = cases.Answered
			}
		}
	case "transfer":
		to := rapid.SampledFrom(m.p.UnitNames()).Draw(t, "to")
		_, err = m.p.Transfer(a, to)
		if may && to != u.Name && c.state != cases.Answered {
			c.state = cases.Registered
			m.asked[[2]string{a.Case, m.kase(a.Case).Officer}] = true
		}
	case "dismiss":
		_, err = m.p.Dismiss(a, cases.FalseAlarm)
		if may && c.replies == 0 {
			c.state = cases.NotOwed
		}
	case "close":
		_, err = m.p.Close(a)
		if may && c.state == cases.Answered {
			c.state = cases.Done
		}
	}
	m.ok(err)
	m.tapped = append(m.tapped, a)
}

// Bind gives somebody a new chat, which may have been another's.
func (m *model) Bind(t *rapid.T) {
	m.tester = t
	name, chat := rapid.SampledFrom(people).Draw(t, "name"), rapid.Int64Range(1, 6).Draw(t, "chat")
	m.bind(name, chat)
	if m.chats[name] != chat {
		for number := range m.cases {
			m.asked[[2]string{number, name}] = true
		}
	}
	for other, theirs := range m.chats {
		if theirs == chat && other != name {
			delete(m.chats, other)
			delete(m.blocked, other)
		}
	}
	m.chats[name] = chat
	delete(m.blocked, name)
}

// Back has somebody who blocked the bot write again.
func (m *model) Back(t *rapid.T) {
	m.tester = t
	name := rapid.SampledFrom(people).Draw(t, "name")
	m.ok(m.p.Reachable(name))
	delete(m.blocked, name)
}

// Tell queues a text, perhaps once more.
func (m *model) Tell(t *rapid.T) {
	m.tester = t
	name, key := rapid.SampledFrom(people).Draw(t, "name"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
	m.ok(m.p.Tell(name, key+name, "您好"))
}

// Deliver makes attempts, from the oldest on, that end as attempts end.
func (m *model) Deliver(t *rapid.T) {
	m.tester = t
	queue := m.queue()
	for _, o := range queue[:rapid.IntRange(0, len(queue)).Draw(t, "n")] {
		p, ok, err := m.p.Begin(o.Seq)
		m.ok(err)
		if !ok {
			continue
		}
		m.judge(t, p)
		end := rapid.SampledFrom([]string{"arrives", "arrives", "arrives", "fails", "is cut off", "is blocked", "moves on", "is gone"}).Draw(t, "end")
		switch {
		case end == "fails":
			m.ok(m.p.Failed(p))
		case end == "is cut off":
			if p.Message == 0 {
				m.begun[p.Seq] = true
			}
			if rapid.Bool().Draw(t, "restart") {
				m.restart()
			}
			return
		case end == "is blocked":
			m.ok(m.p.Blocked(p))
			m.blocked[p.To] = true
		case end == "is gone" && p.Message != 0:
			m.ok(m.p.Gone(p))
			m.asked[[2]string{p.Case, p.To}] = true
		default:
			if end == "moves on" && p.Case != "" {
				rapid.SampledFrom([]func(*rapid.T){m.Ingest, m.Act, m.Bind}).Draw(t, "what")(t)
				m.note()
			}
			m.arrived(t, p)
		}
		m.note()
	}
}

func (m *model) arrived(t *rapid.T, p cases.Parcel) {
	at := [2]string{p.Case, p.To}
	message := m.arrive(p)
	delete(m.begun, p.Seq)
	if p.Case == "" {
		m.told[p.Key] = true
		return
	}
	m.shown[at] = cases.Card{Case: p.Case, Officer: p.To, Chat: p.Chat, Message: message, Rev: p.View.Rev}
	if p.Message == 0 && m.kase(p.Case).Rev == p.View.Rev {
		delete(m.asked, at)
	}
}

// Ship sends a shipment, which may be lost on the way.
func (m *model) Ship(t *rapid.T) {
	m.tester = t
	s, err := m.j.Seal(rapid.IntRange(1, 9).Draw(t, "max"))
	m.ok(err)
	if len(s.Records) == 0 {
		return
	}
	for id, other := range m.flight {
		if id != s.ID || len(other.Records) != len(s.Records) {
			t.Fatalf("%s travels, and %s is sealed", id, s.ID)
		}
	}
	m.flight[s.ID] = s
	if rapid.Bool().Draw(t, "lost") {
		return
	}
	m.ok(m.j.Shipped(s.ID))
	clear(m.flight)
	m.count(s.Records)
}

func (m *model) count(records []cases.Record) {
	for _, r := range records {
		switch {
		case r.Event != nil:
			m.shipped[r.Event.ID()]++
		case r.Mention != nil:
			m.shipped[r.Mention.ID]++
		case r.Post != nil:
			m.shipped["post "+r.Post.ID]++
		}
	}
}

// Restart closes the journal and opens it again, sometimes after a time.
func (m *model) Restart(t *rapid.T) {
	m.tester = t
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
	m.restart()
}

// A random office in random order: every matched post is in one case, every case is
// with somebody who can be told and is, nothing is told twice, everything is shipped
// once — after every step, whatever failed.
func TestModel(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := newModel(t, folder(dir, n))
		defer func() { m.j.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "ingest": m.Ingest, "act": m.Act, "act more": m.Act, "bind": m.Bind, "back": m.Back, "tell": m.Tell,
			"deliver": m.Deliver, "deliver more": m.Deliver, "ship": m.Ship, "restart": m.Restart,
		})
		m.finish(t)
	})
}
