package botapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of the bot's command menu. Telegram refuses a menu of more than about 6 kB
// too, in the words of too many commands; where exactly is not published.
const (
	maxCommands           = 100
	maxCommand            = 32  // characters
	maxCommandDescription = 256 // characters
)

// BotCommand is one entry of the bot's command menu.
type BotCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// Commands returns the menu that the bot has set for a scope ("default",
// "all_private_chats", "chat"…) and no certain language. The chat counts only for
// scopes of one chat.
func (s *Server) Commands(scope string, chat int64) []BotCommand {
	list := []BotCommand{}
	err := s.view(func(t *tx) error {
		_, err := t.get(bCommands, menuKey(commandScope{Type: scope, chat: chat}, ""), &list)
		return err
	})
	if err != nil {
		s.opts.Log.Error("store unreadable", slog.Any("error", err))
	}
	return list
}

var reBotCommand = regexp.MustCompile(`^[a-z0-9_]+$`)

func (s *Server) setMyCommands(_ context.Context, p params) (any, error) {
	list, err := readCommands(p["commands"])
	if err != nil {
		return nil, err
	}
	return true, s.menu(p, s.update, func(t *tx, k []byte) error { return t.put(bCommands, k, list) })
}

func (s *Server) getMyCommands(_ context.Context, p params) (any, error) {
	list := []BotCommand{}
	err := s.menu(p, s.view, func(t *tx, k []byte) error {
		_, err := t.get(bCommands, k, &list)
		return err
	})
	return list, err
}

func (s *Server) deleteMyCommands(_ context.Context, p params) (any, error) {
	return true, s.menu(p, s.update, func(t *tx, k []byte) error { return t.Bucket(bCommands).Delete(k) })
}

// readCommands reads the commands parameter; absent, it is an empty menu.
func readCommands(raw string) ([]BotCommand, error) {
	list := []BotCommand{}
	if raw == "" {
		return list, nil
	}
	var items []json.RawMessage
	if !json.Valid([]byte(raw)) {
		return nil, badRequest("can't parse commands JSON object")
	}
	if err := json.Unmarshal([]byte(raw), &items); err != nil {
		return nil, badRequest("expected an Array of BotCommand")
	}
	for _, item := range items {
		c, err := readCommand(item)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	if len(list) > maxCommands {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	return list, nil
}

func readCommand(raw json.RawMessage) (c BotCommand, err error) {
	var fields struct{ Command, Description *string }
	if raw[0] != '{' {
		return c, badRequest("can't parse BotCommand: expected an Object")
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return c, badRequest("can't parse BotCommand: %v", err)
	}
	switch {
	case fields.Command == nil:
		return c, badRequest(`can't parse BotCommand: Can't find field "command"`)
	case fields.Description == nil:
		return c, badRequest(`can't parse BotCommand: Can't find field "description"`)
	}
	c.Command = strings.TrimPrefix(strings.TrimSpace(*fields.Command), "/")
	c.Description = strings.TrimSpace(*fields.Description)
	switch {
	case c.Command == "":
		return c, badRequest("command must be non-empty")
	case utf8.RuneCountInString(c.Command) > maxCommand:
		return c, badRequest("command length must not exceed %d", maxCommand)
	case c.Description == "":
		return c, badRequest("command description must be non-empty")
	case utf8.RuneCountInString(c.Description) > maxCommandDescription:
		return c, badRequest("command description length must not exceed %d", maxCommandDescription)
	case !reBotCommand.MatchString(c.Command):
		return c, badRequest("BOT_COMMAND_INVALID")
	}
	return c, nil
}

// commandScope says for whom a menu is.
type commandScope struct {
	Type   string          `json:"type"`
	ChatID json.RawMessage `json:"chat_id"` // a number, or that in quotes
	UserID int64           `json:"user_id"`
	chat   int64
}

var reLanguage = regexp.MustCompile(`^([a-z]{2})?$`)

// menu calls f, within do (view or update), with the key of the menu that p names.
func (s *Server) menu(p params, do func(func(*tx) error) error, f func(*tx, []byte) error) error {
	scope := commandScope{Type: "default"}
	if raw := strings.TrimSpace(p["scope"]); raw != "" {
		scope = commandScope{}
		switch {
		case !json.Valid([]byte(raw)):
			return badRequest("can't parse BotCommandScope JSON object")
		case raw[0] != '{':
			return badRequest("can't parse BotCommandScope: BotCommandScope must be an Object")
		}
		if err := json.Unmarshal([]byte(raw), &scope); err != nil {
			return badRequest("can't parse BotCommandScope: %v", err)
		}
	}
	return do(func(t *tx) error {
		if err := t.locate(&scope); err != nil {
			return err
		}
		if !reLanguage.MatchString(p["language_code"]) {
			return badRequest("invalid language code specified")
		}
		return f(t, menuKey(scope, p["language_code"]))
	})
}

// locate checks a scope, and finds its chat if it has one.
func (t *tx) locate(s *commandScope) error {
	switch s.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		*s = commandScope{Type: s.Type}
		return nil
	case "chat", "chat_administrators", "chat_member":
	case "":
		return badRequest(`can't parse BotCommandScope: Can't find field "type"`)
	default:
		return badRequest("can't parse BotCommandScope: Unsupported type specified")
	}
	id := strings.Trim(string(s.ChatID), `"`)
	switch {
	case s.ChatID == nil:
		return badRequest(`can't parse BotCommandScope: Can't find field "chat_id"`)
	case id == "":
		return badRequest("can't parse BotCommandScope: Empty chat_id specified")
	case s.Type == "chat_member" && s.UserID <= 0:
		return badRequest("can't parse BotCommandScope: Invalid user_id specified")
	}
	in, err := t.addressed(params{"chat_id": id})
	if err != nil {
		return err
	}
	s.chat, _ = strconv.ParseInt(id, 10, 64)
	if in.group != nil {
		return in.group.closed()
	}
	return nil
}

func menuKey(s commandScope, language string) []byte {
	switch s.Type {
	case "chat", "chat_administrators":
		return fmt.Appendf(nil, "%s %d %s", s.Type, s.chat, language)
	case "chat_member":
		return fmt.Appendf(nil, "%s %d %d %s", s.Type, s.chat, s.UserID, language)
	}
	return fmt.Appendf(nil, "%s %s", s.Type, language)
}
