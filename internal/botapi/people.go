package botapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Person is a Telegram user and at the same time their chat with the bot: in private
// chats both have the same id.
type Person struct {
	ID        int64 // positive
	FirstName string
	LastName  string
	Username  string // without the @
	Language  string // IETF tag, e.g. "zh-hans"

	Started bool // has written to the bot, so the bot may write to them
	Blocked bool // has blocked the bot
}

// Message is one message as people's phones show it.
type Message struct {
	ID       int   // unique over all chats of the bot, growing
	Seq      int64 // number of the last change to it; grows over all chats
	Chat     int64 `json:"Person"` // the chat it is in: the person's id, or the group's
	From     int64 // the person who wrote it; 0 if it is the bot's
	FromBot  bool
	Date     time.Time
	Text     string // the caption, if there is Media
	Entities []Entity
	Buttons  [][]Button // rows; nil if there is no keyboard
	ReplyTo  int        // the message it answers, which may be gone; or 0
	Edits    int        // how often it was edited
	EditedAt time.Time  // zero if never
	Silent   bool       // sent without sound

	LinkPreview json.RawMessage `json:",omitempty"` // LinkPreviewOptions as the bot gave them
	Media       *Media          `json:",omitempty"` // the photo or document; nil if there is none
	Album       string          `json:",omitempty"` // shared by the messages of an album; else empty
}

// Toast is what the bot showed after a tap.
type Toast struct {
	Query     string // the tap's id, as Tap returned it
	Chat      int64  // where that is
	MessageID int    // the message whose button was tapped
	Text      string
	Alert     bool // to be confirmed by the person, not only flashed up
	URL       string
	Time      time.Time
}

// AddPerson makes a person known, or changes their names; it keeps Started and
// Blocked of one who is known already.
func (s *Server) AddPerson(p Person) error {
	if p.ID <= 0 || p.FirstName == "" {
		return errors.New("botapi: add person: needs a positive id and a first name")
	}
	return s.update(func(t *tx) error {
		known, err := t.person(p.ID)
		if err != nil {
			return fmt.Errorf("botapi: add person %d: %w", p.ID, err)
		}
		if known != nil {
			p.Started, p.Blocked = known.Started, known.Blocked
		}
		return t.put(bPeople, key(p.ID), p)
	})
}

// People returns everyone, by id.
func (s *Server) People() []Person { return list[Person](s, bPeople, nil) }

// Chat returns a person's chat with the bot, or a group's, oldest message first.
func (s *Server) Chat(id int64) []Message { return list[Message](s, bMessages, key(id)) }

// Photo is the picture of a message, in its largest size; nil when it has none.
func (s *Server) Photo(chat int64, message int) (content []byte, err error) {
	err = s.view(func(t *tx) error {
		m, err := t.message(chat, message)
		if err != nil || m == nil || m.Media == nil || !m.Media.Photo {
			return err
		}
		content = bytes.Clone(t.Bucket(bContents).Get(key(m.Media.Sizes[len(m.Media.Sizes)-1].File)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("botapi: photo of message %d: %w", message, err)
	}
	return content, nil
}

// Rings tells how often phones rang for the bot's messages in a chat, and how many it
// sent silently. An edit never rings; a message deleted later did.
func (s *Server) Rings(chat int64) (rang, silent int) {
	var r rings
	err := s.view(func(t *tx) error { _, err := t.get(bRings, key(chat), &r); return err })
	if err != nil {
		s.opts.Log.Error("store unreadable", slog.Any("error", err))
	}
	return r.Rang, r.Silent
}

// Toasts returns what the bot answered to a person's taps, oldest first; the last 50
// are kept, and none without text or URL.
func (s *Server) Toasts(person int64) []Toast { return list[Toast](s, bToasts, key(person)) }

func list[T any](s *Server, bucket, prefix []byte) []T {
	var items []T
	err := s.view(func(t *tx) (err error) {
		items, err = all[T](t, bucket, prefix)
		return err
	})
	if err != nil {
		s.opts.Log.Error("store unreadable", slog.Any("error", err))
	}
	return items
}

// Block makes the bot unable to write to the person; the bot is told, as at Telegram.
func (s *Server) Block(person int64) error { return s.setBlocked(person, true) }

// Unblock undoes Block.
func (s *Server) Unblock(person int64) error { return s.setBlocked(person, false) }

func (s *Server) setBlocked(id int64, blocked bool) error {
	err := s.update(func(t *tx) error {
		person, err := t.person(id)
		switch {
		case err != nil:
			return err
		case person == nil:
			return errors.New("unknown person")
		case person.Blocked == blocked:
			return nil
		}
		person.Blocked = blocked
		if err := t.put(bPeople, key(id), person); err != nil {
			return err
		}
		was, is := "kicked", "member"
		if blocked {
			was, is = is, was
		}
		return t.standing(&place{person: person}, person, was, is)
	})
	if err != nil {
		return fmt.Errorf("botapi: block or unblock as person %d: %w", id, err)
	}
	return nil
}
