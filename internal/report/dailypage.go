package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/cases"
	"huiyin/internal/chart"
	"huiyin/internal/workday"
)

//go:embed daily.html
var dailyHTML string

var dailyTemplate = template.Must(template.New("daily").Parse(dailyHTML))

// dailyPage is the digest as a web page.
type dailyPage struct {
	Span  string
	Parts []pagePart
	Foot  []string
}

// pagePart is a table with what stands above it.
type pagePart struct {
	ID, Title string
	Notes     []string
	Pictures  []template.HTML
	Folded    bool
	Head      []string
	Rows      [][]cell
}

// cell is one of a table: what it says, and where it leads to.
type cell struct {
	Text, Href string
	Number     bool
	Picture    template.HTML
}

func textCell(text string) cell { return cell{Text: text} }

// HTML writes the digest for a web page of the board, to stand in its body: all that the
// text tells, and the lists in full; the page's heading is not in it. Addresses are relative to the board's. What it shows
// stays in the house, so that the whole is shown whatever leaves it.
func (d Daily) HTML() (template.HTML, error) {
	p := dailyPage{Span: d.span()}
	if !d.leader() {
		p.Span += "，" + strings.Join(d.Units, "、")
	}
	p.Parts = append(p.Parts, d.pageHeadline())
	for _, part := range []pagePart{
		d.pageOverdue(), d.pageUnits(), d.pageStories(), d.pageReplies(), d.pageDismissed(), d.pageDoubtful(), d.pageTrend(),
		d.pageTopics(), d.pageOpen(), d.pageSources(), d.pagePeople(), d.pageReconcile(),
	} {
		if len(part.Rows)+len(part.Notes) > 0 {
			p.Parts = append(p.Parts, part)
		}
	}
	p.Foot = d.foot()
	var b strings.Builder
	if err := dailyTemplate.Execute(&b, p); err != nil {
		return "", fmt.Errorf("digest as a page: %w", err)
	}
	return template.HTML(b.String()), nil
}

// foot says how it is counted.
func (d Daily) foot() (list []string) {
	if d.Figures == nil {
		return nil
	}
	list = append(list,
		"按时率：这段时间里首次回应的事项，有多少是按时的。超时以后才回应的、回应没有通过核验又没有认可的，都算没有按时；还没有回应的超时事项另列在上面。不到 5 件不算百分比。",
		"超时算在时限到期时手上有这件事的单位；并到别的事项里的、无需回应的不计。",
		fmt.Sprintf("在办和超时是 %s 的情况。超过多久，“自然时间”连休息的时间一起算，“工作时间”只算该单位上班的时间；停时的算到停时为止。", d.Now.In(d.Calendar.Location()).Format("2006-01-02 15:04")))
	for _, c := range d.Compared {
		list = append(list, fmt.Sprintf("%s：%s。", c.Name, d.said(c.Span)))
	}
	if d.Live != nil && d.leader() {
		list = append(list, "来源、核验和收不到消息的人，是打开这一页时的情况。")
	}
	if d.Live == nil {
		list = append(list, "这是过去的一天：在办和超时按当时的办理记录还原，回应是否通过核验、事项归哪个单位按现在的记录；当时各来源能不能读、有没有收不到消息的人，不再保存，这里不列。")
	}
	return list
}

// listed is a figure that leads to the cases it counts. Of a head of several units no
// filter says all of them: then it only leads somewhere for one unit.
func (d Daily) listed(n int, f cases.Filter) cell {
	c := cell{Text: strconv.Itoa(n), Number: true}
	if f.Unit == "" && len(d.Units) == 1 {
		f.Unit = d.Units[0]
	}
	if n > 0 && (f.Unit != "" || d.leader()) {
		c.Href = d.cases(f)
	}
	return c
}

// linked is a figure that leads somewhere, unless it is 0.
func linked(n int, href string) cell {
	if n == 0 {
		href = ""
	}
	return cell{Text: strconv.Itoa(n), Href: href, Number: true}
}

func (d Daily) cases(f cases.Filter) string { return "/cases?" + f.Link(d.Calendar.Location()) }

// ofWeb tells whether an address is one that a page may lead to.
func ofWeb(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

func caseCell(number string) cell { return cell{Text: number, Href: "/case/" + number} }

// answered and inTime are the cases that the rate of a span counts.
func answered(s cases.Span, unit string) cases.Filter {
	return cases.Filter{Dated: cases.ByReplied, From: s.From, Until: s.Until, Unit: unit}
}

func inTime(s cases.Span, unit string) cases.Filter {
	f := answered(s, unit)
	f.Is = cases.IsInTime
	return f
}

func opened(s cases.Span, unit string) cases.Filter {
	return cases.Filter{From: s.From, Until: s.Until, Unit: unit}
}

func (d Daily) rated(c cases.Counts, s cases.Span, unit string) cell {
	if c.Answered == 0 {
		return cell{Text: "—", Number: true}
	}
	r := d.listed(c.InTime, inTime(s, unit))
	r.Text = rate(c.InTime, c.Answered)
	return r
}

func (d Daily) pageHeadline() pagePart {
	p := pagePart{ID: "headline", Title: "总的情况"}
	open, overdue := linked(len(d.Owed), "#open"), linked(len(d.overdue()), "#overdue")
	f := d.Figures
	if f == nil {
		p.Notes = []string{"统计数据库暂时连不上，这次没有统计；提醒和登记不受影响，恢复后会补上。"}
		p.Head, p.Rows = []string{"项目", "现在"}, [][]cell{{textCell("在办"), open}, {textCell("超时未回应"), overdue}}
		return p
	}
	span := cases.Span{From: d.From, Until: d.Until}
	p.Head = []string{"项目", "这段时间"}
	p.Rows = [][]cell{
		{textCell("新立"), d.listed(f.Counts.Opened, opened(span, ""))},
		{textCell("在办"), open},
		{textCell("超时未回应"), overdue},
		{textCell("首次回应"), d.listed(f.Counts.Answered, answered(span, ""))},
		{textCell("按时率"), d.rated(f.Counts, span, "")},
	}
	for i, c := range d.Compared {
		if i >= len(f.Before) {
			break
		}
		b := f.Before[i]
		p.Head = append(p.Head, c.Name)
		for row, cell := range []cell{
			d.listed(b.Opened, opened(c.Span, "")), linked(b.Open, d.pageOf(c.Moment)), linked(b.Overdue, d.pageOf(c.Moment)),
			d.listed(b.Answered, answered(c.Span, "")), d.rated(b.Counts, c.Span, ""),
		} {
			p.Rows[row] = append(p.Rows[row], cell)
		}
	}
	return p
}

func (d Daily) pageUnits() pagePart {
	p := pagePart{ID: "units", Title: "各单位", Head: []string{"单位", "在办", "超时", "新立", "首次回应", "按时率", fmt.Sprintf("近 %d 天按时率", Days)}}
	if d.Figures == nil {
		return pagePart{}
	}
	span, whole := cases.Span{From: d.From, Until: d.Until}, cases.Span{From: d.Until.AddDate(0, 0, -Days), Until: d.Until}
	for _, u := range d.units() {
		p.Rows = append(p.Rows, []cell{
			textCell(u.name), linked(u.open, "#open"), linked(u.overdue, "#overdue"), d.listed(u.span.Opened, opened(span, u.name)),
			d.listed(u.span.Answered, answered(span, u.name)), d.rated(u.span, span, u.name), d.rated(u.trend, whole, u.name),
		})
	}
	return p
}

// pageOverdue lists what is past its time, unit by unit.
func (d Daily) pageOverdue() pagePart {
	overdue := d.overdue()
	p := pagePart{ID: "overdue", Title: fmt.Sprintf("超时未回应 %d 件", len(overdue)), Head: []string{"单位", "责任人", "编号", "事项", "应完成", "应在此前", "超过（自然时间）", "超过（工作时间）", "停时"}}
	units := byUnit(overdue)
	slices.SortStableFunc(overdue, func(a, b cases.Owed) int {
		return slices.IndexFunc(units, func(c figure) bool { return c.name == a.Unit }) - slices.IndexFunc(units, func(c figure) bool { return c.name == b.Unit })
	})
	for _, o := range overdue {
		plain, working := d.past(o)
		p.Rows = append(p.Rows, []cell{textCell(o.Unit), textCell(o.Officer), caseCell(o.Case), textCell(o.Title), textCell(o.Step), textCell(d.at(o)),
			textCell(workday.FormatPlain(plain)), textCell(workday.FormatDuration(working)), textCell(paused(o))})
	}
	return p
}

func paused(o cases.Owed) string {
	if o.Paused.IsZero() {
		return ""
	}
	return "停时中"
}

func (d Daily) at(o cases.Owed) string { return o.Due.In(d.Calendar.Location()).Format("01-02 15:04") }

func (d Daily) pageOpen() pagePart {
	p := pagePart{ID: "open", Title: fmt.Sprintf("在办 %d 件", len(d.Owed)), Folded: true, Head: []string{"应在此前", "编号", "事项", "单位", "责任人", "停时"}}
	for _, o := range d.Owed {
		p.Rows = append(p.Rows, []cell{textCell(d.at(o)), caseCell(o.Case), textCell(o.Title), textCell(o.Unit), textCell(o.Officer), textCell(paused(o))})
	}
	return p
}

func (d Daily) pageTopics() pagePart {
	if d.Figures == nil {
		return pagePart{}
	}
	p := pagePart{ID: "topics", Title: "新立的事项", Head: []string{"单位", "专题", "件数"}}
	for _, o := range d.Figures.Opened {
		p.Rows = append(p.Rows, []cell{textCell(o.Unit), textCell(o.Topic), d.listed(o.Cases, cases.Filter{From: d.From, Until: d.Until, Unit: o.Unit, Topic: o.Topic})})
	}
	return p
}

func (d Daily) pageStories() pagePart {
	if d.Figures == nil {
		return pagePart{}
	}
	p := pagePart{ID: "stories", Title: "帖文增加最快", Head: []string{"编号", "事项", "单位", "走势", "新增帖数", "之前同样长时间", "共有", "来源", "首帖"}}
	for _, s := range d.Figures.Stories {
		number := func(n int) cell { return cell{Text: strconv.Itoa(n), Href: "/story/" + s.Case, Number: true} }
		first := cell{}
		if ofWeb(s.URL) {
			first = cell{Text: "看首帖", Href: s.URL}
		}
		p.Rows = append(p.Rows, []cell{caseCell(s.Case), textCell(s.Title), textCell(s.Unit), {Picture: chart.Spark("从立案或一周前到这段时间结束的帖数", s.Curve)},
			number(s.New), number(s.Before), number(s.Mentions), textCell(strings.Join(s.Sources, "、")), first})
	}
	return p
}

func (d Daily) pageReplies() pagePart {
	if d.Figures == nil {
		return pagePart{}
	}
	list := d.Figures.Replies
	p := pagePart{ID: "replies", Title: fmt.Sprintf("发出回应 %d 条", len(list)), Head: []string{"时间", "编号", "事项", "单位", "回应人", "回应", "算作"}}
	for _, r := range list {
		reply := textCell(r.Via)
		if ofWeb(r.URL) {
			reply = cell{Text: "看回应", Href: r.URL}
		}
		kept := ""
		if r.Kept != "" {
			kept = r.Kept.String()
		}
		p.Rows = append(p.Rows, []cell{textCell(r.At.In(d.Calendar.Location()).Format("01-02 15:04")), caseCell(r.Case), textCell(r.Title), textCell(r.Unit), textCell(r.By), reply, textCell(kept)})
	}
	return p
}

func (d Daily) pageDismissed() pagePart {
	if d.Figures == nil {
		return pagePart{}
	}
	p := pagePart{ID: "dismissed", Title: fmt.Sprintf("无需回应 %d 件", len(d.Figures.Dismissed)), Head: []string{"编号", "事项", "单位", "谁定的", "理由"}}
	for _, x := range d.Figures.Dismissed {
		p.Rows = append(p.Rows, []cell{caseCell(x.Case), textCell(x.Title), textCell(x.Unit), textCell(x.By), textCell(x.Reason)})
	}
	return p
}

func (d Daily) pageDoubtful() pagePart {
	if d.Live == nil {
		return pagePart{}
	}
	p := pagePart{ID: "doubtful", Title: fmt.Sprintf("回应没有通过核验 %d 件", len(d.Live.Doubtful)), Head: []string{"编号", "事项", "单位", "责任人", "哪里不对"}}
	for _, c := range d.Live.Doubtful {
		p.Rows = append(p.Rows, []cell{caseCell(c.Number), textCell(c.Title), textCell(c.Unit), textCell(c.Officer), textCell(strings.Join(c.Replies[c.Doubtful()].Faults, ""))})
	}
	return p
}

// pageTrend shows the last days as curves, and below them as figures.
func (d Daily) pageTrend() pagePart {
	if d.Figures == nil || len(d.Figures.Days) == 0 {
		return pagePart{}
	}
	p := pagePart{ID: "trend", Title: fmt.Sprintf("近 %d 天", len(d.Figures.Days)), Folded: true, Head: []string{"日期", "有关的帖文", "新立", "首次回应", "按时率"}}
	mentions, kept := chart.Line{Title: "每天有关的帖文", Unit: "帖"}, chart.Line{Title: "每天的按时率", Unit: "%", Top: 100}
	posts, rates := chart.Series{Name: "有关的帖文"}, chart.Series{Name: "按时率"}
	for _, c := range d.Figures.Days {
		from := c.From.In(d.Calendar.Location())
		span := cases.Span{From: from, Until: from.AddDate(0, 0, 1)}
		mentions.Labels = append(mentions.Labels, from.Format("1月2日"))
		posts.Values = append(posts.Values, float64(c.Mentions))
		share := math.NaN()
		if c.Answered > 0 {
			share = float64(rounded(c.InTime, c.Answered))
		}
		rates.Values = append(rates.Values, share)
		p.Rows = append(p.Rows, []cell{textCell(day(from)), {Text: strconv.Itoa(c.Mentions), Number: true}, d.listed(c.Opened, opened(span, "")),
			d.listed(c.Answered, answered(span, "")), d.rated(c.Counts, span, "")})
	}
	kept.Labels, mentions.Series, kept.Series = mentions.Labels, []chart.Series{posts}, []chart.Series{rates}
	p.Pictures = []template.HTML{mentions.SVG(), kept.SVG()}
	return p
}

// pageSources tells how the sources were read; of a day that has passed, only which failed.
func (d Daily) pageSources() pagePart {
	if !d.leader() {
		return pagePart{}
	}
	p := pagePart{ID: "sources", Title: "来源", Head: []string{"来源", "情况", "说明"}}
	loc := d.Calendar.Location()
	source := func(name string) cell { return cell{Text: name, Href: "/source/" + url.PathEscape(name)} }
	for _, s := range d.Failing {
		p.Rows = append(p.Rows, []cell{source(s.Name), textCell(s.Reason), textCell(s.lastRead(loc))})
	}
	for _, q := range d.Quiet {
		p.Rows = append(p.Rows, []cell{source(q.Name), textCell(q.said()), textCell("最近一次有新帖是 " + q.Last.In(loc).Format("01-02 15:04"))})
	}
	if d.Live != nil {
		if len(p.Rows) == 0 {
			p.Notes = []string{fmt.Sprintf("来源 %d 个，都正常。", d.Sources)}
		}
		return p
	}
	if d.Figures != nil {
		for _, s := range d.Figures.Sources {
			if s.Failed > 0 {
				p.Rows = append(p.Rows, []cell{source(s.Source), textCell(fmt.Sprintf("这段时间读失败 %d 次", s.Failed)), textCell(s.Reason)})
			}
		}
	}
	return p
}

func (d Daily) pagePeople() pagePart {
	p := pagePart{ID: "people", Title: "收不到消息的人", Head: []string{"姓名", "名下件数"}}
	if d.Live == nil {
		return pagePart{}
	}
	for _, one := range d.Live.Unreachable {
		p.Rows = append(p.Rows, []cell{textCell(one.Name), {Text: strconv.Itoa(one.Cases), Number: true}})
	}
	return p
}

func (d Daily) pageReconcile() pagePart {
	p := pagePart{ID: "reconcile", Title: "核对"}
	if !d.leader() || d.Figures == nil {
		return pagePart{}
	}
	for _, part := range append(d.machine(), d.reconcile()...) {
		p.Notes = append(p.Notes, part.head) // of figures only: there is nothing in it that HTML needs escaped
	}
	if f := d.Figures.Flow; d.Live == nil {
		p.Notes = []string{fmt.Sprintf("新读到 %d 帖，存入数据库的有关帖文 %d，归入事项 %d，送到手机 %d。与本机登记数的核对只在当天的简报里做。", f.Read, f.Matched, f.Cased, f.Delivered)}
	}
	return p
}
