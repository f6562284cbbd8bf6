package app

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/inbox/sheet"
	"huiyin/internal/post"
)

// plan is what is to be done with a ledger.
type plan struct {
	*sheet.Table
	rows    []sheet.Row // to be registered
	bad     []string    // rows that cannot be, and why
	old     int         // rows left out because they are old
	undated int         // of rows, those without a time
	lost    []int       // of rows, those whose contact cannot be told any more
}

// planOf parts the rows of a ledger. Those written before oldest are left out, unless old.
func planOf(t *sheet.Table, oldest time.Time, old bool) plan {
	p := plan{Table: t}
	for _, r := range t.Rows {
		switch {
		case r.Bad != "":
			p.bad = append(p.bad, fmt.Sprintf("第 %d 行：%s", r.No, r.Bad))
			continue
		case r.Letter.Written.IsZero():
			p.undated++
		case !old && r.Letter.Written.Before(oldest):
			p.old++
			continue
		}
		if r.Lost {
			p.lost = append(p.lost, r.No)
		}
		p.rows = append(p.rows, r)
	}
	return p
}

// unfit is an error when there are rows that cannot be registered.
func (p plan) unfit() error {
	if len(p.bad) == 0 {
		return nil
	}
	return fmt.Errorf("有 %d 行不能登记，原因见上", len(p.bad))
}

// firstRows is how many letters are shown before they are registered.
const firstRows = 3

// show tells what was understood, and what would be done.
func (p plan) show(out io.Writer, l Ledger, s config.Source, maxAge time.Duration) {
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	where, header := "", "没有表头"
	if p.Sheet != "" {
		where = fmt.Sprintf(" 的表“%s”", p.Sheet)
	}
	if p.Header > 0 {
		header = fmt.Sprintf("表头在第 %d 行", p.Header)
	}
	say("%s%s，%s，下面有 %d 行，登记到来源“%s”。", l.name(), where, header, len(p.Rows), s.Name)
	if len(p.Sheets) > 1 {
		say("文件里的表有：%s。要读别的，请用 -sheet 写明。", strings.Join(p.Sheets, "、"))
	}
	p.showColumns(say)
	if len(p.rows) > 0 {
		say("\n前 %d 封会这样登记：", min(firstRows, len(p.rows)))
		for _, r := range p.rows[:min(firstRows, len(p.rows))] {
			showRow(say, r, s.Zone)
		}
	}
	say("")
	if len(p.bad) > 0 {
		say("有问题、不登记的 %d 行：", len(p.bad))
		list(out, p.bad, len(p.bad))
	}
	if len(p.Skipped) > 0 {
		say("不是信件、跳过的 %d 行（小标题、重复的表头）：%s", len(p.Skipped), numbers(p.Skipped))
	}
	if len(p.Units) > 0 {
		var units []string
		for _, u := range slices.Sorted(maps.Keys(p.Units)) {
			if units = append(units, fmt.Sprintf("%s（%d 行）", u, p.Units[u])); len(units) == mostShown {
				break
			}
		}
		say("单位不在配置的 units 里、按内容分派的：%s", strings.Join(units, "、"))
	}
	if len(p.lost) > 0 {
		say("电话成了 1.38E+10 这样、认不出来的 %d 行，登记时不带电话：%s", len(p.lost), numbers(p.lost))
	}
	if p.undated > 0 {
		say("没有时间、当作新来的 %d 行。", p.undated)
	}
	if p.old > 0 {
		say("%s以前的旧信 %d 行，不登记；也要登记的，请加 -old。", span(maxAge), p.old)
	}
	say("要登记的 %d 封。", len(p.rows))
}

func (p plan) showColumns(say func(string, ...any)) {
	var unused []string
	say("\n各列是什么：")
	for _, c := range p.Columns {
		name := strings.TrimSpace(c.Letter + " " + post.Line(c.Header, 20))
		if c.Field == "" {
			unused = append(unused, name)
			continue
		}
		say("  %s → %s", name, c.Field)
	}
	if len(unused) > 0 {
		say("  没有用到的列：%s", strings.Join(unused, "、"))
	}
	say("  认错了的，用 -map 改，例如 -map 标题=诉求标题,时间=C；不要用哪一项，就写 -map 时间=")
}

// showRow shows a letter as it would be registered.
func showRow(say func(string, ...any), r sheet.Row, zone *time.Location) {
	head := []string{fmt.Sprintf("第 %d 行", r.No)}
	if r.Item.Key != "" {
		head = append(head, post.Line(r.Item.Key, 40))
	}
	if !r.Letter.Written.IsZero() {
		head = append(head, r.Letter.Written.In(zone).Format("2006-01-02 15:04"))
	}
	say("  %s", strings.Join(head, "，"))
	for _, part := range []string{post.Line(post.Mask(r.Letter.Title), 60), post.Line(post.Mask(r.Letter.Text), 80)} {
		if part != "" {
			say("    %s", part)
		}
	}
	var rest []string
	for _, part := range [][2]string{{"联系方式", post.Mask(r.Letter.Contact)}, {"单位", r.Letter.Unit}, {"渠道", r.Letter.Channel}} {
		if part[1] != "" {
			rest = append(rest, part[0]+" "+part[1])
		}
	}
	if len(rest) > 0 {
		say("    %s", strings.Join(rest, "，"))
	}
}

// numbers lists the first of some rows.
func numbers(rows []int) string {
	var list []string
	for _, n := range rows[:min(len(rows), mostShown)] {
		list = append(list, fmt.Sprint(n))
	}
	s := "第 " + strings.Join(list, "、") + " 行"
	if len(rows) > mostShown {
		s += "等"
	}
	return s
}

// span is a length of time in words: 7 天, 36 小时.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return fmt.Sprintf("%d 天", d/day)
	}
	return fmt.Sprintf("%d 小时", d/time.Hour)
}
