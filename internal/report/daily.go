// Package report is the room of what leaders read. A digest is made of figures from
// the warehouse and of what is live in the journal, and fits one screen of a phone.
package report

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// Daily is what a digest says of the span from From up to and without Until.
type Daily struct {
	Agency      string
	From, Until time.Time
	Now         time.Time
	// Figures is nil while ClickHouse is away; what the journal knows is told all the
	// same.
	Figures  *cases.Figures
	Live     cases.Live
	Sources  int // how many are polled
	Failing  []Source
	Detached int // parts of the embedded engine's tables that it found broken
	Calendar *workday.Calendar
	// Disclose is how much of the cases leaves the house: of links only the counts do.
	Disclose cases.Disclosure
}

// Source is one that fails or warns, and why.
type Source struct {
	Name   string
	Reason string
	Since  time.Time // last good reading; zero: never
	Gaps   int       // times that posts may have come and gone unread
	GapAt  time.Time // when last
	Pushed bool      // the site sends what is new by itself
}

// How much of each list fits one screen; the rest is counted.
const (
	maxUnits   = 12
	maxOverdue = 10
	// Dismissals and answers that did not verify.
	maxDismissals = 5
	maxDoubtful   = 5
	maxFailing    = 8
	maxPeople     = 5
	maxLine       = 60 // characters of one unit's line
)

// Span is what the digest of a day covers: from the working day before it, so that
// the one after days off covers them all, up to the day itself.
func Span(cal *workday.Calendar, day time.Time) (from, until time.Time) {
	return Midnight(cal, cal.PrevWorkday(day)), Midnight(cal, day)
}

// Midnight is the start of t's day.
func Midnight(cal *workday.Calendar, t time.Time) time.Time {
	y, m, d := t.In(cal.Location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, cal.Location())
}

// Text writes the digest in Telegram's HTML.
func (d Daily) Text() string {
	var b writer
	b.line("<b>%s 每日简报</b>", html.EscapeString(d.Agency))
	b.line("%s", d.span())
	b.line("")
	d.happened(&b)
	d.owed(&b)
	d.troubles(&b)
	d.reconcile(&b)
	board(&b, d.Disclose)
	if year := d.Now.In(d.Calendar.Location()).Year(); !d.Calendar.Known(year) {
		b.line("⚠️ %d 年的放假安排还没有录入，时限暂按周一至周五计算，请让管理员在配置的 holidays 里写上。", year)
	}
	return strings.TrimRight(b.String(), "\n")
}

type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// span says which days are covered.
func (d Daily) span() string {
	loc := d.Calendar.Location()
	from, until := d.From.In(loc), d.Until.In(loc)
	if !until.Equal(Midnight(d.Calendar, until)) {
		return fmt.Sprintf("%s 0:00 到 %s（此刻）", day(from), until.Format("01-02 15:04"))
	}
	last := until.AddDate(0, 0, -1)
	if last.Equal(from) {
		return day(from)
	}
	return fmt.Sprintf("%s 到 %s", day(from), day(last))
}

func day(t time.Time) string {
	return t.Format("01-02") + " 周" + []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()]
}

// happened is the part that the warehouse answers.
func (d Daily) happened(b *writer) {
	f := d.Figures
	if f == nil {
		b.line("统计数据库暂时连不上，这次没有统计；提醒和登记不受影响，恢复后会补上。")
		b.line("")
		return
	}
	total := 0
	for _, u := range f.Opened {
		total += u.Cases
	}
	b.line("新读到 %d 帖，其中 %d 帖与本单位工作有关，新立 %d 件。", f.Read, f.Matched, total)
	for i, u := range shown(d.Disclose, byUnit(f.Opened)) {
		if i == maxUnits {
			b.line("· 等 %d 个单位", len(byUnit(f.Opened)))
			break
		}
		b.line("· %s", html.EscapeString(post.Cut(u, maxLine)))
	}
	b.line("回应：时限内 %d 次，超过时限 %d 次。办结 %d 件，无需回应 %d 件。", f.OnTime, f.Late, f.Closed, f.Dismissed)
	for i, x := range shown(d.Disclose, f.Dismissals) {
		if i == maxDismissals {
			b.line("· 等共 %d 件无需回应", f.Dismissed)
			break
		}
		b.line("· 无需回应：%s%s（%s %s%s）", x.Case, quoted(d.Disclose, " ", post.Cut(x.Title, 24)), html.EscapeString(x.Unit),
			html.EscapeString(x.By), quoted(d.Disclose, "：", x.Reason))
	}
	b.line("")
}

// byUnit makes a line for each unit: 供水集团 3 件（供水 2、物业 1）.
func byUnit(opened []cases.UnitTopic) []string {
	type unit struct {
		name   string
		cases  int
		topics []string
	}
	var units []*unit
	for _, o := range opened {
		i := slices.IndexFunc(units, func(u *unit) bool { return u.name == o.Unit })
		if i < 0 {
			i = len(units)
			units = append(units, &unit{name: o.Unit})
		}
		units[i].cases += o.Cases
		units[i].topics = append(units[i].topics, fmt.Sprintf("%s %d", o.Topic, o.Cases))
	}
	slices.SortStableFunc(units, func(a, b *unit) int { return b.cases - a.cases })
	var lines []string
	for _, u := range units {
		lines = append(lines, fmt.Sprintf("%s %d 件（%s）", u.name, u.cases, strings.Join(u.topics, "、")))
	}
	return lines
}

// owed is whose turn it is now, and what was answered but does not stand.
func (d Daily) owed(b *writer) {
	d.waiting(b)
	if d.Live.Paused > 0 {
		b.line("其中 %d 件正在停时，时限暂不计算。", d.Live.Paused)
	}
	if n := len(d.Live.Doubtful); n > 0 && d.Disclose.Level == cases.Link {
		b.line("❗ 有 %d 件的回应没有通过核验。", n)
	}
	for i, c := range shown(d.Disclose, d.Live.Doubtful) {
		if i == maxDoubtful {
			b.line("❗ 等共 %d 件没有通过核验", len(d.Live.Doubtful))
			break
		}
		fault := c.Replies[c.Doubtful()].Faults[0]
		b.line("❗ %s%s（%s）的回应没有通过核验%s", c.Number, quoted(d.Disclose, " ", post.Cut(c.Title, 24)), html.EscapeString(c.Unit),
			cmp.Or(quoted(d.Disclose, "：", fault), "。"))
	}
}

func (d Daily) waiting(b *writer) {
	if d.Live.Open == 0 {
		b.line("现在没有等待回应的事项。")
		return
	}
	if len(d.Live.Overdue) == 0 {
		b.line("现在还有 %d 件等待回应，都在时限内。", d.Live.Open)
		return
	}
	b.line("<b>现在还有 %d 件等待回应，其中 %d 件已超过时限%s</b>", d.Live.Open, len(d.Live.Overdue), stop(d.Disclose))
	for i, c := range shown(d.Disclose, d.Live.Overdue) {
		if i == maxOverdue {
			b.line("· 等共 %d 件", len(d.Live.Overdue))
			break
		}
		step, _ := c.Next()
		past := workday.FormatDuration(d.Now.Sub(step.Due))
		b.line("⏰ %s%s（%s %s，应在 %s 前%s，已超 %s）", c.Number, quoted(d.Disclose, " ", post.Cut(c.Title, 24)),
			html.EscapeString(c.Unit), html.EscapeString(c.Officer),
			step.Due.In(d.Calendar.Location()).Format("01-02 15:04"), step.Name, past)
	}
}

// troubles is what keeps the office from hearing or from being heard.
func (d Daily) troubles(b *writer) {
	if len(d.Failing) == 0 {
		b.line("来源 %d 个，都正常。", d.Sources)
	} else {
		b.line("来源 %d 个，其中 %d 个有问题%s", d.Sources, len(d.Failing), stop(d.Disclose))
	}
	for i, s := range shown(d.Disclose, d.Failing) {
		if i == maxFailing {
			b.line("⚠️ 等共 %d 个", len(d.Failing))
			break
		}
		b.line("⚠️ %s：%s（%s）", html.EscapeString(post.Cut(s.Name, 40)), html.EscapeString(post.Cut(s.Reason, maxLine)), s.lastRead(d.Calendar.Location()))
	}
	if n := len(d.Live.Unreachable); n > 0 && d.Disclose.Level == cases.Link {
		b.line("⚠️ 有 %d 人名下有事项，但还没有绑定，或者屏蔽了本账号。", n)
	}
	for i, p := range shown(d.Disclose, d.Live.Unreachable) {
		if i == maxPeople {
			break
		}
		b.line("⚠️ %s还没有绑定，或者屏蔽了本账号，名下 %d 件收不到。请让本人发消息给本账号，或请管理员重新邀请。", html.EscapeString(p.Name), p.Cases)
	}
	if d.Detached > 0 {
		b.line("⚠️ 统计数据库有 %d 块数据损坏，请让管理员检查磁盘。", d.Detached)
	}
	if d.Live.Refused > 0 {
		b.line("⚠️ 有 %d 条消息被 Telegram 拒收，请让管理员查看运行日志。", d.Live.Refused)
	}
}

// reconcile compares what the journal counted with what the warehouse holds, step by
// step of the flow.
func (d Daily) reconcile(b *writer) {
	f := d.Figures
	if f == nil {
		return
	}
	b.line("")
	if m := d.Live.Matched; m == f.Matched && m == f.Cased && m == f.Delivered {
		b.line("核对：有关的帖子 %d = 归入事项 %d = 送到手机 %d = 存入数据库 %d，一致。", m, f.Cased, f.Delivered, f.Matched)
		return
	}
	b.line("核对：有关的帖子 %d，归入事项 %d，送到手机 %d，存入数据库 %d，不一致。", d.Live.Matched, f.Cased, f.Delivered, f.Matched)
	if d.Live.Unshipped > 0 {
		b.line("· 还有 %d 条记录正在入库，稍后再看。", d.Live.Unshipped)
	}
	if d.Live.Queued > 0 {
		b.line("· 还有 %d 条消息正在发送，或者在等收件人绑定。", d.Live.Queued)
	}
	if d.Live.Unshipped == 0 && d.Live.Queued == 0 {
		b.line("· 没有在途的记录，请让管理员检查。")
	}
}
