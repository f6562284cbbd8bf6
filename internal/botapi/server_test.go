package botapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const wang, li = 101, 102 // two people

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a server behind real HTTP, with 王敏 (who has started the bot) and 李强
// (who has not).
type world struct {
	*Server
	t     *testing.T
	url   string
	clock *clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s, err := New(Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, s, c)
}

func serve(t *testing.T, s *Server, c *clock) *world {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.CloseClientConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		h.Close()
	})
	w := &world{Server: s, t: t, url: h.URL, clock: c}
	w.ok(s.AddPerson(Person{ID: wang, FirstName: "敏", LastName: "王", Username: "wangmin", Language: "zh-hans"}))
	w.ok(s.AddPerson(Person{ID: li, FirstName: "强", LastName: "李"}))
	w.must(s.Start(wang, ""))
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) must(id int, err error) int {
	w.t.Helper()
	w.ok(err)
	return id
}

func (w *world) bot(opts ...bot.Option) *bot.Bot {
	w.t.Helper()
	opts = append([]bot.Option{
		bot.WithServerURL(w.url),
		bot.WithErrorsHandler(func(err error) {
			if !errors.Is(err, context.Canceled) {
				w.t.Logf("client: %v", err)
			}
		}),
	}, opts...)
	b, err := bot.New(w.Token(), opts...)
	w.ok(err)
	return b
}

// send sends a message to 王敏 and returns its id.
func (w *world) send(b *bot.Bot, text string, buttons ...models.InlineKeyboardButton) int {
	w.t.Helper()
	p := &bot.SendMessageParams{ChatID: wang, Text: text, ParseMode: models.ParseModeHTML}
	if len(buttons) > 0 {
		p.ReplyMarkup = keyboard(buttons...)
	}
	m, err := b.SendMessage(w.t.Context(), p)
	w.ok(err)
	return m.ID
}

func keyboard(buttons ...models.InlineKeyboardButton) *models.InlineKeyboardMarkup {
	return &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{buttons}}
}

func tapButton(text, data string) models.InlineKeyboardButton {
	return models.InlineKeyboardButton{Text: text, CallbackData: data}
}

// last is the last message of 王敏's chat.
func (w *world) last() Message {
	w.t.Helper()
	chat := w.Chat(wang)
	if len(chat) == 0 {
		w.t.Fatal("the chat is empty")
	}
	return chat[len(chat)-1]
}

// wait waits until ok, and fails the test if the test runs out of time before.
func (w *world) wait(what string, ok func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	if err := w.Wait(ctx, ok); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

// answer is an envelope as a raw client sees it.
type answer struct {
	Status      int
	OK          bool
	Result      json.RawMessage
	ErrorCode   int `json:"error_code"`
	Description string
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	}
}

// raw makes a call that the real client could not make.
func (w *world) raw(method string, form url.Values) answer {
	w.t.Helper()
	resp, err := http.PostForm(w.url+"/bot"+w.Token()+"/"+method, form)
	w.ok(err)
	return w.read(resp)
}

func (w *world) read(resp *http.Response) answer {
	w.t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.ok(err)
	a := answer{Status: resp.StatusCode}
	if err := json.Unmarshal(body, &a); err != nil {
		w.t.Fatalf("answer %q: %v", body, err)
	}
	return a
}

func contains(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got error %v, want one with %q", err, words)
	}
}

func TestGetMe(t *testing.T) {
	w := newWorld(t)
	me, err := w.bot().GetMe(t.Context())
	w.ok(err)
	if me.ID != 7000000001 || !me.IsBot || me.Username != "huiyin_bot" || me.FirstName != "Huiyin" {
		t.Errorf("got %+v", me)
	}
}

func TestWrongToken(t *testing.T) {
	w := newWorld(t)
	_, err := bot.New("7000000001:WRONG", bot.WithServerURL(w.url))
	if !errors.Is(err, bot.ErrorUnauthorized) {
		t.Errorf("got %v", err)
	}
	for _, token := range []string{"x", ":x", "1:", "-1:x", "1:a/b"} {
		if _, err := New(Options{Token: token}); err == nil {
			t.Errorf("token %q was taken", token)
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	w := newWorld(t)
	if a := w.raw("sendGift", nil); a.Status != 404 || a.ErrorCode != 404 || a.Description != "Not Found" || a.OK {
		t.Errorf("unknown method: %+v", a)
	}
	for _, path := range []string{"/", "/bot", "/file/bot" + w.Token() + "/x", "/bot" + w.Token()} {
		resp, err := http.Get(w.url + path)
		w.ok(err)
		if a := w.read(resp); a.Status != 404 {
			t.Errorf("%s: %+v", path, a)
		}
	}
	if a := w.raw("GETME", nil); !a.OK {
		t.Errorf("method names are case-insensitive at Telegram: %+v", a)
	}
}

func TestEveryWayToPassParameters(t *testing.T) {
	w := newWorld(t)
	at := w.url + "/bot" + w.Token() + "/sendMessage"
	post := func(contentType, body string) (*http.Response, error) {
		return http.Post(at, contentType, strings.NewReader(body))
	}
	ways := map[string]func() (*http.Response, error){
		"query": func() (*http.Response, error) {
			return http.Get(at + "?chat_id=101&disable_notification=true&text=" + url.QueryEscape("你好 &"))
		},
		"form": func() (*http.Response, error) {
			return http.PostForm(at, url.Values{"chat_id": {"101"}, "text": {"你好 &"}, "disable_notification": {"1"}})
		},
		"json": func() (*http.Response, error) {
			return post("application/json; charset=utf-8", `{"chat_id":101,"text":"你好 &","disable_notification":true,"parse_mode":null}`)
		},
		"multipart": func() (*http.Response, error) {
			return post("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n101\r\n"+
				"--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n你好 &\r\n"+
				"--B\r\nContent-Disposition: form-data; name=\"disable_notification\"\r\n\r\nTrue\r\n--B--\r\n")
		},
	}
	for name, way := range ways {
		resp, err := way()
		w.ok(err)
		if a := w.read(resp); !a.OK {
			t.Errorf("%s: %+v", name, a)
		}
		if m := w.last(); m.Text != "你好 &" || !m.Silent || !m.FromBot {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if n := len(w.Chat(wang)); n != 1+len(ways) {
		t.Errorf("%d messages", n)
	}
}

func TestBadRequests(t *testing.T) {
	w := newWorld(t)
	at := w.url + "/bot" + w.Token() + "/sendMessage"
	big := strings.Repeat("x", maxPlain+1)
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		words             string
	}{
		"plain body too large":   {"application/x-www-form-urlencoded", "text=" + big, 413, "Request Entity Too Large"},
		"json too large":         {"application/json", `{"text":"` + big + `"}`, 413, "Request Entity Too Large"},
		"multipart text too big": {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + big + "\r\n--B--\r\n", 413, "Request Entity Too Large"},
		"not json":               {"application/json", `{"text":`, 400, "Bad Request: can't parse JSON object"},
		"json, not an object":    {"application/json", `[1]`, 400, "Bad Request: can't parse JSON object"},
		"multipart cut off":      {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx", 400, "Bad Request: can't parse request"},
		"no boundary":            {"multipart/form-data", "x", 400, "Bad Request: can't parse request"},
		"a file":                 {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a\"\r\n\r\nx\r\n--B--\r\n", 400, "Bad Request: this server takes no such file"},
		"unread content type":    {"text/plain", "chat_id=101&text=x", 400, "Bad Request: message text is empty"},
	} {
		resp, err := http.Post(at, c.contentType, strings.NewReader(c.body))
		w.ok(err)
		if a := w.read(resp); a.Status != c.status || a.OK || !strings.HasPrefix(a.Description, c.words) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	many := url.Values{}
	for i := range maxParams + 1 {
		many.Set(strings.Repeat("k", i+1), "v")
	}
	if a := w.raw("getMe", many); a.Description != "Bad Request: too many parameters" {
		t.Errorf("%+v", a)
	}
	req, err := http.NewRequest(http.MethodPut, at, nil)
	w.ok(err)
	resp, err := http.DefaultClient.Do(req)
	w.ok(err)
	if a := w.read(resp); a.Status != 405 {
		t.Errorf("PUT: %+v", a)
	}
	if n := len(w.Chat(wang)); n != 1 {
		t.Errorf("%d messages, want only /start", n)
	}
}

func TestCallsAreLoggedAndBounded(t *testing.T) {
	c := &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s, err := New(Options{Now: c.now, MaxCalls: 3})
	if err != nil {
		t.Fatal(err)
	}
	w := serve(t, s, c)
	b := w.bot()
	id := w.send(b, "一")
	_, err = b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: id, Text: "一"})
	contains(t, err, "message is not modified")
	w.ok(func() error { _, err := b.GetMe(t.Context()); return err }())

	calls := w.Calls()
	if len(calls) != 3 { // and not the getMe of bot.New
		t.Fatalf("%d calls", len(calls))
	}
	sent, edited := calls[0], calls[1]
	if sent.Method != "sendMessage" || sent.ChatID != wang || sent.MessageID != id || !sent.Applied || sent.Code != 200 ||
		sent.Params["text"] != "一" || !sent.Time.Equal(c.now()) || sent.Seq != 2 {
		t.Errorf("sent: %+v", sent)
	}
	if edited.Method != "editMessageText" || edited.MessageID != id || edited.Applied || edited.Code != 400 ||
		!strings.HasPrefix(edited.Description, "Bad Request: message is not modified: ") {
		t.Errorf("edited: %+v", edited)
	}
}

func TestWaitEnds(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Wait(ctx, func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.ok(w.Wait(ctx, func() bool { return true }))
}

func TestPeople(t *testing.T) {
	w := newWorld(t)
	if err := w.AddPerson(Person{ID: 0, FirstName: "x"}); err == nil {
		t.Error("a person without an id was added")
	}
	w.ok(w.AddPerson(Person{ID: wang, FirstName: "小敏"})) // keeps Started
	want := []Person{{ID: wang, FirstName: "小敏", Started: true}, {ID: li, FirstName: "强", LastName: "李"}}
	if got := w.People(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	for name, err := range map[string]error{
		"unknown person": second(w.Send(999, "x")),
		"no text":        second(w.Send(wang, " \n ")),
		"no message":     second(w.Reply(wang, 999, "x")),
		"reply to none":  second(w.Reply(wang, 0, "x")),
		"too long":       second(w.Send(wang, strings.Repeat("长", maxText+1))),
		"block unknown":  w.Block(999),
		"start unknown":  second(w.Start(999, "")),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := len(w.Chat(wang)); n != 1 {
		t.Errorf("%d messages", n)
	}
	w.must(w.Send(wang, strings.Repeat("长", maxText)))
}

func second[T any](_ T, err error) error { return err }
