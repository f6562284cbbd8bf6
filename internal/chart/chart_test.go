package chart

import (
	"image/color"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/image/font/sfnt"
	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	for _, x := range []struct {
		values []int
		want   string
	}{
		{nil, ""},
		{[]int{0, 0, 0}, "▁▁▁"},
		{[]int{5}, "█"},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		{[]int{1, 1000, 0, 500, -3}, "▂█▁▅▁"},
		{[]int{math.MaxInt, 1}, "█▂"},
	} {
		if got := Ticks(x.values); got != x.want {
			t.Errorf("Ticks(%v) = %s, want %s", x.values, got, x.want)
		}
	}
	if n := utf8.RuneCountInString(Ticks(make([]int, 1000))); n != maxPoints {
		t.Errorf("a thousand values make %d characters", n)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 7: "7", 2.5: "2.5", 99.96: "100", 12345: "12345", 99_999: "99999", 99_999.7: "10万",
		123_456: "12.3万", 99_994_999: "9999.5万", 99_996_000: "1亿", maxNumber: "100亿"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, x := range []struct {
		part, all, want int
		ok              bool
	}{{0, 0, 0, false}, {0, 3, 0, true}, {199, 200, 99, true}, {200, 200, 100, true}, {9, 3, 100, true}, {-1, 3, 0, true}} {
		if got, ok := percent(x.part, x.all); got != x.want || ok != x.ok {
			t.Errorf("percent(%d, %d) = %d, %v", x.part, x.all, got, ok)
		}
	}
}

// TestScale holds an axis to at least its figures, in whole steps that are not too many.
func TestScale(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		top := rapid.Float64Range(0, maxNumber).Draw(rt, "top")
		end, step := scale(top)
		if end < top || end/step < 2-1e-9 && top > 2 || end/step > 4+1e-9 || step != math.Floor(step) {
			rt.Fatalf("scale(%v) ends at %v in steps of %v", top, end, step)
		}
	})
}

func TestApart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		y := rapid.Float64Range(10, 100)
		a, b := y.Draw(rt, "a"), y.Draw(rt, "b")
		a2, b2 := apart(a, b, 20, 10, 100)
		if math.Abs(a2-b2) < 20-1e-9 || min(a2, b2) < 10-1e-9 || max(a2, b2) > 100+1e-9 || a < b && a2 > b2 {
			rt.Fatalf("%v and %v become %v and %v", a, b, a2, b2)
		}
	})
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{"  供水\n集团\t": "供水 集团", "a\x00b": "a b", "甲\u202e乙\u200b丙": "甲乙丙", "a\xffb": "a�b",
		strings.Repeat("长", 100): strings.Repeat("长", maxLabel) + "…", "": ""} {
		if got := clean(s); got != want {
			t.Errorf("clean(%q) = %q, want %q", s, got, want)
		}
	}
}

// TestGlyphs looks for characters that names of people and places need, among them rare ones
// of 通用规范汉字表, and for all of ours.
func TestGlyphs(t *testing.T) {
	f, err := typeface()
	if err != nil {
		t.Fatal(err)
	}
	const hard = "喆堃犇镕淼焱玥珺翀翯赟彧昇祎祐旻晟㑇㛃䶮䴙𬭎𬭳𫟹𫍽𬘭𬱖𫷷𪩘" + // people
		"邕亳郸溧濮阊陉邛崃盱眙鄠鄄嵊泗洑圳涠垵墘圩浉堽垞㸆䢺鿍鿎鿏" + // places
		"，。：；（）“”‘’《》〈〉、！？…—·【】％＃＋－／～￥①⑩℃㎡→▁█〇" +
		"近天有关的帖文新立件数和按时率超各单位在办件其余个眼下没有事项还这些数据回应算不出万亿"
	var b sfnt.Buffer
	missing := ""
	for r := rune(0x20); r < 0x7F; r++ {
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			missing += string(r)
		}
	}
	for _, r := range hard {
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			missing += string(r)
		}
	}
	if missing != "" {
		t.Errorf("the font has no %q", missing)
	}
	if n := f.NumGlyphs(); n < 9000 {
		t.Errorf("the font has %d glyphs", n)
	}
}

// TestContrast holds colours to WCAG 2.1 AA on white, and those that stand beside each other
// apart for eyes without one of the three kinds of cones (Machado et al. 2009) and in grey.
func TestContrast(t *testing.T) {
	for name, c := range map[string]color.RGBA{"ink": ink, "quiet": quiet, "blue": blue, "orange": orange, "green": green} {
		if r := contrast(c, ground); r < 4.5 {
			t.Errorf("text in %s has a contrast of %.1f", name, r)
		}
	}
	for _, x := range []struct {
		name string
		a, b color.RGBA
		want float64
	}{{"bars on the ground", sky, ground, 3}, {"overdue beside open", sky, orange, 1.5}, {"the curve on its tint", blue, tint, 3}, {"columns on the tint", quiet, tint, 3}} {
		if r := contrast(x.a, x.b); r < x.want {
			t.Errorf("%s: a contrast of %.2f", x.name, r)
		}
	}
	for name, m := range map[string][9]float64{
		"no red":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"no green": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"no blue":  {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	} {
		a, b := seen(sky, m), seen(orange, m)
		if d := math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2]); d < 0.25 {
			t.Errorf("with %s, open and overdue differ by %.2f", name, d)
		}
	}
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func contrast(a, b color.RGBA) float64 {
	light := func(c color.RGBA) float64 { return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05 }
	return max(light(a), light(b)) / min(light(a), light(b))
}

// seen is a colour in linear light as an eye takes it whose matrix is m.
func seen(c color.RGBA, m [9]float64) (out [3]float64) {
	in := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	for i := range out {
		out[i] = m[3*i]*in[0] + m[3*i+1]*in[1] + m[3*i+2]*in[2]
	}
	return out
}
