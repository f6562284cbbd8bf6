package chat

import (
	"context"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// maxLeave is how many days a leave can last.
const maxLeave = 60

// today is the midnight that began this day.
func (c *Chat) today() time.Time { return midnight(c.Now().In(c.Location)) }

// duty shows who is on duty, or puts somebody on duty for a day.
func (c *Chat) duty(_ context.Context, a ask) (answer, error) {
	if a.rest == "" {
		return c.roster(a.by)
	}
	list, rest, ok := days(a.rest, c.today())
	name, single := nameIn(rest)
	if !ok || !single || name == "" || len(list) > 1 {
		return answer{}, errUnclear
	}
	day := c.today()
	if len(list) == 1 {
		day = list[0]
	}
	said, err := c.Desk.Swap(a.update, a.by, name, day.Format(time.DateOnly))
	c.Log.Info("asked", slog.String("by", a.by), slog.String("command", "duty"), slog.String("said", said))
	return answer{}, err
}

func (c *Chat) roster(name string) (answer, error) {
	duties, err := c.Desk.Duties(name)
	if err != nil {
		return answer{}, err
	}
	if len(duties) == 0 {
		return says("您不在任何单位的值班名单里。")
	}
	var b lines
	b.html("今天（%s）值班：", c.today().Format("01-02"))
	for _, d := range duties {
		more := ""
		if d.ByHand {
			more = "（调班）"
		}
		if len(d.Away) > 0 {
			more += "，请假：" + strings.Join(d.Away, "、")
		}
		b.text("%s：%s%s", d.Unit, d.Officer, more)
	}
	b.html("调班请发，例如：/duty 李强 11-24")
	return answer{html: strings.TrimSpace(b.String())}, nil
}

// off registers leave, or takes it back.
func (c *Chat) off(_ context.Context, a ask) (answer, error) {
	rest := a.rest
	cancel := false
	for _, word := range []string{"取消", "销假"} {
		if strings.Contains(rest, word) {
			cancel, rest = true, strings.Replace(rest, word, " ", 1)
		}
	}
	list, rest, ok := days(rest, c.today())
	name, single := nameIn(rest)
	if !ok || !single || cancel == (len(list) > 0) || len(list) > 2 {
		return answer{}, errUnclear
	}
	if name == "" {
		name = a.by
	}
	from, until := "", ""
	if !cancel {
		last := list[len(list)-1]
		if last.Before(list[0]) || !last.Before(list[0].AddDate(0, 0, maxLeave)) {
			return answer{}, errUnclear
		}
		from, until = list[0].Format(time.DateOnly), last.Format(time.DateOnly)
	}
	said, err := c.Desk.Off(a.update, a.by, name, from, until)
	c.Log.Info("asked", slog.String("by", a.by), slog.String("command", "off"), slog.String("said", said))
	return answer{}, err
}

// mute silences a topic for a time, or lists what is silent.
func (c *Chat) mute(_ context.Context, a ask) (answer, error) {
	if a.rest == "" {
		return c.muted()
	}
	topic, rest := oneOf(c.Topics(), a.rest)
	if topic == "" {
		return says("没有看懂是哪个专题。现有专题：%s。例如：/mute %s 2小时", strings.Join(c.Topics(), "、"), firstOf(c.Topics()))
	}
	var end time.Time
	ok := slices.Contains([]string{"取消", "解除", "恢复", "不静音"}, rest)
	if !ok {
		if end, ok = until(rest, c.Now().In(c.Location)); !ok {
			return answer{}, errUnclear
		}
	}
	if err := c.Desk.Mute(topic, end); err != nil {
		return answer{}, err
	}
	c.Log.Info("asked", slog.String("by", a.by), slog.String("command", "mute"), slog.String("topic", topic), slog.Time("until", end))
	if end.IsZero() {
		return says("“%s”恢复提醒。", topic)
	}
	return says("“%s”静音到 %s。卡片照发，只是不响；重大事项仍然会响。", topic, c.when(end))
}

func firstOf(names []string) string {
	if len(names) == 0 {
		return "供水"
	}
	return names[0]
}

func (c *Chat) muted() (answer, error) {
	mutes, err := c.Desk.Mutes()
	if err != nil {
		return answer{}, err
	}
	if len(mutes) == 0 {
		return says("现在没有静音的专题。要静音请发，例如：/mute %s 2小时", firstOf(c.Topics()))
	}
	var b lines
	b.html("现在静音的专题：")
	for _, topic := range slices.Sorted(maps.Keys(mutes)) {
		b.text("%s，到 %s", topic, c.when(mutes[topic]))
	}
	return answer{html: strings.TrimSpace(b.String())}, nil
}

// invite makes a code for somebody. Who asks hands it on.
func (c *Chat) invite(ctx context.Context, a ask) (answer, error) {
	name, single := nameIn(a.rest)
	if !single || name == "" {
		return answer{}, errUnclear
	}
	if !c.Desk.Answers(name) && !c.Desk.Leads(name) && !c.Desk.Administers(name) {
		return says("配置里没有“%s”这个人。请先在配置的 units、leaders 或 admins 里写上，再邀请。", name)
	}
	code, err := c.Desk.Invite(name)
	if err != nil {
		return answer{}, err
	}
	c.Log.Info("asked", slog.String("by", a.by), slog.String("command", "invite"), slog.String("name", name))
	how := "让本人给这个机器人发：/start " + code
	if link := c.InviteLink(ctx, code); link != "" {
		how = link
	}
	return answer{html: fmt.Sprintf("请把下面这一行转给%s本人，24 小时内有效，只能用一次：\n%s", html.EscapeString(name), html.EscapeString(how))}, nil
}

func (c *Chat) unbind(_ context.Context, a ask) (answer, error) {
	name, single := nameIn(a.rest)
	if !single || name == "" {
		return answer{}, errUnclear
	}
	said, err := c.Desk.Unbind(a.update, a.by, name)
	c.Log.Info("asked", slog.String("by", a.by), slog.String("command", "unbind"), slog.String("said", said))
	return answer{}, err
}

// board lets somebody in who wants to see more than fits a phone.
func (c *Chat) board(_ context.Context, a ask) (answer, error) {
	link := c.Board(a.by)
	if link == "" {
		return says("本单位还没有开看板：请管理员在配置的 board 里写上看板的网址。")
	}
	c.Log.Info("asked", slog.String("by", a.by), slog.String("command", "board"))
	return says("看板的登录网址在下面，请在 10 分钟之内打开，只能用一次。谁打开就算您登录，请不要转给别人。\n%s", link)
}

// unitNamed is the unit that somebody means, or what was typed.
func (c *Chat) unitNamed(typed string) string {
	if unit, rest := oneOf(c.Desk.UnitNames(), typed); unit != "" && rest == "" {
		return unit
	}
	return typed
}

// positive reads a number from 1 on.
func positive(s string) (int, error) {
	n, err := strconv.Atoi(strings.Trim(width.Narrow.String(s), " 第帖条"))
	if err == nil && n < 1 {
		err = errUnclear
	}
	return n, err
}
