package look

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	counted  = `(?:已有|共有|共)?(?:阅读|浏览|查看|点击|访问|下载|回复|评论|跟帖|点赞|赞|收藏|人气|热度|分享|转发|关注|积分)(?:次数|人数|总数|量|数)?`
	number   = `\d[\d,.]*\s?(?:[万千wWkK]\+?)?`
	relative = `(?:刚刚|刚才|(?:\d{1,3}|半)\s?个?(?:秒钟?|分钟?|小时|天|周|星期|月|年)(?:之前|以前|前)|(?:今天|昨天|前天)\s?\d{1,2}:\d{2})`
)

var (
	// changing are the parts of a line about a page that change while it does not:
	// 阅读(1,024), 浏览次数：88 次, 3 分钟前, 123 人阅读.
	changing = regexp.MustCompile(`(?i)(^|[\s|·,(（\[【/])(?:` +
		counted + `\s?[:：]?\s?` + number + `\s?[次人条篇]?|` +
		counted + `\s?[(（\[]\s?` + number + `\s?[次人条篇]?\s?[)）\]]|` +
		number + `\s?[次人条个]?\s?(?:` + counted + `|views?|replies|reads|likes)|` +
		relative + `)($|[\s|·,)）\]】/])`)
	// downloads is the one counter that Discuz shows inside a post.
	downloads = regexp.MustCompile(`[,，]?\s?下载次数[:：]\s?\d+`)
	sentence  = regexp.MustCompile(`[。！？；!?;]`)
)

// maxAbout is how long a line about a page (author, time, counters) is at most, in runes.
const maxAbout = 80

// steady takes out of a text what changes while its page does not: counters and
// times told from now. It looks for them only in short lines that are no
// sentences, so that it leaves alone what people wrote.
func steady(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) <= maxAbout && !sentence.MatchString(line) && changing.MatchString(line) {
			// Twice: a match takes the space that the next would begin with.
			for range 2 {
				line = changing.ReplaceAllString(line, "$1 $2")
			}
			if line = strings.Join(strings.Fields(line), " "); strings.Trim(line, " |·,()（）[]【】/") == "" {
				continue
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
