package book

import (
	"bytes"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"huiyin/internal/cases"
	"huiyin/internal/report"
	"huiyin/internal/sample"
)

// opened is the workbook, read back.
func opened(t *testing.T, r *report.Report) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// lines are the rows of a sheet with their raw values, by what is in the first column; of
// members by that of their head too.
func lines(t *testing.T, f *excelize.File, sheet string) (columns []string, rows [][]string) {
	t.Helper()
	all, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	from := headRow
	if sheet == listSheet {
		from = 1
	}
	columns = all[from-1]
	for _, row := range all[from:] {
		if len(row) < 2 {
			break // the notes
		}
		rows = append(rows, append(row, make([]string, len(columns)-len(row))...))
	}
	return columns, rows
}

// scoreOf counts plain cases: those of a holder, or all.
func scoreOf(list map[string]plain, in func(holder) bool, of func(plain) bool) map[string]float64 {
	n := map[string]float64{}
	var signed, signedOf, rated, content, inTime, decided float64
	var times, plainly []time.Duration
	var stood time.Duration
	for _, p := range list {
		if !of(p) {
			continue
		}
		if in(p.first) {
			signedOf++
			if !p.signedLate {
				signed++
			}
		}
		if p.replied && in(p.answered) {
			times, plainly = append(times, p.worked.Truncate(time.Second)), append(plainly, p.took.Truncate(time.Second))
		}
		if slices.ContainsFunc(p.rushed, in) {
			n["临期转出"]++
		}
		for _, unit := range p.passed {
			if in(holder{unit: unit}) {
				n["转出"]++
			}
		}
		if !in(p.whose()) {
			continue
		}
		n["件数"]++
		if p.dismissed {
			n["无需回应"]++
		}
		stood += p.stood.Truncate(time.Second)
		switch p.outcome() {
		case "按时":
			n["按时"]++
			inTime++
			decided++
		case "超时":
			n["超时"]++
			decided++
			if p.owed && sample.Now.After(p.due) {
				n["其中未回应"]++
			}
			if slices.ContainsFunc(p.rushed, func(h holder) bool { return h.unit != p.late.unit }) {
				n["其中临期转入"]++
			}
		case "未通过核验":
			n["未通过"]++
			decided++
		case "未到期":
			n["未到期"]++
		}
		for name, is := range map[string]bool{
			"核验通过": p.verified, "核验未通过": p.doubtful, "审核退回": p.returned > 0, "重开": p.reopened > 0, "停时件数": p.pauses > 0, "延期": p.extended > 0,
			"转办被退": p.declined > 0, "转回": p.back > 0, "无网页答复": p.replied && !p.page, "人工登记": p.byHand,
		} {
			if is {
				n[name]++
			}
		}
		switch p.rating {
		case "满意", "基本满意":
			content++
			rated++
		case "不满意":
			rated++
		}
	}
	n["计入件数"] = decided
	rate := func(name string, part, whole float64) {
		n[name] = math.NaN()
		if whole > 0 {
			n[name] = part / whole
		}
	}
	rate("签收及时率", signed, signedOf)
	rate("按时回应率", inTime, decided)
	rate("群众满意度", content, rated)
	n["用时中位数"], n["用时第90百分位"], n["历时中位数"], n["停时时长"] = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if n["停时件数"] > 0 {
		n["停时时长"] = stood.Hours() / 24
	}
	if len(times) > 0 {
		n["历时中位数"] = percentile(plainly, 0.5).Hours() / 24
		n["用时中位数"], n["用时第90百分位"] = percentile(times, 0.5).Hours()/24, percentile(times, 0.9).Hours()/24
	}
	return n
}

// The figures of the workbook are those that a plain reading of the events gives.
func TestFiguresFromTheEvents(t *testing.T) {
	f, m := opened(t, quarter), making()
	list := map[string]plain{}
	for number, of := range events {
		if p := judge(of, sample.Now); !p.opened.Before(sample.From) && p.opened.Before(sample.Until) {
			list[number] = p
		}
	}
	orElse := func(s string) string {
		if s == "" {
			return cases.Elsewhere
		}
		return s
	}
	anybody, all := func(holder) bool { return true }, func(plain) bool { return true }
	checked := 0
	check := func(sheet string, group func(key, head string) (func(holder) bool, func(plain) bool)) {
		columns, rows := lines(t, f, sheet)
		head := ""
		if sheet == "通报" { // without the place; below it stands that it is the sum
			columns = columns[1:]
			for i := range rows {
				aside := 0
				if rows[i][0] == "合计" {
					aside = 1
				}
				rows[i] = slices.Delete(rows[i], aside, aside+1)
			}
		}
		for i, row := range rows {
			if heads := groups(sheet); slices.Contains(heads, row[0]) {
				head = row[0]
			}
			in, of := group(row[0], head)
			if i == len(rows)-1 {
				if row[0] != "合计" {
					t.Errorf("%s: the last row is %s", sheet, row[0])
				}
				in, of = anybody, all
			}
			want := scoreOf(list, in, of)
			for k, name := range columns[1:] {
				got, w := row[k+1], want[name]
				if name == "转出" && row[0] != head && sheet == "办理过程" && i < len(rows)-1 {
					continue // a plain reading knows the unit only
				}
				n, err := strconv.ParseFloat(got, 64)
				if math.IsNaN(w) != (got == "") || got != "" && (err != nil || math.Abs(n-w) > 0.6/86400) {
					t.Errorf("%s: %s of %s (%s) is %q, the events say %v", sheet, name, row[0], head, got, w)
				}
				checked++
			}
		}
	}
	for _, sheet := range []string{"单位和责任人", "办理过程"} {
		check(sheet, func(key, head string) (func(holder) bool, func(plain) bool) {
			if key == head {
				return func(h holder) bool { return h.unit == key }, all
			}
			return func(h holder) bool { return h.unit == head && h.officer == key }, all
		})
	}
	check("通报", func(unit, _ string) (func(holder) bool, func(plain) bool) {
		return func(h holder) bool { return h.unit == unit }, all
	})
	check("分类和专题", func(key, head string) (func(holder) bool, func(plain) bool) {
		return anybody, func(p plain) bool {
			return orElse(m.Categories[p.topic]) == head && (key == head || p.topic == key)
		}
	})
	check("渠道", func(key, _ string) (func(holder) bool, func(plain) bool) {
		return anybody, func(p plain) bool { return orElse(m.Channels[p.source]) == key }
	})
	if checked < 500 {
		t.Errorf("only %d figures were checked", checked)
	}
	t.Logf("%d figures of %d cases", checked, len(list))
	columns, rows := lines(t, f, listSheet)
	if len(rows) != len(list) {
		t.Errorf("%d cases are listed, want %d", len(rows), len(list))
	}
	for _, row := range rows {
		p, cell := list[row[0]], func(name string) string { return row[slices.Index(columns, name)] }
		var rushed []string
		for _, h := range p.rushed {
			rushed = append(rushed, h.unit+h.officer)
		}
		got := strings.Join([]string{cell("单位"), cell("责任人"), cell("首接单位"), cell("回应情况"), cell("临期转出"), cell("停时次数"), cell("延期"), cell("转办被退"), cell("转回"), cell("人工登记")}, " ")
		byHand := map[bool]string{true: "是"}[p.byHand]
		if want := fmt.Sprint(p.whose().unit, " ", p.whose().officer, " ", p.first.unit, " ", p.outcome(), " ", strings.Join(rushed, "、"), " ", p.pauses, " ", p.extended, " ", p.declined, " ", p.back, " ", byHand); got != want {
			t.Errorf("%s is listed as %s, the events say %s", row[0], got, want)
		}
		days, err := strconv.ParseFloat(cell("立案时间"), 64)
		from := time.Date(1899, 12, 30, 0, 0, 0, 0, sample.Zone())
		if got := from.Add(time.Duration(days * 24 * float64(time.Hour))); err != nil || got.Sub(p.opened).Abs() > time.Second {
			t.Errorf("%s was opened at %s, want %v", row[0], cell("立案时间"), p.opened)
		}
	}
}

// groups are the names at the head of groups in a sheet.
func groups(sheet string) (list []string) {
	of := quarter.Units
	if sheet == "分类和专题" {
		of = quarter.Categories
	}
	for _, g := range of {
		list = append(list, g.Key)
	}
	return list
}

// No text is a formula but the links of the list, and those go where they should; every
// sheet can be printed.
func TestWorkbook(t *testing.T) {
	f := opened(t, quarter)
	want := []string{"概况", "通报", "单位和责任人", "办理过程", "分类和专题", "渠道", "趋势", "重点事件", "明细"}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Errorf("sheets are %q", got)
	}
	titles, links := 0, 0
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x, text := range row {
				name, err := excelize.CoordinatesToCellName(x+1, y+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := f.GetCellFormula(sheet, name)
				if err != nil {
					t.Fatal(err)
				}
				if formula != "" && (sheet != listSheet || !strings.HasPrefix(formula, `HYPERLINK("https://`) || strings.Contains(formula, "evil")) {
					t.Errorf("%s %s is the formula %s", sheet, name, formula)
				}
				if strings.HasPrefix(text, "=") {
					t.Errorf("%s %s begins as a formula does: %s", sheet, name, text)
				}
				if strings.Contains(text, "<script>") {
					titles++
				}
				if ok, to, err := f.GetCellHyperLink(sheet, name); err != nil || ok && !strings.HasPrefix(to, sample.Board+"/") {
					t.Errorf("%s %s opens %s (%v)", sheet, name, to, err)
				} else if ok {
					links++
				}
			}
		}
		var layout excelize.PageLayoutOptions
		if layout, err = f.GetPageLayout(sheet); err != nil || layout.Size == nil || *layout.Size != paperA4 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 || *layout.FitToHeight > 1 {
			t.Errorf("%s is printed as %+v (%v)", sheet, layout, err)
		}
		if header, err := f.GetHeaderFooter(sheet); err != nil || header == nil || !strings.Contains(header.OddHeader, sample.Agency) || !strings.Contains(header.OddFooter, "&P") {
			t.Errorf("%s has the header %+v (%v)", sheet, header, err)
		}
		if panes, err := f.GetPanes(sheet); err != nil || !panes.Freeze || panes.YSplit < 1 {
			t.Errorf("%s: %+v (%v)", sheet, panes, err)
		}
		if !slices.ContainsFunc(f.GetDefinedName(), func(d excelize.DefinedName) bool { return d.Name == "_xlnm.Print_Titles" && d.Scope == sheet }) {
			t.Errorf("%s does not repeat its head on paper", sheet)
		}
	}
	if titles != 1 || links < 300 {
		t.Errorf("%d hostile titles, %d links", titles, links)
	}
}

// Each figure that is a number of cases opens a list that says the same to the board.
func TestLinks(t *testing.T) {
	f := opened(t, quarter)
	_, link, err := f.GetCellHyperLink("单位和责任人", "F4")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	got := cases.FilterOf(u.Query(), sample.Zone())
	want := cases.Filter{From: sample.From, Until: sample.Until, Is: cases.IsLate, Unit: quarter.Units[0].Key}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s is %+v, want %+v", link, got, want)
	}
	off := *quarter
	off.Board = ""
	f = opened(t, &off)
	if ok, link, err := f.GetCellHyperLink("单位和责任人", "F4"); ok || err != nil {
		t.Errorf("without a board: %s, %v", link, err)
	}
	var page bytes.Buffer
	if err := off.HTML(&page); err != nil || strings.Contains(page.String(), sample.Board) {
		t.Errorf("the page has links to a board that is not there (%v)", err)
	}
}

// A period without cases is a workbook too.
func TestEmptyWorkbook(t *testing.T) {
	empty := report.Report{Making: making(), From: sample.From, Until: sample.Until}
	if _, rows := lines(t, opened(t, &empty), "概况"); len(rows) != 16 {
		t.Errorf("%d rows: %q", len(rows), rows)
	}
}

// A sheet that cannot hold all cases says how many it leaves out; and nothing is too high.
func TestTooManyCases(t *testing.T) {
	long := *quarter
	long.Stories = slices.Clone(long.Stories[:1])
	long.Stories[0].Lines = []report.StoryLine{{At: sample.Now, Text: strings.Repeat("很长", 3000)}}
	for cases, want := range map[int]string{29: "", 30: "一张表只放得下 28 件，还有 2 件没有列出，全部请看 .csv。"} {
		long.Cases = quarter.Cases[:cases]
		var b bytes.Buffer
		if err := write(&b, &long, 30); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := f.GetRows(listSheet)
		if err != nil || len(rows) != 30 {
			t.Fatalf("%d rows (%v)", len(rows), err)
		}
		if last := rows[29]; want != "" && last[0] != want || want == "" && last[0] != long.Cases[28].Case {
			t.Errorf("of %d cases the last row is %q", cases, last)
		}
		if high, err := f.GetRowHeight(storySheet, headRow+2); err != nil || high != maxHeight {
			t.Errorf("a row is %v high (%v)", high, err)
		}
	}
}

// No rate looks like all of it that is less, on a sheet as on a page.
func TestNearlyAll(t *testing.T) {
	for of, want := range map[[2]int]string{{7, 7}: rateFormat, {1999, 2000}: `"99.9%"`, {1998, 2000}: rateFormat, {3, 4}: `"3/4"`} {
		if _, format := value(report.Cell{Kind: report.Rate, N: of[0], Whole: of[1]}); format != want {
			t.Errorf("%v has the format %s, want %s", of, format, want)
		}
	}
}
