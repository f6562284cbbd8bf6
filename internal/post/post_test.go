package post

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"电话13812345678谢谢":                "电话138******78谢谢",
		"联系 138 1234 5678":               "联系 138 **** **78",
		"联系138-1234-5678。":               "联系138-****-**78。",
		"+86 13812345678":                "+86 138******78",
		"8613812345678":                  "86138******78",
		"身份证110101199003071234":          "身份证110*************34",
		"身份证11010119900307123x":          "身份证110*************3x",
		"卡号6222 0212 3456 7890 123":      "卡号622* **** **** **** *23",
		"座机 0571-87654321":               "座机 0571-******21",
		"电话１３８１２３４５６７８":                  "电话１３８＊＊＊＊＊＊７８",
		"2026-11-21 13812345678":         "2026-11-21 138******78",
		"13812345678 2026-11-21 08:30":   "138******78 2026-11-21 08:30",
		"案件 2026-000123 于 2026-11-21 登记": "案件 2026-000123 于 2026-11-21 登记",
		"3栋2单元1801室,欠费12345.67元":         "3栋2单元1801室,欠费12345.67元",
		"110101 19900307 123X":           "110*** ******** **3X",
		"见https://a.cn/5101234567890123?p=13812345678 电话13812345678": "见https://a.cn/5101234567890123?p=13812345678 电话138******78",
		"13812345678https://a.cn/13812345678":                        "138******78https://a.cn/13812345678",
		"138.1234.5678 138–1234–5678":                                "138.****.**78 138–****–**78",
		"138_1234_5678":                                              "138_****_**78",
		"1381234 5678、138 123 456 78":                                "138**** **78、138 *** *** 78",
		"138\n1234\n5678":                                            "138\n****\n**78",
		"(0571)87654321":                                             "(0571)******21",
		"0571 8765 4321":                                             "0571 **** **21",
		"110101 199003 071234":                                       "110*** ****** ****34",
		"6222 0212345678901":                                         "622* ***********01",
		"1、3、5、6、7、8、9、10、11号楼停水":                                    "1、3、5、6、7、8、9、10、11号楼停水",
		"1301 1302 1303室,2026/11/22 13.5度":                           "1301 1302 1303室,2026/11/22 13.5度",
		"12345热线":                                                    "12345热线",
		"":                                                           "",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// No text, however digits are strewn in it, changes its length or keeps a mobile
// number whole.
func TestMaskLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mobile := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "mobile")
		before := rapid.StringMatching(`([ 电话:，a-z]|[0-9]{1,6}[ -])*[话:，a-z]`).Draw(t, "before")
		after := rapid.StringMatching(`([。,a-z]|[ -][0-9]{1,6})*`).Draw(t, "after")
		text := before + mobile + "。" + after
		got := Mask(text)
		if len(got) != len(text) {
			t.Fatalf("%q became %q: length %d, was %d", text, got, len(got), len(text))
		}
		if strings.Contains(got, mobile) {
			t.Fatalf("%q kept its number: %q", text, got)
		}
		if Mask(got) != got {
			t.Fatalf("masking %q twice gives %q", got, Mask(got))
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("电话138 1234 5678")
	f.Add("http://a.cn/13812345678 13812345678")
	f.Add("１３８１２３４５６７８x")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Mask(s); len(got) != len(s) || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("Mask(%q) = %q", s, got)
		}
	})
}

func TestLines(t *testing.T) {
	in := "  停水\u200b了  \r\n\r\n\x00第二 \t 行\u202e\n"
	if got, want := Lines(in, 100), "停水了\n第二 行"; got != want {
		t.Errorf("Lines = %q, want %q", got, want)
	}
	if got, want := Line(in, 100), "停水了 第二 行"; got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
	if got, want := Cut("一二三四五", 4), "一二三…"; got != want {
		t.Errorf("Cut = %q, want %q", got, want)
	}
	if got := Cut("一二三四", 4); got != "一二三四" {
		t.Errorf("Cut of a fitting text = %q", got)
	}
}

const complaint = "清河区翠湖小区三号楼从昨天晚上八点开始停水,到现在已经十六个小时了。物业说是自来水公司抢修," +
	"打供水热线一直占线。楼里有老人和孩子,连做饭的水都没有,请有关部门尽快给个说法,什么时候能来水?"

// Reposts are found, other matters are not.
func TestIndexFindsReposts(t *testing.T) {
	x := NewIndex()
	x.Add("a", SketchOf("翠湖小区停水", complaint))
	x.Add("b", SketchOf("夜市扰民", "建设路夜市每天吵到凌晨两点,喇叭声音很大,楼上住户根本睡不着觉,孩子明年就要中考了,希望城管部门能管一管。"))
	short := "停水了,谁知道什么时候来?"
	x.Add("c", SketchOf("", short))
	runes := []rune(complaint)
	for name, c := range map[string]struct{ title, text, want string }{
		"same":       {"翠湖小区停水", complaint, "a"},
		"forwarded":  {"转发:翠湖小区停水", "转发微博:" + complaint, "a"},
		"last fifth": {"", string(runes[:len(runes)*4/5]), "a"},
		"spaced out": {"翠湖小区停水", strings.ReplaceAll(complaint, ",", " ! "), "a"},
		"other":      {"公交", "十二路公交车早上总是等不到,上班高峰半个小时才来一辆,建议增加班次,方便城东居民出行。", ""},
		"short same": {"", "停水了,谁知道什么时候来", "c"},
		"short else": {"", "停电了,谁知道什么时候来?", ""},
		"empty":      {"", "", ""},
	} {
		if got, _ := x.Find(SketchOf(c.title, c.text)); got != c.want {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
	x.Remove("a")
	if got, _ := x.Find(SketchOf("翠湖小区停水", complaint)); got != "" {
		t.Errorf("after its removal %q was found", got)
	}
	if x.Len() != 2 {
		t.Errorf("Len = %d, want 2", x.Len())
	}
}

// The estimate follows the true similarity: with k of n shingle windows shared, a
// sketch agrees in about that share of its bins.
func TestSketchEstimates(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteRune(rune(0x4e00 + r.IntN(3000)))
		}
		return b.String()
	}
	sum, n := 0.0, 200
	for range n {
		shared, own, other := text(200), text(50), text(50)
		a, b := SketchOf("", shared+own), SketchOf("", shared+other)
		sum += float64(a.Agree(&b)) / Bins
	}
	got, want := sum/float64(n), 198.0/298
	t.Logf("seed %d: mean agreement %.3f, Jaccard similarity %.3f", seed, got, want)
	if got < want-0.05 || got > want+0.05 {
		t.Errorf("mean agreement %.3f is far from the similarity %.3f", got, want)
	}
}

func BenchmarkIndexFind(b *testing.B) {
	x := NewIndex()
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 100_000 {
		var s Sketch
		for j := range s {
			s[j] = r.Uint32() >> 1
		}
		x.Add(IDOf("b", string(rune(i))), s)
	}
	for b.Loop() {
		x.Find(SketchOf("翠湖小区停水", complaint))
	}
}
