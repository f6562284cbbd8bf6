package pipeline

import (
	"fmt"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// BindGroup makes a group chat that of a unit: it gets cards of the unit's cases. By must
// be of the unit, or an admin. What comes back is what to say in the group.
func (p *Pipeline) BindGroup(update, chat int64, by, unit string) (said string, err error) {
	u, ok := p.unit(unit)
	switch {
	case chat >= 0: // Telegram numbers groups below zero
		return "请在单位的群里发这条命令。", nil
	case !ok:
		return fmt.Sprintf("没有“%s”这个单位，请核对名称。", unit), nil
	case !u.Has(by) && !p.Administers(by):
		return fmt.Sprintf("请由%s的责任人或管理员来绑定。", unit), nil
	}
	err = p.once(update, func(tx *journal.Tx) error {
		said = fmt.Sprintf("本群已绑定为%s的工作群，新事项会发到这里。只有绑定过的责任人才能点按钮。", unit)
		return tx.Bind(journal.Binding{Name: groupMark + unit, Chat: chat, At: p.Now()})
	})
	return said, err
}

// Unbind ends the tie of a person to a chat, for an admin: that chat is a stranger's from
// now on, and the person's cases go to whoever is there. Every leader is told, since who
// unbinds and invites could take anybody's place; one who is unbound reads it on the next
// phone.
func (p *Pipeline) Unbind(update int64, by, name string) (said string, err error) {
	return said, p.once(update, func(tx *journal.Tx) error {
		if !p.Administers(by) {
			said = "解绑由管理员操作。"
			return p.reply(tx, update, by, said)
		}
		ok, err := tx.Unbind(name)
		if err != nil {
			return err
		}
		said = fmt.Sprintf("%s没有绑定，不用解绑。", name)
		if ok {
			said = fmt.Sprintf("%s已解绑，原来的手机不能再操作。要重新绑定，请发 /invite %s", name, name)
			if err := p.tellLeaders(tx, update, by, name); err != nil {
				return err
			}
		}
		if err := p.reassign(tx); err != nil {
			return err
		}
		return p.reply(tx, update, by, said)
	})
}

// tellLeaders tells the leaders, other than who did it, that a person was unbound.
func (p *Pipeline) tellLeaders(tx *journal.Tx, update int64, by, name string) error {
	text := fmt.Sprintf("管理员%s解除了%s的手机绑定，原来的手机不能再操作。如果%s本人不知道这件事，请马上过问。", by, name, name)
	for _, leader := range p.Office.Leaders {
		if leader == by {
			continue
		}
		if err := p.inform(tx, update, leader, text); err != nil {
			return err
		}
	}
	return nil
}

// Alert is the text of a copy that goes to places outside Telegram: no buttons, no HTML,
// and no more than may leave the house.
func (p *Pipeline) Alert(c cases.Case, e cases.Event) string {
	what := e.Kind.String()
	if e.Kind == cases.Reminded {
		what = e.Reason
	}
	if p.Office.Disclose.Level == cases.Link {
		return fmt.Sprintf("【%s】有一件事要办，请看：%s", what, p.Office.Disclose.Page(c.Number))
	}
	s := fmt.Sprintf("【%s】%s %s（%s）\n", what, c.Number, c.Topic, c.Severity)
	s += p.may(c.Title+"\n", "")
	switch {
	case e.Kind == cases.Transferred && c.Offer != nil:
		s += fmt.Sprintf("%s转给%s（%s），请签收", c.Unit, e.Unit, e.Officer)
	case e.Kind == cases.Enlisted:
		s += fmt.Sprintf("%s请%s（%s）协办", c.Unit, e.Unit, e.Officer)
	default:
		s += fmt.Sprintf("%s（%s）办理", c.Unit, c.Officer)
	}
	if next, owed := c.Next(); owed {
		s += fmt.Sprintf("，请在 %s 前%s", p.when(next.Due), verb(next.Name))
	}
	s += "。"
	if c.URL != "" {
		s += p.may("\n"+c.URL, "")
	}
	return s
}
