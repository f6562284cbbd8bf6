package parse

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"huiyin/internal/post"
	"huiyin/internal/when"
)

// ErrNotJSON is a document that is no JSON, or nests deeper than is safe.
var ErrNotJSON = errors.New("not JSON")

// JSON reads the items that a JSON API gives. f are paths as CheckPath describes them:
// f.Item leads from the document to the array of the items ("" when the document is
// that array), the others from the item to its field. f.Next leads from the document
// to the address of the next page; its braces, too, are paths of the document.
//
// An item needs a title or a text, and a link where f.Link says that there is one. An
// array without elements is a document without items. Errors: ErrNotJSON; *LayoutError
// when there is no array, or no element of it is an item.
func JSON(doc []byte, f Fields, at At) (Document, error) {
	if err := checkJSON(doc); err != nil {
		return Document{}, err
	}
	l := newLookup(doc)
	rows := l.find(l.root, cmp.Or(f.Item, "@this"))
	if !rows.IsArray() {
		layout := &LayoutError{Field: "list.item", Selector: f.Item}
		if rows.Exists() && rows.Type != gjson.Null {
			layout.Found = 1
		}
		return Document{}, layout
	}
	var out Document
	n := 0
	rows.ForEach(func(_, row gjson.Result) bool {
		n++
		if it := l.item(row, f, at); (it.Title != "" || it.Text != "") && (it.Link != "" || f.Link == "") {
			out.Items = append(out.Items, it)
		} else {
			out.Lost++
		}
		return len(out.Items) < MaxItems && n < maxRows
	})
	if n > 0 && len(out.Items) == 0 {
		return Document{}, &LayoutError{"list.item", f.Item, n}
	}
	if l.left < 0 {
		out.Lost++
	}
	if f.Next != "" {
		out.Next = nextPage(at.Base, at.Base, l.address(l.root, f.Next))
	}
	return out, nil
}

// JSONPage reads what the JSON of one post says of it; f are paths from the document.
// Errors: ErrNotJSON; *LayoutError when there is no text.
func JSONPage(doc []byte, f PageFields, at At) (Item, error) {
	if err := checkJSON(doc); err != nil {
		return Item{}, err
	}
	l := newLookup(doc)
	it := l.item(l.root, Fields{Text: f.Text, Author: f.Author, Time: f.Time}, at)
	if it.Text == "" {
		return Item{}, &LayoutError{Field: "post.text", Selector: f.Text}
	}
	return it, nil
}

// checkJSON says whether doc is JSON that can be read: gjson takes anything for JSON,
// and everybody else recurses.
func checkJSON(doc []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case inString:
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
		case c == '"':
			inString = true
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: nested deeper than %d", ErrNotJSON, maxDepth)
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	if !json.Valid(doc) {
		return ErrNotJSON
	}
	return nil
}

func (l *lookup) item(v gjson.Result, f Fields, at At) Item {
	return Item{
		Title:     plainLine(l.value(v, f.Title), post.MaxTitle),
		Text:      plainText(l.value(v, f.Text)),
		Author:    plainLine(l.value(v, f.Author), maxAuthor),
		Link:      resolve(at.Base, l.address(v, f.Link)),
		Page:      resolve(at.Base, l.address(v, f.Page)),
		Published: l.time(v, f.Time, at),
		Replies:   l.count(v, f.Replies),
		Views:     l.count(v, f.Views),
	}
}

func (l *lookup) time(v gjson.Result, path string, at At) time.Time {
	return when.Parse(strings.TrimSpace(l.value(v, path)), at.Zone, at.Now)
}

// count is a number of answers or readers; -1 when there is none.
func (l *lookup) count(v gjson.Result, path string) int {
	s := l.value(v, path)
	if strings.HasPrefix(s, "-") {
		return -1
	}
	return count(s, nil)
}
