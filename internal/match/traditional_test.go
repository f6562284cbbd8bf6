package match

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"huiyin/dict"
)

func TestFoldsTraditional(t *testing.T) {
	tests := []struct{ text, want string }{
		{"自來水發黃 已經停氣三週", "自来水发黄 已经停气三周"},
		{"拖欠農民工資 討薪無門", "拖欠农民工资 讨薪无门"},
		{"違章建築佔用消防車道", "违章建筑占用消防车道"},
		{"噪音擾民 臺階後裡鬆動", "噪音扰民 台阶后里松动"},
		{"醫療費報銷不了 衝着窗口發脾氣", "医疗费报销不了 冲着窗口发脾气"},
		{"麵館後廚的鬍鬚和頭髮", "面馆后厨的胡须和头发"},
		{"纔製複鬥醜穀闢鬱嚮彆籲鐘鍾祇麼於餘檯颱", "才制复斗丑谷辟郁向别吁钟钟只么于余台台"},
		{"著作、乾隆、瞭望、狼藉、夥同", "著作、乾隆、瞭望、狼藉、夥同"}, // in simplified use too
		{"徵收、徵地", "征收、征地"},
		{"⽔⾦、\uF9DC、𝐦𝐚𝐜", "水金、隆、mac"}, // a radical, a compatibility character, mathematical letters
		{"ＡＢＣ　Ｋ１２３！", "abc k123!"},
	}
	for _, tt := range tests {
		if got := foldString(tt.text); got != tt.want {
			t.Errorf("%s folds to %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestTraditionalTable holds the table to its own head: a line for each character
// in order, and no simplified one that folds on.
func TestTraditionalTable(t *testing.T) {
	var from, to []rune
	for line := range strings.Lines(dict.Traditional) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		pair := []rune(strings.TrimSuffix(line, "\n"))
		if len(pair) != 3 || pair[1] != '\t' || pair[0] > 0xFFFF || pair[2] > 0xFFFF {
			t.Fatalf("%q is not two characters of the BMP and a tab", line)
		}
		from, to = append(from, pair[0]), append(to, pair[2])
	}
	if n := len(from); n < 2000 || n > 6000 {
		t.Errorf("%d characters", n)
	}
	for i := 1; i < len(from); i++ {
		if from[i-1] >= from[i] {
			t.Errorf("%c comes before %c", from[i-1], from[i])
		}
	}
	for i, r := range to {
		if _, chain := slices.BinarySearch(from, r); chain || fold(from[i]) != r || fold(r) != r {
			t.Errorf("%c folds to %c, which folds to %c", from[i], fold(from[i]), fold(r))
		}
	}
}

// TestSimplifiedStaysAsItIs: what people write in simplified characters is not
// changed but for capitals.
func TestSimplifiedStaysAsItIs(t *testing.T) {
	common := 0
	for _, token := range testSegmenter(t).gse.Dict.Tokens {
		if token.Freq() < 100 {
			continue
		}
		common++
		if w := token.Text(); foldString(w) != strings.ToLower(w) {
			t.Errorf("%s, a word of frequency %v, folds to %s", w, token.Freq(), foldString(w))
		}
	}
	if common < 10_000 {
		t.Errorf("only %d common words in the dictionary", common)
	}
}

// TestFoldingOnceIsEnough: what is folded stays as it is and is of the same class,
// on which the scanner and foldWord rest.
func TestFoldingOnceIsEnough(t *testing.T) {
	for r := range rune(unicode.MaxRune) {
		f := factsOf(r)
		if again := factsOf(f.to); again.to != f.to || again.class != f.class && utf8.ValidRune(r) {
			t.Errorf("%U folds to %U (class %d), which folds to %U (class %d)", r, f.to, f.class, again.to, again.class)
		}
	}
}
