package sample

import (
	"fmt"
	"strings"
	"time"

	"huiyin/internal/cases"
)

// matter is a case in the making.
type matter struct {
	*town
	c     cases.Case
	unit  Unit
	topic string
	body  string
	last  time.Time
}

// pick chooses a unit: some hear more than others.
func (t *town) pick() int {
	n := t.rand.IntN(100)
	for i, weight := range []int{20, 18, 20, 11, 8, 7, 5, 4, 2, 5} {
		if n -= weight; n < 0 {
			return i
		}
	}
	return 0
}

// tell has a matter told, and its unit deal with it.
func (t *town) tell(told telling) {
	t.numbers++
	m := &matter{town: t, unit: told.unit, topic: told.topic, last: told.at}
	written := t.texts[m.topic][t.rand.IntN(len(t.texts[m.topic]))]
	fill := strings.NewReplacer("{地}", told.place, "{号}", fmt.Sprint(1+t.rand.IntN(30)))
	m.body = fill.Replace(written.body)
	steps, err := cases.Steps(t.cal, "reply", told.at, false)
	if err != nil {
		panic(err)
	}
	from, by := t.source(), ""
	if from.channel == "来访" { // which nobody reads
		by = m.unit.A
	}
	m.add(cases.Event{
		Case: cases.Number(2026, t.numbers), Kind: cases.Opened, At: told.at, By: by, Title: fill.Replace(written.title), Topic: m.topic, Severity: cases.Ordinary,
		Unit: m.unit.Name, Officer: m.unit.A, Steps: steps,
	}, from)
	joined := make([]time.Time, told.posts-1)
	for i := range joined { // most of them soon
		share := t.rand.Float64()
		joined[i] = told.at.Add(time.Duration(share * share * float64(told.within)))
	}
	m.do(joined)
}

// add appends an event, with a mention where it tells of one.
func (m *matter) add(e cases.Event, from source) {
	if e.At.After(Now) {
		return
	}
	e.Case, e.Seq = m.number(e), m.c.Seq+1
	if e.Kind == cases.Opened || e.Kind == cases.Joined {
		m.posts++
		e.Post, e.Source, e.URL = fmt.Sprintf("post-%05d", m.posts), from.name, fmt.Sprintf("https://bbs.example.cn/thread-%d-1-1.html", 10000+m.posts)
		if e.Kind == cases.Joined {
			e.Title = m.c.Title
		}
	}
	if err := m.c.Apply(e); err != nil {
		panic(err)
	}
	m.records = append(m.records, cases.Record{Event: &e})
	if e.Post != "" {
		m.records = append(m.records, cases.Record{Mention: &cases.Mention{
			ID: e.Post, Case: e.Case, No: m.c.Mentions, Source: e.Source, Title: e.Title, Text: m.body, URL: e.URL,
			Published: e.At.Add(-3 * time.Minute), Seen: e.At, Topics: []string{m.topic}, Words: []string{m.topic},
		}})
	}
	m.last = e.At
}

func (m *matter) number(e cases.Event) string {
	if e.Case != "" {
		return e.Case
	}
	return m.c.Number
}

// do is what becomes of a case. Posts that join come in between.
func (m *matter) do(joined []time.Time) {
	at := m.c.Opened.Add(time.Minute)
	add := func(e cases.Event) {
		for len(joined) > 0 { // those told before
			i := first(joined)
			if joined[i].After(e.At) {
				break
			}
			m.join(joined[i])
			joined = append(joined[:i], joined[i+1:]...)
		}
		e.At = later(e.At, m.last)
		m.add(e, source{})
	}
	officer := m.unit.A
	add(cases.Event{Kind: cases.Delivered, At: at, Officer: officer, Mentions: 1})
	at = m.work(at, 4+m.rand.ExpFloat64()*9) // minutes
	if at.After(m.cal.Add(m.c.Opened, Within)) && m.unit.B != "" {
		add(cases.Event{Kind: cases.Called, At: m.cal.Add(m.c.Opened, Within).Add(time.Minute), Officer: m.unit.B, Reason: "没有人签收"})
		if m.chance(0.5) {
			officer = m.unit.B
		}
		at = at.Add(2 * time.Minute)
	}
	if m.chance(0.11) { // no answer is owed
		reason := cases.Reasons[1+m.rand.IntN(len(cases.Reasons)-1)]
		if m.chance(0.55) {
			reason = cases.FalseAlarm
		}
		add(cases.Event{Kind: cases.Dismissed, At: at, By: officer, Reason: reason})
		return
	}
	add(cases.Event{Kind: cases.Signed, At: at, By: officer, Unit: m.unit.Name})
	if m.chance(0.08) {
		officer, at = m.passOn(add, officer, at)
	}
	if m.chance(0.03) {
		add(cases.Event{Kind: cases.Paused, At: m.work(at, 20), By: officer, Reason: cases.PauseReasons[m.rand.IntN(len(cases.PauseReasons))]})
		at = m.work(at, 400)
		if m.c.Paused() != nil {
			add(cases.Event{Kind: cases.Resumed, At: at, By: officer, Steps: m.c.ResumedSteps(m.cal, at)})
		}
	}
	m.answer(add, officer, at)
	for len(joined) > 0 {
		i := first(joined)
		m.join(joined[i])
		joined = append(joined[:i], joined[i+1:]...)
	}
}

// join tells the matter once more; the card follows.
func (m *matter) join(at time.Time) {
	m.add(cases.Event{Kind: cases.Joined, At: later(at, m.last)}, m.source())
	m.add(cases.Event{Kind: cases.Delivered, At: m.last.Add(2 * time.Second), Officer: m.c.Officer, Mentions: m.c.Mentions}, source{})
}

// passOn gives the case to another unit: sometimes at the last moment, to one that does not
// take it, or to one that gives it back.
func (m *matter) passOn(add func(cases.Event), officer string, at time.Time) (string, time.Time) {
	to := Units[m.rand.IntN(len(Units))]
	if to.Name == m.unit.Name {
		return officer, at
	}
	at = m.work(at, 10+m.rand.Float64()*120)
	asked := 5 + m.rand.Float64()*40 // minutes, to sign
	m.passed++
	if m.passed%6 == 3 {
		at = later(at, m.c.Steps[0].Due.Add(-80*time.Minute))
	}
	give := func(by string, to Unit) {
		add(cases.Event{Kind: cases.Transferred, At: at, By: by, Unit: to.Name, Officer: to.A, Reason: "属于" + to.Name + "的职责"})
		at = m.work(at, asked)
	}
	take := func(u Unit) {
		add(cases.Event{Kind: cases.Signed, At: at, By: u.A, Unit: u.Name})
		m.unit = u
	}
	from := m.unit
	if m.passed%6 == 1 {
		not := m.other(from, to)
		give(officer, not)
		add(cases.Event{Kind: cases.Declined, At: at, By: not.A, Unit: not.Name, Reason: "不属于本单位职责"})
	}
	give(officer, to)
	take(to)
	if m.passed%6 == 5 {
		at = m.work(at, asked)
		give(to.A, from)
		take(from)
	}
	return m.unit.A, at
}

// other is a unit besides two.
func (m *matter) other(a, b Unit) Unit {
	for _, u := range Units {
		if u.Name != a.Name && u.Name != b.Name {
			return u
		}
	}
	panic("there are more than two units")
}

// answer is what the unit publishes, and what comes of it.
func (m *matter) answer(add func(cases.Event), officer string, at time.Time) {
	minutes := (60 + m.rand.ExpFloat64()*90) * m.unit.slow
	if m.chance(m.unit.forgets) {
		minutes += 450 + m.rand.Float64()*500
		m.late++
	}
	if m.c.Opened.After(moment("2026-09-28 00:00")) && m.chance(0.15) {
		return // still open
	}
	at = m.work(at, minutes)
	step, owed := m.c.Next()
	if !owed {
		return
	}
	if asked := step.Due.Add(-time.Hour); m.late%8 == 4 && at.After(step.Due) && asked.After(m.last) {
		add(cases.Event{Kind: cases.Extended, At: asked, By: Leaders[0], Reason: cases.ExtendReasons[0], Steps: m.c.ExtendedSteps(m.cal, Leaders[0])})
		if step, owed = m.c.Next(); !owed {
			return
		}
	}
	url, via := fmt.Sprintf("https://www.qinghe.example.cn/reply/%d.html", 5000+m.numbers), "www.qinghe.example.cn"
	text := "网友您好，您反映的问题已转" + m.unit.Name + "核实处理，具体情况已在网站公开。感谢您的关注。"
	byPhone := m.numbers%60 == 25
	if byPhone {
		url, via, text = "", "电话", "已电话答复来电人，说明了办理情况，对方没有别的意见。"
	}
	add(cases.Event{Kind: cases.Replied, At: at, By: officer, URL: url, Text: text, Via: via, Steps: []cases.Step{step}})
	if len(m.c.Replies) == 0 { // not yet
		return
	}
	faults := []string{}
	if m.chance(0.04) && !byPhone {
		faults = []string{"页面上没有找到与事项有关的字句。"}
	}
	if !byPhone {
		add(cases.Event{Kind: cases.Verified, At: at.Add(2 * time.Minute), Reply: 1, Title: "关于" + m.c.Title + "的答复", Faults: faults, SHA256: strings.Repeat("0", 64)})
	}
	if len(faults) > 0 && m.chance(0.5) {
		return
	}
	if len(faults) > 0 {
		add(cases.Event{Kind: cases.Accepted, At: m.work(at, 100), By: "刘建国", Reply: 1, Reason: "内容属实，予以认可"})
	}
	at = m.work(at, 30+m.rand.Float64()*300)
	add(cases.Event{Kind: cases.Closed, At: at, By: officer})
	if m.chance(0.3) {
		add(cases.Event{Kind: cases.Rated, At: m.work(at, 200), By: officer, Reason: []string{"满意", "满意", "满意", "基本满意", "不满意", "联系不上"}[m.rand.IntN(6)]})
	}
	if m.chance(0.03) {
		at = m.work(at, 900)
		steps, err := cases.Steps(m.cal, "reply", at, false)
		if err != nil {
			panic(err)
		}
		add(cases.Event{Kind: cases.Reopened, At: at, Officer: officer, Reason: "群众说没有解决", Steps: steps})
		add(cases.Event{Kind: cases.Signed, At: m.work(at, 9), By: officer, Unit: m.unit.Name})
		add(cases.Event{Kind: cases.Replied, At: m.work(at, 200), By: officer, URL: url + "?2", Text: text, Via: "www.qinghe.example.cn", Steps: steps})
		add(cases.Event{Kind: cases.Closed, At: m.work(at, 320), By: officer})
	}
}

// work is so many minutes of working time later.
func (m *matter) work(at time.Time, minutes float64) time.Time {
	return m.cal.Add(at, time.Duration(minutes*float64(time.Minute)).Truncate(time.Second))
}

// first is the index of the earliest.
func first(list []time.Time) (least int) {
	for i, t := range list {
		if t.Before(list[least]) {
			least = i
		}
	}
	return least
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
