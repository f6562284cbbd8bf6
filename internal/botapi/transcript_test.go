package botapi

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestTranscript(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.bolt")
	c := &clock{t: time.Date(2026, 11, 20, 17, 58, 0, 0, time.FixedZone("CST", 8*3600))}
	s, err := Open(path, Options{Now: c.now, BotName: "回音"})
	if err != nil {
		t.Fatal(err)
	}
	var private, inGroup string
	t.Run("talk", func(t *testing.T) {
		w := serve(t, s, c)
		talk(t, w)
		private, inGroup = w.Transcript(wang), w.Transcript(group)
	})
	golden(t, "private.golden", private)
	golden(t, "group.golden", inGroup)

	if s, err = Open(path, Options{BotName: "回音"}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if diff := cmp.Diff(private, s.Transcript(wang)); diff != "" {
		t.Errorf("reopened:\n%s", diff)
	}
	if got := s.Transcript(999); got != "" {
		t.Errorf("of nobody: %q", got)
	}
}

func talk(t *testing.T, w *world) {
	b, ctx := w.bot(), t.Context()
	gone := w.must(w.Send(wang, "在吗"))
	w.clock.move(time.Minute)
	m, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: wang, ParseMode: "HTML", Text: "<b>新舆情单</b> 2026-000123\n和平路停水 &lt;三天&gt;\n<a href=\"https://a.cn/1\">原文</a>",
		ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{tapButton("签收", "ack"), tapButton("转办", "pass")}, {{Text: "原文", URL: "https://a.cn/1"}}}}})
	w.ok(err)
	w.clock.move(time.Minute)
	for i, text := range []string{"已由您签收。", ""} {
		q, err := w.Tap(wang, m.ID, []string{"ack", "pass"}[i])
		w.ok(err)
		w.ok(second(b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: q, Text: text, ShowAlert: i == 0})))
	}
	w.ok(second(w.Tap(wang, m.ID, "pass"))) // no answer
	w.ok(second(b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: wang, MessageID: m.ID, Text: "新舆情单 2026-000123\n处理中", ReplyMarkup: keyboard(tapButton("办结", "done"))})))
	w.ok(second(b.SendMessage(ctx, &bot.SendMessageParams{ChatID: wang, Text: "已办结的单子请点办结，不然会一直催您。", DisableNotification: true, ReplyParameters: &models.ReplyParameters{MessageID: gone}})))
	w.ok(second(b.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: wang, MessageID: gone})))
	w.clock.move(15 * time.Hour)
	ids, err := w.Write(Draft{From: wang, ReplyTo: m.ID, Text: "抢修现场", Files: []File{{Photo: true, Data: picture(t, 800, 600)}, {Photo: true, Data: picture(t, 8, 6)}}})
	w.ok(err)
	w.ok(w.Edit(wang, ids[0], "抢修现场，水已通"))
	q, err := w.Tap(wang, m.ID, "done")
	w.ok(err)
	w.ok(second(b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: q, Text: "已办结"})))

	w.ok(w.AddGroup(group, "值班群", li, wang))
	w.must(first(w.Write(Draft{From: li, Chat: group, Text: "/group@huiyin_bot 供水集团"})))
	card, err := w.sendTo(b, group, "供水集团：有新单", tapButton("签收", "ack"))
	w.ok(err)
	w.ok(second(w.Tap(wang, card.ID, "ack")))
	w.must(first(w.Write(Draft{From: li, Chat: group, Files: []File{{Name: "说明.pdf", Data: []byte("%PDF")}}})))
	w.must(w.Reply(wang, card.ID, "我来"))
}
