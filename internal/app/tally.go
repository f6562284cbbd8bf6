package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"huiyin/internal/match"
	"huiyin/internal/post"
)

// tally is what a trial found.
type tally struct {
	set      *match.Set
	trial    Trial
	zone     *time.Location
	posts    int
	silent   int  // posts on which no topic fires
	opens    bool // some topic opens cases: then one that only raises a post does not count
	from, to time.Time
	topics   []topicTally // in the set's order
	byName   map[string]int
}

// topicTally is what a trial found of one topic.
type topicTally struct {
	topic          *match.Topic
	count, before  int // posts now and by the rules in force
	added, removed int
	raised         int // posts that it fires on together with a topic that opens cases
	days           map[string]int
	all            sample // posts that it fires on
	gain, loss     sample // posts that it fires on now and did not, and the reverse
}

func newTally(set *match.Set, t Trial, zone *time.Location) *tally {
	s := &tally{set: set, trial: t, zone: zone, byName: map[string]int{}}
	for i, topic := range set.Topics() {
		s.opens = s.opens || topic.Raises == ""
		draw := rand.New(rand.NewPCG(uint64(i), t.Seed)) // the same posts in every run
		s.byName[topic.Name] = i
		s.topics = append(s.topics, topicTally{topic: topic, days: map[string]int{},
			all: sample{draw: draw, most: t.Samples}, gain: sample{draw: draw, most: t.Samples}, loss: sample{draw: draw, most: t.Samples}})
	}
	return s
}

// add counts one post.
func (s *tally) add(p judgedPost, hits []match.Hit) {
	s.posts++
	topics, grave := match.Split(hits)
	if len(topics) == 0 && (s.opens || len(grave) == 0) {
		s.silent++
	}
	if !p.Seen.IsZero() {
		if s.from.IsZero() || p.Seen.Before(s.from) {
			s.from = p.Seen
		}
		if p.Seen.After(s.to) {
			s.to = p.Seen
		}
	}
	fired := map[string]bool{}
	for _, h := range hits {
		fired[h.Topic.Name] = true
		t := &s.topics[s.byName[h.Topic.Name]]
		t.count++
		if len(topics) > 0 {
			t.raised++
		}
		if !p.Seen.IsZero() {
			t.days[p.Seen.In(s.zone).Format(time.DateOnly)]++
		}
		line := s.line(p.Post, h.Words)
		t.all.offer(line)
		if !p.has(h.Topic.Name) {
			t.added++
			t.gain.offer(line)
		}
	}
	for _, name := range p.now {
		i, tried := s.byName[name]
		if !tried {
			continue
		}
		t := &s.topics[i]
		if t.before++; !fired[name] {
			t.removed++
			t.loss.offer(s.line(p.Post, nil))
		}
	}
}

// line shows a post in short: when, where, its title, and what stands around the
// first word in the text; the words that matched are in 【】.
func (s *tally) line(p post.Post, words []match.Word) string {
	var b strings.Builder
	if !p.Seen.IsZero() {
		b.WriteString(p.Seen.In(s.zone).Format("01-02 15:04 "))
	}
	if p.Source != "" {
		b.WriteString(p.Source + " ")
	}
	text := []rune(post.Mask(marked(p.Text, words, match.Text)))
	from := max(0, slices.Index(text, '【')-20)
	dots := ""
	if from > 0 {
		dots = "…"
	}
	fmt.Fprintf(&b, "《%s》%s%s", post.Line(post.Mask(marked(p.Title, words, match.Title)), 60), dots, post.Line(string(text[from:]), 80))
	return b.String()
}

// marked puts the words of one field of a post in 【】.
func marked(text string, words []match.Word, f match.Field) string {
	var b strings.Builder
	at := 0
	for _, w := range words {
		if w.Field == f {
			b.WriteString(text[at:w.Start] + "【" + text[w.Start:w.End] + "】")
			at = w.End
		}
	}
	return b.String() + text[at:]
}

// sample keeps a few of many lines, each as likely as any other.
type sample struct {
	draw  *rand.Rand
	most  int
	seen  int
	lines []string
}

func (s *sample) offer(line string) {
	s.seen++
	if len(s.lines) < s.most {
		s.lines = append(s.lines, line)
	} else if i := s.draw.IntN(s.seen); i < s.most {
		s.lines[i] = line
	}
}

// String is the result for a person to read.
func (s *tally) String() string {
	var b strings.Builder
	if s.posts == 0 {
		return "这段时间没有存下的帖文，试不了。帖文读到后几秒到一分钟存好，请稍后再试；保存多久见配置的 clickhouse.keep_posts。\n"
	}
	fmt.Fprintf(&b, "读了 %d 帖", s.posts)
	if !s.from.IsZero() {
		fmt.Fprintf(&b, "（%s 至 %s）", s.from.In(s.zone).Format(time.DateOnly), s.to.In(s.zone).Format(time.DateOnly))
	}
	fmt.Fprintf(&b, "；%d 帖（%s）没有命中所试的专题。\n\n", s.silent, percent(s.silent, s.posts))
	if len(s.topics) > 1 {
		for _, t := range s.topics {
			fmt.Fprintf(&b, "%6d 帖 %6s  %s%s\n", t.count, percent(t.count, s.posts), t.topic.Label(), t.change())
		}
		b.WriteString("\n")
	}
	for i, t := range s.topics {
		s.write(&b, t, s.set.Asks(i, match.Author))
	}
	return b.String()
}

// change says what a trial changes for a topic.
func (t topicTally) change() string {
	if t.added+t.removed == 0 {
		return ""
	}
	return fmt.Sprintf("（现在 %d 帖：多 %d，少 %d）", t.before, t.added, t.removed)
}

func (s *tally) write(b *strings.Builder, t topicTally, asksAuthor bool) {
	fmt.Fprintf(b, "%s：%d 帖（%s）", t.topic.Label(), t.count, percent(t.count, s.posts))
	if t.topic.Raises != "" && s.opens {
		fmt.Fprintf(b, "，其中 %d 帖也命中别的专题", t.raised)
	}
	if days := s.span(); days > 0 {
		fmt.Fprintf(b, "，平均每天 %.1f 帖", float64(t.count)/days)
	}
	switch {
	case t.added+t.removed > 0:
		fmt.Fprintf(b, "；现在的专题 %d 帖，改后多 %d 帖，少 %d 帖", t.before, t.added, t.removed)
	case len(s.trial.Files) > 0 || s.trial.Posts == "": // otherwise they are the same ones
		b.WriteString("；和现在的专题一样")
	}
	b.WriteString("\n")
	if asksAuthor {
		b.WriteString("  注意：这个专题要看作者，而帖文存下时不留作者，所以这里查不准。\n")
	}
	b.WriteString(daily(t.days))
	section := func(name string, sm sample, of int) {
		if len(sm.lines) == 0 {
			return
		}
		fmt.Fprintf(b, "  %s（%d 帖里的 %d 帖）：\n", name, of, len(sm.lines))
		for _, l := range sm.lines {
			b.WriteString("    " + l + "\n")
		}
	}
	section("多出来的", t.gain, t.added)
	section("少掉的", t.loss, t.removed)
	section("例子", t.all, t.count)
	b.WriteString("\n")
}

// span is how many days the posts cover, the first and last included.
func (s *tally) span() float64 {
	if s.from.IsZero() {
		return 0
	}
	return float64(int(s.to.Sub(s.from)/day) + 1)
}

// daily shows counts by day, or by month when there are too many days to read.
func daily(days map[string]int) string {
	const most = 31
	if len(days) == 0 {
		return ""
	}
	counts, unit := days, "每天"
	if len(days) > most {
		counts, unit = map[string]int{}, "每月"
		for d, n := range days {
			counts[d[:len("2006-01")]] += n
		}
	}
	var keys, out []string
	for d := range counts {
		keys = append(keys, d)
	}
	slices.Sort(keys)
	for _, d := range keys[max(0, len(keys)-most):] {
		label := d
		if unit == "每天" {
			label = d[len("2006-"):]
		}
		out = append(out, fmt.Sprintf("%s %d", label, counts[d]))
	}
	return "  " + unit + "：" + strings.Join(out, "，") + "\n"
}

func percent(n, of int) string {
	if of == 0 {
		return "0%"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}
