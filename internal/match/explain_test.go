package match

import (
	"slices"
	"strings"
	"testing"

	"huiyin/internal/post"
)

func TestExplain(t *testing.T) {
	topics := []Topic{
		{Name: "供水", Any: []string{"供水", "停水"}, None: []string{"诚聘"}},
		{Name: "征收", Any: []string{"征收"}, All: []string{"补偿"}},
		{Name: "其他", Any: []string{"水", "mac", "办公"}, All: []string{"小区"}},
		{Name: "只要小区", Any: []string{"供暖", "暖气", "地暖", "取暖费", "热力公司", "换热站"}, All: []string{"小区"}},
		{Name: "伤亡", Any: []string{"身亡"}, Raises: "重大"},
	}
	s := must[*Set](t)(Compile(topics, Lists{}, testSegmenter(t)))
	var b strings.Builder
	for _, p := range []post.Post{
		{Title: "小区停水", Text: "我厂提供水泥。machine 在办公室"},
		{Title: "诚聘", Text: "停水抢修工"},
		{Title: "诚聘", Text: "会计一名"},
		{Title: "小区停水停水", Text: "小区又停水"},
		{Title: "被征收人的问题"},
		{Title: "提供水泥"},
		{Title: "天气不错"},
		{Title: "有人身亡"},
		{Title: "小区停水", Text: "有人身亡"},
	} {
		b.WriteString("## " + p.Title + " / " + p.Text + "\n" + s.Explain(p, "").Write(Plain) + "\n")
	}
	golden(t, "explain.txt", b.String())
}

// TestExplainAgreesWithMatch: what is explained is what happens.
func TestExplainAgreesWithMatch(t *testing.T) {
	s := testShipped(t)
	for _, topic := range s.Topics() {
		for _, e := range slices.Concat(topic.Examples.Match, topic.Examples.Skip) {
			p := post.Post{Text: e.Text}
			var fired []string
			for _, d := range s.Explain(p, "").Topics {
				if d.Fired {
					fired = append(fired, d.Name)
				}
			}
			if got := names(s.Match(p)); strings.Join(got, "、") != strings.Join(fired, "、") {
				t.Errorf("%s: Match says %v, Explain %v", e.Text, got, fired)
			}
		}
	}
}
