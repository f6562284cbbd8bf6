package post

import "strings"

// formulas are what letters to an office and its answers have in common whatever
// they are about.
var formulas = strings.Fields(`关于 反映 咨询 建议 投诉 请问 请求 希望 问题 情况 如何 什么 怎么 领导 市长 书记 您好 你好 相关 有关 部门 政府
	解决 回复 答复 处理 严重 尽快 进行 我们 是否 可以 没有 再次 求助 能否 不能 感谢 谢谢 支持 工作`)

// Share tells how much of what is said in a few words, such as a title, is on a page: the
// share of its pairs of neighbouring characters, 0 to 1. It is -1 when nothing is said.
func Share(said, page string) float64 {
	all := pairs(said)
	if len(all) == 0 {
		return -1
	}
	page = Plain(page)
	have := 0
	for pair := range all {
		if strings.Contains(page, pair) {
			have++
		}
	}
	return float64(have) / float64(len(all))
}

// sameWords is how much of a draft must stand in what is published.
const sameWords = 0.5

// Follows tells whether what was published is what the draft said.
func Follows(published, draft string) bool { return Share(draft, published) >= sameWords }

// pairs are the pairs of neighbouring characters in s, but for formulas.
func pairs(s string) map[string]bool {
	for _, f := range formulas {
		s = strings.ReplaceAll(s, f, " ")
	}
	out := make(map[string]bool)
	for _, run := range strings.FieldsFunc(s, func(r rune) bool { return fold(r) == 0 }) {
		runes := []rune(Plain(run))
		for i := range len(runes) - 1 {
			out[string(runes[i:i+2])] = true
		}
	}
	return out
}

// Plain is s without what does not count when texts are compared, in one form of each
// character.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if f := fold(r); f != 0 {
			return f
		}
		return -1
	}, s)
}
