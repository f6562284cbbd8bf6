package match

import (
	"slices"
	"strings"
	"testing"

	"huiyin/internal/post"
)

func TestBoundaryRule(t *testing.T) {
	tests := []struct {
		word, text string
		want       verdict // 0: not found at all
	}{
		{"供水", "小区供水不正常", oneWord},
		{"供水", "我厂提供水泥和沙石", straddles},
		{"供水", "我厂提供，水泥自取", 0},
		{"市长", "南京市长江大桥", straddles},
		{"市长", "给市长写信", oneWord},
		{"中国", "我国是发展中国家", insideWord}, // the dictionary has 发展中国家 as one word
		{"办公", "办公室没有人", insideWord},
		{"水", "水泥涨价", insidePair},
		{"水", "没水用", oneWord},
		{"自来水发黄", "自来水发黄三天了", wholeWords},
		{"停水三天", "停水三天", wholeWords},
		{"欠薪", "老板欠薪三个月", oneWord},
		{"欠薪", "老板拖欠薪水", straddles},
		{"烂尾", "楼盘烂尾多年", oneWord},
		{"烂尾", "烂尾楼没人管", insideWord},
		{"征收", "被征收人没有签字", readsBest},
		{"乱停车", "乱停车辆", readsBest},
		{"停暖", "今天停暖风了", straddles},
		{"煤气", "小区煤气味很重", readsBest},
		{"煤气", "闻到很大的煤气味，怎么办", readsBest},
		{"燃气", "楼道里有燃气味", readsBest},
		{"村支书", "该村支书不管事", readsBest},
		{"法院执行", "法院执行局不接电话", readsBest},
		{"没有信号", "路口没有信号灯", straddles},
		{"没有电", "小区没有电梯", straddles},
		{"通水", "请打通水泥路", straddles},
		{"停电", "关停电梯", straddles},
		{"万一", "车位十二万一个", straddles},
		{"mac", "machine", partOfRun},
		{"mac", "my MAC broke", oneWord},
		{"mac", "我的ｍａｃ坏了", oneWord},
		{"KTV", "楼下ktv太吵", oneWord},
		{"12345", "打了12345没人接", oneWord},
		{"12345", "电话0123456", partOfRun},
		{"4S店", "这家4s店不退款", oneWord},
		{"4S店", "这家14S店", partOfRun},
		{"PM2.5", "今天ＰＭ２.５爆表", wholeWords},
		{"停水", "停。水", 0},
		{"停水", "小区停 水三天", oneWord},
		{"停水", "小区停*水三天", oneWord},
		{"停水", "小区停\u200b水三天", oneWord},
		{"停水", "小区停💧水三天", oneWord},
		{"停水", "小区停，水三天", 0}, // a comma says that a word ends
		{"停水", "小区停————水三天", 0},
		{"停水", "小区停     水三天", 0}, // the layout of a table
		{"供水", "我厂提供 水泥", straddles},
		{"停*水", "小区停水三天", oneWord},
		{"自来水", "家裡自來水發黃", oneWord},
		{"自來水", "家里自来水发黄", oneWord},
		{"mac", "m a c", 0},
		{"mac", "m\u200bac", oneWord},
		{"停水", "", 0},
		{"𠮷野家", "去𠮷野家吃饭", wholeWords},
	}
	for _, tt := range tests {
		s := compileWords(t, tt.word)
		var got verdict
		if all := verdicts(s, tt.text); len(all) > 0 {
			got = all[0].verdict
		}
		if got != tt.want {
			t.Errorf("%s in %s: verdict %d, want %d; cut %q", tt.word, tt.text, got, tt.want, s.seg.Cut(tt.text))
		}
		if hit := len(s.Match(post.Post{Text: tt.text})) > 0; hit != (tt.want != 0 && tt.want.accepted(asWord)) {
			t.Errorf("%s in %s: Match says %v", tt.word, tt.text, hit)
		}
	}
}

// TestKeywordsDoNotTearWords holds that looking for a word does not change how
// texts are cut: whatever the shipped topics look for, these stay refused.
func TestKeywordsDoNotTearWords(t *testing.T) {
	seg := testSegmenter(t)
	for text, want := range map[string]string{
		"我厂提供水泥":   "提供|水泥",
		"南京市长江大桥":  "南京市|长江大桥",
		"老板拖欠薪水":   "拖欠|薪水",
		"这条路线适合骑行": "路线",
		"小区内没有电梯":  "小区|内",
	} {
		if got := strings.Join(seg.Cut(text), "|"); !strings.Contains(got, want) {
			t.Errorf("%s is cut %s, want %s", text, got, want)
		}
	}
}

func TestCutKeepsEverything(t *testing.T) {
	seg := testSegmenter(t)
	for _, text := range []string{"", "。", "停水了！怎么办？\n请回复；谢谢", "İstanbul İ", "a\xffb停\xe5水", "１２３ＡＢＣ　停水"} {
		if got, want := strings.Join(seg.Cut(text), ""), foldString(text); got != want {
			t.Errorf("Cut(%q) joins to %q, want %q", text, got, want)
		}
	}
}

// TestClausesAreCutAsInTheSentence: a clause has the words that it has when the whole
// sentence is cut, since no word of the dictionary holds a comma or the like.
func TestClausesAreCutAsInTheSentence(t *testing.T) {
	seg := testSegmenter(t)
	for _, token := range seg.gse.Dict.Tokens {
		if word := []rune(token.Text()); len(word) > 1 && slices.ContainsFunc(word, func(r rune) bool { return factsOf(r).class == divider }) {
			t.Errorf("the dictionary has the word %s", token.Text())
		}
	}
	sentences, other := 0, 0
	for _, p := range realPosts(t) {
		for sentence := range strings.FieldsFuncSeq(foldString(p.Text), endsSentence) {
			var whole []string
			for _, s := range seg.gse.Segment([]byte(sentence)) {
				whole = append(whole, sentence[s.Start():s.End()])
			}
			if sentences++; !slices.Equal(whole, seg.Cut(sentence)) {
				other++
			}
		}
	}
	t.Logf("%d real sentences, %d with other words", sentences, other)
	if other*1000 > sentences {
		t.Errorf("%d of %d sentences have other words", other, sentences)
	}
}
