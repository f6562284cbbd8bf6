package match

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// seen is a visible rune of a text.
type seen struct {
	fact       runeFact
	start, end int
}

// referenceScan is the slow, obvious scanner: of every word it asks at every
// visible rune whether the word is there.
func referenceScan(words []string, text string) []span {
	var runes []seen
	for i, r := range text {
		if f := factsOf(r); f.class != invisible {
			_, n := utf8.DecodeRuneInString(text[i:])
			runes = append(runes, seen{f, i, i + n})
		}
	}
	var spans []span
	for at := range runes {
		for w, word := range words {
			if n := referenceLength(runes[at:], []rune(word)); n > 0 {
				spans = append(spans, span{int32(w), runes[at].start, runes[at+n-1].end})
			}
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	return spans
}

// referenceLength returns how many runes word takes from the first one on; 0 if
// it is not there.
func referenceLength(runes []seen, word []rune) int {
	at := 0
	for i, r := range word {
		if i > 0 && factsOf(word[i-1]).class == chinese && factsOf(r).class == chinese {
			gap := at
			for gap < len(runes) && runes[gap].fact.class == noise {
				gap++
			}
			if gap-at <= maxNoise {
				at = gap
			}
		}
		if at >= len(runes) || runes[at].fact.to != r {
			return 0
		}
		at++
	}
	return at
}

// fitForScan makes of any strings what newScanner may be given.
func fitForScan(words []string) []string {
	var fit []string
	for _, w := range words {
		w = foldWord(w)
		if n := utf8.RuneCountInString(w); 0 < n && n <= maxWord && !strings.ContainsRune(w, utf8.RuneError) && !slices.Contains(fit, w) {
			fit = append(fit, w)
		}
	}
	return fit
}

func agreeOnSpans(t rapid.TB, words []string, text string) {
	t.Helper()
	want, got := referenceScan(words, text), newScanner(words).find(text, nil)
	if !slices.Equal(want, got) {
		t.Fatalf("words %q\ntext %q\nreference %v\nscanner   %v", words, text, want, got)
	}
}

func TestScan(t *testing.T) {
	tests := []struct {
		about, words, text string
		want               []string
	}{
		{"nested and overlapping", "停水 停水了 水 水了", "停水了", []string{"停水", "停水了", "水", "水了"}},
		{"folded", "ktv 与", "ＫＴＶ與K\u212A", []string{"ＫＴＶ", "與"}},
		{"noise in a word", "停水", "停 水，停***水，停    水", []string{"停 水", "停***水", "停    水"}},
		{"too much noise", "停水", "停     水", nil},
		{"a comma is no noise", "停水", "停，水", nil},
		{"noise beside a letter counts", "b超 c++", "b 超 b超 c++ c+ +", []string{"b超", "c++"}},
		{"noise that is a word's own", "二-a 二a座 +a停水", "二-a 二a座，二-a座，++a停-水", []string{"二-a", "二a座", "二-a", "+a停-水"}},
		{"invisible", "停水 水", "停\u200b\U000E0100水\u200b", []string{"停\u200b\U000E0100水", "水"}},
		{"invisible between noise", "停水", "停 \u200b \u200b  水", []string{"停 \u200b \u200b  水"}},
		{"beyond the BMP", "𠮷祥 𐐨 停水", "𠮷 祥𐐀停😀水", []string{"𠮷 祥", "𐐀", "停😀水"}},
		{"broken", "停水 停", "停\xe6\xb0停\xed\xa0\x80水\xe5\x81", []string{"停", "停\xed\xa0\x80水", "停"}},
		{"noise, unseen or broken after much that is plain", "停水", "今天，停　水，今天，停\u200b水，今天，停\xed\xa0\x80水，今天，停\xe0\x81\xa1水",
			[]string{"停　水", "停\u200b水", "停\xed\xa0\x80水", "停\xe0\x81\xa1水"}},
		{"after much that is plain, to the end", "停水 停水了 的", "今天又停水了今天的水今天又停水", []string{"停水", "停水了", "的", "停水"}},
		{"long ones only, after much that is plain", "停水了 水了吗啊", "今天又停水了吗啊，昨天停水了", []string{"停水了", "水了吗啊", "停水了"}},
		{"bytes that only look like runes", "ࠀ ퟿ a", "\xe0\x80\x80\xe0\x81\x81\xed\xbf\xbf\xe0\xa0\x80\xed\x9f\xbf", []string{"ࠀ", "퟿"}},
	}
	for _, tt := range tests {
		words := strings.Fields(tt.words)
		var got []string
		for _, sp := range newScanner(words).find(tt.text, nil) {
			got = append(got, tt.text[sp.start:sp.end])
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.about, got, tt.want)
		}
		agreeOnSpans(t, words, tt.text)
	}
}

// TestScanAgreesWithReference draws words and texts from few runes, one of each
// sort, so that they meet often.
func TestScanAgreesWithReference(t *testing.T) {
	runes := []rune("停水與与漏医aＡbé1 　*+·，。！\n\u200b\uFE0F\u00AD\uFFFD②〇𠮷𐐀𐐨😀\U000E0100퟿ࠀ�")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.OneOf(rapid.SampledFrom(runes[:9]), rapid.SampledFrom(runes)), 1, 6, -1)
		words := fitForScan(rapid.SliceOfN(word, 1, 20).Draw(t, "words"))
		piece := rapid.OneOf(rapid.StringOfN(rapid.SampledFrom(runes), 0, 3, -1), rapid.StringOfN(rapid.SampledFrom(runes[:6]), 3, 12, -1),
			rapid.SampledFrom([]string{"停", "水", "\xff", "\xe5\x81", "\xed\xa0\x80", "\xe0\x81\xa1"}))
		if len(words) > 0 {
			piece = rapid.OneOf(piece, rapid.SampledFrom(words))
		}
		agreeOnSpans(t, words, strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "text"), ""))
	})
}

// TestScanManyWords fills the double array and the sieve: every word is found behind
// what is in no word, and in a text of words just what the reference finds.
func TestScanManyWords(t *testing.T) {
	var words []string
	for i := range rune(3000) {
		a, b, c := '一'+i%701, '一'+i*i%997, '一'+i%13
		words = append(words, string([]rune{a, b}), string([]rune{a, b, c}), string([]rune{c, a, b, c, b, a}), string([]rune{'水' + a - '一', c, b, a}))
	}
	words = fitForScan(words)
	s := newScanner(words)
	for w, word := range words {
		const plain = "龍龍"
		if !slices.Contains(s.find(plain+word+plain, nil), span{int32(w), len(plain), len(plain + word)}) {
			t.Fatalf("%s is not found", word)
		}
	}
	text := strings.Join(words[:200], "")
	if want, got := referenceScan(words, text), s.find(text, nil); !slices.Equal(want, got) {
		t.Errorf("found %d places, the reference %d", len(got), len(want))
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	s := newScanner([]string{"停水", "水", "𠮷祥"})
	text, room := "停水，𠮷 祥😀\xff水", [8]span{}
	if n := testing.AllocsPerRun(100, func() { s.find(text, room[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzScan holds the scanner to the reference on any bytes.
func FuzzScan(f *testing.F) {
	f.Add("停水\n水\n停 水了", "停 水了，停\u200b水\xff")
	f.Add("二-a\n𠮷祥\nktv\n#话题", "二-a医院𠮷😀祥ＫＴＶ#话题\xe5\x81")
	f.Add("a\nab\nabc", "abcab\xed\xa0\x80\xe0\x80\x80")
	f.Fuzz(func(t *testing.T, words, text string) {
		if len(words) > 400 || len(text) > 4000 {
			return // the reference is slow
		}
		agreeOnSpans(t, fitForScan(strings.Split(words, "\n")), text)
	})
}
