// Package post is the room of the posts: what one item read from a source is,
// how it is named, trimmed, masked and fingerprinted. It is pure: no clock, no
// disk, no network.
package post

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Limits keep one hostile post from filling memory, the journal or a card.
const (
	MaxTitle = 300    // runes
	MaxText  = 20_000 // runes
	MaxURL   = 2_000  // bytes
	MaxKey   = 2_000  // bytes
)

// Post is one item read from a source.
type Post struct {
	ID        string    // from IDOf; the same item read again has the same ID
	Source    string    // the source's name in the configuration
	Key       string    // what the source calls the item: its GUID, or its link
	Title     string    // plain text, one line; empty where the source shows none
	Text      string    // plain text, lines kept
	Author    string    // as shown by the source; used to match, never stored
	URL       string    // where a person can read it; absolute, http or https
	Published time.Time // when it was written; zero when the source does not say
	Seen      time.Time // when Huiyin first read it: the clock starts here
	Replies   int       // how many answers the source showed then; 0 where it does not say
	Views     int       // how many had opened it
}

// IDOf names a post by its source and the key the source gives it: 32 hex digits.
func IDOf(source, key string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%s", len(source), source, key)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Validate reports what makes p unfit to be journalled.
func (p Post) Validate() error {
	switch {
	case p.Source == "":
		return errors.New("post without a source")
	case p.Key == "":
		return errors.New("post without a key")
	case p.ID != IDOf(p.Source, p.Key):
		return errors.New("post whose ID is not that of its source and key")
	case strings.TrimSpace(p.Title) == "" && strings.TrimSpace(p.Text) == "":
		return errors.New("post without title and text")
	case p.Seen.IsZero():
		return errors.New("post without the time it was seen")
	}
	return nil
}
