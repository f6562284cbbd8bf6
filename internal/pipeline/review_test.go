package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
)

// reviewing is a desk of an office that approves plain answers too, with a case that 王敏
// has signed.
func reviewing(t *testing.T, bound ...string) (*desk, string) {
	d := busyDesk(t, append([]string{"王敏", "李强"}, bound...)...)
	d.office.Review = []string{"reply"}
	d.restart()
	number := d.open1(1, "停水").Number
	d.act(cases.Signed, "王敏", number)
	d.drain()
	return d, number
}

// says are what acts are answered with, in turn.
func (d *desk) says(want string, kind cases.Kind, who, number string, more ...func(*cases.Act)) {
	d.Helper()
	if got := d.act(kind, who, number, more...); got != want {
		d.Errorf("%s: %q, want %q", kind, got, want)
	}
}

// An answer in words is a draft where it is to be approved first (先审核后公开): the head
// sends it back with a remark, and approves the next.
func TestReview(t *testing.T) {
	d, n := reviewing(t, "何平", "周局")
	d.says(n+" 的草稿已送何平审核，审完会在卡片上提醒您。"+hint, cases.Replied, "王敏", n, text("好了"))
	if c := d.kase(n); c.Part("何平") != cases.Reviewer || c.Met() != 0 || !slices.Equal(rings(d.drain()), []string{"何平 " + n}) {
		t.Errorf("%+v", c)
	}
	d.says(n+" 的草稿正在等何平审核。", cases.Approved, "李强", n)
	d.says(n+" 的草稿已退回王敏修改。", cases.Replied, "何平", n, text("写明原因"))
	if c := d.kase(n); c.Draft.Verdict != cases.Returned || c.Draft.Remark != "写明原因" || !slices.Equal(rings(d.drain()), []string{"王敏 " + n}) {
		t.Errorf("%+v", c)
	}
	d.says(n+" 没有等待审核的草稿，可能已经审过了。", cases.Approved, "何平", n)
	d.says(n+" 的草稿已送何平审核，审完会在卡片上提醒您。"+hint, cases.Submitted, "李强", n, text("好了啊"))
	d.says(n+" 的草稿已同意，王敏会看到。", cases.Replied, "何平", n, text("同意。"))
	if !slices.Equal(rings(d.drain()), []string{"王敏 " + n}) {
		t.Error("the approval did not ring")
	}
	got := d.act(cases.Replied, "王敏", n, text("https://city.example/1"), url("https://city.example/1"))
	if c := d.kase(n); c.State != cases.Answered || len(c.Replies[0].Faults) != 0 || c.Draft != nil || strings.Contains(got, "送审") {
		t.Errorf("%s: %+v", got, c)
	}
}

// What was published without approval is on record, with a fault that a leader may accept.
func TestPublishedWithoutReview(t *testing.T) {
	d, n := reviewing(t, "何平", "周局")
	got := d.act(cases.Replied, "王敏", n, text("https://city.example/1"), url("https://city.example/1"))
	if c := d.kase(n); c.State != cases.Answered || !slices.Equal(c.Replies[0].Faults, []string{"没有先送审就公开了。"}) || !strings.Contains(got, "没有先送审就公开了。") {
		t.Errorf("%s: %+v", got, c)
	}
	due, err := d.p.Looks()
	d.ok(err)
	d.ok(d.p.Looked(due[0], cases.Sight{SHA256: "aa"})) // the page itself is in order
	d.says(n+" 的回应没有通过核验，不能办结。请回复这张卡片，发来改好的链接，或请领导认可后再办结。", cases.Closed, "王敏", n)
	d.says("这一项要由领导来定。", cases.Accepted, "何平", n)
	d.says(n+" 的回应已由您认可，可以办结。", cases.Accepted, "周局", n, reason("紧急"))
	d.says(n+" 没有待认可的回应，不用操作。", cases.Accepted, "周局", n)
	d.says(n+" 已办结。", cases.Closed, "王敏", n)
}

// Where nothing need be approved words are an answer, and a draft only when they say so.
func TestNoReviewNeeded(t *testing.T) {
	d := busyDesk(t, "王敏", "何平")
	n := d.open1(1, "停水").Number
	d.says(n+" 的草稿已送何平审核，审完会在卡片上提醒您。"+hint, cases.Replied, "王敏", n, text("送审：好了"))
	if c := d.kase(n); c.Draft.Text != "好了" || c.SignedBy != "王敏" || c.State != cases.InHand { // a draft is a signature too
		t.Errorf("%+v", c)
	}
	d.act(cases.Replied, "王敏", n, text("好了"))
	if c := d.kase(n); c.State != cases.Answered || c.Reviewing() != nil {
		t.Errorf("%+v", c)
	}
}

// The reviewer is the head; or a leader when there is none, who wrote it, or is not there.
// A draft that waits for somebody who goes away goes to the next.
func TestReviewer(t *testing.T) {
	for name, c := range map[string]struct {
		by    string
		bound []string
		away  string
		want  string
	}{
		"the head":                {by: "王敏", bound: []string{"何平", "周局"}, want: "何平"},
		"the head wrote it":       {by: "何平", bound: []string{"何平", "周局"}, want: "周局"},
		"the head has no phone":   {by: "王敏", bound: []string{"周局"}, want: "周局"},
		"the head is on leave":    {by: "王敏", bound: []string{"何平", "周局"}, away: "何平", want: "周局"},
		"nobody but one on leave": {by: "王敏", bound: []string{"何平"}, away: "何平", want: "何平"},
		"nobody":                  {by: "王敏"},
	} {
		t.Run(name, func(t *testing.T) {
			d, n := reviewing(t, c.bound...)
			if c.away != "" {
				d.update++
				_, err := d.p.Off(d.update, c.away, c.away, "2026-11-23", "2026-11-23")
				d.ok(err)
			}
			got := d.act(cases.Submitted, c.by, n, text("拟答复"))
			if c.want == "" {
				if !strings.HasPrefix(got, "没有可以审核的人") || d.kase(n).Draft != nil {
					t.Error(got)
				}
				return
			}
			if k := d.kase(n); k.Draft.Reviewer != c.want {
				t.Errorf("it is with %s, want %s", k.Draft.Reviewer, c.want)
			}
		})
	}
	d, n := reviewing(t, "何平", "周局")
	d.act(cases.Submitted, "王敏", n, text("拟答复"))
	d.update++
	_, err := d.p.Off(d.update, "何平", "何平", "2026-11-24", "2026-11-24")
	d.ok(err)
	d.drain()
	d.now = clock(24, 0, 5)
	d.ok(d.p.Tick())
	if c := d.kase(n); c.Draft.Reviewer != "周局" || c.Draft.By != "王敏" || d.last(n) == "" || !slices.Contains(rings(d.drain()), "周局 "+n) {
		t.Errorf("%+v", c.Draft)
	}
}

// The draft of a unit is not the next one's.
func TestTransferEndsReview(t *testing.T) {
	d, n := reviewing(t, "何平", "赵刚", "周局")
	d.act(cases.Submitted, "王敏", n, text("拟答复"))
	d.act(cases.Transferred, "周局", n, unit("住建局"))
	d.says(n+" 的草稿已送周局审核，审完会在卡片上提醒您。"+hint, cases.Replied, "赵刚", n, text("我们的答复"))
	if c := d.kase(n); c.Unit != "住建局" || c.SignedBy != "赵刚" || c.Draft.By != "赵刚" || c.Draft.Reviewer != "周局" {
		t.Errorf("%+v", c)
	}
	d.says(n+" 现在由住建局办理，请由该单位的责任人操作。", cases.Approved, "何平", n)
}

// Another unit helps, and the first keeps the lead.
func TestHelpers(t *testing.T) {
	d := busyDesk(t, "王敏", "赵刚", "孙丽", "周局")
	n := d.open1(1, "停水").Number
	d.act(cases.Signed, "王敏", n)
	d.drain()
	d.says(n+" 已请住建局（赵刚）协办，仍由供水公司牵头。", cases.Enlisted, "王敏", n, unit("住建局"))
	d.says(n+" 已请住建局协办，正在等答复，不用重复请。", cases.Enlisted, "王敏", n, unit("住建局"))
	d.says(n+" 本来就由供水公司办理，不用转，也不用请。", cases.Enlisted, "王敏", n, unit("供水公司"))
	d.says(n+" 已请城管局（孙丽）协办，仍由供水公司牵头。", cases.Enlisted, "周局", n, unit("城管局"))
	if got := rings(d.drain()); !slices.Equal(got, []string{"赵刚 " + n, "孙丽 " + n}) {
		t.Errorf("%q rang", got)
	}
	for _, kind := range []cases.Kind{cases.Signed, cases.Closed, cases.Dismissed, cases.Transferred, cases.Submitted, cases.Split, cases.Paused} {
		d.says(n+" 现在由供水公司办理，请由该单位的责任人操作。", kind, "赵刚", n, unit("城管局"))
	}
	d.says("没有记录：请用文字写下对 "+n+" 的协办答复。", cases.Helped, "赵刚", n)
	d.says(n+" 的协办答复已记录，已告诉供水公司。", cases.Replied, "赵刚", n, text("管线是我们挖断的"))
	c := d.kase(n)
	if h := c.Helper("住建局"); h.Text != "管线是我们挖断的" || len(c.Replies) != 0 || c.Part("赵刚") != cases.Former || c.Part("孙丽") != cases.Helping || c.Officer != "王敏" {
		t.Errorf("%+v", c)
	}
	told := false
	for _, p := range d.drain() {
		told = told || p.To == "王敏" && p.Text == "住建局对 "+n+" 的协办答复：管线是我们挖断的"
	}
	if !told {
		t.Error("the first unit is not told")
	}
	d.says(n+" 已请住建局（赵刚）协办，仍由供水公司牵头。", cases.Enlisted, "王敏", n, unit("住建局")) // and once more
	if c = d.kase(n); c.Part("赵刚") != cases.Helping {
		t.Error("asked again, and no helper")
	}
}

// Each part of a case goes to who is there when its holder goes, or the unit does.
func TestPartsHandedOver(t *testing.T) {
	d := busyDesk(t, "王敏", "李强", "钱伟", "孙丽", "何平", "周局")
	n := d.open1(1, "停水").Number
	d.act(cases.Signed, "王敏", n)
	d.act(cases.Enlisted, "王敏", n, unit("应急局"))
	d.act(cases.Transferred, "王敏", n, unit("城管局"))
	d.drain()
	off := func(who string) {
		d.update++
		_, err := d.p.Off(d.update, who, who, "2026-11-23", "2026-11-23")
		d.ok(err)
	}
	off("孙丽") // 王敏 is her B
	off("钱伟") // 李强 is his
	c := d.kase(n)
	if c.Offer.Officer != "王敏" || c.Helper("应急局").Officer != "李强" || c.Officer != "王敏" || c.Unit != "供水公司" {
		t.Errorf("%+v, %+v", c.Offer, c.Helpers)
	}
	if got := rings(d.drain()); !slices.Contains(got, "李强 "+n) {
		t.Errorf("%q rang", got)
	}
	d.office.Units = slices.DeleteFunc(d.office.Units, func(u Unit) bool { return u.Name == "城管局" || u.Name == "应急局" })
	d.restart()
	if c = d.kase(n); c.Offer != nil || c.Officer != "王敏" || d.last(n) != "退回转办（城管局）：配置里不再有“城管局”" {
		t.Errorf("%+v: %s", c, d.last(n))
	}
	if got := rings(d.drain()); !slices.Equal(got, []string{"王敏 " + n}) {
		t.Errorf("%q rang", got)
	}
	d.says(n+" 现在由供水公司办理，请由该单位的责任人操作。", cases.Replied, "钱伟", n, text("好")) // of no unit now
}

// A unit that helped and then took the case over is not asked to help any more.
func TestHelperTakesOver(t *testing.T) {
	d := busyDesk(t, "李强", "孙丽", "王敏", "周局")
	n := d.open1(1, "停水").Number
	d.act(cases.Enlisted, "李强", n, unit("城管局"))
	d.act(cases.Transferred, "李强", n, unit("城管局"))
	d.act(cases.Signed, "孙丽", n)
	d.update++
	_, err := d.p.Off(d.update, "孙丽", "孙丽", "2026-11-23", "2026-11-23")
	d.ok(err)
	if c := d.kase(n); c.Officer != "王敏" || d.last(n) != "改派给王敏" {
		t.Errorf("%+v: %s", c, d.last(n))
	}
}

// A case that was ended while its unit went away is the other's when it is taken up again.
func TestReopenedWithoutUnit(t *testing.T) {
	d := busyDesk(t, "王敏", "钱伟", "周局")
	n := d.open1(1, "停水").Number
	d.says(n+" 没有结束，不用重开。", cases.Reopened, "王敏", n)
	d.act(cases.Dismissed, "王敏", n, reason(cases.FalseAlarm))
	d.office.Units = d.office.Units[1:]
	d.office.Topics["供水"] = "应急局"
	d.restart()
	d.now = d.now.Add(time.Hour)
	d.act(cases.Reopened, "周局", n, reason("又有人问"))
	if c := d.kase(n); c.Unit != "应急局" || c.Officer != "钱伟" || c.State != cases.Registered || !c.Start.Equal(d.now) {
		t.Errorf("%+v", c)
	}
}
