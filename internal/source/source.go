// Package source is the room of the sources: it reads feeds and forums into
// posts, and keeps the schedule by which they are polled. What is new, and what
// was read last time, the journal knows; the room asks through small interfaces.
package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // Asia/Shanghai must be there on machines without zone files

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
	"huiyin/internal/post"
)

// The kinds of source.
const (
	KindFeed  = "feed"  // RSS, Atom, RDF, JSON Feed
	KindForum = "forum" // an HTML list page and, if Post.Text is given, the posts' own pages
	KindJSON  = "json"  // the same from an API that answers JSON
)

// What is used where Config leaves a field at zero.
const (
	DefaultFloor   = time.Minute
	DefaultCeiling = 30 * time.Minute
	DefaultPages   = 20
	DefaultTries   = 3
	DefaultZone    = "Asia/Shanghai"
)

const minFloor = time.Second

// Config describes one source.
type Config struct {
	Name    string           // shown to people and part of every post's ID: a new name makes all its posts new
	Kind    string           // KindFeed, KindForum or KindJSON
	URL     string           // of the feed, the list page or the API
	Floor   time.Duration    // the shortest time between two polls; DefaultFloor when zero, at least a second
	Ceiling time.Duration    // the longest; DefaultCeiling, or Floor if that is longer, when zero
	Zone    *time.Location   // of times that name no zone; DefaultZone when nil
	Charset string           // only for pages whose charset is not recognised
	List    parse.Fields     // not for feeds
	Post    parse.PageFields // not for feeds; zero: the list says it all
	Header  http.Header      // sent with each request to the host of URL, such as keys
	Keyed   bool             // URL holds a key, which nobody else is to see
	Robots  bool             // read it even where its robots.txt asks not to
	Pages   int              // post pages read in one poll; DefaultPages when zero
	Tries   int              // times a post page is asked for before the post goes on with its title only; DefaultTries when zero

	home string // the host of URL
}

// Validate reports everything that is wrong with c, joined; each problem names
// its field.
func (c Config) Validate() error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if strings.TrimSpace(c.Name) == "" {
		bad("name", "empty")
	}
	switch u, err := url.Parse(c.URL); {
	case c.URL == "":
		bad("url", "empty")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		bad("url", "not an absolute http or https address")
	case u.User != nil:
		bad("url", "holds a user name or password")
	}
	if c.Floor != 0 && c.Floor < minFloor {
		bad("floor", "%v is under %v", c.Floor, minFloor)
	}
	if c.Ceiling != 0 && c.Ceiling < c.Floor {
		bad("ceiling", "%v is under the floor, %v", c.Ceiling, c.Floor)
	}
	if c.Charset != "" && !fetch.KnownCharset(c.Charset) {
		bad("charset", "%q is no known charset", c.Charset)
	}
	if c.Pages < 0 {
		bad("pages", "negative")
	}
	if c.Tries < 0 {
		bad("tries", "negative")
	}
	switch c.Kind {
	case KindFeed:
		if c.List != (parse.Fields{}) || c.Post != (parse.PageFields{}) {
			bad("kind", "a feed takes no selectors")
		}
	case KindForum:
		errs = append(errs, c.validateFields(parse.CheckSelector)...)
	case KindJSON:
		errs = append(errs, c.validateFields(parse.CheckPath)...)
	default:
		bad("kind", "%q is none of %s, %s and %s", c.Kind, KindFeed, KindForum, KindJSON)
	}
	return errors.Join(errs...)
}

// validateFields checks what says where things are, each by check.
func (c Config) validateFields(check func(string) error) []error {
	var errs []error
	if c.List.Item == "" {
		errs = append(errs, errors.New("list.item: empty"))
	}
	if c.Post.Text == "" && c.Post != (parse.PageFields{}) {
		errs = append(errs, errors.New("post.text: empty, without it the post pages are not read"))
	}
	if _, attr := parse.SplitSelector(c.List.Item); c.Kind == KindForum && attr != "" {
		errs = append(errs, fmt.Errorf("list.item: takes no @%s", attr))
	}
	for _, f := range []struct{ field, where string }{
		{"list.item", c.List.Item}, {"list.title", c.List.Title}, {"list.link", c.List.Link}, {"list.text", c.List.Text},
		{"list.author", c.List.Author}, {"list.time", c.List.Time}, {"list.replies", c.List.Replies}, {"list.views", c.List.Views},
		{"list.next", c.List.Next}, {"list.page", c.List.Page},
		{"post.text", c.Post.Text}, {"post.author", c.Post.Author}, {"post.time", c.Post.Time},
	} {
		if f.where == "" {
			continue
		}
		if err := check(f.where); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.field, err))
		}
	}
	return errs
}

// defaultZone is one for all sources: its table is 2 KB.
var defaultZone = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		panic(err) // it is embedded
	}
	return zone
})

// withDefaults fills in what c leaves at zero.
func (c Config) withDefaults() Config {
	if u, err := url.Parse(c.URL); err == nil {
		c.home = u.Host
	}
	if c.Kind == KindJSON && c.Header.Get("Accept") == "" { // else some answer with the page for people
		c.Header = c.Header.Clone()
		if c.Header == nil {
			c.Header = make(http.Header)
		}
		c.Header.Set("Accept", "application/json")
	}
	if c.Floor == 0 {
		c.Floor = DefaultFloor
	}
	if c.Ceiling == 0 {
		c.Ceiling = max(DefaultCeiling, c.Floor)
	}
	if c.Zone == nil {
		c.Zone = defaultZone()
	}
	if c.Pages == 0 {
		c.Pages = DefaultPages
	}
	if c.Tries == 0 {
		c.Tries = DefaultTries
	}
	return c
}

// Getter fetches pages; *fetch.Client is one.
type Getter interface {
	Get(ctx context.Context, req fetch.Request) (*fetch.Response, error)
}

// Known says which of the posts of these IDs the journal has taken before.
type Known interface {
	Known(ctx context.Context, ids []string) (map[string]bool, error)
}

// States holds what Sink committed: LoadState gives the State of the last Batch
// of that source, the zero State when there was none.
type States interface {
	LoadState(ctx context.Context, source string) (post.State, error)
}

// Sink takes the result of a poll. It must commit the batch's State in the same
// transaction as its Posts, and take a post whose ID it has taken before for
// the same post. A poll that failed brings a Batch without posts.
type Sink interface {
	Ingest(ctx context.Context, b post.Batch) error
}
