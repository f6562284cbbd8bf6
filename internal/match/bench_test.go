package match

import (
	"runtime"
	"strings"
	"testing"

	"huiyin/dict"
	"huiyin/internal/post"
)

// benchPosts makes posts of real size (some 720 bytes) from the shipped
// examples: with words of topics in one sentence of them, or with none at all.
func benchPosts(b *testing.B, s *Set, hit bool) []post.Post {
	b.Helper()
	var plain, speaking []string
	for _, topic := range s.Topics() {
		for _, e := range topic.Examples.Skip {
			if len(s.scan.find(e.Text, nil)) == 0 {
				plain = append(plain, e.Text)
			}
		}
		for _, e := range topic.Examples.Match {
			speaking = append(speaking, e.Text)
		}
	}
	var posts []post.Post
	for i := range 64 {
		var text strings.Builder
		if hit {
			text.WriteString(speaking[i%len(speaking)] + "。")
		}
		for j := i; text.Len() < 680; j++ {
			text.WriteString(plain[j%len(plain)] + "。")
		}
		posts = append(posts, post.Post{Title: plain[i%len(plain)], Text: text.String()})
	}
	return posts
}

// BenchmarkPost sets the matcher beside cutting everything, on the same posts.
func BenchmarkPost(b *testing.B) {
	s := testShipped(b)
	b.Logf("%d topics, %d words", len(s.Topics()), s.Keywords())
	for name, hit := range map[string]bool{"hit": true, "nohit": false} {
		posts := benchPosts(b, s, hit)
		size := 0
		for _, p := range posts {
			size += len(p.Title) + len(p.Text)
		}
		run := func(what string, do func(post.Post)) {
			b.Run(what+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(size / len(posts)))
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					do(posts[i%len(posts)])
				}
			})
		}
		run("match", func(p post.Post) { s.Match(p) })
		run("cut-everything", func(p post.Post) {
			s.seg.gse.Segment([]byte(p.Title))
			s.seg.gse.Segment([]byte(p.Text))
		})
	}
}

// BenchmarkCompile compiles the shipped topics: what a reload costs.
func BenchmarkCompile(b *testing.B) {
	s := testShipped(b)
	lists := must[Lists](b)(LoadLists(dict.Files))
	var topics []Topic
	for _, t := range s.Topics() {
		topics = append(topics, *t)
	}
	b.ReportAllocs()
	for b.Loop() {
		must[*Set](b)(Compile(topics, lists, s.seg))
	}
}

// BenchmarkNewSegmenter says what loading the dictionary costs in time and heap.
func BenchmarkNewSegmenter(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var seg *Segmenter
	for b.Loop() {
		seg = must[*Segmenter](b)(NewSegmenter(nil))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-heap")
	runtime.KeepAlive(seg)
}
