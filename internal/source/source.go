// Package source is the room of the sources: it reads feeds and forums into
// posts, and keeps the schedule by which they are polled. What is new, and what
// was read last time, the journal knows; the room asks through small interfaces.
package source

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // Asia/Shanghai must be there on machines without zone files

	"github.com/andybalholm/cascadia"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

// The kinds of source.
const (
	KindFeed  = "feed"  // RSS, Atom, RDF, JSON Feed
	KindForum = "forum" // an HTML list page and, if Post.Text is given, the posts' own pages
)

// What is used where Config leaves a field at zero.
const (
	DefaultEvery = 5 * time.Minute
	DefaultPages = 20
	DefaultTries = 3
	DefaultZone  = "Asia/Shanghai"
)

const minEvery = time.Second

// Config describes one source.
//
// A selector is CSS, and may end in @attr to take an attribute instead of the
// text: "a.xst@title". For Link the attribute is href unless another is named.
// "@attr" alone, or nothing, means the item itself.
type Config struct {
	Name    string         // shown to people and part of every post's ID: a new name makes all its posts new
	Kind    string         // KindFeed or KindForum
	URL     string         // of the feed or the list page
	Every   time.Duration  // between polls; DefaultEvery when zero, at least a second
	Zone    *time.Location // of times that name no zone; DefaultZone when nil
	Charset string         // only for pages whose charset is not recognised
	List    ListSelectors  // forum only
	Post    PostSelectors  // forum only
	Pages   int            // post pages read in one poll; DefaultPages when zero
	Tries   int            // times a post page is asked for before the post goes on with its title only; DefaultTries when zero
}

// ListSelectors find the threads on a forum's list page. Item is required; the
// others look inside the item. Link defaults to the item's first link, Title to
// that link's text.
type ListSelectors struct{ Item, Title, Link, Author, Time string }

// PostSelectors find the opening post on a thread's page, each the first match.
type PostSelectors struct{ Text, Author, Time string }

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
	if c.Every != 0 && c.Every < minEvery {
		bad("every", "%v is under %v", c.Every, minEvery)
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
		if c.List != (ListSelectors{}) || c.Post != (PostSelectors{}) {
			bad("kind", "a feed takes no selectors")
		}
	case KindForum:
		errs = append(errs, c.validateSelectors()...)
	default:
		bad("kind", "%q is neither %s nor %s", c.Kind, KindFeed, KindForum)
	}
	return errors.Join(errs...)
}

func (c Config) validateSelectors() []error {
	var errs []error
	if c.List.Item == "" {
		errs = append(errs, errors.New("list.item: empty"))
	}
	if c.Post.Text == "" && c.Post != (PostSelectors{}) {
		errs = append(errs, errors.New("post.text: empty, without it the post pages are not read"))
	}
	for _, f := range []struct{ field, sel string }{
		{"list.item", c.List.Item}, {"list.title", c.List.Title}, {"list.link", c.List.Link},
		{"list.author", c.List.Author}, {"list.time", c.List.Time},
		{"post.text", c.Post.Text}, {"post.author", c.Post.Author}, {"post.time", c.Post.Time},
	} {
		css, attr := splitSelector(f.sel)
		if f.field == "list.item" && attr != "" {
			errs = append(errs, fmt.Errorf("%s: takes no @%s", f.field, attr))
		}
		if css == "" {
			continue
		}
		if _, err := cascadia.ParseGroup(css); err != nil {
			errs = append(errs, fmt.Errorf("%s: not a CSS selector: %w", f.field, err))
		}
	}
	return errs
}

// withDefaults fills in what c leaves at zero.
func (c Config) withDefaults() Config {
	if c.Every == 0 {
		c.Every = DefaultEvery
	}
	if c.Zone == nil {
		zone, err := time.LoadLocation(DefaultZone)
		if err != nil {
			panic(err) // it is embedded
		}
		c.Zone = zone
	}
	if c.Pages == 0 {
		c.Pages = DefaultPages
	}
	if c.Tries == 0 {
		c.Tries = DefaultTries
	}
	return c
}

var selectorAttr = regexp.MustCompile(`^(.*)@([A-Za-z_:][-A-Za-z0-9_:.]*)$`)

// splitSelector takes "css@attr" apart.
func splitSelector(s string) (css, attr string) {
	s = strings.TrimSpace(s)
	if m := selectorAttr.FindStringSubmatch(s); m != nil {
		return strings.TrimSpace(m[1]), m[2]
	}
	return s, ""
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
