package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", example} {
		list, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range list {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Add([]byte("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"))
	f.Add([]byte(strings.Repeat("{a: ", 1000)))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := load("huiyin.yaml", dir, data)
		if (cfg == nil) == (err == nil) {
			t.Fatalf("load gave %v and %v", cfg, err)
		}
		if err == nil {
			if len(cfg.Units) == 0 || len(cfg.Leaders) == 0 || len(cfg.Sources) == 0 || cfg.Timezone == nil || cfg.UnitOf("x") == "" && len(cfg.Topics) == 0 {
				t.Fatalf("accepted an incomplete configuration: %+v", cfg)
			}
			return
		}
		var problems Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("not a list of problems: %v", err)
		}
		lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r")
		for _, p := range problems {
			if s := p.String(); strings.ContainsAny(s, "\r\n") || !utf8.ValidString(s) {
				t.Fatalf("not one line of text: %q", s)
			}
			if p.Line < 0 || p.File == "huiyin.yaml" && p.Line > lines+1 && !strings.ContainsAny(string(data), "\u0085\u2028\u2029") {
				t.Fatalf("line %d of %d: %s", p.Line, lines, p.Msg)
			}
		}
	})
}
