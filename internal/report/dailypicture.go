package report

import (
	"fmt"
	"slices"

	"huiyin/internal/cases"
	"huiyin/internal/chart"
)

// Days is how many days the trend of a digest has.
const Days = 14

// Picture is the digest's one, drawn to be sent beside the text; false when there is
// nothing to draw. It has figures and the names of units, and of links only figures.
func (d Daily) Picture() (chart.Daily, bool) {
	if d.Figures == nil || len(d.Figures.Days) == 0 {
		return chart.Daily{}, false
	}
	p := chart.Daily{Title: d.Agency, Subtitle: d.span()}
	if !d.leader() && d.Disclose.Level != cases.Link {
		p.Title = unitNames(d.Units)
	}
	said := len(d.Owed)
	for _, day := range d.Figures.Days {
		p.Days = append(p.Days, chart.Day{
			Label: day.From.In(d.Calendar.Location()).Format("1月2日"), Mentions: day.Mentions, Opened: day.Opened, OnTime: day.InTime, Answered: day.Answered,
		})
		said += day.Mentions + day.Opened + day.Answered
	}
	if said == 0 {
		return chart.Daily{}, false
	}
	for _, u := range shown(d.Disclose, d.units()) {
		unit := chart.Unit{Name: u.name, Open: u.open, Overdue: u.overdue, Opened: u.span.Opened, OnTimePercent: -1}
		if u.trend.Answered >= few {
			unit.OnTimePercent = rounded(u.trend.InTime, u.trend.Answered)
		}
		p.Units = append(p.Units, unit)
	}
	return p, true
}

// Caption is the line under the picture.
func (d Daily) Caption() string {
	return fmt.Sprintf("截至 %s，近 %d 天的走势和按时率", d.Now.In(d.Calendar.Location()).Format("01-02 15:04"), Days)
}

// unitNames names one or two units, and of more the first.
func unitNames(units []string) string {
	if len(units) > 2 {
		return fmt.Sprintf("%s 等 %d 个单位", units[0], len(units))
	}
	if len(units) == 2 {
		return units[0] + "、" + units[1]
	}
	return units[0]
}

// unit is what a digest tells of one unit.
type unit struct {
	name          string
	open, overdue int
	span, trend   cases.Counts
}

// units are those of which there is something to tell, the most overdue first.
func (d Daily) units() (list []unit) {
	at := func(name string) *unit {
		i := slices.IndexFunc(list, func(u unit) bool { return u.name == name })
		if i < 0 {
			i, list = len(list), append(list, unit{name: name})
		}
		return &list[i]
	}
	if d.Figures != nil {
		for _, u := range d.Figures.Units {
			one := at(u.Unit)
			one.span, one.trend = u.Span, u.Trend
		}
	}
	for _, o := range d.Owed {
		one := at(o.Unit)
		if one.open++; o.Overdue {
			one.overdue++
		}
	}
	slices.SortStableFunc(list, func(a, b unit) int {
		if a.overdue != b.overdue {
			return b.overdue - a.overdue
		}
		return b.open - a.open
	})
	return list
}
