package journal

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
)

func TestLeavesAndTurns(t *testing.T) {
	f := newFile(t)
	leaves := []Leave{{From: "2026-11-23", Until: "2026-11-24"}, {From: "2026-12-01", Until: "2026-12-01"}}
	f.update(func(tx *Tx) error {
		for _, err := range []error{
			tx.PutLeaves("王敏", leaves[:1]), tx.PutLeaves("王敏", leaves), tx.PutLeaves("李强", leaves), tx.PutLeaves("李强", nil),
			tx.PutTurn("供水公司", "2026-11-23", "李强"), tx.PutTurn("住建局", "2026-11-23", "赵刚"), tx.PutTurn("住建局", "2026-11-23", ""),
			tx.PutTurn("住建局", "2026-11-24", ""), // nothing to take back
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	f.reopen()
	f.view(func(tx *Tx) error {
		for name, want := range map[string][]Leave{"王敏": leaves, "李强": nil, "路人": nil, "": nil} {
			if got, err := tx.Leaves(name); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s is away %v, %v, want %v", name, got, err, want)
			}
		}
		for turn, want := range map[[2]string]string{
			{"供水公司", "2026-11-23"}: "李强", {"供水公司", "2026-11-24"}: "", {"住建局", "2026-11-23"}: "", {"", ""}: "",
		} {
			if got, err := tx.Turn(turn[0], turn[1]); err != nil || got != want {
				t.Errorf("%v: %q, %v, want %q", turn, got, err, want)
			}
		}
		return nil
	})
}

func TestMutes(t *testing.T) {
	f := newFile(t)
	want := map[string]time.Time{}
	for range 2 {
		f.view(func(tx *Tx) error {
			got, err := tx.Mutes()
			if err != nil || !maps.EqualFunc(got, want, time.Time.Equal) {
				t.Errorf("%v, %v, want %v", got, err, want)
			}
			return nil
		})
		want["供水"] = now
		f.update(func(tx *Tx) error { return tx.PutMutes(want) })
		f.reopen()
	}
}

// How often a phone rang within the minute before is counted, for each on its own.
func TestRang(t *testing.T) {
	f := newFile(t)
	for i, c := range []struct {
		who   string
		after time.Duration
		want  int
	}{
		{"王敏", 0, 0}, {"王敏", 0, 1}, {"李强", time.Second, 0}, {"王敏", 30 * time.Second, 2}, {"王敏", time.Minute - 1, 3},
		{"王敏", time.Minute, 2}, {"王敏", 90 * time.Second, 2}, {"王敏", time.Hour, 0}, {"李强", time.Hour, 0},
	} {
		f.update(func(tx *Tx) error {
			got, err := tx.Rang(c.who, now.Add(c.after))
			if got != c.want {
				t.Errorf("%d: %d rings before, want %d", i, got, c.want)
			}
			return err
		})
	}
}

// Looks come when they are due: those at answers first, then the oldest.
func TestLooks(t *testing.T) {
	f := newFile(t)
	look := func(number, post string, reply int, after time.Duration) cases.Look {
		return cases.Look{Case: number, Post: post, Reply: reply, URL: "u", At: now.Add(after)}
	}
	queued := []cases.Look{
		look("2026-000001", "p", 0, 2*time.Minute), look("2026-000001", "q", 0, time.Minute), look("2026-000002", "", 1, 3*time.Minute),
		look("2026-000003", "r", 0, time.Hour), look("2026-000002", "", 2, 2*time.Minute),
	}
	f.update(func(tx *Tx) error {
		for _, l := range append([]cases.Look{look("2026-000001", "p", 0, 0)}, queued...) { // the first is replaced
			if err := tx.PutLook(l); err != nil {
				return err
			}
		}
		return nil
	})
	f.reopen()
	due := func(after time.Duration, max int, want ...cases.Look) {
		t.Helper()
		f.view(func(tx *Tx) error {
			got, err := tx.Looks(now.Add(after), max)
			if d := cmp.Diff(want, got); err != nil || d != "" {
				t.Errorf("after %s: %s, %v", after, d, err)
			}
			return nil
		})
	}
	due(time.Minute-1, 9)
	due(time.Minute, 9, queued[1])
	due(10*time.Minute, 9, queued[4], queued[2], queued[1], queued[0])
	due(10*time.Minute, 3, queued[4], queued[2], queued[1])
	f.update(func(tx *Tx) error {
		for i, want := range []bool{true, false} {
			if ok, err := tx.DropLook(queued[2]); err != nil || ok != want {
				t.Errorf("%d: %v, %v", i, ok, err)
			}
		}
		if err := tx.PutPage(queued[0]); err != nil {
			return err
		}
		if err := tx.PutPage(queued[1]); err != nil {
			return err
		}
		return tx.DropPage("2026-000001", "p")
	})
	due(10*time.Minute, 9, queued[4], queued[1])
	f.view(func(tx *Tx) error {
		pages, err := tx.Pages("2026-000001")
		if d := cmp.Diff([]cases.Look{queued[1]}, pages); err != nil || d != "" {
			t.Errorf("%s, %v", d, err)
		}
		return nil
	})
}

// Cases for one person gather on one list, until it is on its way; what rings as a card
// leaves it.
func TestBundle(t *testing.T) {
	f := newFile(t)
	bundle := func(who, number string, after time.Time) {
		t.Helper()
		f.update(func(tx *Tx) error { return tx.Bundle(who, number, after) })
	}
	queue := func(want ...cases.Outgoing) {
		t.Helper()
		if d := cmp.Diff(want, f.outgoing()); d != "" {
			t.Error(d)
		}
	}
	bundle("王敏", "2026-000001", now)
	bundle("王敏", "2026-000002", now.Add(time.Second))
	bundle("王敏", "2026-000001", now.Add(time.Second))
	bundle("李强", "2026-000001", now.Add(time.Second))
	first := cases.Outgoing{Seq: 1, To: "王敏", Bundle: []string{"2026-000001", "2026-000002"}, After: now}
	other := cases.Outgoing{Seq: 2, To: "李强", Bundle: []string{"2026-000001"}, After: now.Add(time.Second)}
	queue(first, other)
	f.update(func(tx *Tx) error { return tx.Say(cases.Outgoing{To: "王敏", Text: "您好", Key: "k"}, now) })
	f.update(func(tx *Tx) error {
		return tx.DropOutgoing(cases.Outgoing{Seq: 3, To: "王敏"}) // a text leaves the list alone
	})
	f.update(func(tx *Tx) error { return tx.Touch("2026-000002", "王敏", true) })
	first.Bundle = first.Bundle[:1]
	card := cases.Outgoing{Seq: 4, To: "王敏", Case: "2026-000002", Ring: true}
	queue(first, other, card)
	f.view(func(tx *Tx) error {
		for number, want := range map[string]bool{"2026-000001": false, "2026-000002": true} {
			if got, err := tx.Ringing(number, "王敏"); err != nil || got != want {
				t.Errorf("%s rings: %v, %v", number, got, err)
			}
		}
		return nil
	})
	first.Begun = now // it is on its way: what comes now is on another
	f.update(func(tx *Tx) error { return tx.PutOutgoing(first) })
	bundle("王敏", "2026-000003", now)
	next := cases.Outgoing{Seq: 5, To: "王敏", Bundle: []string{"2026-000003"}, After: now}
	queue(first, other, card, next)
	f.update(func(tx *Tx) error { return tx.DropOutgoing(first) })
	bundle("王敏", "2026-000004", now)
	next.Bundle = append(next.Bundle, "2026-000004")
	queue(other, card, next)
	f.update(func(tx *Tx) error { return tx.Touch("2026-000001", "李强", true) }) // and nothing is left to list
	queue(card, next, cases.Outgoing{Seq: 6, To: "李强", Case: "2026-000001", Ring: true})
	bundle("李强", "2026-000005", now)
	if got := f.outgoing(); len(got) != 4 || got[3].To != "李强" || !slices.Equal(got[3].Bundle, []string{"2026-000005"}) {
		t.Errorf("%+v", got)
	}
}

// What is to be listed is forgotten when the list goes elsewhere; a card is not.
func TestUnlisted(t *testing.T) {
	f := newFile(t)
	f.update(func(tx *Tx) error {
		for _, c := range []cases.Card{
			{Case: "1", Officer: "王敏", Listed: true}, {Case: "2", Officer: "王敏", Listed: true, Message: 5}, {Case: "3", Officer: "王敏", Message: 6},
		} {
			if err := tx.PutCard(c); err != nil {
				return err
			}
		}
		for _, number := range []string{"1", "2", "3", "4"} {
			if err := tx.Unlisted(number, "王敏"); err != nil {
				return err
			}
		}
		for number, want := range map[string]bool{"1": false, "2": true, "3": true} {
			if _, ok, err := tx.Card(number, "王敏"); err != nil || ok != want {
				t.Errorf("%s: %v, %v", number, ok, err)
			}
		}
		return nil
	})
}

func TestUnbind(t *testing.T) {
	f := newFile(t)
	f.update(func(tx *Tx) error {
		if err := tx.Bind(Binding{Name: "王敏", Chat: 1, At: now}); err != nil {
			return err
		}
		for i, want := range []bool{true, false} {
			if ok, err := tx.Unbind("王敏"); err != nil || ok != want {
				t.Errorf("%d: %v, %v", i, ok, err)
			}
		}
		if name := tx.NameOf(1); name != "" {
			t.Errorf("the chat is %s's", name)
		}
		return nil
	})
}
