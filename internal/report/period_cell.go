package report

import (
	"fmt"
	"strconv"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// Table is a part of a report that is shown as a table, be it on a page or on a sheet.
type Table struct {
	Name    string // a word or two: the sheet's name
	Title   string
	Columns []string
	Rows    []Row
	Notes   []string // below it
}

// Row is a line of a table.
type Row struct {
	Cells []Cell
	Level Level
}

// Level is how a row stands out.
type Level int

// The levels.
const (
	Plain  Level = iota
	Member       // of the Head above it
	Head
	Sum
)

// CellKind is what a cell holds.
type CellKind int

// The kinds of cells.
const (
	Words    CellKind = iota // Text
	Count                    // N
	Rate                     // N of Whole
	Duration                 // Took; Whole 0: there is none
	Moment                   // At; zero: none
	Share                    // N of Whole, drawn as a bar
)

// Cell is one thing of a table.
type Cell struct {
	Kind     CellKind
	Text     string
	N, Whole int
	Took     time.Duration
	At       time.Time // in the zone in which it is shown
	Link     string    // where it can be opened; may be empty
}

// none is shown where there is nothing to tell.
const none = "—"

// String is the cell as people read it.
func (c Cell) String() string {
	switch c.Kind {
	case Count, Share:
		return strconv.Itoa(c.N)
	case Rate:
		return percent(c.N, c.Whole)
	case Duration:
		if c.Whole == 0 {
			return none
		}
		return workday.FormatDuration(c.Took)
	case Moment:
		if c.At.IsZero() {
			return ""
		}
		return c.At.Format("2006-01-02 15:04")
	}
	return c.Text
}

// IsNumber tells whether the cell of a rate or a duration is a number, not just words.
func (c Cell) IsNumber() bool {
	switch c.Kind {
	case Count, Share:
		return true
	case Rate:
		return c.Whole >= few
	case Duration:
		return c.Whole > 0
	case Moment:
		return !c.At.IsZero()
	}
	return false
}

// percent is a part of a whole, to one decimal. All is told of nothing less than all; of
// few it is told as it is, because a percentage would say more than there is.
func percent(part, whole int) string {
	switch {
	case whole == 0:
		return none
	case whole < few:
		return fmt.Sprintf("%d/%d", part, whole)
	}
	n := permille(part, whole)
	return fmt.Sprintf("%d.%d%%", n/10, n%10)
}

// permille is a part of a whole in thousandths, rounded, and 1000 only of all.
func permille(part, whole int) int {
	if whole == 0 {
		return 0
	}
	n := (2000*part + whole) / (2 * whole)
	if n == 1000 && part < whole {
		return 999
	}
	return n
}

func words(text string) Cell { return Cell{Text: text} }

func count(n int, link string) Cell {
	if n == 0 {
		link = ""
	}
	return Cell{Kind: Count, N: n, Link: link}
}

func share(part, whole int, link string) Cell {
	return Cell{Kind: Rate, N: part, Whole: whole, Link: link}
}

func took(d time.Duration, of int) Cell { return Cell{Kind: Duration, Took: d, Whole: of} }

// scoreColumns are the columns that scoreCells fills: what came of the cases.
var scoreColumns = []string{
	"件数", "签收及时率", "计入件数", "按时", "超时", "其中未回应", "未通过", "按时回应率", "未到期", "无需回应", "用时中位数", "用时第90百分位", "重开", "群众满意度",
}

// courseColumns are the columns that courseCells fills: what happened on the way.
var courseColumns = []string{
	"历时中位数", "停时件数", "停时时长", "延期", "转出", "临期转出", "转办被退", "转回", "审核退回", "核验通过", "核验未通过", "无网页答复", "人工登记",
}

// linkTo are the addresses of the cases that f chooses, by how they stand; nil: no filter
// does.
func (r *Report) linkTo(f *cases.Filter) func(cases.Standing) string {
	return func(is cases.Standing) string {
		if f == nil {
			return ""
		}
		chosen := *f
		chosen.Is = is
		return r.link(chosen)
	}
}

// scoreCells are the figures of a score. f chooses its cases; nil: no filter does.
func (r *Report) scoreCells(t cases.Score, f *cases.Filter) []Cell {
	link := r.linkTo(f)
	return []Cell{
		count(t.Cases, link("")), share(t.SignedInTime, t.SignedInTime+t.SignedLate, ""), count(t.Decided(), ""),
		count(t.InTime, link(cases.IsInTime)), count(t.Late, link(cases.IsLate)), count(t.Overdue, link(cases.IsOverdue)),
		count(t.Unsound, link(cases.IsUnsound)), share(t.InTime, t.Decided(), link(cases.IsInTime)), count(t.Pending, ""),
		count(t.Dismissed, link(cases.IsDismissed)), took(t.Median, t.Answered), took(t.P90, t.Answered),
		count(t.Reopened, link(cases.IsReopened)), share(t.Content, t.Rated, ""),
	}
}

// courseCells are the other figures of a score; see scoreCells.
func (r *Report) courseCells(t cases.Score, f *cases.Filter) []Cell {
	link, rushed := r.linkTo(f), ""
	if f != nil && f.Unit == "" { // of a unit it is what the unit did, be the case whose it may
		rushed = link(cases.IsRushed)
	}
	return []Cell{
		took(t.Plain, t.Answered), count(t.Paused, link(cases.WasPaused)), took(t.Stood, t.Paused), count(t.Extended, link(cases.IsExtended)),
		count(t.PassedOn, ""), count(t.Rushed, rushed), count(t.Declined, link(cases.IsDeclined)), count(t.Back, link(cases.IsBack)),
		count(t.Returned, link(cases.IsReturned)), count(t.Verified, ""), count(t.Doubtful, link(cases.IsDoubtful)),
		count(t.Pageless, link(cases.IsPageless)), count(t.ByHand, link(cases.IsByHand)),
	}
}
