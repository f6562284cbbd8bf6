package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// CaseColumns are the columns of the list of cases (明细): all that the figures are made of.
var CaseColumns = []string{
	"编号", "立案时间", "标题", "专题", "单位", "责任人", "渠道", "签收时间", "应回应时间", "首次回应时间", "回应情况", "答复链接",
	"分类", "帖数", "状态", "首接单位", "签收", "到期未回应", "回应单位", "回应用时", "经办单位", "核验", "审核退回", "重开", "回访",
	"历时", "停时次数", "停时时长", "延期", "转办", "临期转出", "转办被退", "转回", "人工登记",
}

// BriefColumns is how many of CaseColumns, from the first on, paper has room for.
const BriefColumns = 12

// CaseCells are the cells of a case, one for each of CaseColumns.
func (r *Report) CaseCells(c cases.Counted) []Cell {
	loc := r.Calendar.Location()
	at := func(t time.Time) Cell {
		if !t.IsZero() {
			t = t.In(loc)
		}
		return Cell{Kind: Moment, At: t}
	}
	yes := func(is bool, text string) Cell {
		if !is {
			text = ""
		}
		return words(text)
	}
	number, answer := words(c.Case), words(c.ReplyURL)
	number.Link, answer.Link = r.Page(c.Case), webLink(c.ReplyURL)
	due := c.ReplyDue
	if due.IsZero() {
		due = c.Due
	}
	worked, plain, stood := took(c.Worked, 1), took(c.Took, 1), took(c.Stood, 1)
	if c.Answers == 0 {
		worked, plain = words(""), words("")
	}
	if c.Pauses == 0 {
		stood = words("")
	}
	return []Cell{
		number, at(c.Opened), words(c.Title), words(c.Topic), words(c.Whose), words(c.WhoseOfficer), words(r.cohort.Channel(c.Sources)),
		at(c.Signed), at(due), at(c.Replied), words(r.outcome(c)), answer,
		words(r.cohort.Category(c.Topic)), count(c.Mentions, ""), words(string(c.State)), words(c.First), words(kept(c.Signing, "及时")),
		yes(c.Overdue, "是"), words(c.ReplyUnit), worked, words(strings.Join(held(c), "→")), words(checked(c)), count(c.Returned, ""),
		count(c.Reopened, ""), words(c.Rating), plain, count(c.Pauses, ""), stood, count(c.Extended, ""), count(c.Transfers, ""), words(rushed(c)),
		count(c.Declined, ""), count(c.Back, ""), yes(c.ByHand, "是"),
	}
}

// outcome is how a case counts.
func (r *Report) outcome(c cases.Counted) string {
	switch {
	case c.Kept != "": // also what was late when it was dismissed
	case c.State == cases.NotOwed:
		return cases.IsDismissed.String()
	default:
		return "未到期"
	}
	return kept(c.Kept, cases.IsInTime.String())
}

// kept is a standing in a word, with that for what was in time.
func kept(s cases.Standing, inTime string) string {
	if s == cases.IsInTime {
		return inTime
	}
	if s == "" {
		return none
	}
	return s.String()
}

// held are the units that held a case, in order.
func held(c cases.Counted) (units []string) {
	for _, t := range c.Turns {
		if !slices.Contains(units, t.Unit) {
			units = append(units, t.Unit)
		}
	}
	return units
}

// rushed are those who passed a case on when little time was left.
func rushed(c cases.Counted) string {
	var who []string
	for _, t := range c.Turns {
		if t.Rushed > 0 {
			who = append(who, t.Unit+t.Officer)
		}
	}
	return strings.Join(who, "、")
}

func checked(c cases.Counted) string {
	switch {
	case c.Doubtful:
		return "未通过"
	case c.Answers > 0 && c.ReplyURL != "" && c.Verified:
		return "通过"
	}
	return ""
}

// webLink is an address if it is one of the web.
func webLink(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}

// Safe is a text that no spreadsheet takes for a formula: people may write titles that
// begin as formulas do.
func Safe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(text)[0]) {
		return "'" + text
	}
	return text
}

// CSV writes the list of cases as spreadsheets open it: UTF-8 with a byte order mark.
func (r *Report) CSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	if err := out.Write(CaseColumns); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	for _, c := range r.Cases {
		row := make([]string, 0, len(CaseColumns))
		for _, cell := range r.CaseCells(c) {
			text := cell.String()
			switch cell.Kind {
			case Words:
				text = Safe(text)
			case Duration: // to be counted with
				text = clock(cell.Took)
			}
			row = append(row, text)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// clock is a duration as spreadsheets count with it: 26:05:00.
func clock(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Text is the report in a few lines, for a terminal.
func (r *Report) Text() string {
	var b writer
	b.line("%s %s", r.Agency, r.Title())
	b.line("%s", r.Heading())
	b.line("")
	t := r.Total
	b.line("立案 %d 件，按时回应率 %s（计入 %d 件），签收及时率 %s。", t.Cases, percent(t.InTime, t.Decided()), t.Decided(), percent(t.SignedInTime, t.SignedInTime+t.SignedLate))
	b.line("超时 %d 件，其中到期仍未回应 %d 件；未通过核验 %d 件；未到期 %d 件；无需回应 %d 件。", t.Late, t.Overdue, t.Unsound, t.Pending, t.Dismissed)
	if t.Answered > 0 {
		b.line("回应用时（工作时间）：中位数 %s，第90百分位 %s。", workday.FormatDuration(t.Median), workday.FormatDuration(t.P90))
	}
	for _, o := range []struct {
		name string
		t    cases.Score
	}{{"上期", r.Before}, {"去年同期", r.YearBefore}} {
		if o.t.Cases > 0 {
			b.line("%s：立案 %d 件，按时回应率 %s。", o.name, o.t.Cases, percent(o.t.InTime, o.t.Decided()))
		}
	}
	if t.Cases == 0 {
		return strings.TrimRight(b.String(), "\n")
	}
	b.line("")
	rows := [][]string{{"单位", "名次", "按时回应率", "件数", "计入件数", "超时", "未通过", "用时中位数"}}
	row := func(name, place string, t cases.Score) {
		rows = append(rows, []string{
			name, place, percent(t.InTime, t.Decided()), fmt.Sprint(t.Cases), fmt.Sprint(t.Decided()), fmt.Sprint(t.Late), fmt.Sprint(t.Unsound), took(t.Median, t.Answered).String(),
		})
	}
	for _, u := range r.Ranking() {
		place := "不排名"
		if u.Place > 0 {
			place = fmt.Sprint(u.Place)
		}
		row(u.Key, place, u.Score)
	}
	row("合计", "", r.Total)
	b.columns(rows)
	b.line("")
	b.line("计入件数＝按时＋超时＋未通过（按时回应了，但没有通过核验），不足 %d 件的单位不排名。要存成文件请加 -o 文件，例如 -o %s.xlsx（也可以是 .html .pdf .csv）。", minRanked, r.Period)
	return strings.TrimRight(b.String(), "\n")
}

// columns writes rows in columns, the first of them to the left.
func (w *writer) columns(rows [][]string) {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, s := range row {
			wide[i] = max(wide[i], cells(s))
		}
	}
	for _, row := range rows {
		w.WriteString(row[0] + strings.Repeat(" ", wide[0]-cells(row[0])))
		for i, s := range row[1:] {
			w.WriteString(strings.Repeat(" ", 3+wide[i+1]-cells(s)) + s)
		}
		w.WriteString("\n")
	}
}
