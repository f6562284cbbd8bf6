package pipeline

import (
	"strings"
	"testing"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// Unless all may leave the house no message holds a word of a post, a page, a reason or a
// contact.
func TestDisclosure(t *testing.T) {
	for level, discreet := range map[cases.Level]bool{cases.Full: false, cases.Brief: true, cases.Link: true} {
		t.Run(string(level), func(t *testing.T) {
			d := busyDesk(t, "王敏", "李强", "赵刚", "周局")
			d.office.Own = []string{"本单位网站"}
			d.office.Disclose = cases.Disclosure{Level: level, Board: "https://board.example"}
			d.restart()
			d.ok(d.p.Register(cases.Letter{Update: 900, By: "王敏", Channel: "来电", Title: "停水的秘密", Text: telling(1, "停水"), Contact: "13812345678"}))
			n := "2026-000001"
			own := post.Post{ID: post.IDOf("本单位网站", "a"), Key: "a", Source: "本单位网站", Title: "关于停水的秘密的答复", Text: "答复 " + n, URL: "https://own.example/a", Seen: d.now, Published: d.now}
			d.ok(d.p.Ingest(t.Context(), post.Batch{Source: own.Source, At: d.now, Read: 1, Posts: []post.Post{own}}))
			var said []string
			act := func(kind cases.Kind, by string, change ...func(*cases.Act)) {
				a := d.by(by, n)
				a.Kind = kind
				for _, f := range change {
					f(&a)
				}
				s, err := d.p.Act(a)
				d.ok(err)
				said = append(said, s)
			}
			act(cases.Signed, "王敏")
			act(cases.Enlisted, "王敏", unit("住建局"))
			act(cases.Replied, "赵刚", text("协办的秘密"))
			act(cases.Paused, "王敏", reason("停时的秘密"))
			act(cases.Resumed, "王敏")
			act(cases.Extended, "周局", reason("延期的秘密"))
			act(cases.Kept, "王敏", func(a *cases.Act) { a.Title = "文件的秘密" })
			act(cases.Replied, "王敏", func(a *cases.Act) { a.URL = "https://own.example/a" })
			d.ok(d.p.Looked(cases.Look{Case: n, URL: "https://own.example/a", Reply: 1, At: d.now}, cases.Sight{Title: "网页的秘密", Faults: []string{"标题是网页的秘密。"}}))
			act(cases.Accepted, "周局", reason("认可的秘密"))
			act(cases.Closed, "王敏")
			for _, o := range d.queue() {
				said = append(said, o.Text)
			}
			all := strings.Join(said, "\n")
			for _, secret := range []string{"停水的秘密", "协办的秘密", "停时的秘密", "延期的秘密", "文件的秘密", "网页的秘密", "138******78", "own.example"} {
				if strings.Contains(all, secret) == discreet {
					t.Errorf("%q: %t in\n%s", secret, discreet, all)
				}
			}
			for _, want := range []string{"像是对 " + n + " 的回应", "协办已有答复", "没有通过核验：原因不在这里写", "联系方式请问登记的人", "https://board.example/case/" + n} {
				if discreet && !strings.Contains(all, want) {
					t.Errorf("no %q in\n%s", want, all)
				}
			}
		})
	}
}
