// Package e2e holds tests that play a whole case on the phones: the real journal,
// pipeline, chat and looks at pages, a Bot API server and websites on loopback, and a
// clock that the test moves. Each writes down the conversation, for people to judge.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/time/rate"

	"huiyin/internal/app"
	"huiyin/internal/botapi"
	"huiyin/internal/cases"
	"huiyin/internal/chat"
	"huiyin/internal/evidence"
	"huiyin/internal/fetch"
	"huiyin/internal/journal"
	"huiyin/internal/look"
	"huiyin/internal/match"
	"huiyin/internal/pipeline"
	"huiyin/internal/workday"
)

// The people of the office, by their Telegram numbers.
const (
	wang     = 101 // A officer of the water works
	li       = 102 // B officer there
	zhou     = 103 // head there
	zhao     = 104 // A officer of the housing bureau
	sun      = 105 // B officer there
	he       = 106 // A officer of the city management
	liu      = 107 // leader
	wu       = 108 // admin
	stranger = 199
)

var names = map[int64]string{
	wang: "王敏", li: "李强", zhou: "周建", zhao: "赵倩", sun: "孙丽", he: "何军", liu: "刘建国", wu: "吴涛", stranger: "路人",
}

// patience is when a test gives up.
const patience = 30 * time.Second

// shanghai is fixed, so that the tests need no tables.
var shanghai = time.FixedZone("CST", 8*3600)

const minutes = "2006-01-02 15:04"

func date(s string) time.Time { return must(time.ParseInLocation(minutes, s, shanghai)) }

// must is for what cannot fail unless the test itself is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var topics = sync.OnceValue(func() *match.Set {
	list := must(match.LoadTopics(fstest.MapFS{
		"water.yaml":   {Data: []byte("name: 供水\nunit: 供水集团\nany: [停水, 水压]\n")},
		"fire.yaml":    {Data: []byte("name: 安全事故\nunit: 供水集团\nladder: major\nurgency: 3\nany: [爆管]\n")},
		"housing.yaml": {Data: []byte("name: 物业\nunit: 住建局\nany: [物业费, 电梯]\n")},
		"written.yaml": {Data: []byte("name: 书面答复\nunit: 住建局\nladder: written\nany: [公租房]\n")},
		"grave.yaml":   {Data: []byte("name: 重大情形\nraises: 重大\nany: [晕倒送医]\n")},
	}, match.Lists{}))
	return must(match.Compile(list, match.Lists{}, must(match.NewSegmenter(nil))))
})

// world is an office with its phones, and the sites that people and the office write on.
type world struct {
	t        testing.TB
	mu       sync.Mutex
	at       time.Time
	api      *botapi.Server
	journal  *journal.Journal
	pipeline *pipeline.Pipeline
	calendar *workday.Calendar
	looks    app.Looks
	sites    sites
	telegram string // address of the Bot API server
	posts    int
	film     film

	rows struct {
		sync.Mutex
		mentions []cases.Mention
		events   map[string][]cases.Event
	}
}

// rules change an office before it opens.
type rules func(*pipeline.Office, *chat.Options)

// newWorld opens an office at a time, such as 2026-11-20 09:05. All its people have bound
// their phones.
func newWorld(t testing.TB, at string, change ...rules) *world {
	t.Helper()
	w := &world{t: t, at: date(at)}
	w.rows.events = map[string][]cases.Event{}
	w.api = must(botapi.New(botapi.Options{Now: w.now, BotName: "回音"}))
	telegram := httptest.NewServer(w.api)
	t.Cleanup(func() {
		telegram.CloseClientConnections()
		telegram.Close()
		w.check(w.api.Close())
	})
	w.telegram = telegram.URL
	w.sites.start(t)
	dir := t.TempDir()
	w.journal = must(journal.Open(filepath.Join(dir, "journal.db")))
	w.check(w.journal.Update(func(tx *journal.Tx) error {
		for id, name := range names {
			w.check(w.api.AddPerson(botapi.Person{ID: id, FirstName: name, Started: id != stranger}))
			if id == stranger {
				continue
			}
			if err := tx.Bind(journal.Binding{Name: name, Chat: id, At: w.at}); err != nil {
				return err
			}
		}
		return nil
	}))
	store := must(evidence.New(filepath.Join(dir, "evidence")))
	t.Cleanup(func() { w.check(store.Close()) })
	w.calendar = must(workday.New(shanghai, must(workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"}))))
	office := w.office()
	o := w.options(telegram.URL, store)
	for _, f := range change {
		f(&office, &o)
	}
	log := slog.New(slog.DiscardHandler)
	w.pipeline = must(pipeline.New(pipeline.Options{
		Journal: w.journal, Topics: topics(), Calendar: w.calendar, Office: office, Log: log, Now: w.now,
	}))
	o.Desk, o.Outbox, o.Wake, o.Left = w.pipeline, w.pipeline, w.pipeline.Wakes(), w.pipeline.Left
	fetcher := fetch.New(fetch.Options{AllowHosts: w.sites.hosts()})
	t.Cleanup(fetcher.Close)
	w.looks = app.Looks{Pipeline: w.pipeline, Looker: look.New(fetcher, shanghai, w.now), Homes: w.sites.homes(), Evidence: store, Together: 1, Log: log}
	w.run(must(chat.New(o)))
	return w
}

func (w *world) office() pipeline.Office {
	return pipeline.Office{
		Units: []pipeline.Unit{
			{Name: "供水集团", A: "王敏", B: "李强", Head: "周建"}, {Name: "住建局", A: "赵倩", B: "孙丽"}, {Name: "城管局", A: "何军"},
		},
		Leaders: []string{"刘建国"}, Admins: []string{"吴涛"}, Topics: map[string]string{"*": "供水集团"},
		Sites: []string{w.sites.own}, Own: []string{"市政府网站"},
		Signing: pipeline.Signing{
			Within: 30 * time.Minute, Major: 10 * time.Minute, Rungs: []string{pipeline.RungB, pipeline.RungHead, pipeline.RungLeader},
		},
		Review: []string{"written"}, Storm: 5,
		Larger: cases.Spread{Mentions: 10, Sources: 4, Hourly: 10}, Major: cases.Spread{Mentions: 50, Sources: 10, Hourly: 40},
	}
}

func (w *world) options(telegram string, store *evidence.Store) chat.Options {
	return chat.Options{
		Token: w.api.Token(), BaseURL: telegram,
		Digest: w.digest, Draw: draw, Stats: w.stats, Search: w.search, Archive: w.archive,
		Keep: func(_ context.Context, r io.Reader, limit int64) (string, error) {
			sum, _, err := store.Put(r, limit)
			return sum, err
		},
		Topics:   func() []string { return []string{"供水", "安全事故", "物业", "书面答复"} },
		Board:    func(string) string { return "" },
		Sources:  func(context.Context) (string, error) { return "<b>来源 2 个，都正常。</b>", nil },
		Rates:    chat.Rates{All: rate.Inf, Chat: rate.Inf, Group: rate.Inf},
		Location: shanghai, Now: w.now, Log: slog.New(slog.DiscardHandler), Observe: func(string, string) {},
	}
}

// run runs the chat until the test ends.
func (w *world) run(c *chat.Chat) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			w.check(errors.Join(err, w.journal.Close()))
		case <-time.After(patience):
			w.t.Error("Run did not return")
		}
	})
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) set(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = at
}

// to lets time pass until then, minute by minute, as the program's own clock does; of a
// longer time all but the last hours in greater steps.
func (w *world) to(at string) {
	w.t.Helper()
	end := date(at)
	if end.Before(w.now()) {
		w.t.Fatalf("%s has passed", at)
	}
	for now := w.now(); now.Before(end); {
		step := time.Minute
		if end.Sub(now) > 12*time.Hour {
			step = 10 * time.Minute
		}
		now = now.Add(step)
		w.set(now)
		w.check(w.pipeline.Tick())
		if due := must(w.pipeline.Looks()); len(due) > 0 || w.queued() > 0 {
			w.settle()
		}
	}
}

// jump moves the clock at once.
func (w *world) jump(at string) {
	w.t.Helper()
	w.set(date(at))
	w.check(w.pipeline.Tick())
	w.settle()
}

func (w *world) queued() int { return len(must(w.pipeline.Outgoing(context.Background()))) }

// settle waits until everything that happened so far is handled, looked at and delivered.
func (w *world) settle() {
	w.t.Helper()
	w.quiet()
	w.looks.Due(context.Background())
	w.quiet()
}

func (w *world) quiet() {
	w.t.Helper()
	w.until("quiet", func() bool { return w.api.Pending() == 0 && w.queued() == 0 })
	w.shoot()
}

// until waits for something.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	late := time.After(patience)
	for !ok() {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-late:
			w.t.Fatalf("waited in vain for %s\n%s", what, w.transcript(what))
		}
	}
}

// number is the case of that number of 2026.
func number(n int) string { return fmt.Sprintf("2026-%06d", n) }
