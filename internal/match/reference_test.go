package match

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"huiyin/internal/post"
)

// reference is the slow, obvious matcher: cut every sentence of the text, look
// for every keyword at every place, and apply the boundary rule as it is worded.
// It returns "keyword@start-end" for each place that is accepted, in order.
func reference(seg *Segmenter, keywords []string, text string) []string {
	var out []string
	start := 0
	flush := func(end int) {
		out = append(out, referenceSentence(seg, keywords, text[start:end], start)...)
	}
	for i, r := range text {
		if endsSentence(r) {
			flush(i)
			start = i + utf8.RuneLen(r)
		}
	}
	flush(len(text))
	slices.Sort(out)
	return out
}

func referenceSentence(seg *Segmenter, keywords []string, text string, offset int) []string {
	var folded []rune
	var at []int
	for i, r := range text {
		folded, at = append(folded, fold(r)), append(at, offset+i)
	}
	at = append(at, offset+len(text))
	var words [][]rune
	for _, g := range seg.gse.Segment([]byte(string(folded))) {
		words = append(words, []rune(string(folded))[len(slices.Concat(words...)):][:utf8.RuneCountInString(string(folded)[g.Start():g.End()])])
	}
	var out []string
	for _, k := range keywords {
		kr := []rune(foldString(k))
		for i := 0; i+len(kr) <= len(folded); i++ {
			if slices.Equal(folded[i:i+len(kr)], kr) && referenceAccepts(seg, folded, words, i, i+len(kr)) {
				out = append(out, fmt.Sprintf("%s@%06d-%06d", foldString(k), at[i], at[i+len(kr)]))
			}
		}
	}
	return out
}

// referenceAccepts decides on the runes [a, b) of a sentence cut into words.
func referenceAccepts(seg *Segmenter, folded []rune, words [][]rune, a, b int) bool {
	run := func(r rune) bool { return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }
	for _, edge := range []int{a, b} {
		if edge > 0 && edge < len(folded) && run(folded[edge-1]) && run(folded[edge]) {
			return false
		}
	}
	edges := []int{0}
	for _, w := range words {
		edges = append(edges, edges[len(edges)-1]+len(w))
	}
	if slices.Contains(edges, a) && slices.Contains(edges, b) {
		return true
	}
	first, last := 0, 0 // the words that hold the keyword's first and last rune
	for i := range words {
		if edges[i] <= a {
			first = i
		}
		if edges[i] < b {
			last = i
		}
	}
	if first == last {
		return len(words[first]) >= 3
	}
	// Pieced together: would it read as well with the keyword as one word?
	lo, hi := edges[max(first-reach, 0)], edges[min(last+reach, len(words)-1)+1]
	cost := func(from, to int) float64 { return seg.cost(seg.gse.Segment([]byte(string(folded[from:to])))) }
	own := seg.ownCost(string(folded[a:b]))
	asIs := 0.0
	for i := range words {
		if edges[i] >= lo && edges[i+1] <= hi {
			asIs += cost(edges[i], edges[i+1])
		}
	}
	return cost(lo, a)+own+cost(b, hi) <= asIs+1e-9
}

// fast is what the matcher says, in reference's form.
func fast(s *Set, text string) []string {
	var out []string
	for _, f := range s.search(nil, Text, text, false) {
		if f.verdict.accepted() {
			out = append(out, fmt.Sprintf("%s@%06d-%06d", foldString(s.keywords[f.keyword].text), f.start, f.end))
		}
	}
	slices.Sort(out)
	return out
}

// agree fails when the two matchers differ on a text.
func agree(t rapid.TB, s *Set, keywords []string, text string) {
	t.Helper()
	want, got := reference(s.seg, keywords, text), fast(s, text)
	if !slices.Equal(want, got) {
		t.Fatalf("keywords %q\ntext %q\ncut %q\nreference %q\nmatcher   %q", keywords, text, s.seg.Cut(text), want, got)
	}
}

// pieces make texts in which words meet, straddle and nest.
var pieces = []string{
	"提供", "水泥", "供水", "停水", "自来水", "水", "南京市", "长江大桥", "市长", "大桥", "欠薪", "拖欠", "薪水", "烂尾", "楼", "办公", "室",
	"征收", "人", "被", "乱", "停车", "辆", "mac", "hine", "ＭＡＣ", "KTV", "123", "45", "İ", "é", "K", " ", "　", "，", "。", "！", "?", "\n", "\r", "；",
	"被征收人", "乱停车辆", "人民医院规划", "没有签字", "提供水泥", "𠮷", "停", "暖", "气", "小区", "内", "扰民", "和", "发展中国家", "a", "\xff", "\xe5\x81", "②",
}

// TestMatcherAgreesWithReference: on random keywords and texts the prefiltered
// matcher says what cutting everything says.
func TestMatcherAgreesWithReference(t *testing.T) {
	seg := testSegmenter(t)
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SampledFrom([]string{"征收", "乱停车", "医院规划", "供水", "停暖", "市长", "mac", "水"})
		random := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 3).Draw(t, "pieces"), "")
		}).Filter(func(w string) bool { return checkWord(w) == nil })
		word := rapid.OneOf(known, random)
		keywords := rapid.SliceOfNDistinct(word, 1, 12, foldString).Draw(t, "keywords")
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(pieces), keywords...)), 0, 40).Draw(t, "text"), "")
		s, err := Compile([]Topic{{Name: "试", Any: keywords}}, Lists{}, seg)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, s, keywords, text)
	})
}

// TestRealMessagesAgreeWithReference does the same with the shipped words on
// real messages, when they are there.
func TestRealMessagesAgreeWithReference(t *testing.T) {
	s := testShipped(t)
	posts := realPosts(t)
	var keywords []string
	for i := 0; i < len(s.keywords); i += 9 { // the reference is slow: every ninth word
		keywords = append(keywords, s.keywords[i].text)
	}
	some := compileWords(t, keywords...)
	for i := 0; i < len(posts); i += 90 {
		agree(t, some, keywords, posts[i].Title+"。"+posts[i].Text)
	}
}

// FuzzMatch throws any bytes at the matcher with the shipped topics: it must
// stay within the text and agree with the reference on what one word says.
func FuzzMatch(f *testing.F) {
	for _, text := range []string{"", "停水", "提供水泥", "被征收人\n乱停车辆", "İ停水İ", "\xff\xe5停水", "ＫＴＶ②停水", strings.Repeat("停", 99) + "水"} {
		f.Add("停水", text)
	}
	f.Add("征收", "被征收人")
	f.Add("mac", "my ｍａｃhine mac")
	shipped := testShipped(f) // before the first input: loading takes longer than one may
	f.Fuzz(func(t *testing.T, word, text string) {
		if checkWord(word) != nil || len(text) > 4000 {
			return // not a word a topic could hold
		}
		s := compileWords(t, word)
		agree(t, s, []string{word}, text)
		p := post.Post{Title: text, Text: text}
		for _, h := range s.Match(p) {
			checkWords(t, p, h.Words)
		}
		_ = s.Explain(p).String()
		for _, h := range shipped.Match(p) {
			checkWords(t, p, h.Words)
		}
	})
}
