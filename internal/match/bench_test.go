package match

import (
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

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
		seg = must[*Segmenter](b)(loadSegmenter(nil))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-heap")
	runtime.KeepAlive(seg)
}

// BenchmarkHostile matches the longest posts there may be, made to be dear, beside
// cutting all of each: the ratio is what a second hearing of every word costs, and does
// not grow with the post.
func BenchmarkHostile(b *testing.B) {
	s := testShipped(b)
	for name, piece := range map[string]string{
		"one word": "停水", "many words": "又停水了没人管", "drawn apart": "停*水*", "straddling": "提供水泥", "in sentences": "停水。", "one clause": "第二套房子",
	} {
		text := strings.Repeat(piece, post.MaxText/utf8.RuneCountInString(piece))
		b.Run(strings.ReplaceAll(name, " ", "-")+"/match", func(b *testing.B) {
			for b.Loop() {
				s.Match(post.Post{Text: text})
			}
		})
		b.Run(strings.ReplaceAll(name, " ", "-")+"/cut-everything", func(b *testing.B) {
			for b.Loop() {
				s.seg.gse.Segment([]byte(text))
			}
		})
	}
}
