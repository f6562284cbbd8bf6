package cases

import "time"

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
	Topics    []string  `json:"topics"` // the case's topic first
	Words     []string  `json:"words"`  // what matched, each once
	Marks     []Mark    `json:"marks"`  // where, for the card's highlights
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
	// Key names the message (a digest's day, an update's ID) so that it is queued once.
	Key string `json:"key,omitempty"`
	// Begun is set before the first attempt and kept: an attempt that has begun and
	// not ended may have reached the phone.
	Begun time.Time `json:"begun,omitzero"`
}

// Card is the message that shows a case to one officer.
type Card struct {
	Case    string `json:"case"`
	Officer string `json:"officer"`
	Chat    int64  `json:"chat"`
	Message int    `json:"message"`
	Rev     int    `json:"rev"` // the revision of the case that it shows
}

// Story is a case's first telling, for finding the next.
type Story struct {
	ID   string    `json:"id"` // the first mention's
	Case string    `json:"case"`
	At   time.Time `json:"at"`
}

// Parcel is an Outgoing made ready to send: to which chat, and with what.
type Parcel struct {
	Outgoing
	Chat    int64
	Again   bool    // an earlier attempt may have reached the phone: say so
	View    Case    // for a card
	First   Mention // for a card: the mention that opened the case
	Message int     // for a card: the message to edit; 0: send a new one
}

// Act is one thing an officer does in the chat: by which update, who, to which case.
type Act struct {
	Update int64 // the chat update's ID: the same one twice changes nothing
	By     string
	Case   string
	// At is when it was done, by Telegram's clock, for what may arrive late because
	// Telegram was away; zero: now.
	At time.Time
}
