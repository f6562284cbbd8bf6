package botapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

func TestCommands(t *testing.T) {
	w := newWorld(t)
	w.ok(w.AddGroup(group, "值班群", wang, li))
	b := w.bot()
	todo := []models.BotCommand{{Command: "todo", Description: "我的待办"}}
	duty := []models.BotCommand{{Command: "duty", Description: "今天谁值班"}}
	for _, p := range []bot.SetMyCommandsParams{
		{Commands: todo},
		{Commands: duty, Scope: &models.BotCommandScopeAllPrivateChats{}},
		{Commands: slices.Concat(todo, duty), Scope: &models.BotCommandScopeChat{ChatID: group}},
		{Commands: duty, LanguageCode: "zh"},
		{Commands: todo, Scope: &models.BotCommandScopeChatMember{ChatID: group, UserID: wang}},
	} {
		w.ok(second(b.SetMyCommands(t.Context(), &p)))
	}
	names := func(list []BotCommand) string {
		var out []string
		for _, c := range list {
			out = append(out, c.Command+"="+c.Description)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		scope string
		chat  int64
		want  string
	}{
		{"default", 0, "todo=我的待办"},
		{"all_private_chats", 0, "duty=今天谁值班"},
		{"all_private_chats", wang, "duty=今天谁值班"},
		{"chat", group, "todo=我的待办 duty=今天谁值班"},
		{"chat", wang, ""},
		{"all_group_chats", 0, ""},
	} {
		if got := names(w.Commands(c.scope, c.chat)); got != c.want {
			t.Errorf("%s %d: got %q, want %q", c.scope, c.chat, got, c.want)
		}
	}
	list, err := b.GetMyCommands(t.Context(), &bot.GetMyCommandsParams{LanguageCode: "zh"})
	w.ok(err)
	if !slices.Equal(list, duty) {
		t.Errorf("zh: %+v", list)
	}
	w.ok(second(b.DeleteMyCommands(t.Context(), &bot.DeleteMyCommandsParams{Scope: &models.BotCommandScopeAllPrivateChats{}})))
	if len(w.Commands("all_private_chats", 0)) != 0 || len(w.Commands("default", 0)) != 1 {
		t.Error("the wrong menu was deleted")
	}
	// A number and the same in quotes are one chat.
	if a := w.raw("getMyCommands", url.Values{"scope": {`{"type":"chat","chat_id":"-42"}`}}); !strings.Contains(string(a.Result), "我的待办") {
		t.Errorf("%+v", a)
	}
}

func TestCommandRefusals(t *testing.T) {
	w := newWorld(t)
	commands := func(n int, command, description string) string {
		list := slices.Repeat([]BotCommand{{command, description}}, n)
		data, err := json.Marshal(list)
		w.ok(err)
		return string(data)
	}
	good := commands(100, strings.Repeat("a", 32), strings.Repeat("述", 256))
	for _, c := range []struct{ commands, scope, language, words string }{
		{commands: good},
		{commands: commands(1, " /help ", " x ")},
		{commands: "[]", scope: `{"type":"default"}`, language: "zh"},
		{commands: "{", words: "can't parse commands JSON object"},
		{commands: "{}", words: "expected an Array of BotCommand"},
		{commands: "[1]", words: "can't parse BotCommand: expected an Object"},
		{commands: `[{"description":"x"}]`, words: `can't parse BotCommand: Can't find field "command"`},
		{commands: `[{"command":"x"}]`, words: `can't parse BotCommand: Can't find field "description"`},
		{commands: `[{"command":1}]`, words: `can't parse BotCommand: `},
		{commands: commands(101, "a", "x"), words: "BOT_COMMANDS_TOO_MUCH"},
		{commands: commands(1, "/", "x"), words: "command must be non-empty"},
		{commands: commands(1, strings.Repeat("a", 33), "x"), words: "command length must not exceed 32"},
		{commands: commands(1, "a", " "), words: "command description must be non-empty"},
		{commands: commands(1, "a", strings.Repeat("述", 257)), words: "command description length must not exceed 256"},
		{commands: commands(1, "Todo", "x"), words: "BOT_COMMAND_INVALID"},
		{commands: commands(1, "待办", "x"), words: "BOT_COMMAND_INVALID"},
		{commands: good, language: "zh-hans", words: "invalid language code specified"},
		{commands: good, scope: "{", words: "can't parse BotCommandScope JSON object"},
		{commands: good, scope: "[]", words: "can't parse BotCommandScope: BotCommandScope must be an Object"},
		{commands: good, scope: "{}", words: `can't parse BotCommandScope: Can't find field "type"`},
		{commands: good, scope: `{"type":1}`, words: "can't parse BotCommandScope: "},
		{commands: good, scope: `{"type":"galaxy"}`, words: "can't parse BotCommandScope: Unsupported type specified"},
		{commands: good, scope: `{"type":"chat"}`, words: `can't parse BotCommandScope: Can't find field "chat_id"`},
		{commands: good, scope: `{"type":"chat","chat_id":""}`, words: "can't parse BotCommandScope: Empty chat_id specified"},
		{commands: good, scope: `{"type":"chat","chat_id":-7}`, words: "chat not found"},
		{commands: good, scope: `{"type":"chat_member","chat_id":101}`, words: "can't parse BotCommandScope: Invalid user_id specified"},
	} {
		a := w.raw("setMyCommands", url.Values{"commands": {c.commands}, "scope": {c.scope}, "language_code": {c.language}})
		if a.OK != (c.words == "") || !a.OK && !strings.HasPrefix(a.Description, "Bad Request: "+c.words) {
			t.Errorf("%.60s %s %s: %+v", c.commands, c.scope, c.language, a)
		}
	}
	w.ok(w.AddGroup(group, "值班群", wang))
	w.ok(w.KickBot(group, wang))
	_, err := w.bot().DeleteMyCommands(t.Context(), &bot.DeleteMyCommandsParams{Scope: &models.BotCommandScopeChat{ChatID: group}})
	if !errors.Is(err, bot.ErrorForbidden) || !strings.Contains(fmt.Sprint(err), "bot was kicked") {
		t.Errorf("got %v", err)
	}
}
