package chart

import (
	_ "embed"
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// notoSans is Noto Sans SC Medium under the SIL Open Font License 1.1 (font/OFL.txt), cut by
// scripts/font down to GB2312 and 通用规范汉字表.
//
//go:embed font/NotoSansSC-Medium.ttf
var notoSans []byte

// typeface is parsed when the first picture is drawn. It points into the program's own
// file: what it keeps besides is a few kilobytes.
var typeface = sync.OnceValues(func() (*sfnt.Font, error) {
	f, err := opentype.Parse(notoSans)
	if err != nil {
		return nil, fmt.Errorf("parse the pictures' font: %w", err)
	}
	return f, nil
})

// faces are the sizes of type of one picture; a face is not for two goroutines at once.
type faces struct {
	font *sfnt.Font
	size map[int]font.Face
}

// of gives the face of a size in pixels.
func (f *faces) of(size int) (font.Face, error) {
	if face, ok := f.size[size]; ok {
		return face, nil
	}
	face, err := opentype.NewFace(f.font, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("set type of %d px: %w", size, err)
	}
	f.size[size] = face
	return face, nil
}
