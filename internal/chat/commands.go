package chat

import (
	"context"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// command is something that people ask for by a word with a slash before it.
type command struct {
	name  string // in Latin letters, because Telegram takes no others
	word  string // in Chinese, with or without the slash; may be empty
	tells string // what it is for, in Telegram's menu and in /help
	usage string // what to type, by an example
	who   func(c *Chat, name string) bool
	sorry string // what others read; empty: the usual words
	run   func(c *Chat, ctx context.Context, a ask) (answer, error)
}

// ask is what somebody asks for, and what stood behind the command.
type ask struct {
	update int64
	by     string
	rest   string
}

// answer is what to say to an ask; the zero value where Desk has queued it.
type answer struct {
	html    string
	buttons []cases.Button
	picture cases.Picture
}

// errUnclear is that what stands behind a command cannot be read: its usage is the answer.
var errUnclear = errors.New("not understood")

// commands are all there are, in the order of the menu.
func commands() []command {
	everybody := func(*Chat, string) bool { return true }
	admins := func(c *Chat, name string) bool { return c.Desk.Administers(name) }
	return []command{
		{"todo", "待办", "我的待办事项", "例如：/todo", everybody, "", (*Chat).todo},
		{"case", "记录", "一件事的办理记录", "请写上编号，例如：/case 123", everybody, "", (*Chat).timeline},
		{"new", "登记", "登记来电、来信、来访", newUsage, everybody, "", (*Chat).register},
		{"duty", "值班", "今天谁值班，调班", "例如：/duty 看今天谁值班；/duty 李强 今天改由李强值班；/duty 李强 11-24 改那一天", everybody, "", (*Chat).duty},
		{"off", "请假", "登记请假，或销假", "例如：/off 明天；/off 11-24 11-26；/off 取消。替别人登记：/off 李强 11-24 11-26。最长 60 天。", everybody, "", (*Chat).off},
		{"transfer", "转办", "转给别的单位，并写明理由", "例如：/transfer 123 住建局 不归我们管", everybody, "", (*Chat).transfer},
		{"search", "查询", "查以前的帖文和事项", "请写要查的词，可以加时间，例如：/search 停水 上周", everybody, "", (*Chat).search},
		{"digest", "简报", "此刻的简报", "例如：/digest", leadersAndHeads, "简报只发给领导和单位负责人。您名下的事项都在上面的卡片里。", (*Chat).digest},
		{"stats", "统计", "各单位办理情况", "例如：/stats，/stats 上周", leadersAndOfficers, "", (*Chat).stats},
		{"board", "看板", "在网页上看事项、走势和报表", "例如：/board", everybody, "", (*Chat).board},
		{"mute", "静音", "让一个专题暂时不响", "例如：/mute 供水 2小时；/mute 供水 到明天；/mute 供水 取消；/mute 看现在哪些静音", admins, "", (*Chat).mute},
		{"template", "模板", "答复模板", "请写上编号，例如：/template 123", everybody, "", (*Chat).template},
		{"merge", "并案", "把一件并到另一件", "请写上两个编号，例如：/merge 123 到 45", everybody, "", (*Chat).merge},
		{"split", "拆分", "把说别的事的帖拆出来", "请写上编号和第几帖，例如：/split 123 3", everybody, "", (*Chat).splitOff},
		{"help", "帮助", "怎么用", "例如：/help", everybody, "", (*Chat).help},
		{"invite", "", "请人绑定手机", "请写上姓名，例如：/invite 李强", admins, "", (*Chat).invite},
		{"sources", "", "各来源读得怎么样", "例如：/sources", admins, "", (*Chat).sources},
		{"unbind", "", "解除一个人的绑定", "请写上姓名，例如：/unbind 李强", admins, "", (*Chat).unbind},
	}
}

func leadersAndHeads(c *Chat, name string) bool { return c.Desk.Leads(name) || c.Desk.Heads(name) }

func leadersAndOfficers(c *Chat, name string) bool { return c.Desk.Leads(name) || c.Desk.Answers(name) }

// The command of groups: it says whose the group is.
const (
	groupCommand = "group"
	groupUsage   = "请写上单位名称，例如：/group 供水集团"
)

// notForYou is said to who may not use a command. It does not say what the command does.
const notForYou = "这个命令您用不了。您能用的命令，发 /help 可以看到。"

// typedCommand is a command as people type it: with either slash, the bot's name behind
// it, and sometimes without a space before what follows.
var typedCommand = regexp.MustCompile(`^[/／]\s*([A-Za-z]+|\p{Han}+)(?:@\w+)?`)

// split takes a command apart; the name is empty when it is none.
func split(text string) (name, rest string) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "／") {
		return "", text
	}
	m := typedCommand.FindStringSubmatch(text)
	if m == nil {
		return "help", ""
	}
	return strings.ToLower(m[1]), strings.TrimSpace(text[len(m[0]):])
}

// worded is the command that a bare word stands for: only those that ask for something
// to read, so that nobody changes anything by a word.
func worded(text string) (name string, ok bool) {
	switch strings.Trim(text, " 。.!！") {
	case "待办":
		return "todo", true
	case "简报":
		return "digest", true
	case "统计":
		return "stats", true
	case "看板":
		return "board", true
	case "帮助":
		return "help", true
	}
	return "", false
}

// run answers an ask.
func (c *Chat) run(ctx context.Context, a ask, name string) error {
	cmd, ok := command{}, false
	for _, one := range commands() {
		if name == one.name || one.word != "" && name == one.word {
			cmd, ok = one, true
		}
	}
	if !ok {
		return c.Desk.Answer(a.update, a.by, c.welcome(a.by))
	}
	if !cmd.who(c, a.by) {
		c.Log.Info("refused", slog.String("by", a.by), slog.String("command", cmd.name))
		if cmd.sorry != "" {
			return c.Desk.Answer(a.update, a.by, cmd.sorry)
		}
		return c.Desk.Answer(a.update, a.by, notForYou)
	}
	got, err := cmd.run(c, ctx, a)
	switch {
	case errors.Is(err, errUnclear):
		return c.Desk.Answer(a.update, a.by, "没有看懂。"+cmd.usage)
	case err != nil || got.html == "":
		return err
	case got.picture.From != nil:
		return c.Desk.AnswerWith(a.update, a.by, got.html, got.picture)
	}
	return c.Desk.Answer(a.update, a.by, got.html, got.buttons...)
}

// says is an answer in plain words.
func says(format string, args ...any) (answer, error) {
	return answer{html: html.EscapeString(fmt.Sprintf(format, args...))}, nil
}

// welcome says what a person can do here.
func (c *Chat) welcome(name string) string {
	s := fmt.Sprintf("%s，您好。", html.EscapeString(name))
	if c.Desk.Leads(name) {
		s += "每天的简报会发到这里。随时想看，点下面的“看简报”，或者发“简报”两个字。"
	} else if c.Desk.Heads(name) {
		s += "您负责的单位，每天的简报会发到这里。随时想看，发“简报”两个字。"
	}
	if c.Desk.Answers(name) {
		s += "\n有群众反映您单位的事，这里会响，并发来一张卡片：\n" +
			"1. 先点“签收”；\n" +
			"2. 办好并公开答复后，长按卡片选“回复”，把答复的链接或文字发过来；照片、文件也这样发，会存证；\n" +
			"3. 不归您管的点“转办”，不用答复的点“无需回应”。"
	}
	return s + "\n想看手上有哪些事，发“待办”两个字。其他命令发 /help 查看。"
}

func (c *Chat) help(_ context.Context, a ask) (answer, error) {
	var b lines
	b.html("%s", c.welcome(a.by))
	b.html("\n可以用的命令：")
	for _, cmd := range commands() {
		if cmd.who(c, a.by) {
			b.html("/%s %s", cmd.name, html.EscapeString(cmd.tells))
		}
	}
	b.html("命令后面怎么写，只发命令就会告诉您。")
	return answer{html: strings.TrimSpace(b.String())}, nil
}

// announce puts the commands into Telegram's menu, and tries until it is done. Nobody
// needs the menu: a failure is logged and no more.
func (c *Chat) announce(ctx context.Context) {
	private := &bot.SetMyCommandsParams{Scope: &models.BotCommandScopeAllPrivateChats{}}
	for _, cmd := range commands() {
		if cmd.word != "" {
			private.Commands = append(private.Commands, models.BotCommand{Command: cmd.name, Description: cmd.tells})
		}
	}
	groups := &bot.SetMyCommandsParams{
		Scope:    &models.BotCommandScopeAllGroupChats{},
		Commands: []models.BotCommand{{Command: groupCommand, Description: "把本群绑定为一个单位的工作群"}},
	}
	for _, menu := range []*bot.SetMyCommandsParams{private, groups} {
		for wait := 5 * time.Second; !c.setCommands(ctx, menu); wait = min(2*wait, time.Hour) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	}
}

func (c *Chat) setCommands(ctx context.Context, menu *bot.SetMyCommandsParams) bool {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	_, err := c.bot.SetMyCommands(ctx, menu)
	outcome := "ok"
	if err != nil {
		outcome = "error"
		c.Log.Debug("telegram", "method", "setMyCommands", "error", err)
	}
	c.Observe("setMyCommands", outcome)
	return err == nil
}
