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
	maxDraft   = 1200 // who reviews it reads it here
	maxReplies = 3
	maxSources = 5
	maxListed  = 3 // cases that are alike, or were taken in
)

// card is a case as one person sees it, or a unit's group.
type card struct {
	cases.Case
	first    cases.Mention
	to       string
	now      time.Time
	loc      *time.Location
	left     string // see Options.Left
	disclose cases.Disclosure
}

// groupMark begins the name of a unit's group in the outbox.
const groupMark = "#"

// group tells whether the card hangs in a group, where nobody is addressed.
func (k card) group() bool { return strings.HasPrefix(k.to, groupMark) }

// part is what the case is to whom the card is for. A group's is that of its unit.
func (k card) part() cases.Part {
	unit, group := strings.CutPrefix(k.to, groupMark)
	switch {
	case !group:
		return k.Part(k.to)
	case k.Unit == unit:
		return cases.Holder
	case k.Offer != nil && k.Offer.Unit == unit:
		return cases.Offered
	}
	return cases.Former
}

// at formats an instant for reading, with the year where it is another.
func (k card) at(t time.Time) string {
	if t.In(k.loc).Year() != k.now.In(k.loc).Year() {
		return t.In(k.loc).Format("2006-01-02 15:04")
	}
	return t.In(k.loc).Format("01-02 15:04")
}

// lines are written one by one, as HTML.
type lines struct{ strings.Builder }

func (l *lines) html(format string, args ...any) { fmt.Fprintf(l, format+"\n", args...) }

func (l *lines) text(format string, args ...any) {
	l.WriteString(safe(fmt.Sprintf(format, args...)) + "\n")
}

// html renders the card.
func (k card) html() string {
	var b lines
	if k.disclose.Level == cases.Link {
		b.html("%s <b>事项</b> · %s", k.icon(), k.Number)
		b.html(`内容和时限请看：%s`, safe(k.disclose.Page(k.Number)))
		return strings.TrimRight(b.String(), "\n")
	}
	grave := ""
	if k.Severity.Above(cases.Ordinary) {
		grave = "【" + string(k.Severity) + "】"
	}
	b.html("%s %s<b>%s</b> · %s", k.icon(), grave, safe(k.Topic), k.Number)
	if k.full() {
		k.story(&b)
	} else {
		b.text("%s 收到", k.at(k.Opened))
	}
	b.html("")
	k.standing(&b)
	return strings.TrimRight(b.String(), "\n")
}

// full tells whether what people wrote may be shown.
func (k card) full() bool { return k.disclose.Full() }

// story tells what the public said.
func (k card) story(b *lines) {
	if title := cut(k.Title, maxTitle); title != "" {
		b.html("<b>%s</b>", safe(title))
	}
	if text := excerpt(k.first, maxExcerpt); text != "" {
		b.html("%s", text)
	}
	published := ""
	switch {
	case k.first.Published.IsZero():
	case k.URL == "": // a letter
		published = k.at(k.first.Published) + " 写，"
	default:
		published = k.at(k.first.Published) + " 发布，"
	}
	if slices.Contains(channelNames, k.first.Source) {
		b.text("%s，%s 登记", k.first.Source, k.at(k.Opened))
	} else {
		b.html("来自%s，%s%s 收到%s", safe(cut(k.first.Source, maxTitle)), published, k.at(k.Opened), anchor(k.URL, "看原帖"))
	}
	if k.first.Replies+k.first.Views > 0 {
		b.text("收到时有 %d 个回帖，%d 次浏览", k.first.Replies, k.first.Views)
	}
	if k.Contact != "" {
		b.text("联系方式：%s", cut(k.Contact, maxTitle))
	}
	if k.Page != "" {
		b.text("⚠️ %s", cut(k.Page, maxReply))
	}
	if n := k.Told(); n > 1 {
		speed := ""
		if hourly := k.hourly(); hourly > 1 {
			speed = fmt.Sprintf("，最近一小时 %d 帖", hourly)
		}
		b.text("同一件事共 %d 帖：%s%s", n, spread(k.Sources), speed)
	}
	if k.Latest.Title != "" { // an officer sees at once when two matters were taken for one
		b.html("最新一帖：%s%s", safe(cut(k.Latest.Title, maxTitle)), anchor(k.Latest.URL, "看这一帖"))
	}
	if len(k.Taken) > 0 {
		var list []string
		for _, t := range k.Taken {
			list = append(list, fmt.Sprintf("%s（%d 帖）", t.Number, t.Mentions))
		}
		b.text("并进来的：%s", some(list))
	}
	if len(k.Alike) > 0 && !k.Over() {
		b.text("可能与 %s 是同一件事，要合并请点“更多”。", some(k.Alike))
	}
}

// hourly is how many mentions there were in the hour before now.
func (k card) hourly() int {
	p := k.Pace
	p.Add(k.now) // which is none
	return p.Hourly() - 1
}

// some names the first of a list.
func some(list []string) string {
	s := strings.Join(list[:min(len(list), maxListed)], "、")
	if len(list) > maxListed {
		s += fmt.Sprintf(" 等 %d 件", len(list))
	}
	return s
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
func (k card) icon() string {
	switch k.part() {
	case cases.Former:
		return "➡️"
	case cases.Reviewer:
		return "📝"
	case cases.Offered:
		return "📨"
	case cases.Helping:
		return "🤝"
	}
	return k.sign()
}

// sign tells at a glance where the case stands.
func (k card) sign() string {
	switch {
	case k.Overdue(k.now):
		return "⏰"
	case k.Open() && k.Paused() != nil:
		return "⏸"
	}
	return map[cases.State]string{
		cases.Registered: "🔔", cases.InHand: "📌", cases.Answered: "✅", cases.Done: "📁", cases.NotOwed: "⚪", cases.Joint: "🔗",
	}[k.State]
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
	sources = slices.DeleteFunc(slices.Clone(sources), func(s cases.SourceCount) bool { return s.Count == 0 })
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

// anchor is a link, to stand behind something else; empty for what was never on a page.
func anchor(url, text string) string {
	if url == "" {
		return ""
	}
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return " · 原帖没有链接"
	}
	return fmt.Sprintf(` · <a href="%s">%s</a>`, safe(url), text)
}

func cut(s string, max int) string { return post.Cut(s, max) }
