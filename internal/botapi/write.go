package botapi

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Limits of what a person sends.
const (
	maxCaption = 1024 // characters
	maxAlbum   = 10   // files
)

// Draft is what a person is about to send.
type Draft struct {
	From    int64  // the person
	Chat    int64  // where to; 0: where the message ReplyTo is, or the person's chat with the bot
	ReplyTo int    // the message it answers; or 0
	Text    string // with Files the caption, which may be empty
	Files   []File // several are an album: one message each, the caption with the first
}

// Send writes to the bot as that person and returns the message's id. A text of more
// than 4096 characters is an error; Telegram's apps would send it in parts.
func (s *Server) Send(person int64, text string) (int, error) {
	return first(s.Write(Draft{From: person, Text: text}))
}

// Reply is Send as an answer to a message, in the chat where that is: the person's own,
// or a group's.
func (s *Server) Reply(person int64, messageID int, text string) (int, error) {
	if messageID == 0 {
		return 0, errors.New("botapi: reply: no message given")
	}
	return first(s.Write(Draft{From: person, ReplyTo: messageID, Text: text}))
}

// Start opens the bot as a link t.me/bot?start=payload does: it sends "/start payload",
// or plain "/start". Someone who had blocked the bot unblocks it by that.
func (s *Server) Start(person int64, payload string) (int, error) {
	if err := s.setBlocked(person, false); err != nil {
		return 0, err
	}
	if payload == "" {
		return s.Send(person, "/start")
	}
	return s.Send(person, "/start "+payload)
}

func first(ids []int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// Write sends a draft and returns the ids of its messages: one, or as many as there
// are files. In a group the bot gets only what its privacy mode lets through.
func (s *Server) Write(d Draft) ([]int, error) {
	d.Text, _ = clean(d.Text, nil)
	var ids []int
	err := s.update(func(t *tx) error {
		if err := d.check(); err != nil {
			return err
		}
		in, person, err := t.addressee(&d)
		if err != nil {
			return err
		}
		if in.group == nil && !person.Started {
			person.Started = true
			if err := t.put(bPeople, key(person.ID), person); err != nil {
				return err
			}
		}
		ids, err = t.post(in, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("botapi: write as person %d: %w", d.From, err)
	}
	return ids, nil
}

func (d *Draft) check() error {
	limit := maxText
	if len(d.Files) > 0 {
		limit = maxCaption
	}
	switch {
	case d.Text == "" && len(d.Files) == 0:
		return errors.New("no text")
	case utf8.RuneCountInString(d.Text) > limit:
		return fmt.Errorf("the text has more than %d characters", limit)
	case len(d.Files) > maxAlbum:
		return fmt.Errorf("more than %d files", maxAlbum)
	}
	for _, f := range d.Files {
		if f.Photo != d.Files[0].Photo {
			return errors.New("an album holds photos or documents, not both")
		}
	}
	return nil
}

// addressee finds the chat that a draft goes to, and its author.
func (t *tx) addressee(d *Draft) (*place, *Person, error) {
	switch {
	case d.ReplyTo != 0:
		answered, err := t.seen(d.From, d.ReplyTo)
		if err != nil || answered == nil || d.Chat != 0 && d.Chat != answered.Chat {
			return nil, nil, errors.Join(fmt.Errorf("there is no message %d to reply to", d.ReplyTo), err)
		}
		d.Chat = answered.Chat
	case d.Chat == 0:
		d.Chat = d.From
	}
	return t.enter(d.Chat, d.From)
}

// seen finds a message on a person's phone: in the chat with the bot, or in a group.
func (t *tx) seen(person int64, id int) (*Message, error) {
	m, err := t.message(person, id)
	if err != nil || m != nil {
		return m, err
	}
	groups, err := all[Group](t, bGroups, nil)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if _, _, err := t.enter(g.ID, person); err != nil {
			continue
		}
		if m, err := t.message(g.ID, id); err != nil || m != nil {
			return m, err
		}
	}
	return nil, nil
}

// post puts a draft into its chat and tells the bot.
func (t *tx) post(in *place, d Draft) (ids []int, err error) {
	album := ""
	for i := range max(len(d.Files), 1) {
		m := &Message{From: d.From, ReplyTo: d.ReplyTo}
		if i == 0 {
			m.Text, m.Entities = d.Text, detect(d.Text, nil)
		}
		if len(d.Files) > 0 {
			if m.Media, err = t.store(d.Files[i]); err != nil {
				return nil, err
			}
		}
		if i == 0 && len(d.Files) > 1 {
			album = "1" + strconv.FormatInt(m.Media.Sizes[0].File, 10) // as unique as its first file
		}
		m.Album = album
		wire, err := t.deliverMessage(in, m)
		if err != nil {
			return nil, err
		}
		ids = append(ids, m.ID)
		heard, err := t.hears(in, m)
		if err == nil && heard {
			err = t.queue("message", wireUpdate{Message: wire})
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// Edit changes the text, or the caption, of a message that the person wrote in the
// last 48 hours; the bot is told by an edited_message.
func (s *Server) Edit(person int64, messageID int, text string) error {
	text, _ = clean(text, nil)
	err := s.update(func(t *tx) error {
		m, err := t.seen(person, messageID)
		switch {
		case err != nil:
			return err
		case m == nil || m.FromBot || m.From != person:
			return errors.New("there is no such message of theirs")
		case s.opts.Now().Sub(m.Date) >= deletable:
			return errors.New("it is too old")
		}
		d := Draft{Text: text}
		if m.Media != nil {
			d.Files = make([]File, 1) // for the limits
		}
		if err := d.check(); err != nil {
			return err
		}
		in, _, err := t.enter(m.Chat, person)
		if err != nil {
			return err
		}
		m.Text, m.Entities = text, detect(text, nil)
		m.Edits++
		m.EditedAt = s.opts.Now()
		if err := t.keep(m); err != nil {
			return err
		}
		heard, err := t.hears(in, m)
		if err != nil || !heard {
			return err
		}
		wire, err := t.wire(in, m)
		if err != nil {
			return err
		}
		return t.queue("edited_message", wireUpdate{EditedMessage: wire})
	})
	if err != nil {
		return fmt.Errorf("botapi: edit message %d as person %d: %w", messageID, person, err)
	}
	return nil
}
