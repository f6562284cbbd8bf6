package cases

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	day0  = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	one   = []Step{{Name: "回应", Target: "1wd", Due: day0.Add(24 * time.Hour), Why: "第一个工作日"}}
	major = []Step{
		{Name: "首次表态", Target: "5h", Due: day0.Add(5 * time.Hour), Why: "5 小时"},
		{Name: "新闻发布", Target: "24h", Due: day0.Add(24 * time.Hour), Why: "24 小时"},
	}
)

func at(hours float64) time.Time { return day0.Add(time.Duration(hours * float64(time.Hour))) }

func opened(steps []Step) Event {
	return Event{
		Kind: Opened, At: day0, Post: "p1", Source: "论坛", Title: "停水", URL: "https://a.example/1", Topic: "供水",
		Steps: steps, Unit: "供水公司", Officer: "王敏",
	}
}

// story numbers events as those of one case.
func story(events ...Event) []Event {
	for i := range events {
		events[i].Case, events[i].Seq = "2026-000001", i+1
	}
	return events
}

func fold(t rapid.TB, events ...Event) Case {
	t.Helper()
	c, err := Fold(story(events...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFoldStates(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	replied := Event{Kind: Replied, At: at(2), By: "王敏", Text: "已修好"}
	offered := Event{Kind: Transferred, At: at(2), By: "王敏", Unit: "住建局", Officer: "赵刚"}
	taken := Event{Kind: Signed, At: at(3), By: "赵刚", Unit: "住建局"}
	dismissed := Event{Kind: Dismissed, By: "王敏", Reason: FalseAlarm}
	for name, c := range map[string]struct {
		steps  []Step
		after  []Event
		state  State
		open   bool
		over   bool
		owed   string
		rev    int
		holder string
	}{
		"opened":          {one, nil, Registered, true, false, "回应", 1, "王敏"},
		"joined":          {one, []Event{{Kind: Joined, Source: "论坛"}}, Registered, true, false, "回应", 2, "王敏"},
		"delivered":       {one, []Event{{Kind: Delivered, Officer: "王敏", Mentions: 1}}, Registered, true, false, "回应", 1, "王敏"},
		"undelivered":     {one, []Event{{Kind: Undelivered, Officer: "王敏"}}, Registered, true, false, "回应", 1, "王敏"},
		"signed":          {one, []Event{signed}, InHand, true, false, "回应", 2, "王敏"},
		"signed by B":     {one, []Event{{Kind: Signed, By: "李强"}}, InHand, true, false, "回应", 2, "李强"},
		"replied":         {one, []Event{signed, replied}, Answered, false, false, "", 3, "王敏"},
		"replied twice":   {one, []Event{signed, replied, replied}, Answered, false, false, "", 4, "王敏"},
		"first of two":    {major, []Event{signed, replied}, InHand, true, false, "新闻发布", 3, "王敏"},
		"both of two":     {major, []Event{signed, replied, replied}, Answered, false, false, "", 4, "王敏"},
		"passed on":       {one, []Event{signed, {Kind: Transferred, Unit: "住建局", Officer: "赵刚"}}, Registered, true, false, "回应", 3, "赵刚"},
		"offered":         {one, []Event{signed, offered}, InHand, true, false, "回应", 3, "王敏"},
		"taken":           {one, []Event{signed, offered, taken}, InHand, true, false, "回应", 4, "赵刚"},
		"declined":        {one, []Event{signed, offered, {Kind: Declined, Unit: "住建局"}}, InHand, true, false, "回应", 4, "王敏"},
		"reassigned":      {one, []Event{signed, {Kind: Reassigned, Officer: "李强"}}, InHand, true, false, "回应", 3, "李强"},
		"paused":          {one, []Event{signed, {Kind: Paused, Reason: PauseReasons[0]}}, InHand, true, false, "回应", 3, "王敏"},
		"submitted":       {one, []Event{signed, {Kind: Submitted, Officer: "周红", Text: "拟答复"}}, InHand, true, false, "回应", 3, "王敏"},
		"raised":          {one, []Event{signed, replied, {Kind: Raised, Severity: Major, Steps: major}}, InHand, true, false, "首次表态", 4, "王敏"},
		"raised unsigned": {one, []Event{replied, {Kind: Raised, Severity: Major, Steps: major}}, Registered, true, false, "首次表态", 3, "王敏"},
		"verified":        {one, []Event{signed, replied, {Kind: Verified, Reply: 1}}, Answered, false, false, "", 4, "王敏"},
		"kept":            {one, []Event{{Kind: Kept, By: "王敏"}}, Registered, true, false, "回应", 2, "王敏"},
		"kept unseen":     {one, []Event{{Kind: Kept}}, Registered, true, false, "回应", 1, "王敏"},
		"merged":          {one, []Event{signed, {Kind: Merged, Other: "2026-000009"}}, Joint, false, true, "", 3, "王敏"},
		"dismissed":       {one, []Event{dismissed}, NotOwed, false, true, "", 2, "王敏"},
		"owed after all":  {one, []Event{dismissed, replied}, Answered, false, false, "", 3, "王敏"},
		"half of it":      {major, []Event{dismissed, replied}, Registered, true, false, "新闻发布", 3, "王敏"},
		"reopened":        {one, []Event{signed, replied, {Kind: Closed}, {Kind: Reopened, Steps: one, Officer: "李强"}}, Registered, true, false, "回应", 5, "李强"},
		"closed":          {one, []Event{signed, replied, {Kind: Closed, By: "王敏"}}, Done, false, true, "", 4, "王敏"},
		"joined after":    {one, []Event{signed, replied, {Kind: Closed}, {Kind: Joined}}, Done, false, true, "", 5, "王敏"},
	} {
		t.Run(name, func(t *testing.T) {
			got := fold(t, append([]Event{opened(c.steps)}, c.after...)...)
			if got.State != c.state || got.Open() != c.open || got.Over() != c.over || got.Rev != c.rev || got.Officer != c.holder {
				t.Errorf("state %s, open %v, over %v, rev %d, officer %s", got.State, got.Open(), got.Over(), got.Rev, got.Officer)
			}
			if next, owed := got.Next(); owed != (c.owed != "") || next.Name != c.owed {
				t.Errorf("owes %q, %v", next.Name, owed)
			}
			if got.Seq != len(c.after)+1 {
				t.Errorf("seq %d", got.Seq)
			}
		})
	}
}

// One case with everything in it: what it knows at the end.
func TestFoldFields(t *testing.T) {
	got := fold(t, life()...)
	want := Case{
		Number: "2026-000001", Post: "p1", Topic: "供水", Title: "停水", URL: "https://a.example/1", Contact: "138****0000",
		Severity: Larger, Unit: "住建局", Officer: "赵刚", State: Done, Opened: day0, Start: at(3), Steps: two(30, 60),
		Pauses:   []Pause{{From: at(7), Until: at(8), Reason: "等鉴定或检测结果"}},
		Extended: "需要专业鉴定或检测",
		Sources:  []SourceCount{{"论坛", 3}, {"微博", 0}}, Mentions: 4, Away: 1, Pace: Pace{Last: at(2.5).Unix() / 600, Counts: [6]int{0: 1, 3: 1}},
		Alike: []string{}, Taken: []Taken{{"2026-000002", 4}}, After: 1, Page: "原帖改了", Latest: Telling{"又停了", "https://a.example/3"},
		Asked: at(4), Signed: at(5), SignedBy: "赵刚", From: "供水公司", Reason: "属于二次供水",
		Helpers: []Helper{{Unit: "卫健委", Officer: "钱进", Text: "水质合格"}},
		Replies: []Reply{
			{At: at(11), By: "赵刚", URL: "https://b.example/1", Via: "b.example", Step: two(30, 60)[0], Verified: at(12), SHA256: "ab",
				Faults: []string{"题目与事情无关。"}, Accepted: "有链接在文中", Approved: "拟答复：今晚八点前恢复"},
			{At: at(14), By: "赵刚", Text: "已修好", Step: two(30, 60)[1]},
		},
		Evidence: []File{{"现场.jpg", "cd", "赵刚"}}, Rating: "满意", Ended: at(15), EndedBy: "赵刚",
		Followers: []string{"王敏", "李强", "赵刚", "孙局", "钱进", "周红"}, Shown: map[string]int{"王敏": 2},
		Seq: len(life()), Rev: len(life()),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func two(first, second float64) []Step {
	return []Step{{Name: "首次表态", Target: "24h", Due: at(first), Why: "一"}, {Name: "书面答复", Target: "1wd", Due: at(second), Why: "二"}}
}

// life is a case to which everything happens, except that it is merged or not owed.
func life() []Event {
	first := opened(one)
	first.Contact, first.Reason = "138****0000", "帖文里说到“自来水发黄”"
	faults := []string{"题目与事情无关。"}
	return []Event{
		first,
		{Kind: Delivered, At: day0, Officer: "王敏", Mentions: 1},
		{Kind: Joined, At: at(0.5), Source: "微博", Title: "没水了", URL: "https://a.example/2"},
		{Kind: Delivered, At: at(0.6), Officer: "王敏", Mentions: 2},
		{Kind: Delivered, At: at(0.7), Officer: "王敏", Mentions: 1}, // an older card, confirmed late
		{Kind: Undelivered, At: at(0.8), Officer: "李强", Reason: "对方已停用机器人"},
		{Kind: Called, At: at(1), Officer: "李强", Unit: "供水公司", Reason: "王敏 30 分（工作时间）内没有签收"},
		{Kind: Reassigned, At: at(1.1), Officer: "王敏", Reason: "李强请假"},
		{Kind: Signed, At: at(1.2), By: "王敏", Via: "群"},
		{Kind: Alike, At: at(1.3), Other: "2026-000002"},
		{Kind: Took, At: at(1.4), By: "王敏", Other: "2026-000002", Mentions: 4},
		{Kind: Split, At: at(1.5), By: "王敏", Source: "微博", Other: "2026-000003"},
		{Kind: Joined, At: at(2.5), Source: "论坛", Title: "又停了", URL: "https://a.example/3"},
		{Kind: Raised, At: at(3), Severity: Larger, Reason: "同一件事已有 10 帖", Steps: two(20, 50)},
		{Kind: Transferred, At: at(3.1), By: "王敏", Unit: "住建局", Officer: "赵刚", Reason: "属于二次供水"},
		{Kind: Declined, At: at(3.2), By: "赵刚", Unit: "住建局", Reason: "管网不归我们"},
		{Kind: Transferred, At: at(4), By: "孙局", Unit: "住建局", Officer: "赵刚", Reason: "属于二次供水"},
		{Kind: Called, At: at(4), Officer: "孙局", Unit: "住建局", Reason: "赵刚 30 分（工作时间）内没有签收"},
		{Kind: Signed, At: at(5), By: "赵刚", Unit: "住建局"},
		{Kind: Enlisted, At: at(6), By: "赵刚", Unit: "卫健委", Officer: "钱进"},
		{Kind: Helped, At: at(6.5), By: "钱进", Unit: "卫健委", Text: "水质合格"},
		{Kind: Paused, At: at(7), By: "赵刚", Reason: "等鉴定或检测结果"},
		{Kind: Resumed, At: at(8), By: "赵刚", Steps: two(21, 51)},
		{Kind: Extended, At: at(8.5), By: "孙局", Reason: "需要专业鉴定或检测", Steps: two(30, 60)},
		{Kind: Submitted, At: at(9), By: "赵刚", Officer: "周红", Text: "拟答复：\n正在抢修"},
		{Kind: Returned, At: at(9.5), By: "周红", Text: "写明恢复时间"},
		{Kind: Submitted, At: at(10), By: "赵刚", Officer: "周红", Text: "拟答复：今晚八点前恢复"},
		{Kind: Approved, At: at(10.5), By: "周红"},
		{Kind: Replied, At: at(11), By: "赵刚", URL: "https://b.example/1", Via: "b.example", Steps: two(30, 60)[:1]},
		{Kind: Verified, At: at(12), Reply: 1, URL: "https://b.example/1", Title: "通知", SHA256: "ab", Faults: faults},
		{Kind: Accepted, At: at(13), By: "孙局", Reply: 1, Reason: "有链接在文中"},
		{Kind: Changed, At: at(13.2), Reason: "原帖改了", URL: "https://a.example/1"},
		{Kind: Kept, At: at(13.5), By: "赵刚", Title: "现场.jpg", SHA256: "cd"},
		{Kind: Reminded, At: at(13.6), Officer: "赵刚", Reason: Halfway},
		{Kind: Replied, At: at(14), By: "赵刚", Text: "已修好", Steps: two(30, 60)[1:]},
		{Kind: Closed, At: at(15), By: "赵刚"},
		{Kind: Joined, At: at(2), Source: "论坛", Title: "又停了", URL: "https://a.example/3"},
		{Kind: Rated, At: at(16), By: "赵刚", Reason: "满意"},
	}
}

// What the last unit did to sign it is not the new one's signature, and what it was
// allowed to say is not the new one's answer.
func TestTransferUnsigns(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	draft := []Event{{Kind: Submitted, By: "王敏", Officer: "周红", Text: "拟"}, {Kind: Approved, By: "周红"}}
	reviewed := []Step{{Name: "书面答复", Target: "5wd", Due: at(100), Review: true}}
	byProgram := fold(t, append([]Event{opened(reviewed), signed}, append(draft, Event{Kind: Transferred, Unit: "住建局", Officer: "赵刚"})...)...)
	if c := byProgram; !c.Signed.IsZero() || c.SignedBy != "" || c.From != "供水公司" || !c.Unapproved() {
		t.Errorf("%+v", c)
	}
	offered := append([]Event{opened(reviewed), signed}, append(draft, Event{Kind: Transferred, By: "王敏", Unit: "住建局", Officer: "赵刚", Reason: "物业"})...)
	if c := fold(t, offered...); c.SignedBy != "王敏" || c.Unit != "供水公司" || c.From != "" || c.Unapproved() || c.Part("赵刚") != Offered {
		t.Errorf("first asked, first responsible: %+v", c)
	}
	if c := fold(t, append(offered, Event{Kind: Signed, At: at(2), By: "赵刚", Unit: "住建局"})...); c.SignedBy != "赵刚" || c.Unit != "住建局" || c.From != "供水公司" || !c.Unapproved() || c.Offer != nil {
		t.Errorf("%+v", c)
	}
}

// The unit that answers keeps the case; who was asked to sign it still is, unless all is met.
func TestReplyEndsOffer(t *testing.T) {
	events := []Event{opened(major), {Kind: Called, At: at(1), Officer: "李强"}, {Kind: Replied, At: at(2), By: "孙局", Text: "正在处置"},
		{Kind: Transferred, At: at(3), By: "王敏", Unit: "住建局", Officer: "赵刚"}, {Kind: Called, At: at(4), Officer: "周红"},
		{Kind: Replied, At: at(5), By: "王敏", Text: "已处置"}}
	if c := fold(t, events[:3]...); c.Part("李强") != Asked || c.State != Registered {
		t.Errorf("a leader's answer to one of two: %+v", c)
	}
	if c := fold(t, events[:5]...); c.Part("赵刚") != Offered || c.Part("周红") != Asked || c.Part("李强") != Former {
		t.Errorf("offered: %+v", c)
	}
	if c := fold(t, events...); c.Offer != nil || c.Part("赵刚") != Former || c.Part("周红") != Former {
		t.Errorf("answered: %+v", c)
	}
	events[2].Kind = Joined // the first of two answers
	if c := fold(t, events...); c.Offer != nil || c.Part("赵刚") != Former || c.Part("周红") != Former || !c.Asked.Equal(at(5)) {
		t.Errorf("answered in part: %+v", c)
	}
}

// What ends a case, or gives it new steps, ends its pause; and pauses stay on record.
func TestPauseEnds(t *testing.T) {
	begun := []Event{opened(one), {Kind: Signed, At: at(1), By: "王敏"}, {Kind: Paused, At: at(2), Reason: PauseReasons[0]}}
	for _, e := range []Event{
		{Kind: Resumed, At: at(3), Steps: one}, {Kind: Raised, At: at(3), Severity: Major, Steps: major},
		{Kind: Dismissed, At: at(3), Reason: FalseAlarm}, {Kind: Merged, At: at(3), Other: "2026-000002"},
	} {
		c := fold(t, append(begun[:3:3], e)...)
		if c.Paused() != nil || len(c.Pauses) != 1 || !c.Pauses[0].Until.Equal(at(3)) {
			t.Errorf("%s: %+v", e.Kind, c.Pauses)
		}
	}
}

// Everybody who asked can be asked back, once.
func TestContacts(t *testing.T) {
	c := fold(t, opened(one), Event{Kind: Joined, Contact: "138****0000"}, Event{Kind: Joined}, Event{Kind: Joined, Contact: "138****0000"},
		Event{Kind: Took, Other: "2026-000002", Mentions: 1, Contact: "0571****22"})
	if c.Contact != "138****0000、0571****22" {
		t.Error(c.Contact)
	}
}

// A reply after a dismissal takes its reason away, and only that.
func TestReplyAfterDismissal(t *testing.T) {
	c := fold(t, opened(one), Event{Kind: Dismissed, By: "王敏", Reason: FalseAlarm}, Event{Kind: Replied, By: "王敏", Text: "好了"})
	if c.Reason != "" || !c.Ended.IsZero() || c.EndedBy != "" {
		t.Errorf("%+v", c)
	}
	c = fold(t, opened(one), Event{Kind: Transferred, Unit: "住建局", Officer: "赵刚", Reason: "物业"}, Event{Kind: Replied, By: "赵刚", Text: "好了"})
	if c.Reason != "物业" {
		t.Errorf("the transfer's reason is gone: %+v", c)
	}
}

func TestFoldRefuses(t *testing.T) {
	signed := Event{Kind: Signed, By: "王敏"}
	edit := func(i int, f func(*Event)) []Event {
		events := story(opened(one), signed, Event{Kind: Joined})
		f(&events[i])
		return events
	}
	for name, events := range map[string][]Event{
		"none":              nil,
		"not opened":        story(signed),
		"opened twice":      story(opened(one), opened(one)),
		"a hole":            edit(1, func(e *Event) { e.Seq = 3 }),
		"the same again":    edit(2, func(e *Event) { e.Seq = 2 }),
		"wrong order":       {story(opened(one), signed)[1], story(opened(one))[0]},
		"starts late":       edit(0, func(e *Event) { e.Seq = 2 }),
		"a foreign event":   edit(1, func(e *Event) { e.Case = "2026-000002" }),
		"an unknown kind":   edit(1, func(e *Event) { e.Kind = "eaten" }),
		"an empty kind":     edit(1, func(e *Event) { e.Kind = "" }),
		"no such answer":    story(opened(one), Event{Kind: Verified, Reply: 1}),
		"answer 0":          story(opened(one), Event{Kind: Replied}, Event{Kind: Accepted}),
		"first one unknown": edit(0, func(e *Event) { e.Kind = "eaten" }),
	} {
		if c, err := Fold(events); err == nil || c.Seq != 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestDueTimes(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	for name, c := range map[string]struct {
		steps  []Step
		after  []any // events, and the hours of replies
		now    float64
		over   bool
		onTime []bool
	}{
		"not yet due":              {one, nil, 24, false, nil},
		"just past":                {one, nil, 24.01, true, nil},
		"answered late":            {one, []any{signed, 30.}, 40, false, []bool{false}},
		"answered at the due time": {one, []any{signed, 24.}, 40, false, []bool{true}},
		"first step late":          {major, []any{signed}, 6, true, nil},
		"first step met":           {major, []any{signed, 5.}, 6, false, []bool{true}},
		"second step late":         {major, []any{signed, 5.}, 25, true, []bool{true}},
		"late, then in time":       {major, []any{signed, 6., 24.}, 25, false, []bool{false, true}},
		"an addition":              {major, []any{signed, 4., 23., 99.}, 100, false, []bool{true, true, true}},
		"dismissed":                {one, []any{Event{Kind: Dismissed}}, 40, false, nil},
		"paused in time":           {one, []any{signed, Event{Kind: Paused, At: at(24)}}, 400, false, nil},
		"paused when late":         {one, []any{signed, Event{Kind: Paused, At: at(25)}}, 400, true, nil},
		"reopened":                 {one, []any{signed, 30., Event{Kind: Closed}, Event{Kind: Reopened, At: at(40), Steps: two(50, 60)}, 49., 61.}, 70, false, []bool{false, true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			events := []Event{opened(c.steps)}
			for _, a := range c.after {
				e, ok := a.(Event)
				if !ok {
					so := fold(t, slices.Clone(events)...)
					e = replyTo(so, at(a.(float64)))
				}
				events = append(events, e)
			}
			got := fold(t, events...)
			if got.Overdue(at(c.now)) != c.over {
				t.Errorf("overdue: %v", !c.over)
			}
			if len(got.Replies) != len(c.onTime) {
				t.Fatalf("%d replies", len(got.Replies))
			}
			for i, want := range c.onTime {
				if got.Replies[i].OnTime() != want {
					t.Errorf("reply %d on time: %v", i, !want)
				}
			}
		})
	}
}

// replyTo is an answer that meets what is owed next.
func replyTo(c Case, at time.Time) Event {
	e := Event{Kind: Replied, At: at, By: "王敏", Text: "好了"}
	if next, owed := c.Next(); owed {
		e.Steps = []Step{next}
	}
	return e
}

func TestStands(t *testing.T) {
	for name, c := range map[string]struct {
		Reply
		want bool
	}{
		"a text":                  {Reply{Text: "好了"}, true},
		"a text without approval": {Reply{Text: "好了", Faults: []string{"没有先送审就公开了。"}}, false},
		"a page not looked at":    {Reply{URL: "u"}, false},
		"a page in order":         {Reply{URL: "u", Verified: day0}, true},
		"a page with faults":      {Reply{URL: "u", Verified: day0, Faults: []string{"打不开。"}}, false},
		"accepted":                {Reply{URL: "u", Verified: day0, Faults: []string{"打不开。"}, Accepted: "电话里答的"}, true},
	} {
		if got := c.Stands(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPart(t *testing.T) {
	signed := Event{Kind: Signed, By: "王敏"}
	for name, c := range map[string]struct {
		events []Event
		want   map[string]Part
	}{
		"opened":         {nil, map[string]Part{"王敏": Holder, "李强": Former, "": Former}},
		"called":         {[]Event{{Kind: Called, Officer: "李强"}}, map[string]Part{"王敏": Holder, "李强": Asked}},
		"late call":      {[]Event{signed, {Kind: Called, Officer: "李强"}}, map[string]Part{"王敏": Holder, "李强": Former}},
		"signed":         {[]Event{{Kind: Called, Officer: "李强"}, signed}, map[string]Part{"王敏": Holder, "李强": Former}},
		"offered":        {[]Event{signed, {Kind: Transferred, By: "王敏", Unit: "住建局", Officer: "赵刚"}}, map[string]Part{"王敏": Holder, "赵刚": Offered}},
		"declined":       {[]Event{signed, {Kind: Transferred, By: "王敏", Unit: "住建局", Officer: "赵刚"}, {Kind: Declined}}, map[string]Part{"王敏": Holder, "赵刚": Former}},
		"enlisted":       {[]Event{signed, {Kind: Enlisted, Unit: "住建局", Officer: "赵刚"}}, map[string]Part{"赵刚": Helping}},
		"helped":         {[]Event{signed, {Kind: Enlisted, Unit: "住建局", Officer: "赵刚"}, {Kind: Helped, Unit: "住建局", By: "赵刚", Text: "好"}}, map[string]Part{"赵刚": Former}},
		"enlisted, over": {[]Event{signed, {Kind: Enlisted, Unit: "住建局", Officer: "赵刚"}, {Kind: Dismissed}}, map[string]Part{"王敏": Holder, "赵刚": Former}},
		"in review":      {[]Event{signed, {Kind: Submitted, Officer: "周红"}}, map[string]Part{"王敏": Holder, "周红": Reviewer}},
		"by himself":     {[]Event{signed, {Kind: Submitted, Officer: "王敏"}}, map[string]Part{"王敏": Reviewer}},
		"returned":       {[]Event{signed, {Kind: Submitted, Officer: "周红"}, {Kind: Returned, By: "周红"}}, map[string]Part{"王敏": Holder, "周红": Former}},
		"reopened":       {[]Event{signed, {Kind: Dismissed}, {Kind: Reopened, Officer: "李强"}}, map[string]Part{"王敏": Former, "李强": Holder}},
	} {
		got := fold(t, append([]Event{opened(one)}, c.events...)...)
		for who, want := range c.want {
			if p := got.Part(who); p != want {
				t.Errorf("%s: %q has part %d, want %d", name, who, p, want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[int]string{1: "2026-000001", 123: "2026-000123", 999999: "2026-999999", 1000000: "2026-1000000"} {
		if got := Number(2026, in); got != want {
			t.Errorf("Number(2026, %d) = %s", in, got)
		}
	}
	e := story(opened(one), Event{Kind: Signed, By: "王敏", At: at(1)})[1]
	other := e
	other.By, other.At, other.Kind = "李强", at(9), Replied
	if e.ID() != "2026-000001/0002" || other.ID() != e.ID() {
		t.Errorf("IDs %s and %s: they shall depend on the case and the number only", e.ID(), other.ID())
	}
	ids := map[string]bool{}
	for n := range 12_000 {
		ids[Event{Case: "2026-000001", Seq: n}.ID()] = true
	}
	if len(ids) != 12_000 {
		t.Errorf("%d IDs for 12000 events", len(ids))
	}
	for k := range kindNames {
		if k.String() == "" || strings.Contains(k.String(), string(k)) {
			t.Errorf("%q reads %q", string(k), k)
		}
	}
	if s := fmt.Sprint(Kind("eaten")); s != "" {
		t.Errorf("an unknown kind reads %q", s)
	}
}
