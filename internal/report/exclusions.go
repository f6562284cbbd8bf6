package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/cases"
)

const (
	maxExclusions = 5
	sharedBy      = 2 // false alarms that a word must stand in, or all when there are fewer
)

// Exclusions finds words that the false alarms of a topic share and its good mentions do
// not have: its none: list could take them. Give it all false alarms first.
type Exclusions struct {
	cut    func(text string) []string // into words, as the matcher does
	topics map[string]*suspects
}

// suspects are the words of one topic's false alarms.
type suspects struct {
	alarms   int // cases
	last     string
	words    map[string]*suspect
	keywords map[string]bool
}

type suspect struct {
	alarms, times int // in how many cases, and how often at all
	last          string
}

// NewExclusions makes Exclusions that cut texts with cut.
func NewExclusions(cut func(text string) []string) *Exclusions {
	return &Exclusions{cut: cut, topics: map[string]*suspects{}}
}

// FalseAlarm takes a mention of a false alarm; those of one case follow one another.
func (x *Exclusions) FalseAlarm(m cases.JudgedText) error {
	t := x.topics[m.Topic]
	if t == nil {
		t = &suspects{words: map[string]*suspect{}, keywords: map[string]bool{}}
		x.topics[m.Topic] = t
	}
	if t.last != m.Case {
		t.alarms, t.last = t.alarms+1, m.Case
	}
	for _, w := range m.Words {
		t.keywords[strings.ToLower(w)] = true
	}
	for _, w := range x.words(m) {
		s := t.words[w]
		if s == nil {
			s = &suspect{}
			t.words[w] = s
		}
		s.times++
		if s.last != m.Case {
			s.alarms, s.last = s.alarms+1, m.Case
		}
	}
	return nil
}

// Good takes a mention that was judged and found right: its words are not suspect.
func (x *Exclusions) Good(m cases.JudgedText) error {
	if t := x.topics[m.Topic]; t != nil {
		for _, w := range x.words(m) {
			delete(t.words, w)
		}
	}
	return nil
}

// Of returns the words for a topic's none: list, the most frequent first.
func (x *Exclusions) Of(topic string) []string {
	t := x.topics[topic]
	if t == nil {
		return nil
	}
	words := slices.DeleteFunc(slices.Collect(maps.Keys(t.words)), func(w string) bool {
		return t.words[w].alarms < min(sharedBy, t.alarms) || t.looksFor(w)
	})
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(t.words[b].alarms-t.words[a].alarms, t.words[b].times-t.words[a].times, strings.Compare(a, b))
	})
	return words[:min(len(words), maxExclusions)]
}

// looksFor tells whether a word is one the topic looks for, or a part of one.
func (t *suspects) looksFor(word string) bool {
	for k := range t.keywords {
		if strings.Contains(k, word) {
			return true
		}
	}
	return false
}

// words are the words of a mention that can tell what it is about.
func (x *Exclusions) words(m cases.JudgedText) []string {
	return slices.DeleteFunc(x.cut(m.Title+"\n"+m.Text), func(w string) bool { return !tells(w) || common[w] })
}

// tells is whether a word has two Chinese characters or more, and nothing else.
func tells(word string) bool {
	for _, r := range word {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return utf8.RuneCountInString(word) >= 2
}

// common are words that tell nothing of what a text is about.
var common = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`
		我们 你们 他们 她们 它们 咱们 自己 别人 人家 大家 各位 某些 有人 有的 有些 所有 全部 每个 每天 这个 那个 这些 那些 这里 那里 这样 那样
		这么 那么 这种 那种 此次 本次 本人 其他 其它 其中 其实 之前 之后 以前 以后 以上 以下 以及 以来 以内 之间 之一 当时 同时 目前 现在 今天 昨天
		明天 今年 去年 明年 当天 近日 最近 时候 时间 上午 下午 晚上 早上 中午 凌晨 小时 分钟 左右 什么 怎么 怎样 怎么办 为什么 为何 如何 哪里 哪个 多少
		几个 一个 两个 一些 一下 一直 一样 一起 一次 一定 一般 一点 第一 不是 不能 不会 不要 不到 不了 不得 没有 没人 并不 不但 不仅 不过 不管 只是 只有 只能
		只要 就是 就是说 还是 还有 还要 都是 也是 也不 又是 正是 真是 但是 可是 然而 而且 并且 或者 或是 如果 假如 要是 因为 由于 所以 因此 于是 虽然 尽管
		即使 无论 除了 除非 关于 对于 至于 根据 按照 通过 经过 为了 随着 作为 可以 可能 能够 应该 应当 必须 需要 要求 希望 想要 愿意 已经 曾经 正在 刚刚 刚才
		马上 立即 终于 仍然 依然 依旧 继续 不断 经常 往往 常常 总是 有时 突然 特别 非常 十分 比较 更加 越来越 几乎 大概 大约 差不多 完全 根本 确实 究竟 到底
		进行 开始 出现 发生 成为 具有 存在 属于 包括 表示 认为 觉得 知道 看到 听到 说是 起来 下来 出来 过来 上去 下去 进去 出去 回来 过去 之类 等等 左边 右边
		上面 下面 里面 外面 前面 后面 旁边 附近 情况 问题 事情 东西 方面 地方 有关 相关 部门 您好 你好 谢谢 感谢 请问 麻烦 尊敬 领导 反映 投诉 咨询 回复 答复
		处理 解决 了解 工作 单位 市民 居民 群众 百姓 老百姓 标题 内容 如下 以此 所谓 例如 比如 尤其 甚至 居然 竟然 难道 反正 然后 接着 最后 首先 其次 另外 此外`) {
		set[w] = true
	}
	return set
}()
