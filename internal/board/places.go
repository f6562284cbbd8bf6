package board

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"huiyin/internal/cases"
)

// mapPage is the open cases, or those of a span of days, by unit and topic.
type mapPage struct {
	Spans  []place
	Told   string // which cases
	Open   bool   // those that are open
	Topics []string
	Rows   []mapRow
	Sum    mapRow // of all units
}

// mapRow is a unit's line; its cells are in the order of the topics.
type mapRow struct {
	Unit  string
	All   mapCell
	Cells []mapCell
}

// mapCell is what a unit has open on a topic, and the links to it.
type mapCell struct {
	cases.Cell
	Heat       int // 0 to 4: how it is shaded; the number says the same
	Link, Late string
}

// spanOf are the cases that the map shows: those open now, or those opened in the last days
// or in this quarter.
func (b *Board) spanOf(chosen string, now time.Time) (f cases.Filter, spans []place) {
	until := b.evening(now)
	y, m, _ := now.In(b.Zone).Date()
	f.Is = cases.IsOpen
	for _, s := range []struct {
		key, name string
		from      time.Time
	}{
		{"", "现在在办", time.Time{}}, {"7", "近 7 天", until.AddDate(0, 0, -7)}, {"30", "近 30 天", until.AddDate(0, 0, -30)},
		{"quarter", "本季度", time.Date(y, m-(m-1)%3, 1, 0, 0, 0, 0, b.Zone)},
	} {
		link := "/map"
		if s.key != "" {
			link += "?span=" + s.key
		}
		spans = append(spans, place{Path: link, Name: s.name, Here: s.key == chosen})
		if s.key != "" && s.key == chosen {
			f = cases.Filter{From: s.from, Until: until}
		}
	}
	spans[0].Here = f.Is == cases.IsOpen
	return f, spans
}

func (b *Board) places(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	now := b.Now()
	chosen, spans := b.spanOf(r.URL.Query().Get("span"), now)
	of := chosen
	of.Units = who.scope()
	cells, err := b.Data.Map(r.Context(), of, now)
	if err != nil {
		return nil, err
	}
	units, topics, at := map[string]int{}, map[string]int{}, map[[2]string]cases.Cell{}
	most := 1
	for _, c := range cells {
		units[c.Unit] += c.Cases
		topics[c.Topic] += c.Cases
		at[[2]string{c.Unit, c.Topic}] = c
		most = max(most, c.Cases)
	}
	p := mapPage{Spans: spans, Told: inWords(chosen, b.Zone, now), Open: chosen.Is == cases.IsOpen, Topics: largest(topics)}
	cell := func(unit, topic string, n, overdue int) mapCell {
		f := chosen
		f.Unit, f.Topic = unit, topic
		m := mapCell{Cell: cases.Cell{Unit: unit, Topic: topic, Cases: n, Overdue: overdue}, Link: "/cases?" + f.Link(b.Zone)}
		f.Is = cases.IsOverdue
		m.Late = "/cases?" + f.Link(b.Zone)
		return m
	}
	p.Sum = mapRow{Unit: "合计"}
	sums := map[string]cases.Cell{}
	var all cases.Cell
	for _, unit := range largest(units) {
		row := mapRow{Unit: unit}
		late := 0
		for _, topic := range p.Topics {
			c := at[[2]string{unit, topic}]
			m := cell(unit, topic, c.Cases, c.Overdue)
			if c.Cases > 0 {
				m.Heat = 1 + min(3, 4*c.Cases/(most+1))
			}
			row.Cells = append(row.Cells, m)
			late += c.Overdue
			s := sums[topic]
			sums[topic] = cases.Cell{Cases: s.Cases + c.Cases, Overdue: s.Overdue + c.Overdue}
		}
		row.All = cell(unit, "", units[unit], late)
		all.Cases, all.Overdue = all.Cases+units[unit], all.Overdue+late
		p.Rows = append(p.Rows, row)
	}
	for _, topic := range p.Topics {
		p.Sum.Cells = append(p.Sum.Cells, cell("", topic, sums[topic].Cases, sums[topic].Overdue))
	}
	p.Sum.All = cell("", "", all.Cases, all.Overdue)
	return &view{Template: "map", Title: "分布", Here: "/map", Auto: true, Body: p}, nil
}

// largest are the keys of a map, that of the largest value first.
func largest(m map[string]int) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(m[b]-m[a], cmp.Compare(a, b)) })
	return list
}
