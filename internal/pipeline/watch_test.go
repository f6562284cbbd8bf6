package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/post"
)

// An admin hears once that a source fails, once that it works again, and once a day at
// most that posts may have been missed; across a restart too.
func TestWatch(t *testing.T) {
	d := newDesk(t)
	begun, told := d.now, 0
	poll := func(after time.Duration, change func(*post.Batch)) []string {
		t.Helper()
		d.now = begun.Add(after)
		b := post.Batch{Source: "清河<论坛>", At: d.now, State: post.State{LastTry: d.now}}
		change(&b)
		d.ok(d.p.Ingest(t.Context(), b))
		var said []string
		for _, o := range d.queue()[told:] {
			said = append(said, o.To+"："+o.Text)
		}
		told += len(said)
		return said
	}
	fails := func(n int) func(*post.Batch) {
		return func(b *post.Batch) {
			b.State.Failures, b.State.Since, b.State.Reason = n, begun, "对方返回 502（对方网站故障）"
		}
	}
	works := func(b *post.Batch) {
		b.Posts = []post.Post{d.post(b.Source, "1", "路灯亮了。")}
	}
	gap := func(b *post.Batch) { b.Gap, b.State.Gaps, b.State.GapAt = "missed", 1, d.now }

	if said := poll(0, fails(1)); len(said) != 0 {
		t.Error(said)
	}
	if said := poll(9*time.Minute, fails(4)); len(said) != 0 {
		t.Error(said)
	}
	if said := poll(10*time.Minute, fails(5)); len(said) != 1 || !strings.HasPrefix(said[0], "周局：⚠️ 来源“清河&lt;论坛&gt;”从 11-23 09:00 起读不到：对方返回 502") {
		t.Error(said)
	}
	d.restart()
	if said := poll(2*time.Hour, fails(6)); len(said) != 0 {
		t.Error(said)
	}
	if said := poll(3*time.Hour, works); !slices.Equal(said, []string{
		"周局：✅ 来源“清河&lt;论坛&gt;”又读得到了。从 11-23 09:00 到 11-23 12:00 没有读到，这段时间里的新帖，凡是还看得到的都已补上（这一次 1 帖）。"}) {
		t.Error(said)
	}
	if said := poll(4*time.Hour, func(*post.Batch) {}); len(said) != 0 {
		t.Error(said)
	}
	if said := poll(5*time.Hour, fails(2)); len(said) != 0 { // a blip
		t.Error(said)
	}
	if said := poll(6*time.Hour, gap); len(said) != 1 || !strings.Contains(said[0], "可能没有读到就翻过去了") {
		t.Error(said)
	}
	if said := poll(7*time.Hour, gap); len(said) != 0 {
		t.Error(said)
	}
	if said := poll(32*time.Hour, gap); len(said) != 1 {
		t.Error(said)
	}
	if said := poll(60*time.Hour, fails(9)); len(said) != 1 {
		t.Error(said)
	}
	if said := poll(70*time.Hour, gap); len(said) != 2 || !strings.Contains(said[0]+said[1], "可能没有读到") { // it works, and what left meanwhile is lost
		t.Error(said)
	}
}

// Where the network is down, all sources fail and work again together: an admin hears of a
// few, and that there are more.
func TestWatchManySources(t *testing.T) {
	d := newDesk(t)
	begun := d.now
	both := []post.State{{Failures: 3, Since: begun, Reason: "超时"}, {}}
	for i, state := range both {
		d.now = begun.Add(time.Duration(11+i) * time.Minute)
		for n := range 200 {
			d.ok(d.p.Ingest(t.Context(), post.Batch{Source: fmt.Sprint("来源", n), At: d.now, State: state}))
		}
	}
	queue := d.queue()
	if len(queue) != maxNotices || queue[maxNotices-1].Text != tooMany || !strings.Contains(queue[0].Text, "来源0") {
		t.Errorf("%d messages: %+v", len(queue), queue)
	}
	d.now = begun.Add(2 * time.Hour) // an unsteady one is told of once a day
	for range 3 {
		for _, state := range both {
			d.ok(d.p.Ingest(t.Context(), post.Batch{Source: "不稳", At: d.now, State: state}))
		}
	}
	if more := d.queue()[maxNotices:]; len(more) != 2 {
		t.Errorf("%+v", more)
	}
}
