package chat

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// officeFor is how long others wait for an answer that the rest of the program writes.
const officeFor = 20 * time.Second

const (
	todoPage    = 10
	maxLabel    = 14   // characters of a title on a button
	maxLine     = 150  // characters of a line in a timeline
	maxTimeline = 3000 // characters of a whole one
)

// timelineMark begins a timeline.
const timelineMark = "📜"

const newUsage = "第一行写来电、来信或来访和标题，下面写内容；有电话会自动记为联系方式。例如：\n" +
	"/new 来电 城东小区停水\n张先生反映停水三天，电话 13800000000"

// todo lists what a person has to see to: what is overdue first.
func (c *Chat) todo(_ context.Context, a ask) (answer, error) {
	all, err := c.Desk.Todo(a.by)
	if err != nil {
		return answer{}, err
	}
	if len(all) == 0 {
		return says("您手上没有待办事项。")
	}
	now := c.Now()
	slices.SortStableFunc(all, func(x, y cases.Case) int { return one(y.Overdue(now)) - one(x.Overdue(now)) })
	pages := (len(all) + todoPage - 1) / todoPage
	page := min(pageNumber(a.rest), pages)
	var b lines
	b.html("您手上有 <b>%d 件</b>待办%s，要看哪一件请点编号：", len(all), ofPages(page, pages))
	var got answer
	for _, held := range all[(page-1)*todoPage : min(page*todoPage, len(all))] {
		b.html("%s", c.brief(held, a.by))
		label := held.Number
		if c.cardOf(held, cases.Mention{}, a.by).full() {
			label += " " + cut(held.Title, maxLabel)
		}
		got.buttons = append(got.buttons, cases.Button{Text: label, Data: lookCard + ":" + held.Number})
	}
	if page < pages {
		got.buttons = append(got.buttons, cases.Button{Text: "下一页 »", Data: fmt.Sprintf("%s:%d", todoData, page+1)})
	}
	got.html = strings.TrimRight(b.String(), "\n")
	return got, nil
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func ofPages(page, pages int) string {
	if pages == 1 {
		return ""
	}
	return fmt.Sprintf("（第 %d 页，共 %d 页）", page, pages)
}

// brief is a case in one line of a list.
func (c *Chat) brief(held cases.Case, to string) string {
	k := c.cardOf(held, cases.Mention{}, to)
	icon := k.icon()
	if k.part() == cases.Former { // somebody who oversees it
		icon = k.sign()
	}
	if k.disclose.Level == cases.Link {
		return fmt.Sprintf("%s %s", icon, held.Number)
	}
	what := held.Topic
	if k.full() {
		what += "：" + cut(held.Title, 30)
	}
	if held.Severity.Above(cases.Ordinary) {
		what = "【" + string(held.Severity) + "】" + what
	}
	return safe(fmt.Sprintf("%s %s %s，%s", icon, held.Number, what, k.turn()))
}

// turn says in a few words what a case waits for.
func (k card) turn() string {
	next, owed := k.Next()
	switch part := k.part(); {
	case part == cases.Reviewer:
		return "等您审核"
	case part == cases.Offered:
		return "等您签收"
	case part == cases.Helping:
		return "等您协办"
	case k.Over():
		return string(k.State)
	case !owed:
		return "已回应，等办结"
	case k.Paused() != nil:
		return "停时中"
	case k.now.After(next.Due):
		return "已超过时限 " + k.at(next.Due)
	case k.left != "":
		return "还剩 " + k.left
	}
	return k.at(next.Due) + " 截止"
}

// numbered reads the number of a case that a text begins with.
func (c *Chat) numbered(text string) (number, rest string, err error) {
	word, rest := first(text)
	number, ok := c.Desk.Number(plainNumber(word))
	if !ok {
		return "", "", errUnclear
	}
	return number, rest, nil
}

func notYours(number string) string {
	return fmt.Sprintf("没有 %s 这一件，或者它不归您看。请核对编号。", number)
}

// timeline shows all that happened to a case, of those that are archived too, and the
// buttons that the person may use.
func (c *Chat) timeline(ctx context.Context, a ask) (answer, error) {
	number, _, err := c.numbered(a.rest)
	if err != nil {
		return answer{}, err
	}
	held, events, ok, err := c.Desk.History(a.by, number)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return c.archived(ctx, a, number)
	}
	return answer{html: c.historyOf(held, events, a.by), buttons: plainButtons(c.buttonsFor(held, tap{by: a.by}))}, nil
}

// archived shows a case that is no longer held, to those who could read it before.
func (c *Chat) archived(ctx context.Context, a ask, number string) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, officeFor)
	defer cancel()
	events, err := c.Archive(limited, number)
	if ctx.Err() != nil {
		return answer{}, ctx.Err()
	}
	if err == nil && len(events) == 0 {
		c.Log.Info("refused", slog.String("by", a.by), slog.String("case", number))
		return says("%s", notYours(number))
	}
	var held cases.Case
	if err == nil {
		held, err = cases.Fold(events)
	}
	if err != nil {
		c.Log.Error("read an archived case", "case", number, "error", err)
		return says("暂时查不到 %s，请过几分钟再试。如果一直这样，请告诉管理员。", number)
	}
	units := c.Desk.UnitsOf(a.by)
	helped := slices.ContainsFunc(held.Helpers, func(h cases.Helper) bool { return slices.Contains(units, h.Unit) })
	if !c.Desk.Leads(a.by) && !helped && !slices.Contains(held.Followers, a.by) && !slices.Contains(units, held.Unit) {
		c.Log.Info("refused", slog.String("by", a.by), slog.String("case", number))
		return says("%s", notYours(number))
	}
	return answer{html: c.historyOf(held, events, a.by)}, nil
}

// historyOf writes the events of a case one by one. Of many those in the middle are left
// out.
func (c *Chat) historyOf(held cases.Case, events []cases.Event, to string) string {
	k := c.cardOf(held, cases.Mention{}, to)
	var b lines
	b.html("%s <b>%s 办理记录</b>", timelineMark, held.Number)
	if k.disclose.Level == cases.Link {
		b.html("请看：%s", safe(k.disclose.Page(held.Number)))
		return strings.TrimRight(b.String(), "\n")
	}
	b.html("%s\n", c.brief(held, to))
	var told []string
	size := 0
	for _, e := range events {
		line := e.Kind.String()
		if k.full() {
			line = post.Mask(e.Line())
		}
		line = k.at(e.At) + " " + cut(line, maxLine)
		told = append(told, safe(line))
		size += utf8.RuneCountInString(told[len(told)-1]) + 1
	}
	gone, at := 0, 0
	for ; size > maxTimeline; gone++ {
		at = len(told) / 3
		size -= utf8.RuneCountInString(told[at]) + 1
		told = slices.Delete(told, at, at+1)
	}
	if gone > 0 {
		told = slices.Insert(told, at, fmt.Sprintf("……（中间 %d 条略）", gone))
	}
	b.WriteString(strings.Join(told, "\n"))
	return b.String()
}

// template gives the skeleton of an answer.
func (c *Chat) template(_ context.Context, a ask) (answer, error) {
	number, _, err := c.numbered(a.rest)
	if err != nil {
		return answer{}, err
	}
	held, _, ok, err := c.Desk.History(a.by, number)
	if err != nil {
		return answer{}, err
	}
	if !ok {
		return says("%s", notYours(number))
	}
	if held.Title = cut(post.Line(held.Title, maxTitle), maxTitle); !c.cardOf(held, cases.Mention{}, a.by).full() {
		held.Title = held.Topic
	}
	return says("%s", cases.Template(held))
}

// register makes a case of what came by phone, letter or visit.
func (c *Chat) register(_ context.Context, a ask) (answer, error) {
	l, ok := letter(a.rest)
	if !ok {
		return answer{}, errUnclear
	}
	l.Update, l.By = a.update, a.by
	return answer{}, c.Desk.Register(l)
}

// act does something to a case that was asked for by a command.
func (c *Chat) act(a ask, act cases.Act) (answer, error) {
	act.Update, act.By, act.Message = a.update, a.by, true
	said, err := c.Desk.Act(act)
	c.Log.Info("asked", slog.String("by", a.by), slog.String("case", act.Case), slog.String("kind", string(act.Kind)), slog.String("said", said))
	return answer{}, err
}

func (c *Chat) transfer(_ context.Context, a ask) (answer, error) {
	number, rest, err := c.numbered(a.rest)
	if err != nil {
		return answer{}, err
	}
	rest = strings.TrimLeft(rest, "到给转 ")
	unit, why := oneOf(c.Desk.UnitNames(), rest)
	if unit == "" {
		return says("没有看懂要转给哪个单位。现有单位：%s。例如：/transfer %s 住建局 不归我们管", strings.Join(c.Desk.UnitNames(), "、"), number)
	}
	return c.act(a, cases.Act{Case: number, Kind: cases.Transferred, Unit: unit, Reason: cut(post.Line(why, maxReply), maxReply)})
}

func (c *Chat) merge(_ context.Context, a ask) (answer, error) {
	number, rest, err := c.numbered(strings.NewReplacer("并到", " ", "并入", " ", "到", " ").Replace(a.rest))
	if err != nil {
		return answer{}, err
	}
	into, rest, err := c.numbered(rest)
	if err != nil || rest != "" {
		return answer{}, errUnclear
	}
	return c.act(a, cases.Act{Case: number, Kind: cases.Merged, Other: into})
}

func (c *Chat) splitOff(_ context.Context, a ask) (answer, error) {
	number, rest, err := c.numbered(a.rest)
	if err != nil {
		return answer{}, err
	}
	no := 0
	if rest != "" {
		if no, err = positive(rest); err != nil {
			return answer{}, errUnclear
		}
	}
	return c.act(a, cases.Act{Case: number, Kind: cases.Split, No: no})
}

// fromOffice is an answer that the rest of the program writes, or what is said when it
// cannot. When the program stops meanwhile, Telegram sends the question again.
func (c *Chat) fromOffice(ctx context.Context, what string, write func(context.Context) (string, error)) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, officeFor)
	defer cancel()
	text, err := write(limited)
	if ctx.Err() != nil {
		return answer{}, ctx.Err()
	}
	if err != nil {
		c.Log.Error("asked for in the chat", "what", what, "error", err)
		return says("%s暂时出不来，请过几分钟再试。如果一直这样，请告诉管理员。", what)
	}
	return answer{html: text}, nil
}

func (c *Chat) digest(ctx context.Context, a ask) (answer, error) {
	var picture cases.Picture
	got, err := c.fromOffice(ctx, "简报", func(ctx context.Context) (text string, err error) {
		text, picture, err = c.Digest(ctx, a.by)
		return text, err
	})
	got.picture = picture
	return got, err
}

func (c *Chat) stats(ctx context.Context, a ask) (answer, error) {
	return c.fromOffice(ctx, "统计", func(ctx context.Context) (string, error) { return c.Stats(ctx, a.by, post.Line(a.rest, maxTitle)) })
}

func (c *Chat) sources(ctx context.Context, a ask) (answer, error) {
	return c.fromOffice(ctx, "来源情况", c.Sources)
}

func (c *Chat) search(ctx context.Context, a ask) (answer, error) {
	query := post.Line(a.rest, maxTitle)
	if query == "" {
		return answer{}, errUnclear
	}
	return c.fromOffice(ctx, "查询结果", func(ctx context.Context) (string, error) { return c.Search(ctx, a.by, query) })
}
