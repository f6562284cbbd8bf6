package e2e

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
	"huiyin/internal/chat"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/pipeline"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// The load: so many units, each with an A and a B officer, some of them with a group, and
// so many open cases.
const (
	loadUnits   = 100
	loadGroups  = 10
	loadCases   = 2000
	loadMajor   = 20
	loadArrive  = 30 * time.Second // in which all of them arrive
	loadBatches = 60
	loadEdits   = 400
	loadUrgent  = 10
)

// load is the office under load, in real time: Telegram's limits are times.
type load struct {
	t        *testing.T
	r        *rand.Rand
	api      *botapi.Server
	journal  *journal.Journal
	pipeline *pipeline.Pipeline
	at       map[string]time.Time // when a post was read, by its key
	posts    []post.Post
}

// TestLoad200Officers shows how long it takes until officers are told, within what Telegram lets
// through, when very much happens at once. It asserts no times.
func TestLoad200Officers(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := &load{t: t, r: rand.New(rand.NewPCG(seed, 1)), at: map[string]time.Time{}}
	l.open()
	l.arrive()
	l.wait()
	l.told()
	l.urgent()
	l.wait()
	l.limits()
}

func unitName(i int) string { return fmt.Sprintf("单位%03d", i) }

func (l *load) open() {
	l.api = must(botapi.New(botapi.Options{Limits: true, MaxCalls: 100_000}))
	telegram := httptest.NewServer(l.api)
	l.t.Cleanup(func() {
		telegram.CloseClientConnections()
		telegram.Close()
		_ = l.api.Close()
	})
	office := pipeline.Office{
		Leaders: []string{"领导"}, Topics: map[string]string{}, Storm: 5,
		Signing: pipeline.Signing{Within: 30 * time.Minute, Major: 10 * time.Minute, Rungs: []string{pipeline.RungB}},
	}
	files := fstest.MapFS{"grave.yaml": {Data: []byte("name: 重大情形\nraises: 重大\nany: [爆炸]\n")}}
	l.journal = must(journal.Open(filepath.Join(l.t.TempDir(), "journal.db")))
	bind := func(name string, chat int64) {
		must(0, l.journal.Update(func(tx *journal.Tx) error {
			return tx.Bind(journal.Binding{Name: name, Chat: chat, At: time.Now()})
		}))
	}
	for i := range loadUnits {
		u := pipeline.Unit{Name: unitName(i), A: fmt.Sprintf("甲%03d", i), B: fmt.Sprintf("乙%03d", i)}
		office.Units = append(office.Units, u)
		files[fmt.Sprintf("%03d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "name: 专题%03d\nunit: %s\nany: [%s]\n", i, u.Name, word(i))}
		for j, name := range []string{u.A, u.B} {
			id := int64(1000 + 2*i + j)
			must(0, l.api.AddPerson(botapi.Person{ID: id, FirstName: name, Started: true}))
			bind(name, id)
		}
		if i < loadGroups {
			must(0, l.api.AddGroup(int64(-1-i), u.Name, int64(1000+2*i)))
			bind("#"+u.Name, int64(-1-i))
		}
	}
	set := must(match.Compile(must(match.LoadTopics(files, match.Lists{})), match.Lists{}, topics().Segmenter()))
	cal := must(workday.New(shanghai, must(workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"}))))
	log := slog.New(slog.DiscardHandler)
	l.pipeline = must(pipeline.New(pipeline.Options{Journal: l.journal, Topics: set, Calendar: cal, Office: office, Log: log, Now: time.Now}))
	c := must(chat.New(chat.Options{
		Token: l.api.Token(), BaseURL: telegram.URL, Desk: l.pipeline, Outbox: l.pipeline, Wake: l.pipeline.Wakes(),
		Left: l.pipeline.Left, Location: shanghai, Now: time.Now, Log: log, Observe: func(string, string) {},
	}))
	l.run(c)
}

// run runs the chat, and the program's clock, until the test ends.
func (l *load) run(c *chat.Chat) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	ticked := make(chan struct{})
	go func() {
		defer close(ticked)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Minute):
				_ = l.pipeline.Tick()
			}
		}
	}()
	l.t.Cleanup(func() {
		cancel()
		<-ticked
		if err := <-ended; err != nil {
			l.t.Error(err)
		}
		if err := l.journal.Close(); err != nil {
			l.t.Error(err)
		}
	})
}

// word is what the topic of a unit looks for.
func word(i int) string {
	const a, b = "桃杏梨枣柳竹松梅兰菊", "山水湖河桥塔井泉林园"
	return string([]rune(a)[i/10]) + string([]rune(b)[i%10]) + "镇"
}

// complaint is a post of its own about a unit.
func (l *load) complaint(unit int, major bool) post.Post {
	runes := []rune("我们这里路灯坏了三天没有人修请问什么时候能好下水道堵塞臭味很大楼上漏水电梯停用垃圾没有清运噪声扰民公交改线")
	var b strings.Builder
	for range 60 {
		b.WriteRune(runes[l.r.IntN(len(runes))])
	}
	title := word(unit) + "的事"
	if major {
		title += "，爆炸了"
	}
	key := fmt.Sprint(len(l.posts))
	p := post.Post{ID: post.IDOf("论坛", key), Source: "论坛", Key: key, Title: title + b.String()[:30], Text: b.String(), URL: "https://bbs.example.cn/" + key}
	l.posts = append(l.posts, p)
	return p
}

func (l *load) read(list []post.Post) {
	now := time.Now()
	for i := range list {
		list[i].Seen, list[i].Published = now, now
		l.at[list[i].ID] = now
	}
	must(0, l.pipeline.Ingest(context.Background(), post.Batch{Source: "论坛", At: now, Read: len(list), Posts: list}))
}

// arrive has all cases arrive in batches, the major ones among them anywhere.
func (l *load) arrive() {
	major := map[int]bool{}
	for len(major) < loadMajor {
		major[l.r.IntN(loadCases)] = true
	}
	begun := time.Now()
	for b := range loadBatches {
		time.Sleep(time.Until(begun.Add(time.Duration(b) * loadArrive / loadBatches)))
		var list []post.Post
		for n := b * loadCases / loadBatches; n < (b+1)*loadCases/loadBatches; n++ {
			list = append(list, l.complaint(n%loadUnits, major[n]))
		}
		l.read(list)
	}
	l.t.Logf("%d cases, %d of them major, arrived within %.1f s", loadCases, loadMajor, time.Since(begun).Seconds())
}

// wait waits until nothing is left to be sent, neither now nor later.
func (l *load) wait() {
	begun := time.Now()
	for {
		waiting := 0
		must(0, l.journal.View(func(tx *journal.Tx) error {
			all, err := tx.Outgoing()
			waiting = len(all)
			return err
		}))
		if waiting == 0 {
			l.t.Logf("all was delivered %.1f s later", time.Since(begun).Seconds())
			return
		}
		if time.Since(begun) > 5*time.Minute {
			l.t.Fatalf("%d messages still wait", waiting)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// told demands that each case was told to its officer, and prints how long that took.
func (l *load) told() {
	var ordinary, listed, major []time.Duration
	n := 0
	must(0, l.journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error {
			n++
			events, err := tx.Events(c.Number)
			i := slices.IndexFunc(events, func(e cases.Event) bool { return e.Kind == cases.Delivered && e.Officer == c.Officer })
			if err != nil || i < 0 {
				l.t.Errorf("%s was not told to %s (%v)", c.Number, c.Officer, err)
				return nil
			}
			card, _, err := tx.Card(c.Number, c.Officer)
			took := events[i].At.Sub(c.Opened)
			switch {
			case c.Severity == cases.Major:
				major = append(major, took)
			case card.Listed:
				listed = append(listed, took)
			default:
				ordinary = append(ordinary, took)
			}
			return err
		})
	}))
	if n != loadCases {
		l.t.Errorf("%d cases are open, not %d", n, loadCases)
	}
	l.figure("major, rang at once", major)
	l.figure("ordinary, a card each", ordinary)
	l.figure("ordinary, in a list that waits a minute", listed)
}

func (l *load) figure(what string, all []time.Duration) {
	if len(all) == 0 {
		l.t.Logf("%s: none", what)
		return
	}
	slices.Sort(all)
	at := func(share float64) float64 { return all[int(share*float64(len(all)-1))].Seconds() }
	l.t.Logf("told within: p50 %5.2f s, p95 %5.2f s, max %5.2f s (%4d cases: %s)", at(0.5), at(0.95), at(1), len(all), what)
}

// urgent has major cases arrive together with as much to be edited: the major ones go
// first.
func (l *load) urgent() {
	calls := l.api.Calls()
	before := calls[len(calls)-1].Seq
	var list []post.Post
	for i := range loadEdits { // the same again: its card is edited
		p := l.posts[i]
		p.Key += "/again"
		p.ID = post.IDOf(p.Source, p.Key)
		list = append(list, p)
	}
	for i := range loadUrgent {
		list = append(list, l.complaint(i, true))
	}
	begun := time.Now()
	l.read(list)
	l.wait()
	var took []time.Duration
	edits, ahead := 0, 0
	for _, call := range l.api.Calls() {
		switch {
		case call.Seq <= before || !call.Applied || call.ChatID < 1000: // groups have their own pace
		case call.Method == "editMessageText":
			edits++
		case call.Method == "sendMessage" && strings.Contains(call.Params["text"], "重大"):
			took, ahead = append(took, call.Time.Sub(begun)), edits
		}
	}
	if len(took) != loadUrgent {
		l.t.Errorf("%d of %d major cases rang", len(took), loadUrgent)
	}
	if ahead > 28 { // what was under way
		l.t.Errorf("%d edits went before the last major case", ahead)
	}
	l.t.Logf("%d edits waited while %d major cases arrived; %d of the edits went before the last alert", edits, loadUrgent, ahead)
	l.figure("major, while edits wait", took)
}

// limits demands that the limits were kept, and prints how near they came.
func (l *load) limits() {
	all, chats := l.api.Traffic()
	person, group := botapi.Rate{}, botapi.Rate{}
	for id, r := range chats {
		to := &person
		if id < 0 {
			to = &group
		}
		to.Second, to.Minute = max(to.Second, r.Second), max(to.Minute, r.Minute)
	}
	l.t.Logf("%d messages and edits; most in a second: %d of 30 overall, %d to one chat; most in a minute: %d to one chat, %d of 20 to one group; refused by 429: %d",
		all.Sent, all.Second, cmp.Or(person.Second, group.Second), person.Minute, group.Minute, all.Refused)
	if all.Refused > 0 || all.Second > 30 || group.Minute > 20 || person.Minute > 61 {
		l.t.Error("Telegram's limits were not kept")
	}
}
