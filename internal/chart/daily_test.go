package chart

import (
	"bytes"
	"errors"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var out = flag.String("pictures", "", "a folder to write the pictures to, for looking at them")

func TestDaily(t *testing.T) {
	for name, d := range pictures() {
		t.Run(name, func(t *testing.T) {
			c, err := d.draw()
			if err != nil {
				t.Fatal(err)
			}
			laidOut(t, c)
			var b bytes.Buffer
			if err := c.encode(&b); err != nil {
				t.Fatal(err)
			}
			if *out != "" {
				if err := os.WriteFile(filepath.Join(*out, name+".png"), b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			img, err := png.DecodeConfig(&b)
			if err != nil {
				t.Fatal(err)
			}
			if img.Width != wide || img.Height < 400 || img.Height > tall {
				t.Errorf("the picture is %d × %d", img.Width, img.Height)
			}
		})
	}
}

// laidOut fails where a text or bar leaves the picture or touches another.
func laidOut(t rapid.TB, c *canvas) {
	t.Helper()
	w, h := float64(c.img.Rect.Dx()), float64(c.img.Rect.Dy())
	for i, a := range c.boxes {
		if a.left < 0 || a.top < 0 || a.right > w || a.bottom > h {
			t.Errorf("%q leaves the picture: %v", a.what, a)
		}
		for _, b := range c.boxes[:i] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("%q %v lies on %q %v", a.what, a, b.what, b)
			}
		}
	}
}

// TestDailyAny draws whatever it is given.
func TestDailyAny(t *testing.T) {
	label := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "供水集团", sixteen, "7月15日", "WWWWWWWWWWWWWWWWWWWW", "\xff\x00\u202e"}))
	figure := rapid.OneOf(rapid.IntRange(0, 300), rapid.Int())
	day := rapid.Custom(func(t *rapid.T) Day {
		return Day{label.Draw(t, "label"), figure.Draw(t, "mentions"), figure.Draw(t, "opened"), figure.Draw(t, "on time"), rapid.OneOf(rapid.Just(0), figure).Draw(t, "answered")}
	})
	unit := rapid.Custom(func(t *rapid.T) Unit {
		return Unit{label.Draw(t, "name"), figure.Draw(t, "open"), figure.Draw(t, "overdue"), figure.Draw(t, "opened"), figure.Draw(t, "rate")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		d := Daily{label.Draw(rt, "title"), label.Draw(rt, "subtitle"), rapid.SliceOfN(day, 0, 70).Draw(rt, "days"), rapid.SliceOfN(unit, 0, 15).Draw(rt, "units")}
		c, err := d.draw()
		if err != nil {
			rt.Fatal(err)
		}
		laidOut(rt, c)
	})
}

// TestDailySays looks for what must be written in the picture.
func TestDailySays(t *testing.T) {
	for _, x := range []struct {
		picture   string
		says, not []string
	}{
		{"ordinary", []string{"清河市舆情每日简报", "帖文 44", "新立 8", "按时 87%", "88", "7月15日", "14", "超时 2", "92%", "—"}, []string{"7月14日"}},
		{"20-units", []string{"其余 10 个单位：在办 165 件，超时 15 件"}, nil},
		{"all-zero", []string{"帖文 0", "新立 0", "这些天没有回应，算不出按时率"}, []string{"按时 0%"}},
		{"no-data", []string{"还没有这些天的数据", "眼下没有在办的事项"}, []string{"0"}},
		{"gaps", []string{"按时 85%"}, []string{"按时 0%"}},
		{"62-days", []string{"近 62 天有关的帖文、新立的件数和按时率"}, nil},
	} {
		c, err := pictures()[x.picture].draw()
		if err != nil {
			t.Fatal(err)
		}
		has := func(s string) bool { return slices.ContainsFunc(c.boxes, func(b box) bool { return b.what == s }) }
		for _, s := range x.says {
			if !has(s) {
				t.Errorf("%s does not say %q", x.picture, s)
			}
		}
		for _, s := range x.not {
			if has(s) {
				t.Errorf("%s says %q", x.picture, s)
			}
		}
	}
}

// TestGap looks at the pixels: where nothing was answered there is no line, and no dot at 0.
func TestGap(t *testing.T) {
	c, err := pictures()["gaps"].draw()
	if err != nil {
		t.Fatal(err)
	}
	last := c.boxes[slices.IndexFunc(c.boxes, func(b box) bool { return b.what == "按时 85%" })]
	zero := c.boxes[slices.IndexFunc(c.boxes, func(b box) bool { return b.what == "0%" })]
	near := 0
	for x := int(zero.right); x < wide; x++ {
		for y := int(last.bottom) + 60; y < int(zero.bottom)+14; y++ {
			if c.img.RGBAAt(x, y) == green {
				near++
			}
		}
	}
	if near != 0 {
		t.Errorf("%d pixels of the line lie near 0%%", near)
	}
}

// TestOrder takes the ten that have most open, whatever the order given.
func TestOrder(t *testing.T) {
	list := units(20, "单位")
	slices.Reverse(list)
	c, err := newCanvas(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	table := newTable(c, list)
	for i, r := range table.rows {
		if want := 3 * (20 - i); r.unit.Open != want {
			t.Errorf("row %d has %d open, want %d", i, r.unit.Open, want)
		}
	}
	if list[0].Open != 3 {
		t.Error("the caller's list was put into another order")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("连接断了") }

func TestDailyWriteFails(t *testing.T) {
	err := pictures()["no-data"].PNG(broken{})
	if err == nil || !strings.Contains(err.Error(), "write the picture: 连接断了") {
		t.Error(err)
	}
}
