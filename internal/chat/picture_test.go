package chat

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
)

var trend = cases.Picture{Caption: "走势", From: []byte(`{"days":1}`)}

// pictures counts those on a phone.
func (w *world) pictures(person int64) (n int) {
	for _, m := range w.api.Chat(person) {
		if m.FromBot && m.Media != nil {
			n++
		}
	}
	return n
}

// queued is how many messages wait.
func (w *world) queued() int { return must(w.pipeline.Live(friday, friday, friday)).Queued }

// A picture comes once after its text and without a sound, whatever happens on the way; and
// when it cannot come at all, nothing else waits for it.
func TestPicture(t *testing.T) {
	for name, c := range map[string]struct {
		faults []*botapi.Fault
		from   string
		want   int    // pictures on the phone
		says   string // on the last of them
	}{
		"well":             {want: 1, says: "走势"},
		"refused once":     {faults: []*botapi.Fault{{Code: 400, Description: "Bad Request: IMAGE_PROCESS_FAILED"}}},
		"flood":            {faults: []*botapi.Fault{{Code: 429, RetryAfter: 3}}, want: 1, says: "走势"},
		"answer lost":      {faults: []*botapi.Fault{{Kind: botapi.CutAfter}}, want: 2, says: again + "\n走势"},
		"never answered":   {faults: []*botapi.Fault{{Kind: botapi.CutBefore}, {Kind: botapi.CutBefore}, {Kind: botapi.CutBefore}}},
		"cannot be drawn":  {from: `"broken"`},
		"too large for it": {faults: []*botapi.Fault{{Code: 413, Description: "Request Entity Too Large"}, {Code: 413, Description: "Request Entity Too Large"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := staffed(t)
			w.flow()
			w.failFor(liu, "sendPhoto", c.faults...)
			p := trend
			if c.from != "" {
				p.From = []byte(c.from)
			}
			w.check(w.pipeline.Tell("刘建国", "digest/1/刘建国", "<b>每日简报</b> 一", p))
			w.await(liu, "每日简报 一")
			w.check(w.pipeline.Tell("刘建国", "note", "后来的一条"))
			w.await(liu, "后来的一条")
			w.until("an empty queue", func() bool { return w.queued() == 0 })
			if n := w.pictures(liu); n != c.want {
				t.Fatalf("%d pictures, want %d", n, c.want)
			}
			if n := w.count(liu, "每日简报 一"); n != 1 {
				t.Errorf("the text came %d times", n)
			}
			var last botapi.Message
			text, first := 0, 0
			for _, m := range w.api.Chat(liu) {
				if m.Media != nil {
					last = m
					if first == 0 {
						first = m.ID
					}
				}
				if m.Text == "每日简报 一" {
					text = m.ID
				}
			}
			if c.want > 0 && (last.Text != c.says || !last.Silent || first < text) {
				t.Errorf("the picture is %d after the text %d, silent %v, and says %q", first, text, last.Silent, last.Text)
			}
			w.check(w.pipeline.Tell("刘建国", "digest/1/刘建国", "<b>每日简报</b> 一", p)) // is not said again
			if w.queued() != 0 {
				t.Error("it is queued again")
			}
		})
	}
}

// A program that stopped between the text and the picture goes on with the picture.
func TestPictureAfterAStop(t *testing.T) {
	w := staffed(t)
	entered := make(chan struct{})
	var once sync.Once
	w.api.Fault(func(c botapi.Call) (f *botapi.Fault) {
		if c.Method == "sendPhoto" {
			once.Do(func() {
				close(entered)
				f = &botapi.Fault{Code: 429, RetryAfter: 600}
			})
		}
		return f
	})
	w.check(w.pipeline.Tell("刘建国", "digest/1/刘建国", "每日简报 一", trend))
	<-entered
	w.check(w.stop())
	w.start()
	w.until("the picture", func() bool { return w.pictures(liu) == 1 })
	if n := w.count(liu, "每日简报 一"); n != 1 {
		t.Errorf("the text came %d times", n)
	}
}

// Who asks for a digest gets the picture too, and the head of a unit may ask.
func TestDigestWithPicture(t *testing.T) {
	w := staffed(t)
	w.trend = trend
	w.options = func(o *Options) {
		write := o.Digest
		o.Digest = func(ctx context.Context, by string) (string, cases.Picture, error) {
			_, p, err := write(ctx, by)
			return fmt.Sprintf("给%s的简报", by), p, err
		}
	}
	w.check(w.stop())
	w.start()
	w.bind(zhou)
	for _, person := range []int64{liu, zhou} {
		must(w.api.Send(person, "简报"))
		w.await(person, fmt.Sprintf("给%s的简报", names[person]))
		w.until("the picture", func() bool { return w.pictures(person) == 1 })
	}
}
