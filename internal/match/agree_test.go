package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"huiyin/internal/post"
)

// judged is one place of one keyword and its verdict.
type judged struct {
	word       string // folded
	start, end int    // bytes
	verdict    verdict
}

// verdicts is what the matcher says of every place of a text.
func verdicts(s *Set, text string) []judged {
	var out []judged
	spans := s.scan.find(text, nil)
	f := s.newFindings()
	s.weigh(f, Text.rank(), text, spans, func(p posting, v verdict) {
		out = append(out, judged{foldWord(s.keywords[p.keyword].text), p.span.start, p.span.end, v})
	})
	s.done(f)
	return out
}

// agree fails when the matcher and the reference differ: on a place of a word, or on
// the topics that fire.
func agree(t rapid.TB, s *Set, p post.Post) {
	t.Helper()
	r := reference{seg: s.seg, lists: s.lists}
	for _, topic := range s.Topics() {
		r.topics = append(r.topics, *topic)
	}
	var want []judged
	for _, pl := range r.everything(post.Post{Text: p.Text}) {
		want = append(want, judged{pl.word, pl.from, pl.to, pl.verdict})
	}
	got := verdicts(s, p.Text)
	order := func(a, b judged) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) }
	slices.SortFunc(want, order)
	for i := range got { // words that nobody reads are not judged
		if k := got[i]; k.verdict == unread {
			got[i].verdict = want[min(i, len(want)-1)].verdict
		}
	}
	if !slices.Equal(want, got) {
		t.Fatalf("text %q\ncut %q\nreference %+v\nmatcher   %+v", p.Text, s.seg.Cut(p.Text), want, got)
	}
	if want, got := r.fires(p), names(s.Match(p)); !slices.Equal(want, got) {
		for i := range r.topics {
			t.Logf("%s: %s", r.topics[i].Name, r.topics[i].Query)
		}
		t.Fatalf("post %+v\nreference fires %v\nmatcher fires   %v", p, want, got)
	}
}

// pieces make texts in which words meet, straddle and nest.
var pieces = []string{
	"提供", "水泥", "供水", "停水", "自来水", "水", "南京市", "长江大桥", "市长", "大桥", "欠薪", "拖欠", "薪水", "烂尾", "楼", "办公", "室",
	"征收", "人", "被", "乱", "停车", "辆", "mac", "hine", "ＭＡＣ", "KTV", "123", "45", "İ", "é", "K", " ", "　", "，", "。", "！", "?", "\n", "\r", "；",
	"被征收人", "乱停车辆", "人民医院规划", "没有签字", "提供水泥", "𠮷", "停", "暖", "气", "小区", "内", "扰民", "和", "发展中国家", "a", "\xff", "\xe5\x81", "②",
	"*", "-", "停*水", "停 水", "停\u200b水", "\u200b", "供 水", "自 来 水", "💧", "停💧水", "停----水", "停-----水", "自來水", "與", "4.5", ".",
}

// randomWord is a word that a topic may look for.
var randomWord = rapid.OneOf(
	rapid.SampledFrom([]string{"征收", "乱停车", "医院规划", "供水", "停暖", "市长", "mac", "水", "停水", "自来水"}),
	rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 3).Draw(t, "pieces"), "")
	}).Filter(func(w string) bool { return checkWord(w) == nil && !strings.ContainsAny(w, opens+closes+commas+quotes) }),
)

// randomQuery draws a query, as text.
func randomQuery(t *rapid.T, depth int) string {
	word := func(label string) string {
		w := randomWord.Draw(t, label)
		if strings.ContainsFunc(w, unicode.IsSpace) || slices.Contains([]string{"与", "或", "非"}, w) {
			w = `"` + w + `"`
		}
		return rapid.SampledFrom([]string{"", "", "", "=", "~"}).Draw(t, "mode") + w
	}
	placed := func(label string) string {
		return rapid.SampledFrom([]string{word(label), "(" + word(label) + " OR " + word(label) + ")", "@表"}).Draw(t, label)
	}
	sub := func() string { return randomQuery(t, depth-1) }
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	n := rapid.IntRange(0, 6).Draw(t, "n")
	switch {
	case depth == 0 || kind < 3:
		return rapid.SampledFrom([]string{"", "", "title:", "text:", "source:", "url:", "author:"}).Draw(t, "field") + placed("w")
	case kind == 3:
		return "(" + sub() + ") AND (" + sub() + ")"
	case kind == 4:
		return "(" + sub() + ") OR (" + sub() + ")"
	case kind == 5:
		return "(" + sub() + ") NOT (" + sub() + ")"
	case kind == 6:
		return fmt.Sprintf("%s NEAR/%d %s", placed("left"), n, placed("right"))
	case kind == 7:
		return fmt.Sprintf("%s ONEAR/%d %s", placed("left"), n, placed("right"))
	}
	return fmt.Sprintf("2 OF (%s, @表, %s, (%s))", word("of"), word("of"), sub())
}

// TestMatcherAgreesWithReference: on random topics and posts the matcher says what
// cutting everything and trying everything says.
func TestMatcherAgreesWithReference(t *testing.T) {
	seg := testSegmenter(t)
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(randomWord, 2, 5, foldWord).Draw(t, "list")
		lists := Lists{lists: map[string][]string{"表": list}}
		var topics []Topic
		for i := range rapid.IntRange(1, 4).Draw(t, "topics") {
			topics = append(topics, Topic{Name: fmt.Sprint(i), Query: randomQuery(t, 2)})
		}
		s, err := Compile(topics, lists, seg)
		if err != nil {
			if strings.Contains(err.Error(), "什么帖子都会命中") { // as A OR NOT B does
				return
			}
			t.Fatal(err)
		}
		text := func(most int) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(slices.Concat(pieces, list, list)), 0, most).Draw(t, "text"), "")
		}
		agree(t, s, post.Post{Title: text(6), Text: text(40), Author: text(2), Source: text(2), URL: text(3)})
	})
}

// TestRealMessagesAgreeWithReference does the same with some of the shipped words on
// real messages, when they are there.
func TestRealMessagesAgreeWithReference(t *testing.T) {
	shipped := testShipped(t)
	var keywords []string
	for i := 0; i < shipped.Keywords(); i += 9 { // the reference is slow: every ninth word
		keywords = append(keywords, shipped.keywords[i].text)
	}
	some := compileWords(t, keywords...)
	posts := realPosts(t)
	for i := 0; i < len(posts); i += 90 {
		agree(t, some, post.Post{Title: posts[i].Title, Text: posts[i].Text})
	}
}

// FuzzMatch throws any bytes at the matcher: it must stay within the text and agree
// with the reference, whatever one word and one query say.
func FuzzMatch(f *testing.F) {
	for _, text := range []string{"", "停水", "提供水泥", "被征收人\n乱停车辆", "İ停水İ", "\xff\xe5停水", "ＫＴＶ②停水", "停*水", "停\u200b 水", strings.Repeat("停", 99) + "水"} {
		f.Add("停水", "停水 NEAR/3 投诉", text)
	}
	f.Add("征收", "2 OF (征收, 被, 人)", "被征收人")
	f.Add("mac", "=mac NOT url:mac", "my ｍａｃhine mac")
	shipped := testShipped(f) // before the first input: loading takes longer than one may
	f.Fuzz(func(t *testing.T, word, query, text string) {
		if len(text) > 2000 || len(query) > 200 {
			return
		}
		p := post.Post{Title: text, Text: text, URL: text}
		if checkWord(word) == nil {
			s := compileWords(t, word)
			agree(t, s, p)
			for _, h := range s.Match(p) {
				checkWords(t, p, h.Words)
			}
			_ = s.Explain(p, "").Write(Plain)
		}
		if s, err := Compile([]Topic{{Name: "问", Query: query}}, Lists{}, shipped.seg); err == nil {
			agree(t, s, p)
			_ = s.Explain(p, "问").Write(Plain)
		}
		for _, h := range shipped.Match(p) {
			checkWords(t, p, h.Words)
		}
	})
}
