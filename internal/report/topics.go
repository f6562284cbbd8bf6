package report

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/width"

	"huiyin/internal/cases"
)

// Topics is what an admin reads of how well the topics do: plain text for a terminal.
type Topics struct {
	From, Until time.Time
	Location    *time.Location
	Topics      []cases.TopicFigures
	// Exclude returns the words that a topic's none: list could take.
	Exclude func(topic string) []string
}

const topicsNote = "准确率 = 1 − 误报 ÷ 责任人处理过的提醒。处理过，是指已经回应、办结，或者标了“无需回应”（不论什么原因）；" +
	"“—”表示还没有处理过一件。标了误报、后来又回应的，不算误报。"

// Text writes the table, and below it what to do about the false alarms.
func (t Topics) Text() string {
	var b writer
	b.line("各专题的提醒，%s 到 %s", t.From.In(t.Location).Format(time.DateOnly), t.Until.In(t.Location).Format(time.DateOnly))
	b.line("")
	if len(t.Topics) == 0 {
		b.line("这段时间没有提醒。")
		return strings.TrimRight(b.String(), "\n")
	}
	name := cells("专题")
	for _, f := range t.Topics {
		name = max(name, cells(f.Topic))
	}
	row := func(topic, opened, answered, alarms, precision string) {
		b.line("%s%s%s%s%s", topic+strings.Repeat(" ", name-cells(topic)), right(opened), right(answered), right(alarms), right(precision))
	}
	row("专题", "提醒", "已回应", "误报", "准确率")
	for _, f := range t.Topics {
		row(f.Topic, fmt.Sprint(f.Opened), fmt.Sprint(f.Answered), fmt.Sprint(f.FalseAlarms), precision(f))
	}
	b.line("")
	b.line(topicsNote)
	for _, f := range t.Topics {
		if f.FalseAlarms > 0 {
			t.advise(&b, f)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// advise tells of one topic's false alarms.
func (t Topics) advise(b *writer, f cases.TopicFigures) {
	b.line("")
	b.line("%s", f.Topic)
	var words []string
	for _, w := range f.Words {
		words = append(words, fmt.Sprintf("%s（误报 %d 件，其他 %d 件）", w.Word, w.FalseAlarms, w.Good))
	}
	b.line("  引起误报的词：%s", strings.Join(words, "、"))
	exclude := t.Exclude(f.Topic)
	if len(exclude) == 0 {
		b.line("  没有找到只在误报里出现的词，请看看上面的词是不是太宽。")
		return
	}
	b.line("  下面的词在误报里出现，在处理过的其他提醒里没有。合适的话，留下要排除的，写进这个专题的 none：")
	b.line("    none: [%s]", strings.Join(exclude, ", "))
}

// precision is the share of the judged cases that were no false alarms, in whole percent
// and never rounded up.
func precision(f cases.TopicFigures) string {
	if f.Judged == 0 {
		return "—"
	}
	return fmt.Sprintf("%d%%", 100*(f.Judged-f.FalseAlarms)/f.Judged)
}

const columnCells = 9

// right sets s to the right end of a column.
func right(s string) string { return strings.Repeat(" ", max(1, columnCells-cells(s))) + s }

// cells is how many cells of a terminal s takes: a Chinese character takes two.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
