package botapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Transcript writes down a chat as it stands on the phones, for golden files and for
// people to read: who wrote what and when (by the zone of Options.Now), the buttons
// that are there now, what was tapped and what that showed. A message that was edited
// stands where it was sent, with its last text.
func (s *Server) Transcript(chat int64) string {
	w := writer{names: map[int64]string{}, messages: map[int]Message{}}
	for _, p := range s.People() {
		w.names[p.ID] = p.LastName + p.FirstName
	}
	w.bot = s.opts.BotName
	var lines []line
	for _, m := range s.Chat(chat) {
		w.messages[m.ID] = m
		lines = append(lines, line{m.Date, m.ID, 0, func() { w.message(m) }})
	}
	for i, tap := range s.Taps(chat) {
		lines = append(lines, line{tap.Time, tap.After, i + 1, func() { w.tap(tap) }})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.after, b.after), cmp.Compare(a.tap, b.tap))
	})
	day := ""
	for _, l := range lines {
		if d := l.at.Format("2006-01-02"); d != day {
			day = d
			fmt.Fprintf(&w.out, "—— %s 周%s ——\n", d, []string{"日", "一", "二", "三", "四", "五", "六"}[l.at.Weekday()])
		}
		fmt.Fprintf(&w.out, "%s ", l.at.Format("15:04"))
		l.write()
	}
	return w.out.String()
}

// line is one thing that happened in a chat.
type line struct {
	at    time.Time
	after int // the message it is, or that it comes after
	tap   int // 0 for a message; taps on from 1
	write func()
}

type writer struct {
	out      strings.Builder
	bot      string
	names    map[int64]string
	messages map[int]Message
}

func (w *writer) author(m Message) string {
	if m.FromBot {
		return w.bot
	}
	return cmp.Or(w.names[cmp.Or(m.From, m.Chat)], "某人")
}

func (w *writer) message(m Message) {
	w.out.WriteString(w.author(m))
	var notes []string
	if m.ReplyTo != 0 {
		if to, ok := w.messages[m.ReplyTo]; ok {
			notes = append(notes, "回复"+w.author(to)+"“"+opening(to)+"”")
		} else {
			notes = append(notes, "回复一条已删除的消息")
		}
	}
	if m.Silent {
		notes = append(notes, "静音")
	}
	if m.Edits > 0 {
		notes = append(notes, fmt.Sprintf("改过%d次", m.Edits))
	}
	if len(notes) > 0 {
		fmt.Fprintf(&w.out, "（%s）", strings.Join(notes, "，"))
	}
	w.out.WriteString("：\n")
	if m.Media != nil {
		w.indent(m.Media.String())
	}
	if m.Text != "" {
		w.indent(m.Text)
	}
	for _, row := range m.Buttons {
		var keys []string
		for _, b := range row {
			if b.URL != "" {
				b.Text += "↗"
			}
			keys = append(keys, "["+b.Text+"]")
		}
		w.indent(strings.Join(keys, " "))
	}
}

func (w *writer) tap(t Tap) {
	fmt.Fprintf(&w.out, "%s点[%s]", w.names[t.Person], t.Label)
	if m, ok := w.messages[t.MessageID]; ok {
		fmt.Fprintf(&w.out, "（“%s”）", opening(m))
	}
	w.out.WriteString("\n")
	switch {
	case t.Answer == nil:
		w.indent("（没有应答）")
	case t.Answer.URL != "":
		w.indent("打开：" + t.Answer.URL)
	case t.Answer.Text != "" && t.Answer.Alert:
		w.indent("弹窗：" + t.Answer.Text)
	case t.Answer.Text != "":
		w.indent("提示：" + t.Answer.Text)
	}
}

func (w *writer) indent(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		w.out.WriteString(strings.TrimRight("      "+line, " ") + "\n")
	}
}

// opening is how a message is named: its first words.
func opening(m Message) string {
	const most = 16
	text, more, _ := strings.Cut(m.Text, "\n")
	if m.Text == "" && m.Media != nil {
		return m.Media.String()
	}
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	if more != "" {
		return text + "…"
	}
	return text
}

// String names the photo or document for a reader.
func (m *Media) String() string {
	z := m.Sizes[len(m.Sizes)-1]
	if m.Photo {
		return fmt.Sprintf("〔图片 %d×%d〕", z.Width, z.Height)
	}
	return fmt.Sprintf("〔文件 %s，%d 字节〕", m.Name, z.Bytes)
}
