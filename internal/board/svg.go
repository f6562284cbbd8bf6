package board

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"
)

// maxPoints is how many points a curve has at most.
const maxPoints = 400

// point is one of a curve: a count, or with Of above zero a share of that many.
type point struct {
	Label string
	N, Of int
	Link  string // to what it counts; empty: there is none
}

// The picture's coordinates; it is stretched to the place it has, so that nothing is
// written in it: its labels stand beside it as text of the page.
const (
	wide, high = 1000, 200
)

// bars draws counts as bars. What it shows is told in words for who cannot see it.
func bars(title string, points []point) template.HTML {
	top := 1
	for _, p := range points {
		top = max(top, p.N)
	}
	var b strings.Builder
	begin(&b, title, points)
	step := float64(wide) / float64(max(1, len(points)))
	for i, p := range points {
		if p.N == 0 {
			continue
		}
		h := max(3, float64(high)*float64(p.N)/float64(top))
		fmt.Fprintf(&b, `<rect class="bar" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s：%d</title></rect>`,
			float64(i)*step+step*.1, high-h, step*.8, h, html.EscapeString(p.Label), p.N)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// line draws shares, from 0 to 100%, as a line with gaps where there is nothing to share.
func line(title string, points []point) template.HTML {
	var b strings.Builder
	begin(&b, title, points)
	for _, y := range []int{0, 50, 100} {
		fmt.Fprintf(&b, `<path class="grid" d="M0 %d H%d"/>`, high-y*high/100, wide)
	}
	step := float64(wide) / float64(max(1, len(points)))
	var path strings.Builder
	pen := "M"
	for i, p := range points {
		if p.Of == 0 {
			pen = "M"
			continue
		}
		x, y := (float64(i)+.5)*step, high-float64(high)*float64(p.N)/float64(p.Of)
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, x, y)
		fmt.Fprintf(&b, `<path class="dot" d="M%.1f %.1fh0"><title>%s：%s</title></path>`, x, y, html.EscapeString(p.Label), share(p.N, p.Of))
		pen = "L"
	}
	if path.Len() > 0 {
		fmt.Fprintf(&b, `<path class="line" d="%s"/>`, path.String())
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// begin opens a picture, with its title and what it shows in short.
func begin(b *strings.Builder, title string, points []point) {
	span := ""
	if n := len(points); n > 0 {
		span = "，" + points[0].Label + "至" + points[n-1].Label + "，数字见下面的表"
	}
	fmt.Fprintf(b, `<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s" focusable="false">`, wide, high, html.EscapeString(title+span))
}

// chart is a picture with what stands around it.
type chart struct {
	ID, Title string
	Picture   template.HTML
	Points    []point
	Top       string // of the scale
	Rate      bool
}

func newChart(id, title string, points []point, shares bool) chart {
	c := chart{ID: id, Title: title, Points: points, Rate: shares, Top: "100%"}
	if shares {
		c.Picture = line(title, points)
		return c
	}
	top := 0
	for _, p := range points {
		top = max(top, p.N)
	}
	c.Picture, c.Top = bars(title, points), fmt.Sprint(top)
	return c
}

// minuteOf writes a time as links do: a day where it begins there, and else a minute.
func minuteOf(t time.Time) string {
	return strings.TrimSuffix(t.Format("2006-01-02T15:04"), "T00:00")
}
