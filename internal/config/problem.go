package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong in the configuration, or worth a warning.
type Problem struct {
	File string // as the caller named it
	Line int    // from 1; 0 when it concerns the file as a whole
	Col  int    `json:",omitempty"` // in characters from 1; 0 when it concerns the line as a whole
	Msg  string // one line of plain Chinese: what is wrong and what to do
}

// String is the line a person reads: `huiyin.yaml:12: …`.
func (p Problem) String() string {
	switch {
	case p.Line == 0:
		return p.File + ": " + p.Msg
	case p.Col > 0:
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Msg)
}

// Problems is everything that is wrong with a configuration, all at once. As an
// error it is one line for each.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sort puts the problems in the order of the file main, then of other files, and
// drops repetitions.
func (ps Problems) sort(main string) Problems {
	file := func(p Problem) string {
		if p.File == main {
			return ""
		}
		return p.File
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(strings.Compare(file(a), file(b)), a.Line-b.Line)
	})
	seen := map[Problem]bool{}
	return slices.DeleteFunc(ps, func(p Problem) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

var (
	// A bot's token as BotFather gives it, wherever it stands.
	botToken = regexp.MustCompile(`\b[0-9]{6,}:[A-Za-z0-9_-]{30,}`)
	// A password in front of a URL's host, even in a URL that does not parse.
	urlPassword = regexp.MustCompile(`://[^/\s]*:[^\s]*@`)
	// The address of a group's robot, which is all that it takes to speak in the group.
	robotURL = regexp.MustCompile(`(?i)qyapi\.weixin\.qq\.com/cgi-bin/webhook/|oapi\.dingtalk\.com/robot/|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/`)
)

// masked is how quote shows a secret.
const masked = "“***”"

// quote shows a value in a message: short, on one line, and never a secret.
func quote(v string) string {
	if botToken.MatchString(v) || urlPassword.MatchString(v) {
		return masked
	}
	if utf8.RuneCountInString(v) > 40 {
		v = string([]rune(v)[:40]) + "…"
	}
	v = strings.Map(func(r rune) rune {
		if hidden(r) {
			return '□'
		}
		return r
	}, v)
	return "“" + v + "”"
}

// near is the one of known that key was probably meant to be, or "".
func near(key string, known []string) string {
	if len(key) > 64 {
		return ""
	}
	norm := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "_")) }
	best, bestDist := "", 3
	for _, k := range known {
		allowed := min(2, utf8.RuneCountInString(k)/3) // of "a" only "A" is near
		if d := distance(norm(key), norm(k)); d <= allowed && d < bestDist {
			best, bestDist = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in characters.
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i := range ra {
		diagonal := row[0]
		row[0] = i + 1
		for j := range rb {
			cost := 1
			if ra[i] == rb[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(rb)]
}
