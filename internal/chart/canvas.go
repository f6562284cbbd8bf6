package chart

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strings"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// The colours. Text keeps the contrast of WCAG 2.1 AA (4.5:1) against the white ground and marks
// 3:1; blue beside orange is told apart whichever colours an eye confuses, and the blue of
// bars is lighter than the orange, so that they differ in grey as well.
var (
	ground = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
	ink    = color.RGBA{0x1A, 0x1A, 0x1A, 0xFF}
	quiet  = color.RGBA{0x4A, 0x4A, 0x4A, 0xFF} // what explains
	faint  = color.RGBA{0xD4, 0xD4, 0xD4, 0xFF} // lines behind the data; no mark
	blue   = color.RGBA{0x00, 0x5A, 0xA8, 0xFF}
	tint   = color.RGBA{0xD3, 0xE5, 0xF5, 0xFF} // under the blue line; no mark
	sky    = color.RGBA{0x3F, 0x8F, 0xCC, 0xFF}
	orange = color.RGBA{0xB3, 0x45, 0x00, 0xFF} // late, and nothing else
	green  = color.RGBA{0x00, 0x69, 0x5C, 0xFF}
)

// align says which part of a text stands at x.
type align int

const (
	left align = iota
	centre
	right
)

// box is where something was drawn.
type box struct {
	what                     string
	left, top, right, bottom float64
}

// canvas draws, and notes where each text and bar went. An error stays until encode.
type canvas struct {
	img   *image.RGBA
	dc    *gg.Context // for lines and fields; it would set type ten times slower
	faces faces
	boxes []box
	err   error
}

func newCanvas(width, height int) (*canvas, error) {
	f, err := typeface()
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	c := &canvas{img: img, dc: gg.NewContextForRGBA(img), faces: faces{font: f, size: map[int]font.Face{}}}
	c.dc.SetLineJoinRound()
	c.dc.SetLineCapRound()
	return c, nil
}

// width measures a text in pixels.
func (c *canvas) width(s string, size int) float64 {
	face, err := c.faces.of(size)
	if err != nil {
		c.err = err
		return 0
	}
	return float64(font.MeasureString(face, s)) / 64
}

// cut shortens a text to a width, with … where something is gone.
func (c *canvas) cut(s string, size int, width float64) string {
	if c.width(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := strings.TrimSpace(string(runes[:n])) + "…"; c.width(short, size) <= width {
			return short
		}
	}
	return "…"
}

// wrap sets a text in one line or two of a width; what does not fit the second is cut.
func (c *canvas) wrap(s string, size int, width float64) []string {
	if c.width(s, size) <= width {
		return []string{s}
	}
	runes := []rune(s)
	n := len(runes)
	for n > 1 && c.width(string(runes[:n]), size) > width {
		n--
	}
	if half := (len(runes) + 1) / 2; half < n && c.width(string(runes[half:]), size) <= width {
		n = half // two lines of about one length look like one name
	}
	return []string{strings.TrimSpace(string(runes[:n])), c.cut(strings.TrimSpace(string(runes[n:])), size, width)}
}

// Parts of a type's size above and below the line it stands on.
const (
	ascent  = 0.88
	descent = 0.12
)

// text writes s with the middle of its characters at y.
func (c *canvas) text(s string, x, y float64, a align, size int, ink color.Color) {
	face, err := c.faces.of(size)
	if err != nil {
		c.err = err
		return
	}
	w := c.width(s, size)
	switch a {
	case centre:
		x -= w / 2
	case right:
		x -= w
	}
	px := float64(size)
	x, y = math.Round(x), math.Round(y+px*(ascent-descent)/2)
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(ink), Face: face, Dot: fixed.P(int(x), int(y))}
	d.DrawString(s)
	if s != "" {
		c.boxes = append(c.boxes, box{s, x, y - px*ascent, x + w, y + px*descent})
	}
}

// bar fills a rectangle.
func (c *canvas) bar(x, y, w, h float64, fill color.Color) {
	c.dc.SetColor(fill)
	c.dc.DrawRectangle(x, y, w, h)
	c.dc.Fill()
	c.boxes = append(c.boxes, box{"", x, y, x + w, y + h})
}

// blank takes away what lies behind a text.
func (c *canvas) blank(x, y, w, h float64) {
	c.dc.SetColor(ground)
	c.dc.DrawRectangle(x, y, w, h)
	c.dc.Fill()
}

// rule draws a thin level line behind the data.
func (c *canvas) rule(x1, x2, y float64) {
	c.dc.SetColor(faint)
	c.dc.SetLineWidth(2)
	c.dc.DrawLine(x1, math.Round(y), x2, math.Round(y))
	c.dc.Stroke()
}

// encode writes the picture with one byte a pixel, which takes a quarter of the time and half
// of the room.
func (c *canvas) encode(w io.Writer) error {
	if c.err != nil {
		return c.err
	}
	if err := png.Encode(w, c.paletted()); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// paletted is the picture in the colours drawn with and what lies between them at edges.
func (c *canvas) paletted() *image.Paletted {
	to := image.NewPaletted(c.img.Rect, shades())
	known := map[color.RGBA]uint8{}
	was, index := ground, uint8(to.Palette.Index(ground))
	for i := range to.Pix { // both pictures are packed: a row follows the last
		p := c.img.Pix[4*i : 4*i+4 : 4*i+4]
		if is := (color.RGBA{p[0], p[1], p[2], p[3]}); is != was {
			k, ok := known[is]
			if !ok {
				k = uint8(to.Palette.Index(is))
				known[is] = k
			}
			was, index = is, k
		}
		to.Pix[i] = index
	}
	return to
}

// shades are at most 256 colours: each of ours on what it is drawn on, in steps.
func shades() color.Palette {
	var list color.Palette
	for _, pair := range [][2]color.RGBA{{ground, ink}, {ground, quiet}, {ground, faint}, {ground, blue}, {ground, sky},
		{ground, orange}, {ground, green}, {tint, blue}, {tint, quiet}} {
		const steps = 27
		for i := range steps + 1 {
			mix := func(a, b uint8) uint8 { return uint8((int(a)*(steps-i) + int(b)*i) / steps) }
			list = append(list, color.RGBA{mix(pair[0].R, pair[1].R), mix(pair[0].G, pair[1].G), mix(pair[0].B, pair[1].B), 0xFF})
		}
	}
	return list
}
