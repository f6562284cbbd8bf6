package fetch

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxRetryAfter = 24 * time.Hour // a longer wish is taken for a mistake
	maxFresh      = 24 * time.Hour
	maxLinks      = 50   // read of one answer; pages name a handful
	maxHubs       = 5    // kept of them
	maxLink       = 2048 // bytes of one address
)

// retryAfter reads the header of that name: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if d, ok := seconds(v); ok {
		return min(d, maxRetryAfter)
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// seconds reads a whole number of them. One beyond all measure is a year.
func seconds(v string) (time.Duration, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(min(max(n, 0), 365*86400)) * time.Second, true
}

// freshFor is how long an answer says it stays valid, less the time it was already
// kept on its way: Cache-Control's max-age, else Expires (RFC 9111, 4.2). Zero when
// it does not say, or forbids to rely on it.
func freshFor(h http.Header, now time.Time) time.Duration {
	var fresh time.Duration
	aged := false
	for _, d := range splitList(strings.Join(h.Values("Cache-Control"), ","), ',') {
		name, value, _ := strings.Cut(d, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store", "must-revalidate":
			return 0
		case "max-age":
			age, ok := seconds(unquote(value))
			if !ok {
				return 0
			}
			if !aged || age < fresh {
				fresh, aged = age, true
			}
		}
	}
	if !aged {
		expires, err := http.ParseTime(h.Get("Expires")) // often "0" or "-1": at once
		if err != nil {
			return 0
		}
		sent, err := http.ParseTime(h.Get("Date")) // by the server's own clock
		if err != nil {
			sent = now
		}
		fresh = expires.Sub(sent)
	}
	age, _ := seconds(h.Get("Age"))
	return min(max(fresh-age, 0), maxFresh)
}

// Links are addresses that the Link headers of an answer name (RFC 8288),
// absolute, http or https.
type Links struct {
	Hubs []string // rel=hub: where new versions can be subscribed to, at most five
	Self string   // rel=self: under what address
	Next string   // rel=next: the page after this one
}

// linksOf reads the Link headers of the answer of base. Of links to the same end
// the first counts. A link with an anchor is about another page.
func linksOf(h http.Header, base *url.URL) (l Links) {
	for i, link := range splitList(strings.Join(h.Values("Link"), ","), ',') {
		if i == maxLinks {
			break
		}
		params := splitList(link, ';')
		target, ok := strings.CutPrefix(strings.TrimSpace(params[0]), "<")
		target, closed := strings.CutSuffix(target, ">")
		if !ok || !closed || len(target) > maxLink {
			continue
		}
		rel, related, anchored := "", false, false
		for _, p := range params[1:] {
			name, value, _ := strings.Cut(p, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "rel":
				if !related { // a second one does not count (RFC 8288, 3.3)
					rel, related = strings.ToLower(unquote(value)), true
				}
			case "anchor":
				anchored = true
			}
		}
		u, err := base.Parse(strings.TrimSpace(target))
		if anchored || err != nil || checkURL(u) != nil || len(u.String()) > maxLink {
			continue
		}
		l.add(strings.Fields(rel), u.String())
	}
	return l
}

func (l *Links) add(rels []string, address string) {
	if slices.Contains(rels, "hub") && len(l.Hubs) < maxHubs && !slices.Contains(l.Hubs, address) {
		l.Hubs = append(l.Hubs, address)
	}
	if slices.Contains(rels, "self") && l.Self == "" {
		l.Self = address
	}
	if slices.Contains(rels, "next") && l.Next == "" {
		l.Next = address
	}
}

// splitList splits a header at sep, but not inside quotes or angle brackets.
func splitList(s string, sep byte) (parts []string) {
	quoted, angled, start := false, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !angled:
			quoted = !quoted
		case quoted:
		case c == '<':
			angled = true
		case c == '>':
			angled = false
		case c == sep && !angled:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// unquote is the value of a parameter without its quotes.
func unquote(v string) string {
	v = strings.TrimSpace(v)
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return v
	}
	return strings.ReplaceAll(v[1:len(v)-1], `\`, "")
}
