package post

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const complaint = "清河区翠湖小区三号楼从昨天晚上八点开始停水,到现在已经十六个小时了。物业说是自来水公司抢修," +
	"打供水热线一直占线。楼里有老人和孩子,连做饭的水都没有,请有关部门尽快给个说法,什么时候能来水?" +
	"我们楼一共六十户,上个月也停过两次,每次都说是管道老化,可是维修基金交了那么多年,从来没有见过有人来换管子。" +
	"昨天有邻居去街道办反映,工作人员让回家等通知,等到今天中午还是没有消息,桶装水都卖光了,心里实在是着急。"

// Reposts and cuts are found, other matters are not, be they told in the same words of
// another place.
func TestIndexFinds(t *testing.T) {
	const brief = "金水花园停水3天了没人管，打电话一直占线，请问什么时候能来水？"
	x := NewIndex()
	x.Add("a", SketchOf("翠湖小区停水", complaint))
	x.Add("b", SketchOf("夜市扰民", "建设路夜市每天吵到凌晨两点,喇叭声音很大,楼上住户根本睡不着觉,孩子明年就要中考了,希望城管部门能管一管。"))
	x.Add("c", SketchOf("", "停水了,谁知道什么时候来?"))
	x.Add("d", SketchOf("", brief))
	x.Add("nothing", SketchOf("", "……"))
	runes := []rune(complaint)
	begin, _, _ := strings.Cut(complaint, "打供水热线")
	for name, c := range map[string]struct{ title, text, want string }{
		"same":            {"翠湖小区停水", complaint, "a"},
		"forwarded":       {"转发:翠湖小区停水", "转发微博:" + complaint, "a"},
		"signed":          {"", complaint + "\n——来自清河论坛网友,2026年11月21日发布于手机客户端", "a"},
		"spaced out":      {"翠湖小区停水", strings.ReplaceAll(complaint, ",", " ! "), "a"},
		"full-width":      {"", strings.ReplaceAll(brief, "3", "３"), "d"},
		"traditional":     {"", strings.NewReplacer("来", "來", "个", "個", "没", "沒", "水热线", "水熱線", "开", "開", "业", "業").Replace(complaint), "a"},
		"a word changed":  {"", strings.ReplaceAll(complaint, "桶装水", "矿泉水"), "a"},
		"last fifth off":  {"", string(runes[:len(runes)*4/5]), "a"},
		"cut of fifty":    {"", string(runes[60:110]), "a"},
		"cut, commented":  {"", "求扩散！" + string(runes[90:190]), "a"},
		"longer":          {"", complaint + "昨天夜里十一点终于来水了，但是水压很小，四楼以上基本上不来，洗澡更不用想，希望供水公司把加压泵也修好。", "a"},
		"another company": {"", strings.ReplaceAll(complaint, "自来水公司", "某某公司"), ""},
		"another place":   {"", strings.NewReplacer("清河区", "东山区", "翠湖小区", "金桂小区", "三号楼", "五号楼").Replace(complaint), ""},
		"brief, same":     {"", brief + "急", "d"},
		"brief, place":    {"", strings.ReplaceAll(brief, "金水花园", "银湖花园"), ""},
		"brief, number":   {"", strings.ReplaceAll(brief, "3", "5"), ""},
		"brief, numeral":  {"", strings.ReplaceAll(brief, "3", "五"), ""},
		"half of it new": {"", begin + "另外翠湖小区的电梯也坏了半个多月，物业只贴了一张告示，轮椅上的老人两个星期出不了门；" +
			"地下车库一下雨就漏，墙皮掉了一地，消防栓拧开没有压力，这些事情什么时候才有人来管，业主大会也开不起来。", ""},
		"other":           {"公交", "十二路公交车早上总是等不到,上班高峰半个小时才来一辆,建议增加班次,方便城东居民出行。", ""},
		"short same":      {"", "停水了,谁知道什么时候来", "c"},
		"short else":      {"", "停电了,谁知道什么时候来?", ""},
		"a request alone": {"", "请有关部门尽快给个说法,什么时候能来水?", ""},
		"empty":           {"", "", ""},
	} {
		if got, _ := x.Find(SketchOf(c.title, c.text)); got != c.want {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
}

// Any fifty runes in a row of a post of whatever length are known as a part of it.
func TestIndexFindsCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		text := make([]rune, rapid.IntRange(50, 4000).Draw(t, "runes"))
		for i := range text {
			text[i] = '一' + rune(r.IntN(3000))
		}
		x := NewIndex()
		x.Add("whole", SketchOf("", string(text)))
		at := rapid.IntRange(0, len(text)-50).Draw(t, "at")
		cut := SketchOf("", string(text[at:at+50]))
		if id, share := x.Find(cut); id != "whole" || share != 1 {
			t.Fatalf("found %q with %v", id, share)
		}
	})
}

// However many say the same, an equal text is found, and what only they say is not taken
// for a matter.
func TestIndexOfCrowd(t *testing.T) {
	x := NewIndex()
	for i := range 10 * crowd {
		x.Add(fmt.Sprintf("%04d", i), SketchOf("", fmt.Sprintf("%s小区%s", string(rune('一'+i)), complaint)))
		x.Add(fmt.Sprintf("same %04d", i), SketchOf("", complaint))
	}
	if id, share := x.Find(SketchOf("", complaint)); id != "same 0000" || share != 1 {
		t.Errorf("found %q, share %v", id, share)
	}
	for i := range 10 * crowd {
		x.Remove(fmt.Sprintf("same %04d", i))
		x.Remove(fmt.Sprintf("%04d", i))
	}
	if id, _ := x.Find(SketchOf("", complaint)); id != "" || x.Len() != 0 {
		t.Errorf("found %q among %d after all were removed", id, x.Len())
	}
}

// telling draws a post made of a few clauses, so that posts have much in common.
func telling(t *rapid.T, name string) string {
	clauses := strings.FieldsFunc(complaint, func(r rune) bool { return r == ',' || r == '。' })
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(clauses), 0, 12).Draw(t, name), ",")
}

// What an index finds depends on what is in it only: not on the order in which it came,
// nor on what was removed. An equal text is always found.
func TestIndexLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sketches := make(map[string]Sketch)
		var ids []string
		for i := range rapid.IntRange(1, 30).Draw(t, "stories") {
			id := fmt.Sprint(i)
			ids = append(ids, id)
			sketches[id] = SketchOf("", telling(t, "story"))
		}
		first, second := NewIndex(), NewIndex()
		for _, id := range ids {
			first.Add(id, sketches[id])
		}
		gone := SketchOf("", telling(t, "gone"))
		for i, id := range rapid.Permutation(ids).Draw(t, "order") {
			for j := range 3 { // together more than a crowd
				second.Add(fmt.Sprint("gone ", i, j), gone)
			}
			second.Add(id, sketches[id])
			second.Add(id, gone) // is there already
		}
		for i := range ids {
			for j := range 3 {
				second.Remove(fmt.Sprint("gone ", i, j))
			}
		}
		if first.Len() != len(ids) || second.Len() != len(ids) {
			t.Fatalf("%d and %d held, want %d", first.Len(), second.Len(), len(ids))
		}
		asked := []Sketch{SketchOf("", telling(t, "other")), gone}
		for _, s := range sketches {
			asked = append(asked, s)
		}
		for _, s := range asked {
			a, one := first.Find(s)
			b, two := second.Find(s)
			if a != b || one != two {
				t.Fatalf("found %q %v, and %q %v", a, one, b, two)
			}
		}
		for id, s := range sketches {
			found, share := first.Find(s)
			if s != (Sketch{}) && (share != 1 || sketches[found].whole() != s.whole()) {
				t.Fatalf("of story %s found %q, share %v", id, found, share)
			}
		}
	})
}

// A sketch is the same after the journal had it; what an earlier version kept is read as
// a sketch of nothing.
func TestSketchJSON(t *testing.T) {
	want := SketchOf("翠湖小区停水", complaint)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d runes, %d bytes in the journal", len([]rune(complaint)), len(b))
	var got Sketch
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("read back another sketch, error %v", err)
	}
	for _, old := range []string{`[1,2,3]`, `""`, `"AAAA"`, `null`} {
		if err := json.Unmarshal([]byte(old), &got); err != nil || got != (Sketch{}) {
			t.Errorf("%s: read as %v, error %v", old, got, err)
		}
	}
	if err := json.Unmarshal([]byte(`"*"`), &got); err == nil {
		t.Error("a sketch that is no base64 was read")
	}
}

func FuzzSketch(f *testing.F) {
	f.Add([]byte(`"AQAAAA"`), "停水了")
	b, _ := json.Marshal(SketchOf("", complaint))
	f.Add(b, complaint)
	f.Fuzz(func(t *testing.T, stored []byte, text string) {
		var s Sketch
		if s.UnmarshalJSON(stored) != nil {
			return
		}
		x := NewIndex()
		x.Add("stored", s)
		x.Find(s)
		x.Find(SketchOf("", text))
		x.Add("text", SketchOf("", text))
		x.Find(s)
		x.Remove("stored")
		if id, _ := x.Find(SketchOf("", text)); id != "text" && SketchOf("", text) != (Sketch{}) {
			t.Fatalf("of %q found %q", text, id)
		}
	})
}
