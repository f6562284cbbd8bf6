package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// told is a post that tells a story, and the case that it began or was split off to.
type told struct{ post, number string }

// at is a case on somebody's phone, in a group, or at a place outside.
type at struct{ number, who string }

// model is a whole office, played at random, and what must be true of it.
type model struct {
	*desk
	words    []string
	stories  map[int][]told
	mentions map[string][]string   // case → posts, in order
	folds    map[string]cases.Case // by number, as they were at the last look
	home     map[string]int        // matched post → the story that it tells
	chats    map[string]int64      // who can be reached where
	blocked  map[string]bool
	tapped   []cases.Act // updates that were handled
	begun    map[uint64]bool
	failed   map[uint64]bool           // lists that were tried before
	rung     map[at]bool               // a new message is in order
	ever     map[at]bool               // one was in order at some time
	refused  map[at]bool               // Telegram took no message
	shown    map[at]cases.Card         // the last message that was confirmed
	heard    map[at]int                // mentions there were when a list told of it
	said     map[string]bool           // keys of texts that arrived
	shipped  map[string]int            // records that arrived, by ID
	flight   map[string]cases.Shipment // the shipment that travels
}

var people = []string{"王敏", "李强", "赵刚", "孙丽", "钱伟", "何平", "周局"}

const group = groupMark + "供水公司"

// busyOffice has all that an office may have: 孙丽 heads the unit whose A officer she is,
// and 周局, who leads, heads one.
func busyOffice() Office {
	o := office()
	o.Units[0].Head, o.Units[2].Head, o.Units[3].Head = "何平", "孙丽", "周局"
	o.Signing = Signing{Within: 30 * time.Minute, Major: 10 * time.Minute, Rungs: []string{RungB, RungHead, RungLeader}}
	o.Review = []string{"major"}
	o.Larger, o.Major = cases.Spread{Mentions: 4}, cases.Spread{Mentions: 7, Sources: 3}
	o.Copies = []Copy{{Name: "机器人"}, {Name: "邮箱", Units: []string{"供水公司", "住建局"}}}
	return o
}

func newModel(t *rapid.T, dir string) *model {
	m := &model{
		desk: deskIn(t, dir), words: []string{"停水", "扬尘", "爆炸", "坑洼"}, stories: map[int][]told{}, mentions: map[string][]string{},
		folds: map[string]cases.Case{}, home: map[string]int{}, chats: map[string]int64{}, blocked: map[string]bool{},
		begun: map[uint64]bool{}, failed: map[uint64]bool{}, rung: map[at]bool{}, ever: map[at]bool{}, refused: map[at]bool{}, shown: map[at]cases.Card{}, heard: map[at]int{}, said: map[string]bool{},
		shipped: map[string]int{}, flight: map[string]cases.Shipment{},
	}
	m.office = busyOffice()
	m.office.Storm = rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "storm")
	m.restart()
	return m
}

// Ingest brings some posts of some stories, some of them known, in one reading that may
// fail.
func (m *model) Ingest(t *rapid.T) {
	m.tester = t
	source := rapid.SampledFrom([]string{"论坛", "微博", "贴吧"}).Draw(t, "source")
	var posts []post.Post
	for range rapid.IntRange(1, 4).Draw(t, "posts") {
		story := rapid.IntRange(0, 5).Draw(t, "story")
		key := fmt.Sprint(story, "/", rapid.IntRange(0, 9).Draw(t, "copy"))
		posts = append(posts, m.post(source, key, telling(story, m.words[story%len(m.words)])))
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
		if _, known := m.home[ps.ID]; !known {
			var story int
			fmt.Sscanf(ps.Key, "%d/", &story)
			m.tell(story, ps.ID)
		}
	}
}

// tell notes where a post belongs that tells a story: with the one of its tellings that
// comes first, in the case in which that one goes on.
func (m *model) tell(story int, id string) {
	m.home[id] = story
	known := m.stories[story]
	if len(known) == 0 {
		number := cases.Number(2026, len(m.mentions)+1)
		m.stories[story] = []told{{id, number}}
		m.mentions[number] = []string{id}
		return
	}
	number := slices.MinFunc(known, func(a, b told) int { return strings.Compare(a.post, b.post) }).number
	for m.folds[number].Into != "" {
		number = m.folds[number].Into
	}
	m.mentions[number] = append(m.mentions[number], id)
}

// Register types in what somebody told by phone: a story, or about nothing.
func (m *model) Register(t *rapid.T) {
	m.tester = t
	m.update++
	by, story := rapid.SampledFrom(people).Draw(t, "by"), rapid.IntRange(0, 9).Draw(t, "story")
	word := "没有专题的事"
	if story < 6 {
		word = m.words[story%len(m.words)]
	}
	l := cases.Letter{Update: m.update, By: by, Channel: "来电", Text: telling(story, word), Contact: "13812345678"}
	m.ok(m.p.Register(l))
	m.ok(m.p.Register(l)) // Telegram sent the update again
	m.tell(story, post.IDOf(l.Channel, fmt.Sprint(l.Update)))
}

// Bind gives somebody a new chat, which may have been another's.
func (m *model) Bind(t *rapid.T) {
	m.tester = t
	name, chat := rapid.SampledFrom(people).Draw(t, "name"), rapid.Int64Range(1, 8).Draw(t, "chat")
	m.bind(name, chat)
	m.isAt(name, chat)
}

func (m *model) isAt(name string, chat int64) {
	for other, theirs := range m.chats {
		if theirs == chat && other != name {
			delete(m.chats, other)
			delete(m.blocked, other)
		}
	}
	m.chats[name] = chat
	delete(m.blocked, name)
}

// Group makes a chat that of the unit's group.
func (m *model) Group(t *rapid.T) {
	m.tester = t
	m.update++
	chat := -rapid.Int64Range(1, 2).Draw(t, "group")
	if _, err := m.p.BindGroup(m.update, chat, "王敏", "供水公司"); err != nil {
		t.Fatal(err)
	}
	m.isAt(group, chat)
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

// Deliver makes attempts, from the most urgent on, that end as attempts end.
func (m *model) Deliver(t *rapid.T) {
	m.tester = t
	queue, err := m.p.Outgoing(t.Context())
	m.ok(err)
	places, err := Copies{m.p}.Outgoing(t.Context())
	m.ok(err)
	queue = append(queue, places...)
	for _, o := range queue[:rapid.IntRange(0, len(queue)).Draw(t, "n")] {
		p, ok, err := m.p.Begin(o.Seq)
		m.ok(err)
		if !ok {
			continue
		}
		m.judge(t, p)
		m.failed[p.Seq] = true
		end := rapid.SampledFrom([]string{"arrives", "arrives", "arrives", "fails", "is cut off", "is blocked", "moves on", "is gone", "is refused"}).Draw(t, "end")
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
		case end == "is blocked" && p.Chat != 0:
			m.ok(m.p.Blocked(p))
			m.blocked[p.To] = true
		case end == "is gone" && p.Message != 0:
			m.ok(m.p.Gone(p))
			card := m.shown[at{p.Case, p.To}]
			card.Chat = 0
			m.shown[at{p.Case, p.To}] = card
		case end == "is refused" && (p.Case != "" || len(p.Bundle) > 0):
			m.ok(m.p.Refused(p, "Bad Request"))
			m.refused[at{p.Case, p.To}] = true
			for _, number := range p.Bundle {
				m.rung[at{number, p.To}], m.ever[at{number, p.To}] = true, true
			}
		default:
			if end == "moves on" && p.Case != "" {
				rapid.SampledFrom([]func(*rapid.T){m.Ingest, m.Act, m.Bind, m.Wait}).Draw(t, "what")(t)
				m.note(t)
			}
			m.arrived(t, p)
		}
		m.note(t)
	}
}

func (m *model) arrived(t *rapid.T, p cases.Parcel) {
	message := m.arrive(p)
	delete(m.begun, p.Seq)
	if p.Key != "" {
		m.said[p.Key] = true
	}
	for _, c := range p.Cases {
		to := at{c.Number, p.To}
		if card := m.shown[to]; card.Chat != p.Chat || card.Listed {
			m.shown[to] = cases.Card{Chat: p.Chat, Message: message, Listed: true}
			m.heard[to] = c.Mentions
		}
		if !m.ringing(to) {
			delete(m.rung, to)
		}
	}
	if p.Case == "" {
		return
	}
	to := at{p.Case, p.To}
	m.shown[to] = cases.Card{Case: p.Case, Officer: p.To, Chat: p.Chat, Message: message, Rev: p.View.Rev}
	delete(m.refused, to)
	if p.Message == 0 && m.kase(p.Case).Rev == p.View.Rev {
		delete(m.rung, to)
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

// numbers are the cases that there are, in order.
func (m *model) numbers() []string { return slices.Sorted(maps.Keys(m.folds)) }

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
			"": m.check, "ingest": m.Ingest, "ingest more": m.Ingest, "act": m.Act, "act more": m.Act, "act still more": m.Act, "act again": m.Again,
			"register": m.Register, "look": m.Look, "leave": m.Leave, "turn": m.Turn, "mute": m.Mute, "show": m.Show, "wait": m.Wait,
			"bind": m.Bind, "bind more": m.Bind, "group": m.Group, "back": m.Back, "tell": m.Tell,
			"deliver": m.Deliver, "deliver more": m.Deliver, "ship": m.Ship, "restart": m.Restart,
		})
		m.finish(t)
	})
}
