package post

import "time"

// Batch is what one poll of one source brought. Whoever takes it commits Posts
// and State in one transaction: a State that got ahead of its Posts would make
// the next conditional request skip posts that were never kept.
type Batch struct {
	Source string    // the source's name in the configuration
	At     time.Time // when the poll began; the Seen time of what is new in Posts
	Read   int       // items the source showed, known ones included; 0 when it had not changed
	Posts  []Post    // those not known yet, oldest first
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

	Failures int    `json:"failures,omitempty"` // failed polls in a row
	Reason   string `json:"reason,omitempty"`   // why, in Chinese; with Failures 0, what was wrong with a poll that worked
	Error    string `json:"error,omitempty"`    // the same for the log, in English

	SharedKeys []string  `json:"shared_keys,omitempty"` // GUIDs and links this source gives to more than one item
	Waiting    []Waiting `json:"waiting,omitempty"`     // threads seen on the list whose page is still to be read
}

// Waiting is a post whose own page has not been read yet.
type Waiting struct {
	Post  Post `json:"post"`  // as the list page shows it
	Tries int  `json:"tries"` // how often its page was asked for in vain
}
