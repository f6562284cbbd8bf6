package board

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"huiyin/internal/cases"
)

// How many open cases the first page lists; the others are on the list of all.
const (
	maxOpen = 300
	maxWall = 12 // what fits a wall's screen
)

// openPage is the first page: what is owed, and how long it still has.
type openPage struct {
	Filter   cases.Filter
	Narrowed string // in words; empty: nothing is
	Choices  cases.Choices
	Figures  []figure
	Groups   []group
	More     int // open cases that are not listed
	All      string
	Unsent   int  // records that are not in the record yet
	Away     bool // the record is: what is shown is of the journal
	Units    []cell
}

// figure is a number that can be opened.
type figure struct {
	N           int
	Name, Link  string
	Class, Sign string
}

// group is a part of the list.
type group struct {
	ID, Title string
	Rows      []cases.Fact
}

// choice reads a filter of what is open.
func choice(v url.Values, who Reader) cases.Filter {
	return cases.Filter{Is: cases.IsOpen, Unit: v.Get("unit"), Officer: v.Get("officer"), Topic: v.Get("topic"), Units: who.scope()}
}

func (b *Board) open(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	ctx, now := r.Context(), b.Now()
	f := choice(r.URL.Query(), who)
	p := openPage{Filter: f}
	if narrow := (cases.Filter{Unit: f.Unit, Officer: f.Officer, Topic: f.Topic}); f.Unit+f.Officer+f.Topic != "" {
		p.Narrowed = inWords(narrow, b.Zone, now)
	}
	v := &view{Template: "open", Title: "在办事项", Here: "/", Auto: true, Body: &p}
	if f.Limit = maxOpen; r.URL.Query().Get("wall") != "" {
		v.Template, f.Limit = "wall", 3*maxWall // some of them stand
	}
	list, total, err := b.Data.Cases(ctx, f, now)
	if err != nil {
		return b.away(v, &p, who, err)
	}
	any := f
	any.Is = ""
	t, err := b.Data.Tally(ctx, any, now, b.evening(now))
	if err != nil {
		return nil, err
	}
	if v.Template == "wall" {
		cells, err := b.Data.Map(ctx, f, now)
		if err != nil {
			return nil, err
		}
		p.Units = byUnit(cells, maxWall)
	} else if p.Choices, err = b.Data.Choices(ctx, who.scope(), true); err != nil {
		return nil, err
	}
	p.Groups, p.More = grouped(list, now, b.evening(now)), total-len(list)
	if v.Template == "wall" {
		p.Groups, p.More = urgent(p.Groups, total)
	}
	p.Figures = b.figures(f, t)
	f.Is = cases.IsOpen
	p.All = "/cases?" + f.Link(b.Zone)
	if b.Live != nil && who.Leads {
		if live, err := b.Live(); err == nil {
			p.Unsent = live.Unshipped
		}
	}
	return v, nil
}

// figures are the numbers on top. Those due today have no list but this one.
func (b *Board) figures(f cases.Filter, t cases.Tally) []figure {
	link := func(is cases.Standing) string {
		f.Is = is
		return "/cases?" + f.Link(b.Zone)
	}
	late := figure{t.Overdue, "超时未回应", link(cases.IsOverdue), "", ""}
	if t.Overdue > 0 {
		late.Class, late.Sign = "late", "⚠"
	}
	return []figure{
		{t.Open, "在办", link(cases.IsOpen), "", ""}, late, {t.Today, "今天到期", "#today", "", ""},
		{t.Unsigned, "未签收", link(cases.IsUnsigned), "", ""}, {t.Paused, "停时", link(cases.IsPaused), "", ""},
		{t.Doubtful, "核验有问题", link(cases.IsDoubtful), "", ""},
	}
}

// grouped sorts open cases by how urgent they are.
func grouped(list []cases.Fact, now, evening time.Time) []group {
	groups := []group{{ID: "late", Title: "已超时"}, {ID: "today", Title: "今天到期"}, {ID: "later", Title: "以后到期"}, {ID: "still", Title: "停时"}}
	for _, f := range list {
		at := 2
		switch s := statusOf(f, now); {
		case s.Class == "late":
			at = 0
		case s.Class == "still":
			at = 3
		case f.Due.Before(evening):
			at = 1
		}
		groups[at].Rows = append(groups[at].Rows, f)
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.Rows) == 0 && g.ID != "today" })
}

// urgent are the first rows of groups, as many as fit a wall's screen, without those whose
// time stands; and how many are left out.
func urgent(groups []group, total int) ([]group, int) {
	left := maxWall
	for i := range groups {
		if groups[i].ID == "still" {
			groups[i].Rows = nil
		}
		groups[i].Rows = groups[i].Rows[:min(left, len(groups[i].Rows))]
		left -= len(groups[i].Rows)
	}
	return groups, total - maxWall + left
}

// cell is what a unit, or a unit on a topic, has open.
type cell struct {
	Name          string
	Open, Overdue int
}

// byUnit sums the map up by unit, those with most overdue first.
func byUnit(cells []cases.Cell, most int) (units []cell) {
	for _, c := range cells {
		i := slices.IndexFunc(units, func(u cell) bool { return u.Name == c.Unit })
		if i < 0 {
			i, units = len(units), append(units, cell{Name: c.Unit})
		}
		units[i].Open, units[i].Overdue = units[i].Open+c.Cases, units[i].Overdue+c.Overdue
	}
	slices.SortStableFunc(units, func(a, b cell) int {
		if a.Overdue != b.Overdue {
			return b.Overdue - a.Overdue
		}
		return b.Open - a.Open
	})
	return units[:min(len(units), most)]
}

// away shows what the journal knows while the record cannot be reached: what is late.
func (b *Board) away(v *view, p *openPage, who Reader, err error) (*view, error) {
	if b.Live == nil {
		return nil, err
	}
	live, liveErr := b.Live()
	if liveErr != nil {
		return nil, err
	}
	b.Log.Error("board: the record is away", "error", err)
	v.Template, p.Away = "open", true
	late := group{ID: "late", Title: "已超时"}
	for _, c := range live.Overdue {
		if !who.Leads && !slices.Contains(who.Units, c.Unit) {
			continue
		}
		step, _ := c.Next()
		late.Rows = append(late.Rows, cases.Fact{
			Case: c.Number, Title: c.Title, Unit: c.Unit, Officer: c.Officer, Topic: c.Topic, Due: step.Due, State: c.State, Mentions: c.Told(), Opened: c.Opened, Severity: c.Severity,
		})
	}
	p.Groups = []group{late}
	return v, nil
}
