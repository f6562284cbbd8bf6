package cases

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Apply takes the next event. After an error the case is as it was.
func (c *Case) Apply(e Event) error {
	if kindNames[e.Kind] == "" {
		return fmt.Errorf("case %s: event %d is of the unknown kind %q", c.Number, e.Seq, string(e.Kind))
	}
	if e.Seq != c.Seq+1 || c.Seq > 0 && (e.Case != c.Number || e.Kind == Opened) || c.Seq == 0 && e.Kind != Opened {
		return fmt.Errorf("case %s: event %s (%s) does not follow event %d", c.Number, e.ID(), e.Kind, c.Seq)
	}
	if (e.Kind == Verified || e.Kind == Accepted) && (e.Reply < 1 || e.Reply > len(c.Replies)) {
		return fmt.Errorf("case %s: event %s is about answer %d of %d", c.Number, e.ID(), e.Reply, len(c.Replies))
	}
	c.Seq = e.Seq
	// What the program itself notes without anybody having to see it edits no card.
	if e.Kind != Delivered && e.Kind != Undelivered && (e.Kind != Kept || e.By != "") {
		c.Rev = e.Seq
	}
	switch e.Kind {
	case Opened, Joined, Raised, Alike, Merged, Took, Split, Changed:
		c.told(e)
	case Delivered, Signed, Reassigned, Called, Reminded, Transferred, Declined, Enlisted, Helped:
		c.turn(e)
	case Paused, Resumed, Extended, Reopened, Dismissed, Closed:
		c.run(e)
	case Submitted, Approved, Returned, Replied, Verified, Accepted, Kept, Rated:
		c.answer(e)
	}
	return nil
}

// told applies what the public said, and what was made of it.
func (c *Case) told(e Event) {
	switch e.Kind {
	case Opened:
		*c = Case{
			Number: e.Case, Post: e.Post, Topic: e.Topic, Title: e.Title, URL: e.URL, Contact: e.Contact, Unit: e.Unit,
			Severity: e.Severity, State: Registered, Opened: e.At, Start: e.At, Asked: e.At, Steps: e.Steps,
			Seq: e.Seq, Rev: e.Seq, Shown: map[string]int{},
		}
		c.assign(e.Officer)
		c.count(e.Source)
		c.Pace.Add(e.At)
	case Joined:
		c.count(e.Source)
		c.Pace.Add(e.At)
		c.Latest = Telling{Title: e.Title, URL: e.URL}
		c.reach(e.Contact)
		if c.Over() {
			c.After++
		}
	case Raised:
		c.Severity = e.Severity
		c.News = fmt.Sprintf("升为%s：%s", e.Severity, e.Reason)
		if len(e.Steps) > 0 {
			c.restart(e)
		}
		if c.State == Answered && c.Met() < len(c.Steps) {
			c.goOn(e)
		}
	case Alike:
		if !slices.Contains(c.Alike, e.Other) {
			c.Alike = append(c.Alike, e.Other)
		}
	case Merged:
		c.end(Joint, e)
		c.Into = e.Other
	case Took:
		c.Taken = append(c.Taken, Taken{Number: e.Other, Mentions: e.Mentions})
		c.Alike = slices.DeleteFunc(c.Alike, func(n string) bool { return n == e.Other })
		c.reach(e.Contact)
	case Split:
		c.Away++
		i := slices.IndexFunc(c.Sources, func(s SourceCount) bool { return s.Source == e.Source })
		if i >= 0 {
			c.Sources[i].Count--
		}
		c.Latest = Telling{}
	case Changed:
		c.Page = e.Reason
	}
}

// turn applies who is to act.
func (c *Case) turn(e Event) {
	switch e.Kind {
	case Delivered:
		c.Shown[e.Officer] = max(c.Shown[e.Officer], e.Mentions)
		c.follow(e.Officer)
	case Signed:
		c.News = ""
		if c.Offer != nil && c.Offer.Unit == e.Unit {
			c.From, c.Unit, c.Reason = c.Unit, e.Unit, c.Offer.Reason
			c.Offer, c.Draft = nil, nil // its reviewer is the other unit's
		}
		if c.State == Registered {
			c.State = InHand
		}
		c.Signed, c.SignedBy, c.Called = e.At, e.By, nil
		c.assign(e.By)
	case Reassigned:
		if c.Offer != nil && c.Offer.Unit == e.Unit {
			c.Offer.Officer = e.Officer
			c.follow(e.Officer)
		} else {
			c.News = fmt.Sprintf("%s不在，现在由%s接手", c.Officer, e.Officer)
			c.assign(e.Officer)
		}
		c.Asked = e.At
	case Called:
		c.Called = append(c.Called, e.Officer)
		c.Asked = e.At
		c.follow(e.Officer)
	case Reminded:
		if e.Reason == LongPaused || e.Reason == Unsound {
			c.Nudged, c.News = e.At, e.Reason
			return
		}
		c.Reminded = e.Reason
	case Transferred:
		c.Asked, c.Called, c.News = e.At, nil, ""
		if e.By != "" {
			c.Offer = &Offer{Unit: e.Unit, Officer: e.Officer, By: e.By, Reason: e.Reason}
			c.follow(e.Officer)
			return
		}
		// The program itself transfers what belongs to nobody any more: at once.
		c.From, c.Unit, c.Reason, c.Offer, c.Draft = c.Unit, e.Unit, e.Reason, nil, nil
		c.unsign()
		c.assign(e.Officer)
	case Declined:
		c.News = e.Unit + "退回了转办：" + e.Reason
		c.Offer, c.Called, c.Asked = nil, nil, e.At
	case Enlisted:
		if h := c.Helper(e.Unit); h != nil {
			h.Officer, h.Text = e.Officer, ""
		} else {
			c.Helpers = append(c.Helpers, Helper{Unit: e.Unit, Officer: e.Officer})
		}
		c.follow(e.Officer)
	case Helped:
		if h := c.Helper(e.Unit); h != nil {
			h.Officer, h.Text = e.By, e.Text
		}
	}
}

// run applies what stops and starts a case and its clock.
func (c *Case) run(e Event) {
	switch e.Kind {
	case Paused:
		c.Pauses = append(c.Pauses, Pause{From: e.At, Reason: e.Reason})
	case Resumed:
		c.unpause(e)
		c.Steps = e.Steps
	case Extended:
		c.Steps, c.Extended, c.Reminded = e.Steps, e.Reason, ""
	case Reopened:
		c.News = "已重开：" + cmp.Or(e.Reason, "由"+e.By+"重开")
		c.Ended, c.EndedBy, c.Reason, c.After, c.Into = time.Time{}, "", "", 0, ""
		c.restart(e)
		c.unsign()
		c.assign(e.Officer)
		c.Asked = e.At
	case Dismissed:
		c.end(NotOwed, e)
		c.Reason = e.Reason
	case Closed:
		c.end(Done, e)
	}
}

// answer applies what the agency says, and how that was found.
func (c *Case) answer(e Event) {
	switch e.Kind {
	case Submitted:
		c.Draft = &Draft{Text: e.Text, By: e.By, Reviewer: e.Officer}
		c.follow(e.Officer)
	case Approved, Returned:
		if c.Draft != nil {
			c.Draft.Verdict, c.Draft.Remark, c.Draft.Reviewer = e.Kind, e.Text, e.By
		}
	case Replied:
		c.News = ""
		r := Reply{At: e.At, By: e.By, URL: e.URL, Text: e.Text, Via: e.Via, Faults: e.Faults}
		if len(e.Steps) > 0 {
			r.Step = e.Steps[0]
		}
		if c.Draft != nil && c.Draft.Verdict == Approved {
			r.Approved = c.Draft.Text
		}
		c.Replies = append(c.Replies, r)
		if c.State == NotOwed {
			c.Reason = ""
		}
		if c.Offer != nil { // the unit that answers keeps it
			c.Offer, c.Called, c.Asked = nil, nil, e.At
		}
		switch { // an answer after the end takes the case up again
		case c.Met() == len(c.Steps):
			c.State, c.Called = Answered, nil
		case c.Over():
			c.goOn(e)
		}
		c.Ended, c.EndedBy, c.After, c.Reminded, c.Into, c.Draft = time.Time{}, "", 0, "", "", nil
	case Verified:
		r := &c.Replies[e.Reply-1]
		r.Verified, r.SHA256, r.Faults = e.At, e.SHA256, e.Faults
	case Accepted:
		c.Replies[e.Reply-1].Accepted = e.Reason
	case Kept:
		c.Evidence = append(c.Evidence, File{Name: e.Title, SHA256: e.SHA256, By: e.By})
	case Rated:
		c.Rating = e.Reason
	}
}

// restart begins to count new steps.
func (c *Case) restart(e Event) {
	c.unpause(e)
	c.Steps, c.Start, c.Base = e.Steps, e.At, len(c.Replies)
	c.Reminded, c.Extended, c.Draft = "", "", nil
}

// unpause ends a pause that lasts.
func (c *Case) unpause(e Event) {
	if p := c.Paused(); p != nil {
		p.Until = e.At
	}
}

// goOn makes a case that owed nothing owe again: it waits to be signed if nobody ever did.
func (c *Case) goOn(e Event) {
	c.State = InHand
	if c.Signed.IsZero() {
		c.State, c.Asked, c.Called = Registered, e.At, nil
	}
}

func (c *Case) unsign() {
	c.State, c.Signed, c.SignedBy, c.Called = Registered, time.Time{}, "", nil
}

func (c *Case) end(s State, e Event) {
	c.unpause(e)
	c.State, c.Ended, c.EndedBy = s, e.At, e.By
	c.Offer, c.Called, c.Draft, c.News = nil, nil, nil, ""
}

func (c *Case) assign(officer string) {
	c.Officer = officer
	c.follow(officer)
}

func (c *Case) follow(who string) {
	if who != "" && !slices.Contains(c.Followers, who) {
		c.Followers = append(c.Followers, who)
	}
}

// reach notes how to reach one more person who asked.
func (c *Case) reach(contact string) {
	if contact == "" || strings.Contains(c.Contact, contact) {
		return
	}
	if c.Contact != "" {
		c.Contact += "、"
	}
	c.Contact += contact
}

func (c *Case) count(source string) {
	c.Mentions++
	for i := range c.Sources {
		if c.Sources[i].Source == source {
			c.Sources[i].Count++
			return
		}
	}
	c.Sources = append(c.Sources, SourceCount{source, 1})
}
