package warehouse

import (
	"time"

	"huiyin/internal/cases"
)

// table is a shipment's rows for one table.
type table struct {
	name, columns string
	time          string // the column of row.at
	rows          []row
}

type row struct {
	id     string
	at     time.Time
	values []any
}

// tables sorts a shipment's records by table, in an order that is always the same.
func tables(s cases.Shipment) []table {
	mentions := table{name: "mentions", time: "seen",
		columns: "id, shipment, case, no, source, title, text, url, published, seen, topics, words, replies, views"}
	events := table{name: "case_events", time: "at",
		columns: "id, shipment, case, seq, kind, at, by, post, source, title, url, topic, unit, officer, mentions, text, reason, " +
			"step_name, step_target, step_due, step_why, via, contact, severity, other, reply, faults, sha256"}
	polls := table{name: "polls", time: "at",
		columns: "id, shipment, source, at, read, new, old, matched, error, gap"}
	posts := table{name: "posts", time: "seen",
		columns: "id, shipment, source, title, text, url, published, seen, topics, replies, views"}
	for _, r := range s.Records {
		switch {
		case r.Mention != nil:
			mentions.rows = append(mentions.rows, mentionRow(s.ID, *r.Mention))
		case r.Event != nil:
			events.rows = append(events.rows, eventRow(s.ID, *r.Event))
		case r.Poll != nil:
			p := *r.Poll
			polls.rows = append(polls.rows, row{p.ID, p.At, []any{
				p.ID, s.ID, p.Source, p.At, uint32(p.Read), uint32(p.New), uint32(p.Old), uint32(p.Matched), p.Error, p.Gap,
			}})
		case r.Post != nil:
			p := *r.Post
			posts.rows = append(posts.rows, row{p.ID, p.Seen, []any{
				p.ID, s.ID, p.Source, p.Title, p.Text, p.URL, known(p.Published), p.Seen, p.Topics, uint32(p.Replies), uint32(p.Views),
			}})
		}
	}
	return []table{mentions, events, polls, posts}
}

// known is nil for a time that nobody knows.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func mentionRow(shipment string, m cases.Mention) row {
	return row{m.ID, m.Seen, []any{
		m.ID, shipment, m.Case, uint32(m.No), m.Source, m.Title, m.Text, m.URL, known(m.Published), m.Seen, m.Topics, m.Words, uint32(m.Replies), uint32(m.Views),
	}}
}

func eventRow(shipment string, e cases.Event) row {
	if e.Faults == nil {
		e.Faults = []string{}
	}
	names, targets, whys, dues := []string{}, []string{}, []string{}, []time.Time{}
	for _, s := range e.Steps {
		names, targets = append(names, s.Name), append(targets, s.Target)
		dues, whys = append(dues, s.Due), append(whys, s.Why)
	}
	return row{e.ID(), e.At, []any{
		e.ID(), shipment, e.Case, uint32(e.Seq), string(e.Kind), e.At, e.By, e.Post, e.Source, e.Title, e.URL, e.Topic,
		e.Unit, e.Officer, uint32(e.Mentions), e.Text, e.Reason, names, targets, dues, whys,
		e.Via, e.Contact, string(e.Severity), e.Other, uint32(e.Reply), e.Faults, e.SHA256,
	}}
}
