package parse

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"huiyin/internal/post"
	"huiyin/internal/when"
)

// jsonFeed reads a JSON Feed (jsonfeed.org/version/1.1) item by item: one that is
// broken costs itself, the end of a document that is cut off what stood behind.
func jsonFeed(doc []byte, at At) (Document, error) {
	items, head, err := jsonItems(doc)
	if items == nil {
		if err == nil {
			err = fmt.Errorf("%w: JSON without items", ErrNotFeed)
			if strings.Contains(string(head["version"]), "jsonfeed") {
				err = fmt.Errorf("%w: no items", ErrBroken)
			}
		}
		return Document{}, err
	}
	out := Document{
		Next: nextPage(at.Base, at.Base, scalar(gjson.ParseBytes(head["next_url"]))),
		Self: resolve(at.Base, scalar(gjson.ParseBytes(head["feed_url"]))),
	}
	gjson.ParseBytes(head["hubs"]).ForEach(func(_, hub gjson.Result) bool {
		if strings.EqualFold(scalar(hub.Get("type")), "websub") {
			out.Hub = resolve(at.Base, scalar(hub.Get("url")))
		}
		return out.Hub == ""
	})
	by := authorOf(gjson.ParseBytes(head["authors"]), gjson.ParseBytes(head["author"]))
	for _, raw := range items {
		v := gjson.ParseBytes(raw)
		switch it := jsonFeedItem(v, by, at); {
		case it.Title != "" || it.Text != "":
			out.Items = append(out.Items, it)
		case !v.IsObject() || v.Get("title").IsObject() || v.Get("content_html").IsObject() || v.Get("content_text").IsObject():
			out.Lost++ // it is no item, or says what it says in a way nobody knows
		}
	}
	if err != nil {
		out.Lost++
	}
	if out.Lost > 0 && len(out.Items) == 0 {
		return Document{}, fmt.Errorf("%w: %w", ErrBroken, cmp.Or(err, errors.New("not one of its items can be read")))
	}
	return out, nil
}

// jsonItems takes the whole items out of the document, and what stands beside them. err
// is what ended the document early; without any items array, items is nil.
func jsonItems(doc []byte) (items []json.RawMessage, head map[string]json.RawMessage, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	head = make(map[string]json.RawMessage)
	if _, err := d.Token(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	for d.More() && len(head) < 100 {
		key, err := d.Token()
		if err != nil {
			return items, head, fmt.Errorf("%w: %w", ErrBroken, err)
		}
		if key == "items" && items == nil {
			if start, err := d.Token(); err != nil || start != json.Delim('[') {
				return nil, nil, fmt.Errorf("%w: its items are no array", ErrBroken)
			}
			items = []json.RawMessage{}
			for d.More() {
				var raw json.RawMessage
				if err := d.Decode(&raw); err != nil {
					return items, head, fmt.Errorf("%w: item %d: %w", ErrBroken, len(items)+1, err)
				}
				if items = append(items, raw); len(items) == MaxItems {
					return items, head, nil
				}
			}
			if _, err := d.Token(); err != nil {
				return items, head, fmt.Errorf("%w: %w", ErrBroken, err)
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return items, head, fmt.Errorf("%w: %w", ErrBroken, err)
		}
		head[fmt.Sprint(key)] = raw
	}
	if _, err := d.Token(); err != nil {
		return items, head, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return items, head, nil
}

func jsonFeedItem(v gjson.Result, by string, at At) Item {
	if !v.IsObject() {
		return Item{}
	}
	get := func(key string) string { return scalar(v.Get(key)) }
	it := Item{
		GUID:    strings.TrimSpace(get("id")),
		Title:   plainLine(get("title"), post.MaxTitle),
		Text:    plainText(get("content_html")),
		Author:  cmp.Or(authorOf(v.Get("authors"), v.Get("author")), by),
		Link:    cmp.Or(resolve(at.Base, get("url")), resolve(at.Base, get("external_url"))),
		Replies: -1, Views: -1,
	}
	// What says of itself that it is plain is.
	for _, plain := range []string{get("content_text"), get("summary")} {
		if it.Text == "" {
			it.Text = post.Lines(plain, post.MaxText)
		}
	}
	if it.Link == "" && (strings.HasPrefix(it.GUID, "http://") || strings.HasPrefix(it.GUID, "https://")) {
		it.Link = resolve(nil, it.GUID)
	}
	if it.Published = when.Parse(get("date_published"), at.Zone, at.Now); it.Published.IsZero() {
		it.Published = when.Parse(get("date_modified"), at.Zone, at.Now)
	}
	return it
}

// authorOf is the first name of version 1.1's authors, else of version 1's author.
func authorOf(authors, author gjson.Result) string {
	return plainLine(cmp.Or(scalar(authors.Get("0.name")), scalar(author.Get("name"))), maxAuthor)
}

// scalar is the text of a JSON string or number; empty for anything else.
func scalar(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Number:
		if strings.ContainsAny(v.Raw, "eE") { // 1.795221e9
			return strconv.FormatFloat(v.Num, 'f', -1, 64)
		}
		return v.Raw
	}
	return ""
}
