package journal

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Binding ties a person of the configuration to a Telegram chat.
type Binding struct {
	Name    string    `json:"name"`
	Chat    int64     `json:"chat"`
	At      time.Time `json:"at"`
	Blocked bool      `json:"blocked,omitempty"` // the person blocked the bot
}

// Invite is a one-time code's promise: who uses it is that person.
type Invite struct {
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
}

// PutInvite keeps an invitation under a hash of its code. Earlier ones for the same
// person end.
func (t *Tx) PutInvite(code string, in Invite) error {
	if err := t.dropInvites(in.Name); err != nil {
		return err
	}
	return t.put(bInvites, codeKey(code), in)
}

// TakeInvite uses a code up; false when there is none such, or it has expired.
func (t *Tx) TakeInvite(code string, now time.Time) (in Invite, ok bool, err error) {
	key := codeKey(code)
	if ok, err = t.get(bInvites, key, &in); !ok || err != nil {
		return Invite{}, false, err
	}
	if err := t.tx.Bucket(bInvites).Delete(key); err != nil {
		return Invite{}, false, err
	}
	return in, now.Before(in.Expires), nil
}

func (t *Tx) dropInvites(name string) error {
	return t.drop(bInvites, func(_, v []byte) bool {
		var in Invite
		return json.Unmarshal(v, &in) == nil && in.Name == name
	})
}

func codeKey(code string) []byte {
	h := sha256.Sum256([]byte(code))
	return h[:]
}

// Bind ties a person to a chat. A chat serves one person and a person has one chat:
// older ties of both end.
func (t *Tx) Bind(b Binding) error {
	old, ok, err := t.Binding(b.Name)
	if err != nil {
		return err
	}
	if ok {
		if err := t.tx.Bucket(bChats).Delete(chatKey(old.Chat)); err != nil {
			return err
		}
	}
	if name := t.NameOf(b.Chat); name != "" && name != b.Name {
		if err := t.tx.Bucket(bPeople).Delete([]byte(name)); err != nil {
			return err
		}
	}
	if err := t.tx.Bucket(bChats).Put(chatKey(b.Chat), []byte(b.Name)); err != nil {
		return err
	}
	return t.put(bPeople, []byte(b.Name), b)
}

// Binding returns a person's tie; false when the person never bound a chat.
func (t *Tx) Binding(name string) (b Binding, ok bool, err error) {
	ok, err = t.get(bPeople, []byte(name), &b)
	return b, ok, err
}

// NameOf returns the person whom a chat is bound to; empty when it is a stranger's.
func (t *Tx) NameOf(chat int64) string { return string(t.tx.Bucket(bChats).Get(chatKey(chat))) }

func chatKey(chat int64) []byte { return []byte(strconv.FormatInt(chat, 10)) }

// Bindings returns all ties, by name.
func (t *Tx) Bindings() ([]Binding, error) {
	var all []Binding
	return all, t.each(bPeople, nil, func(k, v []byte) error {
		var b Binding
		if err := json.Unmarshal(v, &b); err != nil {
			return fmt.Errorf("journal: person %s: %w", k, err)
		}
		all = append(all, b)
		return nil
	})
}

// Handled tells whether a chat update was handled before.
func (t *Tx) Handled(id int64) bool { return t.tx.Bucket(bUpdates).Get(number(uint64(id))) != nil }

// Updated tells whether a chat update was handled before, and marks it handled.
func (t *Tx) Updated(id int64, at time.Time) (before bool, err error) {
	if t.Handled(id) {
		return true, nil
	}
	return false, t.tx.Bucket(bUpdates).Put(number(uint64(id)), stamp(at))
}

// Unbind ends a person's tie; false when there was none.
func (t *Tx) Unbind(name string) (bool, error) {
	b, ok, err := t.Binding(name)
	if err != nil || !ok {
		return false, err
	}
	if err := t.tx.Bucket(bChats).Delete(chatKey(b.Chat)); err != nil {
		return false, err
	}
	return true, t.tx.Bucket(bPeople).Delete([]byte(name))
}
