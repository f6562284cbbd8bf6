package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// file is a journal that can be closed and opened again.
type file struct {
	t    testing.TB
	path string
	*Journal
}

func newFile(t testing.TB) *file {
	f := &file{t: t, path: filepath.Join(t.TempDir(), "journal.db")}
	f.open()
	t.Cleanup(func() { f.Close() })
	return f
}

func (f *file) open() {
	f.t.Helper()
	j, err := Open(f.path)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Journal = j
}

func (f *file) reopen() {
	f.t.Helper()
	if err := f.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.open()
}

// update runs f in a transaction that must commit.
func (f *file) update(do func(*Tx) error) {
	f.t.Helper()
	if err := f.Update(do); err != nil {
		f.t.Fatal(err)
	}
}

func (f *file) view(do func(*Tx) error) {
	f.t.Helper()
	if err := f.View(do); err != nil {
		f.t.Fatal(err)
	}
}

// dump is all that the file holds, but for the counters of its buckets.
func (f *file) dump() map[string]string {
	all := make(map[string]string)
	f.view(func(t *Tx) error {
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
		return t.tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk(string(name), b) })
	})
	return all
}

func opened(number string) cases.Event {
	return cases.Event{
		Case: number, Kind: cases.Opened, At: now, Post: "p-" + number, Source: "论坛", Title: "停水", Topic: "供水",
		Steps: []cases.Step{{Name: "回应", Target: "1wd", Due: now.Add(time.Hour), Why: "因为"}}, Unit: "供水公司", Officer: "王敏",
	}
}

// everything puts one of each kind of thing into a journal.
func everything(t *Tx) error {
	number, err := t.NextNumber(2026)
	if err != nil {
		return err
	}
	_, err = t.Append(opened(number))
	in := Invite{Name: "李强", Expires: now.Add(time.Hour)}
	for _, e := range []error{
		err, t.MarkSeen("p1", now), t.PutState("论坛", post.State{ETag: `"1"`}),
		t.PutStory(cases.Story{ID: "p1", Case: number, At: now}, post.FingerprintOf("停水", "停水了")),
		t.PutMention(cases.Mention{ID: "p1", Case: number, No: 1, Title: "停水", Seen: now}),
		t.Touch(number, "王敏", true), t.Say(cases.Outgoing{To: "赵刚", Text: "您好", Key: "k"}, now),
		t.PutCard(cases.Card{Case: number, Officer: "王敏", Chat: 7, Message: 8, Rev: 1}),
		t.Bind(Binding{Name: "王敏", Chat: 7, At: now}), t.PutInvite("CODE", in),
		t.Count("2026-11-23", "matched", 2),
	} {
		if e != nil {
			return e
		}
	}
	_, err = t.Updated(99, now)
	return err
}

func checkEverything(t *Tx) error {
	c, ok, err := t.Case("2026-000001")
	if err != nil || !ok || c.Officer != "王敏" || c.Seq != 1 || !c.Steps[0].Due.Equal(now.Add(time.Hour)) {
		return fmt.Errorf("case %+v, %v, %w", c, ok, err)
	}
	var s post.State
	if ok, err := t.State("论坛", &s); err != nil || !ok || s.ETag != `"1"` {
		return fmt.Errorf("state %+v, %w", s, err)
	}
	if st, ok, err := t.Story("p1"); err != nil || !ok || st.Case != c.Number || !st.At.Equal(now) {
		return fmt.Errorf("story %+v, %w", st, err)
	}
	n := 0
	err = t.Stories(func(s cases.Story, f post.Fingerprint) {
		if s.ID == "p1" && reflect.DeepEqual(f, post.FingerprintOf("停水", "停水了")) {
			n++
		}
	})
	if err != nil || n != 1 {
		return fmt.Errorf("%d stories, %w", n, err)
	}
	if m, ok, err := t.Mention(c.Number, 1); err != nil || !ok || m.Title != "停水" || !m.Seen.Equal(now) {
		return fmt.Errorf("mention %+v, %w", m, err)
	}
	queue, err := t.Outgoing()
	want := []cases.Outgoing{{Seq: 1, To: "王敏", Case: c.Number, Ring: true}, {Seq: 2, To: "赵刚", Text: "您好", Key: "k"}}
	if d := cmp.Diff(want, queue); err != nil || d != "" {
		return fmt.Errorf("outbox %s, %w", d, err)
	}
	if card, ok, err := t.Card(c.Number, "王敏"); err != nil || !ok || card.Chat != 7 || card.Message != 8 || card.Rev != 1 {
		return fmt.Errorf("card %+v, %w", card, err)
	}
	if b, ok, err := t.Binding("王敏"); err != nil || !ok || b.Chat != 7 || t.NameOf(7) != "王敏" {
		return fmt.Errorf("binding %+v, %w", b, err)
	}
	if n, err := t.Counted("2026-11-23", "2026-11-24", "matched"); err != nil || n != 2 {
		return fmt.Errorf("counted %d, %w", n, err)
	}
	if !t.Seen("p1") || t.Seen("p2") || !t.Said("k") || t.Said("l") || !t.Handled(99) || t.Handled(98) {
		return errors.New("seen, said or handled is not as it was")
	}
	if n := t.Unshipped(); n != 2 {
		return fmt.Errorf("%d records to ship", n)
	}
	return nil
}

func TestReopen(t *testing.T) {
	f := newFile(t)
	id := f.ID()
	f.update(everything)
	f.view(checkEverything)
	before := f.dump()
	f.reopen()
	f.view(checkEverything)
	if d := cmp.Diff(before, f.dump()); d != "" || f.ID() != id || len(id) != 10 {
		t.Errorf("ID %q, was %q; %s", f.ID(), id, d)
	}
	f.update(func(t *Tx) error { // the code works once, after reopening too
		if in, ok, err := t.TakeInvite("CODE", now); err != nil || !ok || in.Name != "李强" {
			return fmt.Errorf("invite %+v, %v, %w", in, ok, err)
		}
		return nil
	})
}

// Whatever a transaction did before it failed is undone, counters included.
func TestFailedUpdate(t *testing.T) {
	f := newFile(t)
	f.update(everything)
	before, failure := f.dump(), errors.New("no")
	undone := func(name string, do func(*Tx) error) {
		t.Helper()
		if err := f.Update(do); err == nil {
			t.Errorf("%s: no error", name)
		}
		if d := cmp.Diff(before, f.dump()); d != "" {
			t.Errorf("%s left something: %s", name, d)
		}
	}
	undone("an error at the end", func(tx *Tx) error {
		if err := everything(tx); err != nil {
			return err
		}
		return failure
	})
	undone("a hole in the events", func(tx *Tx) error {
		if _, err := tx.NextNumber(2026); err != nil {
			return err
		}
		e := opened("2026-000002")
		e.Kind = cases.Signed
		_, err := tx.Append(e)
		return err
	})
	undone("opened twice", func(tx *Tx) error { _, err := tx.Append(opened("2026-000001")); return err })
	undone("a case without a number", func(tx *Tx) error { _, err := tx.Append(opened("")); return err })
	undone("a state that is no JSON", func(tx *Tx) error {
		tx.MarkSeen("p9", now)
		return tx.PutState("论坛", func() {})
	})
	undone("a time that is no JSON", func(tx *Tx) error {
		return tx.PutMention(cases.Mention{Case: "2026-000001", No: 2, Published: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)})
	})
	undone("a message without a key", func(tx *Tx) error { return tx.Say(cases.Outgoing{To: "王敏"}, now) })
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic was swallowed")
			}
		}()
		f.Update(func(tx *Tx) error { everything(tx); panic("boom") })
	}()
	undone("after a panic", func(*Tx) error { return failure })
	f.reopen()
	undone("after reopening", func(*Tx) error { return failure })
}

func TestClosed(t *testing.T) {
	f := newFile(t)
	f.Close()
	if f.Update(everything) == nil || f.View(checkEverything) == nil {
		t.Error("a closed journal takes transactions")
	}
	if _, err := f.Seal(1); err == nil {
		t.Error("a closed journal seals")
	}
	if f.Shipped("x") == nil {
		t.Error("a closed journal ships")
	}
}

// Case numbers have no gaps, whatever fails in between, and start anew each year.
func TestNumbers(t *testing.T) {
	f := newFile(t)
	draw := func(year int, fail bool) (number string) {
		f.Update(func(tx *Tx) (err error) {
			if number, err = tx.NextNumber(year); err == nil && fail {
				err = errors.New("no")
			}
			return err
		})
		return number
	}
	for i, c := range []struct {
		year int
		fail bool
		want string
	}{
		{2026, false, "2026-000001"}, {2026, true, "2026-000002"}, {2026, true, "2026-000002"}, {2026, false, "2026-000002"},
		{2027, true, "2027-000001"}, {2027, false, "2027-000001"}, {2026, false, "2026-000003"}, {2027, false, "2027-000002"},
	} {
		if got := draw(c.year, c.fail); got != c.want {
			t.Errorf("%d: drew %s, want %s", i, got, c.want)
		}
		if i == 4 {
			f.reopen()
		}
	}
}

func TestEventsInOrder(t *testing.T) {
	f := newFile(t)
	f.update(func(tx *Tx) error {
		_, err := tx.Append(opened("2026-000001"))
		for range 299 { // more than one byte's worth
			if err == nil {
				_, err = tx.Append(cases.Event{Case: "2026-000001", Seq: 77, Kind: cases.Joined, Source: "微博"})
			}
		}
		return err
	})
	f.reopen()
	f.view(func(tx *Tx) error {
		events, err := tx.Events("2026-000001")
		for i, e := range events {
			if e.Seq != i+1 {
				t.Fatalf("event %d has the number %d", i+1, e.Seq)
			}
		}
		if c, ok, err := tx.Case("2026-000001"); err != nil || !ok || c.Mentions != 300 || len(events) != 300 {
			t.Errorf("%d events, %d mentions, %v", len(events), c.Mentions, err)
		}
		if events, err := tx.Events("2026-000002"); err != nil || events != nil {
			t.Errorf("events of a case that is not held: %v, %v", events, err)
		}
		return err
	})
}
