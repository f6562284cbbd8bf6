// Package cases is the room of the casework: what an agency owes on a story, as a
// fold over an append-only list of events, and the rules of what may happen next.
// It is pure: times come in with the events.
package cases

import (
	"fmt"
	"time"
)

// Kind says what happened to a case.
type Kind string

// The kinds of event. The Chinese is what an officer reads in a case's history.
const (
	Opened      Kind = "opened"      // 登记: a story became a case of a unit
	Joined      Kind = "joined"      // 并入: another post tells the same story
	Delivered   Kind = "delivered"   // 送达: Telegram confirmed a card to an officer
	Undelivered Kind = "undelivered" // 未送达: a card was refused for good
	Signed      Kind = "signed"      // 签收: an officer took the case on
	Replied     Kind = "replied"     // 回应: the agency published an answer
	Transferred Kind = "transferred" // 转办: another unit answers from now on
	Reassigned  Kind = "reassigned"  // 改派: another officer of the same unit
	Reminded    Kind = "reminded"    // 催办: time runs out, and the card rang again
	Dismissed   Kind = "dismissed"   // 无需回应: no answer is owed, for a reason
	Closed      Kind = "closed"      // 办结: all is done
)

var kindNames = map[Kind]string{
	Opened: "登记", Joined: "并入", Delivered: "送达", Undelivered: "未送达", Signed: "签收", Replied: "回应",
	Transferred: "转办", Reassigned: "改派", Reminded: "催办", Dismissed: "无需回应", Closed: "办结",
}

// String is the kind's Chinese name.
func (k Kind) String() string { return kindNames[k] }

// Event is one thing that happened to a case. Events are appended and never
// changed; which fields are set depends on the kind.
type Event struct {
	Case string    `json:"case"`
	Seq  int       `json:"seq"` // 1, 2, 3 … within the case
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"` // a person's name; empty: the program

	Post    string `json:"post,omitempty"`    // opened, joined: the mention's ID
	Source  string `json:"source,omitempty"`  // opened, joined
	Title   string `json:"title,omitempty"`   // opened, joined: masked
	URL     string `json:"url,omitempty"`     // opened, joined: the post; replied: the reply
	Topic   string `json:"topic,omitempty"`   // opened
	Steps   []Step `json:"steps,omitempty"`   // opened: what is owed and when
	Unit    string `json:"unit,omitempty"`    // opened, transferred: who answers
	Officer string `json:"officer,omitempty"` // opened, transferred, reassigned: whose turn it is; reminded, (un)delivered: whose phone
	// Mentions is, for delivered, how many of the case's mentions the card counted.
	Mentions int    `json:"mentions,omitempty"`
	Text     string `json:"text,omitempty"`   // replied
	Reason   string `json:"reason,omitempty"` // transferred, dismissed, undelivered; reminded: which mark was passed
}

// ID names the event: it is the same however often it is shipped.
func (e Event) ID() string { return fmt.Sprintf("%s/%04d", e.Case, e.Seq) }

// Step is one thing owed on a case: each reply meets the first step that is not
// met yet.
type Step struct {
	Name   string    `json:"name"`   // 回应, 首次表态, 新闻发布
	Target string    `json:"target"` // as configured: 1wd, 5h
	Due    time.Time `json:"due"`
	Why    string    `json:"why"` // how the due time was derived, in Chinese
}

// Number formats a case number: the year and six digits that start at 1 each year.
func Number(year, n int) string { return fmt.Sprintf("%04d-%06d", year, n) }
