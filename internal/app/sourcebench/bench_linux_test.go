package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// TestMain runs the tests, or is one of the processes that read feeds.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && (os.Args[1] == oursName || os.Args[1] == plainName) {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestBench measures little, and sees that what is counted is what happened.
func TestBench(t *testing.T) {
	o := options{feeds: 12, items: 5, cores: 2, posts: 10, stretch: 1200 * time.Millisecond, every: time.Second, seed: 1}
	var out bytes.Buffer
	b, err := bench(t.Context(), o, &out)
	t.Logf("\n%s", &out)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.rows) != 1+len(phases) {
		t.Fatalf("%d rows", len(b.rows))
	}
	first, tagged, whole, changed := b.rows[0].ours, b.rows[1].ours, b.rows[2].ours, b.rows[3].ours
	if first.Polls != int64(o.feeds) || first.Posts != int64(o.feeds*o.items) || first.Same != 0 {
		t.Errorf("first reading %+v", first)
	}
	if tagged.Same != tagged.Polls || tagged.Posts != 0 {
		t.Errorf("unchanged, with tags %+v", tagged)
	}
	if whole.Same != 0 || whole.Posts != 0 {
		t.Errorf("unchanged, without tags %+v", whole)
	}
	if changed.Same != 0 || changed.Posts > changed.Polls+int64(o.feeds) {
		t.Errorf("changed %+v", changed)
	}
	if tagged.Polls+whole.Polls == 0 || changed.Posts == 0 || b.steady.Polls == 0 {
		t.Errorf("nothing polled: %+v, %+v, %+v, %+v", tagged, whole, changed, b.steady)
	}
	for _, r := range b.rows {
		if r.ours.Failed+failures(r.plain) > 0 || r.ours.CPU <= 0 || r.ours.Peak.RSS <= r.ours.Peak.File {
			t.Errorf("%+v", r)
		}
		for _, p := range r.plain {
			if p.Polls == 0 {
				t.Errorf("%s: the plain loop read nothing: %+v", r.name, p)
			}
		}
	}
	if program, segmenter := b.stages[0], b.stages[1]; segmenter.own() < program.own()+50*mb {
		t.Errorf("the segmenter takes %d MB", (segmenter.own()-program.own())/mb)
	}
}

// TestTexts sees that the shipped topics find the complaints, and nothing else.
func TestTexts(t *testing.T) {
	lists, err := match.LoadLists(dict.Files)
	if err != nil {
		t.Fatal(err)
	}
	topics, err := match.LoadTopics(alerts.Files, lists)
	if err != nil {
		t.Fatal(err)
	}
	segmenter, err := match.NewSegmenter(lists.Extra())
	if err != nil {
		t.Fatal(err)
	}
	set, err := match.Compile(topics, lists, segmenter)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range complaints {
		for _, p := range places {
			text := p + "12号" + c
			if len(set.Match(post.Post{Title: text, Text: text})) == 0 {
				t.Errorf("nobody answers %q", text)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		title, text := chat(r), chat(r)+chat(r)+chat(r)+"\n"+chat(r)+chat(r)
		if hits := set.Match(post.Post{Title: title, Text: text}); len(hits) > 0 {
			t.Fatalf("%s is asked about %q %q", hits[0].Topic.Name, title, text)
		}
	}
	if strings.Contains(complaint(r), " ") {
		t.Error("a complaint is not one word of the list")
	}
}
