package botapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// definition is the Bot API as data: which methods and types there are, with their
// fields. A type has fields or is one of its subtypes.
type definition struct {
	Version string
	Methods map[string]struct {
		Fields  []field
		Returns []string
	}
	Types map[string]struct {
		Fields   []field
		Subtypes []string
	}
}

type field struct {
	Name     string
	Types    []string // "Integer", "Array of MessageEntity", …; any of them
	Required bool
}

// readDefinitions reads the whole definition from the data folder, and always the
// small one of this package (written by hand, of what huiyin uses).
func readDefinitions(t *testing.T) []definition {
	t.Helper()
	var own definition
	data, err := os.ReadFile("testdata/api.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &own); err != nil {
		t.Fatal(err)
	}
	list := []definition{own}
	folder := os.Getenv("DATA")
	if folder == "" {
		folder = "../shared/data"
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join("..", "..", folder) // relative to the repository's root
	}
	data, err = os.ReadFile(filepath.Join(folder, "telegram-api.json"))
	if err != nil {
		t.Logf("no whole Bot API definition to check against (%v); checked against the package's own subset only", err)
		return list
	}
	var whole definition
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	t.Logf("checking against the whole %s too", whole.Version)
	return append(list, whole)
}

// fields checks an object's fields against a list of allowed ones.
func (d definition) fields(at string, have map[string]any, fields []field, check func(at string, v any, types []string) []string) (bad []string) {
	for _, f := range fields {
		v, ok := have[f.Name]
		switch {
		case ok:
			bad = append(bad, check(at+"."+f.Name, v, f.Types)...)
		case f.Required:
			bad = append(bad, at+"."+f.Name+" is missing")
		}
	}
	for name := range have {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.Name == name }) {
			bad = append(bad, at+"."+name+" is unknown")
		}
	}
	return bad
}

// value checks a decoded JSON value against a choice of types; what it returns is
// what is wrong with it.
func (d definition) value(at string, v any, types []string) []string {
	var bad []string
	for _, kind := range types {
		problems := d.one(at, v, kind)
		if len(problems) == 0 {
			return nil
		}
		bad = append(bad, problems...)
	}
	return bad
}

func (d definition) one(at string, v any, kind string) []string {
	wrong := []string{fmt.Sprintf("%s: %v (%T) is no %s", at, v, v, kind)}
	if inner, ok := strings.CutPrefix(kind, "Array of "); ok {
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		var bad []string
		for i, v := range list {
			bad = append(bad, d.one(fmt.Sprintf("%s[%d]", at, i), v, inner)...)
		}
		return bad
	}
	ok := false
	switch kind {
	case "String":
		_, ok = v.(string)
	case "Boolean":
		_, ok = v.(bool)
	case "Float":
		_, ok = v.(float64)
	case "Integer":
		n, isNumber := v.(float64)
		ok = isNumber && n == math.Trunc(n)
	default:
		of, known := d.Types[kind]
		if !known {
			return []string{at + ": the definition has no type " + kind}
		}
		if len(of.Subtypes) > 0 {
			return d.value(at, v, of.Subtypes)
		}
		if object, isObject := v.(map[string]any); isObject {
			return d.fields(at+" "+kind, object, of.Fields, d.value)
		}
	}
	if !ok {
		return wrong
	}
	return nil
}

// param checks one parameter of a form, which is text: scalars as they are, anything
// else as JSON.
func (d definition) param(at string, v any, types []string) []string {
	text := v.(string)
	if slices.Contains(types, "String") {
		return nil
	}
	var decoded any
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		return []string{fmt.Sprintf("%s: %q is no JSON", at, text)}
	}
	return d.value(at, decoded, types)
}

// recorder is what carries the client's requests: it keeps each with its answer.
type recorder struct {
	mu        sync.Mutex
	exchanges []exchange
}

type exchange struct {
	method string
	form   map[string]any // name → string
	status int
	answer map[string]any
}

func (rec *recorder) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	x := exchange{method: req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:], form: map[string]any{}}
	_, attrs, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		form, err := multipart.NewReader(bytes.NewReader(body), attrs["boundary"]).ReadForm(1 << 20)
		if err != nil {
			return nil, err
		}
		for name, values := range form.Value {
			x.form[name] = values[0]
		}
		for name, files := range form.File {
			x.form[name] = files[0].Filename
		}
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer, &x.answer); err != nil {
		return nil, fmt.Errorf("answer %q: %w", answer, err)
	}
	x.status = resp.StatusCode
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.exchanges = append(rec.exchanges, x)
	return resp, nil
}

// check returns what is wrong with an exchange.
func (d definition) check(x exchange) []string {
	m, ok := d.Methods[x.method]
	if !ok {
		return []string{"the definition has no method " + x.method}
	}
	bad := d.fields(x.method, x.form, m.Fields, d.param)
	envelope := []field{{"ok", []string{"Boolean"}, true}, {"result", m.Returns, x.status == 200}}
	if x.status != 200 {
		envelope = []field{{"ok", []string{"Boolean"}, true}, {"error_code", []string{"Integer"}, true},
			{"description", []string{"String"}, true}, {"parameters", []string{"ResponseParameters"}, false}}
	}
	bad = append(bad, d.fields(x.method+" answer", x.answer, envelope, d.value)...)
	if x.answer["ok"] != (x.status == 200) {
		bad = append(bad, x.method+": ok does not fit the status")
	}
	if x.status != 200 && x.answer["error_code"] != float64(x.status) {
		bad = append(bad, x.method+": error_code does not fit the status")
	}
	return bad
}

// TestDefinition makes the real client use everything there is, and checks each
// request and each answer against the Bot API's definition.
func TestDefinition(t *testing.T) {
	definitions := readDefinitions(t)
	w := newWorld(t)
	rec := &recorder{}
	useEverything(w, rec)

	seen := map[string]bool{}
	for _, x := range rec.exchanges {
		seen[strings.ToLower(x.method)] = true
		for _, d := range definitions {
			for _, problem := range d.check(x) {
				t.Errorf("%s: %s", d.Version, problem)
			}
		}
	}
	for method := range w.methods {
		if !seen[method] {
			t.Errorf("%s was not called", method)
		}
	}
}

func useEverything(w *world, rec *recorder) {
	t, ctx := w.t, w.t.Context()
	in := newInbox()
	b, stop := in.run(w, poll, bot.WithHTTPClient(30*time.Second, rec), bot.WithAllowedUpdates(bot.AllowedUpdates{"message", "edited_message", "callback_query", "my_chat_member"}))
	in.take(t, 1)
	id := w.send(b, "<b>单</b> <a href=\"https://a.cn/\">原文</a> https://b.cn/ <pre><code class=\"language-sql\">x</code></pre>", tapButton("签收", "ack"), models.InlineKeyboardButton{Text: "看", URL: "https://a.cn/", Style: "primary"})
	_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: wang, Text: "x", DisableNotification: true, ProtectContent: true,
		ReplyParameters:    &models.ReplyParameters{MessageID: id, AllowSendingWithoutReply: true},
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()},
		Entities:           []models.MessageEntity{{Type: models.MessageEntityTypeItalic, Offset: 0, Length: 1}}})
	w.ok(err)
	query, err := w.Tap(wang, id, "ack")
	w.ok(err)
	w.must(w.Reply(wang, id, "/done 办好了"))
	w.must(w.Start(li, "CODE"))
	w.ok(w.Block(li))
	in.take(t, 4)
	mine := w.everythingInGroups(in)
	stop()
	files := w.filesOf(mine)
	for _, f := range files {
		w.ok(second(b.GetFile(ctx, &bot.GetFileParams{FileID: f.FileID()})))
	}
	w.ok(second(b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: wang, Photo: &models.InputFileUpload{Filename: "图.png", Data: bytes.NewReader(picture(t, 200, 100))},
		Caption: "<b>本周</b>", ParseMode: "HTML", DisableNotification: true, ReplyMarkup: keyboard(tapButton("看", "see"))})))
	w.ok(second(b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: group, Document: &models.InputFileUpload{Filename: "简报.pdf", Data: strings.NewReader("%PDF")}})))

	w.ok(second(b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: query, Text: "好", ShowAlert: true, CacheTime: 1})))
	w.ok(second(b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "<i>已签收</i>", ParseMode: "HTML", ReplyMarkup: keyboard(tapButton("办结", "done"))})))
	w.ok(second(b.EditMessageReplyMarkup(ctx, &bot.EditMessageReplyMarkupParams{ChatID: wang, MessageID: id})))
	w.ok(second(b.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: wang, MessageID: id})))
	w.ok(second(b.SendChatAction(ctx, &bot.SendChatActionParams{ChatID: wang, Action: models.ChatActionTyping})))
	w.ok(second(b.SetMyCommands(ctx, &bot.SetMyCommandsParams{Commands: []models.BotCommand{{Command: "today", Description: "今日简报"}}, Scope: &models.BotCommandScopeDefault{}, LanguageCode: "zh"})))
	w.ok(second(b.GetMyCommands(ctx, &bot.GetMyCommandsParams{LanguageCode: "zh"})))
	w.ok(second(b.DeleteMyCommands(ctx, &bot.DeleteMyCommandsParams{Scope: &models.BotCommandScopeChat{ChatID: group}})))
	w.ok(second(b.SetWebhook(ctx, &bot.SetWebhookParams{URL: w.hook(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(500) }),
		SecretToken: "x", MaxConnections: 1, AllowedUpdates: []string{"message"}, DropPendingUpdates: true})))
	w.must(w.Send(wang, "到网页"))
	w.wait("the webhook was not tried", func() bool {
		h := webhook{}
		return w.view(func(t *tx) (err error) { h, err = t.webhook(); return err }) == nil && h.Error != ""
	})
	w.ok(second(b.GetWebhookInfo(ctx)))
	w.ok(second(b.DeleteWebhook(ctx, &bot.DeleteWebhookParams{DropPendingUpdates: true})))
	w.ok(second(b.GetWebhookInfo(ctx)))

	// And errors of each kind.
	w.FailNext("sendMessage", TooMany(5), &Fault{Code: 500}, nil, nil)
	for _, to := range []any{wang, wang, li, 999} {
		if _, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: to, Text: "x"}); err == nil {
			t.Errorf("to %v: no error", to)
		}
	}
	w.ok(second(w.UpgradeGroup(group)))
	if _, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: group, Text: "x"}); err == nil {
		t.Error("to the old group: no error")
	}
}

// everythingInGroups does all that people can do besides, so that the client gets it,
// and returns the message with files.
func (w *world) everythingInGroups(in *inbox) Message {
	w.ok(w.AddGroup(group, "供水集团值班群", wang, li))
	w.ok(w.KickBot(group, wang))
	w.ok(w.InviteBot(group, li))
	id := w.must(first(w.Write(Draft{From: li, Chat: group, Text: "/group@huiyin_bot 供水集团"})))
	w.must(first(w.Write(Draft{From: li, Chat: group, ReplyTo: id, Text: "@huiyin_bot 在吗", Files: []File{{Name: "a.pdf", Data: []byte("x")}}})))
	ids, err := w.Write(Draft{From: wang, Text: "现场", Files: []File{{Photo: true, Data: picture(w.t, 200, 100)}, {Photo: true, Data: picture(w.t, 20, 10)}}})
	w.ok(err)
	w.ok(w.Edit(wang, ids[0], "现场两张"))
	in.take(w.t, 11)
	chat := w.Chat(wang)
	return chat[len(chat)-2]
}

// TestDefinitionCheckerFinds: a checker that finds nothing would pass everything.
func TestDefinitionCheckerFinds(t *testing.T) {
	for _, d := range readDefinitions(t) {
		good := func() exchange {
			return exchange{method: "sendMessage", status: 200, form: map[string]any{"chat_id": "1", "text": "x", "entities": `[{"type":"bold","offset":0,"length":1}]`},
				answer: map[string]any{"ok": true, "result": map[string]any{"message_id": 1.0, "date": 1.0, "chat": map[string]any{"id": 1.0, "type": "private"}, "text": "x"}}}
		}
		if bad := d.check(good()); bad != nil {
			t.Errorf("%s: %q", d.Version, bad)
		}
		for name, spoil := range map[string]func(*exchange){
			"unknown method":        func(x *exchange) { x.method = "sendGoodWishes" },
			"missing parameter":     func(x *exchange) { delete(x.form, "text") },
			"unknown parameter":     func(x *exchange) { x.form["txt"] = "x" },
			"parameter not JSON":    func(x *exchange) { x.form["entities"] = "bold" },
			"wrong type, deep down": func(x *exchange) { x.form["entities"] = `[{"type":"bold","offset":"0","length":1}]` },
			"flag is no flag":       func(x *exchange) { x.form["disable_notification"] = "1" },
			"missing field":         func(x *exchange) { delete(x.answer["result"].(map[string]any), "date") },
			"unknown field":         func(x *exchange) { x.answer["result"].(map[string]any)["sequence"] = 1.0 },
			"not a whole number":    func(x *exchange) { x.answer["result"].(map[string]any)["date"] = 1.5 },
			"result is a list":      func(x *exchange) { x.answer["result"] = []any{} },
			"no result":             func(x *exchange) { delete(x.answer, "result") },
			"ok is wrong":           func(x *exchange) { x.answer["ok"] = false },
			"error without words": func(x *exchange) {
				x.status, x.answer = 400, map[string]any{"ok": false, "error_code": 400.0}
			},
			"error of another kind": func(x *exchange) {
				x.status, x.answer = 400, map[string]any{"ok": false, "error_code": 403.0, "description": strconv.Itoa(403)}
			},
		} {
			x := good()
			spoil(&x)
			if d.check(x) == nil {
				t.Errorf("%s: %s was not found", d.Version, name)
			}
		}
	}
}
