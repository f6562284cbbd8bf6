package chat

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/pipeline"
)

const away = "您好，这个账号仅供内部使用。"

func TestBind(t *testing.T) {
	w := newWorld(t)
	w.start()
	tests := []struct {
		name string
		code func() string
		want string // the beginning of the answer
	}{
		{"as invited", func() string { return must(w.pipeline.Invite("王敏")) }, "王敏，您好。"},
		{"lower case", func() string { return strings.ToLower(must(w.pipeline.Invite("李强"))) }, "李强，您好。"},
		{"spaces around", func() string { return "  " + must(w.pipeline.Invite("赵倩")) + " " }, "赵倩，您好。"},
		{"a leader", func() string { return must(w.pipeline.Invite("刘建国")) }, "刘建国，您好。每天的简报会发到这里。"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := int64(wang + i)
			must(w.api.Start(id, tt.code()))
			w.await(id, tt.want)
			if who := must(w.pipeline.Who(id)); who != names[id] {
				t.Errorf("bound to %q", who)
			}
		})
	}
	t.Run("again to another phone", func(t *testing.T) {
		must(w.api.Start(stranger, must(w.pipeline.Invite("王敏"))))
		w.await(stranger, "王敏，您好。")
		if who := must(w.pipeline.Who(wang)); who != "" {
			t.Errorf("the old phone is still %q", who)
		}
		must(w.api.Send(wang, "/help"))
		w.await(wang, away)
	})
}

// A code that is not good tells a stranger nothing, and a colleague what to do.
func TestBadCodes(t *testing.T) {
	w := newWorld(t)
	w.start()
	codes := map[string]func() string{
		"wrong": func() string { return "ABCDEFGHIJKLMNOP" },
		"used": func() string {
			code := must(w.pipeline.Invite("王敏"))
			must(w.api.Start(wang, code))
			w.await(wang, "王敏，您好。")
			return code
		},
		"expired": func() string {
			code := must(w.pipeline.Invite("李强"))
			w.clock.move(pipeline.InviteFor)
			return code
		},
		"replaced": func() string {
			code := must(w.pipeline.Invite("李强"))
			must(w.pipeline.Invite("李强"))
			return code
		},
		"hostile": func() string { return strings.Repeat("'; DROP TABLE <b>&\u202e", 100) },
	}
	for name, code := range codes {
		t.Run(name, func(t *testing.T) {
			w.clock.move(time.Hour) // no stranger is answered twice in a minute
			bad := code()
			before := len(w.api.Chat(stranger))
			must(w.api.Start(stranger, bad))
			w.until("an answer", func() bool { return len(w.api.Chat(stranger)) == before+2 })
			if got := w.api.Chat(stranger)[before+1]; got.Text != away || got.Buttons != nil {
				t.Errorf("a stranger reads %q %v", got.Text, got.Buttons)
			}
			w.bind(zhao)
			n := w.count(zhao, "这个邀请码不对")
			must(w.api.Start(zhao, bad))
			w.until("an answer", func() bool { return w.count(zhao, "这个邀请码不对") == n+1 })
		})
	}
}

func TestStrangerIsTurnedAwayOnceAMinute(t *testing.T) {
	w := staffed(t)
	for _, text := range []string{"你好", "/start", "/digest", "简报", "/help", "https://example.cn", "2026-000001"} {
		must(w.api.Send(stranger, text))
	}
	w.idle(wang)
	if n := w.count(stranger, ""); n != 1 || w.count(stranger, away) != 1 {
		t.Errorf("%d messages, %d of them as they should be", n, w.count(stranger, away))
	}
	w.clock.move(strangerEvery)
	must(w.api.Send(stranger, "你好"))
	w.until("a second answer", func() bool { return w.count(stranger, away) == 2 })
}

// Who has left the configuration still has the cards on the phone, and can do nothing
// with them.
func TestRemovedPersonIsAStranger(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.bind(wang, li, liu)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.check(w.stop())

	w.office.Units[0].A = "周末"
	w.office.Leaders = []string{"王局长"}
	w.start()
	w.await(li, number) // the case goes to a colleague who is still there
	ask := w.await(liu, "刘建国，您好。")
	before := w.caseOf(number)
	w.tap(wang, card.ID, "签收")
	must(w.api.Reply(wang, card.ID, "已答复 https://example.cn/a"))
	w.tap(liu, ask.ID, "看简报")
	must(w.api.Send(liu, "简报"))
	w.await(liu, away)
	w.idle(li)
	if after := w.caseOf(number); after.Rev != before.Rev {
		t.Errorf("the case went on from %+v to %+v", before, after)
	}
	for _, id := range []int64{wang, liu} {
		if toasts := w.api.Toasts(id); len(toasts) > 0 {
			t.Errorf("%s was shown %v", names[id], toasts)
		}
		if w.count(id, away) != 1 || w.count(id, "每日简报") > 0 {
			t.Errorf("%s reads %v", names[id], w.api.Chat(id))
		}
	}
}

func TestLimiter(t *testing.T) {
	var l limiter
	for i := range int64(3 * strangersHeld) {
		if ok := l.allow(i, friday); ok != (i < strangersHeld) {
			t.Fatalf("stranger %d: %v", i, ok)
		}
	}
	if len(l.last) != strangersHeld {
		t.Errorf("%d strangers are held", len(l.last))
	}
	later := friday.Add(strangerEvery)
	if !l.allow(7, later) || l.allow(7, later.Add(strangerEvery-1)) || len(l.last) != 1 {
		t.Errorf("a minute later: %d are held", len(l.last))
	}
}
