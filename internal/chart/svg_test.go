package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

const script = `</text><script>alert("1")</script>'&`

// drawings are SVG charts, ordinary and hard.
func drawings() map[string]template.HTML {
	nan := math.NaN()
	labels := make([]string, 14)
	mentions, opened := make([]float64, 14), make([]float64, 14)
	counts := make([]int, 14)
	for i, d := range days(14) {
		labels[i], mentions[i], opened[i], counts[i] = d.Label, float64(d.Mentions), float64(d.Opened), d.Mentions
	}
	long := make([]float64, 500)
	for i := range long {
		long[i] = float64(i * i)
	}
	return map[string]template.HTML{
		"line":       Line{Title: "近 14 天的提及和新增", Labels: labels, Series: []Series{{"提及", mentions}, {"新增", opened}}}.SVG(),
		"line-rate":  Line{Title: "按时率", Labels: labels, Series: []Series{{"按时", []float64{80, 100, nan, 95, nan, nan, 66.5, 70, 100, 100, 90, nan, 88}}}, Unit: "%", Top: 100}.SVG(),
		"line-close": Line{Labels: labels[:3], Series: []Series{{"本周", []float64{3, 4, 5}}, {"上周", []float64{1, 9, 5}}}, Unit: "条"}.SVG(),
		"line-empty": Line{Title: "还没有数据"}.SVG(),
		"line-one":   Line{Title: "一天", Labels: labels[:1], Series: []Series{{"提及", []float64{0}}}}.SVG(),
		"line-long":  Line{Title: "长", Labels: make([]string, 500), Series: []Series{{sixteen, long}}}.SVG(),
		"line-hostile": Line{Title: script, Labels: []string{script, strings.Repeat("长", 99)}, Unit: script,
			Series: []Series{{script, []float64{math.Inf(1), 2}}, {"\x00\ufffe\xff", []float64{-1, 1e300}}, {"第三", nil}}}.SVG(),
		"spark":       Spark("近 14 天的提及", counts),
		"spark-empty": Spark("", nil),
		"spark-zero":  Spark(script, []int{0, 0, -5}),
	}
}

// TestSVG holds the drawings to their golden files; -pictures writes a page with them.
func TestSVG(t *testing.T) {
	page := "<!doctype html><meta name=viewport content='width=device-width'><style>body{font:16px sans-serif;margin:0;width:360px}svg{display:block;margin:8px 0}</style>"
	for name, got := range drawings() {
		page += "<p>" + name + string(got)
		sound(t, name, string(got))
		if len(got) > 20<<10 || name == "line" && len(got) > 4<<10 {
			t.Errorf("%s has %d bytes", name, len(got))
		}
		path := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
	if *out != "" {
		if err := os.WriteFile(filepath.Join(*out, "svg.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// sound fails where a drawing is no XML, has an element or attribute that is not ours, or
// does not say what it is.
func sound(t rapid.TB, name, text string) {
	t.Helper()
	may := "svg title desc g path text rect circle"
	attr := "xmlns class viewBox font-size color width height role fill stroke stroke-width stroke-linejoin stroke-dasharray stroke-opacity d x y text-anchor cx cy r"
	d := xml.NewDecoder(strings.NewReader(text))
	first := []string{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		first = append(first, e.Name.Local)
		if !contains(may, e.Name.Local) {
			t.Errorf("%s has an element <%s>", name, e.Name.Local)
		}
		for _, a := range e.Attr {
			if !contains(attr, a.Name.Local) || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
				t.Errorf("%s has %s=%q", name, a.Name.Local, a.Value)
			}
		}
	}
	if len(first) < 2 || first[0] != "svg" || first[1] != "title" || !strings.Contains(text, `role="img"`) {
		t.Errorf("%s does not say what it is: %.200s", name, text)
	}
}

func contains(words, word string) bool { return strings.Contains(" "+words+" ", " "+word+" ") }

// FuzzSVG gives labels from outside.
func FuzzSVG(f *testing.F) {
	f.Add("供水集团", "7月15日", 12, 3)
	f.Add(script, "]]>", math.MaxInt, math.MinInt)
	f.Add("\x00\ufffe\xff", "&#x0;", -1, 0)
	f.Fuzz(func(t *testing.T, a, b string, v, w int) {
		sound(t, "line", string(Line{a, []string{b, a}, []Series{{a, []float64{float64(v), float64(w)}}, {b, []float64{float64(w)}}}, b, float64(w)}.SVG()))
		sound(t, "spark", string(Spark(a, []int{v, w})))
	})
}

// TestLineAny takes whatever figures there are.
func TestLineAny(t *testing.T) {
	values := rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 500), rapid.Just(math.NaN()), rapid.Just(math.Inf(-1))), 0, 450)
	rapid.Check(t, func(rt *rapid.T) {
		l := Line{Title: "任意", Labels: rapid.SliceOfN(rapid.String(), 0, 450).Draw(rt, "labels"), Top: rapid.Float64().Draw(rt, "top")}
		for range rapid.IntRange(0, 3).Draw(rt, "series") {
			l.Series = append(l.Series, Series{"提及", values.Draw(rt, "values")})
		}
		sound(rt, "line", string(l.SVG()))
	})
}
