package botapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	maxToastText = 200
	maxToasts    = 50               // how many are kept for each person
	queryLife    = 15 * time.Minute // how long a tap can be answered; Telegram gives no number
)

// Tap is one press of a button that sends something to the bot.
type Tap struct {
	Query     string // its id, as Tap returned it
	Person    int64  // who tapped
	MessageID int
	Label     string // the button's text at that moment
	Time      time.Time
	After     int    // the last message of any chat that there was by then
	Answer    *Toast // what the bot answered, even if it shows nothing; nil if it did not yet
}

// Taps returns the taps in a chat, oldest first.
func (s *Server) Taps(chat int64) []Tap { return list[Tap](s, bTaps, key(chat)) }

// Tap presses the button of a message that carries that callback data, and returns
// the id of the callback query. The message is in the person's chat with the bot or in
// one of their groups. It is an error if the message is gone or has no such button (any
// more), or if the bot has left the group.
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
		m, err := t.seen(id, messageID)
		if err != nil || m == nil {
			return errors.Join(errors.New("there is no such message"), err)
		}
		in, person, err := t.enter(m.Chat, id)
		switch {
		case err != nil:
			return err
		case in.group != nil && !in.group.BotIn:
			return errors.New("the bot is not in the group")
		}
		for i, b := range slices.Concat(m.Buttons...) {
			if is(b, i) {
				queryID, err = t.press(in, person, m, b)
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

func (t *tx) press(in *place, person *Person, m *Message, b Button) (string, error) {
	n, err := t.next(bQueries)
	if err != nil {
		return "", err
	}
	id := strconv.FormatInt(n, 10)
	tap := Tap{
		Query: id, Person: person.ID, MessageID: m.ID, Label: b.Text, Time: t.s.opts.Now(),
		After: int(t.Bucket(bMessages).Sequence()),
	}
	if err := t.put(bTaps, key(m.Chat, n), tap); err != nil {
		return "", err
	}
	if err := t.put(bQueries, key(n), query{Person: person.ID, Chat: m.Chat, Message: m.ID, At: tap.Time}); err != nil {
		return "", err
	}
	wire, err := t.wire(in, m)
	if err != nil {
		return "", err
	}
	return id, t.queue("callback_query", wireUpdate{CallbackQuery: &wireQuery{
		ID: id, From: person.wireUser(), Message: wire, ChatInstance: strconv.FormatInt(m.Chat, 10), Data: b.Data,
	}})
}

// query is a tap that waits for the bot's answer.
type query struct {
	Person, Chat int64
	Message      int
	At           time.Time
}

func (s *Server) answerCallbackQuery(_ context.Context, p params) (any, error) {
	if utf8.RuneCountInString(p["text"]) > maxToastText {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	id, _ := strconv.ParseInt(p["callback_query_id"], 10, 64)
	return true, s.update(func(t *tx) error {
		var q query
		found, err := t.get(bQueries, key(id), &q)
		if err != nil {
			return err
		}
		if !found || s.opts.Now().Sub(q.At) > queryLife {
			return badRequest("query is too old and response timeout expired or query ID is invalid")
		}
		if err := t.Bucket(bQueries).Delete(key(id)); err != nil {
			return err
		}
		toast := Toast{
			Query: strconv.FormatInt(id, 10), Chat: q.Chat, MessageID: q.Message, Text: p["text"],
			Alert: p.flag("show_alert"), URL: p["url"], Time: s.opts.Now(),
		}
		var tap Tap
		if found, err = t.get(bTaps, key(q.Chat, id), &tap); err != nil {
			return err
		}
		if found { // not in a file of an older version
			tap.Answer = &toast
			if err := t.put(bTaps, key(q.Chat, id), tap); err != nil {
				return err
			}
		}
		return t.toast(q, toast)
	})
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
