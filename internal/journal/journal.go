// Package journal is where a thing becomes true: a bbolt file that holds what is
// still live (open cases, stories, queues, polling state, who is bound to which
// chat). Whatever follows from one batch of posts, or from one chat update, is one
// transaction of it; nothing is sent and nobody is told before that has committed.
package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

var (
	bMeta     = []byte("meta")     // version, id
	bSeen     = []byte("seen")     // post ID → when first seen (unix seconds)
	bStates   = []byte("states")   // source → its polling state
	bStories  = []byte("stories")  // story ID → Story with its sketch
	bCases    = []byte("cases")    // case → bucket of events by seq
	bFolds    = []byte("folds")    // case → Case, the fold over its events
	bMentions = []byte("mentions") // case \0 no → Mention
	bNumbers  = []byte("numbers")  // year → last case number
	bOutbox   = []byte("outbox")   // seq → Outgoing
	bPending  = []byte("pending")  // case \0 officer → seq of its outbox entry
	bCards    = []byte("cards")    // case \0 officer → Card
	bPeople   = []byte("people")   // name → Binding
	bChats    = []byte("chats")    // chat → name
	bInvites  = []byte("invites")  // code's hash → Invite
	bUpdates  = []byte("updates")  // chat update ID → when
	bSaid     = []byte("said")     // key of a message queued once → when
	bShip     = []byte("ship")     // seq → Record
	bDays     = []byte("days")     // day \0 counter → count
	bLeaves   = []byte("leaves")   // name → []Leave
	bTurns    = []byte("turns")    // day \0 unit → who is on duty
	bRings    = []byte("rings")    // who → when the phone rang within the last minute
	bLooks    = []byte("looks")    // case \0 what → Look that is queued
	bPages    = []byte("pages")    // case \0 post → the last Look at its page
	bOffers   = []byte("offers")   // case \0 post's key → address of what may answer the case
	bLetters  = []byte("letters")  // post ID → letter: the case that it opened or joined
	bSubs     = []byte("subs")     // subscription's ID → what is kept of it
)

var buckets = [][]byte{bMeta, bSeen, bStates, bStories, bCases, bFolds, bMentions, bNumbers, bOutbox, bPending, bCards,
	bPeople, bChats, bInvites, bUpdates, bSaid, bShip, bDays, bLeaves, bTurns, bRings, bLooks, bPages, bOffers, bLetters, bSubs}

const version = "1"

// Journal is an open journal file.
type Journal struct {
	db *bolt.DB
	id string
}

// lockFor is how long Open waits for another process to let go of the file.
const lockFor = 3 * time.Second

// Open opens the journal at path and makes it if there is none. A file that is
// there but empty, damaged, of another version or open in another process is an
// error that says what to do; it is never replaced.
func Open(path string) (*Journal, error) {
	if err := examine(path); err != nil {
		return nil, err
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockFor,
		// A read transaction that is open while the map grows would block the writer.
		InitialMmapSize: 1 << 30,
	})
	if err != nil {
		return nil, unopened(path, err)
	}
	j := &Journal{db: db}
	if err := j.prepare(); err != nil {
		db.Close()
		return nil, fmt.Errorf("记录文件 %s 打不开：%w", path, err)
	}
	return j, nil
}

// examine tells whether the file at path, if there is one, can be opened without
// harm. It waits for the lock first: a file that is being written looks damaged.
func examine(path string) error {
	switch st, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err == nil && st.Size() == 0:
		return fmt.Errorf("记录文件 %s 是空的：可能磁盘曾经写满。请从备份恢复它；确认是全新安装的话，删除这个文件再启动", path)
	}
	// Reading only, bbolt looks at the meta pages and at nothing else.
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockFor})
	if err != nil {
		return unopened(path, err)
	}
	defer db.Close()
	file, err := os.Open(path)
	if err != nil {
		return unopened(path, err)
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return unopened(path, err)
	}
	if err := check(file, st.Size(), db.Info().PageSize); err != nil {
		return damaged(path, err)
	}
	return nil
}

func unopened(path string, err error) error {
	var file *os.PathError
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("记录文件 %s 正被另一个回音程序使用：请先停掉它", path)
	case errors.As(err, &file):
		return fmt.Errorf("记录文件 %s 打不开，请检查它的权限和磁盘：%w", path, err)
	}
	return damaged(path, err)
}

func damaged(path string, err error) error {
	return fmt.Errorf("记录文件 %s 已损坏（%w）：请从备份恢复它，再启动", path, err)
}

func (j *Journal) prepare() error {
	return j.db.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bMeta)
		switch v := meta.Get([]byte("version")); {
		case v == nil:
			if err := meta.Put([]byte("version"), []byte(version)); err != nil {
				return err
			}
			if err := meta.Put([]byte("id"), []byte(rand.Text()[:10])); err != nil {
				return err
			}
		case string(v) != version:
			return fmt.Errorf("记录文件是第 %s 版，本程序只认识第 %s 版：请换用相应版本的程序", v, version)
		}
		j.id = string(meta.Get([]byte("id")))
		return nil
	})
}

// Close waits for open transactions and closes the file.
func (j *Journal) Close() error { return j.db.Close() }

// ID names this journal; it is drawn when the file is made.
func (j *Journal) ID() string { return j.id }

// Update runs f in one transaction. When f and the commit succeed everything it did
// is on the disk; otherwise nothing of it is.
func (j *Journal) Update(f func(*Tx) error) error {
	return j.db.Update(func(tx *bolt.Tx) error { return f(&Tx{tx: tx, id: j.id}) })
}

// View runs f on one consistent state.
func (j *Journal) View(f func(*Tx) error) error {
	return j.db.View(func(tx *bolt.Tx) error { return f(&Tx{tx: tx, id: j.id}) })
}

// Tx is a transaction. Its methods return errors only for a damaged file or a full
// disk; such an error must end the transaction.
type Tx struct {
	tx *bolt.Tx
	id string
}

// get decodes the JSON under key into v and tells whether it was there.
func (t *Tx) get(bucket, key []byte, v any) (bool, error) {
	raw := t.tx.Bucket(bucket).Get(key)
	if raw == nil {
		return false, nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, fmt.Errorf("journal: %s %q: %w", bucket, key, err)
	}
	return true, nil
}

func (t *Tx) put(bucket, key []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("journal: %s %q: %w", bucket, key, err)
	}
	return t.tx.Bucket(bucket).Put(key, raw)
}

// each calls f for every key of bucket with prefix, in order.
func (t *Tx) each(bucket, prefix []byte, f func(k, v []byte) error) error {
	c := t.tx.Bucket(bucket).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := f(k, v); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes the keys of bucket for which f says so. Keys are collected first: a
// bbolt cursor skips when its bucket changes under it.
func (t *Tx) drop(bucket []byte, f func(k, v []byte) bool) error {
	var gone [][]byte
	err := t.each(bucket, nil, func(k, v []byte) error {
		if f(k, v) {
			gone = append(gone, bytes.Clone(k))
		}
		return nil
	})
	for _, k := range gone {
		if err == nil {
			err = t.tx.Bucket(bucket).Delete(k)
		}
	}
	return err
}

func pair(a, b string) []byte { return []byte(a + "\x00" + b) }

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// numbered is the number that was written so; 0 for anything else.
func numbered(v []byte) uint64 {
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

func stamp(t time.Time) []byte { return number(uint64(t.Unix())) }

func stamped(v []byte) time.Time { return time.Unix(int64(numbered(v)), 0) }
