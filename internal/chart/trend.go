package chart

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
)

// Heights of the upper half of the picture.
const (
	noTrend  = 120.
	minTrend = 330.
	maxTrend = 620.
)

// strip is a field with days across and one scale up.
type strip struct {
	left, right, top, bottom float64
	days                     int
	end                      float64 // what the top stands for
}

func (s strip) dx() float64 { return (s.right - s.left) / float64(s.days) }

func (s strip) x(day int) float64 { return s.left + s.dx()*(float64(day)+0.5) }

func (s strip) y(v float64) float64 { return s.bottom - v/s.end*(s.bottom-s.top) }

// axis draws the scale's lines and figures, fewer where they would touch.
func (s strip) axis(c *canvas, step float64, unit string) {
	for s.bottom-s.y(step) < small*1.2 && step < s.end {
		step *= 2
	}
	for v := 0.; v <= s.end; v += step {
		c.rule(s.left, s.right, s.y(v))
		c.text(number(v)+unit, s.left-inner, s.y(v), right, small, quiet)
	}
}

// drawTrend draws two strips over the same days: mentions with the cases opened among them,
// and the rate of answers within time. Two scales in one field would cross where nothing
// happened.
func drawTrend(c *canvas, days []Day, top, height float64) {
	const head, above, dates = 44, 44, 52
	if len(days) == 0 {
		c.text("还没有这些天的数据", margin, top+height/2, left, large, ink)
		return
	}
	peak := 0.
	for _, d := range days {
		peak = max(peak, count(d.Mentions), count(d.Opened))
	}
	end, step := scale(peak)
	c.text(fmt.Sprintf("近 %d 天有关的帖文、新立的件数和按时率", len(days)), margin, top+24, left, small, quiet)
	between := math.Min(72, math.Max(40, height/8))
	m := strip{top: top + head + above, days: len(days), end: end}
	m.bottom = m.top + math.Round((top+height-dates-between-m.top)*0.66)
	m.left = margin + math.Max(c.width(number(end), small), c.width("100%", small)) + inner
	m.right = wide - margin - gutter(c, days)
	m.axis(c, step, "")
	m.mentions(c, days)

	r := m
	r.end, r.top, r.bottom = 100, m.bottom+between, top+height-dates
	r.axis(c, 50, "%")
	r.rate(c, days)
	r.dates(c, days)
}

// gutter is the space that the last day's figures take at the right.
func gutter(c *canvas, days []Day) float64 {
	d := days[len(days)-1]
	widest := c.width("按时 100%", normal)
	for _, label := range []string{"帖文 " + number(count(d.Mentions)), "新立 " + number(count(d.Opened))} {
		widest = math.Max(widest, c.width(label, normal))
	}
	return inner + widest
}

// mentions draws the curve of mentions over columns of opened cases.
func (s strip) mentions(c *canvas, days []Day) {
	n, peak := len(days)-1, 0
	c.dc.MoveTo(s.x(0), s.bottom)
	for i, d := range days {
		if count(d.Mentions) > count(days[peak].Mentions) {
			peak = i
		}
		c.dc.LineTo(s.x(i), s.y(count(d.Mentions)))
	}
	c.dc.LineTo(s.x(n), s.bottom)
	c.dc.ClosePath()
	c.dc.SetColor(tint)
	c.dc.Fill()
	column := math.Min(30, s.dx()*0.5)
	for i, d := range days {
		if y := s.y(count(d.Opened)); y < s.bottom {
			c.dc.DrawRectangle(s.x(i)-column/2, y, column, s.bottom-y)
		}
	}
	c.dc.SetColor(quiet)
	c.dc.Fill()
	points := make([]point, 0, len(days))
	for i, d := range days {
		points = append(points, point{s.x(i), s.y(count(d.Mentions))})
	}
	curve(c, points, blue, s.dx())

	today := days[n]
	y1, y2 := apart(s.y(count(today.Mentions)), s.y(count(today.Opened)), normal*1.2, s.top, s.bottom)
	c.text("帖文 "+number(count(today.Mentions)), s.right+inner, y1, left, normal, blue)
	c.text("新立 "+number(count(today.Opened)), s.right+inner, y2, left, normal, quiet)
	if v := count(days[peak].Mentions); v > 0 && peak != n {
		label := number(v)
		half := c.width(label, normal) / 2
		x := math.Max(s.left+half, math.Min(s.x(peak), s.right-half))
		c.blank(x-half, s.y(v)-26-normal/2, 2*half, normal)
		c.text(label, x, s.y(v)-26, centre, normal, blue)
	}
}

// rate draws the line of answers within time, with gaps where nothing was answered.
func (s strip) rate(c *canvas, days []Day) {
	var run []point
	lastDay, lastRate := -1, 0
	for i, d := range days {
		p, ok := percent(d.OnTime, d.Answered)
		if !ok {
			curve(c, run, green, s.dx())
			run = nil
			continue
		}
		run = append(run, point{s.x(i), s.y(float64(p))})
		lastDay, lastRate = i, p
	}
	curve(c, run, green, s.dx())
	label := "按时 " + strconv.Itoa(lastRate) + "%"
	switch lastDay {
	case -1:
		const none = "这些天没有回应，算不出按时率"
		c.blank(s.left+inner/2, (s.top+s.bottom)/2-normal/2, c.width(none, normal)+inner, normal)
		c.text(none, s.left+inner, (s.top+s.bottom)/2, left, normal, ink)
	case len(days) - 1:
		c.text(label, s.right+inner, s.y(float64(lastRate)), left, normal, green)
	default: // the days after it are a gap, and so is the gutter
		x := math.Min(s.x(lastDay)+inner, s.right+inner)
		c.text(label, x, s.y(float64(lastRate)), left, normal, green)
	}
}

// dates writes under the days as many labels as fit, the last day's always.
func (s strip) dates(c *canvas, days []Day) {
	const most = 160
	labels := make([]string, len(days))
	widest := 0.
	for i, d := range days {
		labels[i] = c.cut(clean(d.Label), small, most)
		widest = math.Max(widest, c.width(labels[i], small))
	}
	for i := len(days) - 1; i >= 0; i -= every(s.dx(), widest+inner) {
		c.text(labels[i], s.x(i), s.bottom+34, centre, small, quiet)
	}
}

type point struct{ x, y float64 }

// curve draws a line through points, with a dot at each where there is room for it: a day
// between two gaps has nothing else.
func curve(c *canvas, points []point, stroke color.Color, dx float64) {
	for _, p := range points {
		c.dc.LineTo(p.x, p.y)
	}
	c.dc.SetColor(stroke)
	c.dc.SetLineWidth(5)
	c.dc.Stroke()
	if dx < 20 && len(points) > 1 {
		return
	}
	for _, p := range points {
		c.dc.SetColor(ground)
		c.dc.DrawCircle(p.x, p.y, 10)
		c.dc.Fill()
		c.dc.SetColor(stroke)
		c.dc.DrawCircle(p.x, p.y, 7)
		c.dc.Fill()
	}
}
