package board

import (
	"html/template"
	"testing"
)

// An address that only begins as the board's does stays what it is.
func TestFramedAddresses(t *testing.T) {
	b := &Board{Options: Options{URL: "https://huiyin.oa.example.cn/"}}
	const away = `<a target="_blank" rel="noopener noreferrer nofollow" href="`
	for in, want := range map[string]string{
		`<a href="https://huiyin.oa.example.cn/case/1">x</a>`:         `<a href="/case/1">x</a>`,
		`<a href="https://huiyin.oa.example.cn//evil.cn/x">x</a>`:     away + `https://huiyin.oa.example.cn//evil.cn/x">x</a>`,
		`<a href="https://huiyin.oa.example.cn/\evil.cn/x">x</a>`:     away + `https://huiyin.oa.example.cn/\evil.cn/x">x</a>`,
		`<a href="https://huiyin.oa.example.cn.evil.cn/case/1">x</a>`: away + `https://huiyin.oa.example.cn.evil.cn/case/1">x</a>`,
		`<a href="https://huiyin-oa.example.cn/case/1">x</a>`:         away + `https://huiyin-oa.example.cn/case/1">x</a>`,
	} {
		if got := string(b.framed(template.HTML(in)).Inside); got != want {
			t.Errorf("%s becomes %s", in, got)
		}
	}
}
