package botapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
)

// The shapes that go over the wire, as the Bot API names them.

type envelope struct {
	OK          bool                `json:"ok"`
	Result      any                 `json:"result,omitempty"`
	ErrorCode   int                 `json:"error_code,omitempty"`
	Description string              `json:"description,omitempty"`
	Parameters  *responseParameters `json:"parameters,omitempty"`
}

type responseParameters struct {
	RetryAfter int   `json:"retry_after,omitempty"`
	MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
}

type wireUser struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
}

// wireMe is the bot as only getMe shows it.
type wireMe struct {
	wireUser
	CanJoinGroups           bool `json:"can_join_groups"`
	CanReadAllGroupMessages bool `json:"can_read_all_group_messages"`
	SupportsInlineQueries   bool `json:"supports_inline_queries"`
	CanConnectToBusiness    bool `json:"can_connect_to_business"`
	HasMainWebApp           bool `json:"has_main_web_app"`
}

type wireChat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
}

type wireMessage struct {
	ID                 int             `json:"message_id"`
	From               wireUser        `json:"from"`
	Chat               wireChat        `json:"chat"`
	Date               int64           `json:"date"`
	EditDate           int64           `json:"edit_date,omitempty"`
	ReplyTo            *wireMessage    `json:"reply_to_message,omitempty"`
	Text               string          `json:"text,omitempty"`
	Entities           []Entity        `json:"entities,omitempty"`
	LinkPreviewOptions json.RawMessage `json:"link_preview_options,omitempty"`
	ReplyMarkup        *wireKeyboard   `json:"reply_markup,omitempty"`

	Album           string          `json:"media_group_id,omitempty"`
	Photo           []wirePhotoSize `json:"photo,omitempty"`
	Document        *wireDocument   `json:"document,omitempty"`
	Caption         string          `json:"caption,omitempty"`
	CaptionEntities []Entity        `json:"caption_entities,omitempty"`

	// What happened in a group; such a message holds nothing else.
	NewMembers  []wireUser `json:"new_chat_members,omitempty"`
	LeftMember  *wireUser  `json:"left_chat_member,omitempty"`
	MigrateTo   int64      `json:"migrate_to_chat_id,omitempty"`
	MigrateFrom int64      `json:"migrate_from_chat_id,omitempty"`
}

type wirePhotoSize struct {
	FileID   string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Size     int64  `json:"file_size"`
}

type wireDocument struct {
	FileID   string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Name     string `json:"file_name,omitempty"`
	MIME     string `json:"mime_type,omitempty"`
	Size     int64  `json:"file_size,omitempty"`
}

type wireFile struct {
	FileID   string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Size     int64  `json:"file_size"`
	Path     string `json:"file_path"`
}

type wireKeyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

type wireUpdate struct {
	ID            int64           `json:"update_id"`
	Message       *wireMessage    `json:"message,omitempty"`
	EditedMessage *wireMessage    `json:"edited_message,omitempty"`
	CallbackQuery *wireQuery      `json:"callback_query,omitempty"`
	MyChatMember  *wireMyStanding `json:"my_chat_member,omitempty"`
}

type wireQuery struct {
	ID           string       `json:"id"`
	From         wireUser     `json:"from"`
	Message      *wireMessage `json:"message"`
	ChatInstance string       `json:"chat_instance"`
	Data         string       `json:"data"`
}

// wireMyStanding tells the bot that a person blocked or unblocked it, or that it came
// into a group or had to leave.
type wireMyStanding struct {
	Chat wireChat   `json:"chat"`
	From wireUser   `json:"from"`
	Date int64      `json:"date"`
	Old  wireMember `json:"old_chat_member"`
	New  wireMember `json:"new_chat_member"`
}

type wireMember struct {
	Status    string   `json:"status"`
	User      wireUser `json:"user"`
	UntilDate *int64   `json:"until_date,omitempty"` // of a "kicked" one, and then always 0 = for ever
}

func (s *Server) wireBot() wireUser {
	return wireUser{ID: s.botID, IsBot: true, FirstName: s.opts.BotName, Username: s.opts.Username}
}

func (p *Person) wireUser() wireUser {
	return wireUser{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, LanguageCode: p.Language}
}

func (p *Person) wireChat() wireChat {
	return wireChat{ID: p.ID, Type: "private", FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
}

// wire shows m as the bot sees it, with the message it answers (one level deep, as
// at Telegram) while that is still there.
func (t *tx) wire(in *place, m *Message) (*wireMessage, error) {
	w, err := t.wireFlat(in, m)
	if err != nil || m.ReplyTo == 0 {
		return w, err
	}
	answered, err := t.message(in.id(), m.ReplyTo)
	if err != nil || answered == nil {
		return w, err
	}
	w.ReplyTo, err = t.wireFlat(in, answered)
	return w, err
}

func (t *tx) wireFlat(in *place, m *Message) (*wireMessage, error) {
	w := &wireMessage{
		ID: m.ID, From: t.s.wireBot(), Chat: in.wire(), Date: m.Date.Unix(), LinkPreviewOptions: m.LinkPreview, Album: m.Album,
	}
	if !m.FromBot {
		author, err := t.person(cmp.Or(m.From, m.Chat)) // a file of an older version has no From
		if err != nil || author == nil {
			return nil, errors.Join(fmt.Errorf("the author of message %d is unknown", m.ID), err)
		}
		w.From = author.wireUser()
	}
	if m.Media == nil {
		w.Text, w.Entities = m.Text, m.Entities
	} else {
		w.Caption, w.CaptionEntities = m.Text, m.Entities
		w.Photo, w.Document = m.Media.wire()
	}
	if !m.EditedAt.IsZero() {
		w.EditDate = m.EditedAt.Unix()
	}
	if len(m.Buttons) > 0 {
		w.ReplyMarkup = &wireKeyboard{Rows: m.Buttons}
	}
	return w, nil
}
