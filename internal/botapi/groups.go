package botapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Group is a group chat. Only its members can write and tap in it, and the bot only
// while it is in.
type Group struct {
	ID      int64 // negative
	Title   string
	Members []int64 // people; the first made the group
	BotIn   bool    // the bot is a member
	Super   bool    // it is a supergroup
	MovedTo int64   // the supergroup that it became, after which nothing happens in it; or 0
}

// superBase is what the ids of supergroups count down from.
const superBase = -1_000_000_000_000

// place is a chat: with one person, or a group. One of the two is set.
type place struct {
	person *Person
	group  *Group
}

func (p *place) id() int64 {
	if p.group != nil {
		return p.group.ID
	}
	return p.person.ID
}

func (p *place) wire() wireChat {
	if p.group != nil {
		return wireChat{ID: p.group.ID, Type: p.group.kind(), Title: p.group.Title}
	}
	return p.person.wireChat()
}

func (g *Group) kind() string {
	if g.Super {
		return "supergroup"
	}
	return "group"
}

// closed is why the bot can do nothing in the group; nil if it can.
func (g *Group) closed() error {
	switch {
	case g.MovedTo != 0:
		return &apiError{Code: http.StatusBadRequest, Description: "Bad Request: group chat was upgraded to a supergroup chat", MigrateTo: g.MovedTo}
	case !g.BotIn:
		return &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot was kicked from the " + g.kind() + " chat"}
	}
	return nil
}

// place returns the chat with that id, or nil if there is none.
func (t *tx) place(id int64) (*place, error) {
	if id > 0 {
		person, err := t.person(id)
		if err != nil || person == nil {
			return nil, err
		}
		return &place{person: person}, nil
	}
	var g Group
	if ok, err := t.get(bGroups, key(id), &g); err != nil || !ok {
		return nil, err
	}
	return &place{group: &g}, nil
}

// AddGroup makes a group that the first member has added the bot to, and the bot is
// told. Of a group that is known already it changes the title and the members, and
// nothing else. The id is negative; the members must be known people.
func (s *Server) AddGroup(id int64, title string, members ...int64) error {
	err := s.update(func(t *tx) error {
		if id >= 0 || title == "" || len(members) == 0 {
			return errors.New("needs a negative id, a title and a member")
		}
		for _, m := range members {
			if p, err := t.person(m); err != nil || p == nil {
				return errors.Join(fmt.Errorf("unknown person %d", m), err)
			}
		}
		known, err := t.place(id)
		if err != nil {
			return err
		}
		if known != nil {
			known.group.Title, known.group.Members = title, members
			return t.put(bGroups, key(id), known.group)
		}
		return t.seat(&Group{ID: id, Title: title, Members: members, Super: id < superBase}, members[0], true)
	})
	if err != nil {
		return fmt.Errorf("botapi: add group %d: %w", id, err)
	}
	return nil
}

// Groups returns every group.
func (s *Server) Groups() []Group { return list[Group](s, bGroups, nil) }

// InviteBot adds the bot to a group as that member; the bot is told.
func (s *Server) InviteBot(group, member int64) error { return s.seatBot(group, member, true) }

// KickBot removes the bot from a group as that member; the bot is told, and can do
// nothing there any more.
func (s *Server) KickBot(group, member int64) error { return s.seatBot(group, member, false) }

func (s *Server) seatBot(group, member int64, in bool) error {
	err := s.update(func(t *tx) error {
		there, _, err := t.enter(group, member)
		switch {
		case err != nil:
			return err
		case there.group == nil:
			return errors.New("it is no group")
		case there.group.BotIn == in:
			return nil
		}
		return t.seat(there.group, member, in)
	})
	if err != nil {
		return fmt.Errorf("botapi: invite to group %d or kick as person %d: %w", group, member, err)
	}
	return nil
}

// seat writes the group with the bot in it or out of it, and tells the bot. At
// Telegram, a basic group lists nobody as banned, and a supergroup does not tell those
// who were removed by a message.
func (t *tx) seat(g *Group, by int64, in bool) error {
	person, err := t.person(by)
	if err != nil {
		return err
	}
	g.BotIn = in
	if err := t.put(bGroups, key(g.ID), g); err != nil {
		return err
	}
	was, is := "left", "member"
	if !in {
		was, is = "member", "left"
		if g.Super {
			is = "kicked"
		}
	}
	there, bot := &place{group: g}, t.s.wireBot()
	if err := t.standing(there, person, was, is); err != nil {
		return err
	}
	switch {
	case in:
		return t.happened(there, person, wireMessage{NewMembers: []wireUser{bot}})
	case !g.Super:
		return t.happened(there, person, wireMessage{LeftMember: &bot})
	}
	return nil
}

// standing tells the bot that somebody changed what it is in a chat.
func (t *tx) standing(in *place, by *Person, was, is string) error {
	member := func(status string) wireMember {
		m := wireMember{Status: status, User: t.s.wireBot()}
		if status == "kicked" {
			m.UntilDate = new(int64) // 0: for ever
		}
		return m
	}
	return t.queue("my_chat_member", wireUpdate{MyChatMember: &wireMyStanding{
		Chat: in.wire(), From: by.wireUser(), Date: t.s.opts.Now().Unix(), Old: member(was), New: member(is),
	}})
}

// happened sends the bot a service message: what happened in a group. These are not
// kept, so Chat does not show them.
func (t *tx) happened(in *place, by *Person, w wireMessage) error {
	id, err := t.next(bMessages)
	if err != nil {
		return err
	}
	w.ID, w.From, w.Chat, w.Date = int(id), by.wireUser(), in.wire(), t.s.opts.Now().Unix()
	return t.queue("message", wireUpdate{Message: &w})
}

// UpgradeGroup makes a supergroup of a group, as Telegram does when a group grows or
// its settings need it, and returns the supergroup's id. Writing to the old id is an
// error from then on that names the new one.
func (s *Server) UpgradeGroup(group int64) (int64, error) {
	id := superBase + group
	err := s.update(func(t *tx) error {
		old, err := t.place(group)
		switch {
		case err != nil:
			return err
		case old == nil || old.group == nil || old.group.Super || old.group.MovedTo != 0:
			return errors.New("there is no such basic group")
		}
		super := *old.group
		super.ID, super.Super = id, true
		old.group.MovedTo = id
		if err := errors.Join(t.put(bGroups, key(group), old.group), t.put(bGroups, key(id), super)); err != nil || !super.BotIn {
			return err
		}
		by, err := t.person(super.Members[0])
		if err != nil {
			return err
		}
		return errors.Join(t.happened(old, by, wireMessage{MigrateTo: id}),
			t.happened(&place{group: &super}, by, wireMessage{MigrateFrom: group}))
	})
	if err != nil {
		return 0, fmt.Errorf("botapi: upgrade group %d: %w", group, err)
	}
	return id, nil
}

// enter returns the chat and the person, if the person can do something there.
func (t *tx) enter(chat, id int64) (*place, *Person, error) {
	person, err := t.person(id)
	if err != nil || person == nil {
		return nil, nil, errors.Join(errors.New("unknown person"), err)
	}
	in, err := t.place(chat)
	switch {
	case err != nil:
		return nil, nil, err
	case in == nil || in.group == nil && chat != id:
		return nil, nil, errors.New("there is no such chat")
	case in.group == nil && person.Blocked:
		return nil, nil, errors.New("the person has blocked the bot")
	case in.group != nil && !slices.Contains(in.group.Members, id):
		return nil, nil, errors.New("the person is no member of the group")
	case in.group != nil && in.group.MovedTo != 0:
		return nil, nil, errors.New("the group is a supergroup now")
	}
	return in, person, nil
}

// hears tells whether the bot gets what a person wrote. In a group it gets, by the
// privacy mode that every bot has until BotFather is told otherwise, only commands,
// mentions of it, and answers to its own messages.
func (t *tx) hears(in *place, m *Message) (bool, error) {
	if in.group == nil {
		return true, nil
	}
	if !in.group.BotIn {
		return false, nil
	}
	if m.ReplyTo != 0 {
		answered, err := t.message(m.Chat, m.ReplyTo)
		if err != nil || answered != nil && answered.FromBot {
			return err == nil, err
		}
	}
	me := "@" + strings.ToLower(t.s.opts.Username)
	return slices.ContainsFunc(m.Entities, func(e Entity) bool {
		word := strings.ToLower(m.part(e))
		switch e.Type {
		case "bot_command":
			return strings.HasSuffix(word, me) || e.Offset == 0 && !strings.Contains(word, "@")
		case "mention":
			return word == me
		}
		return false
	}), nil
}
