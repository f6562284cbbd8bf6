package chat

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
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
	case u.EditedMessage != nil && u.EditedMessage.From != nil:
		return c.edited(u.ID, u.EditedMessage)
	case u.Message == nil || u.Message.From == nil:
		return nil
	case u.Message.Chat.Type == models.ChatTypePrivate:
		return c.written(ctx, u.ID, u.Message)
	case u.Message.Chat.Type == models.ChatTypeGroup, u.Message.Chat.Type == models.ChatTypeSupergroup:
		return c.overheard(ctx, u.ID, u.Message)
	}
	return nil // channels are no place for casework
}

// written handles a message to the bot.
func (c *Chat) written(ctx context.Context, update int64, m *models.Message) error {
	text := textOf(m)
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
	number := c.repliesTo(m)
	if number != "" || hasFile(m) { // what people answer is never dropped
		return c.reply(ctx, update, name, number, m)
	}
	if ok, err := c.calm(update, name); !ok || err != nil {
		return err
	}
	if code != "" {
		return c.Desk.Answer(update, name, badCode)
	}
	return c.answer(ctx, ask{update: update, by: name, rest: text})
}

// overheard handles a message in a group: there only replies to cards count, and the
// command that binds the group. What is said about a reply is said in private.
func (c *Chat) overheard(ctx context.Context, update int64, m *models.Message) error {
	name, err := c.Desk.Who(m.From.ID)
	if err != nil || name == "" {
		return err
	}
	if number := c.repliesTo(m); number != "" {
		return c.reply(ctx, update, name, number, m)
	}
	command, rest := split(textOf(m))
	if command != groupCommand {
		return nil
	}
	if ok, err := c.calm(update, name); !ok || err != nil {
		return err
	}
	said := groupUsage
	if rest != "" {
		if said, err = c.Desk.BindGroup(update, m.Chat.ID, name, c.unitNamed(rest)); err != nil {
			return err
		}
	}
	if said != "" {
		c.say(ctx, m.Chat.ID, said)
	}
	return nil
}

// reply handles what answers a card, or brings a file.
func (c *Chat) reply(ctx context.Context, update int64, name, number string, m *models.Message) error {
	text := textOf(m)
	if hasFile(m) {
		if number == "" {
			number, text = c.albums.about(c, m), ""
		}
		if number == "" {
			return c.Desk.Answer(update, name, noCase)
		}
		if err := c.keep(ctx, update, name, number, m); err != nil || text == "" {
			return err
		}
	}
	if text == "" {
		return c.Desk.Answer(update, name, fmt.Sprintf(notText, number))
	}
	a := cases.Act{
		Update: update, By: name, Case: number, Kind: cases.Replied, At: time.Unix(int64(m.Date), 0),
		URL: firstLink(m, text), Text: text, Via: via(m), Message: true,
	}
	said, err := c.Desk.Act(a)
	c.Log.Info("replied", slog.String("by", name), slog.String("case", number), slog.String("said", said))
	return err
}

// edited handles that somebody changed what was sent before: what is on record stays.
func (c *Chat) edited(update int64, m *models.Message) error {
	number := c.repliesTo(m)
	if number == "" {
		return nil
	}
	name, err := c.Desk.Who(m.From.ID)
	if err != nil || name == "" {
		return err
	}
	return c.Desk.Answer(update, name, fmt.Sprintf(noEdits, number))
}

// via tells where a message was written.
func via(m *models.Message) string {
	if m.Chat.Type == models.ChatTypePrivate {
		return ""
	}
	return inGroup
}

func textOf(m *models.Message) string { return strings.TrimSpace(cmp.Or(m.Text, m.Caption)) }

// repliesTo is the case whose card a message answers; empty when it answers none.
func (c *Chat) repliesTo(m *models.Message) string {
	if r := m.ReplyToMessage; r != nil && r.From != nil && r.From.ID == c.bot.ID() {
		return numberOf(r.Text)
	}
	return ""
}

// What an officer reads when something was not understood.
const (
	badCode = "这个邀请码不对，或者已经用过、过期了。您原来的绑定还在，可以照常使用。要换手机号绑定，请向管理员再要一个邀请码。"
	notText = "没有记录：%s 的回应要有链接或文字，材料要用照片或文件发。请长按那张卡片，选“回复”，再发一次。"
	noCard  = "没有记录：看不出您答复的是哪一件。请长按那一件的卡片，选“回复”，再把链接或文字发一次。"
	noCase  = "没有存下：看不出这份材料是哪一件的。请长按那一件的卡片，选“回复”，再发一次；或者在说明里先写编号。"
	noEdits = "没有改动：%s 已记录的回应不能改。要更正，请再回复一次那张卡片。"
	tooFast = "您点得太快了，请过一分钟再试。回复卡片和发材料不受影响。"
)

// calm tells whether a person's update is to be handled: who sends too many in a minute is
// told once, and then not heard for the rest of it.
func (c *Chat) calm(update int64, name string) (bool, error) {
	n := c.hurry.count(name, c.Now())
	if n == perMinute+1 {
		c.Log.Info("too many updates", slog.String("by", name))
		return false, c.Desk.Answer(update, name, tooFast)
	}
	return n <= perMinute, nil
}

// answer says something to a message that is no reply to a card.
func (c *Chat) answer(ctx context.Context, a ask) error {
	text := a.rest
	if cmd, ok := worded(text); ok {
		a.rest = ""
		return c.run(ctx, a, cmd)
	}
	if name, rest := split(text); name != "" {
		a.rest = rest
		return c.run(ctx, a, name)
	}
	if !c.Desk.Answers(a.by) {
		return c.Desk.Answer(a.update, a.by, c.welcome(a.by))
	}
	return c.Desk.Answer(a.update, a.by, noCard)
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
	c.pace.begin(c.Now())
	defer func() { c.pace.end(chat, c.Now()) }()
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
