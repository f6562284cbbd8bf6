package look

import (
	"testing"

	"pgregory.net/rapid"
)

func TestCompare(t *testing.T) {
	open := Page{Title: "停水三天", Text: "和平里停水三天。\n没人管，电话 1234。", State: Open, Status: 200}
	with := func(f func(*Page)) Page { p := open; f(&p); return p }
	gone := Page{State: Gone, Status: 404}
	softGone := Page{State: Gone, Status: 200, Text: "主题不存在"}
	locked := with(func(p *Page) { p.State = Locked })
	tests := []struct {
		name          string
		before, after Page
		kind          ChangeKind
		text          string
	}{
		{"nothing", open, open, Same, ""},
		{"spaces and punctuation", open, with(func(p *Page) { p.Text = "和平里 停水三天,没人管!\n电话：1234" }), Same, ""},
		{"full-width digits", open, with(func(p *Page) { p.Text = "和平里停水三天。\n没人管，电话 １２３４。" }), Same, ""},
		{"a number", open, with(func(p *Page) { p.Text = "和平里停水五天。\n没人管，电话 1234。" }), Edited, "原帖改动过：正文里“三”改为“五”（原 16 字，现 16 字）"},
		{"more at the end", open, with(func(p *Page) { p.Text += "\n已经来水了，谢谢。" }), Edited, "原帖改动过：正文末尾增加了“已经来水了，谢谢。”（原 16 字，现 23 字）"},
		{"more in between", open, with(func(p *Page) { p.Text = "和平里小区停水三天。\n没人管，电话 1234。" }), Edited, "原帖改动过：正文增加了“小区”（原 16 字，现 18 字）"},
		{"less", open, with(func(p *Page) { p.Text = "和平里停水三天。" }), Edited, "原帖改动过：正文删去了“没人管，电话 1234。”（原 16 字，现 7 字）"},
		{"the title", open, with(func(p *Page) { p.Title = "停水三天（已解决）" }), Edited, "原帖改动过：标题末尾增加了“（已解决）”（原 4 字，现 7 字）"},
		{"both", open, with(func(p *Page) { p.Title, p.Text = "已解决", "已删" }), Edited,
			"原帖改动过：标题里“停水三天”改为“已解决”（原 4 字，现 3 字）；正文里“和平里停水三天。 没人管，电话 1234。”改为“已删”（原 16 字，现 2 字）"},
		{"gone", open, gone, NowGone, "原帖看不到了：对方返回 404（网页不存在）"},
		{"gone, says the site", locked, softGone, NowGone, "原帖看不到了：网页提示内容不存在或已删除"},
		{"still gone", gone, softGone, Same, ""},
		{"back", gone, open, Back, "原帖又能看到了"},
		{"back but locked", softGone, locked, Back, "原帖又能看到了"},
		{"locked", open, locked, NowLocked, "原帖被锁定或屏蔽，不能再回复"},
		{"locked and edited", open, with(func(p *Page) { p.State, p.Title = Locked, "停水" }), NowLocked, "原帖被锁定或屏蔽，不能再回复，标题删去了“三天”（原 4 字，现 2 字）"},
		{"still locked", locked, locked, Same, ""},
		{"unlocked", locked, open, Back, "原帖不再锁定，又可以回复了"},
		{"edited while locked", locked, with(func(p *Page) { p.State, p.Title = Locked, "停水" }), Edited, "原帖改动过：标题删去了“三天”（原 4 字，现 2 字）"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Compare(tt.before, tt.after); got.Kind != tt.kind || got.Text != tt.text {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A page is the same as itself, a change has a line that says so, and what is an
// edit one way is one the other way.
func TestCompareLaws(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("停水三天。， \na1")))
	page := rapid.Custom(func(t *rapid.T) Page {
		return Page{
			Title: text.Draw(t, "title"), Text: text.Draw(t, "text"),
			State: rapid.SampledFrom([]State{Open, Gone, Locked}).Draw(t, "state"), Status: rapid.SampledFrom([]int{200, 404}).Draw(t, "status"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := page.Draw(t, "a"), page.Draw(t, "b")
		if c := Compare(a, a); c != (Change{Kind: Same}) {
			t.Fatalf("with itself: %+v", c)
		}
		ab, ba := Compare(a, b), Compare(b, a)
		if (ab.Kind == Same) != (ba.Kind == Same) || (ab.Kind == Edited) != (ba.Kind == Edited) || (ab.Kind == Same) != (ab.Text == "") {
			t.Fatalf("%+v\n%+v", ab, ba)
		}
	})
}
