package fetch

import (
	"bytes"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// rules are what a robots.txt lets us read (RFC 9309). The zero value lets all
// be read.
//
// They are read here since the library there is for Go (github.com/temoto/robotstxt
// v1.1.2) does not keep to the RFC, which is younger: one line it cannot read makes
// it drop the file, its wildcards match anywhere in a path, Disallow wins over an
// Allow of the same length, Chinese paths never match, and hostile rules that become
// regular expressions take fifty MiB.
type rules struct {
	lines string        // "+/may\n-/may-not\n": kept in one piece, since there are many hosts
	delay time.Duration // rest between two requests that the site asks for, at most maxDelay
}

const (
	maxRobots = 500 << 10 // bytes of the file that are read (RFC 9309, 2.5)
	maxDelay  = time.Minute
)

// group gathers the lines that are for one name, wherever in the file they are.
type group struct {
	lines strings.Builder
	delay time.Duration
	named bool // there is such a group
	open  bool // the lines that come are for it
}

// parseRobots takes from a robots.txt what is for the program of that name, or
// else what is for all. Lines that mean nothing are passed over: so is all of a
// page of HTML.
func parseRobots(body []byte, name string) rules {
	if len(body) >= maxRobots { // a rule cut in two would be another rule
		body = body[:bytes.LastIndexAny(body[:maxRobots], "\r\n")+1]
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	var own, all group
	head := false // the line before named a program too
	for len(body) > 0 {
		var line []byte
		line, body = nextLine(body)
		line, _, _ = bytes.Cut(line, []byte("#"))
		key, value, _ := bytes.Cut(line, []byte(":"))
		v := string(bytes.TrimSpace(value))
		switch strings.ToLower(string(bytes.TrimSpace(key))) {
		case "user-agent":
			if !head {
				head, own.open, all.open = true, false, false
			}
			if v == "*" {
				all.open, all.named = true, true
			} else if token := productToken(v); token != "" && strings.EqualFold(token, name) {
				own.open, own.named = true, true
			}
		case "allow":
			head = false
			own.rule('+', v)
			all.rule('+', v)
		case "disallow":
			head = false
			own.rule('-', v)
			all.rule('-', v)
		case "crawl-delay": // not in the RFC, but in many files
			own.wait(v)
			all.wait(v)
		}
	}
	if own.named {
		return own.rules()
	}
	return all.rules()
}

func nextLine(body []byte) (line, rest []byte) {
	if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
		return body[:i], body[i+1:]
	}
	return body, nil
}

// productToken is the name at the beginning of a User-Agent: "Huiyin/1.0 (…)" is
// Huiyin's.
func productToken(agent string) string {
	end := strings.IndexFunc(agent, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-'
	})
	if end < 0 {
		return agent
	}
	return agent[:end]
}

// rule adds a path, if the group is open. An empty one says nothing.
func (g *group) rule(sign byte, path string) {
	if !g.open || !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "*") {
		return
	}
	g.lines.WriteByte(sign)
	g.lines.WriteString(normalPath(path, true))
	g.lines.WriteByte('\n')
}

func (g *group) wait(seconds string) {
	n, err := strconv.ParseFloat(seconds, 64)
	if !g.open || err != nil || math.IsNaN(n) || n <= 0 {
		return
	}
	g.delay = max(g.delay, time.Duration(min(n, maxDelay.Seconds())*float64(time.Second)))
}

func (g *group) rules() rules {
	return rules{strings.Clone(g.lines.String()), g.delay} // the builder's buffer is larger
}

// allow says whether u may be read: the longest rule that matches decides, and of
// two of the same length the one that allows (RFC 9309, 2.2.2).
func (r rules) allow(u *url.URL) bool {
	if r.lines == "" {
		return true
	}
	path := cmpPath(u)
	if path == "/robots.txt" {
		return true
	}
	longest, may := 0, true
	for line := range strings.Lines(r.lines) {
		plus, pattern := line[0] == '+', line[1:len(line)-1]
		if n := len(pattern); (n > longest || n == longest && plus) && matches(pattern, path) {
			longest, may = n, plus
		}
	}
	return may
}

// cmpPath is the path and query of u as rules are compared with.
func cmpPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return normalPath(path, false)
}

// matches says whether a rule's pattern matches the beginning of path, or where
// it ends in $ all of it. A * stands for anything, also for nothing.
func matches(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	piece, pattern, more := strings.Cut(pattern, "*")
	path, ok := strings.CutPrefix(path, piece)
	if !ok {
		return false
	}
	for more {
		piece, pattern, more = strings.Cut(pattern, "*")
		if whole && !more {
			return strings.HasSuffix(path, piece)
		}
		i := strings.Index(path, piece) // the first place leaves most for the pieces after it
		if i < 0 {
			return false
		}
		path = path[i+len(piece):]
	}
	return !whole || path == ""
}

// normalPath writes a path in the one form in which paths and rules are compared:
// what need not be percent-encoded is not, all else is, a character's bytes as they
// are (those of a page in GBK are its bytes in GBK). What only separates, such as /
// and ?, stays as it was (RFC 9309, 2.2.2). In a rule * and a $ at its end keep their meaning.
func normalPath(s string, rule bool) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			d := byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			if unreserved(d) {
				b.WriteByte(d)
			} else {
				b.Write([]byte{'%', hex[d>>4], hex[d&15]})
			}
		case c <= ' ' || c >= 0x7F, c == '*' && !rule, c == '$' && !(rule && i == len(s)-1):
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// unreserved says whether c stands for itself everywhere in a URL (RFC 3986, 2.3).
func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
