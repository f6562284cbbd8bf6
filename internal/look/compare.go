package look

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"huiyin/internal/post"
)

// ChangeKind names what became of a page.
type ChangeKind string

// The kinds of changes. Where several apply, the first named here is told, and
// its text tells of an edit as well.
const (
	NowGone   ChangeKind = "gone"   // it is there no longer
	Back      ChangeKind = "back"   // it is there again, or open again
	NowLocked ChangeKind = "locked" // it was closed or screened
	Edited    ChangeKind = "edited" // its title or text is another
	Same      ChangeKind = "same"   // nothing worth telling
)

// Change is what became of a page between two looks.
type Change struct {
	Kind ChangeKind
	Text string // one line in plain Chinese for the case's history; empty for Same
}

// shownRunes is how much of an edit is shown on either side.
const shownRunes = 30

// Compare tells what became of a page from one look to the next. Edits of nothing
// but spaces and punctuation are none.
func Compare(before, after Page) Change {
	edit := ""
	if before.State != Gone && after.State != Gone {
		edit = edited(before, after)
	}
	also := ""
	if edit != "" {
		also = "，" + edit
	}
	switch {
	case after.State == Gone && before.State == Gone:
		return Change{Kind: Same}
	case after.State == Gone && after.Status/100 == 2:
		return Change{NowGone, "原帖看不到了：网页提示内容不存在或已删除"}
	case after.State == Gone:
		return Change{NowGone, fmt.Sprintf("原帖看不到了：对方返回 %d（网页不存在）", after.Status)}
	case before.State == Gone:
		return Change{Back, "原帖又能看到了"}
	case before.State == Locked && after.State == Open:
		return Change{Back, "原帖不再锁定，又可以回复了" + also}
	case before.State == Open && after.State == Locked:
		return Change{NowLocked, "原帖被锁定或屏蔽，不能再回复" + also}
	case edit != "":
		return Change{Edited, "原帖改动过：" + edit}
	}
	return Change{Kind: Same}
}

// edited says how title and text differ; empty when they do not.
func edited(before, after Page) string {
	var parts []string
	if post.Plain(before.Title) != post.Plain(after.Title) {
		parts = append(parts, differ("标题", before.Title, after.Title))
	}
	if post.Plain(before.Text) != post.Plain(after.Text) {
		parts = append(parts, differ("正文", before.Text, after.Text))
	}
	return strings.Join(parts, "；")
}

// differ says what of a field named what became of a.
func differ(what, a, b string) string {
	x, y := []rune(a), []rune(b)
	head := 0
	for head < min(len(x), len(y)) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < min(len(x), len(y))-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	show := func(r []rune) string { return "“" + post.Line(string(r), shownRunes) + "”" }
	out, in := x[head:len(x)-tail], y[head:len(y)-tail]
	size := fmt.Sprintf("（原 %d 字，现 %d 字）", utf8.RuneCountInString(post.Plain(a)), utf8.RuneCountInString(post.Plain(b)))
	switch {
	case post.Plain(string(out)) == "" && head >= len(x)-tail && tail == 0:
		return what + "末尾增加了" + show(in) + size
	case post.Plain(string(out)) == "":
		return what + "增加了" + show(in) + size
	case post.Plain(string(in)) == "":
		return what + "删去了" + show(out) + size
	}
	return what + "里" + show(out) + "改为" + show(in) + size
}
