package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Bars are level bars for a web page, each with its name and figures above it, in the given
// order.
type Bars struct {
	Title string // said to who cannot see the bars, and when one points at them
	Part  string // what the second colour is: 超时
	Rows  []Bar  // the first 100 are drawn
}

// Bar is one of them.
type Bar struct {
	Name  string
	Value int
	Part  int    // of the value, drawn in the second colour
	Note  string // after the figures: 按时 92%
}

const maxBars = 100

// SVG draws the bars, safe to put into a page.
func (l Bars) SVG() template.HTML {
	const pitch, thick, between = 36., 10., 1.5
	rows := l.Rows[:min(len(l.Rows), maxBars)]
	top := 1.
	var said []string
	for _, r := range rows {
		top = max(top, count(r.Value), count(r.Part))
		said = append(said, clean(r.Name)+" "+l.figures(r))
	}
	var b svg
	b.open("bars", svgWide, math.Max(1, pitch*float64(len(rows))), fmt.Sprintf(` font-size="%v"`, em), l.Title, strings.Join(said, "；"))
	for i, r := range rows {
		y := pitch * float64(i)
		figures := short(l.figures(r), svgWide*0.6)
		b.text(short(clean(r.Name), svgWide-breadth(figures)-em), 0, y+13, "")
		b.text(figures, svgWide, y+13, "end")
		length := func(v float64) float64 {
			if v == 0 {
				return 0
			}
			return math.Max(2, v/top*(svgWide-2-between))
		}
		part := count(r.Part)
		x := length(math.Max(0, count(r.Value)-part))
		if x > 0 {
			b.rect("s1", 0, y+19, x, thick, sky)
			x += between
		}
		if part > 0 {
			b.rect("s2", x, y+19, length(part), thick, orange)
		}
	}
	return b.close()
}

// figures are a bar's in words: 14，超时 2，按时 92%.
func (l Bars) figures(r Bar) string {
	s := number(math.Max(count(r.Value), count(r.Part)))
	if r.Part > 0 {
		s += "，" + strings.TrimSpace(clean(l.Part)+" "+number(count(r.Part)))
	}
	if note := clean(r.Note); note != "" {
		s += "，" + note
	}
	return s
}
