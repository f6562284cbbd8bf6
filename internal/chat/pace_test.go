package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"huiyin/internal/botapi"
)

func TestPace(t *testing.T) {
	p := newPace(Rates{})
	if p.wait(1, friday) != 0 || p.waitAll(friday) != 0 || p.wait(1, friday) != 0 {
		t.Error("to ask costs something")
	}
	p.begin(friday)
	p.end(1, friday)
	if got := p.wait(1, friday); got < time.Second || got > 1100*time.Millisecond {
		t.Errorf("the next to the same chat waits %v", got)
	}
	if got := p.wait(2, friday); got != 0 {
		t.Errorf("the next to another chat waits %v", got)
	}
	if got := p.waitAll(friday); got == 0 || got > time.Second/20 {
		t.Errorf("any other waits %v", got)
	}
	now, sent := friday, 0
	for ; now.Before(friday.Add(10 * time.Second)); now = now.Add(time.Millisecond) {
		if p.waitAll(now) == 0 {
			p.begin(now)
			sent++
		}
	}
	if sent > 300 || sent < 270 {
		t.Errorf("%d in ten seconds", sent)
	}
}

// What must wait for its chat holds up nobody else, and Telegram never has to refuse.
func TestPaceKeepsTelegramsLimits(t *testing.T) {
	w := staffed(t)
	w.options = func(o *Options) { o.Rates = Rates{} }
	w.clock.move(time.Minute)
	w.check(w.restart())
	w.flow()
	for i := range 20 {
		w.check(w.pipeline.Tell("王敏", fmt.Sprint("a", i), fmt.Sprintf("第%d条", i)))
	}
	w.check(w.pipeline.Tell("李强", "b", "只有一条"))
	w.await(li, "只有一条")
	w.await(wang, "第19条")
	w.awaitEmptyOutbox()
	_, chats := w.api.Traffic()
	if n := chats[wang].Second; n > 1 {
		t.Errorf("%d to one chat within a second", n)
	}
	var order []string
	for _, m := range w.api.Chat(wang) {
		if strings.HasPrefix(m.Text, "第") {
			order = append(order, m.Text)
		}
	}
	for i, text := range order {
		if text != fmt.Sprintf("第%d条", i) {
			t.Fatalf("out of order: %v", order)
		}
	}
}

// A call that hangs holds up its own chat only.
func TestHangingCallHoldsUpNobodyElse(t *testing.T) {
	w := staffed(t)
	release := make(chan struct{})
	w.api.Fault(func(c botapi.Call) *botapi.Fault {
		if c.Method == "sendMessage" && c.ChatID == wang {
			<-release
		}
		return nil
	})
	w.check(w.pipeline.Tell("王敏", "1", "第一条"))
	w.check(w.pipeline.Tell("李强", "2", "第二条"))
	w.await(li, "第二条")
	if w.count(wang, "第一条") > 0 {
		t.Error("it did not hang")
	}
	close(release)
	w.await(wang, "第一条")
}
