package chat

import (
	"cmp"
	"fmt"
	"strings"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// standing says where the case stands, and what whom the card is for does next.
func (k card) standing(b *lines) {
	if k.part() != cases.Former && k.News != "" {
		what, why, _ := strings.Cut(k.News, "：")
		b.text("❗ %s%s", what, k.why(why))
	}
	switch k.part() {
	case cases.Former:
		k.former(b)
		k.ended(b)
	case cases.Reviewer:
		k.reviewing(b)
	case cases.Offered:
		b.text("%s转来%s，请点“签收”或“退回”。签收之前仍由%s（%s）负责。", k.Unit, k.why(k.Offer.Reason), k.Unit, k.Officer)
		k.due(b, false)
	case cases.Asked:
		unit, officer := k.Unit, k.Officer
		if o := k.Offer; o != nil {
			unit, officer = o.Unit, o.Officer
		}
		b.text("%s（%s）还没有签收，请您过问。", unit, officer)
		k.due(b, false)
	case cases.Helping:
		b.text("%s（%s）牵头办理，请您单位协办。办好后，长按这条消息，选“回复”，写上协办情况。", k.Unit, k.Officer)
		k.due(b, false)
	case cases.Holder:
		k.holding(b)
	}
}

// why puts a reason in brackets, where it may be shown.
func (k card) why(reason string) string {
	if reason == "" || !k.full() {
		return ""
	}
	return "（" + cut(post.Mask(reason), maxReply) + "）"
}

// quote is what somebody wrote, masked and cut; empty where it may not be shown.
func (k card) quote(text string, max int) string {
	if !k.full() {
		return ""
	}
	return cut(post.Mask(text), max)
}

func (k card) former(b *lines) {
	d := k.Draft
	switch h := k.helped(); {
	case k.State == cases.Joint:
		b.text("这件事已并入 %s，请看那一件的卡片。", k.Into)
	case h != nil:
		b.text("%s的协办答复已记录，仍由%s（%s）牵头办理。", h.Unit, k.Unit, k.Officer)
	case d != nil && d.Verdict != "" && d.Reviewer == k.to:
		b.text("草稿已审：%s。由%s（%s）继续办理。", d.Verdict, k.Unit, k.Officer)
	case k.group():
		b.text("这件事现在由%s（%s）办理。", k.Unit, k.Officer)
	default:
		b.text("这件事现在由%s（%s）办理，您不用再管。", k.Unit, k.Officer)
	}
}

// helped is the part that the person had as a helper, and did.
func (k card) helped() *cases.Helper {
	for i, h := range k.Helpers {
		if h.Officer == k.to && h.Text != "" {
			return &k.Helpers[i]
		}
	}
	return nil
}

func (k card) reviewing(b *lines) {
	b.text("%s（%s）送来草稿，请您审核：", k.Unit, k.Draft.By)
	if !k.full() {
		b.text("草稿请在内网看。")
	}
	for line := range strings.Lines(k.quote(k.Draft.Text, maxDraft)) {
		b.text("%s", strings.TrimSpace(line))
	}
	if k.full() {
		if hint := cases.Hint(k.Draft.Text); hint != "" {
			b.text("%s", hint)
		}
	}
	b.text("请点“同意”或“退回”。要写修改意见，长按这条消息，选“回复”。")
	k.due(b, false)
}

// holding is the card of who has the case.
func (k card) holding(b *lines) {
	if k.group() {
		b.text("责任人：%s", k.Officer)
	}
	if k.From != "" {
		b.text("%s转来%s。", k.From, k.why(k.transferReason()))
	}
	if !k.Signed.IsZero() {
		b.text("已签收：%s，%s", k.SignedBy, k.at(k.Signed))
	}
	if k.Unsigned() && len(k.Called) > 0 {
		b.text("还没有签收，已另请%s来看。", strings.Join(k.Called, "、"))
	}
	if o := k.Offer; o != nil {
		b.text("正在转给%s（%s）%s，等对方签收。签收之前仍由%s负责。", o.Unit, o.Officer, k.why(o.Reason), k.Unit)
	}
	k.stops(b)
	k.helpers(b)
	k.drafted(b)
	k.replies(b)
	if n := len(k.Evidence); n > 0 {
		b.text("已存证 %d 份", n)
	}
	k.ended(b)
	if k.Rating != "" {
		b.text("回访：%s", k.Rating)
	}
	if k.After > 0 {
		b.text("在这以后又有 %d 帖说这件事，请看一看。要补充回应，长按这条消息，选“回复”，发来链接或文字。", k.After)
	}
	k.due(b, true)
	k.next(b)
}

// transferReason is why another unit sent the case here: Reason, unless the case ended
// for one.
func (k card) transferReason() string {
	if k.State == cases.NotOwed {
		return ""
	}
	return k.Reason
}

// stops tells of pauses and of more time.
func (k card) stops(b *lines) {
	times := ""
	if n := len(k.Pauses); n > 1 {
		times = fmt.Sprintf("，第 %d 次", n)
	}
	switch p := k.Paused(); {
	case p != nil && k.Open():
		b.text("已停时%s：%s 起%s", k.why(p.Reason), k.at(p.From), times)
	case len(k.Pauses) > 0:
		b.text("停过时 %d 次", len(k.Pauses))
	}
	if k.Extended != "" {
		b.text("领导已批准延期%s", k.why(k.Extended))
	}
}

func (k card) helpers(b *lines) {
	for _, h := range k.Helpers {
		if h.Text == "" {
			b.text("协办：%s（%s），还没有答复", h.Unit, h.Officer)
			continue
		}
		b.text("协办：%s（%s），已答复。%s", h.Unit, h.Officer, k.quote(h.Text, maxReply))
	}
}

func (k card) drafted(b *lines) {
	d := k.Draft
	if d == nil || !k.Open() {
		return
	}
	switch d.Verdict {
	case cases.Approved:
		b.text("草稿已由%s同意，可以公开了。", d.Reviewer)
	case cases.Returned:
		b.text("草稿被%s退回%s，请改好再送审。", d.Reviewer, k.why(d.Remark))
	default:
		b.text("草稿正在等%s审核，同意后再公开。", d.Reviewer)
	}
}

func (k card) replies(b *lines) {
	for i, r := range k.Replies {
		if i < len(k.Replies)-maxReplies {
			continue
		}
		b.text("%s：%s，%s%s", met(r), r.By, k.at(r.At), k.verified(r))
		if text := k.quote(r.Text, maxReply); text != "" {
			b.text("%s", text)
		}
	}
}

// met names what a reply did.
func met(r cases.Reply) string {
	name := "已回应"
	switch r.Step.Name {
	case "":
		name = "补充回应"
	case "回应":
	default:
		name = "已完成" + r.Step.Name
	}
	if !r.OnTime() {
		name += "（超过时限）"
	}
	return name
}

// verified tells what was found of a reply.
func (k card) verified(r cases.Reply) string {
	switch {
	case r.Accepted != "":
		return cmp.Or(k.why("领导认可："+r.Accepted), "（领导认可）")
	case len(r.Faults) > 0:
		return cmp.Or(k.why("没有通过核验："+strings.Join(r.Faults, "")), "（没有通过核验）")
	case r.URL == "":
		return "（仅文字）"
	case r.Verified.IsZero():
		return "（正在核验）"
	}
	return "（已核验）"
}

// ended tells how the case ended.
func (k card) ended(b *lines) {
	switch k.State {
	case cases.Done:
		b.text("已办结：%s，%s", k.EndedBy, k.at(k.Ended))
	case cases.NotOwed:
		b.text("无需回应：%s（%s，%s）", k.Reason, k.EndedBy, k.at(k.Ended))
	case cases.Joint:
		if k.part() != cases.Former {
			b.text("已并入 %s：%s，%s。以后在那一件上办理。", k.Into, k.EndedBy, k.at(k.Ended))
		}
	}
}

// due tells until when something is owed; for who owes it with how that was worked out.
func (k card) due(b *lines, owes bool) {
	next, owed := k.Next()
	if !owed || k.Paused() != nil {
		return
	}
	ask := "请"
	if !owes {
		ask = "这件事要"
	}
	what := next.Name
	if what != "回应" {
		what = "完成" + what
	}
	switch {
	case k.now.After(next.Due):
		b.text("已超过时限 %s，%s尽快%s。", k.at(next.Due), ask, what)
	case k.Reminded != "":
		b.text("%s，%s在 %s 前%s。", k.Reminded, ask, k.at(next.Due), what)
	default:
		b.text("%s在 %s 前%s。", ask, k.at(next.Due), what)
	}
	if k.left != "" && !k.now.After(next.Due) { // a card is not edited every minute
		b.text("截至 %s，还剩 %s。", k.at(k.now), k.left)
	}
	if owes && k.full() {
		b.text("时限怎么算的：%s", next.Why)
	}
}

// next says what to do now.
func (k card) next(b *lines) {
	const how = "长按这条消息，选“回复”，发来"
	switch {
	case k.State == cases.Answered && k.Doubtful() >= 0:
		b.text("请改好，再%s链接；确实没有问题的，请领导认可。", how)
	case k.State == cases.Answered:
		b.text("事情办完后，请点下面的“办结”。")
	case !k.Open(), k.Reviewing() != nil:
	case k.Paused() != nil:
		b.text("有了结果，请点“恢复计时”；直接回应也会恢复。")
	case k.Unapproved():
		b.text("公开之前要先送审：%s草稿。", how)
	case k.State == cases.Registered && k.Offer == nil:
		b.text("先点“签收”。公开答复后，%s链接或文字。", how)
	default:
		b.text("公开答复后，%s链接或文字。", how)
	}
}
