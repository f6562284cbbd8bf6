package post

import "testing"

func TestLines(t *testing.T) {
	in := "  停水\u200b了  \r\n\r\n\x00第二 \t 行\u202e\n"
	if got, want := Lines(in, 100), "停水了\n第二 行"; got != want {
		t.Errorf("Lines = %q, want %q", got, want)
	}
	if got, want := Line(in, 100), "停水了 第二 行"; got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
	if got, want := Cut("一二三四五", 4), "一二三…"; got != want {
		t.Errorf("Cut = %q, want %q", got, want)
	}
	if got := Cut("一二三四", 4); got != "一二三四" {
		t.Errorf("Cut of a fitting text = %q", got)
	}
}
