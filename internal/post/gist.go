package post

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"huiyin/dict"
)

// Gist is what is kept of a post to find others about the same matter in other words:
// hashes of the character pairs of its title, and of those that its text repeats,
// without those of mere manner. It is at most maxGist numbers that ascend, fit for JSON.
type Gist []uint32

const (
	maxGist   = 48 // pairs
	headRunes = 40 // of a text without a title stand for one
)

// GistOf reads what a post is about. Blanks, punctuation, capitals, full-width forms and
// traditional characters make no difference.
func GistOf(title, text string) Gist {
	head, body := folded(nil, title), folded(nil, text)
	if len(head) == 0 {
		head = body[:min(headRunes, len(body))]
	}
	rank := make(map[uint32]int) // how often the text has a pair; those of the title first
	for _, p := range hashes(body, 2) {
		rank[p]++
	}
	for _, p := range hashes(head, 2) {
		rank[p] += MaxText
	}
	var pairs Gist
	for p, n := range rank {
		if n > 1 && !manner[p] {
			pairs = append(pairs, p)
		}
	}
	slices.SortFunc(pairs, func(a, b uint32) int { return cmp.Or(cmp.Compare(rank[b], rank[a]), cmp.Compare(a, b)) })
	pairs = pairs[:min(maxGist, len(pairs))]
	slices.Sort(pairs)
	return pairs
}

// manner is how people write to an office, whatever the matter.
var manner = pairsOf(`
尊敬的领导您好 书记你好 市长先生 我们是小区业主 我是居民 住户 村民 市民 群众 老百姓 广大业主
希望政府有关部门尽快解决处理 相关部门 有关领导 请求帮助 恳请重视 反映问题 反应情况 投诉举报
咨询建议 关于的问题 存在严重影响 什么时候能够 何时可以 怎么办 为什么 没有人管 不作为 一直不能
至今未 已经多次 每天晚上 长期 随意 合法吗 合理吗 生活 我们 他们 你们 这个 那个 但是 因为 所以
如果 现在 目前 以及 进行 要求 情况 谢谢 感谢 盼回复 望解决 强烈 给予 答复 到底 是否 如何 应该
有限公司 小区 街道 社区 工作 人员 时间 电话 加快 建设 力度 刻不容缓 有何具体行动 步伐`)

// usual is what topics look for. It tells the topic more than the matter, which is known
// by names.
var usual = pairsOf(topicWords(dict.Files))

func topicWords(lists fs.FS) string {
	names, err := fs.Glob(lists, "*.txt")
	if err != nil {
		panic(fmt.Sprintf("lists of words: %v", err))
	}
	var all strings.Builder
	for _, name := range names {
		list, err := fs.ReadFile(lists, name)
		if err != nil {
			panic(fmt.Sprintf("list of words: %v", err))
		}
		if name != "words.txt" { // the segmenter's: names are among them
			all.Write(list)
		}
	}
	return all.String()
}

// pairsOf are the character pairs of words. A line that begins with # is a remark.
func pairsOf(words string) map[uint32]bool {
	all := make(map[uint32]bool)
	for line := range strings.Lines(words) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			for _, p := range hashes(folded(nil, word), 2) {
				all[p] = true
			}
		}
	}
	return all
}
