package pipeline

import (
	"fmt"
	"html"
	"strings"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/workday"
)

// may is what a message says: full where what people wrote may leave the house, and else
// brief. Whatever quotes a post, a page, a reason or a contact goes through it.
func (p *Pipeline) may(full, brief string) string {
	if p.full() {
		return full
	}
	return brief
}

// where says where to read of a case what messages do not tell; empty without a board.
func (p *Pipeline) where(number string) string {
	if p.Office.Disclose.Board == "" {
		return ""
	}
	return "内容请看：" + p.Office.Disclose.Page(number)
}

// done is the sentence for who did e to the case, which was was before.
func (p *Pipeline) done(was, c cases.Case, e cases.Event) string {
	say := func(format string, args ...any) string { return fmt.Sprintf(c.Number+" "+format, args...) }
	next, owed := c.Next()
	switch e.Kind {
	case cases.Signed:
		if was.State == cases.InHand && was.Offer == nil || !owed {
			return say("已签收。")
		}
		return fmt.Sprintf("已签收 %s，请在 %s 前%s。", c.Number, p.when(next.Due), verb(next.Name))
	case cases.Transferred:
		return say("已转给%s（%s）。对方签收之前，仍由%s负责。", e.Unit, e.Officer, c.Unit)
	case cases.Declined:
		return say("已退回%s。", c.Unit)
	case cases.Enlisted:
		return say("已请%s（%s）协办，仍由%s牵头。", e.Unit, e.Officer, c.Unit)
	case cases.Helped:
		return say("的协办答复已记录，已告诉%s。", c.Unit)
	case cases.Paused:
		return say("已停时%s。有了结果请点“恢复计时”。", p.may("："+e.Reason, ""))
	case cases.Resumed:
		return say("已恢复计时，请在 %s 前%s。", p.when(next.Due), verb(next.Name))
	case cases.Extended:
		return say("已延期到 %s%s。", p.when(next.Due), p.may("："+e.Reason, ""))
	case cases.Submitted:
		return strings.TrimSpace(say("的草稿已送%s审核，审完会在卡片上提醒您。%s", e.Officer, p.may(cases.Hint(e.Text), "")))
	case cases.Approved:
		return say("的草稿已同意，%s会看到。", c.Officer)
	case cases.Returned:
		return say("的草稿已退回%s修改。", c.Officer)
	case cases.Replied:
		return p.replied(c, e)
	case cases.Accepted:
		return say("的回应已由您认可，可以办结。")
	case cases.Kept:
		return say("的材料已存证%s。", p.may("："+e.Title, ""))
	case cases.Rated:
		return say("的回访结果已记录：%s。", e.Reason)
	case cases.Dismissed:
		return say("已标为无需回应%s。", p.may("："+e.Reason, ""))
	case cases.Closed:
		return say("已办结。")
	case cases.Reopened:
		return say("已重开，请在 %s 前%s。", p.when(next.Due), verb(next.Name))
	}
	return say("已%s。", e.Kind)
}

// verb makes of a step what is to be done: 完成首次表态, and simply 回应.
func verb(step string) string {
	if step == "回应" {
		return step
	}
	return "完成" + step
}

func (p *Pipeline) replied(c cases.Case, e cases.Event) string {
	r := c.Replies[len(c.Replies)-1]
	s := fmt.Sprintf("已记录对 %s 的回应，", c.Number)
	used := workday.FormatDuration(c.Spent(p.calendar(c.Unit), r.At))
	switch {
	case len(e.Steps) == 0:
		s += "作为补充。"
	case r.OnTime():
		s += fmt.Sprintf("用时 %s（工作时间），在时限内。", used)
	default:
		s += fmt.Sprintf("用时 %s（工作时间），已超过时限 %s。", used, p.when(r.Step.Due))
	}
	s += p.may(strings.Join(r.Faults, ""), "")
	if e.URL != "" {
		s += "正在打开链接核验，有问题会马上告诉您。"
	} else {
		s += p.may(cases.Hint(e.Text), "")
	}
	if next, owed := c.Next(); owed {
		return s + fmt.Sprintf("还差一步：%s，请在 %s 前完成。", next.Name, p.when(next.Due))
	}
	if len(e.Steps) == 0 {
		return s
	}
	return s + "事情办完后请在卡片上点“办结”。"
}

// follows does what follows from an act besides its cards.
func (p *Pipeline) follows(tx *journal.Tx, c cases.Case, e cases.Event) error {
	switch e.Kind {
	case cases.Helped:
		return p.say(tx, c, c.Officer, html.EscapeString(p.may(
			fmt.Sprintf("%s对 %s 的协办答复：%s", e.Unit, c.Number, e.Text),
			fmt.Sprintf("%s对 %s 的协办已有答复。%s", e.Unit, c.Number, p.where(c.Number)))))
	case cases.Replied:
		if err := p.lookAgain(tx, c); err != nil || e.URL == "" {
			return err
		}
		return tx.PutLook(cases.Look{Case: c.Number, URL: e.URL, Reply: len(c.Replies), At: p.Now()})
	case cases.Closed:
		if c.Contact == "" || c.Rating != "" {
			return nil
		}
		ask := "请问登记的人"
		for _, s := range c.Sources {
			if _, ok := p.Office.Inboxes[s.Source]; ok {
				ask = "请到" + html.EscapeString(s.Source) + "里查"
			}
		}
		who := p.may(html.EscapeString(c.Contact)+"，完整的号码"+ask, "联系方式"+ask)
		return p.say(tx, c, e.By, fmt.Sprintf("%s 已办结。请联系反映人（%s），问一问对答复是否满意，再点下面的结果。", c.Number, who), RatingButtons(c.Number)...)
	}
	return nil
}

// RatingButtons log how content the person is who asked.
func RatingButtons(number string) (list []cases.Button) {
	for i, r := range cases.Ratings {
		list = append(list, cases.Button{Text: r, Data: fmt.Sprintf("g:%s:%d", number, i)})
	}
	return list
}
