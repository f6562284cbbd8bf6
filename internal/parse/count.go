package parse

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// What stands beside a number that counts answers, and one that counts readers.
var (
	saysReplies = regexp.MustCompile(`(?i)回复|回覆|回帖|跟帖|评论|評論|留言|回答|讨论|repl(?:y|ies)|comments?|answers?|posts?`)
	saysViews   = regexp.MustCompile(`(?i)查看|浏览|瀏覽|阅读|閱讀|点击|點擊|人气|人氣|围观|views?|reads?|hits?`)
	number      = regexp.MustCompile(`(?i)(\d+(?:,\d{3})+|\d+)(\.\d+)?\s?(万|萬|千|亿|億|[wkm]\b)?`)
)

const maxCountText = 200 // bytes that are looked at

// count reads a number as sites write it: 1,234, 1.2万, 3.4k, 10万+. Where it stands among
// others with their names (回复 12 / 查看 345), label tells which; of two without names
// (12/345) the first are answers, the second readers. -1 when there is none.
func count(text string, label *regexp.Regexp) int {
	text = norm.NFKC.String(text[:min(len(text), maxCountText)])
	found := number.FindAllStringSubmatchIndex(text, 20)
	if len(found) == 0 {
		return -1
	}
	value := func(i int) int { return numberOf(text, found[i]) }
	if label == nil {
		return value(0)
	}
	names := append(saysReplies.FindAllStringIndex(text, 20), saysViews.FindAllStringIndex(text, 20)...)
	mine := label.FindStringIndex(text)
	switch {
	case len(names) == 0 && len(found) == 2 && label == saysViews:
		return value(1)
	case len(names) == 0:
		return value(0)
	case mine == nil:
		return -1
	case len(names) == len(found): // each name has its number, before or behind or in a list of their own
		before := 0
		for _, n := range names {
			if n[0] < mine[0] {
				before++
			}
		}
		return value(before)
	}
	for i, f := range found { // the one beside the name
		if gap := f[0] - mine[1]; gap >= 0 && gap <= 4 {
			return value(i)
		}
	}
	for i, f := range found {
		if gap := mine[0] - f[1]; gap >= 0 && gap <= 4 {
			return value(i)
		}
	}
	return -1
}

func numberOf(text string, m []int) int {
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return strings.ToLower(text[m[2*i]:m[2*i+1]])
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(group(1), ",", "")+group(2), 64)
	switch group(3) {
	case "万", "萬", "w":
		n *= 1e4
	case "千", "k":
		n *= 1e3
	case "m":
		n *= 1e6
	case "亿", "億":
		n *= 1e8
	}
	if n = math.Round(n); err != nil || n > 1e12 {
		return -1
	}
	return int(n)
}
