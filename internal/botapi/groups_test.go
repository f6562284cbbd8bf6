package botapi

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const (
	group = -42
	zhao  = 103 // somebody who is in no group
)

// inGroup is a world with a group of 王敏 and 李强 that the bot is in; the bot has read
// everything so far.
func inGroup(t *testing.T) (*world, *bot.Bot) {
	t.Helper()
	w := newWorld(t)
	w.ok(w.AddPerson(Person{ID: zhao, FirstName: "倩", LastName: "赵"}))
	w.ok(w.AddGroup(group, "值班群", wang, li))
	w.drain()
	return w, w.bot()
}

// drain forgets all updates so far and returns them.
func (w *world) drain() []models.Update {
	w.t.Helper()
	a := w.raw("getUpdates", nil)
	var list []models.Update
	w.ok(json.Unmarshal(a.Result, &list))
	w.raw("getUpdates", url.Values{"offset": {"1000000000"}})
	w.ok(w.update(func(t *tx) error { return t.confirm(int(t.Bucket(bUpdates).Sequence()) + 1) }))
	return list
}

func (w *world) sendTo(b *bot.Bot, chat int64, text string, buttons ...models.InlineKeyboardButton) (*models.Message, error) {
	p := &bot.SendMessageParams{ChatID: chat, Text: text}
	if len(buttons) > 0 {
		p.ReplyMarkup = keyboard(buttons...)
	}
	return b.SendMessage(w.t.Context(), p)
}

// TestPrivacy: what of a group's talk the bot gets.
func TestPrivacy(t *testing.T) {
	w, b := inGroup(t)
	bots, err := w.sendTo(b, group, "单")
	w.ok(err)
	theirs := w.must(first(w.Write(Draft{From: li, Chat: group, Text: "收到"})))
	w.drain()
	for _, c := range []struct {
		text    string
		replyTo int
		file    bool
		heard   bool
	}{
		{"今天谁值班", 0, false, false},
		{"/group@huiyin_bot 供水集团", 0, false, true},
		{"/GROUP@Huiyin_Bot 供水集团", 0, false, true},
		{"/todo", 0, false, true},
		{"/todo@other_bot", 0, false, false},
		{"请发 /todo", 0, false, false},
		{"请发 /todo@huiyin_bot", 0, false, true},
		{"@huiyin_bot 在吗", 0, false, true},
		{"a@huiyin_bot.cn", 0, false, false},
		{"@huiyin_bots 在吗", 0, false, false},
		{"已办", bots.ID, false, true},
		{"已办", theirs, false, false},
		{"", bots.ID, true, true},
		{"", 0, true, false},
		{"/evidence", 0, true, true},
	} {
		d := Draft{From: li, Chat: group, ReplyTo: c.replyTo, Text: c.text}
		if c.file {
			d.Files = []File{{Name: "a.txt", Data: []byte("x")}}
		}
		id := w.must(first(w.Write(d)))
		got := w.drain()
		if len(got) > 0 != c.heard {
			t.Errorf("%+v: %d updates", c, len(got))
			continue
		}
		if !c.heard {
			continue
		}
		m := got[0].Message
		if m.ID != id || m.Chat.ID != group || m.Chat.Type != models.ChatTypeGroup || m.Chat.Title != "值班群" || m.From.ID != li || m.Text+m.Caption != c.text {
			t.Errorf("%+v: %+v", c, m)
		}
		if c.replyTo != 0 && (m.ReplyToMessage == nil || m.ReplyToMessage.ID != c.replyTo || !m.ReplyToMessage.From.IsBot) {
			t.Errorf("%+v: %+v", c, m.ReplyToMessage)
		}
	}
	if m := w.Chat(group)[2]; m.Chat != group || m.From != li || m.FromBot {
		t.Errorf("%+v", m)
	}
	if p := w.People()[1]; p.Started {
		t.Error("writing in a group starts no private chat")
	}
}

func TestGroupWork(t *testing.T) {
	w, b := inGroup(t)
	m, err := w.sendTo(b, group, "单", tapButton("签收", "ack"))
	w.ok(err)
	if m.Chat.ID != group || m.Chat.Type != models.ChatTypeGroup {
		t.Errorf("%+v", m.Chat)
	}
	query, err := w.Tap(li, m.ID, "ack")
	w.ok(err)
	tap := w.drain()[0].CallbackQuery
	if tap.ID != query || tap.From.ID != li || tap.Message.Message.Chat.ID != group || tap.Message.Message.ID != m.ID || tap.Data != "ack" {
		t.Errorf("%+v", tap)
	}
	w.ok(second(b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: query, Text: "您已签收"})))
	if got := w.Toasts(li); len(got) != 1 || got[0].Chat != group || got[0].MessageID != m.ID || len(w.Toasts(wang)) != 0 {
		t.Errorf("%+v", got)
	}
	if got := w.Taps(group); len(got) != 1 || got[0].Person != li || got[0].Label != "签收" || got[0].Answer.Text != "您已签收" {
		t.Errorf("%+v", got)
	}
	w.ok(second(b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: group, MessageID: m.ID, Text: "李强已签收"})))
	reply := w.must(w.Reply(wang, m.ID, "辛苦")) // finds the group by itself
	if got := w.Chat(group); len(got) != 2 || got[0].Text != "李强已签收" || got[0].Edits != 1 || got[1].ID != reply || got[1].From != wang {
		t.Errorf("%+v", got)
	}
	for name, err := range map[string]error{
		"tap of a stranger":   second(w.Tap(zhao, m.ID, "ack")),
		"words of a stranger": second(w.Write(Draft{From: zhao, Chat: group, Text: "x"})),
		"reply of a stranger": second(w.Reply(zhao, m.ID, "x")),
		"reply elsewhere":     second(w.Write(Draft{From: wang, Chat: wang, ReplyTo: m.ID, Text: "x"})),
		"another's chat":      second(w.Write(Draft{From: wang, Chat: li, Text: "x"})),
		"no such group":       second(w.Write(Draft{From: wang, Chat: -7, Text: "x"})),
		"group without id":    w.AddGroup(7, "x", wang),
		"group without title": w.AddGroup(-7, "", wang),
		"group of nobody":     w.AddGroup(-7, "x"),
		"group of strangers":  w.AddGroup(-7, "x", 999),
		"another's message":   w.Edit(li, reply, "x"),
		"kick as a stranger":  w.KickBot(group, zhao),
		"kick from a person":  w.KickBot(wang, wang),
		"upgrade a person":    second(w.UpgradeGroup(wang)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// The bot deletes its own message, and nobody else's.
	_, err = b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: group, MessageID: reply})
	contains(t, err, "Bad Request: message can't be deleted")
	w.ok(second(b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: group, MessageID: m.ID})))
}

// standings are the my_chat_member updates among them, as "chat old new", and what
// else there is.
func standings(list []models.Update) (out []string) {
	for _, u := range list {
		switch {
		case u.MyChatMember != nil:
			c := u.MyChatMember
			out = append(out, c.From.LastName+" "+string(c.OldChatMember.Type)+" → "+string(c.NewChatMember.Type))
		case u.Message == nil:
			out = append(out, "?")
		case len(u.Message.NewChatMembers) > 0:
			out = append(out, u.Message.From.LastName+" brings "+u.Message.NewChatMembers[0].Username)
		case u.Message.LeftChatMember != nil:
			out = append(out, u.Message.From.LastName+" removes "+u.Message.LeftChatMember.Username)
		case u.Message.MigrateToChatID != 0:
			out = append(out, "moves")
		case u.Message.MigrateFromChatID != 0:
			out = append(out, "moved")
		default:
			out = append(out, u.Message.Text)
		}
	}
	return out
}

func TestBotComesAndGoes(t *testing.T) {
	w, b := inGroup(t)
	m, err := w.sendTo(b, group, "单", tapButton("签收", "ack"))
	w.ok(err)
	w.ok(w.KickBot(group, li))
	w.ok(w.KickBot(group, li)) // no news
	for name, err := range map[string]error{
		"send":   second(w.sendTo(b, group, "x")),
		"edit":   second(b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: group, MessageID: m.ID, Text: "x"})),
		"delete": second(b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: group, MessageID: m.ID})),
		"action": second(b.SendChatAction(t.Context(), &bot.SendChatActionParams{ChatID: group, Action: models.ChatActionTyping})),
	} {
		if !errors.Is(err, bot.ErrorForbidden) || !strings.Contains(err.Error(), "Forbidden: bot was kicked from the group chat") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Tap(wang, m.ID, "ack"); err == nil {
		t.Error("a tap reached a bot that is gone")
	}
	w.must(first(w.Write(Draft{From: wang, Chat: group, Text: "/todo"}))) // not heard
	w.ok(w.InviteBot(group, wang))
	w.ok(second(w.sendTo(b, group, "又来了")))
	want := []string{"李 member → left", "李 removes huiyin_bot", "王 left → member", "王 brings huiyin_bot"}
	if got := standings(w.drain()); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	w.updates(url.Values{"allowed_updates": {`["message"]`}})
	w.ok(w.KickBot(group, li))
	if got := standings(w.drain()); !slices.Equal(got, []string{"李 removes huiyin_bot"}) {
		t.Errorf("got %q", got)
	}
	w.ok(w.AddGroup(group, "新名字", wang, li, zhao)) // no news either
	if g := w.Groups(); len(g) != 1 || g[0].BotIn || g[0].Title != "新名字" || len(g[0].Members) != 3 || len(w.drain()) != 0 {
		t.Errorf("%+v", g)
	}
}

func TestUpgrade(t *testing.T) {
	w, b := inGroup(t)
	m, err := w.sendTo(b, group, "单", tapButton("签收", "ack"))
	w.ok(err)
	super, err := w.UpgradeGroup(group)
	w.ok(err)
	if got := standings(w.drain()); !slices.Equal(got, []string{"moves", "moved"}) || super != -1000000000042 {
		t.Errorf("got %q, id %d", got, super)
	}
	_, err = w.sendTo(b, group, "x")
	var moved *bot.MigrateError
	if !errors.As(err, &moved) || int64(moved.MigrateToChatID) != super || !strings.Contains(moved.Message, "group chat was upgraded to a supergroup chat") {
		t.Errorf("got %v", err)
	}
	a := w.raw("sendMessage", url.Values{"chat_id": {"-42"}, "text": {"x"}})
	if a.Status != 400 || a.Description != "Bad Request: group chat was upgraded to a supergroup chat" || a.Parameters.MigrateTo != super {
		t.Errorf("%+v", a)
	}
	_, err = b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: group, MessageID: m.ID, Text: "x"})
	contains(t, err, "Bad Request: message can't be edited")
	m, err = w.sendTo(b, super, "单", tapButton("签收", "ack"))
	w.ok(err)
	if m.Chat.Type != models.ChatTypeSupergroup || m.Chat.Title != "值班群" {
		t.Errorf("%+v", m.Chat)
	}
	w.ok(second(w.Tap(li, m.ID, "ack")))
	w.drain()
	w.ok(w.KickBot(super, wang))
	if got := standings(w.drain()); !slices.Equal(got, []string{"王 member → kicked"}) {
		t.Errorf("got %q", got)
	}
	contains(t, second(w.sendTo(b, super, "x")), "Forbidden: bot was kicked from the supergroup chat")
	if err := second(w.Write(Draft{From: wang, Chat: group, Text: "x"})); err == nil {
		t.Error("somebody wrote into the old group")
	}
	if second(w.UpgradeGroup(group)) == nil || second(w.UpgradeGroup(super)) == nil {
		t.Error("upgraded twice")
	}
}
