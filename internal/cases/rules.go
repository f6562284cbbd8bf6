package cases

import (
	"fmt"
	"slices"
	"time"
)

// Refusal is why something may not be done to a case: a sentence for the officer
// who tried.
type Refusal string

// Error is the sentence.
func (r Refusal) Error() string { return string(r) }

// FalseAlarm is the reason by which an officer says that the alert was wrong.
const FalseAlarm = "误报，与本单位工作无关"

// Reasons for which a case may be dismissed (无需回应), as offered on its card.
var Reasons = []string{FalseAlarm, "没有具体诉求", "不属于本市管辖", "已有公开答复", "广告或灌水"}

// Ratings are what a person who asked may say of the answer (回访).
var Ratings = []string{"满意", "基本满意", "不满意", "联系不上"}

// May reports whether kind may happen to c now: nil, or a Refusal that says why
// not and what to do. when formats an instant for reading.
func (c *Case) May(kind Kind, when func(time.Time) string) error {
	switch kind {
	case Replied, Kept, Reopened, Rated: // what the agency published, and what shows it, is always on record
		switch {
		case c.State == Joint: // there, and not twice
			return c.goneOn(when)
		case kind == Reopened && !c.Over():
			return c.refuse("%s 没有结束，不用重开。", c.Number)
		case kind == Rated:
			return c.mayRate()
		}
		return nil
	case Helped:
		if c.Over() {
			return c.refuse("%s 已经结束，不用再答复。", c.Number)
		}
		return nil
	case Accepted:
		if i := c.Doubtful(); i < 0 {
			return c.refuse("%s 没有待认可的回应，不用操作。", c.Number)
		}
		return nil
	}
	switch c.State {
	case Done:
		return c.refuse("%s 已由%s于 %s 办结，不用再操作。要补充回应，请直接回复这张卡片。", c.Number, c.EndedBy, when(c.Ended))
	case NotOwed:
		return c.refuse("%s 已由%s于 %s 标为无需回应（%s），不用再操作。要补充回应，请直接回复这张卡片。", c.Number, c.EndedBy, when(c.Ended), c.Reason)
	case Joint:
		return c.goneOn(when)
	}
	switch kind {
	case Signed, Transferred, Declined, Enlisted:
		return c.mayHand(kind, when)
	case Paused, Resumed, Extended:
		return c.mayStop(kind, when)
	case Submitted, Approved, Returned:
		return c.mayReview(kind)
	case Dismissed, Closed, Merged:
		return c.mayEnd(kind)
	}
	return nil
}

// Unreviewed is the fault of an answer that had to be approved before and was not: no
// better answer mends it, only a leader's acceptance.
const Unreviewed = "没有先送审就公开了。"

// Doubtful is the index of the last answer that does not stand as it is; -1 when there
// is none such. What is wrong with a page is mended by a later page that was found in
// order, and not by words.
func (c *Case) Doubtful() int {
	mended := false
	for i := len(c.Replies) - 1; i >= c.Base; i-- {
		switch r := c.Replies[i]; {
		case r.Accepted != "":
			return -1
		case len(r.Faults) > 0 && (!mended || slices.Contains(r.Faults, Unreviewed)):
			return i
		case r.URL != "" && r.Stands():
			mended = true
		}
	}
	return -1
}

func (c *Case) refuse(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }

// goneOn refuses what is to be done to the case that this one goes on in.
func (c *Case) goneOn(when func(time.Time) string) error {
	return c.refuse("%s 已于 %s 并入 %s，请到 %s 的卡片上操作。", c.Number, when(c.Ended), c.Into, c.Into)
}

// mayHand rules who takes a case on.
func (c *Case) mayHand(kind Kind, when func(time.Time) string) error {
	switch {
	case kind == Declined && c.Offer == nil:
		return c.refuse("%s 不在转办中，不用退回。", c.Number)
	case c.State == Answered && kind == Signed:
		return c.refuse("%s 已经回应，不用再签收。", c.Number)
	case c.State == Answered && kind == Enlisted:
		return c.refuse("%s 已经回应，不用再请协办。%s", c.Number, c.thenClose())
	case c.State == Answered:
		return c.refuse("%s 已经回应，不能再转办。%s", c.Number, c.thenClose())
	case kind == Signed && !c.Unsigned():
		return c.refuse("%s 已由%s于 %s 签收，不用重复签收。", c.Number, c.SignedBy, when(c.Signed))
	case kind == Transferred && c.Offer != nil:
		return c.refuse("%s 已转给%s，正在等对方签收，不能再转。", c.Number, c.Offer.Unit)
	}
	return nil
}

// mayStop rules the clock.
func (c *Case) mayStop(kind Kind, when func(time.Time) string) error {
	next, owed := c.Next()
	switch {
	case !owed:
		return c.refuse("%s 已经回应，时限不再计算，不用操作。", c.Number)
	case kind == Resumed && c.Paused() == nil:
		return c.refuse("%s 没有停时，不用恢复。", c.Number)
	case kind == Paused && c.Paused() != nil:
		return c.refuse("%s 已从 %s 起停时（%s），不用重复操作。", c.Number, when(c.Paused().From), c.Paused().Reason)
	case kind == Paused && c.State == Registered:
		return c.refuse("%s 还没有签收，不能停时。请先签收。", c.Number)
	case kind == Extended && c.Extended != "":
		return c.refuse("%s 已经延期过一次，不能再延。请在 %s 前完成%s。", c.Number, when(next.Due), next.Name)
	case kind == Extended && c.Paused() != nil:
		return c.refuse("%s 正在停时，不用延期。", c.Number)
	}
	return nil
}

// mayReview rules what is approved before it is published.
func (c *Case) mayReview(kind Kind) error {
	switch {
	case kind == Submitted && !c.Open():
		return c.refuse("%s 已经回应，不用再送审。", c.Number)
	case kind != Submitted && c.Reviewing() == nil:
		return c.refuse("%s 没有等待审核的草稿，可能已经审过了。", c.Number)
	}
	return nil
}

// mayEnd rules how a case ends.
func (c *Case) mayEnd(kind Kind) error {
	next, owed := c.Next()
	answered := len(c.Replies) > c.Base
	switch {
	case kind == Merged && c.Offer != nil:
		return c.refuse("%s 正在转办，等对方签收后再并案。", c.Number)
	case kind == Merged:
		return nil
	case kind == Dismissed && owed && answered:
		return c.refuse("%s 已经回应过，不能再标为无需回应。还差一步：%s，请继续完成。", c.Number, next.Name)
	case kind == Dismissed && answered:
		return c.refuse("%s 已经回应过，不能再标为无需回应。%s", c.Number, c.thenClose())
	case kind == Dismissed:
		return nil
	case owed && answered:
		return c.refuse("%s 还差一步：%s，不能办结。请回复这张卡片，发来链接或文字。", c.Number, next.Name)
	case c.State != Answered:
		return c.refuse("%s 还没有回应，不能办结。请先回复这张卡片，发来回应的链接或文字。", c.Number)
	case c.Doubtful() >= 0:
		return c.refuse("%s 的回应没有通过核验，不能办结。请回复这张卡片，发来改好的链接，或请领导认可后再办结。", c.Number)
	case slices.ContainsFunc(c.Replies[c.Base:], func(r Reply) bool { return len(r.Faults) == 0 && !r.Stands() }):
		return c.refuse("%s 的回应链接正在核验，过几分钟再办结。", c.Number)
	}
	return nil
}

// thenClose is what to do with an answered case, when that may be done.
func (c *Case) thenClose() string {
	if c.mayEnd(Closed) != nil {
		return ""
	}
	return "没有别的事就请点“办结”。"
}

// mayRate rules when the person who asked can be asked back.
func (c *Case) mayRate() error {
	switch {
	case c.Contact == "":
		return c.refuse("%s 没有留联系方式，不用回访。", c.Number)
	case len(c.Replies) == 0 && c.State != NotOwed:
		return c.refuse("%s 还没有回应，先回应再回访。", c.Number)
	}
	return nil
}
