package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	jsonfeed "github.com/mmcdole/gofeed/json"

	"huiyin/internal/post"
)

// maxItems is how many items of one document are read.
const maxItems = 1000

// place is where and when a document was read.
type place struct {
	base *url.URL
	zone *time.Location
	now  time.Time
}

// parseFeed reads the items of a feed in UTF-8: RSS, RDF, Atom or JSON Feed. Of
// a feed that is cut off or broken it gives what can be read, and in lost how many
// items could not. Errors: errNotFeed; errBroken when not one item could be read.
func parseFeed(doc []byte, at place) (items []item, lost int, err error) {
	doc = bytes.TrimLeft(doc, " \t\r\n\uFEFF")
	if bytes.HasPrefix(doc, []byte("{")) {
		feed, err := parseWhole(doc)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", errBroken, err)
		}
		return readItems(feed, at), 0, nil
	}
	doc = cleanXML(doc)
	r, err := scanXML(doc)
	if err != nil {
		return nil, 0, err
	}
	switch name := strings.ToLower(r.name[strings.LastIndexByte(r.name, ':')+1:]); name {
	case "rss", "rdf", "feed":
	default:
		return nil, 0, fmt.Errorf("%w: its root element is <%.40s>", errNotFeed, name)
	}
	doc, r = doc[r.start:], root{r.name, 0, r.end - r.start}
	feed, err := parseWhole(doc)
	if err == nil {
		return readItems(feed, at), 0, nil
	}
	docs, lost := salvage(doc, r)
	for _, d := range docs {
		one, err := parseWhole(d)
		if err != nil {
			lost++
			continue
		}
		items = append(items, readItems(one, at)...)
	}
	if len(items) == 0 {
		return nil, lost, fmt.Errorf("%w: %w", errBroken, err)
	}
	return items, max(lost, 1), nil // at least the end of the document is missing
}

// parseWhole runs gofeed, which panics on some documents (a null among the
// items of a JSON Feed).
func parseWhole(doc []byte) (feed *gofeed.Feed, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parser: %v", p)
		}
	}()
	p := gofeed.NewParser()
	p.KeepOriginalFeed = true
	p.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	return p.Parse(bytes.NewReader(doc))
}

func readItems(feed *gofeed.Feed, at place) []item {
	original, _ := feed.OriginalFeed().(*jsonfeed.Feed)
	var items []item
	for i, fi := range feed.Items[:min(len(feed.Items), maxItems)] {
		it := readItem(fi, at)
		if original != nil && original.Items[i].ContentHTML == "" && original.Items[i].ContentText != "" {
			it.text = post.Lines(original.Items[i].ContentText, post.MaxText) // it says of itself that it is plain
		}
		if it.title == "" && it.text == "" {
			continue
		}
		items = append(items, it)
	}
	return items
}

func readItem(fi *gofeed.Item, at place) item {
	it := item{
		guid:  strings.TrimSpace(fi.GUID),
		title: plainLine(fi.Title, post.MaxTitle),
		text:  plainText(fi.Content),
	}
	// Some feeds put the article into the one, some into the other, some a teaser beside it.
	if d := plainText(fi.Description); len(d) > len(it.text) {
		it.text = d
	}
	if len(fi.Authors) > 0 && fi.Authors[0] != nil {
		it.author = plainLine(cmp.Or(fi.Authors[0].Name, fi.Authors[0].Email), maxAuthor)
	}
	for _, ref := range append([]string{fi.Link}, fi.Links...) {
		if it.link = resolve(at.base, ref); it.link != "" {
			break
		}
	}
	if it.link == "" && (strings.HasPrefix(it.guid, "http://") || strings.HasPrefix(it.guid, "https://")) {
		it.link = resolve(nil, it.guid)
	}
	// gofeed reads times without a zone as UTC, hence the raw text first.
	for _, raw := range []string{fi.Published, fi.Updated} {
		if it.published = parseTime(raw, at.zone, at.now); !it.published.IsZero() {
			return it
		}
	}
	return it
}

// What parseFeed reports, wrapped.
var (
	errNotFeed = errors.New("not a feed")
	errBroken  = errors.New("feed broken")
)
