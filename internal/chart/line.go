package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Line is a curve over days for a web page: of one or two series on one scale. The second
// is dashed.
type Line struct {
	Title  string   // said to who cannot see the curve, and when one points at it
	Labels []string // one for each day; as many are shown as fit, the last always
	Series []Series // more than two are not drawn
	Unit   string   // after each figure: % or 条
	Top    float64  // where the scale ends, 100 for %; less than 1 or than the values: where they do
}

// Series is one line of figures, beginning with the first day.
type Series struct {
	Name   string
	Values []float64 // NaN where not known: there the line has a gap
}

// The measures of SVG charts in CSS pixels at a phone's width.
const (
	svgWide   = 360.
	lineTall  = 180.
	sparkWide = 120.
	sparkTall = 24.
)

// value is what a series has for a day; false for a gap.
func (s Series) value(day int) (float64, bool) {
	if day >= len(s.Values) || math.IsNaN(s.Values[day]) || math.IsInf(s.Values[day], 0) {
		return 0, false
	}
	return min(max(s.Values[day], 0), maxNumber), true
}

// latest is the last day that is known; false where none is.
func (s Series) latest(days int) (day int, ok bool) {
	for day = days - 1; day >= 0; day-- {
		if _, ok := s.value(day); ok {
			return day, true
		}
	}
	return 0, false
}

// SVG draws the curve, safe to put into a page. Of more than 400 days the last are drawn.
func (l Line) SVG() template.HTML {
	l = l.bounded()
	var b svg
	b.open("line", svgWide, lineTall, fmt.Sprintf(` font-size="%v"`, em), l.Title, l.describe())
	peak := 0.
	for _, s := range l.Series {
		for day := range l.Labels {
			v, _ := s.value(day)
			peak = max(peak, v)
		}
	}
	end, step := scale(peak)
	if l.Top >= 1 && l.Top >= peak && l.Top <= maxNumber {
		end, step = l.Top, l.Top/2
	}
	f := strip{top: 10, bottom: lineTall - 22, days: max(1, len(l.Labels)), end: end}
	f.left = breadth(number(end)+l.Unit) + 6
	f.right = svgWide - l.gutter() - 8
	for v := 0.; v <= end; v += step {
		fmt.Fprintf(&b, `<path d="M%s %sH%s" stroke="currentColor" stroke-opacity=".2"/>`, num(f.left), num(f.y(v)), num(f.right))
		b.text(number(v)+l.Unit, f.left-5, f.y(v)+4, "end")
	}
	for i, s := range l.Series {
		b.series(i)
		b.curve(f, s, []string{"", ` stroke-dasharray="5 3"`}[i])
		b.WriteString("</g>")
	}
	l.names(&b, f)
	for day := len(l.Labels) - 1; day >= 0; day -= l.apart(f) {
		label := short(clean(l.Labels[day]), 80)
		x := min(max(f.x(day), breadth(label)/2), svgWide-breadth(label)/2)
		b.text(label, x, lineTall-6, "middle")
	}
	return b.close()
}

// bounded is the line without what is not drawn.
func (l Line) bounded() Line {
	l.Unit = short(clean(l.Unit), 2*em)
	l.Series = l.Series[:min(len(l.Series), 2)]
	gone := max(0, len(l.Labels)-maxPoints)
	l.Labels = l.Labels[gone:]
	series := make([]Series, len(l.Series))
	for i, s := range l.Series {
		series[i] = Series{short(clean(s.Name), 60), s.Values[min(gone, len(s.Values)):]}
	}
	l.Series = series
	return l
}

// apart is how many days there are from one label to the next.
func (l Line) apart(f strip) int {
	widest := 0.
	for _, label := range l.Labels {
		widest = math.Max(widest, breadth(short(clean(label), 80)))
	}
	return every(f.dx(), widest+em)
}

// last is the label at the end of a series: its name and last figure.
func (l Line) last(s Series) string {
	if day, ok := s.latest(len(l.Labels)); ok {
		v, _ := s.value(day)
		return strings.TrimSpace(s.Name + " " + number(v) + l.Unit)
	}
	return s.Name
}

func (l Line) gutter() float64 {
	w := 0.
	for _, s := range l.Series {
		w = math.Max(w, breadth(l.last(s)))
	}
	return w
}

// names writes the series' names and last figures at their ends, apart from each other.
func (l Line) names(b *svg, f strip) {
	ys := make([]float64, 2)
	for i, s := range l.Series {
		ys[i] = f.bottom
		if day, ok := s.latest(len(l.Labels)); ok {
			v, _ := s.value(day)
			ys[i] = f.y(v)
		}
	}
	if len(l.Series) == 2 {
		ys[0], ys[1] = apart(ys[0], ys[1], em+3, f.top, f.bottom)
	}
	for i, s := range l.Series {
		b.series(i)
		b.text(l.last(s), f.right+6, ys[i]+4, "")
		b.WriteString("</g>")
	}
}

// describe says the figures in words: all of a month's days, and of a longer time those
// that are labelled.
func (l Line) describe() string {
	step := 1
	if n := len(l.Labels); n > 31 {
		step = (n + 30) / 31
	}
	var parts []string
	for _, s := range l.Series {
		var points []string
		for day := (len(l.Labels) - 1) % step; day >= 0 && day < len(l.Labels); day += step {
			if v, ok := s.value(day); ok {
				points = append(points, clean(l.Labels[day])+" "+number(v)+l.Unit)
			}
		}
		if len(points) > 0 {
			parts = append(parts, strings.TrimPrefix(s.Name+"：", "：")+strings.Join(points, "，"))
		}
	}
	return strings.Join(parts, "。")
}

// curve draws one series as a path, broken at its gaps, with a dot where a day stands alone
// and at the last.
func (b *svg) curve(f strip, s Series, dash string) {
	var path, dots strings.Builder
	dot := func(day int, v float64) {
		fmt.Fprintf(&dots, `<circle cx="%s" cy="%s" r="2.5" fill="currentColor"/>`, num(f.x(day)), num(f.y(v)))
	}
	end, _ := s.latest(f.days)
	drawing := false
	for day := range f.days {
		v, ok := s.value(day)
		if !ok {
			drawing = false
			continue
		}
		verb := "L"
		if !drawing {
			verb = "M"
		}
		fmt.Fprintf(&path, "%s%s %s", verb, num(f.x(day)), num(f.y(v)))
		_, goesOn := s.value(day + 1)
		if day == end || !drawing && !(goesOn && day+1 < f.days) {
			dot(day, v)
		}
		drawing = true
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path d="%s" stroke="currentColor" stroke-width="2" stroke-linejoin="round"%s/>%s`, path.String(), dash, dots.String())
	}
}

// Spark draws values as a line of 120 × 24 without axes, to stand in a line of text. The
// title says what it is. Of more than 400 values the last are drawn.
func Spark(title string, values []int) template.HTML {
	values = last(values, maxPoints)
	s := Series{Values: make([]float64, len(values))}
	top := 1.
	for i, v := range values {
		s.Values[i] = count(v)
		top = max(top, s.Values[i])
	}
	var b svg
	b.open("spark", sparkWide, sparkTall, fmt.Sprintf(` width="%v" height="%v"`, sparkWide, sparkTall), title, "")
	if len(values) > 0 {
		b.series(0)
		b.curve(strip{left: 0, right: sparkWide, top: 4, bottom: sparkTall - 4, days: len(values), end: top}, s, "")
		b.WriteString("</g>")
	}
	return b.close()
}
