package board

import (
	"net/http"
	"strconv"

	"huiyin/internal/cases"
)

// topicsPage is how well the topics do.
type topicsPage struct {
	Days     int
	Span     string
	DayLinks []place
	Rows     []topicRow
	Linked   bool // the reader may see the cases behind the figures
}

// topicRow is a topic with the links to its figures.
type topicRow struct {
	cases.TopicFigures
	Category                       string
	OpenedLink, AnsweredLink, Link string
	Right                          int // judged, and no false alarm
}

func (b *Board) topics(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	now := b.Now()
	p := topicsPage{Days: intOf(r.URL.Query().Get("days"), 90, 30, 365), Linked: who.casework() && (who.Leads || !who.Administers)}
	for _, days := range []int{30, 90, 365} {
		p.DayLinks = append(p.DayLinks, place{"/topics?days=" + strconv.Itoa(days), "近 " + strconv.Itoa(days) + " 天", days == p.Days})
	}
	until := b.evening(now)
	f := cases.Filter{From: until.AddDate(0, 0, -p.Days), Until: until}
	if !who.Leads && !who.Administers {
		f.Units = who.scope()
	}
	p.Span = spanWords(f.From, f.Until, b.Zone, now)
	list, err := b.Data.TopicFigures(r.Context(), f, now)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		row := topicRow{TopicFigures: t, Category: b.categories()[t.Topic], Right: t.Judged - t.FalseAlarms}
		link := func(is cases.Standing) string {
			of := cases.Filter{From: f.From, Until: f.Until, Topic: t.Topic, Is: is}
			return "/cases?" + of.Link(b.Zone)
		}
		if p.Linked {
			row.OpenedLink, row.AnsweredLink, row.Link = link(""), link(cases.IsAnswered), link(cases.IsFalseAlarm)
		}
		p.Rows = append(p.Rows, row)
	}
	return &view{Template: "topics", Title: "专题的准确率", Here: "/topics", Body: p}, nil
}
