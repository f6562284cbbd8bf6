// Package sheet is the room of the ledgers (台账) that offices keep of letters and calls, and
// that hotlines export: a spreadsheet becomes items of an inbox. It finds the row of the
// headers and which column is what, and tells what it understood, row by row.
package sheet

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/inbox"
	"huiyin/internal/post"
)

// Limits of a ledger.
const (
	MaxFile     = 32 << 20  // bytes
	maxUnzipped = 256 << 20 // bytes, of all that is packed in a workbook
	maxRows     = 50_000    // that have something in them
	maxColumns  = 200       // those behind are not looked at
	maxText     = 256 << 20 // bytes of all cells that are used
)

// Options are how a ledger is read.
type Options struct {
	Sheet   string            // which sheet of a workbook; empty: the first that is not hidden
	Columns map[string]string // field, as FieldNames has it → its column's header or letter; empty: none
	Zone    *time.Location    // of times that do not name one
	Now     time.Time
	Units   []string // the names that a letter's unit may have; others are left out
}

// Table is what a ledger says.
type Table struct {
	Sheet   string   // the one that was read; empty: the file has none
	Sheets  []string // all of the file
	Header  int      // row of the headers, from 1; 0: none
	Columns []Column // in the order of the sheet, but for those without anything
	Rows    []Row    // letters, in the order of the sheet, bad ones too
	Skipped []int    // rows that are no letters: titles and headers between them
	Units   map[string]int
}

// Column is one column of a ledger.
type Column struct {
	Letter string // A, B, C …
	Header string // as written; may be empty
	Field  string // as FieldNames has it; empty: it is not used
}

// Row is one letter of a ledger.
type Row struct {
	No     int // of the sheet, from 1
	Item   inbox.Item
	Letter cases.Letter // the same as it would be registered
	Bad    string       // why it cannot be, in Chinese; empty: it can
	Lost   bool         // its contact was written as 1.38E+10, and cannot be told any more
}

// grid is a file as rows of texts.
type grid struct {
	sheet  string
	sheets []string
	rows   []cells
	epoch  int  // days from Excel's 1900 to the file's first day
	shown  bool // numbers are as Excel showed them, perhaps rounded
}

// cells is one row that has something in it.
type cells struct {
	no     int
	values []string
}

// at is the text in a column, from 0.
func (c cells) at(column int) string {
	if column < 0 || column >= len(c.values) {
		return ""
	}
	return c.values[column]
}

// filled is how many cells have something in them.
func (c cells) filled() (n int) {
	for _, v := range c.values {
		if v != "" {
			n++
		}
	}
	return n
}

// clean is a cell's text: without the mark by which people make a number a text.
func clean(v string) string { return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(v), "'")) }

// add takes in a row, when something is in it.
func (g *grid) add(no int, values []string) error {
	row := cells{no: no}
	for i, v := range values[:min(len(values), maxColumns)] {
		if v = clean(v); v != "" {
			for len(row.values) < i {
				row.values = append(row.values, "")
			}
			row.values = append(row.values, v)
		}
	}
	if len(row.values) == 0 {
		return nil
	}
	if len(g.rows) == maxRows {
		return fmt.Errorf("超过 %d 行，请分成几个文件再导入", maxRows)
	}
	g.rows = append(g.rows, row)
	return nil
}

// Read reads a ledger: an .xlsx workbook, or text with commas or tabs (CSV) in UTF-8, GBK or
// UTF-16. Its error says in Chinese why it cannot be read, and what to do.
func Read(data []byte, o Options) (*Table, error) {
	g, err := open(data, o.Sheet)
	if err != nil {
		return nil, err
	}
	if len(g.rows) == 0 {
		return nil, errors.New("表里没有内容" + g.other())
	}
	t := &Table{Sheet: g.sheet, Sheets: g.sheets, Units: map[string]int{}}
	header, places, err := g.header(o.Columns)
	if err != nil {
		return nil, err
	}
	t.Columns = g.columns(header, places)
	used := 0
	first := map[string]*Row{} // by key
	t.Rows = make([]Row, 0, len(g.rows))
	for i, row := range g.rows {
		if i <= header {
			if i == header {
				t.Header = row.no
			}
			continue
		}
		if header >= 0 && g.divides(row, header) {
			t.Skipped = append(t.Skipped, row.no)
			continue
		}
		r := t.read(g, row, places, o)
		for _, name := range FieldNames {
			if used += len(row.at(places[name])); used > maxText {
				return nil, errors.New("表格里的字太多，请分成几个文件再导入")
			}
		}
		t.Rows = append(t.Rows, r)
		mark(&t.Rows[len(t.Rows)-1], first)
	}
	if len(t.Rows) == 0 {
		return nil, errors.New("表头下面没有内容" + g.other())
	}
	return t, nil
}

// other names the sheets that were not read, if there are some.
func (g *grid) other() string {
	if len(g.sheets) < 2 {
		return ""
	}
	return fmt.Sprintf("：读的是“%s”，要读别的，请用 -sheet 写明，有：%s", g.sheet, strings.Join(g.sheets, "、"))
}

// sum is the first cell of the row in which a ledger counts itself.
var sum = regexp.MustCompile(`^(?:合计|总计|小计|共计|汇总)[:：]?[0-9]*[件条封]?$`)

// divides tells whether a row is no letter: the headers once more, a title over several
// columns, or the count of the others.
func (g *grid) divides(row cells, header int) bool {
	head := g.rows[header]
	if row.filled() == 1 && head.filled() > 2 {
		return true
	}
	if i := slices.IndexFunc(row.values, func(v string) bool { return v != "" }); i >= 0 && row.filled() <= 3 && sum.MatchString(strings.Join(strings.Fields(row.values[i]), "")) {
		return true
	}
	same := 0
	for i := range row.values {
		if row.values[i] != "" && row.values[i] == head.at(i) {
			same++
		}
	}
	return same > 1 && same == row.filled()
}

// mark calls a row bad that has the key of another one and says something else.
func mark(r *Row, first map[string]*Row) {
	if r.Bad != "" || r.Item.Key == "" {
		return
	}
	before, there := first[r.Item.Key]
	if !there {
		first[r.Item.Key] = r
		return
	}
	if before.Item != r.Item {
		r.Bad = fmt.Sprintf("编号“%s”和第 %d 行一样，别的内容却不一样；编号是很长的数字的，请先把这一列设成文本，再从系统里导出", post.Line(r.Item.Key, 40), before.No)
	}
}
