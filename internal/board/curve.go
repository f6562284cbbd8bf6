package board

import (
	"html/template"
	"math"
	"strings"
	"time"

	"huiyin/internal/chart"
)

// maxPoints is how many points a curve has at most.
const maxPoints = 400

// point is one of a curve: a count, or with Of above zero a share of that many.
type point struct {
	Label string // 7月15日, 7月15日至7月21日
	Short string // what stands below the curve
	N, Of int
	Link  string // to what it counts; empty: there is none
}

// curve is a picture with its numbers.
type curve struct {
	ID, Title string
	Picture   template.HTML
	Points    []point
	Rate      bool // shares of a hundred, not counts
}

// newCurve draws points; id is its name within the page.
func newCurve(id, title string, points []point, shares bool) curve {
	c := curve{ID: id, Title: title, Points: points, Rate: shares}
	line := chart.Line{Title: title + "，数字在下面的表里"}
	series := chart.Series{}
	for _, p := range points {
		v := float64(p.N)
		if shares {
			v = math.NaN()
			if p.Of > 0 {
				v = math.Floor(100 * float64(p.N) / float64(p.Of))
			}
		}
		line.Labels, series.Values = append(line.Labels, p.Short), append(series.Values, v)
	}
	if shares {
		line.Unit, line.Top = "%", 100
	}
	line.Series = []chart.Series{series}
	c.Picture = line.SVG()
	return c
}

// minuteOf writes a time as links do: a day where it begins there, and else a minute.
func minuteOf(t time.Time) string {
	return strings.TrimSuffix(t.Format("2006-01-02T15:04"), "T00:00")
}
