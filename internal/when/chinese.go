package when

import (
	"regexp"
	"strconv"
	"strings"
)

// simplified are the traditional characters that dates are written with, and short ways
// of saying a time of day, as the patterns know them.
var simplified = strings.NewReplacer(
	"時", "时", "鐘", "钟", "剛", "刚", "纔", "才", "週", "周", "個", "个", "點", "点", "號", "号", "裡", "里", "現", "现", "兩", "两", "禮拜", "星期", "礼拜", "星期",
	"点半", "点30分", "點半", "点30分", "点钟", "点", "點鐘", "点", "点整", "点", "點整", "点",
)

// numerals are Chinese numbers before what they count: 二〇二六年, 二十一日, 三小时.
var numerals = regexp.MustCompile(`([〇零○一二两三四五六七八九十廿卅]{1,6})(年|月|日|号|时|点|分|秒|小时|天|周|个|星期)`)

var numeralValue = map[rune]int{
	'〇': 0, '零': 0, '○': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
}

// arabic writes the Chinese numbers of a date in digits.
func arabic(s string) string {
	return numerals.ReplaceAllStringFunc(s, func(m string) string {
		g := numerals.FindStringSubmatch(m)
		return strconv.Itoa(numeralOf(g[1])) + g[2]
	})
}

// numeralOf reads 二〇二六 digit by digit, and 二十一 and 廿一 by tens.
func numeralOf(s string) int {
	n := 0
	for i, r := range s {
		switch r {
		case '十':
			if i == 0 {
				n = 1
			}
			n *= 10
			if rest := s[i+len("十"):]; rest != "" {
				n += numeralOf(rest)
			}
			return n
		case '廿':
			return 20 + numeralOf(s[i+len("廿"):])
		case '卅':
			return 30 + numeralOf(s[i+len("卅"):])
		}
		n = 10*n + numeralValue[r]
	}
	return n
}
