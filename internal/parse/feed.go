package parse

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/mmcdole/gofeed"

	"huiyin/internal/post"
	"huiyin/internal/when"
)

var feedStart = regexp.MustCompile(`(?i)<(?:rss|rdf:RDF|feed)[\s>]`)

// Feed reads a feed: RSS, RDF, Atom or JSON Feed. Of one that is cut off or broken it
// gives what can be read. Errors: ErrNotFeed; ErrBroken when not one item could be read.
func Feed(doc []byte, at At) (Document, error) {
	doc = bytes.TrimLeft(doc, " \t\r\n\uFEFF")
	if bytes.HasPrefix(doc, []byte("{")) {
		return jsonFeed(doc, at)
	}
	doc = cleanXML(doc)
	s, err := scanXML(doc)
	if !s.isFeed() && !strings.EqualFold(s.name, "html") {
		// A program's warnings may stand before the feed, with markup of their own.
		if loc := feedStart.FindIndex(doc); loc != nil {
			doc = doc[loc[0]:]
			s, err = scanXML(doc)
		}
	}
	if err != nil {
		return Document{}, err
	}
	if !s.isFeed() {
		return Document{}, fmt.Errorf("%w: its root element is <%.40s>", ErrNotFeed, s.name)
	}
	lost := 0
	if s.over != nil {
		if lost = 1; s.whole == 0 {
			return Document{}, fmt.Errorf("%w: %w", ErrBroken, s.over)
		}
	}
	if s.over != nil || s.items == MaxItems {
		doc = append(bytes.Clone(doc[:s.whole]), s.tail...)
	}
	out, err := xmlFeed(doc[s.start:], root{s.name, 0, s.end - s.start}, s.items, at)
	out.Lost += lost
	return out, err
}

// xmlFeed reads a feed that begins with its root element and has that many whole items.
func xmlFeed(doc []byte, r root, items int, at At) (Document, error) {
	var out Document
	feed, whole := parseWhole(doc)
	if whole == nil {
		out = about(feed, at)
		out.Items = readItems(feed, at)
		if len(feed.Items) >= items {
			return out, nil
		}
		// An end tag without a beginning made the parser end too early.
	}
	head, docs, lost := salvage(doc, r)
	var found []Item
	for _, d := range docs {
		one, err := parseWhole(d)
		if err != nil {
			lost++
			continue
		}
		found = append(found, readItems(one, at)...)
	}
	switch {
	case whole == nil && len(found) <= len(out.Items):
		return out, nil // what looked like more items is none
	case whole != nil && len(found) == 0:
		return Document{}, fmt.Errorf("%w: %w", ErrBroken, whole)
	case whole != nil:
		if feed, err := parseWhole(head); err == nil {
			out = about(feed, at)
		}
	}
	out.Items = found
	out.Lost = max(lost, 1) // at least the end of the document is missing
	return out, nil
}

// parseWhole runs gofeed. What it panics on is broken.
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

func readItems(feed *gofeed.Feed, at At) []Item {
	var items []Item
	for _, fi := range feed.Items[:min(len(feed.Items), MaxItems)] {
		if it := readItem(fi, at); it.Title != "" || it.Text != "" {
			items = append(items, it)
		}
	}
	return items
}

func readItem(fi *gofeed.Item, at At) Item {
	it := Item{
		GUID:    strings.TrimSpace(fi.GUID),
		Title:   plainLine(fi.Title, post.MaxTitle),
		Text:    plainText(fi.Content),
		Replies: count(cmp.Or(extension(fi.Extensions, "slash", "comments"), extension(fi.Extensions, "thr", "total")), nil),
		Views:   -1,
	}
	// Some feeds put the article into the one, some into the other, some a teaser beside it.
	if d := plainText(fi.Description); len(d) > len(it.Text) {
		it.Text = d
	}
	if len(fi.Authors) > 0 && fi.Authors[0] != nil {
		it.Author = plainLine(cmp.Or(fi.Authors[0].Name, fi.Authors[0].Email), maxAuthor)
	}
	for _, ref := range append([]string{fi.Link}, fi.Links...) {
		if it.Link = resolve(at.Base, ref); it.Link != "" {
			break
		}
	}
	if it.Link == "" && (strings.HasPrefix(it.GUID, "http://") || strings.HasPrefix(it.GUID, "https://")) {
		it.Link = resolve(nil, it.GUID)
	}
	// gofeed reads times without a zone as UTC, hence the raw text first.
	for _, raw := range []string{fi.Published, fi.Updated} {
		if it.Published = when.Parse(raw, at.Zone, at.Now); !it.Published.IsZero() {
			return it
		}
	}
	return it
}
