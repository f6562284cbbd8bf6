package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// mailbox is the source of the letters in these tests.
const mailbox = "市长信箱"

func (d *desk) receive(letters ...cases.Letter) []cases.Receipt {
	d.Helper()
	receipts, err := d.p.Receive(context.Background(), mailbox, letters)
	d.ok(err)
	if len(receipts) != len(letters) {
		d.Fatalf("%d receipts for %d letters", len(receipts), len(letters))
	}
	return receipts
}

// letter is one that tells a story; two with the same key are the same letter.
func letter(key string, story int, word string) cases.Letter {
	return cases.Letter{Key: key, Text: telling(story, word)}
}

// A letter that was handed on is a case, of its topic's unit, of the unit that it names, or of
// its mailbox's, without what would tell who wrote; once, however often it comes.
func TestReceive(t *testing.T) {
	for name, c := range map[string]struct {
		letter              cases.Letter
		topic, unit, masked string
	}{
		"with a topic":            {cases.Letter{Text: telling(1, "停水"), Name: "王五", Contact: "13812345678"}, "供水", "供水公司", "王… 138******78"},
		"without":                 {cases.Letter{Text: telling(1, "别的事"), Name: "欧阳小明", Contact: "a@b.cn"}, ByHand, "城管局", "欧… a…"},
		"assigned":                {cases.Letter{Text: telling(1, "停水"), Unit: "住建局", Name: "王五"}, "供水", "住建局", ""},
		"assigned to nobody":      {cases.Letter{Text: telling(1, "停水"), Unit: "没有这个局"}, "供水", "供水公司", ""},
		"assigned, no topic":      {cases.Letter{Title: "别的事", Unit: "住建局"}, ByHand, "住建局", ""},
		"about who wrote":         {cases.Letter{Text: telling(1, "别的事"), Name: "停水"}, ByHand, "城管局", ""},
		"written long before":     {cases.Letter{Text: telling(1, "停水"), Written: monday.AddDate(-1, 0, 0)}, "供水", "供水公司", ""},
		"grave whatever it is on": {cases.Letter{Text: telling(1, "别的事，有伤亡")}, ByHand, "城管局", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := busyDesk(t, "王敏", "赵刚", "孙丽")
			d.office.Inboxes = map[string]string{mailbox: "城管局"}
			d.restart()
			l := c.letter
			l.Key, l.Title, l.Channel = "GD20261123001", "来信13912345678 "+l.Title, "热线13712345678"
			l.URL = "https://www.example.gov.cn/letters/1"
			if got := d.receive(l); got[0] != (cases.Receipt{Case: "2026-000001"}) {
				t.Errorf("%+v", got)
			}
			before := d.dump()
			for _, again := range []cases.Letter{l, {Key: l.Key, Text: "与上次不同"}} {
				if got := d.receive(again); got[0] != (cases.Receipt{Case: "2026-000001", Known: true}) {
					t.Errorf("%+v", got)
				}
			}
			if diff := cmp.Diff(before, d.dump()); diff != "" {
				t.Error(diff)
			}
			for k, v := range before {
				for _, number := range []string{"13912345678", "13812345678", "13712345678", "王五", "欧阳"} {
					if strings.Contains(k+v, number) {
						t.Errorf("%q holds %s", k, number)
					}
				}
			}
			k := d.kase("2026-000001")
			if k.Topic != c.topic || k.Unit != c.unit || k.Contact != c.masked || k.Sources[0].Source != mailbox || k.URL != l.URL || !k.Open() {
				t.Errorf("%+v", k)
			}
			if grave := strings.Contains(l.Text, "伤亡"); grave != (k.Severity == cases.Major) {
				t.Errorf("it is %s", k.Severity)
			}
			if line := d.events(k.Number)[0].Line(); !strings.HasPrefix(line, "登记（热线137******78）：") {
				t.Error(line)
			}
			if q := d.queued(); !slices.Contains(q, k.Officer+" 2026-000001!") {
				t.Errorf("%q", q)
			}
		})
	}
}

// A letter joins the case of a post, and of another letter, also in the same batch; what was
// found to need no answer needs one then; and it counts as what is read does.
func TestReceiveJoins(t *testing.T) {
	d := busyDesk(t, "王敏")
	n := d.open1(1, "停水").Number
	d.act(cases.Dismissed, "王敏", n, reason(cases.FalseAlarm))
	d.drain()
	d.ship()
	l := letter("1", 1, "停水")
	l.Contact, l.Channel = "13812345678", "来信"
	got := d.receive(l, letter("2", 2, "停水"), letter("3", 2, "停水"), letter("2", 2, "停水"), cases.Letter{Key: "4"}, cases.Letter{Text: "没有编号"})
	none := "没有编号，或者标题和内容都是空的"
	want := []cases.Receipt{
		{Case: n, Joined: true}, {Case: "2026-000002"}, {Case: "2026-000002", Joined: true}, {Case: "2026-000002", Known: true},
		{Refused: none}, {Refused: none},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	c := d.kase(n)
	if c.State != cases.Registered || c.Contact != "138******78" || !slices.Contains(rings(d.drain()), "王敏 "+n) {
		t.Errorf("%+v", c)
	}
	if events := d.events(n); events[3].Line() != "并入（来信）：市长信箱也有一帖" || events[4].Kind != cases.Reopened {
		t.Errorf("%v", events)
	}
	polls := 0
	for _, r := range d.ship() {
		if r.Poll != nil {
			polls++
			if p := *r.Poll; p.Source != mailbox || p.Read != 6 || p.New != 3 || p.Matched != 3 || p.ID == "" {
				t.Errorf("%+v", p)
			}
		}
	}
	if polls != 1 {
		t.Errorf("%d readings were counted", polls)
	}
}

// A letter that is asked for again is found where it went: merged into another case, split off
// from one, and when its case is no longer held.
func TestReceiptFollows(t *testing.T) {
	d := busyDesk(t, "王敏", "周局")
	d.receive(letter("1", 1, "停水"), letter("2", 1, "停水"), letter("3", 2, "停水"))
	where := func(key string) string {
		t.Helper()
		r := d.receive(cases.Letter{Key: key, Text: "x"})[0]
		if !r.Known {
			t.Errorf("%+v", r)
		}
		return r.Case
	}
	d.says("已把第 2 帖从 2026-000001 拆出，新编号 2026-000003。", cases.Split, "王敏", "2026-000001")
	if got := where("2"); got != "2026-000003" {
		t.Error(got)
	}
	d.act(cases.Merged, "王敏", "2026-000002", other("2026-000001"))
	if got := where("3"); got != "2026-000001" {
		t.Error(got)
	}
	d.act(cases.Dismissed, "王敏", "2026-000003", reason(cases.FalseAlarm))
	d.now = d.now.Add(journal.KeepOver + time.Hour)
	d.ok(d.p.Prune())
	if got := where("2"); got != "2026-000003" {
		t.Error(got)
	}
	d.now = d.now.Add(journal.KeepSeen + 24*time.Hour)
	d.ok(d.p.Prune())
	if r := d.receive(letter("2", 9, "停水"))[0]; r.Known {
		t.Errorf("%+v", r)
	}
}

// A batch that fails leaves nothing, of those before it everything; then all of it may come
// again.
func TestReceiveFails(t *testing.T) {
	d := newDesk(t)
	var letters []cases.Letter
	for i := range 2*letterBatch + 1 {
		letters = append(letters, letter(fmt.Sprint(i), i, "停水"))
	}
	letters[letterBatch+7].Written = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) // no JSON
	got, err := d.p.Receive(t.Context(), mailbox, letters)
	if err == nil || len(got) != letterBatch || len(d.cases()) != letterBatch {
		t.Fatalf("%d receipts, %d cases, %v", len(got), len(d.cases()), err)
	}
	for i := range 7 { // nothing is taken for a story that was not kept
		story := letterBatch + i
		if r := d.receive(letter(fmt.Sprint("a", i), story, "停水"), letter(fmt.Sprint("b", i), story, "停水")); r[0].Joined || !r[1].Joined {
			t.Errorf("%+v", r)
		}
	}
	letters[letterBatch+7].Written = time.Time{}
	known, joined := 0, 0
	for _, r := range d.receive(letters...) {
		if r.Known {
			known++
		}
		if r.Joined {
			joined++
		}
	}
	if known != letterBatch || joined != 7 || len(d.cases()) != len(letters) {
		t.Errorf("%d known, %d joined, %d cases", known, joined, len(d.cases()))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := d.p.Receive(ended, mailbox, letters); err == nil || len(got) != 0 {
		t.Errorf("%d receipts, %v", len(got), err)
	}
}

// However letters come, in which pieces and how often: each is a mention of exactly one case,
// and its receipts always name that case.
func TestReceiveLaw(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		d := deskIn(t, folder(dir, n))
		defer d.j.Close()
		home := map[string]string{}
		for range rapid.IntRange(1, 6).Draw(t, "requests") {
			var letters []cases.Letter
			for range rapid.IntRange(1, 5).Draw(t, "letters") {
				key := rapid.IntRange(0, 9).Draw(t, "key")
				letters = append(letters, letter(fmt.Sprint(key), key/2, []string{"停水", "别的事"}[key%4/2]))
			}
			if rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
				d.restart()
			}
			for i, r := range d.receive(letters...) {
				if before := home[letters[i].Key]; r.Known != (before != "") || before != "" && r.Case != before {
					t.Fatalf("letter %s was in %q: %+v", letters[i].Key, before, r)
				}
				home[letters[i].Key] = r.Case
			}
		}
		mentions := 0
		for _, c := range d.cases() {
			mentions += c.Told()
		}
		if mentions != len(home) {
			t.Fatalf("%d mentions of %d letters", mentions, len(home))
		}
	})
}
