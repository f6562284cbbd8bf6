package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

func (f *file) outgoing() (all []cases.Outgoing) {
	f.t.Helper()
	f.view(func(tx *Tx) (err error) {
		all, err = tx.Outgoing()
		return err
	})
	return all
}

func TestTouch(t *testing.T) {
	f := newFile(t)
	touch := func(officer string, ring bool) {
		t.Helper()
		f.update(func(tx *Tx) error { return tx.Touch("2026-000001", officer, ring) })
	}
	for range 10 {
		touch("王敏", false)
	}
	touch("李强", false)
	want := []cases.Outgoing{{Seq: 1, To: "王敏", Case: "2026-000001"}, {Seq: 2, To: "李强", Case: "2026-000001"}}
	if d := cmp.Diff(want, f.outgoing()); d != "" {
		t.Fatal(d)
	}
	// An attempt that began may have reached the phone: a ring asked for later keeps that.
	want[0].Begun = now
	f.update(func(tx *Tx) error { return tx.PutOutgoing(want[0]) })
	touch("王敏", true)
	f.reopen()
	touch("王敏", false) // and the ring is kept
	want[0].Ring = true
	if d := cmp.Diff(want, f.outgoing()); d != "" {
		t.Fatal(d)
	}
	f.update(func(tx *Tx) error { return tx.DropOutgoing(want[0]) })
	f.update(func(tx *Tx) error { return tx.PutOutgoing(want[0]) }) // gone is gone
	if d := cmp.Diff(want[1:], f.outgoing()); d != "" {
		t.Fatal(d)
	}
	touch("王敏", false)                                               // and a new one can be asked for
	f.update(func(tx *Tx) error { return tx.DropOutgoing(want[0]) }) // the old one once more
	touch("王敏", false)
	if d := cmp.Diff([]cases.Outgoing{want[1], {Seq: 3, To: "王敏", Case: "2026-000001"}}, f.outgoing()); d != "" {
		t.Fatal(d)
	}
	f.view(func(tx *Tx) error {
		if _, ok, err := tx.Queued(1); ok || err != nil {
			t.Errorf("a dropped message is queued: %v", err)
		}
		if o, ok, err := tx.Queued(3); !ok || err != nil || o.Seq != 3 || o.To != "王敏" {
			t.Errorf("%+v, %v, %v", o, ok, err)
		}
		return nil
	})
}

func TestSayOnce(t *testing.T) {
	f := newFile(t)
	say := func(key, text string) {
		t.Helper()
		f.update(func(tx *Tx) error { return tx.Say(cases.Outgoing{To: "王敏", Key: key, Text: text}, now) })
	}
	say("digest/1", "一")
	say("digest/1", "另一")
	say("digest/2", "二")
	f.update(func(tx *Tx) error { return tx.DropOutgoing(f.outgoing()[0]) })
	f.reopen()
	say("digest/1", "再一") // delivered, and still said
	if got := f.outgoing(); len(got) != 1 || got[0].Text != "二" {
		t.Errorf("%+v", got)
	}
}

func (f *file) enqueue(from, n int) {
	f.t.Helper()
	f.update(func(tx *Tx) error {
		for i := from; i < from+n; i++ {
			if err := tx.Enqueue(cases.Record{Poll: &cases.Poll{ID: fmt.Sprint(i), Read: i}}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *file) seal(max int) cases.Shipment {
	f.t.Helper()
	s, err := f.Seal(max)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func TestSeal(t *testing.T) {
	f := newFile(t)
	if s := f.seal(10); len(s.Records) != 0 || s.ID != "" {
		t.Errorf("an empty queue ships %+v", s)
	}
	f.enqueue(0, 5)
	first := f.seal(3)
	if first.ID != f.ID()+"-1-3" || len(first.Records) != 3 || first.Records[2].Poll.Read != 2 {
		t.Fatalf("%+v", first)
	}
	f.enqueue(5, 5)
	for _, max := range []int{1, 3, 100} { // it never changes until it is shipped
		if d := cmp.Diff(first, f.seal(max)); d != "" {
			t.Error(d)
		}
		f.reopen()
	}
	for _, wrong := range []string{"", f.ID() + "-1-4", f.ID() + "-4-10", "OTHER-1-3"} {
		if f.Shipped(wrong) == nil {
			t.Errorf("%q was taken for shipped", wrong)
		}
	}
	if err := f.Shipped(first.ID); err != nil {
		t.Fatal(err)
	}
	if f.Shipped(first.ID) == nil {
		t.Error("a shipment arrived twice")
	}
	f.reopen()
	second := f.seal(100)
	if second.ID != f.ID()+"-4-10" || len(second.Records) != 7 || second.Records[0].Poll.Read != 3 {
		t.Fatalf("%+v", second)
	}
	if err := f.Shipped(second.ID); err != nil {
		t.Fatal(err)
	}
	f.reopen()
	f.enqueue(10, 1)
	if s := f.seal(100); s.ID != f.ID()+"-11-11" {
		t.Errorf("an emptied queue starts with %s", s.ID)
	}
}

// Big records travel in small shipments, at least one at a time.
func TestSealBig(t *testing.T) {
	f := newFile(t)
	f.update(func(tx *Tx) error {
		for range 5 {
			if err := tx.Enqueue(cases.Record{Post: &cases.StoredPost{Text: strings.Repeat("x", maxShipment/2)}}); err != nil {
				return err
			}
		}
		return nil
	})
	var sizes []int
	for s := f.seal(100); len(s.Records) > 0; s = f.seal(100) {
		if d := cmp.Diff(s, f.seal(100)); d != "" {
			t.Error(d)
		}
		sizes = append(sizes, len(s.Records))
		if err := f.Shipped(s.ID); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(sizes, []int{2, 2, 1}) {
		t.Errorf("shipments of %v records", sizes)
	}
}

// However enqueueing, sealing, shipping, failing and reopening mix, every record is
// shipped once and in order, and a shipment that is sent again is the same.
func TestShipLaw(t *testing.T) {
	f := newFile(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		var travels *cases.Shipment
		var shipped []int
		from, ids := n, map[string]bool{}
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"enqueue", "enqueue", "fail", "seal", "ship", "reopen"}).Draw(t, "step") {
			case "enqueue":
				k := rapid.IntRange(1, 5).Draw(t, "k")
				f.enqueue(n, k)
				n += k
			case "fail":
				f.Update(func(tx *Tx) error {
					tx.Enqueue(cases.Record{Poll: &cases.Poll{Read: -1}})
					return fmt.Errorf("no")
				})
			case "seal":
				s := f.seal(rapid.IntRange(1, 6).Draw(t, "max"))
				if travels != nil && cmp.Diff(*travels, s) != "" {
					t.Fatalf("%+v was sealed, and now %+v", *travels, s)
				}
				if travels = nil; len(s.Records) > 0 {
					travels = &s
				}
			case "ship":
				if travels == nil {
					continue
				}
				if err := f.Shipped(travels.ID); err != nil || ids[travels.ID] {
					t.Fatalf("%s: %v", travels.ID, err)
				}
				ids[travels.ID] = true
				for _, r := range travels.Records {
					shipped = append(shipped, r.Poll.Read)
				}
				travels = nil
			case "reopen":
				f.reopen()
			}
		}
		for s := f.seal(100); len(s.Records) > 0; s = f.seal(100) { // what is left
			for _, r := range s.Records {
				shipped = append(shipped, r.Poll.Read)
			}
			if err := f.Shipped(s.ID); err != nil {
				t.Fatal(err)
			}
		}
		var want []int
		for i := from; i < n; i++ {
			want = append(want, i)
		}
		if !slices.Equal(shipped, want) {
			t.Fatalf("shipped %v, want %v", shipped, want)
		}
	})
}

func TestUnshipped(t *testing.T) {
	f := newFile(t)
	for _, want := range []int{0, 1, 500} {
		n := want
		f.view(func(tx *Tx) error { n -= tx.Unshipped(); return nil })
		f.enqueue(0, n)
		f.view(func(tx *Tx) error {
			if got := tx.Unshipped(); got != want {
				t.Errorf("%d unshipped, want %d", got, want)
			}
			return nil
		})
	}
}

func TestCounted(t *testing.T) {
	f := newFile(t)
	f.update(func(tx *Tx) error {
		for _, c := range []struct {
			day, counter string
			n            int
		}{
			{"2026-11-22", "matched", 1}, {"2026-11-23", "matched", 10}, {"2026-11-23", "matched", 10}, {"2026-11-24", "matched", 100},
			{"2026-11-23", "match", 1000}, {"2026-11-23", "matched2", 1000}, {"2026-11-25", "matched", 0},
		} {
			if err := tx.Count(c.day, c.counter, c.n); err != nil {
				return err
			}
		}
		return nil
	})
	f.view(func(tx *Tx) error {
		for _, c := range []struct {
			from, until string
			want        int
		}{
			{"2026-11-23", "2026-11-24", 20}, {"2026-11-22", "2026-11-24", 21}, {"2026-11-22", "2026-11-30", 121},
			{"2026-11-25", "2026-11-30", 0}, {"2026-11-24", "2026-11-23", 0},
		} {
			if got, err := tx.Counted(c.from, c.until, "matched"); err != nil || got != c.want {
				t.Errorf("%s to %s: %d, %v, want %d", c.from, c.until, got, err, c.want)
			}
		}
		return nil
	})
}

func TestPrune(t *testing.T) {
	f := newFile(t)
	day := 24 * time.Hour
	ends := map[string]time.Duration{ // how long before now a case ended; 0: it did not
		"2026-000001": 0, "2026-000002": KeepOver + day, "2026-000003": KeepOver - day,
	}
	answered := map[string]time.Duration{"2026-000004": KeepAnswered - day, "2026-000005": KeepAnswered + day} // and never closed
	for number := range answered {
		ends[number] = 0
	}
	f.update(func(tx *Tx) error {
		for age, id := range map[time.Duration]string{day: "new", KeepSeen - day: "kept", KeepSeen + day: "old"} {
			tx.MarkSeen(id, now.Add(-age))
		}
		for age, id := range map[time.Duration]int64{day: 1, KeepUpdates - day: 2, KeepUpdates + day: 3} {
			tx.Updated(id, now.Add(-age))
		}
		for age, key := range map[time.Duration]string{day: "new", KeepDays - day: "kept", KeepDays + day: "old"} {
			tx.Say(cases.Outgoing{To: "王敏", Key: key}, now.Add(-age))
			tx.Count(now.Add(-age).Format(time.DateOnly), "matched", 1)
		}
		for age, id := range map[time.Duration]string{day: "new", KeepStories - day: "kept", KeepStories + day: "old"} {
			tx.PutStory(cases.Story{ID: id, Case: "2026-000001", At: now.Add(-age)}, post.Fingerprint{})
		}
		tx.PutInvite("GOOD", Invite{Name: "王敏", Expires: now.Add(time.Minute)})
		tx.PutInvite("OLD", Invite{Name: "李强", Expires: now.Add(-time.Minute)})
		for number, ago := range ends {
			e := opened(number)
			e.At = now.Add(-300 * day) // however long ago it began
			tx.Append(e)
			tx.PutMention(cases.Mention{Case: number, No: 1})
			tx.PutCard(cases.Card{Case: number, Officer: "王敏", Chat: 1, Message: 2})
			tx.Touch(number, "王敏", false)
			switch since, ok := answered[number]; {
			case ok:
				tx.Append(cases.Event{Case: number, Kind: cases.Replied, At: now.Add(-since)})
			case ago > 0:
				tx.Append(cases.Event{Case: number, Kind: cases.Dismissed, At: now.Add(-ago)})
			}
		}
		return tx.Bind(Binding{Name: "王敏", Chat: 1, At: now.Add(-500 * day)})
	})
	ship := len(f.seal(1000).Records)
	for range 2 { // the second time there is nothing left to forget
		f.update(func(tx *Tx) error { return tx.Prune(now) })
	}
	f.reopen()
	f.view(func(tx *Tx) error {
		var held, stories []string
		tx.Cases(func(c cases.Case) error { held = append(held, c.Number); return nil })
		tx.Stories(func(s cases.Story, _ post.Fingerprint) { stories = append(stories, s.ID) })
		if want := []string{"2026-000001", "2026-000003", "2026-000004"}; !slices.Equal(held, want) {
			t.Errorf("held are %v, want %v", held, want)
		}
		if want := []string{"kept", "new"}; !slices.Equal(stories, want) {
			t.Errorf("stories are %v, want %v", stories, want)
		}
		if !tx.Seen("new") || !tx.Seen("kept") || tx.Seen("old") {
			t.Error("seen posts")
		}
		if !tx.Said("new") || !tx.Said("kept") || tx.Said("old") {
			t.Error("said messages")
		}
		if !tx.Handled(1) || !tx.Handled(2) || tx.Handled(3) {
			t.Error("updates")
		}
		if n, _ := tx.Counted("2000", "3000", "matched"); n != 2 {
			t.Errorf("%d days are counted", n)
		}
		if tx.NameOf(1) != "王敏" {
			t.Error("the binding is gone")
		}
		for number := range ends {
			_, mention, _ := tx.Mention(number, 1)
			_, card, _ := tx.Card(number, "王敏")
			if want := slices.Contains(held, number); mention != want || card != want {
				t.Errorf("%s: mention %v, card %v", number, mention, card)
			}
		}
		return nil
	})
	queued := map[string]bool{}
	for _, o := range f.outgoing() {
		queued[o.Case+o.Key] = true
	}
	for _, want := range []string{"new", "kept", "old", "2026-000001", "2026-000003", "2026-000004"} {
		if !queued[want] {
			t.Errorf("%s is not queued any more", want)
		}
	}
	if queued["2026-000002"] || queued["2026-000005"] {
		t.Error("the card of a forgotten case is queued")
	}
	if got := len(f.seal(1000).Records); got != ship || ship != 14 {
		t.Errorf("%d records of %d are left to ship", got, ship)
	}
	f.update(func(tx *Tx) error {
		if _, ok, _ := tx.TakeInvite("GOOD", now); !ok {
			t.Error("a good invitation is gone")
		}
		return nil
	})
}
