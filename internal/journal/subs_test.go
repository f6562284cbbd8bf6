package journal

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubscriptions(t *testing.T) {
	type sub struct{ Secret string }
	f := newFile(t)
	want := func(want map[string]sub) {
		t.Helper()
		got := map[string]sub{}
		f.view(func(tx *Tx) error {
			return tx.Subscriptions(func(id string, raw []byte) error {
				var s sub
				err := json.Unmarshal(raw, &s)
				got[id] = s
				return err
			})
		})
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	put := func(id, secret string) {
		t.Helper()
		f.update(func(tx *Tx) error { return tx.PutSubscription(id, sub{secret}) })
	}
	want(map[string]sub{})
	put("A", "1")
	put("B", "2")
	put("A", "3")
	f.reopen()
	want(map[string]sub{"A": {"3"}, "B": {"2"}})
	f.update(func(tx *Tx) error { return errors.Join(tx.DropSubscription("A"), tx.DropSubscription("C")) })
	want(map[string]sub{"B": {"2"}})
	failure := errors.New("no")
	err := f.View(func(tx *Tx) error { return tx.Subscriptions(func(string, []byte) error { return failure }) })
	if !errors.Is(err, failure) {
		t.Error(err)
	}
}
