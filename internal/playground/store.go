package playground

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
	yaml "go.yaml.in/yaml/v4"
)

// The places of the town where something can be read.
const (
	news  = "news"  // what the feed lists
	forum = "forum" // what citizens write
)

// Limits of what a citizen may post, in characters.
const (
	maxAuthor = 20
	maxTitle  = 60
	maxText   = 2000
)

// townPost is one thing that can be read in the town. No counts all of them.
type townPost struct {
	No     int       `json:"no"`
	Place  string    `json:"place"`
	Author string    `json:"author"`
	Title  string    `json:"title"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

// seed is a post as town.yaml and samples.yaml hold it.
type seed struct {
	Label  string        `yaml:"label"` // samples only: the button
	Place  string        `yaml:"place"`
	Ago    time.Duration `yaml:"ago"`
	Author string        `yaml:"author"`
	Title  string        `yaml:"title"`
	Text   string        `yaml:"text"`
}

//go:embed town.yaml
var townYAML []byte

//go:embed samples.yaml
var samplesYAML []byte

func readSeeds(data []byte) ([]seed, error) {
	var seeds []seed
	if err := yaml.Unmarshal(data, &seeds); err != nil {
		return nil, fmt.Errorf("read sample posts: %w", err)
	}
	return seeds, nil
}

var (
	bPosts = []byte("posts") // number → townPost
	bTown  = []byte("town")  // "address"
)

// town holds the posts, on disk: a post that was shown is there for good.
type town struct {
	db  *bolt.DB
	now func() time.Time

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, at every post
}

// openTown opens the town's file. A new one gets the sample posts, with times that
// count back from now.
func openTown(path string, now func() time.Time) (*town, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("open the town's posts: %w", err)
	}
	t := &town{db: db, now: now, changed: make(chan struct{})}
	if err := db.Update(t.found); err != nil {
		return nil, errors.Join(fmt.Errorf("open the town's posts: %w", err), db.Close())
	}
	return t, nil
}

// found makes the town where there is none yet.
func (t *town) found(tx *bolt.Tx) error {
	if tx.Bucket(bPosts) != nil {
		return nil
	}
	for _, name := range [][]byte{bPosts, bTown} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	seeds, err := readSeeds(townYAML)
	if err != nil {
		return err
	}
	now := t.now()
	for _, s := range seeds {
		p := townPost{Place: s.Place, Author: s.Author, Title: s.Title, Text: s.Text, At: now.Add(-s.Ago)}
		if _, err := put(tx, p); err != nil {
			return err
		}
	}
	return nil
}

// address returns the address that this town was founded at; it settles on def, if
// that is not empty, when none was kept. Links to posts hold it, and a reader takes
// the same post under another address for another post.
func (t *town) address(def string) (addr string, err error) {
	return addr, t.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bTown)
		if addr = string(b.Get([]byte("address"))); addr != "" || def == "" {
			return nil
		}
		addr = def
		return b.Put([]byte("address"), []byte(def))
	})
}

// refusal is why a post is not taken: a sentence for the citizen.
type refusal string

func (r refusal) Error() string { return string(r) }

// post takes what a citizen writes to the forum. Its error is a refusal, or that of
// the disk.
func (t *town) post(author, title, text string) (townPost, error) {
	clean := func(s string) string {
		return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
	}
	p := townPost{Place: forum, Author: clean(author), Title: clean(title), Text: clean(text), At: t.now()}
	if p.Author == "" {
		p.Author = "匿名网友"
	}
	switch {
	case p.Title == "":
		return p, refusal("请写上标题，再点“发布”。")
	case utf8.RuneCountInString(p.Author) > maxAuthor:
		return p, refusal(fmt.Sprintf("网名最多 %d 个字。", maxAuthor))
	case utf8.RuneCountInString(p.Title) > maxTitle:
		return p, refusal(fmt.Sprintf("标题最多 %d 个字。", maxTitle))
	case utf8.RuneCountInString(p.Text) > maxText:
		return p, refusal(fmt.Sprintf("正文最多 %d 个字。", maxText))
	}
	err := t.db.Update(func(tx *bolt.Tx) (err error) {
		p, err = put(tx, p)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("keep a post: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.changed)
	t.changed = make(chan struct{})
	return p, nil
}

// put writes a post under the next number.
func put(tx *bolt.Tx, p townPost) (townPost, error) {
	b := tx.Bucket(bPosts)
	n, err := b.NextSequence()
	if err != nil {
		return p, err
	}
	p.No = int(n)
	data, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	return p, b.Put(binary.BigEndian.AppendUint64(nil, n), data)
}

// list returns the posts of a place, newest first, from the skip-th on, at most max
// of them, and how many there are in all.
func (t *town) list(place string, skip, max int) (posts []townPost, total int, err error) {
	err = t.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bPosts).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			var p townPost
			if err := json.Unmarshal(v, &p); err != nil {
				return err
			}
			if p.Place != place {
				continue
			}
			if total >= skip && len(posts) < max {
				posts = append(posts, p)
			}
			total++
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("list posts: %w", err)
	}
	return posts, total, err
}

// get returns the post with that number; false when there is none.
func (t *town) get(no int) (p townPost, ok bool, err error) {
	err = t.db.View(func(tx *bolt.Tx) error {
		data := tx.Bucket(bPosts).Get(binary.BigEndian.AppendUint64(nil, uint64(no)))
		if ok = data != nil; !ok {
			return nil
		}
		return json.Unmarshal(data, &p)
	})
	if err != nil {
		err = fmt.Errorf("read post %d: %w", no, err)
	}
	return p, ok, err
}

// Changed returns a channel that is closed at the next post.
func (t *town) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}
