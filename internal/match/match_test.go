package match

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/post"
)

func names(hits []Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Topic.Name)
	}
	return out
}

func TestTopicLogic(t *testing.T) {
	lists := Lists{lists: map[string][]string{"水": {"停水", "自来水"}, "广告": {"诚聘", "特价"}}}
	topics := []Topic{
		{Name: "其一", Any: []string{"@水", "漏水"}},
		{Name: "都要", All: []string{"@水", "投诉"}},
		{Name: "其一和都要", Any: []string{"漏水", "停水"}, All: []string{"投诉"}},
		{Name: "排除", Any: []string{"@水"}, None: []string{"@广告"}},
	}
	s := must[*Set](t)(Compile(topics, lists, testSegmenter(t)))
	tests := []struct {
		title, text string
		want        []string
	}{
		{"停水了", "", []string{"其一", "排除"}},
		{"停水了", "我要投诉", []string{"其一", "都要", "其一和都要", "排除"}},
		{"我要投诉", "楼上漏水", []string{"其一", "其一和都要"}},
		{"我要投诉", "没有别的", nil},
		{"诚聘", "自来水抄表员", []string{"其一"}},
		{"", "", nil},
	}
	for _, tt := range tests {
		got := names(s.Match(post.Post{Title: tt.title, Text: tt.text}))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s / %s (-want +got):\n%s", tt.title, tt.text, diff)
		}
	}
}

func TestWordsAreAtTheirOriginalPlace(t *testing.T) {
	s := compileWords(t, "自来水", "自来水发黄", "停水", "ktv")
	p := post.Post{Title: "又停水", Text: "你好！ＫＴＶ旁边自来水发黄；停水"}
	hits := s.Match(p)
	if len(hits) != 1 {
		t.Fatalf("%d hits, want 1", len(hits))
	}
	want := []Word{
		{"停水", Title, 3, 9},
		{"ktv", Text, 9, 18},
		{"自来水发黄", Text, 24, 39}, // the longest of the two that begin here
		{"停水", Text, 42, 48},
	}
	if diff := cmp.Diff(want, hits[0].Words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	if got := p.Text[9:18]; got != "ＫＴＶ" {
		t.Errorf("offsets point at %q", got)
	}
}

// TestSplit parts what a post is about from how grave it is.
func TestSplit(t *testing.T) {
	s := must[*Set](t)(Compile([]Topic{
		{Name: "供水", Any: []string{"停水"}}, {Name: "伤亡", Raises: "重大", Any: []string{"身亡"}}, {Name: "供电", Any: []string{"停电"}},
	}, Lists{}, testSegmenter(t)))
	topics, grave := Split(s.Match(post.Post{Text: "停水停电，有人身亡"}))
	if got := strings.Join(append(append(names(topics), "|"), names(grave)...), ""); got != "供水供电|伤亡" {
		t.Errorf("parted as %s", got)
	}
	if got := grave[0].Topic.Label() + topics[0].Topic.Label(); got != "伤亡（提级：重大）供水" {
		t.Errorf("labels %s", got)
	}
	if topics, grave := Split(nil); topics != nil || grave != nil {
		t.Error("something of nothing")
	}
}

// TestManyGoroutines lets the race detector look at one Set used by many.
func TestManyGoroutines(t *testing.T) {
	s := compileWords(t, "停水", "征收", "mac")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if n := len(s.Match(post.Post{Text: "被征收人说停水了，提供水泥，mac"})[0].Words); n != 3 {
					t.Errorf("%d words, want 3", n)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoHitAllocatesNothing(t *testing.T) {
	s := testShipped(t)
	p := post.Post{Title: "周末去哪里玩", Text: "天气不错，和朋友去江边走了走，吃了一碗面。"}
	if hits := s.Match(p); len(hits) != 0 {
		t.Fatalf("the text fires %v", names(hits))
	}
	if n := testing.AllocsPerRun(100, func() { s.Match(p) }); n != 0 {
		t.Errorf("%v allocations for a post without a hit", n)
	}
}

func TestCompileCopiesAndChecks(t *testing.T) {
	topics := []Topic{{Name: "甲", Any: []string{"停水"}}}
	s := must[*Set](t)(Compile(topics, Lists{}, testSegmenter(t)))
	topics[0].Name = "乙"
	if got := s.Topics()[0].Name; got != "甲" {
		t.Errorf("the set's topic is now %s", got)
	}
	bad := []Topic{
		{Name: "空", None: []string{"停水"}, File: "a.yaml", Line: 1},
		{Name: "无表", Any: []string{"@没有"}, File: "a.yaml", Line: 5},
		{Name: "坏词", Any: []string{"停水。断电"}, File: "b.yaml", Line: 1},
	}
	_, err := Compile(bad, Lists{}, testSegmenter(t))
	ps, ok := err.(Problems)
	if !ok || len(ps) != 3 {
		t.Errorf("error %v, want three problems", err)
	}
}
