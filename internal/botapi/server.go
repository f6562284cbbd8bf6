// Package botapi is a Telegram Bot API server for the playground and the tests:
// the wire is faked, never the client. Bots talk to it over HTTP exactly as they
// talk to Telegram; people (their phones, or a test acting as them) use the Go
// methods of Server. It is strict where Telegram is strict and answers errors in
// Telegram's own words, because clients match on those. Where it cannot do what
// Telegram can (Markdown, reply keyboards, editing files), it refuses instead of
// pretending.
package botapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// DefaultToken is the bot token of a server whose Options name none. It opens
// nothing but such a server.
const DefaultToken = "7000000001:PLAYGROUND-TOKEN-OPENS-NOTHING-ELSE"

// Options are what a Server is made with. The zero value works.
type Options struct {
	Token    string           // "digits:secret", as BotFather gives it; the digits are the bot's id
	BotName  string           // the bot's first name; "Huiyin" if empty
	Username string           // the bot's @username, without the @; "huiyin_bot" if empty
	Now      func() time.Time // dates of messages, age of taps; time.Now if nil
	Log      *slog.Logger     // nil: nothing is logged
	Client   *http.Client     // calls the webhook; a client with a 10 s timeout if nil
	MaxCalls int              // how many calls Calls keeps; 10000 if 0
	Limits   bool             // refuse what Telegram's flood control would refuse, by 429
}

// Server is one bot's Bot API. It is an http.Handler, and safe for concurrent use.
type Server struct {
	opts    Options
	botID   int64
	db      *bolt.DB
	scratch string // file to remove on Close; empty for an opened one

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   chan struct{} // closed when the webhook worker has ended
	rehook chan struct{} // holds one token after the webhook changed

	mu      sync.Mutex
	changed chan struct{}            // closed, and made anew, at every change
	poll    chan struct{}            // the running getUpdates; closed to end it
	hook    func(Call) *Fault        // decides faults
	queued  map[string][]*Fault      // faults waiting for a method ("" = any)
	calls   []Call                   // the last MaxCalls calls, oldest first
	callSeq uint64                   // number of the last call
	methods map[string]methodHandler // by lower-case name
	meter   meter                    // of all chats together
	meters  map[int64]*meter         // by chat
}

// A methodHandler carries out one Bot API method and returns what goes into "result".
type methodHandler func(ctx context.Context, p params) (any, error)

// New makes a server that forgets everything on Close. Its error says which option
// is wrong or why no temporary file could be made.
func New(opts Options) (*Server, error) {
	f, err := os.CreateTemp("", "botapi-*.bolt")
	if err != nil {
		return nil, fmt.Errorf("botapi: make a scratch file: %w", err)
	}
	_ = f.Close()
	s, err := start(f.Name(), opts, &bolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		_ = os.Remove(f.Name())
		return nil, err
	}
	s.scratch = f.Name()
	return s, nil
}

// Open makes a server that keeps people, chats, unconfirmed updates, the webhook and
// all its counters in the file at path, so that it goes on where it stopped, also
// after a kill. Only one process may have the file open; a second gets an error.
func Open(path string, opts Options) (*Server, error) {
	return start(path, opts, &bolt.Options{Timeout: time.Second})
}

func start(path string, opts Options, bopts *bolt.Options) (*Server, error) {
	id, err := opts.fill()
	if err != nil {
		return nil, err
	}
	db, err := bolt.Open(path, 0o600, bopts)
	if err != nil {
		return nil, fmt.Errorf("botapi: open %s: %w", path, err)
	}
	if err := prepare(db); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("botapi: open %s: %w", path, err)
	}
	s := &Server{
		opts: opts, botID: id, db: db,
		done: make(chan struct{}), rehook: make(chan struct{}, 1),
		changed: make(chan struct{}), queued: map[string][]*Fault{}, meters: map[int64]*meter{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.methods = map[string]methodHandler{
		"getme":                  s.getMe,
		"getupdates":             s.getUpdates,
		"setwebhook":             s.setWebhook,
		"deletewebhook":          s.deleteWebhook,
		"getwebhookinfo":         s.getWebhookInfo,
		"sendmessage":            s.sendMessage,
		"editmessagetext":        s.editMessageText,
		"editmessagereplymarkup": s.editMessageReplyMarkup,
		"deletemessage":          s.deleteMessage,
		"answercallbackquery":    s.answerCallbackQuery,
		"setmycommands":          s.setMyCommands,
		"getmycommands":          s.getMyCommands,
		"deletemycommands":       s.deleteMyCommands,
		"sendchataction":         s.sendChatAction,
		"sendphoto":              s.sendPhoto,
		"senddocument":           s.sendDocument,
		"getfile":                s.getFile,
	}
	go s.deliver()
	return s, nil
}

// fill sets the defaults and returns the bot's id.
func (o *Options) fill() (int64, error) {
	if o.Token == "" {
		o.Token = DefaultToken
	}
	if o.BotName == "" {
		o.BotName = "Huiyin"
	}
	if o.Username == "" {
		o.Username = "huiyin_bot"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if o.MaxCalls == 0 {
		o.MaxCalls = 10000
	}
	digits, secret, _ := strings.Cut(o.Token, ":")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 || secret == "" || strings.ContainsAny(secret, "/ \t\r\n") {
		return 0, errors.New("botapi: the token must be digits, a colon and a secret")
	}
	return id, nil
}

// Token is the token the bot must use.
func (s *Server) Token() string { return s.opts.Token }

// Close ends long polls and webhook calls, and closes the file.
func (s *Server) Close() error {
	s.cancel()
	<-s.done
	err := s.db.Close()
	if s.scratch != "" {
		err = errors.Join(err, os.Remove(s.scratch))
	}
	if err != nil {
		return fmt.Errorf("botapi: close: %w", err)
	}
	return nil
}

// ServeHTTP answers one Bot API request at /bot<token>/<method>, or hands out a file
// at /file/bot<token>/<file_path>. A fault that cuts the connection panics with
// http.ErrAbortHandler, which net/http turns into a closed connection without a byte
// of answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	full, file := strings.CutPrefix(r.URL.Path, "/file")
	rest, ok := strings.CutPrefix(full, "/bot")
	token, name, found := strings.Cut(rest, "/")
	switch {
	case !ok || !found:
		s.respond(w, nil, &apiError{Code: http.StatusNotFound, Description: "Not Found"})
		return
	case token != s.opts.Token:
		s.respond(w, nil, &apiError{Code: http.StatusUnauthorized, Description: "Unauthorized"})
		return
	case file:
		s.download(w, r, name)
		return
	}
	call := Call{Time: s.opts.Now(), Method: name}
	method, ok := s.methods[strings.ToLower(name)]
	if !ok {
		s.finish(w, call, nil, &apiError{Code: http.StatusNotFound, Description: "Not Found"})
		return
	}
	p, err := readParams(w, r, s.saver(strings.ToLower(name)))
	if err != nil {
		s.finish(w, call, nil, err)
		return
	}
	call.Params = p
	call.ChatID, _ = strconv.ParseInt(p["chat_id"], 10, 64)
	call.MessageID, _ = strconv.Atoi(p["message_id"])
	s.perform(w, r, call, method, s.faultFor(call))
}

// perform carries the call out, with the fault in its way if there is one.
func (s *Server) perform(w http.ResponseWriter, r *http.Request, call Call, method methodHandler, fault *Fault) {
	if fault != nil && !fault.Kind.after() {
		s.strike(w, r, call, fault)
		return
	}
	var result any
	err := s.meterCall(call)
	if err == nil {
		result, err = method(r.Context(), call.Params)
	}
	if m, ok := result.(*wireMessage); ok && m != nil {
		call.MessageID = m.ID
	}
	call.Applied = err == nil
	if fault != nil {
		s.strike(w, r, call, fault)
		return
	}
	s.finish(w, call, result, err)
}

// finish logs the call as answered, and answers it.
func (s *Server) finish(w http.ResponseWriter, call Call, result any, err error) {
	call.Code = http.StatusOK
	if err != nil {
		e := asAPIError(err)
		if e.Code == http.StatusInternalServerError {
			s.opts.Log.Error("bot api call failed", slog.String("method", call.Method), slog.Any("error", err))
		}
		call.Code, call.Description = e.Code, e.Description
		err = e
	}
	s.record(call)
	s.respond(w, result, err)
}

// respond writes the envelope every Bot API answer has.
func (s *Server) respond(w http.ResponseWriter, result any, err error) {
	env := envelope{OK: err == nil, Result: result}
	status := http.StatusOK
	if err != nil {
		e := asAPIError(err)
		status, env.Result, env.ErrorCode, env.Description = e.Code, nil, e.Code, e.Description
		if e.RetryAfter > 0 || e.MigrateTo != 0 {
			env.Parameters = &responseParameters{RetryAfter: e.RetryAfter, MigrateTo: e.MigrateTo}
		}
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfter))
		}
	}
	body, err := json.Marshal(env)
	if err != nil { // cannot happen: the envelope holds plain data only
		panic(fmt.Sprintf("botapi: encode answer: %v", err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.opts.Log.Debug("bot api answer not delivered", slog.Any("error", err))
	}
}

// Changed returns a channel that is closed at the next change of anything the
// server holds or logs. Take the channel first, then look, then wait on it: no
// change is missed that way.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Wait returns nil as soon as ok returns true; ok is asked at once and after every
// change. When ctx ends first, it returns ctx's error.
func (s *Server) Wait(ctx context.Context, ok func() bool) error {
	for {
		changed := s.Changed()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("botapi: wait for a change: %w", context.Cause(ctx))
		}
	}
}

func (s *Server) notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}
