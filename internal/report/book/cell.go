package book

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"huiyin/internal/report"
)

// Formats of numbers.
const (
	countFormat    = "#,##0"
	rateFormat     = "0.0%"
	durationFormat = `[h]"小时"mm"分"`
	momentFormat   = "yyyy-mm-dd hh:mm"
)

// look is how a cell stands out.
type look int

const (
	lookPlain look = iota
	lookMember
	lookHead
	lookSum
	lookColumn
	lookTitle
	lookNote
)

// styleKey names a style: a workbook keeps each once.
type styleKey struct {
	look   look
	format string
	wrap   bool
	link   bool
	indent bool
	center bool
}

const (
	ink      = "111111"
	linkInk  = "174A86"
	headFill = "E8EEF5"
	rowFill  = "F4F6F9"
	lineInk  = "BFBFBF"
)

func (b *book) style(k styleKey) (int, error) {
	if id, ok := b.styles[k]; ok {
		return id, nil
	}
	s := excelize.Style{Font: &excelize.Font{Family: "宋体", Size: 10, Color: ink}, Alignment: &excelize.Alignment{Vertical: "center", WrapText: k.wrap}}
	fill := func(color string) {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	switch k.look {
	case lookTitle:
		s.Font.Family, s.Font.Size, s.Font.Bold = "黑体", 14, true
	case lookNote:
		s.Font.Size = 9
	default:
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Color: lineInk, Style: 1})
		}
	}
	switch k.look {
	case lookColumn:
		s.Font.Family, s.Font.Bold, s.Alignment.WrapText, s.Alignment.Horizontal = "黑体", true, true, "center"
		fill(headFill)
	case lookHead:
		s.Font.Bold = true
		fill(rowFill)
	case lookSum:
		s.Font.Bold = true
		fill(headFill)
	}
	if k.format != "" {
		s.CustomNumFmt = &k.format
	}
	if k.link {
		s.Font.Color = linkInk
	}
	if k.indent {
		s.Alignment.Indent, s.Alignment.Horizontal = 2, "left" // without which it is none
	}
	if k.center {
		s.Alignment.Horizontal = "center"
	}
	id, err := b.NewStyle(&s)
	if err == nil {
		b.styles[k] = id
	}
	return id, err
}

// put writes a value.
func (b *book) put(sheet string, column, row int, value any, k styleKey) error {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	style, err := b.style(k)
	if err != nil {
		return err
	}
	if err := b.SetCellValue(sheet, name, value); err != nil {
		return err
	}
	return b.SetCellStyle(sheet, name, name, style)
}

// link makes a cell open an address, unless there is none.
func (b *book) link(sheet string, column, row int, address string) error {
	if address == "" {
		return nil
	}
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	return b.SetCellHyperLink(sheet, name, address, "External")
}

// value is a cell as a workbook holds it, with the format of its number. A rate of few
// shows how many of how many, and is the number all the same.
func value(c report.Cell) (v any, format string) {
	switch c.Kind {
	case report.Count, report.Share:
		return c.N, countFormat
	case report.Rate:
		if c.Whole == 0 {
			return nil, ""
		}
		if format = rateFormat; !c.IsNumber() {
			format = fmt.Sprintf(`"%d/%d"`, c.N, c.Whole)
		} else if c.N < c.Whole && 2000*c.N >= 1999*c.Whole { // which would be rounded to all of it
			format = `"99.9%"`
		}
		return float64(c.N) / float64(c.Whole), format
	case report.Duration:
		if c.Whole == 0 {
			return nil, ""
		}
		return c.Took.Hours() / 24, durationFormat
	case report.Moment:
		if c.At.IsZero() {
			return nil, ""
		}
		return c.At, momentFormat
	}
	return report.Safe(c.Text), ""
}

// cell writes a cell of a table.
func (b *book) cell(sheet string, column, row int, c report.Cell, level report.Level, first bool) error {
	v, format := value(c)
	k := styleKey{look: []look{lookPlain, lookMember, lookHead, lookSum}[level], format: format, link: c.Link != "", indent: first && level == report.Member, center: first == (c.Kind == report.Count) && (first || c.Kind == report.Words)}
	if err := b.put(sheet, column, row, v, k); err != nil {
		return err
	}
	return b.link(sheet, column, row, c.Link)
}
