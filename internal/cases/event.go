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
	Opened  Kind = "opened"  // 登记: a story became a case of a unit
	Joined  Kind = "joined"  // 并入: another post tells the same story
	Raised  Kind = "raised"  // 升级: it is graver than it was, and owes more
	Alike   Kind = "alike"   // 相似: another case may be about the same
	Merged  Kind = "merged"  // 并案: the whole case goes on in another one
	Took    Kind = "took"    // 收并: the mentions of another case came over
	Split   Kind = "split"   // 拆分: one mention became a case of its own
	Changed Kind = "changed" // 原帖变化: the post was edited, locked or is gone

	Delivered   Kind = "delivered"   // 送达: Telegram confirmed a card to somebody
	Undelivered Kind = "undelivered" // 未送达: a card was refused for good
	Signed      Kind = "signed"      // 签收: an officer took the case on
	Reassigned  Kind = "reassigned"  // 改派: another officer of the same unit
	Called      Kind = "called"      // 催签: nobody signed; somebody above is asked
	Reminded    Kind = "reminded"    // 催办: time runs out, and the card rang again
	Transferred Kind = "transferred" // 转办: another unit is to answer, once it signs
	Declined    Kind = "declined"    // 退回转办: it will not
	Enlisted    Kind = "enlisted"    // 协办: another unit is asked to help
	Helped      Kind = "helped"      // 协办答复: it did

	Paused   Kind = "paused"   // 停时: the case waits for somebody outside; time stands
	Resumed  Kind = "resumed"  // 恢复计时
	Extended Kind = "extended" // 延期: a leader gave more time, once

	Submitted Kind = "submitted" // 送审: a draft is to be approved before it is published
	Approved  Kind = "approved"  // 同意
	Returned  Kind = "returned"  // 退回: with a remark
	Replied   Kind = "replied"   // 回应: the agency published an answer
	Verified  Kind = "verified"  // 核验: the answer's page was looked at
	Accepted  Kind = "accepted"  // 认可: a leader accepts an answer that did not verify
	Kept      Kind = "kept"      // 存证: a photo or document was added
	Rated     Kind = "rated"     // 回访: whether the person who asked is content

	Dismissed Kind = "dismissed" // 无需回应: no answer is owed, for a reason
	Closed    Kind = "closed"    // 办结: all is done
	Reopened  Kind = "reopened"  // 重开: the matter goes on although it was ended
	Archived  Kind = "archived"  // 归档: it is out of the journal from now on
)

var kindNames = map[Kind]string{
	Opened: "登记", Joined: "并入", Raised: "升级", Alike: "相似", Merged: "并案", Took: "收并", Split: "拆分", Changed: "原帖变化",
	Delivered: "送达", Undelivered: "未送达", Signed: "签收", Reassigned: "改派", Called: "催签", Reminded: "催办",
	Transferred: "转办", Declined: "退回转办", Enlisted: "协办", Helped: "协办答复",
	Paused: "停时", Resumed: "恢复计时", Extended: "延期",
	Submitted: "送审", Approved: "同意", Returned: "退回", Replied: "回应", Verified: "核验", Accepted: "认可", Kept: "存证", Rated: "回访",
	Dismissed: "无需回应", Closed: "办结", Reopened: "重开", Archived: "归档",
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
	By   string    `json:"by,omitempty"`  // a person's name; empty: the program
	Via  string    `json:"via,omitempty"` // from where it was done (手机, 群); replied: the channel of the answer

	Post   string `json:"post,omitempty"`   // opened, joined, split: the mention's ID
	Source string `json:"source,omitempty"` // opened, joined, split
	Title  string `json:"title,omitempty"`  // opened, joined: masked; verified: the page's; kept: the file's name
	URL    string `json:"url,omitempty"`    // opened, joined, changed: the post; replied, verified: the reply
	Topic  string `json:"topic,omitempty"`  // opened
	// Contact is how to reach who asked, masked; opened, joined, for what came in by phone or
	// letter; took.
	Contact  string   `json:"contact,omitempty"`
	Severity Severity `json:"severity,omitempty"` // opened, raised
	Other    string   `json:"other,omitempty"`    // alike, merged, took, split: the other case's number
	// Steps are what is owed and when: from opened, raised, resumed, extended and reopened
	// on; replied: the step that the answer meets, if any.
	Steps   []Step `json:"steps,omitempty"`
	Unit    string `json:"unit,omitempty"`    // opened, transferred, declined, enlisted, helped: which unit
	Officer string `json:"officer,omitempty"` // whose turn it is, or whose phone it was
	// Mentions is, for delivered, how many of the case's mentions the card counted; for
	// took, how many came over.
	Mentions int    `json:"mentions,omitempty"`
	Text     string `json:"text,omitempty"` // replied, submitted, helped; returned: the remark
	// Reason is why: of raised, reassigned, called, transferred, declined, paused, extended,
	// accepted, dismissed, undelivered; reminded: which mark was passed; rated: how content;
	// changed: what changed.
	Reason string   `json:"reason,omitempty"`
	Reply  int      `json:"reply,omitempty"`  // verified, accepted: which of the case's answers, from 1
	Faults []string `json:"faults,omitempty"` // verified: what is wrong with the page; empty: nothing
	SHA256 string   `json:"sha256,omitempty"` // of what was kept: verified, changed, kept
}

// ID names the event: it is the same however often it is shipped.
func (e Event) ID() string { return fmt.Sprintf("%s/%04d", e.Case, e.Seq) }

// Step is one thing owed on a case: each reply meets the first step that is not
// met yet.
type Step struct {
	Name   string    `json:"name"`   // 回应, 首次表态, 新闻发布
	Target string    `json:"target"` // as configured: 1wd, 5h
	Due    time.Time `json:"due"`
	Why    string    `json:"why"`              // how the due time was derived, in Chinese
	Review bool      `json:"review,omitempty"` // the answer must be approved before it is published
}

// Number formats a case number: the year and six digits that start at 1 each year.
func Number(year, n int) string { return fmt.Sprintf("%04d-%06d", year, n) }
