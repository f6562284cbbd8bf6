package report

import (
	"cmp"
	"fmt"
	"html"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/chart"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// How much of each name fits a line of a phone.
const (
	cutTitle  = 18
	cutUnit   = 10
	cutName   = 6
	cutReason = 24
	cutSource = 12
	maxNamed  = 3 // units or topics on one line
	maxPeople = 2
)

// Text writes the digest in Telegram's HTML, for one screen of a phone: what is most
// important first, and nothing that is zero and means nothing.
func (d Daily) Text() string {
	parts := []part{{head: "<b>" + d.link(d.page(), html.EscapeString(post.Cut(d.Agency, 20))+" 每日简报") + "</b>"}, {head: d.whose()}}
	parts = append(parts, d.headline()...)
	parts = append(parts, d.late(), d.unsound(), d.stories(), d.answers(), d.noAnswer())
	if d.leader() {
		parts = append(parts, d.sources())
	}
	people := d.people()
	if !d.leader() && len(people) > 0 {
		people[0].gap = true
	}
	parts = append(parts, people...)
	if d.leader() {
		parts = append(parts, d.machine()...)
		parts = append(parts, d.reconcile()...)
	}
	if !d.Disclose.Full() && d.Disclose.Board != "" {
		parts = append(parts, part{head: "内容请看：" + html.EscapeString(d.Disclose.Board)})
	}
	if year := d.Now.In(d.Calendar.Location()).Year(); !d.Calendar.Known(year) {
		parts = append(parts, part{head: fmt.Sprintf("⚠️ %d 年的放假安排还没有录入，时限暂按周一至周五计算，请让管理员在配置的 holidays 里写上。", year)})
	}
	return screen(parts)
}

// link is HTML that leads to a page of the board, where there is one.
func (d Daily) link(path, html string) string {
	if d.Board == "" {
		return html
	}
	return anchor(d.Board+path, html)
}

func anchor(url, text string) string {
	return `<a href="` + html.EscapeString(url) + `">` + text + "</a>"
}

func (d Daily) number(number string) string { return d.link("/case/"+number, number) }

// more is what stands under a list that is cut.
func (d Daily) more(format string, n int) string { return d.link(d.page(), fmt.Sprintf(format, n)) }

// whose says which days are told of, and of a head's digest which units.
func (d Daily) whose() string {
	if d.leader() || d.Disclose.Level == cases.Link {
		return d.span()
	}
	var units []figure
	for _, u := range d.Units {
		units = append(units, figure{name: u})
	}
	return d.span() + "　" + firstOf(units, false, "个单位")
}

// firstOf lists the first few of some names: 供水集团 5、城管局 4 等 9 个单位.
func firstOf(counts []figure, n bool, what string) string {
	var b strings.Builder
	for i, c := range counts[:min(len(counts), maxNamed)] {
		if i > 0 {
			b.WriteString("、")
		}
		b.WriteString(html.EscapeString(post.Cut(c.name, cutUnit)))
		if n {
			fmt.Fprintf(&b, " %d", c.n)
		}
	}
	if len(counts) > maxNamed {
		if n {
			b.WriteString(" ")
		}
		fmt.Fprintf(&b, "等 %d %s", len(counts), what)
	}
	return b.String()
}

// against sets a figure beside those of the spans that the digest is compared with:
// （前一日 9，上周同日 15）; empty where there is nothing to tell.
func (d Daily) against(of func(b cases.BeforeDay) string) string {
	var all []string
	for i, c := range d.Compared {
		if d.Figures == nil || i >= len(d.Figures.Before) {
			break
		}
		if said := of(d.Figures.Before[i]); said != "" {
			all = append(all, c.Name+" "+said)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "（" + strings.Join(all, "，") + "）"
}

// numbers is against for a plain number; where all are 0 there is nothing to tell.
func (d Daily) numbers(n int, of func(b cases.BeforeDay) int) string {
	said := d.against(func(b cases.BeforeDay) string {
		n += of(b)
		return fmt.Sprint(of(b))
	})
	if n == 0 {
		return ""
	}
	return said
}

// figured is a figure in words, or others when it is 0.
func figured(format, none string, n int) string {
	if n == 0 {
		return none
	}
	return fmt.Sprintf(format, n)
}

// headline is how many there are.
func (d Daily) headline() (parts []part) {
	f := d.Figures
	add := func(line string) { parts = append(parts, part{head: line, gap: len(parts) == 0}) }
	if f == nil {
		add("统计数据库暂时连不上，这次没有统计；提醒和登记不受影响，恢复后会补上。")
	} else {
		line := figured("新立 <b>%d</b> 件", "没有新立的事项", f.Counts.Opened) + d.numbers(f.Counts.Opened, func(b cases.BeforeDay) int { return b.Opened })
		if f.Counts.Opened > 0 && d.Disclose.Level != cases.Link {
			line += "：" + d.opened()
		}
		add(line)
	}
	add(d.open())
	if f != nil && f.Counts.Answered > 0 {
		add(fmt.Sprintf("首次回应 <b>%d</b> 件，按时 <b>%s</b>%s", f.Counts.Answered, rate(f.Counts.InTime, f.Counts.Answered), d.against(func(b cases.BeforeDay) string {
			if b.Answered == 0 {
				return ""
			}
			return rate(b.InTime, b.Answered)
		})))
	}
	return parts
}

// opened says whose the new cases are; of one unit, what they are about.
func (d Daily) opened() string {
	units := tallied(d.Figures.Opened, func(o cases.UnitTopic) (string, int) { return o.Unit, o.Cases })
	if len(units) > 1 || len(d.Units) != 1 {
		return firstOf(units, true, "个单位")
	}
	return firstOf(tallied(d.Figures.Opened, func(o cases.UnitTopic) (string, int) { return o.Topic, o.Cases }), true, "个专题")
}

// open is how many answers are owed.
func (d Daily) open() string {
	line := figured("在办 <b>%d</b> 件", "没有等待回应的事项", len(d.Owed)) + d.numbers(len(d.Owed), func(b cases.BeforeDay) int { return b.Open })
	if len(d.Owed) == 0 {
		return line
	}
	paused := 0
	for _, o := range d.Owed {
		if !o.Paused.IsZero() {
			paused++
		}
	}
	if paused > 0 {
		line += fmt.Sprintf("，其中停时 %d 件", paused)
	}
	if len(d.overdue()) == 0 {
		line += "，都在时限内"
	}
	return line
}

// late are the cases past their time, with how long by the clock on the wall and by the
// unit's working time.
func (d Daily) late() part {
	overdue := d.overdue()
	if len(overdue) == 0 {
		return part{}
	}
	p := part{gap: true, more: d.more("等共 %d 件", len(overdue))}
	p.head = fmt.Sprintf("⏰ <b>超时未回应 %d 件</b>%s", len(overdue), d.numbers(len(overdue), func(b cases.BeforeDay) int { return b.Overdue }))
	if units := byUnit(overdue); len(units) > 1 && d.Disclose.Level != cases.Link {
		p.head += "：" + firstOf(units, true, "个单位")
	}
	for _, o := range shown(d.Disclose, overdue) {
		plain, working := d.past(o)
		row := fmt.Sprintf("· %s%s（%s，超 %s", d.number(o.Case), d.title(o.Title), d.who(o.Unit, o.Officer), long(plain))
		if working >= time.Minute {
			row += "，工作时间 " + rough(working)
		}
		if !o.Paused.IsZero() {
			row += "，停时中"
		}
		p.rows = append(p.rows, row+"）")
	}
	return p
}

// rough is a time as a leader reads it: in hours, below one in minutes.
func rough(d time.Duration) string {
	if d < time.Hour {
		return workday.FormatDuration(d.Truncate(time.Minute))
	}
	return fmt.Sprintf("%d 小时", int(d/time.Hour))
}

// long is a time by the clock on the wall: from three days on in days.
func long(d time.Duration) string {
	if d < 3*24*time.Hour {
		return rough(d)
	}
	return fmt.Sprintf("%d 天", int(d/(24*time.Hour)))
}

// title is a case's title with a space before it, where it may be shown.
func (d Daily) title(title string) string { return quoted(d.Disclose, " ", post.Cut(title, cutTitle)) }

// who is an officer of a unit; the head of a single unit knows which.
func (d Daily) who(unit, name string) string {
	name = html.EscapeString(post.Cut(name, cutName))
	if len(d.Units) == 1 && name != "" {
		return name
	}
	return strings.TrimSpace(html.EscapeString(post.Cut(unit, cutUnit)) + " " + name)
}

// unsound are answers that do not stand as they are.
func (d Daily) unsound() part {
	if d.Live == nil || len(d.Live.Doubtful) == 0 {
		return part{}
	}
	p := part{head: fmt.Sprintf("❗ <b>回应没有通过核验 %d 件</b>", len(d.Live.Doubtful)), more: d.more("等共 %d 件", len(d.Live.Doubtful))}
	for _, c := range shown(d.Disclose, d.Live.Doubtful) {
		fault := c.Replies[c.Doubtful()].Faults[0]
		p.rows = append(p.rows, fmt.Sprintf("· %s%s（%s）%s", d.number(c.Number), d.title(c.Title), d.who(c.Unit, c.Officer), quoted(d.Disclose, "：", post.Cut(fault, cutReason))))
	}
	return p
}

// stories are those about which more was written than before.
func (d Daily) stories() part {
	if d.Figures == nil || len(shown(d.Disclose, d.Figures.Stories)) == 0 {
		return part{}
	}
	p := part{head: "<b>帖文增加最快</b>", gap: true}
	for _, s := range d.Figures.Stories {
		row := fmt.Sprintf("· %s%s %s 新增 %d 帖", d.number(s.Case), d.title(s.Title), chart.Ticks(s.Curve), s.New)
		if s.Mentions > s.New {
			row += fmt.Sprintf("，共 %d 帖", s.Mentions)
		}
		if len(s.Sources) > 0 && d.Disclose.Full() {
			row += "，" + html.EscapeString(post.Cut(s.Sources[0], cutSource))
			if len(s.Sources) > 1 {
				row += fmt.Sprintf("等 %d 处", len(s.Sources))
			}
		}
		if s.URL != "" && d.Disclose.Full() {
			row += "，" + anchor(s.URL, "看首帖")
		}
		p.rows = append(p.rows, row)
	}
	return p
}

// answers are what the agency published.
func (d Daily) answers() part {
	if d.Figures == nil || len(d.Figures.Replies) == 0 {
		return part{}
	}
	list := d.Figures.Replies
	p := part{head: fmt.Sprintf("✅ <b>发出回应 %d 条</b>", len(list)), gap: true, more: d.more("等共 %d 条", len(list))}
	for _, r := range shown(d.Disclose, list) {
		how := html.EscapeString(post.Cut(cmp.Or(r.Via, "没有网页"), cutName))
		if r.URL != "" && d.Disclose.Full() {
			how = anchor(r.URL, "看回应")
		} else if r.URL != "" {
			how = "有网页"
		}
		if r.Kept == cases.IsLate || r.Kept == cases.IsUnsound {
			how += "，" + r.Kept.String()
		}
		p.rows = append(p.rows, fmt.Sprintf("· %s%s（%s，%s）", d.number(r.Case), d.title(r.Title), d.who(r.Unit, r.By), how))
	}
	return p
}

// noAnswer are the cases that somebody said need none.
func (d Daily) noAnswer() part {
	if d.Figures == nil || len(d.Figures.Dismissed) == 0 {
		return part{}
	}
	list, wrong := d.Figures.Dismissed, 0
	for _, x := range list {
		if x.FalseAlarm() {
			wrong++
		}
	}
	p := part{head: fmt.Sprintf("⚪ <b>无需回应 %d 件</b>", len(list)), more: d.more("等共 %d 件", len(list))}
	if wrong > 0 {
		p.head += fmt.Sprintf("，其中误报 %d 件", wrong)
	}
	for _, x := range shown(d.Disclose, list) {
		reason := x.Reason
		if x.FalseAlarm() {
			reason = "误报"
		}
		p.rows = append(p.rows, fmt.Sprintf("· %s%s（%s%s）", d.number(x.Case), d.title(x.Title), d.who(x.Unit, x.By), quoted(d.Disclose, "：", post.Cut(reason, cutReason))))
	}
	return p
}
