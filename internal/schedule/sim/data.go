package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// stream is one source: the times at which it got posts, in order.
type stream struct {
	name  string
	posts []time.Time
}

// small is how many posts a place needs to be a source of its own.
const small = 50

// place is how the messages speak of places whose names were taken out: a letter
// for the city, a number for the district in it.
var place = regexp.MustCompile(`([A-Z])[0-9]*[区县市]`)

// district is the narrower kind.
var district = regexp.MustCompile(`[A-Z][0-9]+[区县市]`)

// layouts are the forms of time that are read; Go takes one digit for 1 and 01.
var layouts = []string{"2006-1-2 15:04:05", "2006-1-2 15:04", time.RFC3339}

// read splits the messages, one JSON object a line, into sources: by the field
// "source" where there is one, else by the first place that title and text name.
// A district with fewer than small messages goes with the rest of its city, and
// what names no place is a source too. Lines without a time are counted.
func read(r io.Reader, zone *time.Location) (streams []stream, without int, err error) {
	type message struct{ Source, Title, Text, Time string }
	byPlace := map[string][]time.Time{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		var m message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", n, err)
		}
		at, ok := parse(m.Time, zone)
		if !ok {
			without++
			continue
		}
		name := m.Source
		if name == "" {
			text := m.Title + " " + m.Text
			if name = district.FindString(text); name == "" {
				name = place.FindString(text)
			}
		}
		byPlace[name] = append(byPlace[name], at)
	}
	if err := lines.Err(); err != nil {
		return nil, 0, fmt.Errorf("read the messages: %w", err)
	}
	return gather(byPlace), without, nil
}

// gather puts small districts together and sorts everything.
func gather(byPlace map[string][]time.Time) []stream {
	names := map[string][]time.Time{}
	for name, posts := range byPlace {
		if m := place.FindStringSubmatch(name); m != nil && m[0] == name && len(posts) < small {
			name = m[1] + "*"
		} else if name == "" {
			name = "-"
		}
		names[name] = append(names[name], posts...)
	}
	var streams []stream
	for name, posts := range names {
		slices.SortFunc(posts, time.Time.Compare)
		streams = append(streams, stream{name, posts})
	}
	slices.SortFunc(streams, func(a, b stream) int { return strings.Compare(a.name, b.name) })
	return streams
}

func parse(s string, zone *time.Location) (time.Time, bool) {
	s = strings.ReplaceAll(s, "/", "-")
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.In(zone), true
		}
	}
	return time.Time{}, false
}

// middle is the day that half of all posts come before; false when there are not
// enough to have posts on both sides of it.
func middle(streams []stream) (time.Time, bool) {
	var all []time.Time
	for _, s := range streams {
		all = append(all, s.posts...)
	}
	if len(all) == 0 {
		return time.Time{}, false
	}
	slices.SortFunc(all, time.Time.Compare)
	y, m, d := all[len(all)/2].Date()
	cut := time.Date(y, m, d, 0, 0, 0, 0, all[0].Location())
	return cut, all[0].Before(cut)
}

// fold lays the weeks before cut over each other until only n are left, and those
// after it too, separately: hours and weekdays stay, only the rate rises. Of what
// is before the cut only as long a time is taken as there is after it.
func fold(streams []stream, cut time.Time, n int) []stream {
	period := time.Duration(n) * 7 * 24 * time.Hour
	long := last(streams).Sub(cut)
	folded := make([]stream, len(streams))
	for i, s := range streams {
		folded[i].name = s.name
		for _, t := range s.posts {
			switch d := t.Sub(cut); {
			case d >= 0:
				folded[i].posts = append(folded[i].posts, cut.Add(d%period))
			case -d <= long:
				folded[i].posts = append(folded[i].posts, cut.Add(-((-d-1)%period + 1)))
			}
		}
		slices.SortFunc(folded[i].posts, time.Time.Compare)
	}
	return folded
}

// last is when the latest post was written.
func last(streams []stream) (end time.Time) {
	for _, s := range streams {
		if n := len(s.posts); n > 0 && s.posts[n-1].After(end) {
			end = s.posts[n-1]
		}
	}
	return end
}
