package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// look is the first look that is due, at an answer or at a post.
func (d *desk) look() cases.Look {
	d.Helper()
	due, err := d.p.Looks()
	d.ok(err)
	if len(due) == 0 {
		d.Fatalf("nothing is due to be looked at")
	}
	return due[0]
}

// An answer's page is looked at, again and again when nothing can be told; what is wrong
// is told at once, to somebody who is there.
func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		sights []cases.Sight
		after  time.Duration // until the last of them
		faults []string
		gone   bool // who answered has no phone any more
	}{
		"in order":                  {sights: []cases.Sight{{Title: "答复", SHA256: "aa"}}},
		"not in order":              {sights: []cases.Sight{{Title: "别的", SHA256: "aa", Faults: []string{"标题不符。"}}}, faults: []string{"标题不符。"}},
		"not in order, and he left": {sights: []cases.Sight{{Faults: []string{"标题不符。"}}}, faults: []string{"标题不符。"}, gone: true},
		"in order at last":          {sights: []cases.Sight{{Unknown: "超时"}, {Unknown: "超时"}, {SHA256: "aa"}}, after: 6 * time.Minute},
		"never told": {sights: []cases.Sight{{Unknown: "超时"}, {Unknown: "超时"}, {Unknown: "超时"}, {Unknown: "超时"}}, after: 36 * time.Minute,
			faults: []string{"链接打不开：超时。"}},
		"hopeless": {sights: []cases.Sight{{Unknown: "404", Final: true, Faults: []string{"没有这一页。"}}}, faults: []string{"没有这一页。"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := busyDesk(t, "王敏", "李强", "周局")
			n := d.open1(1, "停水").Number
			d.act(cases.Replied, "王敏", n, text("https://city.example/1"), url("https://city.example/1"))
			d.says(n+" 的回应链接正在核验，过几分钟再办结。", cases.Closed, "王敏", n)
			if c.gone {
				d.update++
				_, err := d.p.Unbind(d.update, "周局", "王敏")
				d.ok(err)
			}
			d.drain()
			begun := d.now
			for i, s := range c.sights {
				l := d.look()
				for l.Reply == 0 { // the complaint's own page, which was due as well
					d.ok(d.p.Looked(l, cases.Sight{Unknown: "x", Final: true}))
					l = d.look()
				}
				if l.URL != "https://city.example/1" || l.Reply != 1 || l.Tries != i {
					t.Fatalf("%+v", l)
				}
				d.ok(d.p.Looked(l, s))
				d.ok(d.p.Looked(l, s)) // once more changes nothing, or the plan of the next
				d.restart()
				for len(c.sights) > i+1 {
					if due, err := d.p.Looks(); err != nil || slices.ContainsFunc(due, func(l cases.Look) bool { return l.Reply == 1 }) {
						break
					}
					d.now = d.now.Add(time.Minute)
				}
			}
			if took := d.now.Sub(begun); took != c.after {
				t.Errorf("it took %s, want %s", took, c.after)
			}
			k := d.kase(n)
			if r := k.Replies[0]; !slices.Equal(r.Faults, c.faults) || r.Verified.IsZero() || r.Stands() != (c.faults == nil) {
				t.Errorf("%+v", r)
			}
			var told []string
			for _, p := range d.drain() {
				if strings.HasPrefix(p.Text, "⚠️ "+n+" 的回应没有通过核验："+strings.Join(c.faults, "")) {
					told = append(told, p.To)
				}
			}
			want := []string{"王敏"}
			if c.gone {
				want = []string{"李强"}
			}
			if c.faults == nil {
				want = nil
			}
			if !slices.Equal(told, want) {
				t.Errorf("told are %q, want %q", told, want)
			}
			if c.faults == nil {
				d.says(n+" 已办结。", cases.Closed, "李强", n)
			}
		})
	}
}

// A post's page is kept when it is first seen, and looked at again after an hour, after a
// day, and when the case is answered; what changed stands on the case.
func TestPages(t *testing.T) {
	d := busyDesk(t, "王敏", "周局")
	n := d.open1(1, "停水").Number
	looks := func() int {
		t.Helper()
		due, err := d.p.Looks()
		d.ok(err)
		return len(due)
	}
	see := func(s cases.Sight) {
		t.Helper()
		l := d.look()
		if l.Post != d.kase(n).Post || l.URL != "https://bbs.example/s1" {
			t.Errorf("%+v", l)
		}
		d.ok(d.p.Looked(l, s))
	}
	see(cases.Sight{SHA256: "aa", Page: "p1"})
	if got := d.last(n); got != "存证：原帖网页的文字" || len(rings(d.drain())) != 1 {
		t.Error(got)
	}
	if d.now = d.now.Add(59 * time.Minute); looks() != 0 {
		t.Error("looked at too early")
	}
	d.now = d.now.Add(time.Minute)
	if l := d.look(); l.Before != "p1" {
		t.Errorf("%+v", l)
	}
	see(cases.Sight{Unknown: "超时"})
	if looks() != 0 {
		t.Error("tried again at once")
	}
	d.now = d.now.Add(time.Minute)
	see(cases.Sight{SHA256: "bb", Page: "p2", Change: "原帖被修改"})
	if got := d.last(n); got != "原帖变化：原帖被修改" || d.kase(n).Page != "原帖被修改" {
		t.Error(got)
	}
	if sent := d.drain(); len(sent) != 1 || sent[0].Message == 0 { // an edit
		t.Errorf("%+v", sent)
	}
	if d.now = d.now.Add(23 * time.Hour); looks() != 1 {
		t.Error("not looked at after a day")
	}
	see(cases.Sight{SHA256: "bb", Page: "p2"})
	if d.now = d.now.Add(500 * time.Hour); looks() != 0 {
		t.Error("looked at for good")
	}
	d.act(cases.Replied, "王敏", n, text("好了"))
	if l := d.look(); l.Before != "p2" {
		t.Errorf("%+v", l)
	}
	see(cases.Sight{Change: "原帖已删除", Unknown: "404", Final: true})
	if got := d.last(n); got != "原帖变化：原帖已删除" || looks() != 0 {
		t.Error(got)
	}
}

// A page that could never be read is left alone; of a merged case it is the other's officer
// who must know what changed; of many the answers are looked at first.
func TestPagesOfOthers(t *testing.T) {
	d := busyDesk(t, "王敏", "周局")
	a, b := d.open1(1, "停水").Number, d.open1(2, "停水").Number
	first := d.look()
	d.ok(d.p.Looked(first, cases.Sight{Unknown: "403", Final: true}))
	second := d.look()
	if second.Case == first.Case {
		t.Errorf("%+v", second)
	}
	d.ok(d.p.Looked(second, cases.Sight{SHA256: "aa", Page: "p"}))
	d.act(cases.Merged, "王敏", b, other(a))
	d.now = d.now.Add(time.Hour)
	third := d.look()
	d.ok(d.p.Looked(third, cases.Sight{Change: "原帖已锁定", Page: "q"}))
	if c := d.kase(a); third.Case != b || c.Page != "原帖已锁定" {
		t.Errorf("%+v: %+v", third, c)
	}
	const posts = 40
	for i := range posts {
		d.open1(10+i, "停水")
	}
	d.act(cases.Replied, "王敏", a, url("https://city.example/1"))
	if due, err := d.p.Looks(); err != nil || len(due) <= posts || due[0].Reply != 1 {
		t.Errorf("%d are due, %v", len(due), err)
	}
}
