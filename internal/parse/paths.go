package parse

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"

	"huiyin/internal/post"
)

// A path is one of gjson (github.com/tidwall/gjson, SYNTAX.md) inside the item. One
// that begins with "$." begins at the document instead. A text with braces is a
// template: what is in them is a path. In a template that begins with "$." the braces
// are filled first, and the result is a path of the document:
// $.included.#(id=="{relationships.user.data.id}").attributes.name
const fromRoot = "$."

const maxPath = 500 // bytes

var (
	braces   = regexp.MustCompile(`\{([^{}]*)\}`)
	modifier = regexp.MustCompile(`(?:^|[.|,(\[{])@([a-z]+)`)
)

// CheckPath says what is wrong with a path or template of a JSON source, nil when it
// can be used. Of gjson's modifiers those may be used that only pick or order values:
// @this, @reverse, @values, @keys and @flatten.
func CheckPath(path string) error {
	if len(path) > maxPath {
		return fmt.Errorf("longer than %d bytes", maxPath)
	}
	rest := braces.ReplaceAllStringFunc(path, func(b string) string {
		if p := strings.TrimSpace(b[1 : len(b)-1]); p == "" || p == fromRoot {
			return b
		}
		return ""
	})
	if strings.ContainsAny(rest, "{}") {
		return errors.New("its braces do not match, or hold nothing")
	}
	for _, m := range modifier.FindAllStringSubmatch(path, -1) {
		switch m[1] {
		case "this", "reverse", "values", "keys", "flatten":
		default:
			if gjson.ModifierExists(m[1], nil) {
				return fmt.Errorf("@%s cannot be used", m[1])
			}
		}
	}
	if strings.HasPrefix(path, "..") {
		return errors.New("it begins with two dots")
	}
	if strings.HasPrefix(path, fromRoot) {
		for _, loc := range braces.FindAllStringIndex(path, -1) {
			if before := path[:loc[0]]; !quoted(before) && strings.Count(before, "(") > strings.Count(before, ")") {
				return fmt.Errorf("%s stands in a query and must stand in quotation marks", path[loc[0]:loc[1]])
			}
		}
	}
	return nil
}

// quoted says whether what follows before stands inside quotation marks.
func quoted(before string) bool {
	in := false
	for i := 0; i < len(before); i++ {
		switch before[i] {
		case '\\':
			i++
		case '"':
			in = !in
		}
	}
	return in
}

// maxScan is how many bytes of the document the paths from its root may go through,
// all items together: each such path reads the document once.
const maxScan = 64 << 20

// lookup finds values in one JSON document.
type lookup struct {
	root gjson.Result
	left int // bytes of maxScan
}

func newLookup(doc []byte) *lookup {
	return &lookup{root: gjson.ParseBytes(doc), left: maxScan}
}

// find is what path leads to: from item, or from the root.
func (l *lookup) find(item gjson.Result, path string) gjson.Result {
	p, ok := strings.CutPrefix(path, fromRoot)
	if !ok {
		return item.Get(path)
	}
	if l.left -= len(l.root.Raw); l.left < 0 || p == "" {
		return gjson.Result{}
	}
	return l.root.Get(p)
}

// value is what a path or template says of item, as text: a string as it is, a number
// as it is written, the elements of an array on lines of their own.
func (l *lookup) value(item gjson.Result, path string) string {
	switch {
	case path == "":
		return ""
	case !braces.MatchString(path):
		return joined(l.find(item, path))
	case strings.HasPrefix(path, fromRoot):
		p, ok := l.fill(item, path, asPath)
		if !ok {
			return ""
		}
		return joined(l.find(item, p))
	}
	s, _ := l.fill(item, path, func(_, v string) string { return v })
	return s
}

// address is what a path or template of an address says of item. A template with a
// brace that finds nothing leads nowhere: empty.
func (l *lookup) address(item gjson.Result, path string) string {
	if strings.HasPrefix(path, fromRoot) || !braces.MatchString(path) {
		return l.value(item, path)
	}
	s, ok := l.fill(item, path, asAddress)
	if !ok {
		return ""
	}
	return s
}

// fill fills the braces of template. escape makes a value fit to stand behind what is
// before it, empty when it cannot. ok: no brace was left empty.
func (l *lookup) fill(item gjson.Result, template string, escape func(before, v string) string) (s string, ok bool) {
	var b strings.Builder
	ok = true
	end := 0
	for _, m := range braces.FindAllStringSubmatchIndex(template, -1) {
		b.WriteString(template[end:m[0]])
		v := escape(template[:m[0]], joined(l.find(item, template[m[2]:m[3]])))
		ok = ok && v != ""
		b.WriteString(v)
		if end = m[1]; b.Len() > 4*post.MaxText {
			break
		}
	}
	b.WriteString(template[end:])
	return b.String(), ok
}

// asPath lets v stand in a path. What names things in an API, numbers and words, can;
// whatever could mean something to gjson must not come from a stranger.
func asPath(before, v string) string {
	for _, r := range v {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:/+= ", r) {
			return ""
		}
	}
	if len(v) > maxPath {
		return ""
	}
	if quoted(before) {
		return v
	}
	return gjson.Escape(v)
}

// asAddress lets v stand in an address: at its beginning as the address that it is,
// further behind as one part of it.
func asAddress(before, v string) string {
	switch {
	case before == "":
		return v
	case v == "." || v == "..":
		return ""
	case strings.ContainsAny(before, "?#"):
		return url.QueryEscape(v)
	}
	return url.PathEscape(v)
}

// joined is the text of a value.
func joined(v gjson.Result) string {
	if !v.IsArray() {
		return scalar(v)
	}
	var b strings.Builder
	v.ForEach(func(_, e gjson.Result) bool {
		if s := scalar(e); s != "" {
			b.WriteString(s)
			b.WriteByte('\n')
		}
		return b.Len() < maxHTML
	})
	return strings.TrimSuffix(b.String(), "\n")
}
