package chart

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var out = flag.String("pictures", "", "a folder to write the pictures to, for looking at them")

func TestDaily(t *testing.T) {
	for name, d := range pictures() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := d.PNG(&b); err != nil {
				t.Fatal(err)
			}
			if *out != "" {
				if err := os.WriteFile(filepath.Join(*out, name+".png"), b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			img, err := png.Decode(&b)
			if err != nil {
				t.Fatal(err)
			}
			if s := img.Bounds().Size(); s.X != wide || s.Y < 600 || s.Y > tall {
				t.Errorf("the picture is %d × %d", s.X, s.Y)
			}
			c, err := d.draw()
			if err != nil {
				t.Fatal(err)
			}
			laidOut(t, c)
		})
	}
}

// laidOut fails where a text or bar leaves the picture or touches another.
func laidOut(t *testing.T, c *canvas) {
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
