package post

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The same matter in other words is offered; another matter of the place, another place
// with the same trouble, and another topic are not.
func TestSimilar(t *testing.T) {
	x := NewGists()
	for id, p := range map[string]struct{ topic, title, text string }{
		"a": {"噪音", "金穗新城小区附近的锯木厂噪音严重扰民", "我是金穗新城的业主，小区旁边建的锯木厂机器不分昼夜地转，拉木头的货车来来往往，根本睡不着觉，希望锯木厂搬走。"},
		"b": {"噪音", "翠湖小区广场舞扰民", "每天晚上七点到十点，翠湖小区门口的广场舞音响开得震天响，孩子没法写作业。"},
		"c": {"供水", "金穗新城小区停水", "金穗新城从昨天晚上停水到现在，物业说是管道抢修，什么时候来水没人知道。"},
		"d": {"噪音", "绕城高速没有隔音板", "绕城高速离居民楼只有三十米，夜里大货车不断，能不能装隔音板？"},
	} {
		x.Add(id, p.topic, GistOf(p.title, p.text))
	}
	for name, c := range map[string]struct{ topic, title, text, want string }{
		"other words":   {"噪音", "金穗新城小区附近的锯木厂太吵", "开发商把锯木厂建在离金穗新城不到一百米的地方，从早到晚轰隆隆响，请环保局管管这个锯木厂。", "a"},
		"no title":      {"噪音", "", "金穗新城小区附近的锯木厂整夜轰鸣，楼里老人没法睡觉", "a"},
		"other matter":  {"噪音", "金穗新城楼下烧烤摊", "楼下烧烤摊喝酒划拳到凌晨三点，报警也没用，天天晚上吵得人没法休息。", ""},
		"other place":   {"噪音", "金桂花园广场舞扰民", "金桂花园北门口每天晚上跳广场舞，音响开得太大，孩子没法写作业。", ""},
		"other topic":   {"扬尘", "金穗新城附近锯木厂灰尘大", "锯木厂离金穗新城不到一百米，窗台上一天一层灰。", ""},
		"manner alone":  {"噪音", "尊敬的领导您好", "希望有关部门尽快解决我们小区业主反映的问题，谢谢！", ""},
		"nothing":       {"噪音", "", "", ""},
		"less than two": {"噪音", "水", "", ""},
	} {
		id, score := x.Similar(c.topic, GistOf(c.title, c.text))
		if id != c.want || (score >= SameMatter) != (id != "") {
			t.Errorf("%s: %q with %.2f, want %q", name, id, score, c.want)
		}
	}
	x.Remove("a")
	if id, _ := x.Similar("噪音", GistOf("金穗新城小区附近的锯木厂噪音严重扰民", "")); id != "" || x.Len() != 3 {
		t.Errorf("found %q among %d after its removal", id, x.Len())
	}
}

// A gist is small, whatever the post, and JSON keeps it.
func TestGist(t *testing.T) {
	long := ""
	for i := range 5000 {
		long += string(rune('一'+i%1000)) + string(rune('一'+i%700))
	}
	for _, text := range []string{"", complaint, long} {
		g := GistOf("翠湖小区停水", text)
		if len(g) > maxGist || !slices.IsSorted(g) {
			t.Errorf("gist of %d runes: %d pairs", len([]rune(text)), len(g))
		}
		b, err := json.Marshal(g)
		var back Gist
		if err != nil || json.Unmarshal(b, &back) != nil || !slices.Equal(back, g) {
			t.Errorf("%s was read back as %v", b, back)
		}
	}
	if a, b := GistOf("翠湖小区 停水Ａ！", complaint), GistOf("翠湖小區停水a", complaint); !slices.Equal(a, b) {
		t.Error("spelling makes another gist")
	}
}

// What is found depends on what is held only, not on the order in which it came, nor on
// what was removed.
func TestGistsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ids []string
		gists := make(map[string]Gist)
		for i := range rapid.IntRange(1, 20).Draw(t, "posts") {
			ids = append(ids, fmt.Sprint(i))
			gists[ids[i]] = GistOf("", telling(t, "post"))
		}
		first, second := NewGists(), NewGists()
		for _, id := range ids {
			first.Add(id, "供水", gists[id])
		}
		gone := GistOf("", telling(t, "gone"))
		second.Add("gone", "供水", gone)
		for _, id := range rapid.Permutation(ids).Draw(t, "order") {
			second.Add(id, "供水", gists[id])
			second.Add(id, "供水", gone) // is there already
		}
		second.Remove("gone")
		second.Remove("never there")
		for _, g := range append([]Gist{gone}, gists[ids[0]], gists[ids[len(ids)-1]]) {
			a, one := first.Similar("供水", g)
			b, two := second.Similar("供水", g)
			if a != b || one != two || one > 1.000001 {
				t.Fatalf("found %q %v, and %q %v", a, one, b, two)
			}
		}
	})
}
