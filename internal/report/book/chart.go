package book

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// charts draws two: the units that are ranked, and the course of the period.
func (b *book) charts() error {
	ranked := 0
	for _, u := range b.report.Ranking() {
		if u.Place > 0 {
			ranked++
		}
	}
	tables := b.report.Tables()
	below := func(i int) string { return fmt.Sprintf("A%d", headRow+len(tables[i].Rows)+len(tables[i].Notes)+4) }
	const ranking, course = 1, 6 // of the tables
	if err := b.chart(tables[ranking].Name, below(ranking), "各单位计入件数和按时回应率", "B", "D", "C", ranked); err != nil {
		return err
	}
	return b.chart(tables[course].Name, below(course), "立案件数和按时回应率", "A", "B", "G", len(tables[course].Rows))
}

// chart draws numbers as columns and rates as a line above them. names, numbers and rates
// are columns of the sheet, rows how many there are below its head.
func (b *book) chart(sheet, at, title, names, numbers, rates string, rows int) error {
	if rows == 0 {
		return nil
	}
	if err := b.whole(sheet); err != nil {
		return err
	}
	series := func(column, color string) excelize.ChartSeries {
		cells := func(column string) string {
			return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", sheet, column, headRow+1, column, headRow+rows)
		}
		return excelize.ChartSeries{
			Name: fmt.Sprintf("'%s'!$%s$%d", sheet, column, headRow), Categories: cells(names), Values: cells(column),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}},
			Line: excelize.ChartLine{Width: 2, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}},
		}
	}
	none, all, font := 0.0, 1.0, excelize.Font{Color: ink, Size: 9}
	line := series(rates, "C0504D")
	line.Marker = excelize.ChartMarker{Symbol: "circle", Size: 6}
	size := excelize.ChartDimension{Width: 900, Height: 360}
	bars := &excelize.Chart{
		Type: excelize.Col, Series: []excelize.ChartSeries{series(numbers, "3B73B0")}, Dimension: size, Title: []excelize.RichTextRun{{Text: title}},
		Legend: excelize.ChartLegend{Position: "bottom"}, XAxis: excelize.ChartAxis{Font: font}, YAxis: excelize.ChartAxis{Font: font, Minimum: &none, MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0"}}, ShowBlanksAs: "gap",
	}
	over := &excelize.Chart{
		Type: excelize.Line, Series: []excelize.ChartSeries{line}, Dimension: size, Legend: excelize.ChartLegend{Position: "bottom"}, ShowBlanksAs: "gap",
		YAxis: excelize.ChartAxis{Font: font, Secondary: true, Minimum: &none, Maximum: &all, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0%"}},
	}
	return b.AddChart(sheet, at, bars, over)
}
