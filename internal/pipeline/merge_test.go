package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// Cases that are one matter are made one, in a chain too; what tells any of them again
// goes to the one that goes on, also after a restart.
func TestMerge(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "孙丽", "赵刚", "周局")
	d.office.Larger, d.office.Major = cases.Spread{}, cases.Spread{}
	d.restart()
	a, b, c := d.open1(1, "停水").Number, d.open1(2, "水压").Number, d.open1(3, "停水").Number
	d.ingest(d.post("论坛", "r1", telling(3, "停水")))
	d.drain()
	d.says(c+" 已并入 "+b+"，以后在 "+b+" 上办理。", cases.Merged, "王敏", c, other(b))
	before := d.kase(b)
	if ended := d.kase(c); ended.State != cases.Joint || ended.Into != b || before.Told() != 3 || d.last(b) != "王敏收并 "+c+" 的 2 帖" {
		t.Errorf("%+v, %+v: %s", ended, before, d.last(b))
	}
	if sent := d.drain(); len(rings(sent)) != 0 || len(sent) != 2 {
		t.Errorf("%+v", sent)
	}
	d.says(c+" 已于 11-23 09:00 并入 "+b+"，请到 "+b+" 的卡片上操作。", cases.Merged, "王敏", c, other(a))
	d.says("不能并到它自己。", cases.Merged, "王敏", b, other(b))
	d.says(c+" 已经结束，不能把别的并进去。", cases.Merged, "王敏", b, other(c))
	d.says("没有 2026-000099 这一件，或者它已归档，或者不归您管。", cases.Merged, "王敏", b, other("2026-000099"))
	d.says(b+" 已并入 "+a+"，以后在 "+a+" 上办理。", cases.Merged, "李强", b, other(a))
	d.restart()
	for i, story := range []int{1, 2, 3} {
		word := []string{"停水", "水压", "停水"}[i]
		d.ingest(d.post("微博", fmt.Sprint("m", i), telling(story, word)))
	}
	root := d.kase(a)
	if all := d.cases(); len(all) != 3 || root.Told() != 7 || root.Mentions != 4 {
		t.Errorf("%d cases, %d told, %d mentions", len(all), root.Told(), root.Mentions)
	}
	// An answer on the card of a merged case is the other's.
	d.act(cases.Replied, "王敏", c, text("好了"))
	if root = d.kase(a); root.State != cases.Answered {
		t.Errorf("%+v", root)
	}
	if ended := d.kase(c); ended.State != cases.Joint || len(ended.Replies) != 0 {
		t.Errorf("%+v", ended)
	}
}

// Merging loses neither time nor gravity nor a person who waits, and is for who has both.
func TestMergeLosesNothing(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "孙丽", "赵刚", "钱伟", "周局")
	d.office.Larger, d.office.Major = cases.Spread{Mentions: 4}, cases.Spread{}
	d.restart()
	early := d.open1(1, "停水").Number
	d.now = clock(24, 10, 0)
	late, grave := d.open1(2, "停水").Number, d.open1(3, "停水，有伤亡").Number
	theirs := d.open1(4, "扬尘").Number
	d.says(early+" 的时限更早（11-24 17:30），请反过来，把 "+late+" 并入它。", cases.Merged, "王敏", early, other(late))
	d.says(grave+" 更严重（重大），请反过来，把 "+early+" 并入它。", cases.Merged, "王敏", grave, other(early))
	d.says("没有 "+theirs+" 这一件，或者它已归档，或者不归您管。", cases.Merged, "王敏", late, other(theirs))
	d.says(noSuch(late), cases.Merged, "赵刚", late, other(theirs))
	d.act(cases.Enlisted, "赵刚", theirs, unit("供水公司"))
	d.says(theirs+" 由住建局办理，要并进去请先转办，或请领导操作。", cases.Merged, "王敏", late, other(theirs))
	d.ok(d.p.Register(cases.Letter{Update: 900, By: "王敏", Channel: "来电", Text: telling(5, "停水"), Contact: "13812345678"}))
	letter := d.cases()[4].Number
	d.act(cases.Merged, "王敏", letter, other(early))
	d.act(cases.Merged, "周局", late, other(early))
	c := d.kase(early)
	if c.Contact != "138******78" || c.Told() != 3 || c.Severity == cases.Larger {
		t.Errorf("%+v", c)
	}
	d.act(cases.Merged, "周局", theirs, other(early)) // the fourth: it has spread, and across topics
	if c = d.kase(early); c.Severity != cases.Larger || d.last(early) != "升级为较大：同一件事已有 4 帖" {
		t.Errorf("%+v: %s", c, d.last(early))
	}
	d.ingest(d.post("微博", "x", telling(4, "扬尘"))) // though that is another topic
	if c = d.kase(early); c.Told() != 5 || len(d.cases()) != 5 {
		t.Errorf("%d told in %d cases", c.Told(), len(d.cases()))
	}
	d.act(cases.Replied, "王敏", early, text("好了"))
	d.act(cases.Closed, "王敏", early)
	asked := false
	for _, o := range d.queue() {
		asked = asked || strings.Contains(o.Text, "138******78") && len(o.Buttons) == len(cases.Ratings)
	}
	if !asked {
		t.Errorf("nobody is to call the one who called: %q", d.queued())
	}
}

// A mention that was taken for the same matter becomes a case of its own.
func TestSplit(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "周局")
	d.office.Larger = cases.Spread{}
	d.office.Major = cases.Spread{}
	d.restart()
	a := d.open1(1, "停水").Number
	d.says(a+" 的第 1 帖就是这一件本身，不能拆出去。", cases.Split, "王敏", a)
	near := telling(1, "停水") + "我是三号楼的，和他们不一样，我家是水管爆了，漏到楼下邻居家里去了，请尽快来修。"
	d.ingest(d.post("微博", "2", telling(1, "停水")), d.post("贴吧", "3", near))
	if c := d.kase(a); c.Mentions != 3 {
		t.Fatalf("%d mentions", c.Mentions)
	}
	d.drain()
	d.now = d.now.Add(time.Hour)
	d.says(a+" 没有第 9 帖，或者已经拆出去了。", cases.Split, "王敏", a, no(9))
	d.says("已把第 3 帖从 "+a+" 拆出，新编号 2026-000002。", cases.Split, "王敏", a)
	d.says(a+" 没有第 3 帖，或者已经拆出去了。", cases.Split, "王敏", a, no(3))
	was, is := d.kase(a), d.kase("2026-000002")
	if was.Mentions != 3 || was.Told() != 2 || is.Post != post.IDOf("贴吧", "3") || is.Told() != 1 || is.Officer != "王敏" || !is.Opened.Equal(d.now) ||
		!is.Steps[0].Due.Equal(clock(24, 17, 30)) || d.last(a) != "王敏拆分出 2026-000002：贴吧的一帖" {
		t.Errorf("%+v, %+v: %s", was, is, d.last(a))
	}
	if got := rings(d.drain()); !slices.Equal(got, []string{"王敏 2026-000002"}) {
		t.Errorf("%q rang", got)
	}
	d.ok(d.p.Tick()) // nobody is asked why it was not signed an hour ago
	if got := d.called("2026-000002"); len(got) != 0 {
		t.Errorf("%q", got)
	}
	d.restart()
	d.ingest(d.post("晚报", "4", near), d.post("晚报", "5", telling(1, "停水")))
	if was, is = d.kase(a), d.kase("2026-000002"); was.Told() != 3 || is.Told() != 2 || len(d.cases()) != 2 {
		t.Errorf("%d and %d are told", was.Told(), is.Told())
	}
	d.says("已把第 2 帖从 "+a+" 拆出，新编号 2026-000003。", cases.Split, "王敏", a, no(2))
	// Its page is the new case's to look at.
	d.view(func(tx *journal.Tx) error {
		due, err := tx.Looks(d.now.Add(1000*time.Hour), 1000)
		for _, l := range due {
			if l.Case == a && (l.Post == post.IDOf("贴吧", "3") || l.Post == post.IDOf("微博", "2")) {
				t.Errorf("%+v", l)
			}
		}
		return err
	})
}

// A split that fails leaves nothing, in the file or among the stories.
func TestSplitFails(t *testing.T) {
	d := newDesk(t)
	a := d.open1(1, "停水").Number
	d.ingest(d.post("微博", "2", telling(1, "停水")))
	before := d.dump()
	now := d.now
	d.now = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) // no JSON
	act := d.by("王敏", a)
	act.Kind = cases.Split
	if _, err := d.p.Act(act); err == nil {
		t.Fatal("no error")
	}
	d.now = now
	if diff := cmp.Diff(before, d.dump()); diff != "" {
		t.Error(diff)
	}
	d.ingest(d.post("微博", "3", telling(1, "停水")))
	if all := d.cases(); len(all) != 1 || all[0].Mentions != 3 {
		t.Errorf("%+v", all)
	}
}

// The clock does not go backwards for a case that is split off in the new year.
func TestSplitInTheNewYear(t *testing.T) {
	d := newDesk(t)
	d.now = time.Date(2026, 12, 31, 16, 0, 0, 0, zone)
	a := d.open1(1, "停水").Number
	d.ingest(d.post("微博", "2", telling(1, "停水")))
	d.now = time.Date(2027, 1, 4, 9, 0, 0, 0, zone)
	d.says("已把第 2 帖从 "+a+" 拆出，新编号 2027-000001。", cases.Split, "王敏", a)
}
