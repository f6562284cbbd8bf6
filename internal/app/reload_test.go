package app

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"huiyin/internal/post"
)

// A reload takes up all of the new topics and lists or nothing, and is told why not.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("alerts/water.yaml", "name: 供水\nany: [\"@水\"]\n")
	put("dict/水.txt", "停水\n")
	put("dict/words.txt", "清河大桥\n")
	cfg := load(t, "alerts: "+dir+"/alerts\ndict: "+dir+"/dict\n")
	a, stop := running(t, cfg)
	defer stop()
	fires := func(text string) bool { return len(a.pipeline.InForce().Match(post.Post{Text: text})) > 0 }

	text, err := Ask(t.Context(), cfg, "reload", nil)
	if err != nil || !strings.Contains(text, "专题 1 个，1 个词") || fires("断水") {
		t.Fatalf("%v: %s", err, text)
	}
	first := a.pipeline.InForce()

	for name, c := range map[string]struct{ file, text, mended, want string }{
		"a bad query":           {"alerts/water.yaml", "name: 供水\nquery: 停水 AND\n", "", "water.yaml:2:14: "},
		"an example that fails": {"alerts/water.yaml", "name: 供水\nany: [\"@水\"]\nexamples: {match: [断水了]}\n", "", "应当命中这个例句"},
		"a bad list":            {"dict/水.txt", "停水\n@没有\n", "停水\n", "水.txt:2: "},
		"a topic without words": {"alerts/water.yaml", "name: 供水\n", "", "没有要找的词"},
	} {
		put(c.file, c.text)
		if _, err := Ask(t.Context(), cfg, "reload", nil); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "仍按原来的运行") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if a.pipeline.InForce() != first || !fires("停水了") {
			t.Fatalf("%s: the topics in force are others", name)
		}
		put(c.file, c.mended)
		put("alerts/water.yaml", "name: 供水\nany: [\"@水\"]\n")
	}

	// Posts are matched all the while, with the old or the new topics.
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if !fires("小区停水了") {
					t.Error("停水 fires neither by the old nor the new topics")
					return
				}
			}
		}
	})
	put("dict/水.txt", "停水\n断水\n")
	put("alerts/water.yaml", "name: 供水\nany: [\"@水\", 断水通知]\nnone: [通知]\n")
	if text, err := a.Reload(); err != nil || !strings.Contains(text, "提醒") || !strings.Contains(text, "“断水通知”永远不起作用") {
		t.Fatalf("%v: %s", err, text)
	}
	second := a.pipeline.InForce()
	if !fires("断水了") || second.Segmenter() != first.Segmenter() {
		t.Error("a new word of a list is not taken up, or the dictionary was loaded for it")
	}
	put("dict/words.txt", "停水桥\n")
	if _, err := a.Reload(); err != nil {
		t.Fatal(err)
	}
	if third := a.pipeline.InForce(); third.Segmenter() == second.Segmenter() || third.Segmenter().Cut("停水桥")[0] != "停水桥" {
		t.Error("a new word for the segmenter is not taken up")
	}
	close(done)
	wg.Wait()
}
