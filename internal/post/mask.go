package post

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mask replaces with stars digits of phone numbers, identity card numbers and bank card
// numbers, number plates but for the province and the letter, and the unit and room of
// an address. Of a number the first three or four and the last two digits stay, so that
// an officer can still tell two apart. The result has the same byte length as s, so
// that offsets into s stay good; masked again, it stays as it is. Web addresses stay as
// they are: the numbers in them are pages, and masked they lead nowhere.
// (个人信息保护法 第二十八条: identity and account numbers are sensitive personal information.)
func Mask(s string) string {
	out := []byte(s)
	links := address.FindAllStringIndex(s, -1)
	for i, left := 0, links; i < len(s); {
		if len(left) > 0 && i >= left[0][0] {
			i, left = max(i, left[0][1]), left[1:]
			continue
		}
		groups, end := readGroups(s, i)
		conceal(out, groups)
		i = end
	}
	for _, l := range links { // nothing is found in lines without anything
		for i := l[0]; i < l[1]; i++ {
			out[i] = '\n'
		}
	}
	hidePlaces(out)
	for _, l := range links {
		copy(out[l[0]:], s[l[0]:l[1]])
	}
	return string(out)
}

// conceal hides each person's number among groups in out. What stays of a number may
// make another one with the groups before or after it: that is looked at again.
func conceal(out []byte, groups []group) {
	for i := 0; i < len(groups); {
		n, keep := personal(groups[i:])
		if n == 0 {
			i++
			continue
		}
		number := groups[i : i+n]
		hide(out, number, keep)
		head, _ := split(number, keep)
		_, tail := split(number, count(number)-2)
		conceal(out, slices.Concat(groups[max(0, i-maxGroups+1):i], head))
		groups = groups[i+n-len(tail):]
		copy(groups, tail)
		i = 0
	}
}

// split cuts groups in two after the first n digits.
func split(groups []group, n int) (head, tail []group) {
	for _, g := range groups {
		k := min(n, len(g))
		if k > 0 {
			head = append(head, g[:k])
		}
		if k < len(g) {
			tail = append(tail, g[k:])
		}
		n -= k
	}
	return head, tail
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
		case v >= '0' && v <= '9', v == 'X' && endsIdentity(groups, len(g)):
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

// endsIdentity tells whether what was read may be an identity number but for its last
// sign: the last groups are 17 digits together.
func endsIdentity(groups []group, n int) bool {
	for i := len(groups); n < 17 && i > 0; i-- {
		n += len(groups[i-1])
	}
	return n == 17
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

const (
	maxGroups = 5  // into which people cut such a number
	minDigits = 10 // of the shortest such number, that of a telephone
	maxDigits = 19 // of the longest, that of a bank card
)

// personal tells how many of the first groups are one person's number, 0 when they
// are none, and how many of its leading digits may stay. People group the digits as
// they like; the longest reading counts.
func personal(groups []group) (n, keep int) {
	var digits []byte
	for i, g := range groups[:min(len(groups), maxGroups)] {
		if len(digits)+len(g) > maxDigits { // however many there are, they are not read
			break
		}
		for _, d := range g {
			digits = append(digits, d.value)
		}
		if len(digits) < minDigits {
			continue
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
func keeps(digits []byte, whole bool) int {
	switch {
	case mobile.Match(digits), identity.Match(digits), bankCard.Match(digits), whole && long.Match(digits):
		return 3
	case landline.Match(digits):
		return 4
	case abroad.Match(digits):
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
