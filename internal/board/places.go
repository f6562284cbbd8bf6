package board

import (
	"cmp"
	"net/http"
	"slices"

	"huiyin/internal/cases"
)

// mapPage is the open cases by unit and topic.
type mapPage struct {
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
	Unit, Topic   string
	Open, Overdue int
	Heat          int // 0 to 4: how it is shaded; the number says the same
	Link, Late    string
}

func (b *Board) places(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	cells, err := b.Data.Map(r.Context(), cases.Filter{Is: cases.IsOpen, Units: who.scope()}, b.Now())
	if err != nil {
		return nil, err
	}
	units, topics, at := map[string]int{}, map[string]int{}, map[[2]string]cases.Cell{}
	most := 1
	for _, c := range cells {
		units[c.Unit] += c.Open
		topics[c.Topic] += c.Open
		at[[2]string{c.Unit, c.Topic}] = c
		most = max(most, c.Open)
	}
	p := mapPage{Topics: largest(topics)}
	cell := func(unit, topic string, open, overdue int) mapCell {
		f := cases.Filter{Is: cases.IsOpen, Unit: unit, Topic: topic}
		m := mapCell{Unit: unit, Topic: topic, Open: open, Overdue: overdue, Link: "/cases?" + f.Link(b.Zone)}
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
			m := cell(unit, topic, c.Open, c.Overdue)
			if c.Open > 0 {
				m.Heat = 1 + min(3, 4*c.Open/(most+1))
			}
			row.Cells = append(row.Cells, m)
			late += c.Overdue
			s := sums[topic]
			sums[topic] = cases.Cell{Open: s.Open + c.Open, Overdue: s.Overdue + c.Overdue}
		}
		row.All = cell(unit, "", units[unit], late)
		all.Open, all.Overdue = all.Open+units[unit], all.Overdue+late
		p.Rows = append(p.Rows, row)
	}
	for _, topic := range p.Topics {
		p.Sum.Cells = append(p.Sum.Cells, cell("", topic, sums[topic].Open, sums[topic].Overdue))
	}
	p.Sum.All = cell("", "", all.Open, all.Overdue)
	return &view{Template: "map", Title: "在办事项的分布", Here: "/map", Auto: true, Body: p}, nil
}

// largest are the keys of a map, that of the largest value first.
func largest(m map[string]int) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(m[b]-m[a], cmp.Compare(a, b)) })
	return list
}
