package botapi

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// The buckets. Keys are big-endian numbers, so that a cursor walks them in order;
// values are JSON. A bucket's own sequence hands out its ids and is undone with the
// transaction that drew it.
var (
	bMeta     = []byte("meta")     // "format", "webhook", "allowed"
	bPeople   = []byte("people")   // person → Person
	bGroups   = []byte("groups")   // group → Group
	bMessages = []byte("messages") // chat, message → Message
	bUpdates  = []byte("updates")  // update → the update as it goes over the wire
	bQueries  = []byte("queries")  // callback query → query
	bTaps     = []byte("taps")     // chat, callback query → Tap
	bToasts   = []byte("toasts")   // person, toast → Toast
	bRings    = []byte("rings")    // chat → rings
	bFiles    = []byte("files")    // file → stored
	bContents = []byte("contents") // file → its bytes
	bCommands = []byte("commands") // scope and language → commands
	buckets   = [][]byte{bMeta, bPeople, bGroups, bMessages, bUpdates, bQueries, bTaps, bToasts, bRings, bFiles, bContents, bCommands}
)

const format = "huiyin botapi 1"

// firstUpdate: Telegram's update ids "start from a certain positive number".
const firstUpdate = 500_000_000

func prepare(db *bolt.DB) error {
	return db.Update(func(tx *bolt.Tx) error {
		made := tx.Bucket(bMeta) == nil
		if !made {
			if got := string(tx.Bucket(bMeta).Get([]byte("format"))); got != format {
				return fmt.Errorf("the file has format %q, want %q", got, format)
			}
		}
		for _, name := range buckets { // of an older file, some are missing
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if !made {
			return nil
		}
		if err := tx.Bucket(bUpdates).SetSequence(firstUpdate); err != nil {
			return err
		}
		return tx.Bucket(bMeta).Put([]byte("format"), []byte(format))
	})
}

// tx is one transaction.
type tx struct {
	*bolt.Tx
	s *Server
}

// update runs f in one transaction; what it wrote is there for good once update has
// returned nil, and not at all otherwise.
func (s *Server) update(f func(*tx) error) error {
	err := s.db.Update(func(b *bolt.Tx) error { return f(&tx{b, s}) })
	if err == nil {
		s.notify()
	}
	return err
}

func (s *Server) view(f func(*tx) error) error {
	return s.db.View(func(b *bolt.Tx) error { return f(&tx{b, s}) })
}

func key(numbers ...int64) []byte {
	k := make([]byte, 0, 8*len(numbers))
	for _, n := range numbers {
		k = binary.BigEndian.AppendUint64(k, uint64(n))
	}
	return k
}

func (t *tx) put(bucket, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", bucket, err)
	}
	return t.Bucket(bucket).Put(key, data)
}

// get reads into v and reports whether the key is there.
func (t *tx) get(bucket, key []byte, v any) (bool, error) {
	data := t.Bucket(bucket).Get(key)
	if data == nil {
		return false, nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("read %s: %w", bucket, err)
	}
	return true, nil
}

// next draws the bucket's next id.
func (t *tx) next(bucket []byte) (int64, error) {
	n, err := t.Bucket(bucket).NextSequence()
	return int64(n), err
}

// all reads every value whose key begins with prefix, in key order.
func all[T any](t *tx, bucket, prefix []byte) ([]T, error) {
	var list []T
	c := t.Bucket(bucket).Cursor()
	for k, v := c.Seek(prefix); k != nil && len(k) >= len(prefix) && string(k[:len(prefix)]) == string(prefix); k, v = c.Next() {
		var item T
		if err := json.Unmarshal(v, &item); err != nil {
			return nil, fmt.Errorf("read %s: %w", bucket, err)
		}
		list = append(list, item)
	}
	return list, nil
}

func (t *tx) person(id int64) (*Person, error) {
	var p Person
	if ok, err := t.get(bPeople, key(id), &p); err != nil || !ok {
		return nil, err
	}
	return &p, nil
}

func (t *tx) message(chat int64, id int) (*Message, error) {
	var m Message
	if ok, err := t.get(bMessages, key(chat, int64(id)), &m); err != nil || !ok {
		return nil, err
	}
	return &m, nil
}

// keep writes a message, new or changed, with the number of this change.
func (t *tx) keep(m *Message) error {
	seq, err := t.next(bMeta)
	if err != nil {
		return err
	}
	m.Seq = seq
	return t.put(bMessages, key(m.Chat, int64(m.ID)), m)
}
