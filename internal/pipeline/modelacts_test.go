package pipeline

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"huiyin/internal/cases"
)

// Act is one thing that somebody, not always with the right to, does to a case.
func (m *model) Act(t *rapid.T) {
	m.tester = t
	if len(m.folds) == 0 || len(m.chats) == 0 {
		return
	}
	m.note(t)
	a := m.by(rapid.SampledFrom(people).Draw(t, "by"), rapid.SampledFrom(m.numbers()).Draw(t, "case"))
	a.Kind = rapid.SampledFrom(append(acts, cases.Replied, cases.Signed, cases.Signed, cases.Closed)).Draw(t, "kind")
	was := m.folds[a.Case]
	if was.State == cases.Answered && rapid.Bool().Draw(t, "ends") {
		a.Kind = cases.Closed
	}
	if rapid.IntRange(0, 2).Draw(t, "by who may") > 0 { // so that more comes of it
		a.By = was.Officer
		if o := was.Offer; o != nil && rapid.Bool().Draw(t, "or the other") {
			a.By = o.Officer
		}
	}
	if m.chats[a.By] == 0 { // a stranger's phone
		return
	}
	a.Unit = rapid.SampledFrom(m.p.UnitNames()).Draw(t, "unit")
	a.Reason, a.Message = "因为", rapid.Bool().Draw(t, "message")
	switch rapid.IntRange(0, 3).Draw(t, "words") {
	case 0:
		a.Text, a.URL = "请看 https://city.example/1", "https://city.example/1"
	case 1:
		a.Text = "送审：拟答复"
	default:
		a.Text = rapid.SampledFrom([]string{"好了", "同意", "不行"}).Draw(t, "text")
	}
	if rapid.IntRange(0, 3).Draw(t, "late") == 0 {
		a.At = m.now.Add(-time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
	}
	a.Other = rapid.SampledFrom(m.numbers()).Draw(t, "other")
	a.No = rapid.IntRange(0, 4).Draw(t, "no")
	m.acts(t, a)
	m.tapped = append(m.tapped, a)
}

// acts does an act, and sees that it was done or refused with a sentence.
func (m *model) acts(t *rapid.T, a cases.Act) {
	said, err := m.p.Act(a)
	m.ok(err)
	if said == "" {
		t.Fatalf("nothing is said about %+v", a)
	}
	delete(m.blocked, a.By)             // who acts is there
	if strings.HasPrefix(said, "已把第") { // a mention has become a case of its own
		fresh := cases.Number(2026, len(m.mentions)+1)
		id := m.kase(fresh).Post
		m.mentions[fresh] = []string{id}
		m.stories[m.home[id]] = append(m.stories[m.home[id]], told{id, fresh})
	}
}

// Again is an update that Telegram sends once more: nothing comes of it.
func (m *model) Again(t *rapid.T) {
	m.tester = t
	if len(m.tapped) == 0 {
		return
	}
	a := rapid.SampledFrom(m.tapped).Draw(t, "tapped")
	before := m.kase(a.Case).Seq
	said, err := m.p.Act(a)
	if m.ok(err); said != "" || m.kase(a.Case).Seq != before {
		t.Fatalf("%+v was done twice: %s", a, said)
	}
}

// Look has some pages looked at, and finds what pages may be.
func (m *model) Look(t *rapid.T) {
	m.tester = t
	due, err := m.p.Looks()
	m.ok(err)
	for _, l := range due[:rapid.IntRange(0, len(due)).Draw(t, "n")] {
		sight := rapid.SampledFrom([]cases.Sight{
			{SHA256: "aa", Title: "答复"}, {SHA256: "bb", Title: "答复"}, {Unknown: "超时"}, {SHA256: "cc", Change: "原帖被修改"}, {Faults: []string{"标题不符。"}, SHA256: "dd"},
		}).Draw(t, "sight")
		m.ok(m.p.Looked(l, sight))
		m.note(t)
		seq := m.kase(l.Case).Seq
		if sight.Unknown == "" && l.Reply > 0 { // what was told is not told again
			if m.ok(m.p.Looked(l, sight)); m.kase(l.Case).Seq != seq {
				t.Fatalf("%+v was recorded twice", l)
			}
		}
	}
}

// Leave registers leave, or ends it.
func (m *model) Leave(t *rapid.T) {
	m.tester = t
	m.update++
	by, name := rapid.SampledFrom(people).Draw(t, "by"), rapid.SampledFrom(people).Draw(t, "name")
	from, until := m.p.day(m.now.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "from"))), m.p.day(m.now.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "until")))
	if rapid.IntRange(0, 2).Draw(t, "ends") == 0 {
		from = ""
	}
	_, err := m.p.Off(m.update, by, name, from, until)
	m.ok(err)
}

// Turn puts somebody on duty.
func (m *model) Turn(t *rapid.T) {
	m.tester = t
	m.update++
	by, name := rapid.SampledFrom(people).Draw(t, "by"), rapid.SampledFrom(people).Draw(t, "name")
	_, err := m.p.Swap(m.update, by, name, m.p.day(m.now))
	m.ok(err)
}

// Mute silences a topic for an hour.
func (m *model) Mute(t *rapid.T) {
	m.tester = t
	m.ok(m.p.Mute(rapid.SampledFrom([]string{"供水", "险情"}).Draw(t, "topic"), m.now.Add(time.Hour)))
}

// Show asks for a card.
func (m *model) Show(t *rapid.T) {
	m.tester = t
	m.note(t)
	if len(m.folds) == 0 {
		return
	}
	m.update++
	to := at{rapid.SampledFrom(m.numbers()).Draw(t, "case"), rapid.SampledFrom(people).Draw(t, "who")}
	why, err := m.p.Show(m.update, to.who, to.number)
	m.ok(err)
	c := m.folds[to.number]
	if why == "" != (c.Part(to.who) != cases.Former) {
		t.Fatalf("%s asks for %+v: %q", to.who, c, why)
	}
	if why == "" {
		m.rung[to], m.ever[to] = true, true
	}
}

// Wait lets time pass.
func (m *model) Wait(t *rapid.T) {
	m.tester = t
	m.now = m.now.Add(time.Duration(rapid.SampledFrom([]int{1, 11, 31, 180, 600}).Draw(t, "minutes")) * time.Minute)
	m.ok(m.p.Tick())
	m.note(t)
	before := len(m.queue())
	seqs := map[string]int{}
	for _, c := range m.desk.cases() {
		seqs[c.Number] = c.Seq
		if c.Open() {
			m.checkThere(t, c)
		}
	}
	m.ok(m.p.Tick()) // a second look changes nothing
	for _, c := range m.desk.cases() {
		if c.Seq != seqs[c.Number] || len(m.queue()) != before {
			t.Fatalf("nothing happened, and %s has an event more", c.Number)
		}
	}
}
