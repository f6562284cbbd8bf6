package chat

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// handle is what the library calls for each polled update. One that cannot be
// journalled is never confirmed: the program stops, and Telegram sends it again.
func (c *Chat) handle(ctx context.Context, _ *bot.Bot, u *models.Update) {
	if ctx.Err() == nil && c.take(ctx, u) == nil {
		c.gate.done()
	}
}

// journal makes an update true. An error means that it is not.
func (c *Chat) journal(ctx context.Context, u *models.Update) error {
	switch {
	case u.CallbackQuery != nil:
		return c.tapped(ctx, u.ID, u.CallbackQuery)
	case u.Message != nil && u.Message.Chat.Type == models.ChatTypePrivate && u.Message.From != nil:
		return c.written(ctx, u.ID, u.Message)
	}
	return nil // groups and channels are no place for casework
}

// written handles a message.
func (c *Chat) written(ctx context.Context, update int64, m *models.Message) error {
	text := strings.TrimSpace(cmp.Or(m.Text, m.Caption))
	code, _ := startCode(text)
	if code != "" {
		name, err := c.Desk.Bind(update, m.Chat.ID, code, c.welcome)
		if err != nil || name != "" {
			return err
		}
	}
	name, err := c.Desk.Who(m.Chat.ID)
	if err != nil {
		return err
	}
	if name == "" {
		c.turnAway(ctx, m.Chat.ID)
		return nil
	}
	if err := c.Desk.Reachable(name); err != nil {
		return err
	}
	number := ""
	if r := m.ReplyToMessage; r != nil && r.From != nil && r.From.ID == c.bot.ID() {
		number = numberOf(r.Text)
	}
	switch {
	case code != "":
		return c.Desk.Answer(update, name, badCode)
	case number == "":
		return c.answer(ctx, update, name, text)
	case text == "":
		return c.Desk.Answer(update, name, fmt.Sprintf(notText, number))
	}
	sent := time.Unix(int64(m.Date), 0)
	return c.Desk.Reply(cases.Act{Update: update, By: name, Case: number, At: sent}, firstLink(m, text), text)
}

// What an officer reads when something was not understood.
const (
	badCode = "这个邀请码不对，或者已经用过、过期了。您原来的绑定还在，可以照常使用。要换手机号绑定，请向管理员再要一个邀请码。"
	notText = "没有记录：%s 的回应只能是链接或文字。请长按那张卡片，选“回复”，用文字发来已发布的链接或答复内容。"
	noCard  = "没有记录：看不出您答复的是哪一件。请长按那一件的卡片，选“回复”，再把链接或文字发一次。"
)

// answer says something to a message that is no reply to a card.
func (c *Chat) answer(ctx context.Context, update int64, name, text string) error {
	switch {
	case text == "简报", strings.HasPrefix(text, "/digest"):
		return c.digest(ctx, update, name)
	case strings.HasPrefix(text, "/"), !c.Desk.Answers(name):
		return c.Desk.Answer(update, name, c.welcome(name))
	}
	return c.Desk.Answer(update, name, noCard)
}

// digest answers an update with the digest of this moment.
func (c *Chat) digest(ctx context.Context, update int64, name string) error {
	if !c.Desk.Leads(name) {
		return c.Desk.Answer(update, name, "简报只发给领导。您名下的事项都在上面的卡片里。")
	}
	text, err := c.Digest(ctx)
	if ctx.Err() != nil {
		return ctx.Err() // the program stops; Telegram sends the question again
	}
	if err != nil {
		c.Log.Error("digest on demand", "error", err)
		text = "简报暂时出不来，请过几分钟再点一次。如果一直这样，请告诉管理员。"
	}
	return c.Desk.Answer(update, name, text)
}

// welcome says what a person can do here. It is all the help there is.
func (c *Chat) welcome(name string) string {
	s := fmt.Sprintf("%s，您好。", html.EscapeString(name))
	if c.Desk.Leads(name) {
		s += "每天的简报会发到这里。随时想看，点下面的“看简报”，或者发“简报”两个字。"
	}
	if !c.Desk.Answers(name) {
		return s
	}
	return s + "\n有群众反映您单位的事，这里会响，并发来一张卡片：\n" +
		"1. 先点“签收”；\n" +
		"2. 办好并公开答复后，长按卡片选“回复”，把答复的链接或文字发过来；\n" +
		"3. 不归您管的点“转办”，不用答复的点“无需回应”。"
}

// tapped handles a button. The case's number and what else is needed stand in its
// data, so that buttons of old cards go on working.
func (c *Chat) tapped(ctx context.Context, update int64, q *models.CallbackQuery) error {
	name, err := c.Desk.Who(q.From.ID)
	if err != nil {
		return err
	}
	place := placeOf(q)
	if name == "" || place.Chat.ID != q.From.ID {
		c.toast(ctx, q.ID, "")
		return nil
	}
	if err := c.Desk.Reachable(name); err != nil {
		return err
	}
	if q.Data == digestData {
		c.toast(ctx, q.ID, "正在写简报…")
		return c.digest(ctx, update, name)
	}
	verb, rest, _ := strings.Cut(q.Data, ":")
	number, choice, _ := strings.Cut(rest, ":")
	said, err := c.act(ctx, cases.Act{Update: update, By: name, Case: number}, q, verb, choice)
	if err != nil {
		return err
	}
	c.toast(ctx, q.ID, said)
	return nil
}

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

func (c *Chat) act(ctx context.Context, a cases.Act, q *models.CallbackQuery, verb, choice string) (string, error) {
	m := menu{number: a.Case, sign: offersSign(q)}
	switch verb {
	case "s":
		return c.Desk.Sign(a)
	case "c":
		return c.Desk.Close(a)
	case "t":
		return c.put(ctx, q, m.units(c.Desk.UnitNames(), choice)), nil
	case "x":
		return c.put(ctx, q, m.reasons()), nil
	case "b":
		return c.put(ctx, q, m.card()), nil
	case "u":
		for _, unit := range c.Desk.UnitNames() {
			if short(unit) == choice {
				return c.Desk.Transfer(a, unit)
			}
		}
		return "名单刚改过，没有这个单位了。请点“返回”，重新点“转办”再选。", nil
	case "r":
		for _, reason := range cases.Reasons {
			if short(reason) == choice {
				return c.Desk.Dismiss(a, reason)
			}
		}
	}
	return "这个按钮已经失效，请看最新的卡片。", nil
}

// put shows other buttons under the card that was tapped. It is not journalled: what
// the officer chooses is. What comes back is what to say.
func (c *Chat) put(ctx context.Context, q *models.CallbackQuery, buttons models.InlineKeyboardMarkup) string {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	place := placeOf(q)
	_, err := c.bot.EditMessageReplyMarkup(ctx, &bot.EditMessageReplyMarkupParams{
		ChatID: place.Chat.ID, MessageID: place.MessageID, ReplyMarkup: buttons,
	})
	c.ended(sending, "editMessageReplyMarkup", err)
	if err != nil && !strings.Contains(err.Error(), "message is not modified") { // two quick taps
		return "没有打开，请再点一次。"
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

// turnAway gives a stranger one sentence, at most once a minute, that tells nothing.
func (c *Chat) turnAway(ctx context.Context, chat int64) {
	if c.strangers.allow(chat, c.Now()) {
		go c.say(ctx, chat, "您好，这个账号仅供内部使用。") // officers do not wait for it
	}
}

// say sends a line that need not arrive and is not journalled.
func (c *Chat) say(ctx context.Context, chat int64, text string) {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	_, err := c.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: text})
	c.ended(sending, "sendMessage", err)
}

// startCode returns the code of "/start CODE"; false for anything else.
func startCode(text string) (code string, ok bool) {
	rest, ok := strings.CutPrefix(text, "/start")
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.ToUpper(strings.TrimSpace(rest)), true
}

// link is a web address; one whose host is in ASCII is so throughout, because Chinese
// text often follows it without a space.
var link = regexp.MustCompile(`(?i)https?://(?:[!-;=?-~]+|\pL[!-;=?-~\pL\pN]+)`)

// firstLink is the first web address in a message's text, or behind its words; empty
// when there is none.
func firstLink(m *models.Message, text string) string {
	if found := strings.TrimRight(link.FindString(text), `.,;:!?'")]}`); found != "" {
		return found
	}
	for _, e := range slices.Concat(m.Entities, m.CaptionEntities) {
		if e.Type == models.MessageEntityTypeTextLink && link.MatchString(e.URL) {
			return e.URL
		}
	}
	return ""
}
