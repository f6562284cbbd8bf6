package chat

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// Lengths of a card's parts, in characters; together they stay far below the 4096
// that Telegram takes. Texts are cut before they become HTML, so never inside a tag.
const (
	maxTitle   = 80
	maxExcerpt = 160
	maxReply   = 120
	maxReplies = 3
	maxSources = 5
)

// Card renders a case for an officer's phone, in Telegram's HTML.
func Card(c cases.Case, first cases.Mention, officer string, now time.Time, loc *time.Location) string {
	var b strings.Builder
	at := func(t time.Time) string { return t.In(loc).Format("01-02 15:04") }
	fmt.Fprintf(&b, "%s <b>%s</b> · %s\n", icon(c, officer, now), html.EscapeString(c.Topic), c.Number)
	fmt.Fprintf(&b, "<b>%s</b>\n", html.EscapeString(cut(c.Title, maxTitle)))
	if text := excerpt(first, maxExcerpt); text != "" {
		b.WriteString(text + "\n")
	}
	fmt.Fprintf(&b, "来自%s，", html.EscapeString(first.Source))
	if !first.Published.IsZero() {
		fmt.Fprintf(&b, "%s 发布，", at(first.Published))
	}
	fmt.Fprintf(&b, "%s 读到 · %s\n", at(c.Opened), anchor(c.URL, "看原帖"))
	if c.Mentions > 1 {
		fmt.Fprintf(&b, "同一件事共 %d 帖：%s\n", c.Mentions, html.EscapeString(spread(c.Sources)))
	}
	b.WriteString("\n" + standing(c, officer, now, at))
	return b.String()
}

var head = regexp.MustCompile(`(?m)^\S+ .* · (\d{4}-\d{6})$`)

// numberOf returns the case that a message of the bot shows; empty when it is no card.
// The number is read from the card itself, not looked up by the message: an officer may
// answer before the journal knows which message Telegram made of it.
func numberOf(text string) string {
	lines := strings.SplitN(text, "\n", 3)
	for _, line := range lines[:min(2, len(lines))] { // a card sent again has a line before
		if m := head.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

// icon tells at a glance whose turn it is.
func icon(c cases.Case, officer string, now time.Time) string {
	switch {
	case c.Officer != officer:
		return "➡️"
	case c.Overdue(now):
		return "⏰"
	}
	return map[cases.State]string{
		cases.Registered: "🔔", cases.InHand: "📌", cases.Answered: "✅", cases.Done: "📁", cases.NotOwed: "⚪",
	}[c.State]
}

// standing says where the case stands and what to do next.
func standing(c cases.Case, officer string, now time.Time, at func(time.Time) string) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(html.EscapeString(fmt.Sprintf(format, args...)) + "\n")
	}
	if c.Officer != officer {
		line("现在由%s（%s）办理，您不用再管。", c.Unit, c.Officer)
	}
	if c.From != "" && c.Officer == officer {
		line("%s转来。", c.From)
	}
	if !c.Signed.IsZero() {
		line("已签收：%s，%s", c.SignedBy, at(c.Signed))
	}
	replies := c.Replies[max(0, len(c.Replies)-maxReplies):]
	for i, r := range replies {
		late := ""
		if !c.OnTime(len(c.Replies) - len(replies) + i) {
			late = "（超过时限）"
		}
		line("已回应%s：%s，%s", late, r.By, at(r.At))
		b.WriteString(html.EscapeString(cut(post.Mask(r.Text), maxReply)) + "\n")
	}
	switch c.State {
	case cases.Done:
		line("已办结：%s，%s", c.EndedBy, at(c.Ended))
	case cases.NotOwed:
		line("无需回应：%s（%s，%s）", c.Reason, c.EndedBy, at(c.Ended))
	}
	if next, owed := c.Next(); owed {
		if now.After(next.Due) {
			line("已超过时限 %s，请尽快%s。", at(next.Due), next.Name)
		} else {
			line("请在 %s 前%s。", at(next.Due), next.Name)
		}
		line("时限怎么算的：%s", next.Why)
		if c.Officer == officer {
			line("公开答复后，长按这条消息选“回复”，发来链接或文字。")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// excerpt is the part of the text around the first word that matched, as HTML with
// the words in bold.
func excerpt(m cases.Mention, max int) string {
	marks := slices.DeleteFunc(slices.Clone(m.Marks), func(k cases.Mark) bool {
		return k.InTitle || k.Start < 0 || k.End > len(m.Text) || k.Start >= k.End
	})
	slices.SortFunc(marks, func(a, b cases.Mark) int { return a.Start - b.Start })
	from := 0
	if len(marks) > 0 {
		from = back(m.Text, marks[0].Start, max/3)
	}
	end := forward(m.Text, from, max)
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	at := from
	for _, k := range marks {
		if k.Start < at || k.End > end {
			continue
		}
		fmt.Fprintf(&b, "%s<b>%s</b>", html.EscapeString(m.Text[at:k.Start]), html.EscapeString(m.Text[k.Start:k.End]))
		at = k.End
	}
	b.WriteString(html.EscapeString(m.Text[at:end]))
	if end < len(m.Text) {
		b.WriteString("…")
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// back is the byte n characters before i in s, or 0; forward the one n after.
func back(s string, i, n int) int {
	r := []rune(s[:i])
	return len(string(r[:max(0, len(r)-n)]))
}

func forward(s string, i, n int) int {
	for j := range s[i:] {
		if n == 0 {
			return i + j
		}
		n--
	}
	return len(s)
}

// spread lists how many mentions came from where.
func spread(sources []cases.SourceCount) string {
	var parts []string
	for i, s := range sources {
		if i == maxSources {
			parts = append(parts, fmt.Sprintf("等 %d 个来源", len(sources)))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %d", s.Source, s.Count))
	}
	return strings.Join(parts, "、")
}

func anchor(url, text string) string {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return "原帖没有链接"
	}
	return fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(url), text)
}

func cut(s string, max int) string { return post.Cut(s, max) }

// digestData is the data of the button that asks for a digest.
const digestData = "d"

// menuOf returns the buttons that belong under a parcel.
func menuOf(p cases.Parcel, leads bool) models.ReplyMarkup {
	switch {
	case p.Case == "" && leads:
		return models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{button("看简报", digestData)}}}
	case p.Case == "" || p.View.Officer != p.To || p.View.Over():
		return nil
	case p.View.State == cases.Answered:
		return models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{button("办结", "c:"+p.Case)}}}
	}
	return cardMenu(p.Case, p.View.State == cases.Registered)
}

// cardMenu is the row of buttons of an open case. Signing twice does no harm, so that
// the way back from a sub-menu may always offer it.
func cardMenu(number string, sign bool) models.InlineKeyboardMarkup {
	var row []models.InlineKeyboardButton
	if sign {
		row = append(row, button("签收", "s:"+number))
	}
	row = append(row, button("转办", "t:"+number), button("无需回应", "x:"+number))
	return models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{row}}
}

func unitMenu(number string, units []string) models.InlineKeyboardMarkup {
	var rows [][]models.InlineKeyboardButton
	for pair := range slices.Chunk(units, 2) {
		var row []models.InlineKeyboardButton
		for _, u := range pair {
			row = append(row, button(u, "t:"+number+":"+u))
		}
		rows = append(rows, row)
	}
	rows = append(rows, []models.InlineKeyboardButton{button("« 返回", "b:"+number)})
	return models.InlineKeyboardMarkup{InlineKeyboard: rows}
}

func reasonMenu(number string) models.InlineKeyboardMarkup {
	var rows [][]models.InlineKeyboardButton
	for i, r := range cases.Reasons {
		rows = append(rows, []models.InlineKeyboardButton{button(r, fmt.Sprintf("x:%s:%d", number, i))})
	}
	rows = append(rows, []models.InlineKeyboardButton{button("« 返回", "b:"+number)})
	return models.InlineKeyboardMarkup{InlineKeyboard: rows}
}

func button(text, data string) models.InlineKeyboardButton {
	return models.InlineKeyboardButton{Text: text, CallbackData: data}
}
