package botapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// How many toasts are kept for each person.
const maxToasts = 50

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

// Message is one message as the person's phone shows it.
type Message struct {
	ID       int   // unique over all chats of the bot, growing
	Seq      int64 // number of the last change to it; grows over all chats
	Person   int64 // whose chat it is in
	FromBot  bool
	Date     time.Time
	Text     string
	Entities []Entity
	Buttons  [][]Button // rows; nil if there is no keyboard
	ReplyTo  int        // the message it answers, which may be gone; or 0
	Edits    int        // how often it was edited
	EditedAt time.Time  // zero if never
	Silent   bool       // sent without sound

	LinkPreview json.RawMessage `json:",omitempty"` // LinkPreviewOptions as the bot gave them
}

// Toast is what the bot showed after a tap.
type Toast struct {
	Query     string // the tap's id, as Tap returned it
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

// Chat returns a person's chat with the bot, oldest message first.
func (s *Server) Chat(person int64) []Message { return list[Message](s, bMessages, key(person)) }

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

// Send writes to the bot as that person and returns the message's id. A text of more
// than 4096 characters is an error; Telegram's apps would send it in parts.
func (s *Server) Send(person int64, text string) (int, error) { return s.write(person, 0, text) }

// Reply is Send as an answer to a message in the same chat.
func (s *Server) Reply(person int64, messageID int, text string) (int, error) {
	if messageID == 0 {
		return 0, errors.New("botapi: reply: no message given")
	}
	return s.write(person, messageID, text)
}

// Start opens the bot as a link t.me/bot?start=payload does: it sends "/start payload",
// or plain "/start". Someone who had blocked the bot unblocks it by that.
func (s *Server) Start(person int64, payload string) (int, error) {
	if err := s.setBlocked(person, false); err != nil {
		return 0, err
	}
	if payload == "" {
		return s.write(person, 0, "/start")
	}
	return s.write(person, 0, "/start "+payload)
}

func (s *Server) write(id int64, replyTo int, text string) (int, error) {
	text, _ = clean(text, nil)
	var m *Message
	err := s.update(func(t *tx) error {
		person, err := t.talker(id)
		switch {
		case err != nil:
			return err
		case text == "":
			return errors.New("no text")
		case utf8.RuneCountInString(text) > maxText:
			return fmt.Errorf("the text has more than %d characters", maxText)
		}
		m = &Message{Text: text, Entities: detect(text, nil)}
		if replyTo != 0 {
			answered, err := t.message(id, replyTo)
			if err != nil || answered == nil {
				return errors.Join(fmt.Errorf("there is no message %d to reply to", replyTo), err)
			}
			m.ReplyTo = replyTo
		}
		if !person.Started {
			person.Started = true
			if err := t.put(bPeople, key(id), person); err != nil {
				return err
			}
		}
		wire, err := t.deliverMessage(person, m)
		if err != nil {
			return err
		}
		return t.queue("message", wireUpdate{Message: wire})
	})
	if err != nil {
		return 0, fmt.Errorf("botapi: write as person %d: %w", id, err)
	}
	return m.ID, nil
}

// talker is a person who can do something in the chat.
func (t *tx) talker(id int64) (*Person, error) {
	person, err := t.person(id)
	switch {
	case err != nil:
		return nil, err
	case person == nil:
		return nil, errors.New("unknown person")
	case person.Blocked:
		return nil, errors.New("the person has blocked the bot")
	}
	return person, nil
}

// Tap presses the button of a message that carries that callback data, and returns
// the id of the callback query. It is an error if the message is gone or has no such
// button (any more).
func (s *Server) Tap(person int64, messageID int, data string) (string, error) {
	return s.tap(person, messageID, func(b Button, _ int) bool { return b.Data == data && data != "" })
}

// TapIndex is Tap by the button's place, counted from 0, row by row. A button that
// opens a URL sends nothing to the bot and is an error.
func (s *Server) TapIndex(person int64, messageID, index int) (string, error) {
	return s.tap(person, messageID, func(b Button, i int) bool { return i == index && b.Data != "" })
}

func (s *Server) tap(id int64, messageID int, is func(Button, int) bool) (string, error) {
	var queryID string
	err := s.update(func(t *tx) error {
		person, err := t.talker(id)
		if err != nil {
			return err
		}
		m, err := t.message(id, messageID)
		if err != nil || m == nil {
			return errors.Join(errors.New("there is no such message"), err)
		}
		for i, b := range slices.Concat(m.Buttons...) {
			if is(b, i) {
				queryID, err = t.press(person, m, b)
				return err
			}
		}
		return errors.New("the message has no such button")
	})
	if err != nil {
		return "", fmt.Errorf("botapi: tap on message %d as person %d: %w", messageID, id, err)
	}
	return queryID, nil
}

func (t *tx) press(person *Person, m *Message, b Button) (string, error) {
	n, err := t.next(bQueries)
	if err != nil {
		return "", err
	}
	if err := t.put(bQueries, key(n), query{Person: person.ID, Message: m.ID, At: t.s.opts.Now()}); err != nil {
		return "", err
	}
	wire, err := t.wire(person, m)
	if err != nil {
		return "", err
	}
	id := strconv.FormatInt(n, 10)
	return id, t.queue("callback_query", wireUpdate{CallbackQuery: &wireQuery{
		ID: id, From: person.wireUser(), Message: wire, ChatInstance: strconv.FormatInt(person.ID, 10), Data: b.Data,
	}})
}

// toast keeps what the bot answered to a tap, and forgets the oldest.
func (t *tx) toast(q query, toast Toast) error {
	if toast.Text == "" && toast.URL == "" {
		return nil
	}
	n, err := t.next(bToasts)
	if err != nil {
		return err
	}
	if err := t.put(bToasts, key(q.Person, n), toast); err != nil {
		return err
	}
	kept, err := all[Toast](t, bToasts, key(q.Person))
	if err != nil || len(kept) <= maxToasts {
		return err
	}
	oldest, _ := t.Bucket(bToasts).Cursor().Seek(key(q.Person))
	return t.Bucket(bToasts).Delete(oldest)
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
		forever := int64(0)
		in := wireMember{Status: "member", User: t.s.wireBot()}
		out := wireMember{Status: "kicked", User: t.s.wireBot(), UntilDate: &forever}
		u := &wireMyStanding{Chat: person.wireChat(), From: person.wireUser(), Date: s.opts.Now().Unix(), Old: out, New: in}
		if blocked {
			u.Old, u.New = in, out
		}
		return t.queue("my_chat_member", wireUpdate{MyChatMember: u})
	})
	if err != nil {
		return fmt.Errorf("botapi: block or unblock as person %d: %w", id, err)
	}
	return nil
}
