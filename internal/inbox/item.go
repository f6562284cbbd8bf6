package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiyin/internal/cases"
	"huiyin/internal/post"
	"huiyin/internal/when"
)

// Limits of what is kept beside title and text, in characters.
const (
	maxName    = 100
	maxContact = 200
	maxChannel = 40
)

// Item is one letter as another program hands it on: a JSON object of texts. Only Title or
// Text must be there.
type Item struct {
	Key     string `json:"key,omitempty"`     // what the other program calls it; the same one is the same letter
	Title   string `json:"title,omitempty"`   // one line
	Text    string `json:"text,omitempty"`    // lines are kept
	Name    string `json:"name,omitempty"`    // who wrote
	Contact string `json:"contact,omitempty"` // how to reach who wrote
	Channel string `json:"channel,omitempty"` // by which way it came
	URL     string `json:"url,omitempty"`     // where it can be read
	Time    string `json:"time,omitempty"`    // when it was written: RFC 3339, or as Chinese write it
	Unit    string `json:"unit,omitempty"`    // who is to answer
}

// fields are the names of an Item's fields, in their order.
var fields = []string{"key", "title", "text", "name", "contact", "channel", "url", "time", "unit"}

// field is the field of that name; nil when there is none.
func (it *Item) field(name string) *string {
	all := []*string{&it.Key, &it.Title, &it.Text, &it.Name, &it.Contact, &it.Channel, &it.URL, &it.Time, &it.Unit}
	if i := slices.Index(fields, name); i >= 0 {
		return all[i]
	}
	return nil
}

// ParseItem reads a JSON object (RFC 8259). Its error says in Chinese what is wrong, and
// with which field.
func ParseItem(line []byte) (it Item, err error) {
	if i := invalid(line); i >= 0 {
		return it, fmt.Errorf("不是 UTF-8 编码（从第 %d 个字节起），请转成 UTF-8 再送", i+1)
	}
	if err := one(line); err != nil {
		return it, err
	}
	in := json.NewDecoder(bytes.NewReader(line))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return it, errors.New("应当是一个 JSON 对象，写在 { } 里；" + several)
	}
	given := map[string]bool{}
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return it, fmt.Errorf("不是正确的 JSON：%w", err)
		}
		name, _ := token.(string) // or the decoder would have failed
		field := it.field(name)
		switch {
		case field == nil:
			return it, fmt.Errorf("不认识字段“%s”，可以写的有：%s", post.Line(name, maxName), strings.Join(fields, "、"))
		case given[name]:
			return it, fmt.Errorf("字段 %s 写了两次", name)
		}
		given[name] = true
		value, err := in.Token()
		if err != nil {
			return it, fmt.Errorf("不是正确的 JSON：%w", err)
		}
		switch v := value.(type) {
		case string:
			*field = v
		case nil:
		default:
			return it, fmt.Errorf("%s 应当是一段文字，写在半角双引号里", name)
		}
	}
	return it, nil
}

const several = "几封信要每封一行，Content-Type 写 application/x-ndjson"

// one sees that a line is one JSON value.
func one(line []byte) error {
	var whole json.RawMessage
	in := json.NewDecoder(bytes.NewReader(line))
	if err := in.Decode(&whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("不是正确的 JSON（第 %d 个字节附近），请检查引号、逗号和括号", syntax.Offset)
		}
		return errors.New("不是正确的 JSON：没有写完")
	}
	if at := in.InputOffset(); len(bytes.TrimSpace(line[at:])) > 0 {
		return fmt.Errorf("第 %d 个字节后面还有别的内容；"+several, at)
	}
	return nil
}

// invalid is where the first byte is that is not UTF-8; -1: nowhere.
func invalid(line []byte) int {
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// Letter is the item as it is registered. A time without a zone is in zone, one without a
// year the last before now; units are the names that Unit may be. Its error says in Chinese
// what is wrong, and with which field.
func (it Item) Letter(zone *time.Location, now time.Time, units []string) (cases.Letter, error) {
	l := cases.Letter{
		Key: strings.TrimSpace(it.Key), Title: post.Line(it.Title, post.MaxTitle), Text: post.Lines(it.Text, post.MaxText),
		Name: post.Line(it.Name, maxName), Contact: post.Line(it.Contact, maxContact), Channel: post.Line(it.Channel, maxChannel),
		URL: strings.TrimSpace(it.URL), Unit: strings.TrimSpace(it.Unit),
	}
	switch {
	case l.Title == "" && l.Text == "":
		return l, errors.New("title（标题）和 text（内容）都是空的，至少要有一个")
	case len(l.Key) > post.MaxKey:
		return l, fmt.Errorf("key（编号）太长，最多 %d 个字节", post.MaxKey)
	case l.URL != "" && !webAddress(l.URL):
		return l, errors.New("url（网址）应当以 http:// 或 https:// 开头，是完整的网址；没有就不写")
	case l.Unit != "" && !slices.Contains(units, l.Unit):
		return l, fmt.Errorf("unit（单位）“%s”不在回音的配置里，可以写的有：%s；不写就按内容分派", post.Line(l.Unit, maxName), strings.Join(units, "、"))
	}
	if l.Key == "" {
		l.Key = it.digest()
	}
	raw := strings.TrimSpace(it.Time)
	if raw == "" {
		return l, nil
	}
	if l.Written = when.Parse(raw, zone, now); l.Written.IsZero() {
		return l, fmt.Errorf("time（时间）“%s”看不懂，或者在将来；请写成 2026-11-20 08:30 或 2026-11-20T08:30:00+08:00 这样", post.Line(raw, maxName))
	}
	return l, nil
}

// digest names an item that has no key by what it says: the same twice is the same letter.
func (it Item) digest() string {
	h := sha256.New()
	for _, name := range fields {
		v := strings.TrimSpace(*it.field(name))
		fmt.Fprintf(h, "%s %d %s\n", name, len(v), v)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// webAddress tells whether a browser can open s.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && len(s) <= post.MaxURL
}
