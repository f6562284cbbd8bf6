package chart

import (
	"io"
	"testing"
)

// BenchmarkDaily draws an ordinary day's picture.
func BenchmarkDaily(b *testing.B) {
	d := pictures()["20-units"]
	b.ReportAllocs()
	for b.Loop() {
		if err := d.PNG(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
