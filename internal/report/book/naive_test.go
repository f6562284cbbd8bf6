package book

import (
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/sample"
)

// plain is how a case stands, worked out anew from its events, as simply as it can be said
// and without the folds and the tables that the report is made of.
type plain struct {
	opened             time.Time
	topic, source      string
	first, unit        holder
	late, answered     holder
	passed             []string // units that held it and do not any more
	signed, signedLate bool
	due                time.Time
	owed, dismissed    bool
	replied            bool
	worked             time.Duration
	page, doubtful     bool
	verified           bool
	returned           int
	reopened           int
	rating             string
	took, stood        time.Duration
	pauses, extended   int
	declined, back     int
	rushed             []holder
	byHand             bool
}

type holder struct{ unit, officer string }

// workedBetween is the working time between two instants: day by day, span by span.
func workedBetween(from, until time.Time) (sum time.Duration) {
	cal := sample.Calendar()
	from, until = from.In(sample.Zone()), until.In(sample.Zone())
	for day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, sample.Zone()); day.Before(until); day = day.AddDate(0, 0, 1) {
		if !cal.IsWorkday(day) {
			continue
		}
		for _, hours := range [][2]time.Duration{{9 * time.Hour, 12 * time.Hour}, {13 * time.Hour, 17*time.Hour + 30*time.Minute}} {
			a, b := day.Add(hours[0]), day.Add(hours[1])
			if a.Before(from) {
				a = from
			}
			if b.After(until) {
				b = until
			}
			sum += max(0, b.Sub(a))
		}
	}
	return sum
}

// judge goes through a case's events.
func judge(list []cases.Event, now time.Time) (p plain) {
	var offered string
	var steps []cases.Step
	var paused, since, signed time.Time
	answers, base := 0, 0
	byUnit := map[string]time.Duration{}
	faulty := map[int]bool{}
	looked := map[int]bool{}
	pages := map[int]bool{}
	var held []string
	var offer *holder // by whom, in a rush
	var stops [][2]time.Time
	pass := func(t time.Time) {
		if !p.owed {
			since = t
			return
		}
		if end := t; p.late.unit == "" {
			if !paused.IsZero() {
				end = paused
			}
			if end.After(steps[answers-base].Due) {
				p.late = p.unit
			}
		}
		if paused.IsZero() && t.After(since) {
			byUnit[p.unit.unit] += workedBetween(since, t)
		}
		since = t
	}
	for _, e := range list {
		if e.Kind == cases.Opened {
			since = e.At
		}
		pass(e.At)
		switch e.Kind {
		case cases.Opened:
			p.opened, p.topic, p.source, p.unit = e.At, e.Topic, e.Source, holder{e.Unit, e.Officer}
			p.first, steps, p.owed = p.unit, e.Steps, true
			held = append(held, e.Unit)
			p.byHand = e.By != ""
		case cases.Transferred:
			offered, offer = e.Unit, nil
			// The clock of each of these began when the case was opened; in none that is passed on
			// did time stand before.
			due := steps[answers-base].Due
			if left, all := workedBetween(e.At, due), workedBetween(p.opened, due); 4*left < all && !e.At.After(due) {
				offer = &holder{p.unit.unit, p.unit.officer}
			}
		case cases.Declined:
			offered = ""
			p.declined++
		case cases.Signed:
			if offered != "" && offered == e.Unit {
				p.unit.unit, offered = e.Unit, ""
				if slices.Contains(held, e.Unit) {
					p.back++
				}
				held = append(held, e.Unit)
				if offer != nil && !slices.Contains(p.rushed, *offer) {
					p.rushed = append(p.rushed, *offer)
				}
			}
			p.unit.officer = e.By
		case cases.Paused:
			paused = e.At
			if !p.replied {
				p.pauses++
			}
		case cases.Extended:
			steps = e.Steps
			p.extended++
		case cases.Resumed:
			if !p.replied {
				stops = append(stops, [2]time.Time{paused, e.At})
			}
			paused, steps = time.Time{}, e.Steps
		case cases.Reopened:
			steps, base, p.owed, paused = e.Steps, answers, true, time.Time{}
			p.reopened++
			p.unit.officer = e.Officer
		case cases.Returned:
			p.returned++
		case cases.Replied:
			if !p.replied {
				p.replied, p.answered, p.page, p.worked = true, p.unit, e.URL != "", byUnit[p.unit.unit]
				p.took = e.At.Sub(p.opened)
			}
			answers++
			pages[answers] = e.URL != ""
			p.dismissed = false
			p.owed = answers-base < len(steps)
		case cases.Verified:
			looked[e.Reply], faulty[e.Reply] = true, len(e.Faults) > 0
		case cases.Accepted:
			looked[e.Reply], faulty[e.Reply] = true, false
		case cases.Dismissed:
			p.dismissed, p.owed = true, false
		case cases.Closed:
			p.owed = false
		case cases.Rated:
			p.rating = e.Reason
		}
		if signed.IsZero() && (e.Kind == cases.Signed || e.Kind == cases.Replied || e.Kind == cases.Dismissed) {
			signed = e.At
		}
	}
	pass(now)
	for _, s := range stops {
		p.stood += workedBetween(s[0], s[1])
	}
	p.signed = !signed.IsZero()
	if signed.IsZero() {
		signed = now
	}
	p.signedLate = workedBetween(p.opened, signed) > sample.Within
	p.doubtful = answers > 0 && faulty[answers]
	p.verified = answers > 0 && p.page
	for i := 1; i <= answers; i++ {
		p.verified = p.verified && (!pages[i] || looked[i]) && !faulty[i]
	}
	if p.owed {
		p.due = steps[answers-base].Due
	}
	for _, unit := range held {
		if unit != p.unit.unit && !slices.Contains(p.passed, unit) {
			p.passed = append(p.passed, unit)
		}
	}
	return p
}

// outcome is what the case counts as.
func (p plain) outcome() string {
	switch {
	case p.late.unit != "":
		return "超时"
	case p.dismissed:
		return "无需回应"
	case !p.replied:
		return "未到期"
	case p.doubtful:
		return "未通过核验"
	}
	return "按时"
}

// whose is whose figure the case is.
func (p plain) whose() holder {
	switch {
	case p.late.unit != "":
		return p.late
	case p.replied:
		return p.answered
	}
	return p.unit
}

// percentile is that of sorted numbers as spreadsheets have it.
func percentile(list []time.Duration, share float64) time.Duration {
	slices.Sort(list)
	at := share * float64(len(list)-1)
	low := int(at)
	if low+1 == len(list) {
		return list[low]
	}
	return list[low] + time.Duration((at-float64(low))*float64(list[low+1]-list[low]))
}
