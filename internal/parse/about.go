package parse

import (
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// maxTTL is the longest that a feed's wish to be left alone is heard, in minutes: a day.
const maxTTL = 24 * 60

// about reads what a feed says of itself: RSS 2.0 (ttl, skipHours, skipDays),
// and the links of RFC 4287 and RFC 5005.
func about(feed *gofeed.Feed, at At) Document {
	var out Document
	switch f := feed.OriginalFeed().(type) {
	case *rss.Feed:
		for _, l := range f.Extensions["atom"]["link"] {
			out.link(l.Attrs["rel"], l.Attrs["href"], at)
		}
		out.Rest = restOf(f.TTL)
		for _, h := range f.SkipHours {
			if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil && n >= 0 && n <= 24 {
				out.SkipHours |= 1 << (n % 24) // 24 is midnight, to some
			}
		}
		for _, d := range f.SkipDays {
			for n := range 7 {
				if strings.EqualFold(strings.TrimSpace(d), time.Weekday(n).String()) {
					out.SkipDays |= 1 << n
				}
			}
		}
	case *atom.Feed:
		for _, l := range f.Links {
			out.link(l.Rel, l.Href, at)
		}
	}
	return out
}

// link takes one of a feed's links; of those that say the same, the first counts.
func (d *Document) link(rel, href string, at At) {
	var to *string
	address := resolve(at.Base, href)
	switch strings.ToLower(strings.TrimSpace(rel)) {
	case "next":
		to, address = &d.Next, nextPage(at.Base, at.Base, href)
	case "hub":
		to = &d.Hub
	case "self":
		to = &d.Self
	}
	if to != nil && *to == "" {
		*to = address
	}
}

// restOf is how long a feed asks to be left alone: its ttl, in minutes. What the
// syndication module says (updatePeriod) does not count: WordPress writes hourly into
// every feed, however often somebody writes there.
func restOf(ttl string) time.Duration {
	return time.Duration(min(max(count(ttl, nil), 0), maxTTL)) * time.Minute
}

// extension is the text of an extension's first element of that name.
func extension(e ext.Extensions, prefix, name string) string {
	if found := e[prefix][name]; len(found) > 0 {
		return strings.TrimSpace(found[0].Value)
	}
	return ""
}
