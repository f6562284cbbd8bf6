package board

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// How much of a long case is shown: the first and the last of its events, and its last
// posts; all posts are a link away.
const (
	firstEvents = 40
	lastEvents  = 160
	maxPosts    = 50
)

// casePage is a case with all that happened to it.
type casePage struct {
	Case    *cases.Case
	Fact    cases.Fact
	Steps   []step
	Replies []reply
	Turns   []cases.Turn
	Worked  time.Duration // of all turns
	Events  []happening
	Left    int // events in the middle that are left out
	LeftAt  int // after how many lines
	Posts   []telling
	Told    int    // posts, those of merged cases included
	All     string // link to all posts
	Merged  []string
}

// happening is a line of a case's history: an event, or several posts that joined, and were
// delivered, one after the other.
type happening struct {
	cases.Event
	N    int           // how many posts; 0: it is one event
	Row  []cases.Event // what happened one after the other, the first of it
	Left int           // how much of it is left out
	Days string
}

// happenings are the lines of a history.
func (b *Board) happenings(events []cases.Event, now time.Time) (list []happening) {
	for at := 0; at < len(events); {
		one, end, joined := happening{Event: events[at]}, at, 0
		for end < len(events) && (events[end].Kind == cases.Joined || joined > 0 && events[end].Kind == cases.Delivered) {
			if events[end].Kind == cases.Joined {
				joined++
			}
			end++
		}
		if joined > 1 {
			one.N, one.Row = joined, events[at:min(end, at+lastEvents)]
			one.Left = end - at - len(one.Row)
			one.Days = spanWords(b.midnight(events[at].At.In(b.Zone)), b.evening(events[end-1].At), b.Zone, now)
		} else {
			end = at + 1
		}
		list, at = append(list, one), end
	}
	return list
}

// step is one that is owed or was met.
type step struct {
	cases.Step
	Met  time.Time // zero: it is not
	Late bool
	Left string // how much time there is; empty: it is not owed now
}

// reply is an answer, numbered from 1.
type reply struct {
	cases.Reply
	No     int
	State  string
	Doubts []string
}

// telling is a post that tells a case.
type telling struct {
	cases.Mention
	Marks []string // what is marked in it
	Gone  string   // the case that it was split off to; empty: it is here
}

// find returns a case that the reader may see, or ErrNone: there is none, or it is
// others'. Both are told in the same words.
func (b *Board) find(ctx context.Context, written string, who Reader) (cases.Fact, error) {
	n, ok := number(written)
	if !ok {
		return cases.Fact{}, ErrNone
	}
	f, ok, err := b.Data.Fact(ctx, n, who.scope())
	if err == nil && !ok {
		err = ErrNone
	}
	return f, err
}

func (b *Board) oneCase(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	ctx, now := r.Context(), b.Now()
	fact, err := b.find(ctx, r.PathValue("number"), who)
	if err != nil {
		return nil, err
	}
	events, err := b.Data.History(ctx, fact.Case)
	if err != nil {
		return nil, err
	}
	c, err := cases.Fold(events)
	if err != nil {
		return nil, err
	}
	p := casePage{Case: &c, Fact: fact, Events: b.happenings(events, now), All: "/search?case=" + fact.Case}
	if p.Merged, err = b.Data.Merged(ctx, fact.Case); err != nil {
		return nil, err
	}
	list, _, _, err := b.Data.Mentions(ctx, cases.MentionFilter{Cases: append([]string{fact.Case}, p.Merged...), Limit: maxPosts})
	if err != nil {
		return nil, err
	}
	p.Posts, p.Told = tellings(list, events), c.Told()
	slices.Reverse(p.Posts)
	p.Steps, p.Replies = b.stepsOf(c, now), repliesOf(c)
	p.Turns = b.held(&c, slices.Clone(fact.Turns), events[len(events)-1].At, now)
	for _, t := range p.Turns {
		p.Worked += t.Worked
	}
	if n := len(p.Events) - lastEvents; n > firstEvents {
		for _, e := range p.Events[firstEvents:n] {
			p.Left += max(1, len(e.Row)+e.Left)
		}
		p.LeftAt = firstEvents
		p.Events = slices.Delete(p.Events, firstEvents, n)
	}
	return &view{Template: "case", Title: fact.Case + " " + post.Cut(cmp.Or(fact.Title, "（没有标题）"), 120), Here: "/cases", Auto: true, Body: p}, nil
}

// held are the turns of a case up to now: a sum goes up to the last event.
func (b *Board) held(c *cases.Case, turns []cases.Turn, last, now time.Time) []cases.Turn {
	if b.Calendar == nil || !c.Open() || c.Paused() != nil {
		return turns
	}
	for i := range turns {
		if t := &turns[i]; t.Unit == c.Unit && t.Officer == c.Officer {
			t.Worked += b.Calendar(c.Unit).Between(last, now)
			return turns
		}
	}
	return append(turns, cases.Turn{Unit: c.Unit, Officer: c.Officer, Worked: b.Calendar(c.Unit).Between(last, now)})
}

// tellings are mentions with where those are that were split off.
func tellings(list []cases.Mention, events []cases.Event) (all []telling) {
	away := map[string]string{}
	for _, e := range events {
		if e.Kind == cases.Split {
			away[e.Post] = e.Other
		}
	}
	for _, m := range list {
		all = append(all, telling{Mention: m, Marks: m.Words, Gone: away[m.ID]})
	}
	return all
}

// stepsOf are the steps of a case: those that are met with when they were.
func (b *Board) stepsOf(c cases.Case, now time.Time) (list []step) {
	for i, s := range c.Steps {
		one := step{Step: s}
		if at := c.Base + i; at < len(c.Replies) {
			one.Met = c.Replies[at].At
			one.Late = one.Met.After(s.Due)
		} else if i == c.Met() && c.Open() {
			one.Late, one.Left = c.Overdue(now), b.left(c, s, now)
		}
		list = append(list, one)
	}
	return list
}

// left tells how much time there is for a step, as its target counts it.
func (b *Board) left(c cases.Case, s cases.Step, now time.Time) string {
	switch {
	case c.Overdue(now):
		return "已超 " + workday.FormatPlain(now.Sub(s.Due))
	case c.Paused() != nil:
		return "停时中（" + c.Paused().Reason + "）"
	}
	if t, err := workday.ParseTarget(s.Target); err == nil && t.Unit == workday.PlainHours || b.Calendar == nil {
		return "还剩 " + workday.FormatPlain(s.Due.Sub(now))
	}
	return "还剩 " + workday.FormatDuration(b.Calendar(c.Unit).Between(now, s.Due).Truncate(time.Minute)) + "（工作时间）"
}

func repliesOf(c cases.Case) (list []reply) {
	for i, r := range c.Replies {
		one := reply{Reply: r, No: i + 1, Doubts: r.Faults}
		switch {
		case r.Accepted != "":
			one.State = "领导认可：" + r.Accepted
		case len(r.Faults) > 0:
			one.State = "✗ 没有通过核验"
		case r.URL == "":
			one.State = "没有网页，不用核验"
		case r.Verified.IsZero():
			one.State = "正在核验"
		default:
			one.State = "✓ 已核验"
		}
		list = append(list, one)
	}
	return list
}
