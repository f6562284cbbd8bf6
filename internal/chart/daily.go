package chart

import (
	"cmp"
	"io"
	"slices"
)

// Daily is the picture of a daily digest, made for a phone: what was said on each of the last
// days, how much of it was answered within time, and below it what each unit has open.
// Names and dates are shown as they are given.
type Daily struct {
	Title    string
	Subtitle string // the day, say
	Days     []Day  // the oldest first; the last 62 are drawn
	Units    []Unit // the ten that have most open are drawn, and the others summed up
}

// Day is one day of the trend.
type Day struct {
	Label    string // 7月15日
	Mentions int    // posts that matched a topic
	Opened   int    // cases opened
	OnTime   int    // of the answers of that day, those within time
	Answered int    // 0: nothing was due or answered, and the line of the rate has a gap
}

// Unit is one unit's row.
type Unit struct {
	Name          string
	Open          int
	Overdue       int // of the open ones
	Opened        int // new ones
	OnTimePercent int // of the days of the trend: 0–100; -1: not known
}

// The measures in pixels. A picture of this width is shown on a phone at about a third, so
// that the smallest type, 28 px, is read as 9 to 10 points.
const (
	wide     = 1080
	tall     = 1350 // at most; fewer units make a shorter picture
	margin   = 48
	foot     = 34
	small    = 28
	normal   = 32
	large    = 40
	maxDays  = 62
	maxUnits = 10
)

// PNG draws the picture, 1080 pixels wide and at most 1350 high. Errors are the writer's.
func (d Daily) PNG(w io.Writer) error {
	c, err := d.draw()
	if err != nil {
		return err
	}
	return c.encode(w)
}

func (d Daily) draw() (*canvas, error) {
	c, err := newCanvas(wide, 1) // to measure with, until the height is known
	if err != nil {
		return nil, err
	}
	table := newTable(c, d.Units)
	const head, gap = 172, 30
	trend := min(max(float64(tall)-head-gap-table.height()-foot, minTrend), maxTrend)
	if len(d.Days) == 0 {
		trend = noTrend
	}
	height := head + trend + gap + table.height() + foot
	if c, err = newCanvas(wide, int(height)); err != nil {
		return nil, err
	}
	d.heading(c)
	drawTrend(c, last(d.Days, maxDays), head, trend)
	table.draw(c, head+trend+gap, len(d.Days))
	return c, nil
}

// heading writes the title and the day, in smaller type where they are long.
func (d Daily) heading(c *canvas) {
	size := 60
	title := clean(d.Title)
	for size > large && c.width(title, size) > wide-2*margin {
		size -= 2
	}
	c.text(c.cut(title, size, wide-2*margin), margin, 66, left, size, ink)
	c.text(c.cut(clean(d.Subtitle), normal, wide-2*margin), margin, 124, left, normal, quiet)
}

// ranked are units with what is drawn of them, most open first and otherwise in the given
// order.
func ranked(units []Unit) []Unit {
	list := slices.Clone(units)
	for i := range list {
		u := &list[i]
		u.Name = cmp.Or(clean(u.Name), "—")
		u.Overdue = int(count(u.Overdue))
		u.Open = max(int(count(u.Open)), u.Overdue)
		u.Opened = int(count(u.Opened))
		u.OnTimePercent = min(max(u.OnTimePercent, -1), 100)
	}
	slices.SortStableFunc(list, func(a, b Unit) int {
		return cmp.Or(cmp.Compare(b.Open, a.Open), cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(b.Opened, a.Opened))
	})
	return list
}
