package journal

import (
	"testing"
	"time"
)

func TestInvites(t *testing.T) {
	f := newFile(t)
	invite := func(name, code string) {
		t.Helper()
		f.update(func(tx *Tx) error { return tx.PutInvite(code, Invite{Name: name, Expires: now.Add(time.Hour)}) })
	}
	take := func(code string, at time.Time, want string) {
		t.Helper()
		f.update(func(tx *Tx) error {
			in, ok, err := tx.TakeInvite(code, at)
			if ok != (want != "") || ok && in.Name != want {
				t.Errorf("%s: %+v, %v", code, in, ok)
			}
			return err
		})
	}
	invite("王敏", "AAA")
	invite("李强", "BBB")
	invite("李强", "CCC")
	take("", now, "")
	take("AAB", now, "")
	take("BBB", now, "") // a newer one ended it
	f.reopen()
	take("CCC", now.Add(time.Hour-1), "李强")
	take("CCC", now, "")
	take("AAA", now.Add(time.Hour), "") // expired
	take("AAA", now, "")                // and used up by that
	for k, v := range f.dump() {
		for _, code := range []string{"AAA", "BBB", "CCC"} {
			if k == "invites/"+code || v == code {
				t.Errorf("the code stands in the file: %s", k)
			}
		}
	}
}

func TestBind(t *testing.T) {
	f := newFile(t)
	bind := func(name string, chat int64) {
		t.Helper()
		f.update(func(tx *Tx) error { return tx.Bind(Binding{Name: name, Chat: chat, At: now}) })
	}
	// check compares both directions, and that there are no other ties.
	check := func(want map[string]int64) {
		t.Helper()
		f.view(func(tx *Tx) error {
			all, err := tx.Bindings()
			if err != nil || len(all) != len(want) {
				t.Errorf("bindings %+v, %v", all, err)
			}
			for _, b := range all {
				if want[b.Name] != b.Chat || tx.NameOf(b.Chat) != b.Name {
					t.Errorf("%+v, and the chat is %q's", b, tx.NameOf(b.Chat))
				}
			}
			for chat := range int64(10) {
				name := tx.NameOf(chat)
				if b, ok, _ := tx.Binding(name); name != "" && (!ok || b.Chat != chat) {
					t.Errorf("chat %d is %s's, who has %+v", chat, name, b)
				}
			}
			return nil
		})
	}
	check(map[string]int64{})
	bind("王敏", 1)
	bind("李强", 2)
	check(map[string]int64{"王敏": 1, "李强": 2})
	bind("王敏", 3) // a new phone
	check(map[string]int64{"王敏": 3, "李强": 2})
	bind("李强", 3) // a phone that changes hands: 王敏 has none now
	check(map[string]int64{"李强": 3})
	f.reopen()
	bind("王敏", 2) // the old one of the other
	check(map[string]int64{"李强": 3, "王敏": 2})
	bind("王敏", 2)
	check(map[string]int64{"李强": 3, "王敏": 2})
	f.update(func(tx *Tx) error { return tx.Bind(Binding{Name: "王敏", Chat: 2, Blocked: true}) })
	f.view(func(tx *Tx) error {
		if b, _, _ := tx.Binding("王敏"); !b.Blocked {
			t.Error("that the person blocked the bot is forgotten")
		}
		return nil
	})
}

func TestUpdated(t *testing.T) {
	f := newFile(t)
	for i, c := range []struct {
		id     int64
		before bool
	}{{5, false}, {5, true}, {4, false}, {-5, false}, {5, true}, {-5, true}, {1 << 40, false}, {4, true}} {
		f.update(func(tx *Tx) error {
			if tx.Handled(c.id) != c.before {
				t.Errorf("%d: Handled(%d) = %v", i, c.id, !c.before)
			}
			before, err := tx.Updated(c.id, now)
			if before != c.before {
				t.Errorf("%d: Updated(%d) = %v", i, c.id, before)
			}
			return err
		})
		if i == 4 {
			f.reopen()
		}
	}
}
