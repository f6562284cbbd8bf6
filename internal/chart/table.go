package chart

import (
	"fmt"
	"math"
	"strconv"
)

// table is the lower half of the picture: a bar for each unit, with its figures at the end
// and in two columns.
type table struct {
	rows    []row
	rest    string // what is said of the others
	wrapped bool   // a name takes two lines
	pitch   float64
	name    float64 // widest name
	label   float64 // widest figures at a bar's end
	opened  float64 // widest figure of new ones
	top     float64 // what the longest bar stands for
}

type row struct {
	unit    Unit
	name    []string
	size    int // of the name's type
	open    string
	overdue string
}

const (
	tableHead  = 60
	restHeight = 48
	maxName    = 320. // ten characters; longer names take two lines
	rateColumn = 186. // width of the last column
	inner      = 14.  // between what belongs together
)

// newTable measures what the units need.
func newTable(c *canvas, units []Unit) *table {
	list := ranked(units)
	t := &table{pitch: 58, opened: c.width("新立", normal)}
	for _, u := range list[:min(len(list), maxUnits)] {
		r := row{unit: u, size: normal, name: c.wrap(u.Name, normal, maxName), open: number(float64(u.Open))}
		if len(r.name) > 1 {
			r.size, r.name = small, c.wrap(u.Name, small, maxName)
		}
		t.wrapped = t.wrapped || len(r.name) > 1
		label := c.width(r.open, normal)
		if u.Overdue > 0 {
			r.overdue = "超时 " + number(float64(u.Overdue))
			label += inner + c.width(r.overdue, normal)
		}
		for _, line := range r.name {
			t.name = math.Max(t.name, c.width(line, r.size))
		}
		t.label = math.Max(t.label, label)
		t.opened = math.Max(t.opened, c.width(number(float64(u.Opened)), normal))
		t.top = math.Max(t.top, float64(u.Open))
		t.rows = append(t.rows, r)
	}
	if t.wrapped {
		t.pitch = 66
	}
	if others := list[len(t.rows):]; len(others) > 0 {
		var open, overdue float64
		for _, u := range others {
			open += float64(u.Open)
			overdue += float64(u.Overdue)
		}
		t.rest = fmt.Sprintf("其余 %d 个单位：在办 %s 件，超时 %s 件", len(others), number(math.Min(open, maxNumber)), number(math.Min(overdue, maxNumber)))
	}
	return t
}

func (t *table) height() float64 {
	h := tableHead + math.Max(1, float64(len(t.rows)))*t.pitch
	if t.rest != "" {
		h += restHeight
	}
	return h
}

// draw puts the table below top; the rate is that of so many days.
func (t *table) draw(c *canvas, top float64, days int) {
	const rate, opened = wide - margin, wide - margin - rateColumn
	c.text("各单位在办（件）", margin, top+24, left, small, quiet)
	y := top + tableHead + t.pitch/2
	if len(t.rows) == 0 {
		c.text("眼下没有在办的事项", margin, y, left, large, ink)
		return
	}
	c.text("新立", opened, top+24, right, small, quiet)
	c.text(fmt.Sprintf("%d 天按时率", days), rate, top+24, right, small, quiet)
	x := margin + t.name + inner
	longest := opened - t.opened - 2*inner - t.label - inner - x
	for i, r := range t.rows {
		if t.wrapped && i > 0 {
			c.rule(margin, rate, y-t.pitch/2)
		}
		t.row(c, r, x, y, longest)
		c.text(number(float64(r.unit.Opened)), opened, y, right, normal, ink)
		share := "—"
		if r.unit.OnTimePercent >= 0 {
			share = strconv.Itoa(r.unit.OnTimePercent) + "%"
		}
		c.text(share, rate, y, right, normal, ink)
		y += t.pitch
	}
	c.text(c.cut(t.rest, small, wide-2*margin), margin, y-t.pitch/2+restHeight/2, left, small, quiet)
}

// row draws a name, its bar with the overdue part last, and the figures at its end.
func (t *table) row(c *canvas, r row, x, y, longest float64) {
	const thick = 34
	for i, line := range r.name {
		c.text(line, margin, y+(float64(i)-float64(len(r.name)-1)/2)*small, left, r.size, ink)
	}
	length := func(n int) float64 {
		if n == 0 {
			return 0
		}
		return math.Max(6, math.Round(float64(n)/t.top*longest))
	}
	end := x
	if n := r.unit.Open - r.unit.Overdue; n > 0 {
		c.bar(end, y-thick/2, length(n), thick, sky)
		end += length(n)
	}
	if n := r.unit.Overdue; n > 0 {
		if end > x {
			end += 3 // the ground between two colours
		}
		c.bar(end, y-thick/2, length(n), thick, orange)
		end += length(n)
	}
	end += inner
	c.text(r.open, end, y, left, normal, ink)
	c.text(r.overdue, end+c.width(r.open, normal)+inner, y, left, normal, orange)
}
