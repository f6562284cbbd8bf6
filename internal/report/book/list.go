package book

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"huiyin/internal/report"
)

// listWidths are the widths of the columns that are not like the others.
var listWidths = map[string]float64{"编号": 14, "立案时间": 17, "标题": 44, "签收时间": 17, "应回应时间": 17, "首次回应时间": 17, "经办单位": 24, "答复链接": 40, "回应用时": 13, "历时": 14, "停时时长": 13, "临期转出": 18}

// maxFormula is how long a text within a formula may be, in characters.
const maxFormula = 255

// list writes all cases, as a stream: there may be very many. Its columns stand in the
// first row, so that it can be filtered, sorted and counted.
func (b *book) list() error {
	if err := b.sheet(listSheet, false); err != nil {
		return err
	}
	if err := b.repeat(listSheet, 1); err != nil {
		return err
	}
	out, err := b.NewStreamWriter(listSheet)
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	head, err := b.style(styleKey{look: lookColumn})
	if err != nil {
		return err
	}
	var names []any
	for i, name := range report.CaseColumns {
		wide := listWidths[name]
		if wide == 0 {
			wide = 11
		}
		if err := out.SetColWidth(i+1, i+1, wide); err != nil {
			return err
		}
		names = append(names, excelize.Cell{StyleID: head, Value: name})
	}
	if err := out.SetRow("A1", names, excelize.RowOpts{Height: 28}); err != nil {
		return err
	}
	list := b.report.Cases
	if len(list) > b.rows-1 { // the head stands above, and below what is left out
		list = list[:b.rows-2]
	}
	for i, c := range list {
		row, err := b.listed(b.report.CaseCells(c))
		if err != nil {
			return err
		}
		if err := out.SetRow(fmt.Sprintf("A%d", i+2), row); err != nil {
			return err
		}
	}
	if left := len(b.report.Cases) - len(list); left > 0 {
		note := fmt.Sprintf("一张表只放得下 %d 件，还有 %d 件没有列出，全部请看 .csv。", len(list), left)
		if err := out.SetRow(fmt.Sprintf("A%d", len(list)+2), []any{note}); err != nil {
			return err
		}
	}
	end, err := excelize.CoordinatesToCellName(len(report.CaseColumns), len(list)+1)
	if err != nil {
		return err
	}
	if err := b.AutoFilter(listSheet, "A1:"+end, nil); err != nil {
		return err
	}
	// Paper has room for what matters most; the rest is there to count with.
	last, err := excelize.ColumnNumberToName(report.BriefColumns)
	if err != nil {
		return err
	}
	err = b.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: fmt.Sprintf("'%s'!$A$1:$%s$%d", listSheet, last, len(list)+1), Scope: listSheet})
	if err != nil {
		return err
	}
	return out.Flush()
}

// listed is a line of the list.
func (b *book) listed(cells []report.Cell) (row []any, err error) {
	title := slices.Index(report.CaseColumns, "标题")
	for i, c := range cells {
		v, format := value(c)
		cell := excelize.Cell{Value: v}
		if c.Link != "" && len(c.Link) <= maxFormula && len(c.Text) <= maxFormula {
			cell.Formula = fmt.Sprintf("HYPERLINK(%s,%s)", quoted(c.Link), quoted(c.Text))
		}
		if cell.StyleID, err = b.style(styleKey{format: format, link: cell.Formula != "", wrap: i == title}); err != nil {
			return nil, err
		}
		row = append(row, cell)
	}
	return row, nil
}

// quoted is a text within a formula.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
