package pipeline

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

// maxLooks is how many pages are known to wait for a look at the same time: so many that
// those of one slow site do not hide the others.
const maxLooks = 1000

// again is how long after the look before a post's page is looked at again: at one hour
// and at one day.
var again = []time.Duration{time.Hour, 23 * time.Hour}

// retries is after how long a look that told nothing is tried again. Then an answer's page
// counts as one that cannot be opened, and a post's is left alone.
var retries = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}

// Looks returns looks at pages that are due.
func (p *Pipeline) Looks() (due []cases.Look, err error) {
	return due, p.Journal.View(func(tx *journal.Tx) error {
		due, err = tx.Looks(p.Now(), maxLooks)
		return err
	})
}

// Looked records what a look told.
func (p *Pipeline) Looked(l cases.Look, s cases.Sight) error {
	err := p.Journal.Update(func(tx *journal.Tx) error {
		if queued, err := tx.DropLook(l); err != nil || !queued { // told before
			return err
		}
		c, held, err := tx.Case(l.Case)
		if err != nil || !held {
			return err
		}
		if s.Unknown != "" && !s.Final && l.Tries < len(retries) {
			l.At = p.Now().Add(retries[l.Tries])
			l.Tries++
			return tx.PutLook(l)
		}
		if l.Reply > 0 {
			return p.verified(tx, c, l, s)
		}
		return p.seenAgain(tx, c, l, s)
	})
	if err != nil {
		return fmt.Errorf("look at %s: %w", l.ID(), err)
	}
	p.Wake()
	return nil
}

// verified records what an answer's page was found to be, and tells its officer at once
// what is wrong with it.
func (p *Pipeline) verified(tx *journal.Tx, c cases.Case, l cases.Look, s cases.Sight) error {
	if l.Reply > len(c.Replies) {
		return nil
	}
	r := c.Replies[l.Reply-1]
	faults := slices.Concat(r.Faults, s.Faults)
	if s.Unknown != "" && len(s.Faults) == 0 { // never in order without having been seen
		faults = append(faults, "链接打不开："+s.Unknown+"。")
	}
	c, err := p.record(tx, cases.Event{
		Case: c.Number, Kind: cases.Verified, At: p.Now(), Reply: l.Reply, URL: l.URL, Title: s.Title, Faults: faults, SHA256: s.SHA256,
	})
	if err != nil || len(faults) == 0 {
		return err
	}
	who, err := p.answering(tx, c, r.By)
	if err != nil {
		return err
	}
	why := p.may(strings.Join(faults, ""), "原因不在这里写，请打开链接核对。"+p.where(c.Number))
	return p.say(tx, c, who, fmt.Sprintf("⚠️ %s 的回应没有通过核验：%s\n改好后长按那张卡片，选“回复”，再发一次链接；确实没有问题的，请领导发 /case %s 点“认可”。",
		c.Number, html.EscapeString(why), c.Number))
}

// answering is who is told about an answer: who gave it, or else who of the unit is there.
func (p *Pipeline) answering(tx *journal.Tx, c cases.Case, by string) (string, error) {
	if ok, err := p.reachable(tx, by); ok || err != nil {
		return by, err
	}
	return p.onDuty(tx, p.unitOr(c.Unit, c.Topic))
}

// seenAgain records what became of a post's page, and plans the next look.
func (p *Pipeline) seenAgain(tx *journal.Tx, c cases.Case, l cases.Look, s cases.Sight) error {
	first := l.Before == ""
	if s.Unknown != "" && first {
		return nil // it could never be read
	}
	if s.Page != "" {
		l.Before = s.Page
	}
	if err := tx.PutPage(l); err != nil {
		return err
	}
	if l.Passed < len(again) {
		next := l
		next.At, next.Tries, next.Passed = p.Now().Add(again[l.Passed]), 0, l.Passed+1
		if err := tx.PutLook(next); err != nil {
			return err
		}
	}
	if first && s.Change == "" && s.SHA256 != "" && l.Post == c.Post { // the case says where it comes from
		_, err := p.record(tx, cases.Event{Case: c.Number, Kind: cases.Kept, At: p.Now(), Title: "原帖网页的文字", SHA256: s.SHA256})
		return err
	}
	if s.Change == "" {
		return nil
	}
	if into, held, err := p.goesOn(tx, c.Number); err != nil {
		return err
	} else if held { // of a merged case it is the other one's officer who must know
		c = into
	}
	_, err := p.record(tx, cases.Event{
		Case: c.Number, Kind: cases.Changed, At: p.Now(), Post: l.Post, URL: l.URL, Reason: s.Change, SHA256: s.SHA256,
	})
	return err
}

// Subject returns what a look needs to know of its case: the case, its first mention, and
// the hosts on which its unit publishes; false when it is no longer held.
func (p *Pipeline) Subject(number string) (c cases.Case, first cases.Mention, sites []string, ok bool, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		if c, ok, err = tx.Case(number); err != nil || !ok {
			return err
		}
		first, _, err = tx.Mention(number, 1)
		return err
	})
	u, _ := p.unit(c.Unit)
	return c, first, slices.Concat(u.Sites, p.Office.Sites), ok, err
}

// lookAgain has the posts of a case looked at once more, because it is being answered and
// will be closed soon: what is answered should still stand.
func (p *Pipeline) lookAgain(tx *journal.Tx, c cases.Case) error {
	pages, err := tx.Pages(c.Number)
	for _, l := range pages {
		if err == nil {
			l.At, l.Tries = p.Now(), 0
			err = tx.PutLook(l)
		}
	}
	return err
}
