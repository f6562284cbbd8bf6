// Package parse is the room of the parsers: the bytes of a feed, of a forum's page or of
// a JSON API go in, in UTF-8, and items come out, in plain text. It is pure: no clock,
// no disk, no network. What it is given comes from strangers: everything has a limit.
package parse

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// MaxItems is how many items of one document are read.
const MaxItems = 1000

// At is where and when a document was read.
type At struct {
	Base *url.URL       // relative links are relative to it
	Zone *time.Location // of times that name none
	Now  time.Time      // what 刚刚 and 昨天 count from
}

// Item is what a document says of one post. Only Title or Text are sure to be there.
type Item struct {
	GUID           string
	Title, Text    string // plain text; the title is one line
	Author, Link   string // the link is absolute, http or https
	Page           string // where the post's own page is to be read; empty where that is Link
	Published      time.Time
	Replies, Views int // -1: the source does not say
}

// Document is a list of items as one answer of the source holds it.
type Document struct {
	Items []Item
	Lost  int    // items, or parts of them, that are damaged; at least
	Next  string // the address of the next, older, items; empty when there is none
	Hub   string // of WebSub; empty when there is none
	Self  string // the document's own address as it gives it

	Rest      time.Duration // how long the document asks not to be read again (ttl); zero when it does not
	SkipHours uint32        // bit h: it asks not to be read in hour h of the day, UTC
	SkipDays  uint8         // bit d: nor on day d of the week, Sunday is 0, UTC
}

// Fields say where a list's items are, and where their fields are inside them: CSS
// selectors on a forum's page (perhaps with @attr at the end, to take an attribute
// instead of the text), paths in a JSON document. Only Item is required.
type Fields struct{ Item, Title, Link, Page, Text, Author, Time, Replies, Views, Next string }

// PageFields say where things are on a post's own page.
type PageFields struct{ Text, Author, Time string }

// What can be wrong with a document, wrapped.
var (
	ErrNotFeed = errors.New("not a feed")
	ErrBroken  = errors.New("feed broken")
	ErrPage    = errors.New("page cannot be read as HTML")
)

// LayoutError is a page that came but does not look as the fields expect.
type LayoutError struct {
	Field    string // of the configuration
	Selector string
	Found    int // how many elements it finds, none of which could be used
}

// Error implements error.
func (e *LayoutError) Error() string {
	if e.Found > 0 {
		return fmt.Sprintf("%s %q finds %d elements, none with a title and a link", e.Field, e.Selector, e.Found)
	}
	return fmt.Sprintf("%s %q finds nothing", e.Field, e.Selector)
}
