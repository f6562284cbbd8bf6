package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// lives makes the events of cases.
type lives struct {
	set
	cal    *workday.Calendar
	number func(int) string
}

func newLives(s set) (*lives, error) {
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:30-17:30"})
	if err != nil {
		return nil, err
	}
	cal, err := workday.New(zone, hours)
	if err != nil {
		return nil, err
	}
	return &lives{set: s, cal: cal, number: s.numbers()}, nil
}

// rules are by which the cases are summed up.
func (l *lives) rules() cases.Rules {
	return cases.Rules{Calendar: func(string) *workday.Calendar { return l.cal }, Within: 30 * time.Minute, Major: 10 * time.Minute}
}

// life is a case in the making.
type life struct {
	*lives
	*rand.Rand
	number string
	unit   int
	events []cases.Event
}

// add appends an event, unless it comes after the end of the set: then it did not happen.
func (l *life) add(e cases.Event) {
	if e.At.Before(ends) && len(l.events) == l.events[len(l.events)-1].Seq {
		e.Case, e.Seq = l.number, len(l.events)+1
		l.events = append(l.events, e)
	}
}

// of is the i-th case: about seven events. Nearly all are answered in time.
func (l *lives) of(i int) ([]cases.Event, error) {
	at, t := l.when(i, l.Cases), topics[topicOf(i)]
	c := &life{lives: l, Rand: rand.New(rand.NewPCG(1, uint64(i))), number: l.number(i), unit: skew(mixed(i), units)}
	steps, err := cases.Steps(l.cal, t.ladder, at, t.ladder == "written")
	if err != nil {
		return nil, err
	}
	source := c.IntN(l.Sources)
	c.events = []cases.Event{{
		Case: c.number, Seq: 1, Kind: cases.Opened, At: at, Post: fmt.Sprintf("%032x", i), Source: sourceName(source),
		Title: fmt.Sprintf("%s第%d号%s", t.name, c.IntN(500), t.words[c.IntN(3)]), URL: fmt.Sprintf("https://bbs%d.example.cn/thread-%d-1-1.html", source, i),
		Topic: t.name, Severity: severity(t.ladder), Unit: unit(c.unit), Officer: officer(c.unit, i), Steps: steps,
	}}
	c.add(cases.Event{Kind: cases.Delivered, At: at.Add(2 * time.Second), Officer: officer(c.unit, i), Mentions: 1})
	c.course(at, i, steps)
	return c.events, nil
}

func severity(ladder string) cases.Severity {
	if ladder == "major" {
		return cases.Major
	}
	return cases.Ordinary
}

// course is what is done with a case after it was opened.
func (l *life) course(at time.Time, i int, steps []cases.Step) {
	who := officer(l.unit, i)
	at = l.cal.Add(at, l.some(12*time.Minute))
	fate := l.IntN(100)
	switch {
	case fate < 2 && at.After(ends.AddDate(0, 0, -20)): // nobody does anything
		return
	case fate < 2: // in the end somebody did
		fate = 95
	}
	l.add(cases.Event{Kind: cases.Signed, At: at, By: who, Unit: unit(l.unit), Via: "手机"})
	if fate < 12 {
		reason := cases.FalseAlarm
		if fate < 6 {
			reason = "重复"
		}
		l.add(cases.Event{Kind: cases.Dismissed, At: at.Add(time.Minute), By: who, Reason: reason})
		return
	}
	if l.IntN(3) == 0 {
		l.add(cases.Event{Kind: cases.Joined, At: at.Add(time.Minute), Post: fmt.Sprintf("%031xj", i), Source: sourceName(l.IntN(l.Sources)), Title: "又有人说"})
		l.add(cases.Event{Kind: cases.Delivered, At: at.Add(time.Minute + time.Second), Officer: who, Mentions: 2})
	}
	if fate < 20 { // it is another unit's
		at = l.cal.Add(at, l.some(20*time.Minute))
		other := l.unit + 1 + l.IntN(units-1)
		l.add(cases.Event{Kind: cases.Transferred, At: at, By: who, Unit: unit(other), Officer: officer(other, i), Reason: "不属本单位"})
		l.unit, who = other, officer(other, i)
		at = l.cal.Add(at, l.some(20*time.Minute))
		l.add(cases.Event{Kind: cases.Signed, At: at, By: who, Unit: unit(l.unit), Via: "手机"})
	}
	for k := range steps {
		at = l.cal.Add(at, l.some(2*time.Hour))
		if fate > 91 { // late
			at = steps[k].Due.Add(l.some(6 * time.Hour))
		}
		l.answer(at, who, steps[k], k)
	}
	if fate == 90 {
		return
	}
	at = l.cal.Add(at, l.some(8*time.Hour))
	l.add(cases.Event{Kind: cases.Closed, At: at, By: who})
	if l.IntN(3) == 0 {
		l.add(cases.Event{Kind: cases.Rated, At: at.Add(time.Hour), By: who, Reason: []string{"满意", "满意", "基本满意", "不满意", "联系不上"}[l.IntN(5)]})
	}
	if l.IntN(100) == 0 {
		at = l.cal.Add(at, l.some(20*time.Hour))
		again, _ := cases.Steps(l.cal, "reply", at, false) // a ladder that there is
		l.add(cases.Event{Kind: cases.Reopened, At: at, By: who, Officer: who, Steps: again, Reason: "群众又来反映"})
		at = l.cal.Add(at, l.some(2*time.Hour))
		l.answer(at, who, again[0], len(steps))
		l.add(cases.Event{Kind: cases.Closed, At: l.cal.Add(at, l.some(8*time.Hour)), By: who})
	}
}

// answer is the k-th answer, and how its page was found.
func (l *life) answer(at time.Time, who string, step cases.Step, k int) {
	text := "您好，您反映的情况已经转有关人员到现场查看，问题已经解决，感谢您对我们工作的关心和监督，如有问题请再联系。"
	l.add(cases.Event{Kind: cases.Replied, At: at, By: who, Via: "www.example.cn", Text: text, Steps: []cases.Step{step},
		URL: fmt.Sprintf("https://www.example.cn/reply/%s-%d.html", l.number, k)})
	e := cases.Event{Kind: cases.Verified, At: at.Add(20 * time.Second), Reply: k + 1, SHA256: fmt.Sprintf("%064x", l.Uint64())}
	if l.IntN(50) == 0 {
		e.Faults = []string{"打不开。"}
	}
	l.add(e)
}

// some is a time of this mean, often shorter and seldom much longer.
func (l *life) some(mean time.Duration) time.Duration {
	return time.Duration(l.ExpFloat64() * float64(mean)).Round(time.Millisecond)
}
