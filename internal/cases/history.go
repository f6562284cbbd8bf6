package cases

import (
	"cmp"
	"fmt"
	"strings"
)

// Line tells an event as a line of a case's history (办理记录), without its time: who did
// it and from where, what happened, why, and what was written.
func (e Event) Line() string {
	line := e.By
	if e.Via != "" && line != "" && e.Kind != Replied {
		line += "（" + e.Via + "）"
	}
	if e.Kind == Dismissed { // the kind's name alone would say that the officer needs no answer
		line += "标为"
	}
	line += e.Kind.String()
	if e.Via != "" && e.By == "" && e.Kind != Replied { // a letter that another program handed on
		line += "（" + e.Via + "）"
	}
	line += e.what()
	if len(e.Steps) > 0 {
		switch e.Kind {
		case Reopened: // all is to be done: what comes first
			line += "，" + e.told(e.Steps[0])
		case Resumed, Extended: // the last is to be done for sure
			line += "，" + e.told(e.Steps[len(e.Steps)-1])
		}
	}
	written := strings.Fields(e.Text)
	if e.URL != "" && e.Kind == Replied && !strings.Contains(e.Text, e.URL) {
		written = append(written, e.URL)
	}
	if len(written) > 0 {
		line += "：" + strings.Join(written, " ")
	}
	return line
}

// told tells how a step's due time was derived, with the step's name where there are several.
func (e Event) told(s Step) string {
	if len(e.Steps) > 1 {
		return s.Name + "：" + s.Why
	}
	return s.Why
}

// what tells what happened and why, to stand after the kind's name.
func (e Event) what() string {
	why := ""
	if e.Reason != "" {
		why = "（" + e.Reason + "）"
	}
	switch e.Kind {
	case Opened:
		from := ""
		if e.Other != "" {
			from = "，从 " + e.Other + " 拆出"
		}
		return fmt.Sprintf("：%s，%s%s，归%s，责任人%s%s", e.Topic, cmp.Or(e.Severity, Ordinary), why, e.Unit, e.Officer, from)
	case Joined:
		return fmt.Sprintf("：%s也有一帖", e.Source)
	case Raised:
		return fmt.Sprintf("为%s：%s", e.Severity, e.Reason)
	case Alike:
		return fmt.Sprintf("：可能与 %s 是同一件事", e.Other)
	case Merged:
		return fmt.Sprintf("到 %s", e.Other)
	case Took:
		return fmt.Sprintf(" %s 的 %d 帖", e.Other, e.Mentions)
	case Split:
		return fmt.Sprintf("出 %s：%s的一帖", e.Other, e.Source)
	case Delivered, Undelivered:
		return e.Officer + why
	case Reassigned:
		return "给" + e.Officer + why
	case Called:
		return fmt.Sprintf("：%s，请%s来签", e.Reason, e.Officer)
	case Transferred:
		return fmt.Sprintf("给%s的%s%s", e.Unit, e.Officer, why)
	case Enlisted:
		return fmt.Sprintf("：请%s的%s%s", e.Unit, e.Officer, why)
	case Helped:
		return "（" + e.Unit + "）"
	case Declined:
		if e.Unit != "" && e.Reason != "" {
			return fmt.Sprintf("（%s）：%s", e.Unit, e.Reason)
		}
		return why
	case Submitted:
		return "给" + e.Officer
	case Replied:
		if e.Via == "" {
			return ""
		}
		return "（" + e.Via + "）"
	case Verified:
		if len(e.Faults) == 0 {
			return "通过"
		}
		return "没有通过：" + strings.Join(e.Faults, "")
	case Kept:
		return "：" + e.Title
	case Rated, Changed, Reminded:
		return "：" + e.Reason
	}
	return why
}
