package report

import (
	"fmt"
	"time"

	"huiyin/internal/cases"
)

// Tables are the parts of the report that are tables, but for the single cases, in order.
func (r *Report) Tables() []Table {
	return []Table{r.summary(), r.ranking(), r.byUnit(), r.onTheWay(), r.byCategory(), r.byChannel(), r.course()}
}

// summary compares the period with the one before and that of the year before.
func (r *Report) summary() Table {
	year := r.Period.Kind == Year
	t := Table{Name: "概况", Title: "一、总体情况", Columns: []string{"项目", "本期", "上期（" + r.Period.Previous().Name() + "）", "比上期"}}
	if !year {
		t.Columns = append(t.Columns, "去年同期（"+r.Period.YearBefore().Name()+"）", "比去年同期")
	}
	line := func(name string, is cases.Standing, linked bool, of func(cases.Score) Cell) {
		cell := func(t cases.Score, p Period) Cell {
			if t.Cases == 0 && p != r.Period {
				return words("无数据")
			}
			c := of(t)
			if linked && (c.Kind != Count || c.N > 0) {
				f := cases.Filter{Is: is}
				f.From, f.Until = p.Span(r.Calendar.Location())
				c.Link = r.link(f)
			}
			return c
		}
		now := cell(r.Total, r.Period)
		cells := []Cell{words(name), now}
		before := []Cell{cell(r.Before, r.Period.Previous())}
		if !year {
			before = append(before, cell(r.YearBefore, r.Period.YearBefore()))
		}
		for _, b := range before {
			cells = append(cells, b, words(change(b, now)))
		}
		t.Rows = append(t.Rows, Row{Cells: cells})
	}
	number := func(f func(cases.Score) int) func(cases.Score) Cell {
		return func(t cases.Score) Cell { return count(f(t), "") }
	}
	line("立案件数", "", true, number(func(t cases.Score) int { return t.Cases }))
	line("签收及时率", "", false, func(t cases.Score) Cell { return share(t.SignedInTime, t.SignedInTime+t.SignedLate, "") })
	line("按时回应率", cases.IsInTime, true, func(t cases.Score) Cell { return share(t.InTime, t.Decided(), "") })
	line("计入件数", "", false, number(cases.Score.Decided))
	line("按时回应件数", cases.IsInTime, true, number(func(t cases.Score) int { return t.InTime }))
	line("超时件数", cases.IsLate, true, number(func(t cases.Score) int { return t.Late }))
	line("其中到期仍未回应", cases.IsOverdue, true, number(func(t cases.Score) int { return t.Overdue }))
	line("未通过核验件数", cases.IsUnsound, true, number(func(t cases.Score) int { return t.Unsound }))
	line("未到期件数", "", false, number(func(t cases.Score) int { return t.Pending }))
	line("无需回应件数", cases.IsDismissed, true, number(func(t cases.Score) int { return t.Dismissed }))
	line("回应用时中位数", "", false, func(t cases.Score) Cell { return took(t.Median, t.Answered) })
	line("回应用时第90百分位", "", false, func(t cases.Score) Cell { return took(t.P90, t.Answered) })
	line("停时件数", cases.WasPaused, true, number(func(t cases.Score) int { return t.Paused }))
	line("延期件数", cases.IsExtended, true, number(func(t cases.Score) int { return t.Extended }))
	line("重开件数", cases.IsReopened, true, number(func(t cases.Score) int { return t.Reopened }))
	line("群众满意度", "", false, func(t cases.Score) Cell { return share(t.Content, t.Rated, "") })
	return t
}

// change tells how a figure went up or down, where both can be compared.
func change(before, now Cell) string {
	if before.Kind != now.Kind || !before.IsNumber() || !now.IsNumber() {
		return none
	}
	sign := func(n int, s string) string {
		switch {
		case n > 0:
			return "↑ " + s
		case n < 0:
			return "↓ " + s
		}
		return "持平"
	}
	switch now.Kind {
	case Count:
		d := now.N - before.N
		return sign(d, fmt.Sprint(abs(d)))
	case Rate:
		d := permille(now.N, now.Whole) - permille(before.N, before.Whole)
		return sign(d, fmt.Sprintf("%d.%d 个百分点", abs(d)/10, abs(d)%10))
	}
	d := int((now.Took - before.Took) / time.Minute)
	return sign(d, Cell{Kind: Duration, Took: time.Duration(abs(d)) * time.Minute, Whole: 1}.String())
}

func abs(n int) int { return max(n, -n) }

// ranking is the 通报.
func (r *Report) ranking() Table {
	t := Table{Name: "通报", Title: "二、各单位按时回应情况通报", Columns: []string{"名次", "单位", "按时回应率", "计入件数", "按时", "超时", "其中未回应", "其中临期转入", "未通过", "用时中位数"},
		Notes: []string{
			fmt.Sprintf("按按时回应率排名，计入件数满 %d 件的单位参加；不足 %d 件的列在后面，不排名，因为一两件的出入就会让比率大变。比率保留一位小数，相同的名次并列。", minRanked, minRanked),
			"计入件数＝按时＋超时＋未通过（按时回应了，但没有通过核验）。超时算在到期时承办的单位名下，中途转来的单位不为以前的耽搁负责；用时只计各单位自己承办的工作时间。",
			"其中临期转入：超时里，别的单位在剩下的时间不到四分之一时才转来的；是哪些单位转的，见第四部分“临期转出”。",
		}}
	figures := func(t cases.Score, f cases.Filter) []Cell {
		link := r.linkTo(&f)
		return []Cell{
			share(t.InTime, t.Decided(), link(cases.IsInTime)), count(t.Decided(), ""), count(t.InTime, link(cases.IsInTime)),
			count(t.Late, link(cases.IsLate)), count(t.Overdue, link(cases.IsOverdue)),
			count(t.RushedIn, link(cases.IsRushedIn)), count(t.Unsound, link(cases.IsUnsound)), took(t.Median, t.Answered),
		}
	}
	for _, u := range r.Ranking() {
		place := count(u.Place, "")
		if u.Place == 0 {
			place = words("件数少，不排名")
		}
		t.Rows = append(t.Rows, Row{Cells: append([]Cell{place, words(u.Key)}, figures(u.Score, cases.Filter{Unit: u.Key})...)})
	}
	sum := []Cell{words("合计"), words(fmt.Sprintf("%d 个单位", len(t.Rows)))}
	t.Rows = append(t.Rows, Row{append(sum, figures(r.Total, cases.Filter{})...), Sum})
	return t
}

// byUnit is what came of the cases of each unit and of its officers.
func (r *Report) byUnit() Table {
	return r.units(Table{Name: "单位和责任人", Title: "三、各单位和责任人办理情况", Columns: scoreColumns}, r.scoreCells)
}

// onTheWay is what happened to these cases on the way.
func (r *Report) onTheWay() Table {
	return r.units(Table{Name: "办理过程", Title: "四、各单位和责任人办理过程", Columns: courseColumns, Notes: []string{
		"历时：从立案到首次回应的自然时间，夜里和休息日都算在内。停时：首次回应以前停过时的件数，和停下的工作时间（正在停的一次还不计时间）。延期：领导批准延长过时限的件数。",
		"转出：本单位承办过、后来转给其他单位的件数。临期转出：提出转办时，剩下的时间已经不到时限的四分之一。转办被退：提出转办，对方退回不接的。转回：转出以后又转回来过的。",
		"审核退回：送审的草稿被退回过的。核验通过：回应的网页核验无误，或者由领导认可。无网页答复：只有文字、没有网页可以核验的，例如电话答复。人工登记：由工作人员登记、不是从网上读到的。",
	}}, r.courseCells)
}

// units fills a table with a row for each unit and officer.
func (r *Report) units(t Table, figures func(cases.Score, *cases.Filter) []Cell) Table {
	t.Columns = append([]string{"单位、责任人"}, t.Columns...)
	for _, u := range r.Units {
		t.Rows = append(t.Rows, Row{append([]Cell{words(u.Key)}, figures(u.Score, &cases.Filter{Unit: u.Key})...), Head})
		for _, o := range u.Members {
			f := &cases.Filter{Unit: o.Key, Officer: o.Sub}
			if o.Sub == "" { // which would choose those of all officers
				f = nil
			}
			t.Rows = append(t.Rows, Row{append([]Cell{words(o.Sub)}, figures(o, f)...), Member})
		}
	}
	t.Rows = append(t.Rows, Row{append([]Cell{words("合计")}, figures(r.Total, &cases.Filter{})...), Sum})
	return t
}

// byCategory is each category with its topics.
func (r *Report) byCategory() Table {
	t := Table{Name: "分类和专题", Title: "五、各分类和专题", Columns: append([]string{"分类、专题"}, scoreColumns...)}
	for _, c := range r.Categories {
		t.Rows = append(t.Rows, Row{append([]Cell{words(c.Key)}, r.scoreCells(c.Score, &cases.Filter{Category: c.Key})...), Head})
		for _, o := range c.Members {
			t.Rows = append(t.Rows, Row{append([]Cell{words(o.Sub)}, r.scoreCells(o, &cases.Filter{Topic: o.Sub})...), Member})
		}
	}
	return r.summed(t)
}

func (r *Report) byChannel() Table {
	t := Table{Name: "渠道", Title: "六、各渠道", Columns: append([]string{"渠道"}, scoreColumns...), Notes: []string{"一件事由几个渠道反映的，算在最先反映的渠道。"}}
	for _, c := range r.Channels {
		t.Rows = append(t.Rows, Row{Cells: append([]Cell{words(c.Key)}, r.scoreCells(c, &cases.Filter{Channel: c.Key})...)})
	}
	return r.summed(t)
}

// course is how the period went, part by part.
func (r *Report) course() Table {
	most := 0
	for _, p := range r.Parts {
		most = max(most, p.Cases)
	}
	t := Table{Name: "趋势", Title: "七、趋势", Columns: []string{"时间", "立案件数", "", "按时", "超时", "未通过", "计入件数", "按时回应率"}}
	for _, p := range r.Parts {
		link := func(is cases.Standing) string { return r.link(cases.Filter{From: p.From, Until: p.Until, Is: is}) }
		t.Rows = append(t.Rows, Row{Cells: []Cell{
			words(r.partName(p)), count(p.Cases, link("")), {Kind: Share, N: p.Cases, Whole: most}, count(p.InTime, link(cases.IsInTime)),
			count(p.Late, link(cases.IsLate)), count(p.Unsound, link(cases.IsUnsound)), count(p.Decided(), ""), share(p.InTime, p.Decided(), link(cases.IsInTime)),
		}})
	}
	return t
}

func (r *Report) partName(p Part) string {
	switch last := p.Until.AddDate(0, 0, -1); {
	case r.Period.Kind == Half || r.Period.Kind == Year:
		return p.From.Format("1月")
	case last.Equal(p.From):
		return p.From.Format("1月2日")
	default:
		return p.From.Format("1月2日") + "—" + last.Format("1月2日")
	}
}

// summed adds the total.
func (r *Report) summed(t Table) Table {
	t.Rows = append(t.Rows, Row{append([]Cell{words("合计")}, r.scoreCells(r.Total, &cases.Filter{})...), Sum})
	return t
}
