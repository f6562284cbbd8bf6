package match

import (
	"fmt"
	"slices"
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
	Topics   []string // names of the topics that want the word; empty when it only excludes
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
		for _, u := range k.uses {
			name := s.rules[u.rule].topic.Name
			if u.role != roleNone && !slices.Contains(pl.Topics, name) {
				pl.Topics = append(pl.Topics, name)
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
		return "连起来读更通顺，不按 " + around + " 断开"
	case straddles:
		return "横跨了两个词 " + around
	case insidePair:
		return "只是“" + around + "”这个词的一个字"
	case partOfRun:
		return "是一串更长的字母或数字的一部分"
	}
	return ""
}

// String is the explanation for a person to read: the topics that fire, those
// that came close, and the words that were refused; of other topics nothing.
func (e Explanation) String() string {
	var b strings.Builder
	var near []TopicDecision
	fired := map[string]bool{}
	for _, d := range e.Topics {
		switch {
		case d.Fired:
			fired[d.Topic.Name] = true
			fmt.Fprintf(&b, "✓ 命中 %s：%s\n", d.Topic.Name, e.places(d.Words))
		case len(d.Words) > 0:
			near = append(near, d)
		}
	}
	if len(fired) == 0 {
		b.WriteString("没有专题命中。\n")
	}
	for _, d := range near {
		fmt.Fprintf(&b, "✗ 差一点 %s：有 %s；%s\n", d.Topic.Name, e.places(d.Words), d.lacks())
	}
	if refused := e.refused(fired); len(refused) > 0 {
		b.WriteString("找到但不算的词：\n")
		for _, line := range refused {
			b.WriteString("  " + line + "\n")
		}
		fmt.Fprintf(&b, "  如果应当算，请把连着前后字的整个说法写进词表。全文是这样断开的：%s\n", strings.Join(e.Cut, " "))
	}
	return b.String()
}

// places names words, each once, with the first place where it was found.
func (e Explanation) places(words []Word) string {
	var out []string
	seen := map[string]bool{}
	for _, w := range words {
		i := slices.IndexFunc(e.Places, func(p Place) bool { return p.Accepted && p.Word == w })
		if i < 0 || seen[w.Text] {
			continue
		}
		seen[w.Text] = true
		p := e.Places[i]
		why := ""
		if p.Reason != wholeWords.reason("") { // so it is with most words
			why = "，" + p.Reason
		}
		out = append(out, fmt.Sprintf("%s（%s%s）", w.Text, p.where(), why))
	}
	return strings.Join(out, "、")
}

// refused tells of the words that were refused and whose topics did not fire, a
// line for each word and reason.
func (e Explanation) refused(fired map[string]bool) []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range e.Places {
		topics := slices.DeleteFunc(slices.Clone(p.Topics), func(name string) bool { return fired[name] })
		key := p.Word.Text + "\n" + p.Reason
		if p.Accepted || len(topics) == 0 || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, fmt.Sprintf("%s（%s）：%s；专题：%s", p.Word.Text, p.where(), p.Reason, strings.Join(topics, "、")))
	}
	return out
}

// where is the place as a reader counts it.
func (p Place) where() string { return fmt.Sprintf("%s第 %d 字", p.Word.Field.label(), p.Char) }

// label is the field as a reader knows it.
func (f Field) label() string {
	if f == Title {
		return "标题"
	}
	return "正文"
}

// lacks says why a topic that found a word did not fire.
func (d TopicDecision) lacks() string {
	var why []string
	if len(d.Stops) > 0 {
		why = append(why, "但出现了排除词 "+texts(d.Stops))
	}
	if d.NoAny {
		why = append(why, "还要有下面的一个："+wanted(d.Topic.Any))
	}
	if len(d.Missing) > 0 {
		why = append(why, "还要有："+wanted(d.Missing))
	}
	return strings.Join(why, "；")
}

// wanted names the first entries of a topic: words, and lists by their name.
func wanted(entries []string) string {
	const most = 5
	var out []string
	for _, e := range entries[:min(most, len(entries))] {
		if name, ok := strings.CutPrefix(e, "@"); ok {
			e = "词表“" + name + "”里的词"
		}
		out = append(out, e)
	}
	if len(entries) > most {
		return strings.Join(out, "、") + " 等"
	}
	return strings.Join(out, "、")
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
