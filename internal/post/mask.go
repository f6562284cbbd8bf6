package post

import (
	"regexp"
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

// readGroups reads the groups of digits at byte i of s that have one space or
// hyphen between them, and returns where it stopped: always past i.
func readGroups(s string, i int) (groups []group, end int) {
	var g group
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		v := asDigit(r)
		switch {
		case v >= '0' && v <= '9', v == 'X' && (len(g) == 17 || len(g) == 3 && len(groups) == 2):
			g = append(g, digit{v, i, i + n})
		case len(g) > 0 && (r == ' ' || r == '-' || r == '－'):
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

// forms are the ways in which people write such numbers: the lengths of the
// groups, the digits it starts with, and how many of these may stay.
var forms = []struct {
	lengths []int
	prefix  string
	keep    int
}{
	{[]int{4, 4, 4, 4, 3}, "", 3}, {[]int{4, 4, 4, 4}, "", 3}, // bank cards
	{[]int{6, 8, 4}, "", 3},                                 // identity cards
	{[]int{2, 3, 4, 4}, "861", 5}, {[]int{2, 11}, "861", 5}, // +86 mobiles
	{[]int{3, 4, 4}, "1", 3},                                                                   // mobiles
	{[]int{3, 8}, "0", 3}, {[]int{3, 7}, "0", 3}, {[]int{4, 8}, "0", 4}, {[]int{4, 7}, "0", 4}, // landlines
	{[]int{11}, "1", 3}, {[]int{13}, "861", 5}, {[]int{10}, "0", 3}, {[]int{11}, "0", 3}, {[]int{12}, "0", 4},
	{[]int{15}, "", 3}, {[]int{16}, "", 3}, {[]int{17}, "", 3}, {[]int{18}, "", 3}, {[]int{19}, "", 3},
}

// personal tells how many of the first groups are one person's number, 0 when
// they are none, and how many of its leading digits may stay.
func personal(groups []group) (n, keep int) {
next:
	for _, f := range forms {
		if len(f.lengths) > len(groups) {
			continue
		}
		digits := ""
		for i, length := range f.lengths {
			if len(groups[i]) != length {
				continue next
			}
			for _, d := range groups[i] {
				digits += string(rune(d.value))
			}
		}
		if digits[:len(f.prefix)] == f.prefix {
			return len(f.lengths), f.keep
		}
	}
	return 0, 0
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
