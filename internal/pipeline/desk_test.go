package pipeline

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	bolt "go.etcd.io/bbolt"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// A random office takes a quarter of a second; more of them are played with
// -rapid.checks.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const topicFile = `
- {name: 供水, unit: 供水公司, any: [停水, 水压]}
- {name: 工地, unit: 城管局, any: [扬尘]}
- {name: 噪音, unit: 没有这个局, any: [噪音]}
- {name: 险情, ladder: major, urgency: 3, any: [爆炸]}
- {name: 道路, unit: 城管局, urgency: 2, any: [塌陷, 坑洼]}
- {name: 伤亡, raises: 重大, any: [伤亡]}
- {name: 聚集, raises: 较大, any: [聚集]}
`

// topics are compiled once: loading the segmenter takes above a second.
var topics = sync.OnceValues(func() (*match.Set, error) {
	list, err := match.LoadTopics(fstest.MapFS{"t.yaml": {Data: []byte(topicFile)}}, match.Lists{})
	if err != nil {
		return nil, err
	}
	seg, err := match.NewSegmenter(nil)
	if err != nil {
		return nil, err
	}
	return match.Compile(list, match.Lists{}, seg)
})

var zone = time.FixedZone("UTC+8", 8*3600)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, zone)

// office is the tests' agency. 王敏 is an officer of two units, 赵刚 has no B.
func office() Office {
	return Office{
		Units: []Unit{{Name: "供水公司", A: "王敏", B: "李强"}, {Name: "住建局", A: "赵刚"}, {Name: "城管局", A: "孙丽", B: "王敏"}, {Name: "应急局", A: "钱伟", B: "李强"}},
		Topics: map[string]string{
			"工地": "住建局", "*": "应急局",
		},
		Leaders: []string{"周局"}, Admins: []string{"周局"}, MaxAge: 72 * time.Hour,
	}
}

// tester is what both *testing.T and *rapid.T are.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// desk is a pipeline on a real journal, with a clock that is set by hand.
type desk struct {
	tester
	path   string
	j      *journal.Journal
	p      *Pipeline
	now    time.Time
	office Office
	update int64 // the last chat update's ID
	sent   int   // the last message's ID
}

func newDesk(t testing.TB) *desk { return deskIn(t, t.TempDir()) }

func deskIn(t tester, dir string) *desk {
	d := &desk{tester: t, path: filepath.Join(dir, "journal.db"), now: monday, office: office()}
	d.open()
	return d
}

func (d *desk) open() {
	d.Helper()
	set, err := topics()
	d.ok(err)
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	d.ok(err)
	cal, err := workday.New(zone, hours)
	d.ok(err)
	d.j, err = journal.Open(d.path)
	d.ok(err)
	d.p, err = New(Options{
		Journal: d.j, Topics: set, Calendar: cal, Office: d.office, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return d.now },
	})
	d.ok(err)
}

func (d *desk) restart() {
	d.Helper()
	d.ok(d.j.Close())
	d.open()
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatalf("%v", err)
	}
}

// dump is all that the journal's file holds. The pipeline goes on with the same index.
func (d *desk) dump() map[string]string {
	d.Helper()
	d.ok(d.j.Close())
	db, err := bolt.Open(d.path, 0o600, &bolt.Options{ReadOnly: true})
	d.ok(err)
	all := make(map[string]string)
	var walk func(path string, b *bolt.Bucket) error
	walk = func(path string, b *bolt.Bucket) error {
		all[path] = fmt.Sprint(b.Sequence())
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return walk(path+"/"+string(k), b.Bucket(k))
			}
			all[path+"/"+string(k)] = string(v)
			return nil
		})
	}
	d.ok(db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk(string(name), b) })
	}))
	d.ok(db.Close())
	d.j, err = journal.Open(d.path)
	d.ok(err)
	d.p.Journal = d.j
	return all
}

func (d *desk) view(f func(*journal.Tx) error) {
	d.Helper()
	d.ok(d.j.View(f))
}

// telling is a text about the word that is like no other story's.
func telling(story int, word string) string {
	r := rand.New(rand.NewPCG(uint64(story), 1))
	var b strings.Builder
	for range 40 {
		b.WriteRune(rune(0x5000 + r.IntN(0x3000)))
	}
	return word + "，" + b.String() + "。"
}

func (d *desk) post(source, key, text string) post.Post {
	return post.Post{
		ID: post.IDOf(source, key), Source: source, Key: key, Title: "", Text: text, Author: "某人",
		URL: "https://bbs.example/" + key, Published: d.now.Add(-time.Minute), Seen: d.now,
	}
}

func (d *desk) ingest(posts ...post.Post) {
	d.Helper()
	d.ok(d.p.Ingest(context.Background(), batch(d.now, posts...)))
}

func batch(at time.Time, posts ...post.Post) post.Batch {
	b := post.Batch{Source: "论坛", At: at, Read: len(posts), Posts: posts, State: post.State{ETag: at.String(), LastOK: at}}
	if len(posts) > 0 {
		b.Source = posts[0].Source
	}
	return b
}

// open1 ingests one post that opens a case, and returns the case.
func (d *desk) open1(story int, word string) cases.Case {
	d.Helper()
	d.ingest(d.post("论坛", fmt.Sprint("s", story), telling(story, word)))
	all := d.cases()
	return all[len(all)-1]
}

func (d *desk) cases() (all []cases.Case) {
	d.Helper()
	d.view(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error { all = append(all, c); return nil })
	})
	return all
}

func (d *desk) kase(number string) (c cases.Case) {
	d.Helper()
	d.view(func(tx *journal.Tx) (err error) {
		var held bool
		if c, held, err = tx.Case(number); err == nil && !held {
			err = fmt.Errorf("%s is not held", number)
		}
		return err
	})
	return c
}

func (d *desk) bind(name string, chat int64) {
	d.Helper()
	code, err := d.p.Invite(name)
	d.ok(err)
	d.update++
	got, err := d.p.Bind(d.update, chat, code, func(name string) string { return "您好，" + name })
	if err != nil || got != name {
		d.Fatalf("bound %q, %v", got, err)
	}
}

// by is an act of a new update.
func (d *desk) by(name, number string) cases.Act {
	d.update++
	return cases.Act{Update: d.update, By: name, Case: number}
}

// act does something to a case as a new update, and returns what was said.
func (d *desk) act(kind cases.Kind, who, number string, more ...func(*cases.Act)) string {
	d.Helper()
	a := d.by(who, number)
	a.Kind = kind
	for _, f := range more {
		f(&a)
	}
	said, err := d.p.Act(a)
	d.ok(err)
	return said
}

// What an act may say besides.
func unit(name string) func(*cases.Act)    { return func(a *cases.Act) { a.Unit = name } }
func reason(why string) func(*cases.Act)   { return func(a *cases.Act) { a.Reason = why } }
func text(words string) func(*cases.Act)   { return func(a *cases.Act) { a.Text = words } }
func url(page string) func(*cases.Act)     { return func(a *cases.Act) { a.URL = page } }
func other(number string) func(*cases.Act) { return func(a *cases.Act) { a.Other = number } }
func no(n int) func(*cases.Act)            { return func(a *cases.Act) { a.No = n } }

func (d *desk) sign(a cases.Act) (string, error) {
	a.Kind = cases.Signed
	return d.p.Act(a)
}

func (d *desk) close(a cases.Act) (string, error) {
	a.Kind = cases.Closed
	return d.p.Act(a)
}

func (d *desk) dismiss(a cases.Act, reason string) (string, error) {
	a.Kind, a.Reason = cases.Dismissed, reason
	return d.p.Act(a)
}

func (d *desk) transfer(a cases.Act, unit string) (string, error) {
	a.Kind, a.Unit = cases.Transferred, unit
	return d.p.Act(a)
}

// answer replies to a card with a message.
func (d *desk) answer(a cases.Act, url, text string) error {
	a.Kind, a.URL, a.Text, a.Message = cases.Replied, url, text, true
	_, err := d.p.Act(a)
	return err
}

// queue is all that is queued, also for people who cannot be reached.
func (d *desk) queue() (all []cases.Outgoing) {
	d.Helper()
	d.view(func(tx *journal.Tx) (err error) {
		all, err = tx.Outgoing()
		return err
	})
	return all
}

// queued are the entries as short words: 王敏 2026-000001!, with ! for a ring.
func (d *desk) queued() (list []string) {
	d.Helper()
	for _, o := range d.queue() {
		s := o.To + " " + o.Case
		if o.Ring {
			s += "!"
		}
		if o.Text != "" {
			s += o.Text
		}
		list = append(list, s)
	}
	return list
}

// begin makes the first entry that is for the person and the case ready.
func (d *desk) begin(to, number string) (cases.Parcel, bool) {
	d.Helper()
	for _, o := range d.queue() {
		if o.To == to && o.Case == number {
			parcel, ok, err := d.p.Begin(o.Seq)
			d.ok(err)
			return parcel, ok
		}
	}
	return cases.Parcel{}, false
}

// arrive lets a parcel arrive and returns the message that shows it.
func (d *desk) arrive(p cases.Parcel) int {
	d.Helper()
	message := p.Message
	if message == 0 {
		d.sent++
		message = d.sent
	}
	d.ok(d.p.Delivered(p, message))
	return message
}

// drain delivers all that can be, and returns it.
func (d *desk) drain() (sent []cases.Parcel) {
	d.Helper()
	for range 20 {
		before := len(sent)
		for _, o := range d.queue() {
			p, ok, err := d.p.Begin(o.Seq)
			d.ok(err)
			if ok {
				d.arrive(p)
				sent = append(sent, p)
			}
		}
		if len(sent) == before {
			return sent
		}
	}
	d.Fatalf("the outbox does not become empty: %v", d.queued())
	return nil
}

// ship empties the ship queue.
func (d *desk) ship() (records []cases.Record) {
	d.Helper()
	for {
		s, err := d.j.Seal(7)
		d.ok(err)
		if len(s.Records) == 0 {
			return records
		}
		records = append(records, s.Records...)
		d.ok(d.j.Shipped(s.ID))
	}
}

// folder is a folder of its own for the n-th run in dir.
func folder(dir string, n int) string {
	path := filepath.Join(dir, fmt.Sprint(n))
	if err := os.MkdirAll(path, 0o700); err != nil {
		panic(err)
	}
	return path
}
