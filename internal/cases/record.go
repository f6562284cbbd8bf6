package cases

import (
	"encoding/json"
	"fmt"
	"time"
)

// Mention is a post that matched, as it is kept: phone and identity numbers are
// masked, and the author is not stored.
type Mention struct {
	ID        string    `json:"id"` // the post's
	Case      string    `json:"case"`
	No        int       `json:"no"` // 1, 2, 3 … within the case
	Source    string    `json:"source"`
	Title     string    `json:"title"`
	Text      string    `json:"text"`
	URL       string    `json:"url"`
	Published time.Time `json:"published,omitzero"`
	Seen      time.Time `json:"seen"`
	Replies   int       `json:"replies,omitempty"` // answers the source showed when it was first read; 0 where it does not say
	Views     int       `json:"views,omitempty"`   // likewise, how many had opened it
	Topics    []string  `json:"topics"`            // the case's topic first
	Words     []string  `json:"words"`             // what matched, each once
	Marks     []Mark    `json:"marks"`             // where, for the card's highlights
}

// Mark is where a word matched: byte offsets into the mention's title or text.
type Mark struct {
	InTitle    bool `json:"t,omitempty"`
	Start, End int
}

// StoredPost is a post as it is kept for a set time, whether or not it is about
// anything: phone and identity numbers are masked, and the author is not stored.
type StoredPost struct {
	ID        string    `json:"id"`
	Source    string    `json:"source"`
	Title     string    `json:"title"`
	Text      string    `json:"text"`
	URL       string    `json:"url"`
	Published time.Time `json:"published,omitzero"`
	Seen      time.Time `json:"seen"`
	Replies   int       `json:"replies,omitempty"` // as the source showed them then
	Views     int       `json:"views,omitempty"`
	// Topics are those that fired when it was read; one that was too old to ring has none.
	Topics []string `json:"topics"`
}

// Poll is the count of one reading of a source.
type Poll struct {
	ID      string    `json:"id"`
	Source  string    `json:"source"`
	At      time.Time `json:"at"`
	Read    int       `json:"read"`    // posts on the page or in the feed
	New     int       `json:"new"`     // of these, never seen before
	Old     int       `json:"old"`     // of the new ones, too old to ring
	Matched int       `json:"matched"` // of the new ones, mentions
	Error   string    `json:"error,omitempty"`
	Gap     bool      `json:"gap,omitempty"` // posts may have come and gone unseen since the poll before
}

// Record is one row on its way to the warehouse: exactly one field is set.
type Record struct {
	Mention *Mention    `json:"mention,omitempty"`
	Event   *Event      `json:"event,omitempty"`
	Poll    *Poll       `json:"poll,omitempty"`
	Post    *StoredPost `json:"post,omitempty"`
}

// Shipment is a run of records that travels as a whole. Its ID and content never
// change once it is sealed, so that it may be sent again.
type Shipment struct {
	ID      string
	Records []Record
}

// Outgoing is one thing that the office's chat owes to a person.
type Outgoing struct {
	Seq  uint64 `json:"-"`  // the journal's order
	To   string `json:"to"` // the person's name
	Case string `json:"case,omitempty"`
	// Ring asks for a new message for the case's card, where otherwise the message
	// that is there is edited in silence.
	Ring bool `json:"ring,omitempty"`
	// Text is the whole message, in Telegram's HTML, when it is not about a card.
	Text string `json:"text,omitempty"`
	// Picture is what a picture is drawn from, at the moment it is sent; Text is its caption
	// then. What it is drawn from is a hundredth of it in size, and cannot be lost between two
	// commits as a file could.
	Picture json.RawMessage `json:"picture,omitempty"`
	// Buttons stand under the text, one row each.
	Buttons []Button `json:"buttons,omitempty"`
	// Bundle lists cases of which the person is told in one message, because there are too
	// many at once for one each.
	Bundle []string `json:"bundle,omitempty"`
	// After is before when it is not sent; zero: at once.
	After time.Time `json:"after,omitzero"`
	// Key names the message (a digest's day, an update's ID) so that it is queued once.
	Key string `json:"key,omitempty"`
	// Begun is set before the first attempt and kept: an attempt that has begun and
	// not ended may have reached the phone.
	Begun time.Time `json:"begun,omitzero"`
}

// Picture is one that goes after a text. The zero Picture is none.
type Picture struct {
	Caption string
	From    json.RawMessage // what it is drawn from
}

// Button is one under a message: what it says, and its data (see internal/chat).
type Button struct {
	Text string `json:"text"`
	Data string `json:"data"`
}

// Card is the message that shows a case to one officer.
type Card struct {
	Case    string `json:"case"`
	Officer string `json:"officer"`
	Chat    int64  `json:"chat"`
	Message int    `json:"message"`
	Rev     int    `json:"rev"` // the revision of the case that it shows
	// Listed tells that the message only names the case among others, and is not edited.
	Listed bool `json:"listed,omitempty"`
}

// Told tells whether the list that names the case told of all that there is: of more, a card
// of its own is to tell. A list that is still queued will.
func (k Card) Told(c Case) bool {
	return k.Listed && (k.Message == 0 || c.Shown[k.Officer] >= c.Mentions)
}

// Story is a case's first telling, for finding the next.
type Story struct {
	ID    string    `json:"id"` // the first mention's
	Case  string    `json:"case"`
	Topic string    `json:"topic"` // the case's
	At    time.Time `json:"at"`
}

// Parcel is an Outgoing made ready to send: to which chat, and with what.
type Parcel struct {
	Outgoing
	Chat    int64
	Again   bool    // an earlier attempt may have reached the phone: say so
	View    Case    // for a card
	First   Mention // for a card: the mention that opened the case
	Message int     // for a card: the message to edit; 0: send a new one
	Quiet   bool    // the phone shall not sound
	Cases   []Case  // for a bundle
}

// Act is one thing that somebody does to a case in the chat.
type Act struct {
	Update int64 // the chat update's ID: the same one twice changes nothing
	By     string
	Case   string
	Kind   Kind
	// At is when it was done, by Telegram's clock, for what may arrive late because
	// Telegram was away; zero: now.
	At     time.Time
	Via    string // 群, when it was done in a group
	Unit   string // transferred, enlisted
	Reason string
	Text   string // replied, submitted, helped, returned
	URL    string // replied
	Offer  string // replied: the key of the post that was offered as an answer, in place of URL
	Other  string // merged: the case it goes on in
	No     int    // split: which mention; 0: the last one
	Title  string // kept: the file's name
	SHA256 string // kept
	// Message tells that it came as a message, and the answer is to be one; a tap's answer
	// is shown by the button.
	Message bool
}

// Look is a look at a page that is due: at a post that a case is about, or at an answer.
type Look struct {
	Case   string    `json:"case"`
	URL    string    `json:"url"`
	Post   string    `json:"post,omitempty"`   // the mention's ID
	Source string    `json:"source,omitempty"` // where the post came from
	Reply  int       `json:"reply,omitempty"`  // or which of the case's answers, from 1
	At     time.Time `json:"at"`
	Tries  int       `json:"tries,omitempty"`  // that told nothing
	Before string    `json:"before,omitempty"` // SHA-256 of what was kept at the look before
	Passed int       `json:"passed,omitempty"` // how many looks there were
}

// ID names what is looked at.
func (l Look) ID() string { return fmt.Sprintf("%s\x00%s/%d", l.Case, l.Post, l.Reply) }

// Sight is what a look told.
type Sight struct {
	Unknown string   // why nothing could be told; empty: it could
	Final   bool     // to look again would tell nothing either
	Change  string   // of a post: what changed since the look before; empty: nothing
	Title   string   // of an answer: its page's
	Faults  []string // of an answer, also of one of whose page nothing could be told
	SHA256  string   // of the text that was kept; empty: none was
	Page    string   // SHA-256 of what the next look compares with
}
