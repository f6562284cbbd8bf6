package botapi

import (
	"errors"
	"testing"
	"time"

	"github.com/go-telegram/bot"
)

// limited is a server with flood control, people 1…n who have started the bot, and a
// group of the first.
func limited(t *testing.T, n int, on bool) (*world, *bot.Bot) {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s, err := New(Options{Now: c.now, Limits: on})
	if err != nil {
		t.Fatal(err)
	}
	w := serve(t, s, c)
	for id := range int64(n) {
		w.ok(w.AddPerson(Person{ID: id + 1, FirstName: "某"}))
		w.must(w.Start(id+1, ""))
	}
	w.ok(w.AddGroup(group, "群", 1))
	return w, w.bot()
}

// retry sends to a chat and returns what a 429 says; 0 if it went through.
func (w *world) retry(b *bot.Bot, chat int64) int {
	w.t.Helper()
	_, err := w.sendTo(b, chat, "x")
	var flood *bot.TooManyRequestsError
	if errors.As(err, &flood) {
		return flood.RetryAfter
	}
	w.ok(err)
	return 0
}

func TestChatLimit(t *testing.T) {
	w, b := limited(t, 2, true)
	for i, step := range []struct {
		move time.Duration
		want int
	}{
		{0, 0}, {0, 0}, {0, 0}, {0, 1}, // a short burst
		{999 * time.Millisecond, 1}, {time.Millisecond, 0}, {0, 1}, // then one each second
		{2 * time.Second, 0}, {0, 0}, {0, 1}, // two seconds of quiet are worth two messages
		{time.Minute, 0}, {0, 0}, {0, 0}, {0, 1}, // and a minute no more than a burst
	} {
		w.clock.move(step.move)
		if got := w.retry(b, 1); got != step.want {
			t.Fatalf("step %d: retry after %d, want %d", i, got, step.want)
		}
	}
	if got := w.retry(b, 2); got != 0 {
		t.Errorf("another chat: retry after %d", got)
	}
	all, chats := w.Traffic()
	if want := (Rate{Sent: 10, Refused: 5, Second: 4, Minute: 6}); all != want {
		t.Errorf("overall %+v, want %+v", all, want)
	}
	if want := (Rate{Sent: 9, Refused: 5, Second: 3, Minute: 6}); chats[1] != want {
		t.Errorf("chat %+v, want %+v", chats[1], want)
	}
	if n := len(w.Chat(1)); n != 1+9 {
		t.Errorf("%d messages", n)
	}
}

func TestOverallLimit(t *testing.T) {
	w, b := limited(t, 40, true)
	through := 0
	for id := range int64(40) {
		if w.retry(b, id+1) == 0 {
			through++
		}
	}
	w.clock.move(time.Second)
	if got := w.retry(b, 40); got != 0 {
		t.Errorf("a second later: %d", got)
	}
	if all, _ := w.Traffic(); through != 30 || all.Second != 30 || all.Refused != 10 || all.Minute != 31 {
		t.Errorf("%d, %+v", through, all)
	}
}

func TestGroupLimit(t *testing.T) {
	w, b := limited(t, 1, true)
	m, err := w.sendTo(b, group, "单")
	w.ok(err)
	for i := range 19 { // edits count
		w.clock.move(time.Second)
		_, err := b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: group, MessageID: m.ID, Text: string(rune('a' + i))})
		w.ok(err)
	}
	w.clock.move(time.Second)
	if got := w.retry(b, group); got != 40 {
		t.Errorf("the 21st: retry after %d, want 40", got)
	}
	a := w.raw("editMessageText", map[string][]string{"chat_id": {"-42"}, "message_id": {"1"}, "text": {"x"}})
	if a.Status != 429 || a.ErrorCode != 429 || a.OK || a.Description != "Too Many Requests: retry after 40" || a.Parameters.RetryAfter != 40 {
		t.Errorf("%+v", a)
	}
	for i := range 40 { // a person has no limit by the minute
		if got := w.retry(b, 1); got != 0 {
			t.Fatalf("to a person, %d: %d", i, got)
		}
		w.clock.move(time.Second)
	}
	if got := w.retry(b, group); got != 0 {
		t.Errorf("in time: retry after %d", got)
	}
	if _, chats := w.Traffic(); chats[group] != (Rate{Sent: 21, Refused: 2, Second: 1, Minute: 20}) {
		t.Errorf("%+v", chats[group])
	}
}

// TestNoLimit: without the option all goes through, and is measured.
func TestNoLimit(t *testing.T) {
	w, b := limited(t, 1, false)
	for range 50 {
		if got := w.retry(b, 1); got != 0 {
			t.Fatalf("retry after %d", got)
		}
	}
	_, err := b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "1"}) // not counted
	contains(t, err, "query is too old")
	all, chats := w.Traffic()
	if want := (Rate{Sent: 50, Second: 50, Minute: 50}); all != want || chats[1] != want {
		t.Errorf("%+v, %+v", all, chats)
	}
}

func TestRings(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	id := w.send(b, "响")
	w.ok(second(b.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: wang, Text: "静", DisableNotification: true})))
	w.ok(second(b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "改"})))
	w.ok(second(b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: wang, MessageID: id})))
	w.must(w.Send(wang, "人写的不响"))
	if rang, silent := w.Rings(wang); rang != 1 || silent != 1 {
		t.Errorf("%d rang, %d silent", rang, silent)
	}
	if rang, silent := w.Rings(li); rang != 0 || silent != 0 {
		t.Errorf("%d rang, %d silent", rang, silent)
	}
}
