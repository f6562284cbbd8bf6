package post

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mask replaces digits of phone numbers, identity card numbers and bank card
// numbers with stars. The first three or four and the last two stay, so that an
// officer can still tell two apart. The result has the same byte length as s, so
// that offsets into s stay good. Web addresses stay as they are: the numbers in them
// are pages, and masked they lead nowhere. (个人信息保护法 第二十八条: identity and account
// numbers are sensitive personal information.)
func Mask(s string) string {
	var out []byte
	links := address.FindAllStringIndex(s, -1)
	for i := 0; i < len(s); {
		if len(links) > 0 && i >= links[0][0] {
			i, links = max(i, links[0][1]), links[1:]
			continue
		}
		groups, end := readGroups(s, i)
		for len(groups) > 0 {
			n, keep := personal(groups)
			if n == 0 {
				groups = groups[1:]
				continue
			}
			if out == nil {
				out = []byte(s)
			}
			hide(out, groups[:n], keep)
			groups = groups[n:]
		}
		i = end
	}
	if out == nil {
		return s
	}
	return string(out)
}

var address = regexp.MustCompile(`(?i)https?://[!-;=?-~]+`)

// digit is one digit, or the X that may end an identity number, by its byte range.
type digit struct {
	value      byte
	start, end int
}

// group is a run of digits with nothing between them.
type group []digit

// readGroups reads the groups of digits at byte i of s that have one separator
// between them, and returns where it stopped: always past i.
func readGroups(s string, i int) (groups []group, end int) {
	var g group
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		v := asDigit(r)
		switch {
		case v >= '0' && v <= '9', v == 'X' && count(groups)+len(g) == 17:
			g = append(g, digit{v, i, i + n})
		case len(g) > 0 && separates(r):
			groups, g = append(groups, g), nil
		default:
			if len(g) > 0 {
				groups = append(groups, g)
			}
			return groups, i + n
		}
		i += n
	}
	if len(g) > 0 {
		groups = append(groups, g)
	}
	return groups, i
}

// separates tells what people put between the digits of a number. A comma is not among
// it: it lists numbers, such as those of houses.
func separates(r rune) bool {
	return r == '\n' || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("._/*·•)）", r)
}

func count(groups []group) (n int) {
	for _, g := range groups {
		n += len(g)
	}
	return n
}

func asDigit(r rune) byte {
	switch {
	case r >= '0' && r <= '9':
		return byte(r)
	case r >= '０' && r <= '９':
		return byte(r - '０' + '0')
	case r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ':
		return 'X'
	}
	return 0
}

// maxGroups is into how many groups people cut such a number.
const maxGroups = 5

// personal tells how many of the first groups are one person's number, 0 when they
// are none, and how many of its leading digits may stay. People group the digits as
// they like; the longest reading counts.
func personal(groups []group) (n, keep int) {
	digits := ""
	for i, g := range groups[:min(len(groups), maxGroups)] {
		for _, d := range g {
			digits += string(rune(d.value))
		}
		if k := keeps(digits, i == 0); k > 0 {
			n, keep = i+1, k
		}
	}
	return n, keep
}

var (
	mobile   = regexp.MustCompile(`^1[3-9]\d{9}$`)
	abroad   = regexp.MustCompile(`^861[3-9]\d{9}$`)          // with the country's code
	landline = regexp.MustCompile(`^0\d{9,11}$`)              // with the area's
	identity = regexp.MustCompile(`^\d{6}(19|20)\d{9}[\dX]$`) // GB 11643
	bankCard = regexp.MustCompile(`^(62|[3-6])\d{14,17}$`)
	long     = regexp.MustCompile(`^\d{15,19}$`) // in one piece: an identity or account number
)

// keeps tells how many leading digits of a person's number may stay; 0 when it is none.
func keeps(digits string, whole bool) int {
	switch {
	case mobile.MatchString(digits), identity.MatchString(digits), bankCard.MatchString(digits), whole && long.MatchString(digits):
		return 3
	case landline.MatchString(digits):
		return 4
	case abroad.MatchString(digits):
		return 5
	}
	return 0
}

// hide stars the digits of groups in out, but for the first keep and the last two.
func hide(out []byte, groups []group, keep int) {
	var all group
	for _, g := range groups {
		all = append(all, g...)
	}
	for _, d := range all[keep : len(all)-2] {
		star := "*"
		if d.end-d.start == 3 {
			star = "＊"
		}
		copy(out[d.start:d.end], star)
	}
}
