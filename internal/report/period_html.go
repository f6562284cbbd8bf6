package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"huiyin/internal/cases"
)

//go:embed period.html
var periodPage string

// PeriodStyle is the style sheet of Body. All of it speaks of what is inside an element of
// the class report.
//
//go:embed period.css
var PeriodStyle string

// The page is tables all the way down, with old-fashioned attributes:
// Word, WPS, LibreOffice and mail programs show no scripts, grids or SVG as a browser does,
// and know of style sheets little more than elements and classes of paragraphs.
var periodTemplate = template.Must(template.New("period").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(strings.ReplaceAll(PeriodStyle, ".report ", "")) },
	"numeric": func(c Cell) bool {
		return c.Kind == Count || c.Kind == Rate || c.Kind == Duration
	},
	"isBar":    func(c Cell) bool { return c.Kind == Share },
	"isMember": func(l Level) bool { return l == Member },
	"fill":     func(l Level) string { return []string{"", "", "#f4f6f9", "#e8eef5"}[l] },
}).Parse(periodPage))

// maxListed is how many cases a page lists; a sheet has them all.
const maxListed = 2000

// page is what the template shows.
type page struct {
	*Report
	Tables  []Table
	Stories []storyView
	Listed  Table
}

type storyView struct {
	Title, Page, About string
	Days               []dayView
	Lines              []lineView
}

type dayView struct {
	Day, Bar string
	Posts    int
}

type lineView struct{ At, Text string }

// maxBar is how long the longest bar is, in blocks.
const maxBar = 24

// bar draws n of most as a line of blocks: a table within a table falls apart on the way
// into Word.
func bar(n, most int) string {
	eighths := (8*maxBar*n + most/2) / max(1, most)
	return strings.Repeat("█", eighths/8) + []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}[eighths%8]
}

// Bar is the cell of a Share as a page draws it.
func (c Cell) Bar() string { return bar(c.N, c.Whole) }

func (r *Report) view() page {
	p := page{Report: r, Tables: r.Tables()}
	if r.Details {
		p.Listed = r.listed()
	}
	loc := r.Calendar.Location()
	for i, s := range r.Stories {
		v := storyView{
			Title: fmt.Sprintf("%d. %s（%d 帖）", i+1, s.Title, s.Mentions), Page: r.Page(s.Case),
			About: fmt.Sprintf("%s，%s，%s%s，%s", s.Case, s.Topic, s.Whose, s.WhoseOfficer, r.outcome(s.Counted)),
		}
		most := 1
		for _, d := range s.Days {
			most = max(most, d.Posts)
		}
		for _, d := range s.Days {
			v.Days = append(v.Days, dayView{d.Day.Format("1月2日"), bar(d.Posts, most), d.Posts})
		}
		for _, l := range s.Lines {
			v.Lines = append(v.Lines, lineView{l.At.In(loc).Format("01-02 15:04"), l.Text})
		}
		p.Stories = append(p.Stories, v)
	}
	return p
}

// listed is the list of cases with the columns that a page has room for.
func (r *Report) listed() Table {
	t := Table{Name: "明细", Title: "九、明细", Columns: CaseColumns[:BriefColumns]}
	for _, c := range r.Cases[:min(len(r.Cases), maxListed)] {
		row := Row{Cells: r.CaseCells(c)[:BriefColumns]}
		for i, cell := range row.Cells {
			switch {
			case cell.Kind == Moment && !cell.At.IsZero(): // all are of one year, or nearly
				row.Cells[i] = words(cell.At.Format("01-02 15:04"))
			case cell.Link != "" && cell.Text == cell.Link: // an address would fill the page
				row.Cells[i].Text = "看答复"
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(r.Cases) > maxListed {
		t.Notes = append(t.Notes, fmt.Sprintf("一共 %d 件，这里只列前 %d 件；全部请看电子表格（.xlsx 或 .csv）。", len(r.Cases), maxListed))
	}
	return t
}

// List is where the board lists the cases; empty without a board.
func (r *Report) List() string { return r.link(cases.Filter{}) }

// Body writes the report as a part of a page: PeriodStyle belongs to it.
func (r *Report) Body(w io.Writer) error {
	if err := periodTemplate.ExecuteTemplate(w, "body", r.view()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// HTML writes the report as a page of its own, to be read, printed, or opened in Word.
func (r *Report) HTML(w io.Writer) error {
	if err := periodTemplate.ExecuteTemplate(w, "page", r.view()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
