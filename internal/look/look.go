// Package look is the room that looks at one web page for the casework: what a
// person would read there, the date it bears, and whether it still stands. From
// that it tells whether a reply's page answers its case (Verify), and what became
// of a post since it was looked at last (Compare).
package look

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

// State is how a page stands.
type State string

// The states of a page.
const (
	Open   State = "open"   // it shows what it is for
	Gone   State = "gone"   // the site says that there is no such page, or no longer
	Locked State = "locked" // it is shown, but closed to answers or screened by the site
)

// Page is one look at a web page. It holds no personal numbers: they are masked.
type Page struct {
	Asked       string    // the address it was looked for under
	URL         string    // where it was found, after redirects
	Status      int       // of the HTTP answer
	Title       string    // one line, at most post.MaxTitle runes; empty where it has none
	Text        string    // what a person would read, lines kept, at most post.MaxText runes
	Published   time.Time // the date the page bears, in the agency's zone; zero when it bears none that is certain
	DatePrecise bool      // Published has a time of day; else it is that day's midnight
	State       State
	SHA256      string    // of Text, in lower-case hex
	At          time.Time // when it was looked at
}

// Getter fetches pages; *fetch.Client is one.
type Getter interface {
	Get(ctx context.Context, req fetch.Request) (*fetch.Response, error)
}

// Looker looks at pages. It is safe for concurrent use.
type Looker struct {
	get  Getter
	zone *time.Location
	now  func() time.Time
	desk chan struct{} // a place for each page that is read, for the memory it takes
}

// readers is how many pages are read at the same time, once they came.
const readers = 2

// New makes a Looker. Dates without a zone are in zone.
func New(get Getter, zone *time.Location, now func() time.Time) *Looker {
	return &Looker{get, zone, now, make(chan struct{}, readers)}
}

// Look looks at the page that req asks for. That it is gone is no error: an error, always
// an *UnknownError, says that nothing could be known about it. An address that
// names one post of a thread (#pid123) is that post; else a thread is its first one.
func (l *Looker) Look(ctx context.Context, req fetch.Request) (Page, error) {
	address := req.URL
	p := Page{Asked: address, URL: address, State: Open, At: l.now().In(l.zone)}
	resp, err := l.get.Get(ctx, req)
	var status *fetch.StatusError
	if errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone) {
		p.Status, p.State, p.SHA256 = status.Status, Gone, sumOf("")
		return p, nil
	}
	if err != nil {
		return Page{}, &UnknownError{address, err}
	}
	p.URL, p.Status = resp.FinalURL, resp.Status
	select {
	case l.desk <- struct{}{}:
		defer func() { <-l.desk }()
	case <-ctx.Done():
		return Page{}, &UnknownError{address, ctx.Err()}
	}
	if err := l.fill(&p, resp); err != nil {
		return Page{}, &UnknownError{address, err}
	}
	return p, nil
}

// fill reads what came into p. A page that makes the reader stumble must not
// stop the program.
func (l *Looker) fill(p *Page, resp *fetch.Response) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("read page: panic: %v\n%s", v, debug.Stack())
		}
	}()
	if !isText(resp) {
		return fmt.Errorf("%w: %.100q", ErrNotText, resp.ContentType)
	}
	body, _, err := fetch.Decode(resp.Body, resp.ContentType, "")
	if err != nil {
		return err
	}
	doc, err := parse(body)
	if err != nil {
		return err
	}
	r := reader{doc: doc, zone: l.zone, post: postOf(p.Asked, p.URL)}
	r.read(p)
	p.Title = masked(p.Title, post.MaxTitle)
	p.Text = masked(p.Text, post.MaxText)
	p.SHA256 = sumOf(p.Text)
	if r.login(p) {
		return ErrLogin
	}
	return nil
}

// masked is s masked, at most max runes. It is cut first, since a page may be a hundred
// times as long, but behind the end, so that no number is cut in two and goes unmasked.
func masked(s string, max int) string {
	const longest = 100 // runes of what is masked in one piece
	return post.Cut(post.Mask(post.Cut(s, max+longest)), max)
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
