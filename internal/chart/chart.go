// Package chart is the room of pictures: the one that goes to phones with the daily digest,
// drawn to PNG, and small ones for web pages and printed reports, written as SVG. It knows
// no disk and no network; a Chinese font comes with it.
//
// PNG is drawn with gg, a plain canvas over golang.org/x/image: gonum/plot and go-chart lay
// out their own axes and legends, and know neither two scales with gaps in a line nor labels
// at the marks themselves, while bringing fonts and PDF along. SVG is written out by hand, for
// its text has to stay text. Labels come from outside: each passes through clean, and in SVG
// through an escape.
package chart

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Limits of what is drawn; what goes past them is cut.
const (
	maxLabel  = 80            // characters of a label
	maxPoints = 400           // days of a curve: the last ones count
	maxNumber = 9_999_999_999 // a larger one is drawn as this
)

// Ticks draws values as a line of characters for chat text, one for each: ▁ is nothing, any
// count is at least ▂, and the largest is █. Of more than 400 the last are drawn.
func Ticks(values []int) string {
	const steps = "▂▃▄▅▆▇█"
	values = last(values, maxPoints)
	top := 0
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	for _, v := range values {
		if v <= 0 {
			b.WriteRune('▁')
			continue
		}
		step := int(float64(v) / float64(top) * 6.999)
		b.WriteString(steps[3*step : 3*step+3])
	}
	return b.String()
}

// last is the end of a list, n long at most.
func last[T any](list []T, n int) []T {
	return list[max(0, len(list)-n):]
}

// clean makes a label of what came from outside: one line, no characters that steer or
// cannot be seen, and no longer than anything that fits.
func clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "�") {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			r = ' '
		}
		if unicode.In(r, unicode.Cf, unicode.Co, unicode.Noncharacter_Code_Point) {
			continue
		}
		if n++; n > maxLabel {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// number writes a figure for a label: up to five digits as they are, then in 万 and 亿.
func number(v float64) string {
	unit := ""
	switch {
	case v >= 99_995_000:
		v, unit = v/1e8, "亿"
	case v >= 99_999.5:
		v, unit = v/1e4, "万"
	}
	digits := 1
	if unit == "" && v >= 100 {
		digits = 0
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', digits, 64), ".0") + unit
}

// count is an int as it is drawn: never below nothing.
func count(v int) float64 { return float64(min(max(v, 0), maxNumber)) }

// percent is how many of a hundred, rounded down: only all of them are 100; false where
// there were none to count.
func percent(part, all int) (int, bool) {
	if all <= 0 {
		return 0, false
	}
	return int(math.Floor(float64(min(max(part, 0), all)) / float64(all) * 100)), true
}

// scale gives an axis from 0 to at least top: its end and the step between its marks, both
// whole and easy to read, with two to four steps.
func scale(top float64) (end, step float64) {
	if !(top > 2) {
		return 2, 1
	}
	power := math.Pow(10, math.Max(0, math.Floor(math.Log10(top))-1))
	for _, m := range []float64{1, 2, 3, 4, 5, 10, 20, 30, 40, 50} {
		if step = m * power; top/step <= 4 {
			break
		}
	}
	return math.Ceil(top/step) * step, step
}

// every is how many marks apart labels of a width stand that are not to touch, where marks
// are dx apart.
func every(dx, width float64) int {
	return max(1, int(math.Ceil(width/dx)))
}

// apart moves y2 away from y1 so that both have a height of their own between from and to.
func apart(y1, y2, height, from, to float64) (float64, float64) {
	if math.Abs(y1-y2) >= height {
		return y1, y2
	}
	upper, lower := math.Min(y1, y2), math.Max(y1, y2)
	mid := (upper + lower) / 2
	upper, lower = mid-height/2, mid+height/2
	shift := math.Max(0, from-upper) - math.Max(0, lower-to)
	upper, lower = upper+shift, lower+shift
	if y1 <= y2 {
		return upper, lower
	}
	return lower, upper
}
