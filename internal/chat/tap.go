package chat

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// What is said of a tap that does nothing to a case.
const (
	deadButton = "这个按钮已经失效，请看最新的卡片。"
	changed    = "内容刚刚变过，请看最新的卡片，再选一次。"
	notOpened  = "没有打开，请再点一次。"
	elsewhere  = "已发到您和机器人的聊天里。"
	howSubmit  = "请长按这张卡片，选“回复”，写上“送审”两个字，后面写草稿，然后发送。"
)

// tap is somebody's tap on a button.
type tap struct {
	update int64
	by     string
	via    string // 群, in a group
	query  *models.CallbackQuery
}

func (t tap) group() bool { return t.via != "" }

// inGroup is how an act in a group is marked.
const inGroup = "群"

// tapped handles a button. The case's number and what else is needed stand in its
// data, so that buttons of old cards go on working. In a group it is who taps that counts.
func (c *Chat) tapped(ctx context.Context, update int64, q *models.CallbackQuery) error {
	name, err := c.Desk.Who(q.From.ID)
	if err != nil {
		return err
	}
	place := placeOf(q)
	if name == "" || place.Chat.ID == 0 {
		c.toast(ctx, q.ID, "")
		return nil
	}
	t := tap{update: update, by: name, query: q}
	if place.Chat.ID != q.From.ID {
		t.via = inGroup
	} else if err := c.Desk.Reachable(name); err != nil {
		return err
	}
	if ok, err := c.calm(update, name); !ok || err != nil {
		c.toast(ctx, q.ID, "")
		return err
	}
	said, err := c.press(ctx, t)
	if err != nil {
		return err
	}
	if said == elsewhere && !t.group() {
		said = ""
	}
	c.toast(ctx, q.ID, said)
	return nil
}

// press does what the button says. What comes back is what to say.
func (c *Chat) press(ctx context.Context, t tap) (string, error) {
	if t.query.Data == digestData {
		return "", c.run(ctx, ask{update: t.update, by: t.by}, "digest")
	}
	name, rest, _ := strings.Cut(t.query.Data, ":")
	if name == todoData {
		return "", c.run(ctx, ask{update: t.update, by: t.by, rest: rest}, "todo")
	}
	number, data, _ := strings.Cut(rest, ":")
	if v, ok := verbs[name]; ok {
		return c.do(ctx, t, name, v, number, data)
	}
	return c.look(ctx, t, name, number)
}

// do does a verb to a case, or shows what to choose among first.
func (c *Chat) do(ctx context.Context, t tap, name string, v verb, number, data string) (string, error) {
	a := cases.Act{Update: t.update, By: t.by, Case: number, Kind: v.kind, Via: t.via}
	switch {
	case v.given != nil && data == "":
		return deadButton, nil
	case v.given != nil:
		v.given(&a, data)
		return c.done(ctx, t, a)
	case v.choices == nil:
		return c.done(ctx, t, a)
	}
	held, _, ok, err := c.Desk.History(t.by, number)
	if err != nil {
		return "", err
	}
	if !ok {
		return c.Desk.Act(a) // which says why not
	}
	if err := held.May(v.kind, c.when); err != nil {
		return err.Error(), nil
	}
	all := v.choices(c.Desk.UnitNames(), held)
	if page, isPage := pageOf(data); data == "" || isPage {
		if len(all) == 0 {
			return changed, nil
		}
		return c.put(ctx, t, choiceButtons(name, held, all, page)), nil
	}
	o, ok := chosen(all, data)
	if !ok {
		return changed, nil
	}
	o.set(&a)
	return c.done(ctx, t, a)
}

// done does an act. Under a timeline, which the outbox does not bring up to date as it does
// a card, the buttons are changed at once.
func (c *Chat) done(ctx context.Context, t tap, a cases.Act) (string, error) {
	said, err := c.Desk.Act(a)
	if err != nil {
		return "", err
	}
	c.Log.Info("tapped", slog.String("by", a.By), slog.String("case", a.Case), slog.String("kind", string(a.Kind)), slog.String("said", said))
	if m := t.query.Message.Message; m == nil || !strings.HasPrefix(m.Text, timelineMark) {
		return said, nil
	}
	held, _, ok, err := c.Desk.History(t.by, a.Case)
	if err != nil {
		return "", err
	}
	if ok {
		c.put(ctx, t, c.buttonsFor(held, t))
	}
	return said, nil
}

// look shows something of a case.
func (c *Chat) look(ctx context.Context, t tap, name, number string) (string, error) {
	if !slices.Contains([]string{lookBack, lookMore, lookCard, lookTimeline, lookTemplate, lookSubmit}, name) {
		return deadButton, nil
	}
	held, _, ok, err := c.Desk.History(t.by, number)
	switch {
	case err != nil:
		return "", err
	case name == lookTimeline, name == lookCard && (!ok || held.Part(t.by) == cases.Former):
		return elsewhere, c.run(ctx, ask{update: t.update, by: t.by, rest: number}, "case")
	case !ok:
		return notYours(number), nil
	}
	switch name {
	case lookCard:
		why, err := c.Desk.Show(t.update, t.by, number)
		return cmp.Or(why, elsewhere), err
	case lookMore:
		return c.put(ctx, t, moreButtons(held)), nil
	case lookTemplate:
		return elsewhere, c.run(ctx, ask{update: t.update, by: t.by, rest: number}, "template")
	case lookSubmit:
		return howSubmit, nil
	}
	return c.put(ctx, t, c.buttonsFor(held, t)), nil
}

// buttonsFor are the buttons for who looks at a case: what that person may do, whether or
// not it is that person's turn.
func (c *Chat) buttonsFor(held cases.Case, t tap) [][]models.InlineKeyboardButton {
	part := held.Part(t.by)
	if t.group() || part == cases.Former && !c.Desk.Leads(t.by) {
		units := c.Desk.UnitsOf(t.by)
		switch {
		case held.Offer != nil && slices.Contains(units, held.Offer.Unit):
			part = cases.Offered
		case t.group(), slices.Contains(units, held.Unit):
			part = cases.Holder
		}
	}
	return cardButtons(held, part, c.Desk.Leads(t.by) && !c.Desk.Answers(t.by))
}

// when formats an instant as Desk does.
func (c *Chat) when(t time.Time) string { return card{now: c.Now(), loc: c.Location}.at(t) }

// placeOf is where the tapped button stands. Telegram tells no more than that about a
// message that is old.
func placeOf(q *models.CallbackQuery) models.InaccessibleMessage {
	switch {
	case q.Message.Message != nil:
		return models.InaccessibleMessage{Chat: q.Message.Message.Chat, MessageID: q.Message.Message.ID}
	case q.Message.InaccessibleMessage != nil:
		return *q.Message.InaccessibleMessage
	}
	return models.InaccessibleMessage{}
}

// put shows other buttons under the message that was tapped. It is not journalled: what
// the officer chooses is. What comes back is what to say.
func (c *Chat) put(ctx context.Context, t tap, buttons [][]models.InlineKeyboardButton) string {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	place := placeOf(t.query)
	if buttons == nil {
		buttons = list()
	}
	c.pace.begin(c.Now())
	defer func() { c.pace.end(place.Chat.ID, c.Now()) }()
	_, err := c.bot.EditMessageReplyMarkup(ctx, &bot.EditMessageReplyMarkupParams{
		ChatID: place.Chat.ID, MessageID: place.MessageID, ReplyMarkup: keyboard(buttons...),
	})
	c.ended(sending, "editMessageReplyMarkup", err)
	if err != nil && !strings.Contains(err.Error(), "message is not modified") { // two quick taps
		return notOpened
	}
	return ""
}

// toast shows a line over the chat for a moment, and stops the button's spinning. It
// may fail: what was done is on the card too.
func (c *Chat) toast(ctx context.Context, query, text string) {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	_, err := c.bot.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{
		CallbackQueryID: query, Text: cut(text, 190), ShowAlert: len([]rune(text)) > 40,
	})
	c.ended(sending, "answerCallbackQuery", err)
}

// pageNumber reads a page as people and buttons give it, from 1; 1 where it is none.
func pageNumber(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 {
		return 1
	}
	return n
}
