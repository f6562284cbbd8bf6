package post

import (
	"time"

	"huiyin/internal/schedule"
)

// Batch is what one poll of one source brought. Whoever takes it commits Posts
// and State in one transaction: a State that got ahead of its Posts would make
// the next conditional request skip posts that were never kept.
type Batch struct {
	Source string    // the source's name in the configuration
	At     time.Time // when the poll began; the Seen time of what is new in Posts
	Read   int       // items the source showed, known ones included; 0 when it had not changed
	Posts  []Post    // those not known yet, oldest first
	Gap    string    // why posts may have been missed between this poll and the one before, for the log; empty when none were
	State  State     // what to remember of the source after this poll
}

// State is what is remembered of one source between polls. It is plain data,
// kept as JSON; the zero State is that of a source never polled.
type State struct {
	Setup        string `json:"setup,omitempty"`         // digest of the configuration the next three were got with
	ETag         string `json:"etag,omitempty"`          // of the last document read whole
	LastModified string `json:"last_modified,omitempty"` // likewise
	Digest       string `json:"digest,omitempty"`        // SHA-256 of its body, hex: the same bytes are not parsed again

	LastTry   time.Time `json:"last_try,omitzero"`   // when the last poll began
	LastOK    time.Time `json:"last_ok,omitzero"`    // when the last poll began that succeeded
	Next      time.Time `json:"next,omitzero"`       // when the next poll is due
	NotBefore time.Time `json:"not_before,omitzero"` // the source asked (Retry-After) to be left alone until then

	Fresh time.Duration  `json:"fresh,omitzero"` // after each poll nothing is new for so long, the server says (Cache-Control)
	Rest  time.Duration  `json:"rest,omitzero"`  // the same as the document says (ttl)
	Quiet schedule.Quiet `json:"quiet,omitzero"` // when the document asks not to be read
	Habit schedule.Habit `json:"habit,omitzero"` // when people write there
	Hub   string         `json:"hub,omitempty"`  // of WebSub, where the document offers one
	Self  string         `json:"self,omitempty"` // what the document calls itself there

	Failures int       `json:"failures,omitempty"` // failed polls in a row
	Since    time.Time `json:"since,omitzero"`     // when the first of them was
	Reason   string    `json:"reason,omitempty"`   // why, in Chinese; with Failures 0, what was wrong with a poll that worked
	Error    string    `json:"error,omitempty"`    // the same for the log, in English
	Told     bool      `json:"told,omitempty"`     // the admins were told that it fails; whoever keeps the state sets it

	Whole    time.Time `json:"whole,omitzero"`      // when the document itself came last, not only word that it is the same
	Items    int       `json:"items,omitempty"`     // in the last document that was read
	Newest   []string  `json:"newest,omitempty"`    // IDs of the newest of them: where all have left, others came and went unseen
	CatchUps int       `json:"catch_ups,omitempty"` // polls in a row that looked for those in vain
	Gaps     int       `json:"gaps,omitempty"`      // how often posts were missed
	GapAt    time.Time `json:"gap_at,omitzero"`     // when last

	SharedKeys []string  `json:"shared_keys,omitempty"` // GUIDs and links this source gives to more than one item
	Waiting    []Waiting `json:"waiting,omitempty"`     // threads seen on the list whose page is still to be read
}

// Waiting is a post whose own page has not been read yet.
type Waiting struct {
	Post  Post   `json:"post"`           // as the list page shows it
	Page  string `json:"page,omitempty"` // its page's address, where that is not Post.URL
	Tries int    `json:"tries"`          // how often its page was asked for in vain
}
