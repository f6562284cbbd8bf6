package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"huiyin/internal/botapi"
)

// film writes down what happens on all phones, in the order in which it happens: what rings,
// what people tap and write, and how a card changes, of which only the new lines are told.
type film struct {
	out    strings.Builder
	day    string
	last   map[int]botapi.Message // as it was told
	taps   map[string]bool
	hidden []string // what differs each time
}

// shoot tells what happened since it was called last: first what people did, then what
// their phones show.
func (w *world) shoot() {
	f := &w.film
	if f.last == nil {
		f.last, f.taps = map[int]botapi.Message{}, map[string]bool{}
	}
	before := maps.Clone(f.last)
	var did, showed []func()
	for _, chat := range w.chats() {
		for _, tap := range w.api.Taps(chat) {
			if !f.taps[tap.Query] && tap.Answer != nil {
				f.taps[tap.Query] = true
				did = append(did, func() { w.tapped(chat, tap) })
			}
		}
		for _, m := range w.api.Chat(chat) {
			was, told := before[m.ID]
			switch {
			case told && was.Text == m.Text && slices.Equal(labels(was), labels(m)):
				continue
			case told:
				showed = append(showed, func() { w.edited(chat, was, m) })
			case m.FromBot:
				showed = append(showed, func() { w.arrived(chat, m) })
			default:
				to := before[m.ReplyTo].Text // as it was then
				did = append(did, func() { w.wrote(chat, m, to) })
			}
			f.last[m.ID] = m
		}
	}
	for _, tell := range slices.Concat(did, showed) {
		tell()
	}
}

// chats are those of people, and then the groups.
func (w *world) chats() (list []int64) {
	for _, p := range w.api.People() {
		list = append(list, p.ID)
	}
	for _, g := range w.api.Groups() {
		list = append(list, g.ID)
	}
	return list
}

// called is what a chat is called.
func (w *world) called(chat int64) string {
	for _, g := range w.api.Groups() {
		if g.ID == chat {
			return "群“" + g.Title + "”"
		}
	}
	return names[chat]
}

func (w *world) line(format string, args ...any) {
	now := w.now()
	if day := now.Format("2006-01-02"); day != w.film.day {
		w.film.day = day
		fmt.Fprintf(&w.film.out, "\n—— %s 周%s ——\n", day, []string{"日", "一", "二", "三", "四", "五", "六"}[now.Weekday()])
	}
	fmt.Fprintf(&w.film.out, "%s "+format+"\n", append([]any{now.Format("15:04")}, args...)...)
}

func (w *world) indent(mark, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		w.film.out.WriteString(strings.TrimRight("      "+mark+line, " ") + "\n")
	}
}

func (w *world) tapped(chat int64, t botapi.Tap) {
	where := ""
	if chat != t.Person {
		where = "在" + w.called(chat) + "里"
	}
	w.line("%s%s点[%s]", names[t.Person], where, t.Label)
	switch {
	case t.Answer.Alert:
		w.indent("弹窗：", t.Answer.Text)
	case t.Answer.Text != "":
		w.indent("提示：", t.Answer.Text)
	}
}

func (w *world) wrote(chat int64, m botapi.Message, to string) {
	how := "发"
	if m.ReplyTo != 0 {
		line, _, _ := strings.Cut(to, "\n")
		how = "回复“" + line + "”"
	}
	where := ""
	if chat < 0 {
		where = "在" + w.called(chat) + "里"
	}
	w.line("%s%s%s：", names[max(m.From, 0)], where, how)
	w.body(m)
}

func (w *world) arrived(chat int64, m botapi.Message) {
	how := "响了"
	if m.Silent {
		how = "收到（静音）"
	}
	w.line("%s%s：", w.called(chat), how)
	w.body(m)
}

func (w *world) body(m botapi.Message) {
	if m.Media != nil {
		w.indent("", m.Media.String())
	}
	if m.Text != "" {
		w.indent("", m.Text)
	}
	w.keys("", m)
}

func (w *world) keys(mark string, m botapi.Message) {
	for _, row := range m.Buttons {
		var keys []string
		for _, b := range row {
			keys = append(keys, "["+b.Text+"]")
		}
		w.indent(mark, strings.Join(keys, " "))
	}
}

// edited tells the first line of a message that changed, its new lines, and its buttons when
// they changed.
func (w *world) edited(chat int64, was, m botapi.Message) {
	title, text, _ := strings.Cut(m.Text, "\n")
	verb := "卡片改为"
	if !m.FromBot {
		verb = "把自己的话改为"
	} else if was.Text == m.Text {
		verb = "按钮改为"
	}
	w.line("%s%s：%s", w.called(chat), verb, title)
	before := strings.Split(was.Text, "\n")
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && !slices.Contains(before, line) {
			w.indent("＋", line)
		}
	}
	if !slices.Equal(labels(was), labels(m)) {
		w.keys("", m)
	}
}

// transcript is the film, with how often each phone rang.
func (w *world) transcript(title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", title, w.film.out.String())
	for _, chat := range w.chats() {
		if rang, silent := w.api.Rings(chat); rang+silent > 0 {
			fmt.Fprintf(&b, "%s：响了 %d 次", w.called(chat), rang)
			if silent > 0 {
				fmt.Fprintf(&b, "，静音 %d 次", silent)
			}
			b.WriteString("\n")
		}
	}
	text := w.sites.renamed(b.String())
	for _, h := range w.film.hidden {
		text = strings.ReplaceAll(text, h, "一次性邀请码")
	}
	return text
}
