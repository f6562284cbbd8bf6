package cases

import (
	"fmt"
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

// May reports whether kind may happen to c now: nil, or a Refusal that says why
// not and what to do. when formats an instant for reading.
func (c *Case) May(kind Kind, when func(time.Time) string) error {
	refuse := func(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }
	switch {
	case kind == Replied:
		return nil // what the agency published is always on record
	case c.State == Done:
		return refuse("%s 已由%s于 %s 办结，不用再操作。要补充回应，请直接回复这张卡片。", c.Number, c.EndedBy, when(c.Ended))
	case c.State == NotOwed:
		return refuse("%s 已由%s于 %s 标为无需回应（%s），不用再操作。要补充回应，请直接回复这张卡片。", c.Number, c.EndedBy, when(c.Ended), c.Reason)
	}
	switch kind {
	case Signed:
		if c.State == InHand {
			return refuse("%s 已由%s于 %s 签收，不用重复签收。", c.Number, c.SignedBy, when(c.Signed))
		}
		if c.State == Answered {
			return refuse("%s 已经回应，不用再签收。", c.Number)
		}
	case Transferred:
		if c.State == Answered {
			return refuse("%s 已经回应，不能再转办。没有别的事就请点“办结”。", c.Number)
		}
	case Dismissed:
		if next, owed := c.Next(); owed && len(c.Replies) > 0 {
			return refuse("%s 已经回应过，不能再标为无需回应。还差一步：%s，请继续完成。", c.Number, next.Name)
		}
		if len(c.Replies) > 0 {
			return refuse("%s 已经回应过，不能再标为无需回应。没有别的事就请点“办结”。", c.Number)
		}
	case Closed:
		if next, owed := c.Next(); owed && len(c.Replies) > 0 {
			return refuse("%s 还差一步：%s，不能办结。请回复这张卡片，发来链接或文字。", c.Number, next.Name)
		}
		if c.State != Answered {
			return refuse("%s 还没有回应，不能办结。请先回复这张卡片，发来回应的链接或文字。", c.Number)
		}
	}
	return nil
}
