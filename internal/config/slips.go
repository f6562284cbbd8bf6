package config

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// Slips are what a Chinese keyboard types where YAML wants half-width characters.
// YAML takes most of them for text, and often goes on reading into the next lines.

// separators cannot stand inside an item of a list or a name.
const separators = ",;\uff0c\u3001\uff1b"

// chineseQuotes is said of a value that unwrap has unwrapped.
const chineseQuotes = "用了中文引号，请改成半角引号 \"，或者删去引号"

const (
	keyForm   = `^ *(?:- +)?(?:"[^"]*"|'[^']*'|[^\s"'#:\x{ff1a}\[\]{},]{1,40})`
	wideSpace = `[\x{a0}\x{2000}-\x{200b}\x{202f}\x{3000}]`
)

var (
	wideIndent = regexp.MustCompile(`^[ \t]*` + wideSpace)
	wideColon  = regexp.MustCompile(keyForm + ` *\x{ff1a}`)
	wideAfter  = regexp.MustCompile(keyForm + ` *:` + wideSpace)
	noSpace    = regexp.MustCompile(`^ *(?:- +)?[\p{L}_]+:[^\s/]`)
)

// fault is what is wrong with a line; the zero fault is nothing.
type fault struct {
	msg  string
	sure bool // otherwise the line may also be something else, such as host:80
}

// slip says what is wrong with a line, or a value, that was meant to be “键: 值”.
func slip(line string) fault {
	switch {
	case wideIndent.MatchString(line):
		return fault{"行首有全角空格（或别的特殊空格），请改成普通的半角空格", true}
	case wideColon.MatchString(line):
		return fault{"用了全角冒号“：”，请改成半角冒号加一个空格“: ”", true}
	case wideAfter.MatchString(line):
		return fault{"冒号后面是全角空格（或别的特殊空格），请改成一个普通的半角空格", true}
	case noSpace.MatchString(line):
		return fault{"冒号后面少了一个空格，应当写成“键: 值”", false}
	}
	return fault{}
}

// slips notes all lines of a file with a slip, when the parser stumbled over those
// at. It reports whether one of them explains that: it is at that place, or in the
// line before, which the parser read on from.
func (r *reader) slips(data []byte, at ...int) (explained bool) {
	last := 0 // the last line with something in it
	for i, text := range bytes.Split(data, []byte("\n")) {
		line := i + 1
		here := slices.Contains(at, line)
		trimmed := strings.TrimSpace(string(text))
		if here && last > 0 {
			before := slip(lineOf(data, last))
			explained = explained || before.msg != ""
			if before.msg != "" && !before.sure {
				r.problem(last, before.msg)
			}
		}
		if f := slip(string(text)); f.sure {
			explained = explained || here
			r.problem(line, f.msg)
		}
		if trimmed != "" && trimmed[0] != '#' {
			last = line
		}
	}
	return explained
}

// swallowed notes lines with a slip that the parser, without stumbling, took for
// more text of the line before: nothing in the tree begins there. It reports
// whether there is one; what the tree says then is not what was meant.
func (r *reader) swallowed(data []byte, doc *yaml.Node) bool {
	begun := map[int]bool{}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		begun[n.Line] = true
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(doc)
	for i, text := range bytes.Split(data, []byte("\n")) {
		if f := slip(string(text)); f.msg != "" && (!begun[i+1] || wideIndent.Match(text)) {
			r.problem(i+1, f.msg)
			r.cut = true
		}
	}
	return r.cut
}

// unwrap is v without the Chinese quotes around it, if it has some. YAML does not
// take them for quotes.
func unwrap(v string) (inner string, wrapped bool) {
	const quotes = "\u201c\u201d\u2018\u2019\uff02\uff07\u300c\u300d\u300e\u300f"
	_, first := utf8.DecodeRuneInString(v)
	_, last := utf8.DecodeLastRuneInString(v)
	if len(v) <= first+last {
		return v, false
	}
	open, inner, end := v[:first], v[first:len(v)-last], v[len(v)-last:]
	isQuote := func(s string) bool { return s == `"` || strings.Contains(quotes, s) }
	if !isQuote(open) || !isQuote(end) || open == end && open == `"` || strings.ContainsAny(inner, quotes) || strings.TrimSpace(inner) == "" {
		return v, false
	}
	return inner, true
}

// severalInOne tells how to write v, one item of a list, as the several it is.
func severalInOne(v string, brackets bool) string {
	const how = "里有好几项，请"
	if quote(v) != "“"+v+"”" || strings.ContainsAny(v, `"\`) {
		return how + "用半角逗号把它们分开，或者每项写一行"
	}
	var items []string
	for item := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		item, _ = unwrap(strings.TrimSpace(item))
		items = append(items, item)
	}
	if brackets {
		return how + `用半角逗号把它们分开："` + strings.Join(items, `", "`) + `"`
	}
	return how + "每项写一行：“- " + strings.Join(items, "”“- ") + "”"
}

// halves are the full-width characters that are typed by mistake, and what is meant.
var halves = map[rune]string{
	'\uff20': "@", '\uff0c': ",", '\u3001': ",", '\uff1b': ";", '\uff1a': ":", '\uff0f': "/", '\uff0e': ".", '\u3002': ".", '\u3000': " ",
	'\uff3b': "[", '\uff3d': "]", '\u3010': "[", '\u3011': "]", '\uff5b': "{", '\uff5d': "}",
	'\u201c': `"`, '\u201d': `"`, '\uff02': `"`, '\u2018': "'", '\u2019': "'", '\uff07': "'",
}

// wideHint names the first full-width character in v that may be to blame; "" when
// there is none.
func wideHint(v string) string {
	for _, c := range v {
		switch half := halves[c]; half {
		case "":
		case `"`, "'":
			return "；里面有中文引号，请改成半角引号 " + half
		case " ":
			return "；里面有全角空格，请改成半角空格或删去"
		default:
			return "；里面的“" + string(c) + "”是全角的，请改成半角的 " + half
		}
	}
	return ""
}

// notInNames reports whether c is punctuation that names do not have: of Chinese
// signs only hyphens, round brackets and those of words (〇, 々) are left to them.
func notInNames(c rune) bool {
	switch {
	case strings.ContainsRune(`:/"`, c):
		return true
	case strings.ContainsRune("\u3005\u3007\u3014\u3015\uff08\uff09\uff0d", c):
		return false
	}
	return c >= 0x2018 && c <= 0x201f || c == 0x2026 || c >= 0x3000 && c <= 0x303f ||
		c >= 0xff01 && c <= 0xff0f || c >= 0xff1a && c <= 0xff20 || c >= 0xff3b && c <= 0xff40 || c >= 0xff5b && c <= 0xff64
}
