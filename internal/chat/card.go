package chat

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	at := func(t time.Time) string {
		if t.In(loc).Year() != now.In(loc).Year() {
			return t.In(loc).Format("2006-01-02 15:04")
		}
		return t.In(loc).Format("01-02 15:04")
	}
	fmt.Fprintf(&b, "%s <b>%s</b> · %s\n", icon(c, officer, now), safe(c.Topic), c.Number)
	if title := safe(cut(c.Title, maxTitle)); title != "" {
		b.WriteString("<b>" + title + "</b>\n")
	}
	if text := excerpt(first, maxExcerpt); text != "" {
		b.WriteString(text + "\n")
	}
	fmt.Fprintf(&b, "来自%s，", safe(cut(first.Source, maxTitle)))
	if !first.Published.IsZero() {
		fmt.Fprintf(&b, "%s 发布，", at(first.Published))
	}
	fmt.Fprintf(&b, "%s 收到 · %s\n", at(c.Opened), anchor(c.URL, "看原帖"))
	if c.Mentions > 1 {
		fmt.Fprintf(&b, "同一件事共 %d 帖：%s\n", c.Mentions, safe(spread(c.Sources)))
	}
	if c.Latest.Title != "" { // an officer sees at once when two matters were taken for one
		fmt.Fprintf(&b, "最新一帖：%s · %s\n", safe(cut(c.Latest.Title, maxTitle)), anchor(c.Latest.URL, "看这一帖"))
	}
	b.WriteString("\n" + standing(c, officer, now, at))
	return b.String()
}

// safe makes HTML of a text that somebody wrote, on one line: without what has no shape
// of its own, which could turn the line around or break it.
func safe(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�")))
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
		b.WriteString(safe(fmt.Sprintf(format, args...)) + "\n")
	}
	mine := c.Officer == officer
	if !mine {
		line("这件事已改由%s（%s）办理，您不用再管。", c.Unit, c.Officer)
	}
	if c.From != "" && mine {
		line("%s转来。", c.From)
	}
	if !c.Signed.IsZero() {
		line("已签收：%s，%s", c.SignedBy, at(c.Signed))
	}
	for i, r := range c.Replies {
		if i >= len(c.Replies)-maxReplies {
			line("%s：%s，%s", done(c, i), r.By, at(r.At))
			line("%s", cut(post.Mask(r.Text), maxReply))
		}
	}
	switch c.State {
	case cases.Answered:
		if mine {
			line("事情办完后，请点下面的“办结”。")
		}
	case cases.Done:
		line("已办结：%s，%s", c.EndedBy, at(c.Ended))
	case cases.NotOwed:
		line("无需回应：%s（%s，%s）", c.Reason, c.EndedBy, at(c.Ended))
	}
	if c.After > 0 && mine {
		line("在这以后又有 %d 帖说这件事，请看一看。要补充回应，长按这条消息，选“回复”，发来链接或文字。", c.After)
	}
	if next, owed := c.Next(); owed && mine {
		switch {
		case now.After(next.Due):
			line("已超过时限 %s，请尽快完成%s。", at(next.Due), next.Name)
		case c.Reminded != "":
			line("%s，请在 %s 前完成%s。", c.Reminded, at(next.Due), next.Name)
		default:
			line("请在 %s 前完成%s。", at(next.Due), next.Name)
		}
		line("时限怎么算的：%s", next.Why)
		if c.State == cases.Registered {
			line("先点“签收”。公开答复后，长按这条消息，选“回复”，发来链接或文字。")
		} else {
			line("公开答复后，长按这条消息，选“回复”，发来链接或文字。")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// done names what the i-th reply did.
func done(c cases.Case, i int) string {
	name := "已回应"
	if i >= len(c.Steps) {
		name = "补充回应"
	} else if len(c.Steps) > 1 {
		name = "已完成" + c.Steps[i].Name
	}
	if !c.OnTime(i) {
		name += "（超过时限）"
	}
	return name
}

// excerpt is the part of the text around the first word that matched, as HTML with
// the words in bold.
func excerpt(m cases.Mention, max int) string {
	marks := slices.DeleteFunc(slices.Clone(m.Marks), func(k cases.Mark) bool {
		return k.InTitle || k.Start < 0 || k.End > len(m.Text) || k.Start >= k.End ||
			!utf8.RuneStart(m.Text[k.Start]) || k.End < len(m.Text) && !utf8.RuneStart(m.Text[k.End])
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
		fmt.Fprintf(&b, "%s<b>%s</b>", safe(m.Text[at:k.Start]), safe(m.Text[k.Start:k.End]))
		at = k.End
	}
	b.WriteString(safe(m.Text[at:end]))
	if end < len(m.Text) {
		b.WriteString("…")
	}
	return b.String()
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
	for _, s := range sources[:min(len(sources), maxSources)] {
		parts = append(parts, fmt.Sprintf("%s %d", cut(s.Source, maxTitle), s.Count))
	}
	list := strings.Join(parts, "、")
	if len(sources) > maxSources {
		list += fmt.Sprintf(" 等 %d 个来源", len(sources))
	}
	return list
}

func anchor(url, text string) string {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return "原帖没有链接"
	}
	return fmt.Sprintf(`<a href="%s">%s</a>`, safe(url), text)
}

func cut(s string, max int) string { return post.Cut(s, max) }
