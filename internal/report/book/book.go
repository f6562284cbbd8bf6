// Package book is the room of the files that a period report is handed on as: the workbook
// (XLSX) and, where there is a browser to print it, the PDF.
//
// The workbook holds plain numbers and no formulas that count. A workbook that is made here
// has never been calculated: formulas would show nothing in the preview of a mail program,
// on a phone and in protected view, and would break as soon as somebody sorts the list or
// deletes a line of it. Each figure can be checked all the same: it links to the board, and
// the sheet 明细 has every case with what it counts as, to be filtered and counted. A rate of
// few is a number too, which its format shows as 3/4, so that charts and sums take it as it
// is. The only formulas are HYPERLINK in 明细, each with its text beside it.
package book

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"huiyin/internal/report"
)

// Write writes the report as a workbook.
func Write(w io.Writer, r *report.Report) error { return write(w, r, excelize.TotalRows) }

// write writes it with so many rows at most of a sheet.
func write(w io.Writer, r *report.Report, rows int) error {
	b := book{File: excelize.NewFile(), report: r, styles: map[styleKey]int{}, rows: rows}
	defer b.Close()
	for i, t := range r.Tables() {
		if err := b.sheet(t.Name, i == 0); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
		if err := b.table(withoutBars(t), i == 0); err != nil {
			return fmt.Errorf("write workbook: sheet %s: %w", t.Name, err)
		}
	}
	for _, part := range []func() error{b.stories, b.list, b.charts, b.properties} {
		if err := part(); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
	}
	b.SetActiveSheet(0)
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

type book struct {
	*excelize.File
	report *report.Report
	styles map[styleKey]int
	rows   int // that a sheet may have
}

// Names of the sheets that are no tables of the report.
const (
	storySheet = "重点事件"
	listSheet  = "明细"
)

// headRow is where the columns of a table are named: the title and what the report is of
// stand above.
const headRow = 3

const (
	paperA4     = 9
	firstWidth  = 18 // of a column, in characters of the default font
	figureWidth = 8
	timeWidth   = 12
	maxWidth    = 60
	storyWidth  = 90
	lineHeight  = 15  // in points
	maxHeight   = 409 // which is as high as a row can be
)

// sheet makes a sheet, ready to be printed.
func (b *book) sheet(name string, first bool) error {
	if first {
		if err := b.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := b.NewSheet(name); err != nil {
		return err
	}
	landscape, size, width, height, fit := "landscape", paperA4, 1, 0, true
	if err := b.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &size, FitToWidth: &width, FitToHeight: &height}); err != nil {
		return err
	}
	if err := b.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	margin, edge, center := 0.5, 0.3, true // inches
	if err := b.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &margin, Bottom: &margin, Header: &edge, Footer: &edge, Horizontally: &center}); err != nil {
		return err
	}
	plain := func(s string) string { return strings.ReplaceAll(s, "&", "&&") } // which begins a code
	return b.SetHeaderFooter(name, &excelize.HeaderFooterOptions{
		OddHeader: "&L" + plain(b.report.Agency) + "&R" + plain(b.report.Title()),
		OddFooter: "&L" + name + "&R第 &P 页，共 &N 页",
	})
}

// whole prints a sheet on one page.
func (b *book) whole(sheet string) error {
	pages := 1
	return b.SetPageLayout(sheet, &excelize.PageLayoutOptions{FitToHeight: &pages})
}

// withoutBars is a table without what only a page draws.
func withoutBars(t report.Table) report.Table {
	bar := slices.IndexFunc(t.Columns, func(name string) bool { return name == "" })
	if bar < 0 {
		return t
	}
	t.Columns = slices.Delete(slices.Clone(t.Columns), bar, bar+1)
	for i := range t.Rows {
		t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, bar, bar+1)
	}
	return t
}

// head writes the lines above a table and sees that they stay, on the screen and on paper.
func (b *book) head(sheet, title string, columns []string) error {
	if err := b.put(sheet, 1, 1, b.report.Title()+"　"+title, styleKey{look: lookTitle}); err != nil {
		return err
	}
	if err := b.put(sheet, 1, 2, b.report.Agency+"。"+b.report.Heading(), styleKey{look: lookNote}); err != nil {
		return err
	}
	for i, name := range columns {
		if err := b.put(sheet, i+1, headRow, name, styleKey{look: lookColumn}); err != nil {
			return err
		}
	}
	if err := b.SetRowHeight(sheet, headRow, 32); err != nil {
		return err
	}
	return b.freeze(sheet, headRow)
}

// freeze keeps the first rows and the first column in sight, and repeats the rows on paper.
func (b *book) freeze(sheet string, rows int) error {
	corner, err := excelize.CoordinatesToCellName(2, rows+1)
	if err != nil {
		return err
	}
	if err := b.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: rows, TopLeftCell: corner, ActivePane: "bottomRight"}); err != nil {
		return err
	}
	return b.repeat(sheet, rows)
}

func (b *book) repeat(sheet string, rows int) error {
	return b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$%d", sheet, rows), Scope: sheet})
}

// table fills a sheet with a table. The rules of counting stand on the first one.
func (b *book) table(t report.Table, first bool) error {
	if err := b.head(t.Name, t.Title, t.Columns); err != nil {
		return err
	}
	row := headRow
	for _, line := range t.Rows {
		row++
		for i, c := range line.Cells {
			if err := b.cell(t.Name, i+1, row, c, line.Level, i == 0); err != nil {
				return err
			}
		}
	}
	notes := t.Notes
	if first {
		notes = append([]string{"统计口径："}, b.report.Rules()...)
		for i := range notes[1:] {
			notes[i+1] = fmt.Sprintf("%d. %s", i+1, notes[i+1])
		}
	}
	wide, err := b.widths(t)
	if err != nil {
		return err
	}
	row++
	for _, note := range notes {
		row++
		if err := b.note(t.Name, row, note, len(t.Columns), wide); err != nil {
			return err
		}
	}
	if first {
		return b.whole(t.Name)
	}
	return nil
}

// note writes a sentence over all columns, which are so many characters wide together, in as
// many lines as it takes.
func (b *book) note(sheet string, row int, text string, columns, wide int) error {
	if err := b.put(sheet, 1, row, text, styleKey{look: lookNote, wrap: true}); err != nil {
		return err
	}
	from, err := excelize.CoordinatesToCellName(1, row)
	if err != nil {
		return err
	}
	to, err := excelize.CoordinatesToCellName(columns, row)
	if err != nil {
		return err
	}
	if err := b.MergeCell(sheet, from, to); err != nil {
		return err
	}
	return b.tall(sheet, row, text, wide*11/10) // it is in small print
}

// tall makes a row as high as a text is in a column so many characters wide.
func (b *book) tall(sheet string, row int, text string, wide int) error {
	return b.SetRowHeight(sheet, row, min(maxHeight, lineHeight*float64(1+width(text)/wide)))
}

// widths makes a table's columns as wide as what is in them, and tells how many characters
// that is in all.
func (b *book) widths(t report.Table) (all int, err error) {
	for i, name := range t.Columns {
		least := max(figureWidth, width(name)/2+2)
		for _, row := range t.Rows {
			switch c := row.Cells[i]; c.Kind {
			case report.Words:
				least = max(least, width(c.Text)+2)
			case report.Duration:
				least = max(least, timeWidth)
			}
		}
		least = min(least, maxWidth)
		if err := b.wide(t.Name, i+1, least); err != nil {
			return 0, err
		}
		all += least
	}
	return all, nil
}

func (b *book) wide(sheet string, column, characters int) error {
	name, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	return b.SetColWidth(sheet, name, name, float64(characters))
}

// width is how many characters of a column s takes: a Chinese one takes two.
func width(s string) (n int) {
	for _, r := range s {
		if n++; r >= 0x2E80 {
			n++
		}
	}
	return n
}

// stories tells the stories one below the other.
func (b *book) stories() error {
	if err := b.sheet(storySheet, false); err != nil {
		return err
	}
	if err := b.head(storySheet, "八、重点事件", []string{"时间", "办理记录", "每天的帖数"}); err != nil {
		return err
	}
	row, loc := headRow, b.report.Calendar.Location()
	for i, s := range b.report.Stories {
		row++
		if err := b.put(storySheet, 1, row, s.Case, styleKey{look: lookHead}); err != nil {
			return err
		}
		if err := b.link(storySheet, 1, row, b.report.Page(s.Case)); err != nil {
			return err
		}
		if err := b.put(storySheet, 2, row, report.Safe(fmt.Sprintf("%d. %s（%d 帖，%s，%s%s）", i+1, s.Title, s.Mentions, s.Topic, s.Whose, s.WhoseOfficer)), styleKey{look: lookHead, wrap: true}); err != nil {
			return err
		}
		var days []string
		for _, d := range s.Days {
			days = append(days, fmt.Sprintf("%s %d 帖", d.Day.Format("01-02"), d.Posts))
		}
		if err := b.put(storySheet, 3, row, strings.Join(days, "，"), styleKey{look: lookHead, wrap: true}); err != nil {
			return err
		}
		for _, l := range s.Lines {
			row++
			if err := b.put(storySheet, 1, row, l.At.In(loc), styleKey{format: momentFormat}); err != nil {
				return err
			}
			if err := b.put(storySheet, 2, row, report.Safe(l.Text), styleKey{wrap: true}); err != nil {
				return err
			}
			if err := b.tall(storySheet, row, l.Text, storyWidth-4); err != nil {
				return err
			}
		}
	}
	for i, n := range []int{firstWidth, storyWidth, 40} {
		if err := b.wide(storySheet, i+1, n); err != nil {
			return err
		}
	}
	return nil
}

// properties are what the file says of itself.
func (b *book) properties() error {
	made := b.report.Now.UTC().Format(time.RFC3339)
	return b.SetDocProps(&excelize.DocProperties{
		Title: b.report.Title(), Creator: b.report.Agency, LastModifiedBy: b.report.Agency, Created: made, Modified: made, Language: "zh-CN",
	})
}
