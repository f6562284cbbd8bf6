package match

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"huiyin/internal/post"
)

// Explanation says why a post matched, or did not.
type Explanation struct {
	Cut    []string        // the words of the title and the text
	Places []Place         // every place of every word, accepted or refused
	Topics []TopicDecision // the topics that had at least one word accepted
}

// Place is one place of one word and what became of it.
type Place struct {
	Word     Word
	Char     int // where it stands, in characters of the field from 1
	Accepted bool
	Around   string   // the words of the sentence that hold it: 提供|水泥
	Reason   string   // in plain Chinese
	Topics   []string // names of the topics that look for the word
}

// TopicDecision is how one topic was decided.
type TopicDecision struct {
	Topic   *Topic
	Fired   bool
	Words   []Word   // words of any and all that were found
	Missing []string // entries of all that were not
	NoAny   bool     // the topic has any, and none of it was found
	Stops   []Word   // words of none that were found, and so stopped it
}

// Explain decides p as Match does and tells how.
func (s *Set) Explain(p post.Post) Explanation {
	var e Explanation
	var found []finding
	for _, f := range fieldsOf(&p) {
		e.Cut = append(e.Cut, s.seg.Cut(f.text)...)
		found = s.search(found, f.name, f.text, true)
	}
	for _, f := range found {
		k := &s.keywords[f.keyword]
		text := p.Text
		if f.field == Title {
			text = p.Title
		}
		pl := Place{
			Word:     Word{Text: k.text, Field: f.field, Start: f.start, End: f.end},
			Char:     utf8.RuneCountInString(text[:f.start]) + 1,
			Accepted: f.verdict.accepted(), Around: f.around, Reason: f.verdict.reason(f.around),
		}
		for i, u := range k.uses {
			if i == 0 || u.rule != k.uses[i-1].rule {
				pl.Topics = append(pl.Topics, s.rules[u.rule].topic.Name)
			}
		}
		e.Places = append(e.Places, pl)
	}
	for _, st := range s.judge(found) {
		e.Topics = append(e.Topics, TopicDecision{
			Topic: st.rule.topic, Fired: st.fires(), Words: tidy(st.words), Missing: st.missing(),
			NoAny: st.rule.hasAny && !st.any, Stops: tidy(st.stops),
		})
	}
	return e
}

// reason says in plain Chinese why a place was accepted or refused.
func (v verdict) reason(around string) string {
	switch v {
	case wholeWords:
		return "是完整的词"
	case insideWord:
		return "在“" + around + "”这个词里面"
	case readsBest:
		return "句子里当作一个词更通顺（原切分：" + around + "）"
	case straddles:
		return "不算：横跨了两个词 " + around
	case insidePair:
		return "不算：只是“" + around + "”这个词的一个字"
	case partOfRun:
		return "不算：是一串更长的字母或数字的一部分"
	}
	return ""
}

// String is the explanation for a person to read.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "切分：%s\n", strings.Join(e.Cut, " | "))
	if len(e.Places) == 0 {
		b.WriteString("没有找到任何专题的词。\n")
		return b.String()
	}
	b.WriteString("找到的词：\n")
	for _, p := range e.Places {
		mark := "✓"
		if !p.Accepted {
			mark = "✗"
		}
		fmt.Fprintf(&b, "  %s %s（%s第 %d 字）：%s；专题：%s\n", mark, p.Word.Text,
			p.Word.Field.label(), p.Char, p.Reason, strings.Join(p.Topics, "、"))
	}
	b.WriteString("专题：\n")
	if len(e.Topics) == 0 {
		b.WriteString("  找到的词都不算，没有专题命中。\n")
	}
	for _, t := range e.Topics {
		fmt.Fprintf(&b, "  %s\n", t)
	}
	return b.String()
}

// label is the field as a reader knows it.
func (f Field) label() string {
	if f == Title {
		return "标题"
	}
	return "正文"
}

// String is the decision on one line.
func (d TopicDecision) String() string {
	if d.Fired {
		return fmt.Sprintf("✓ %s 命中：%s", d.Topic.Name, texts(d.Words))
	}
	var why []string
	if len(d.Stops) > 0 {
		why = append(why, "出现了排除词 "+texts(d.Stops))
	}
	if d.NoAny {
		why = append(why, "any 里的词一个也没有")
	}
	if len(d.Missing) > 0 {
		why = append(why, "还缺 "+strings.Join(d.Missing, "、"))
	}
	return fmt.Sprintf("✗ %s 没有命中：%s", d.Topic.Name, strings.Join(why, "；"))
}

func texts(words []Word) string {
	out := make([]string, 0, len(words))
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w.Text] {
			seen[w.Text] = true
			out = append(out, w.Text)
		}
	}
	return strings.Join(out, "、")
}
