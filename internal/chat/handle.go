package chat

import (
	"context"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// handle is what the library calls for each polled update. One that cannot be
// journalled is never confirmed: the program stops, and Telegram sends it again.
func (c *Chat) handle(ctx context.Context, _ *bot.Bot, u *models.Update) {
	if err := c.journal(ctx, u); err != nil {
		c.broken(err)
		return
	}
	c.health.ok(c.Now())
	c.gate.done()
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
	text := strings.TrimSpace(m.Text + m.Caption) // a message has one of them at most
	if code, ok := startCode(text); ok && code != "" {
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
	if r := m.ReplyToMessage; r != nil && r.From != nil && r.From.ID == c.bot.ID() {
		if number := numberOf(r.Text); number != "" {
			return c.replied(update, name, number, text)
		}
	}
	return c.Desk.Answer(update, name, c.answer(ctx, name, text))
}

// replied logs the officer's answer to a card.
func (c *Chat) replied(update int64, name, number, text string) error {
	if text == "" {
		return c.Desk.Answer(update, name, fmt.Sprintf(
			"没有记录：%s 的回应只能是链接或文字。请把已发布的链接或答复内容用文字回复那张卡片。", number))
	}
	return c.Desk.Reply(cases.Act{Update: update, By: name, Case: number}, firstLink(text), text)
}

// answer is what a person gets for a message that is no reply to a card.
func (c *Chat) answer(ctx context.Context, name, text string) string {
	if text == "简报" || strings.HasPrefix(text, "/digest") {
		return c.digest(ctx, name)
	}
	if code, ok := startCode(text); ok && code != "" {
		return "这个邀请码不对，或者已经用过、过期了。您已经绑定过，可以照常使用；要换手机号绑定，请向管理员再要一个邀请码。"
	}
	return c.welcome(name)
}

func (c *Chat) digest(ctx context.Context, name string) string {
	if !c.Desk.Leads(name) {
		return "简报只发给领导。您名下的事项都在上面的卡片里。"
	}
	text, err := c.Digest(ctx)
	if err != nil {
		c.Log.Error("digest on demand", "error", err)
		return "简报暂时出不来，请过几分钟再点一次。如果一直这样，请告诉管理员。"
	}
	return text
}

// welcome says what a person can do here. It is all the help there is.
func (c *Chat) welcome(name string) string {
	s := fmt.Sprintf("%s，您好。", html.EscapeString(name))
	if c.Desk.Leads(name) {
		s += "每天的简报会发到这里。随时想看，点下面的“看简报”，或者发“简报”两个字。"
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
	if name == "" {
		c.toast(ctx, q.ID, "")
		return nil
	}
	if q.Data == digestData {
		c.toast(ctx, q.ID, "")
		return c.Desk.Answer(update, name, c.digest(ctx, name))
	}
	verb, rest, _ := strings.Cut(q.Data, ":")
	number, choice, chosen := strings.Cut(rest, ":")
	said, err := c.act(ctx, cases.Act{Update: update, By: name, Case: number}, q, verb, choice, chosen)
	if err != nil {
		return err
	}
	c.toast(ctx, q.ID, said)
	return nil
}

func (c *Chat) act(ctx context.Context, a cases.Act, q *models.CallbackQuery, verb, choice string, chosen bool) (string, error) {
	switch {
	case verb == "s":
		return c.Desk.Sign(a)
	case verb == "c":
		return c.Desk.Close(a)
	case verb == "t" && chosen:
		return c.Desk.Transfer(a, choice)
	case verb == "t":
		return "", c.menu(ctx, q, unitMenu(a.Case, c.Desk.UnitNames()))
	case verb == "x" && chosen:
		i, err := strconv.Atoi(choice)
		if err != nil || i < 0 || i >= len(cases.Reasons) {
			return "这个按钮已经失效，请重新点“无需回应”。", nil
		}
		return c.Desk.Dismiss(a, cases.Reasons[i])
	case verb == "x":
		return "", c.menu(ctx, q, reasonMenu(a.Case))
	case verb == "b":
		return "", c.menu(ctx, q, cardMenu(a.Case, true))
	}
	return "这个按钮已经失效，请看最新的卡片。", nil
}

// menu puts other buttons under the card that was tapped. It is not journalled: what
// the officer chooses is.
func (c *Chat) menu(ctx context.Context, q *models.CallbackQuery, m models.InlineKeyboardMarkup) error {
	if q.Message.Message == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	_, err := c.bot.EditMessageReplyMarkup(ctx, &bot.EditMessageReplyMarkupParams{
		ChatID: q.Message.Message.Chat.ID, MessageID: q.Message.Message.ID, ReplyMarkup: m,
	})
	if err != nil {
		c.failed("editMessageReplyMarkup", err) // the officer taps again
	}
	return nil
}

// toast shows a line over the chat for a moment, and stops the button's spinning.
func (c *Chat) toast(ctx context.Context, query, text string) {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	_, err := c.bot.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{
		CallbackQueryID: query, Text: cut(text, 190), ShowAlert: len([]rune(text)) > 40,
	})
	if err != nil {
		c.failed("answerCallbackQuery", err) // what was done is on the card too
	}
}

// turnAway gives a stranger one sentence, at most once a minute, that tells nothing.
func (c *Chat) turnAway(ctx context.Context, chat int64) {
	if !c.strangers.allow(chat, c.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	if _, err := c.bot.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: "您好，这个账号仅供内部使用。"}); err != nil {
		c.failed("sendMessage", err)
	}
}

// startCode returns the code of "/start CODE"; false for anything else.
func startCode(text string) (code string, ok bool) {
	rest, ok := strings.CutPrefix(text, "/start")
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.ToUpper(strings.TrimSpace(rest)), true
}

var link = regexp.MustCompile(`https?://[^\s<>"'，。；、）】》]+`)

// firstLink is the first web address in a text; empty when there is none.
func firstLink(text string) string { return link.FindString(text) }
