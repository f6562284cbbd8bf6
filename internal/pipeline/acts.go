package pipeline

import (
	"fmt"
	"html"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// Sign takes a case on (签收). The sentence that comes back is for the officer.
func (p *Pipeline) Sign(a cases.Act) (string, error) {
	return p.act(a, cases.Event{Kind: cases.Signed}, func(c cases.Case) string {
		next, _ := c.Next()
		return fmt.Sprintf("已签收 %s，请在 %s 前回应。", c.Number, p.when(next.Due))
	})
}

// Transfer gives a case to another unit (转办): its officer's phone rings.
func (p *Pipeline) Transfer(a cases.Act, unit string) (string, error) {
	u, ok := p.unit(unit)
	if !ok {
		return fmt.Sprintf("没有“%s”这个单位，可能配置刚改过。请重新点“转办”再选。", unit), nil
	}
	return p.act(a, cases.Event{Kind: cases.Transferred, Unit: u.Name}, func(c cases.Case) string {
		return fmt.Sprintf("%s 已转给%s（%s）。", c.Number, u.Name, c.Officer)
	})
}

// Dismiss says that no answer is owed (无需回应), for a reason.
func (p *Pipeline) Dismiss(a cases.Act, reason string) (string, error) {
	return p.act(a, cases.Event{Kind: cases.Dismissed, Reason: reason}, func(c cases.Case) string {
		return fmt.Sprintf("%s 已标为无需回应：%s。", c.Number, reason)
	})
}

// Close ends a case that has been answered (办结).
func (p *Pipeline) Close(a cases.Act) (string, error) {
	return p.act(a, cases.Event{Kind: cases.Closed}, func(c cases.Case) string {
		return fmt.Sprintf("%s 已办结。", c.Number)
	})
}

// Reply logs what the agency published (回应): a link, a text, or both. It signs the
// case too where that was not done. The text is kept masked. The sentence is queued
// for the officer.
func (p *Pipeline) Reply(a cases.Act, url, text string) error {
	_, err := p.act(a, cases.Event{Kind: cases.Replied, URL: url, Text: post.Mask(text)}, func(c cases.Case) string {
		last := len(c.Replies) - 1
		used := workday.FormatDuration(p.Calendar.Between(c.Opened, c.Replies[last].At))
		s := fmt.Sprintf("已记录对 %s 的回应，", c.Number)
		switch {
		case last >= len(c.Steps):
			return s + "作为补充。"
		case c.OnTime(last):
			s += fmt.Sprintf("用时 %s（工作时间），在时限内。", used)
		default:
			s += fmt.Sprintf("用时 %s（工作时间），已超过时限 %s。", used, p.when(c.Steps[last].Due))
		}
		if next, owed := c.Next(); owed {
			return s + fmt.Sprintf("还差一步：%s，请在 %s 前完成。", next.Name, p.when(next.Due))
		}
		return s + "事情办完后请在卡片上点“办结”。"
	})
	return err
}

// Tell queues a message to a person, once for each key.
func (p *Pipeline) Tell(name, key, text string) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		return tx.Say(cases.Outgoing{To: name, Text: text, Key: key}, p.Now())
	})
	if err == nil {
		p.Wake()
	}
	return err
}

// Answer queues an answer to what a person wrote, once for each update.
func (p *Pipeline) Answer(update int64, name, text string) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		before, err := tx.Updated(update, p.Now())
		if before || err != nil {
			return err
		}
		return tx.Say(cases.Outgoing{To: name, Text: text, Key: updateKey(update)}, p.Now())
	})
	if err == nil {
		p.Wake()
	}
	return err
}

// act appends an event to a case, if the rules allow it, and asks for its cards to
// be shown anew. What comes back is done's sentence, or why it may not be; it is
// empty for an update that was handled before.
func (p *Pipeline) act(a cases.Act, e cases.Event, done func(cases.Case) string) (said string, err error) {
	err = p.Journal.Update(func(tx *journal.Tx) error {
		before, err := tx.Updated(a.Update, p.Now())
		if before || err != nil {
			return err
		}
		if err := p.back(tx, a.By); err != nil {
			return err
		}
		c, ok, err := tx.Case(a.Case)
		if err != nil {
			return err
		}
		if said = p.refusal(c, ok, a, e); said == "" {
			if c, err = p.record(tx, c, a, e); err != nil {
				return err
			}
			if err := p.touch(tx, c); err != nil {
				return err
			}
			said = done(c)
		}
		if e.Kind != cases.Replied { // a tap's answer is shown by the button
			return nil
		}
		return tx.Say(cases.Outgoing{To: a.By, Text: html.EscapeString(said), Key: updateKey(a.Update)}, p.Now())
	})
	if err != nil {
		return "", fmt.Errorf("%s of %s by %s: %w", e.Kind, a.Case, a.By, err)
	}
	p.Wake()
	return said, nil
}

// refusal is why an act may not be done; empty when it may.
func (p *Pipeline) refusal(c cases.Case, held bool, a cases.Act, e cases.Event) string {
	if !held {
		return fmt.Sprintf("%s 已归档，不能再操作。", a.Case)
	}
	if u, _ := p.unit(c.Unit); !u.Has(a.By) {
		return fmt.Sprintf("%s 现在由%s办理，请由该单位的责任人操作。", c.Number, c.Unit)
	}
	if e.Kind == cases.Transferred && e.Unit == c.Unit {
		return fmt.Sprintf("%s 本来就由%s办理，不用转。", c.Number, c.Unit)
	}
	if err := c.May(e.Kind, p.when); err != nil {
		return err.Error()
	}
	return ""
}

// late is how long after it was done an act may arrive and count as done on arrival.
// Telegram's clock has whole seconds and is not ours: a small difference is none.
const late = time.Minute

// record appends e, preceded by what it implies and followed by what it causes.
func (p *Pipeline) record(tx *journal.Tx, c cases.Case, a cases.Act, e cases.Event) (cases.Case, error) {
	e.Case, e.By, e.At = c.Number, a.By, p.Now()
	if !a.At.IsZero() && e.At.Sub(a.At) > late && a.At.After(c.Opened) {
		e.At = a.At
	}
	if e.Kind == cases.Replied && c.Signed.IsZero() {
		if _, err := tx.Append(cases.Event{Case: c.Number, By: a.By, At: e.At, Kind: cases.Signed}); err != nil {
			return c, err
		}
	}
	if e.Kind == cases.Transferred {
		u, _ := p.unit(e.Unit)
		officer, err := p.onDuty(tx, u)
		if err != nil {
			return c, err
		}
		e.Officer = officer
		if err := tx.Touch(c.Number, officer, true); err != nil {
			return c, err
		}
	}
	return tx.Append(e)
}

// when formats an instant for reading: 11-23 17:30.
func (p *Pipeline) when(t time.Time) string {
	return t.In(p.Calendar.Location()).Format("01-02 15:04")
}
