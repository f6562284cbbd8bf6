package chart

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"image/color"
	"strconv"
	"strings"
)

// svg writes a drawing for a web page: text stays text in the page's own font and colour, a
// <title> says what it is to who cannot see it, and the viewBox lets it take any width. It
// has no style, script, link or id, so that it may stand in a page under a strict policy and
// as often as wanted. A page with a dark ground sets the colours of series by one rule each,
// svg.chart .s1 { color: … } and .s2.
type svg struct{ strings.Builder }

// open begins a drawing of w × h units, one of which is a CSS pixel at a phone's width.
func (b *svg) open(class string, w, h float64, attrs, title, desc string) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart %s" viewBox="0 0 %s %s"%s role="img" fill="none">`, class, num(w), num(h), attrs)
	b.WriteString("<title>" + escape(clean(title)) + "</title>")
	if desc != "" {
		b.WriteString("<desc>" + escape(desc) + "</desc>")
	}
}

func (b *svg) close() template.HTML {
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// series begins the first or second series, a group with its colour.
func (b *svg) series(i int) {
	fmt.Fprintf(b, `<g class="s%d" color="%s">`, i+1, hex([]color.RGBA{blue, orange}[i]))
}

// text writes a label in the page's font and in the colour of the page or series.
func (b *svg) text(s string, x, y float64, anchor string) {
	if s == "" {
		return
	}
	if anchor != "" {
		anchor = ` text-anchor="` + anchor + `"`
	}
	fmt.Fprintf(b, `<text x="%s" y="%s"%s fill="currentColor">%s</text>`, num(x), num(y), anchor, escape(s))
}

// num writes a coordinate to a tenth.
func num(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// em is the size of type in SVG, in its units.
const em = 12.

// breadth is about how wide a label will be in a font that is not known: at least that of
// usual ones, in which Chinese characters are square.
func breadth(s string) float64 {
	w := 0.
	for _, r := range s {
		switch {
		case r >= 0x2E80 || r == '…':
			w += em
		case strings.ContainsRune("iljtfrI.,:;'|! ", r):
			w += em * 0.4
		case strings.ContainsRune("MWmw@%", r):
			w += em
		default:
			w += em * 0.65
		}
	}
	return w
}

// short cuts a label to about a width.
func short(s string, width float64) string {
	runes := []rune(s)
	if breadth(s) <= width {
		return s
	}
	for n := len(runes) - 1; n > 0; n-- {
		if cut := strings.TrimSpace(string(runes[:n])) + "…"; breadth(cut) <= width {
			return cut
		}
	}
	return "…"
}
