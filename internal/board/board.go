// Package board is the room of the read-only pages that leaders, units and admins look at:
// what is open and how long it still has, and behind each figure the cases and posts that
// it counts. Pages are made on the server and can be read without scripts.
package board

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// Data is the record. What is asked for units tells nothing of others' cases; no units
// are all.
type Data interface {
	Cases(ctx context.Context, f cases.Filter, now time.Time) ([]cases.Fact, int, error)
	Tally(ctx context.Context, f cases.Filter, now, evening time.Time) (cases.Tally, error)
	Choices(ctx context.Context, units []string, open bool) (cases.Choices, error)
	Fact(ctx context.Context, number string, units []string) (cases.Fact, bool, error)
	Merged(ctx context.Context, number string) ([]string, error)
	History(ctx context.Context, number string) ([]cases.Event, error)
	Map(ctx context.Context, f cases.Filter, now time.Time) ([]cases.Cell, error)
	Groups(ctx context.Context, f cases.Filter, by cases.By, zone *time.Location, now time.Time) ([]cases.Group, error)
	Mentions(ctx context.Context, f cases.MentionFilter) (list []cases.Mention, total, of int, err error)
	MentionsBy(ctx context.Context, f cases.MentionFilter, by cases.By, zone *time.Location) ([]cases.Count, error)
	Hours(ctx context.Context, f cases.MentionFilter) ([]cases.Count, error)
	SourceDays(ctx context.Context, source string, from, until time.Time, zone *time.Location) ([]cases.SourceDay, error)
	BadPolls(ctx context.Context, source string, from, until time.Time, limit int) ([]cases.Poll, error)
	PostsOf(ctx context.Context, source string, from, until time.Time, limit int) ([]cases.StoredPost, error)
	TopicFigures(ctx context.Context, f cases.Filter, now time.Time) ([]cases.TopicFigures, error)
}

// People tells who somebody is. It is asked at each request, so that a role that was taken
// away is gone at once.
type People interface {
	Leads(name string) bool       // sees all
	Administers(name string) bool // sees the sources and the topics
	UnitsOf(name string) []string // sees the cases of these
	HeadOf(name string) []string  // reads the digest of these
	// Bound is since when a person has that phone; zero: has none. What was asked for
	// through a phone of before is over with it.
	Bound(name string) time.Time
}

// Source is how the reading of a source goes.
type Source struct {
	Name         string
	LastOK, Next time.Time // zero: never, and not known
	Failures     int       // in a row
	Reason       string    // why it cannot be read; empty: it can
	Gaps         int       // times that posts may have come and gone unseen
	GapAt        time.Time // when last
	Pushed       bool      // the site sends what is new by itself
}

// Reader is who looks at a page.
type Reader struct {
	Name        string
	Leads       bool
	Administers bool
	Units       []string
	Heads       []string // of the units, those whose head the reader is
}

// casework tells whether a reader may see cases at all.
func (r Reader) casework() bool { return r.Leads || len(r.Units) > 0 }

// digests tells whether a reader may read digests, as in the chat.
func (r Reader) digests() bool { return r.Leads || len(r.Heads) > 0 }

// scope is whose cases the reader may see, for a filter. Only for who may see cases: no
// units are all of them.
func (r Reader) scope() []string {
	if r.Leads {
		return nil
	}
	return r.Units
}

// ErrNone is what the caller's pages return when there is none of that name, or none that
// the reader may see.
var ErrNone = errors.New("no such page")

// ErrNotYet is likewise for a report of a time that has not begun.
var ErrNotYet = errors.New("there is nothing to tell yet")

// Period is one that has a report.
type Period struct{ Path, Name, Kind string } // 2026Q3, 2026年第三季度, 季报

// Options are what a board needs. Functions may be nil: then what they would give is not shown.
type Options struct {
	Agency   string
	URL      string // the board's address, without a slash at the end; its host is answered, besides this machine's own names
	Zone     *time.Location
	Calendar func(unit string) *workday.Calendar // by which a unit works
	Data     Data
	People   People
	Live     func() (cases.Live, error)
	Sources  func() []Source
	// Categories are those of topics, Channels those of sources.
	Categories, Channels func() map[string]string
	// When reads a word that names a span of days, as in the chat.
	When func(word string, now time.Time, zone *time.Location) (from, until time.Time, ok bool)
	// Digest writes that of a day, or of this moment for the zero day, Report that of a period such as 2026Q3: a title, and the
	// page's inside without styles or scripts of its own, which the browser would refuse.
	// File is a report to keep: period and xlsx or csv.
	Digest func(ctx context.Context, r Reader, day time.Time) (title string, body template.HTML, err error)
	Report func(ctx context.Context, r Reader, period string) (title string, body template.HTML, err error)
	File   func(ctx context.Context, r Reader, period, kind string) (name string, content []byte, err error)
	// Periods are those whose reports are offered, by kind, the last one first.
	Periods func(now time.Time) []Period
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger
}

// Limits of what a request may be.
const (
	maxQuery = 2000 // bytes
	maxBody  = 4 << 10
	maxPage  = 2000
	perPage  = 50
	// Pages that are made at the same time: for all, and for one person. The record has more
	// to do than to fill pages.
	atOnce    = 2
	perReader = 6
	patience  = 20 * time.Second // for the record to answer
)

// Board is the pages. It is safe for concurrent use.
type Board struct {
	Options
	door    *door
	gate    *gate
	host    string
	handler http.Handler

	templates map[string]*template.Template
}

// New makes a board. It serves at the root of its host.
func New(o Options) *Board {
	if o.Now == nil {
		o.Now = time.Now
	}
	b := &Board{Options: o, door: newDoor(o.Now), gate: newGate(), host: hostOf(o.URL)}
	b.templates = b.parse()
	b.handler = b.guarded(b.routes())
	return b
}

// Link is a one-time link by which a person may log in within the next ten minutes.
func (b *Board) Link(name string) string {
	return strings.TrimRight(b.URL, "/") + "/login/" + b.door.code(name, b.People.Bound(name))
}

// ServeHTTP serves all pages.
func (b *Board) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }

func (b *Board) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{file}", b.static)
	mux.HandleFunc("GET /login/{code}", b.askLogin)
	mux.HandleFunc("POST /login/{code}", b.login)
	mux.HandleFunc("POST /logout", b.logout)
	page := func(path string, may func(Reader) bool, f page) { mux.Handle("GET "+path, b.page(may, f)) }
	oversees := func(r Reader) bool { return r.Leads || r.Administers }
	anyone := func(Reader) bool { return true }
	page("/{$}", Reader.casework, b.open)
	page("/cases", Reader.casework, b.list)
	page("/case/{number}", Reader.casework, b.oneCase)
	page("/story/{number}", Reader.casework, b.story)
	page("/map", Reader.casework, b.places)
	page("/trends", Reader.casework, b.trends)
	page("/search", Reader.casework, b.search)
	page("/sources", oversees, b.sources)
	page("/source/{name}", oversees, b.source)
	page("/topics", anyone, b.topics)
	page("/digest/{day}", Reader.digests, b.digest)
	page("/report/{period}", Reader.casework, b.report)
	page("/reports", Reader.casework, b.reports)
	page("/digest", Reader.digests, b.today)
	page("/", anyone, func(http.ResponseWriter, *http.Request, Reader) (*view, error) { return nil, ErrNone })
	return mux
}

// evening is when the day of now ends.
func (b *Board) evening(now time.Time) time.Time {
	y, m, d := now.In(b.Zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, b.Zone)
}

// categories and channels are never nil.
func (b *Board) categories() map[string]string { return asked(b.Categories) }
func (b *Board) channels() map[string]string   { return asked(b.Channels) }

func asked(f func() map[string]string) map[string]string {
	if f == nil {
		return map[string]string{}
	}
	return f()
}
