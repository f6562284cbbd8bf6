package playground

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

func TestSeedsX(t *testing.T) {
	lists, err := match.LoadLists(dict.Files)
	if err != nil {
		t.Fatal(err)
	}
	topics, err := match.LoadTopics(alerts.Files, lists)
	if err != nil {
		t.Fatal(err)
	}
	seg, err := match.NewSegmenter(lists.Extra())
	if err != nil {
		t.Fatal(err)
	}
	set, err := match.Compile(topics, lists, seg)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := readSeeds(townYAML)
	b, _ := readSeeds(samplesYAML)
	idx := post.NewIndex()
	for i, s := range slices.Concat(a, b) {
		hits := set.Match(post.Post{Title: s.Title, Text: s.Text})
		var names []string
		for _, h := range hits {
			var ws []string
			for _, w := range h.Words {
				ws = append(ws, w.Text)
			}
			names = append(names, h.Topic.Name+"("+strings.Join(ws, ",")+")")
		}
		sk := post.SketchOf(s.Title, s.Text)
		same := ""
		if len(hits) > 0 {
			same, _ = idx.Find(sk)
			if same == "" {
				idx.Add(s.Title, sk)
			}
		}
		t.Log(i, s.Title, names, "SAME:", same)
	}
	_ = filepath.Join
	_ = time.Now
}
