package inbox

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"huiyin/internal/post"
)

// The times that people write are in the source's zone, and the last before now.
func TestTimes(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 5, 0, 0, zone)
	for raw, want := range map[string]string{
		"":                          "0001-01-01 00:00",
		"2026-11-20 08:30":          "2026-11-20 08:30",
		"2026-11-20T08:30:00+08:00": "2026-11-20 08:30",
		"2026-11-20T00:30:00Z":      "2026-11-20 08:30",
		"2026年11月20日 8时30分":         "2026-11-20 08:30",
		"昨天 22:15":                  "2026-11-19 22:15",
		"11月19日":                    "2026-11-19 00:00",
		"12-31 08:00":               "2025-12-31 08:00",
		" 2026/11/20 ":              "2026-11-20 00:00",
		"20261120083000":            "2026-11-20 08:30",
		"2026-11-20 20:00":          "2026-11-20 09:05", // a clock that is wrong
	} {
		l, err := Item{Title: "停水", Time: raw}.Letter(zone, now, nil)
		if err != nil {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		at := l.Written
		if !at.IsZero() {
			at = at.In(zone)
		}
		if got := at.Format("2006-01-02 15:04"); got != want {
			t.Errorf("%q is %s, want %s", raw, got, want)
		}
	}
	for _, raw := range []string{"猴年马月", "2026-13-01", "2027-11-20", "1970-01-01"} {
		if l, err := (Item{Title: "停水", Time: raw}).Letter(zone, now, nil); err == nil || !strings.Contains(err.Error(), "time（时间）“"+raw+"”") {
			t.Errorf("%q: %v, %v", raw, l.Written, err)
		}
	}
}

// Two items without a key are the same letter when they say the same, and only then.
func TestDigest(t *testing.T) {
	seen := map[string]string{}
	for _, it := range []Item{
		{Title: "停水"}, {Text: "停水"}, {Title: "停", Text: "水"}, {Title: "停水", Name: "甲"}, {Title: "停水", Contact: "甲"}, {Title: "停水", Time: "昨天"}, {Title: "停水", Unit: "局"},
	} {
		raw, _ := json.Marshal(it)
		l, err := it.Letter(zone, time.Now(), []string{"局"})
		if err != nil || seen[l.Key] != "" {
			t.Errorf("%s and %s are the same, %v", raw, seen[l.Key], err)
		}
		seen[l.Key] = string(raw)
		if again := (Item{Title: " " + it.Title, Text: it.Text + "\n", Name: it.Name, Contact: it.Contact, Time: it.Time, Unit: it.Unit}).digest(); again != l.Key {
			t.Errorf("%s is another with spaces", raw)
		}
	}
}

func TestUnknownSource(t *testing.T) {
	o := newOffice(t)
	if _, err := o.Take(t.Context(), "没有这个", []byte(`{"title":"停水"}`)); !errors.Is(err, errUnknown) {
		t.Error(err)
	}
	if _, err := o.Take(t.Context(), "台账", []byte(strings.Repeat("{}\n", MaxLines+1))); err == nil {
		t.Error("too many lines were taken")
	}
	a, err := o.Take(t.Context(), "台账", []byte(`{"title":"停水"}`+"\n{}"))
	if err != nil || a.Taken != 1 || a.Refused != 1 || a.Results[0].Case != "2026-000001" || a.Results[1].Line != 2 {
		t.Errorf("%+v, %v", a, err)
	}
}

// Whatever a line holds: what is read of it is what JSON says, and fit to be kept.
func FuzzItem(f *testing.F) {
	f.Add([]byte(every))
	f.Add([]byte(`{"title":null,"text":"\ud800"}`))
	f.Add([]byte(`{"key":4,"a":{}}`))
	f.Add([]byte(" [\"x\"] {}"))
	now := time.Date(2026, 11, 20, 9, 5, 0, 0, zone)
	f.Fuzz(func(t *testing.T, line []byte) {
		it, err := ParseItem(line)
		if err != nil {
			if !utf8.ValidString(err.Error()) || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("told on more than one line, or broken: %q", err)
			}
			return
		}
		var want map[string]*string
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatalf("taken, but not JSON: %v", err)
		}
		for name, v := range want {
			if got := it.field(name); got == nil || v != nil && *got != *v {
				t.Fatalf("field %s of %q", name, line)
			}
		}
		l, err := it.Letter(zone, now, []string{"供水集团"})
		if err != nil {
			return
		}
		p := post.Post{ID: post.IDOf("s", l.Key), Source: "s", Key: l.Key, Title: l.Title, Text: l.Text, Seen: now}
		if err := p.Validate(); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if utf8.RuneCountInString(l.Text) > post.MaxText || utf8.RuneCountInString(l.Title) > post.MaxTitle || l.Written.After(now) {
			t.Fatalf("%+v", l)
		}
	})
}

// Every letter of a text is on a line of its own, and told by its number.
func FuzzLines(f *testing.F) {
	f.Add([]byte("{}\n\n \r\n[]\n{"))
	f.Add([]byte("\ufeff{}\r{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		last := 0
		for _, l := range split(body) {
			if l.no <= last || len(l.text) == 0 || strings.Contains(string(l.text), "\n") {
				t.Fatalf("line %d after %d: %q", l.no, last, l.text)
			}
			last = l.no
		}
		if last > strings.Count(string(body), "\n")+1 {
			t.Fatalf("line %d", last)
		}
	})
}
