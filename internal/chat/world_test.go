package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/time/rate"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/pipeline"
	"huiyin/internal/workday"
)

// The people of the tests' office, by their Telegram numbers.
const (
	wang     = 101 // A officer of the water works
	li       = 102 // B officer there
	zhao     = 103 // A officer of the housing bureau
	liu      = 104 // leader
	zhou     = 105 // head of the water works
	wu       = 106 // admin
	stranger = 199

	waterGroup = -5001 // a group of the water works' people, and of some who are not
)

var names = map[int64]string{wang: "王敏", li: "李强", zhao: "赵倩", liu: "刘建国", zhou: "周建", wu: "吴管", stranger: "路人", waterGroup: "供水集团工作群"}

// patience is when a test gives up.
const patience = 30 * time.Second

// shanghai is fixed, so that the tests need no tables.
var shanghai = time.FixedZone("CST", 8*3600)

// friday is when the tests begin: a working day.
var friday = time.Date(2026, 11, 20, 9, 5, 0, 0, shanghai)

// clock is moved by the tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var topics = sync.OnceValues(func() (*match.Set, error) {
	list, err := match.LoadTopics(fstest.MapFS{
		"water.yaml": {Data: []byte("name: 供水\nunit: 供水集团\nany: [停水]\n")},
		"fire.yaml":  {Data: []byte("name: 安全事故\nunit: 供水集团\nladder: major\nany: [爆炸]\n")},
	}, match.Lists{})
	if err != nil {
		return nil, err
	}
	seg, err := match.NewSegmenter(nil)
	if err != nil {
		return nil, err
	}
	return match.Compile(list, match.Lists{}, seg)
})

// TestMain builds the segmenter before the first test: it takes a second.
func TestMain(m *testing.M) {
	must(topics())
	os.Exit(m.Run())
}

// must is for what cannot fail unless the test itself is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func calendar() *workday.Calendar {
	hours := must(workday.ParseHours([]string{"09:00-12:00", "13:30-17:30"}))
	return must(workday.New(shanghai, hours))
}

// world is an office with its phones: the real journal, pipeline and Chat, and the Bot
// API server on a loopback address.
type world struct {
	t           testing.TB
	clock       *clock
	api         *botapi.Server
	http        *httptest.Server
	connections atomic.Int64
	office      pipeline.Office
	file        string

	journal  *journal.Journal
	pipeline *pipeline.Pipeline
	chat     *Chat
	hook     atomic.Pointer[Chat]          // the same, for the webhook
	desk     func(*pipeline.Pipeline) Desk // a wrapper, for faults
	archive  map[string][]cases.Event
	options  func(*Options)
	trend    cases.Picture // of the digest

	committed  <-chan struct{} // gets a value after a commit
	cancel     context.CancelFunc
	end, crash func() error // end stops Run, crash waits for it to fail

	mu     sync.Mutex
	calls  map[string]int // "method outcome" → how often Observe told it
	called chan struct{}  // gets a value when it did
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: friday}, calls: map[string]int{}, called: make(chan struct{}, 1), file: filepath.Join(t.TempDir(), "journal.db")}
	w.api = must(botapi.New(botapi.Options{Now: w.clock.now, MaxCalls: 2000}))
	w.http = httptest.NewUnstartedServer(w.api)
	w.http.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			w.connections.Add(1)
		case http.StateClosed:
			w.connections.Add(-1)
			w.poke()
		}
	}
	w.http.Start()
	t.Cleanup(func() {
		w.http.CloseClientConnections()
		w.http.Close()
		w.check(w.api.Close())
	})
	for id, name := range names {
		if id == waterGroup {
			continue
		}
		w.check(w.api.AddPerson(botapi.Person{ID: id, FirstName: name}))
	}
	w.office = pipeline.Office{
		Units:   []pipeline.Unit{{Name: "供水集团", A: "王敏", B: "李强", Head: "周建"}, {Name: "住建局", A: "赵倩"}},
		Leaders: []string{"刘建国"},
		Admins:  []string{"吴管"},
		Topics:  map[string]string{"*": "供水集团"},
	}
	return w
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open opens the journal and makes what stands on it; it may be called again after stop.
func (w *world) open() {
	w.t.Helper()
	w.journal = must(journal.Open(w.file))
	w.pipeline = must(pipeline.New(pipeline.Options{
		Journal: w.journal, Topics: must(topics()), Calendar: calendar(), Office: w.office,
		Log: slog.New(slog.DiscardHandler), Now: w.clock.now,
	}))
	w.committed = w.pipeline.Wakes()
	o := Options{
		Token: w.api.Token(), BaseURL: w.http.URL, Desk: w.pipeline, Outbox: w.pipeline, Wake: w.pipeline.Wakes(),
		Digest: func(context.Context, string) (string, cases.Picture, error) {
			return "<b>每日简报</b>", w.trend, nil
		},
		Draw: func(from []byte) ([]byte, error) {
			if string(from) == `"broken"` {
				return nil, errors.New("no pencil")
			}
			return picture(9).Data, nil
		},
		Stats: func(_ context.Context, by, query string) (string, error) {
			return "<b>统计</b> " + html.EscapeString(by+" "+query), nil
		},
		Search: func(_ context.Context, by, query string) (string, error) {
			return "<b>查到</b> " + html.EscapeString(by+" "+query), nil
		},
		Archive: func(_ context.Context, number string) ([]cases.Event, error) { return w.archive[number], nil },
		Keep: func(_ context.Context, r io.Reader, limit int64) (string, error) {
			raw, err := io.ReadAll(io.LimitReader(r, limit+1))
			if err == nil && int64(len(raw)) > limit {
				err = errors.New("too large")
			}
			sum := sha256.Sum256(raw)
			return hex.EncodeToString(sum[:]), err
		},
		Left:     w.pipeline.Left,
		Topics:   func() []string { return []string{"供水", "安全事故"} },
		Board:    func(name string) string { return "https://board.example.cn/login/" + name },
		Sources:  func(context.Context) (string, error) { return "<b>来源 1 个，都正常。</b>", nil },
		Rates:    Rates{All: rate.Inf, Chat: rate.Inf, Group: rate.Inf},
		Location: shanghai, Now: w.clock.now, Log: slog.New(slog.DiscardHandler),
		Observe: func(method, outcome string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.calls[method+" "+outcome]++
			w.poke()
		},
	}
	if w.desk != nil {
		o.Desk = w.desk(w.pipeline)
	}
	if w.options != nil {
		w.options(&o)
	}
	w.chat = must(New(o))
	w.hook.Store(w.chat)
}

// start opens the world and runs its Chat; stop ends it and returns what Run returned.
func (w *world) start() {
	w.t.Helper()
	w.open()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.chat.Run(ctx) }()
	w.cancel = cancel
	w.end = sync.OnceValue(func() error { cancel(); return w.ended(ended) })
	w.crash = sync.OnceValue(func() error { return w.ended(ended) })
	w.t.Cleanup(func() { _ = w.end() })
}

// stop ends the Chat as a signal would.
func (w *world) stop() error { return w.end() }

func (w *world) restart() error {
	err := w.stop()
	w.start()
	return err
}

// ended waits for Run to return, and closes the journal.
func (w *world) ended(run chan error) error {
	select {
	case err := <-run:
		run <- err // for whoever asks next
		if closed := w.journal.Close(); closed != nil {
			return closed
		}
		return err
	case <-time.After(patience):
		return errors.New("Run did not return")
	}
}

// staffed is a running world in which the officers and the leader have bound.
func staffed(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.start()
	w.bind(wang, li, zhao, liu)
	return w
}

func (w *world) bind(people ...int64) {
	w.t.Helper()
	for _, id := range people {
		code := must(w.pipeline.Invite(names[id]))
		must(w.api.Start(id, code))
		w.await(id, names[id]+"，您好。")
	}
}

// until waits for something that a call, a commit or a change of a chat brings.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	late := time.After(patience)
	for {
		changed := w.api.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-w.called:
		case <-w.committed:
		case <-late:
			for id, name := range names {
				for _, m := range w.api.Chat(id) {
					w.t.Logf("%s's phone, %d: %s %v", name, m.ID, m.Text, m.Buttons)
				}
			}
			w.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// poke makes until look again.
func (w *world) poke() {
	select {
	case w.called <- struct{}{}:
	default:
	}
}

// await waits for a message of the bot that holds text, and returns the last such one.
func (w *world) await(person int64, text string) botapi.Message {
	w.t.Helper()
	var found botapi.Message
	w.until(names[person]+" to read "+text, func() bool {
		var ok bool
		found, ok = w.find(person, text)
		return ok
	})
	return found
}

func (w *world) find(person int64, text string) (botapi.Message, bool) {
	list := w.api.Chat(person)
	slices.Reverse(list)
	i := slices.IndexFunc(list, func(m botapi.Message) bool { return m.FromBot && strings.Contains(m.Text, text) })
	if i < 0 {
		return botapi.Message{}, false
	}
	return list[i], true
}

// awaitToast waits for what a tap shows.
func (w *world) awaitToast(person int64, text string) {
	w.t.Helper()
	w.until(names[person]+" to see "+text, func() bool {
		return slices.ContainsFunc(w.api.Toasts(person), func(t botapi.Toast) bool { return strings.Contains(t.Text, text) })
	})
}

// idle waits until everything that happened so far is handled and delivered: updates
// come one after the other, and the person's answer is the last thing in the queue.
func (w *world) idle(person int64) {
	w.t.Helper()
	before := w.count(person, "有群众反映您单位的事")
	must(w.api.Send(person, "/help"))
	w.until("an answer", func() bool { return w.count(person, "有群众反映您单位的事") > before })
}

// count is how many messages of the bot on a phone hold text.
func (w *world) count(person int64, text string) int {
	n := 0
	for _, m := range w.api.Chat(person) {
		if m.FromBot && strings.Contains(m.Text, text) {
			n++
		}
	}
	return n
}
