package botapi

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxToastText = 200
	deletable    = 48 * time.Hour   // how long a message can be deleted
	queryLife    = 15 * time.Minute // how long a tap can be answered; Telegram gives no number
)

func (s *Server) getMe(context.Context, params) (any, error) {
	return wireMe{wireUser: s.wireBot()}, nil
}

// addressed reads chat_id: a person that this server knows.
func (t *tx) addressed(p params) (*Person, error) {
	if p["chat_id"] == "" {
		return nil, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(p["chat_id"], 10, 64)
	if err != nil {
		return nil, badRequest("chat not found")
	}
	person, err := t.person(id)
	if err == nil && person == nil {
		return nil, badRequest("chat not found")
	}
	return person, err
}

// writable is addressed, for what Telegram lets a bot do only with people who talk to it.
func (t *tx) writable(p params) (*Person, error) {
	person, err := t.addressed(p)
	switch {
	case err != nil:
		return nil, err
	case !person.Started:
		return nil, &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot can't initiate conversation with a user"}
	case person.Blocked:
		return nil, &apiError{Code: http.StatusForbidden, Description: "Forbidden: bot was blocked by the user"}
	}
	return person, nil
}

func (s *Server) sendMessage(_ context.Context, p params) (any, error) {
	m, err := readMessage(p, false)
	if err != nil {
		return nil, err
	}
	var reply struct {
		MessageID *int            `json:"message_id"`
		ChatID    json.RawMessage `json:"chat_id"`
		Anyway    bool            `json:"allow_sending_without_reply"`
	}
	if err := p.object("reply_parameters", "reply parameters", &reply); err != nil {
		return nil, err
	}
	var sent *wireMessage
	err = s.update(func(t *tx) error {
		person, err := t.writable(p)
		if err != nil {
			return err
		}
		if reply.MessageID != nil {
			answered, err := t.message(person.ID, *reply.MessageID)
			elsewhere := len(reply.ChatID) > 0 && strings.Trim(string(reply.ChatID), `"`) != strconv.FormatInt(person.ID, 10)
			switch {
			case err != nil:
				return err
			case answered != nil && !elsewhere:
				m.ReplyTo = answered.ID
			case !reply.Anyway:
				return badRequest("message to be replied not found")
			}
		}
		sent, err = t.deliverMessage(person, m)
		return err
	})
	return sent, err
}

// deliverMessage puts a new message into a chat.
func (t *tx) deliverMessage(person *Person, m *Message) (*wireMessage, error) {
	id, err := t.next(bMessages)
	if err != nil {
		return nil, err
	}
	m.ID, m.Person, m.Date = int(id), person.ID, t.s.opts.Now()
	if err := t.keep(m); err != nil {
		return nil, err
	}
	return t.wire(person, m)
}

// readMessage reads the content of a message to send, or to edit into another.
func readMessage(p params, edit bool) (*Message, error) {
	if p["business_connection_id"] != "" {
		return nil, badRequest("business connection not found")
	}
	text, entities, err := formatText(p["text"], p["parse_mode"], p["entities"])
	if err != nil {
		return nil, err
	}
	var preview map[string]any
	if err := p.object("link_preview_options", "link preview options", &preview); err != nil {
		return nil, err
	}
	buttons, err := readMarkup(p["reply_markup"], edit)
	if err != nil {
		return nil, err
	}
	m := &Message{FromBot: true, Text: text, Entities: entities, Buttons: buttons, Silent: p.flag("disable_notification")}
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
	return s.edit(p, func(m *Message) {
		m.Text, m.Entities, m.LinkPreview = content.Text, content.Entities, content.LinkPreview
		m.Buttons = content.Buttons // as at Telegram, a keyboard that is not sent again is gone
	})
}

func (s *Server) editMessageReplyMarkup(_ context.Context, p params) (any, error) {
	buttons, err := readMarkup(p["reply_markup"], true)
	if err != nil {
		return nil, err
	}
	return s.edit(p, func(m *Message) { m.Buttons = buttons })
}

// edit changes one of the bot's messages.
func (s *Server) edit(p params, change func(*Message)) (any, error) {
	id := p.number("message_id", 0, 0, 1<<31-1)
	if p["chat_id"] == "" && id == 0 {
		if p["inline_message_id"] != "" {
			return nil, badRequest("MESSAGE_ID_INVALID") // it has no inline mode
		}
		return nil, badRequest("message identifier is not specified")
	}
	var edited *wireMessage
	err := s.update(func(t *tx) error {
		person, err := t.writable(p)
		if err != nil {
			return err
		}
		m, err := t.message(person.ID, id)
		switch {
		case err != nil:
			return err
		case m == nil:
			return badRequest("message to edit not found")
		case !m.FromBot:
			return badRequest("message can't be edited")
		}
		was := *m
		change(m)
		if m.Text == was.Text && slices.Equal(m.Entities, was.Entities) && reflect.DeepEqual(m.Buttons, was.Buttons) {
			return badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
		}
		m.Edits++
		m.EditedAt = s.opts.Now()
		if err := t.keep(m); err != nil {
			return err
		}
		edited, err = t.wire(person, m)
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
		person, err := t.addressed(p)
		if err != nil {
			return err
		}
		m, err := t.message(person.ID, id)
		switch {
		case err != nil:
			return err
		case m == nil:
			return badRequest("message to delete not found")
		case s.opts.Now().Sub(m.Date) >= deletable:
			return badRequest("message can't be deleted for everyone")
		}
		return t.Bucket(bMessages).Delete(key(person.ID, int64(id)))
	})
}

// query is a tap that waits for the bot's answer.
type query struct {
	Person  int64
	Message int
	At      time.Time
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
		return t.toast(q, Toast{
			Query: strconv.FormatInt(id, 10), MessageID: q.Message, Text: p["text"],
			Alert: p.flag("show_alert"), URL: p["url"], Time: s.opts.Now(),
		})
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

// BotCommand is one entry of the bot's command menu.
type BotCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

var reBotCommand = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

func (s *Server) setMyCommands(_ context.Context, p params) (any, error) {
	k, err := commandsKey(p)
	if err != nil {
		return nil, err
	}
	list := []BotCommand{}
	if raw := p["commands"]; raw != "" {
		if err := json.Unmarshal([]byte(raw), &list); err != nil {
			return nil, badRequest("can't parse commands JSON object")
		}
	}
	if len(list) > 100 {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for i := range list {
		list[i].Command = strings.TrimPrefix(list[i].Command, "/")
		if !reBotCommand.MatchString(list[i].Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := utf8.RuneCountInString(list[i].Description); n < 1 || n > 256 {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	return true, s.update(func(t *tx) error { return t.put(bCommands, k, list) })
}

func (s *Server) getMyCommands(_ context.Context, p params) (any, error) {
	k, err := commandsKey(p)
	if err != nil {
		return nil, err
	}
	list := []BotCommand{}
	err = s.view(func(t *tx) error {
		_, err := t.get(bCommands, k, &list)
		return err
	})
	return list, err
}

// commandsKey names the scope and language that commands belong to.
func commandsKey(p params) ([]byte, error) {
	scope := map[string]any{"type": "default"}
	if err := p.object("scope", "bot command scope", &scope); err != nil {
		return nil, err
	}
	types := []any{"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat", "chat_administrators", "chat_member"}
	if !slices.Contains(types, scope["type"]) {
		return nil, badRequest("can't parse BotCommandScope: Unsupported type specified")
	}
	return json.Marshal([]any{scope, p["language_code"]})
}
