package match

import "testing"

func TestFoldWord(t *testing.T) {
	for w, want := range map[string]string{
		"停水": "停水", "停 水": "停水", "停*-*水": "停水", "#停水#": "停水", "停\u200b水": "停水", "ＫＴＶ": "ktv", "PM2.5": "pm2.5", "C++": "c++",
		"A+医院": "a+医院", "二-A座": "二-a座", "停，水": "停,水", "停水：": "停水:", "－停水": "停水", "a b": "a b", "💧停💧水": "停水", "4 S": "4 s",
		"+a停 水+": "+a停水", "***": "",
	} {
		if got := foldWord(w); got != want {
			t.Errorf("foldWord(%q) = %q, want %q", w, got, want)
		}
		if got := foldWord(foldWord(w)); got != want {
			t.Errorf("foldWord twice on %q gives %q", w, got)
		}
	}
}
