package pipeline

import (
	"fmt"
	"testing"
	"time"

	"huiyin/internal/post"
)

// BenchmarkReposts shows that a matter told thousands of times costs no more for each
// further post: a batch of a thousand reposts at the start, and one after eight of them.
func BenchmarkReposts(b *testing.B) {
	for b.Loop() {
		d := newDesk(b)
		var took []time.Duration
		for n := range 9 {
			posts := make([]post.Post, 0, 1000)
			for i := range 1000 {
				posts = append(posts, d.post("论坛", fmt.Sprint(n, "/", i), telling(1, "停水")))
			}
			begun := time.Now()
			d.ingest(posts...)
			took = append(took, time.Since(begun))
		}
		b.ReportMetric(took[0].Seconds()*1000, "first-ms")
		b.ReportMetric(took[8].Seconds()*1000, "ninth-ms")
		b.ReportMetric(took[8].Seconds()/took[0].Seconds(), "ninth/first")
	}
}
