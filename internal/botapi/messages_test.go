package botapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

func TestSendMessage(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	start := w.last().ID
	m, err := b.SendMessage(t.Context(), &bot.SendMessageParams{
		ChatID: wang, Text: "<b>新舆情单</b> 😀 <a href=\"https://example.gov.cn/1?a=1&amp;b=2\">原文</a>", ParseMode: models.ParseModeHTML,
		DisableNotification: true, LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
		ReplyParameters: &models.ReplyParameters{MessageID: start},
		ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{
			{tapButton("签收", "ack:1"), {Text: "看原文", URL: "https://example.gov.cn/1"}}, {tapButton("转办", "pass:1")}}},
	})
	w.ok(err)
	if m.Text != "新舆情单 😀 原文" || m.Chat.ID != wang || m.Chat.Type != models.ChatTypePrivate || !m.From.IsBot ||
		m.Date != int(w.clock.now().Unix()) || m.ReplyToMessage.ID != start || m.EditDate != 0 || !*m.LinkPreviewOptions.IsDisabled {
		t.Errorf("answer: %+v", m)
	}
	want := []models.MessageEntity{{Type: "bold", Offset: 0, Length: 4}, {Type: "text_link", Offset: 8, Length: 2, URL: "https://example.gov.cn/1?a=1&b=2"}}
	if !slices.EqualFunc(m.Entities, want, func(a, b models.MessageEntity) bool {
		return a.Type == b.Type && a.Offset == b.Offset && a.Length == b.Length && a.URL == b.URL
	}) {
		t.Errorf("entities: %+v", m.Entities)
	}
	if k := m.ReplyMarkup.InlineKeyboard; len(k) != 2 || len(k[0]) != 2 || k[0][0].CallbackData != "ack:1" || k[0][1].URL != "https://example.gov.cn/1" {
		t.Errorf("keyboard: %+v", k)
	}

	got := w.last()
	if got.ID != m.ID || got.Chat != wang || got.From != 0 || !got.FromBot || !got.Silent || got.ReplyTo != start || got.Edits != 0 || !got.Date.Equal(w.clock.now()) {
		t.Errorf("on the phone: %+v", got)
	}
	if h := got.HTML(); h != `<b>新舆情单</b> 😀 <a href="https://example.gov.cn/1?a=1&amp;b=2">原文</a>` {
		t.Errorf("HTML: %s", h)
	}
}

// TestRefusals: everything that Telegram refuses, in its words, by the real client.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	mine, theirs := w.send(b, "原文", tapButton("签收", "ack")), w.last().ID-1
	send := func(p bot.SendMessageParams) error {
		if p.ChatID == nil {
			p.ChatID = wang
		}
		_, err := b.SendMessage(t.Context(), &p)
		return err
	}
	markup := func(b models.InlineKeyboardButton) error {
		return send(bot.SendMessageParams{Text: "x", ReplyMarkup: keyboard(b)})
	}
	edit := func(p bot.EditMessageTextParams) error { return second(b.EditMessageText(t.Context(), &p)) }
	var nobody *models.InlineKeyboardMarkup
	for _, c := range []struct {
		name  string
		err   error
		kind  error
		words string
	}{
		{"empty", send(bot.SendMessageParams{}), bot.ErrorBadRequest, "Bad Request: message text is empty"},
		{"blank", send(bot.SendMessageParams{Text: " \n\t"}), bot.ErrorBadRequest, "Bad Request: text must be non-empty"},
		{"only tags", send(bot.SendMessageParams{Text: "<b></b>", ParseMode: "HTML"}), bot.ErrorBadRequest, "Bad Request: text must be non-empty"},
		{"too long", send(bot.SendMessageParams{Text: strings.Repeat("长", 4097)}), bot.ErrorBadRequest, "Bad Request: message is too long"},
		{"far too long", send(bot.SendMessageParams{Text: strings.Repeat("长", 11000)}), bot.ErrorBadRequest, "Bad Request: text is too long"},
		{"not UTF-8", send(bot.SendMessageParams{Text: "\xff"}), bot.ErrorBadRequest, "Bad Request: strings must be encoded in UTF-8"},
		{"bad HTML", send(bot.SendMessageParams{Text: "供水<b>", ParseMode: "HTML"}), bot.ErrorBadRequest, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"Markdown", send(bot.SendMessageParams{Text: "x", ParseMode: models.ParseModeMarkdown}), bot.ErrorBadRequest, "Bad Request: unsupported parse_mode"},
		{"nobody there", send(bot.SendMessageParams{ChatID: 999, Text: "x"}), bot.ErrorBadRequest, "Bad Request: chat not found"},
		{"a name", send(bot.SendMessageParams{ChatID: "@wangmin", Text: "x"}), bot.ErrorBadRequest, "Bad Request: chat not found"},
		{"no chat", send(bot.SendMessageParams{ChatID: "", Text: "x"}), bot.ErrorBadRequest, "Bad Request: chat_id is empty"},
		{"never started", send(bot.SendMessageParams{ChatID: li, Text: "x"}), bot.ErrorForbidden, "Forbidden: bot can't initiate conversation with a user"},
		{"reply to nothing", send(bot.SendMessageParams{Text: "x", ReplyParameters: &models.ReplyParameters{MessageID: 999}}), bot.ErrorBadRequest, "Bad Request: message to be replied not found"},
		{"reply elsewhere", send(bot.SendMessageParams{Text: "x", ReplyParameters: &models.ReplyParameters{MessageID: mine, ChatID: li}}), bot.ErrorBadRequest, "Bad Request: message to be replied not found"},
		{"business", send(bot.SendMessageParams{Text: "x", BusinessConnectionID: "1"}), bot.ErrorBadRequest, "Bad Request: business connection not found"},
		{"entity out of text", send(bot.SendMessageParams{Text: "x", Entities: []models.MessageEntity{{Type: "bold", Offset: 0, Length: 2}}}), bot.ErrorBadRequest, "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 1"},
		{"entity in a character", send(bot.SendMessageParams{Text: "😀", Entities: []models.MessageEntity{{Type: "bold", Offset: 1, Length: 1}}}), bot.ErrorBadRequest, "Bad Request: entity beginning at UTF-16 offset 1 is inside a character"},
		{"entity before text", send(bot.SendMessageParams{Text: "x", Entities: []models.MessageEntity{{Type: "bold", Offset: -1, Length: 1}}}), bot.ErrorBadRequest, "Bad Request: receive an entity with incorrect offset -1"},

		{"data too long", markup(tapButton("签收", strings.Repeat("x", 65))), bot.ErrorBadRequest, "Bad Request: BUTTON_DATA_INVALID"},
		{"data too long in bytes", markup(tapButton("签收", strings.Repeat("签", 22))), bot.ErrorBadRequest, "Bad Request: BUTTON_DATA_INVALID"},
		{"no data", markup(tapButton("签收", "")), bot.ErrorBadRequest, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"no text", markup(tapButton("", "ack")), bot.ErrorBadRequest, `Bad Request: can't parse inline keyboard button: Can't find field "text"`},
		{"bad URL", markup(models.InlineKeyboardButton{Text: "看", URL: "http://localhost/"}), bot.ErrorBadRequest, "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL"},
		{"bad style", markup(models.InlineKeyboardButton{Text: "看", CallbackData: "x", Style: "pink"}), bot.ErrorBadRequest, "invalid button style specified"},
		{"button for payment", markup(models.InlineKeyboardButton{Text: "看", Pay: true}), bot.ErrorBadRequest, "Bad Request: BUTTON_TYPE_INVALID"},
		{"button to copy", markup(models.InlineKeyboardButton{Text: "看", CopyText: models.CopyTextButton{Text: "x"}}), bot.ErrorBadRequest, "Bad Request: BUTTON_TYPE_INVALID"},
		{"too many buttons", send(bot.SendMessageParams{Text: "x", ReplyMarkup: keyboard(slices.Repeat([]models.InlineKeyboardButton{tapButton("x", "y")}, 101)...)}), bot.ErrorBadRequest, "Bad Request: reply markup is too long"},
		{"null markup", send(bot.SendMessageParams{Text: "x", ReplyMarkup: nobody}), bot.ErrorBadRequest, "Bad Request: object expected as reply markup"},
		{"reply keyboard", send(bot.SendMessageParams{Text: "x", ReplyMarkup: &models.ReplyKeyboardMarkup{Keyboard: [][]models.KeyboardButton{{{Text: "x"}}}}}), bot.ErrorBadRequest, "Bad Request: this server has no reply keyboards"},

		{"same again", edit(bot.EditMessageTextParams{ChatID: wang, MessageID: mine, Text: "原文", ReplyMarkup: keyboard(tapButton("签收", "ack"))}), bot.ErrorBadRequest,
			"Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"edit nothing", edit(bot.EditMessageTextParams{ChatID: wang, MessageID: 999, Text: "x"}), bot.ErrorBadRequest, "Bad Request: message to edit not found"},
		{"edit in another chat", edit(bot.EditMessageTextParams{ChatID: li, MessageID: mine, Text: "x"}), bot.ErrorForbidden, "bot can't initiate conversation"},
		{"edit theirs", edit(bot.EditMessageTextParams{ChatID: wang, MessageID: theirs, Text: "x"}), bot.ErrorBadRequest, "Bad Request: message can't be edited"},
		{"edit to empty", edit(bot.EditMessageTextParams{ChatID: wang, MessageID: mine}), bot.ErrorBadRequest, "Bad Request: message text is empty"},
		{"edit what", edit(bot.EditMessageTextParams{Text: "x"}), bot.ErrorBadRequest, "Bad Request: message identifier is not specified"},
		{"edit inline", edit(bot.EditMessageTextParams{Text: "x", InlineMessageID: "1"}), bot.ErrorBadRequest, "Bad Request: MESSAGE_ID_INVALID"},
		{"edit with force_reply", edit(bot.EditMessageTextParams{ChatID: wang, MessageID: mine, Text: "x", ReplyMarkup: &models.ForceReply{ForceReply: true}}), bot.ErrorBadRequest, "Bad Request: inline keyboard expected"},
		{"same keyboard", second(b.EditMessageReplyMarkup(t.Context(), &bot.EditMessageReplyMarkupParams{ChatID: wang, MessageID: mine, ReplyMarkup: keyboard(tapButton("签收", "ack"))})), bot.ErrorBadRequest, "Bad Request: message is not modified"},
		{"delete nothing", second(b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: wang, MessageID: 999})), bot.ErrorBadRequest, "Bad Request: message to delete not found"},
		{"strange action", second(b.SendChatAction(t.Context(), &bot.SendChatActionParams{ChatID: wang, Action: "thinking"})), bot.ErrorBadRequest, "Bad Request: wrong parameter action in request"},
		{"toast too long", second(b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "1", Text: strings.Repeat("长", 201)})), bot.ErrorBadRequest, "Bad Request: MESSAGE_TOO_LONG"},
		{"no such query", second(b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "1"})), bot.ErrorBadRequest, "Bad Request: query is too old and response timeout expired or query ID is invalid"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(fmt.Sprint(c.err), c.words) {
			t.Errorf("%s: got %v, want %v: %s", c.name, c.err, c.kind, c.words)
		}
	}
	if n := len(w.Chat(wang)); n != 2 {
		t.Errorf("%d messages, want /start and one of the bot's", n)
	}
}

// TestRefusalsRaw: what the real client cannot send.
func TestRefusalsRaw(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ method, field, value, words string }{
		{"sendMessage", "reply_markup", "{", "can't parse reply keyboard markup JSON object"},
		{"sendMessage", "reply_markup", "[]", "object expected as reply markup"},
		{"sendMessage", "reply_markup", `{"inline_keyboard":[{}]}`, `field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{"sendMessage", "reply_markup", `{"inline_keyboard":[["x"]]}`, "can't parse inline keyboard button: InlineKeyboardButton must be an Object"},
		{"sendMessage", "reply_markup", `{"inline_keyboard":[[{"text":1}]]}`, "can't parse inline keyboard button: "},
		{"sendMessage", "reply_markup", `{"inline_keyboard":[[{"text":"x","callback_data":""}]]}`, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"sendMessage", "reply_parameters", "5", "object expected as reply parameters"},
		{"sendMessage", "reply_parameters", "{", "can't parse reply parameters JSON object"},
		{"sendMessage", "reply_parameters", `{"message_id":"x"}`, "can't parse reply parameters"},
		{"sendMessage", "link_preview_options", "x", "can't parse link preview options JSON object"},
		{"sendMessage", "entities", "{}", "can't parse MessageEntity"},
		{"deleteMessage", "message_id", "", "message identifier is not specified"},
		{"deleteMessage", "chat_id", "", "chat identifier is not specified"},
	} {
		form := url.Values{"chat_id": {"101"}, "text": {"x"}}
		form.Set(c.field, c.value)
		if c.field == "chat_id" {
			form.Set("message_id", "1")
		}
		if a := w.raw(c.method, form); a.Status != 400 || !strings.HasPrefix(a.Description, "Bad Request: "+c.words) {
			t.Errorf("%s %s=%s: %+v", c.method, c.field, c.value, a)
		}
	}
}

// TestLengthCountsCharacters: Telegram counts code points, after the markup is gone.
func TestLengthCountsCharacters(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	for _, text := range []string{
		strings.Repeat("长", 4096), strings.Repeat("😀", 4096), "<b>" + strings.Repeat("长", 4096) + "</b>", "  " + strings.Repeat("长", 4096) + "\n\n",
		strings.Repeat("&lt;", 4096),
	} {
		w.send(b, text)
	}
	_, err := b.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: wang, Text: strings.Repeat("😀", 4097)})
	contains(t, err, "Bad Request: message is too long")
}

func TestReplyAnyway(t *testing.T) {
	w := newWorld(t)
	m, err := w.bot().SendMessage(t.Context(), &bot.SendMessageParams{ChatID: wang, Text: "x",
		ReplyParameters: &models.ReplyParameters{MessageID: 999, AllowSendingWithoutReply: true}})
	w.ok(err)
	if m.ReplyToMessage != nil || w.last().ReplyTo != 0 {
		t.Errorf("%+v", m)
	}
}

func TestEdit(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	id := w.send(b, "待签收", tapButton("签收", "ack"))
	before := w.last()
	w.clock.move(time.Minute)

	m, err := b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "<i>已签收</i>", ParseMode: "HTML", ReplyMarkup: keyboard(tapButton("办结", "done"))})
	w.ok(err)
	if m.ID != id || m.Text != "已签收" || m.EditDate != int(w.clock.now().Unix()) || m.Date == m.EditDate {
		t.Errorf("%+v", m)
	}
	_, err = b.EditMessageReplyMarkup(t.Context(), &bot.EditMessageReplyMarkupParams{ChatID: wang, MessageID: id, ReplyMarkup: keyboard(tapButton("转办", "pass"))})
	w.ok(err)
	got := w.last()
	if got.ID != id || got.Edits != 2 || !got.EditedAt.Equal(w.clock.now()) || got.Text != "已签收" || got.Buttons[0][0].Data != "pass" ||
		got.Seq <= before.Seq || !got.Date.Equal(before.Date) {
		t.Errorf("%+v", got)
	}
	// The same text with other entities is a change, and a keyboard not sent again is gone.
	_, err = b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "已签收"})
	w.ok(err)
	if got := w.last(); got.Buttons != nil || got.Entities != nil || got.Edits != 3 {
		t.Errorf("%+v", got)
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	id, old := w.send(b, "一"), w.send(b, "二")
	_, err := b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: wang, MessageID: id})
	w.ok(err)
	if n := len(w.Chat(wang)); n != 2 {
		t.Errorf("%d messages", n)
	}
	w.clock.move(48 * time.Hour)
	_, err = b.DeleteMessage(t.Context(), &bot.DeleteMessageParams{ChatID: wang, MessageID: old})
	contains(t, err, "Bad Request: message can't be deleted for everyone")
	_, err = b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "x"})
	contains(t, err, "message to edit not found")
	if next := w.send(b, "三"); next <= old {
		t.Errorf("id %d after %d", next, old)
	}
}

func TestBlock(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	id := w.send(b, "一", tapButton("签收", "ack"))
	w.ok(w.Block(wang))
	w.ok(w.Block(wang)) // a second time is no news
	send := func() error {
		return second(b.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: wang, Text: "二"}))
	}
	for _, err := range []error{send(),
		second(b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "x"})),
		second(b.SendChatAction(t.Context(), &bot.SendChatActionParams{ChatID: wang, Action: models.ChatActionTyping}))} {
		if !errors.Is(err, bot.ErrorForbidden) {
			t.Errorf("got %v", err)
		}
		contains(t, err, "Forbidden: bot was blocked by the user")
	}
	if second(w.Send(wang, "x")) == nil || second(w.Tap(wang, id, "ack")) == nil {
		t.Error("who has blocked the bot cannot talk to it")
	}
	w.must(w.Start(wang, "ABC")) // unblocks
	w.ok(send())
	list, _, err := w.pending(100)
	w.ok(err)
	var kinds []string
	for _, u := range list {
		kinds = append(kinds, strings.Split(string(u), `"`)[3])
	}
	if want := []string{"message", "my_chat_member", "my_chat_member", "message"}; !slices.Equal(kinds, want) {
		t.Errorf("updates %v, want %v", kinds, want)
	}
}

func TestTapAndToast(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	id := w.send(b, "单", tapButton("签收", "ack"), models.InlineKeyboardButton{Text: "原文", URL: "https://example.gov.cn"})
	query, err := w.Tap(wang, id, "ack")
	w.ok(err)
	again, err := w.TapIndex(wang, id, 0)
	w.ok(err)
	answer := func(id, text string) error {
		return second(b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: id, Text: text, ShowAlert: true}))
	}
	w.ok(answer(query, "已签收"))
	contains(t, answer(query, "已签收"), "query is too old")
	w.clock.move(queryLife + time.Second)
	contains(t, answer(again, "晚了"), "query is too old")
	toasts := w.Toasts(wang)
	if len(toasts) != 1 || toasts[0].Text != "已签收" || !toasts[0].Alert || toasts[0].Query != query || toasts[0].MessageID != id {
		t.Errorf("%+v", toasts)
	}
	if len(w.Toasts(li)) != 0 {
		t.Error("toasts of somebody else")
	}
	for name, err := range map[string]error{
		"other data":  second(w.Tap(wang, id, "done")),
		"no data":     second(w.Tap(wang, id, "")),
		"URL button":  second(w.TapIndex(wang, id, 1)),
		"third":       second(w.TapIndex(wang, id, 2)),
		"no message":  second(w.Tap(wang, 999, "ack")),
		"other chat":  second(w.Tap(li, id, "ack")),
		"their own":   second(w.Tap(wang, id-1, "ack")),
		"nobody":      second(w.Tap(999, id, "ack")),
		"minus first": second(w.TapIndex(wang, id, -1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestToastsAreBounded(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	id := w.send(b, "单", tapButton("签收", "ack"))
	for i := range maxToasts + 2 {
		q, err := w.Tap(wang, id, "ack")
		w.ok(err)
		_, err = b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: q, Text: fmt.Sprint(i)})
		w.ok(err)
	}
	if toasts := w.Toasts(wang); len(toasts) != maxToasts || toasts[0].Text != "2" {
		t.Errorf("%d toasts, first %+v", len(toasts), toasts[0])
	}
}
