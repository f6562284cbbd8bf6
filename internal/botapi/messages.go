package botapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// deletable is how long a message can be deleted by the bot, and edited by a person.
const deletable = 48 * time.Hour

func (s *Server) getMe(context.Context, params) (any, error) {
	return wireMe{wireUser: s.wireBot()}, nil
}

// addressed reads chat_id: a person or group that this server knows.
func (t *tx) addressed(p params) (*place, error) {
	if p["chat_id"] == "" {
		return nil, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(p["chat_id"], 10, 64)
	if err != nil {
		return nil, badRequest("chat not found")
	}
	in, err := t.place(id)
	if err == nil && in == nil {
		return nil, badRequest("chat not found")
	}
	return in, err
}

// writable is addressed, for what Telegram lets a bot do only with people who talk to
// it, and in groups that it is in.
func (t *tx) writable(p params) (*place, error) {
	in, err := t.addressed(p)
	switch {
	case err != nil:
		return nil, err
	case in.group != nil:
		return in, in.group.closed()
	case !in.person.Started:
		return nil, &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot can't initiate conversation with a user"}
	case in.person.Blocked:
		return nil, &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot was blocked by the user"}
	}
	return in, nil
}

func (s *Server) sendMessage(_ context.Context, p params) (any, error) {
	m, err := readMessage(p, false)
	if err != nil {
		return nil, err
	}
	return s.send(p, m)
}

// send puts the bot's message into the chat that p names.
func (s *Server) send(p params, m *Message) (any, error) {
	var reply struct {
		MessageID *int            `json:"message_id"`
		ChatID    json.RawMessage `json:"chat_id"`
		Anyway    bool            `json:"allow_sending_without_reply"`
	}
	if err := p.object("reply_parameters", "reply parameters", &reply); err != nil {
		return nil, err
	}
	var sent *wireMessage
	err := s.update(func(t *tx) error {
		in, err := t.writable(p)
		if err != nil {
			return err
		}
		if reply.MessageID != nil {
			answered, err := t.message(in.id(), *reply.MessageID)
			elsewhere := len(reply.ChatID) > 0 && strings.Trim(string(reply.ChatID), `"`) != strconv.FormatInt(in.id(), 10)
			switch {
			case err != nil:
				return err
			case answered != nil && !elsewhere:
				m.ReplyTo = answered.ID
			case !reply.Anyway:
				return badRequest("message to be replied not found")
			}
		}
		if err := t.ring(in.id(), m.Silent); err != nil {
			return err
		}
		sent, err = t.deliverMessage(in, m)
		return err
	})
	return sent, err
}

// rings counts the bot's messages in a chat.
type rings struct{ Rang, Silent int }

func (t *tx) ring(chat int64, silent bool) error {
	var r rings
	if _, err := t.get(bRings, key(chat), &r); err != nil {
		return err
	}
	if silent {
		r.Silent++
	} else {
		r.Rang++
	}
	return t.put(bRings, key(chat), r)
}

// deliverMessage puts a new message into a chat.
func (t *tx) deliverMessage(in *place, m *Message) (*wireMessage, error) {
	id, err := t.next(bMessages)
	if err != nil {
		return nil, err
	}
	m.ID, m.Chat, m.Date = int(id), in.id(), t.s.opts.Now()
	if err := t.keep(m); err != nil {
		return nil, err
	}
	return t.wire(in, m)
}

// readMessage reads a message to send, or to edit into another.
func readMessage(p params, edit bool) (*Message, error) {
	text, entities, err := formatText(p["text"], p["parse_mode"], p["entities"])
	if err != nil {
		return nil, err
	}
	m, err := readFrame(p, edit)
	if err != nil {
		return nil, err
	}
	m.Text, m.Entities = text, entities
	return m, nil
}

// readFrame reads what a message has besides its text or file.
func readFrame(p params, edit bool) (*Message, error) {
	if p["business_connection_id"] != "" {
		return nil, badRequest("business connection not found")
	}
	var preview map[string]any
	if err := p.object("link_preview_options", "link preview options", &preview); err != nil {
		return nil, err
	}
	buttons, err := readMarkup(p["reply_markup"], edit)
	if err != nil {
		return nil, err
	}
	m := &Message{FromBot: true, Buttons: buttons, Silent: p.flag("disable_notification")}
	if preview != nil {
		m.LinkPreview, err = json.Marshal(preview)
	}
	return m, err
}

func (s *Server) editMessageText(_ context.Context, p params) (any, error) {
	content, err := readMessage(p, true)
	if err != nil {
		return nil, err
	}
	return s.edit(p, func(m *Message) error {
		if m.Media != nil {
			return badRequest("there is no text in the message to edit")
		}
		m.Text, m.Entities, m.LinkPreview = content.Text, content.Entities, content.LinkPreview
		m.Buttons = content.Buttons // as at Telegram, a keyboard that is not sent again is gone
		return nil
	})
}

func (s *Server) editMessageReplyMarkup(_ context.Context, p params) (any, error) {
	buttons, err := readMarkup(p["reply_markup"], true)
	if err != nil {
		return nil, err
	}
	return s.edit(p, func(m *Message) error {
		m.Buttons = buttons
		return nil
	})
}

// edit changes one of the bot's messages.
func (s *Server) edit(p params, change func(*Message) error) (any, error) {
	id := p.number("message_id", 0, 0, 1<<31-1)
	if p["chat_id"] == "" && id == 0 {
		if p["inline_message_id"] != "" {
			return nil, badRequest("MESSAGE_ID_INVALID") // it has no inline mode
		}
		return nil, badRequest("message identifier is not specified")
	}
	var edited *wireMessage
	err := s.update(func(t *tx) error {
		in, err := t.writable(p)
		var refused *apiError
		if errors.As(err, &refused) && refused.MigrateTo != 0 {
			return badRequest("message can't be edited") // only who writes is told where to
		}
		if err != nil {
			return err
		}
		m, err := t.message(in.id(), id)
		switch {
		case err != nil:
			return err
		case m == nil:
			return badRequest("message to edit not found")
		case !m.FromBot:
			return badRequest("message can't be edited")
		}
		was := *m
		if err := change(m); err != nil {
			return err
		}
		if m.Text == was.Text && slices.Equal(m.Entities, was.Entities) && reflect.DeepEqual(m.Buttons, was.Buttons) {
			return badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
		}
		m.Edits++
		m.EditedAt = s.opts.Now()
		if err := t.keep(m); err != nil {
			return err
		}
		edited, err = t.wire(in, m)
		return err
	})
	return edited, err
}

func (s *Server) deleteMessage(_ context.Context, p params) (any, error) {
	id := p.number("message_id", 0, 0, 1<<31-1)
	if p["chat_id"] == "" {
		return nil, badRequest("chat identifier is not specified")
	}
	if id == 0 {
		return nil, badRequest("message identifier is not specified")
	}
	return true, s.update(func(t *tx) error {
		in, err := t.addressed(p)
		if err == nil && in.group != nil {
			err = in.group.closed()
		}
		if err != nil {
			return err
		}
		m, err := t.message(in.id(), id)
		switch {
		case err != nil:
			return err
		case m == nil:
			return badRequest("message to delete not found")
		case s.opts.Now().Sub(m.Date) >= deletable:
			return badRequest("message can't be deleted for everyone")
		case in.group != nil && !m.FromBot:
			return badRequest("message can't be deleted") // that is for administrators
		}
		return t.Bucket(bMessages).Delete(key(in.id(), int64(id)))
	})
}

func (s *Server) sendChatAction(_ context.Context, p params) (any, error) {
	actions := []string{"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
		"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"}
	if !slices.Contains(actions, p["action"]) {
		return nil, badRequest("wrong parameter action in request")
	}
	return true, s.view(func(t *tx) error {
		_, err := t.writable(p)
		return err
	})
}
