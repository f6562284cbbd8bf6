package match

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiyin/internal/post"
)

// realPosts reads messages that citizens wrote from $DATA: a .jsonl file or the
// folder that holds it, as seen from the repository; by default the folder beside
// it. They are no part of the project; without them it returns nil and says so.
func realPosts(t testing.TB) []post.Post {
	t.Helper()
	data := cmp.Or(os.Getenv("DATA"), "../shared/data")
	if !filepath.IsAbs(data) {
		data = filepath.Join("../..", data)
	}
	if filepath.Ext(data) != ".jsonl" {
		data = filepath.Join(data, "gov-messages-dev.jsonl")
	}
	f, err := os.Open(data)
	if err != nil {
		t.Logf("no real messages to measure on: %v", err)
		return nil
	}
	defer f.Close()
	var posts []post.Post
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var m struct{ ID, Title, Text string }
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			t.Fatalf("read message %d: %v", len(posts)+1, err)
		}
		posts = append(posts, post.Post{ID: m.ID, Title: m.Title, Text: m.Text})
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return posts
}

// TestRealMessages prints how real messages fall to the shipped topics, and holds
// the offsets of every word to the text.
func TestRealMessages(t *testing.T) {
	posts := realPosts(t)
	if len(posts) == 0 {
		return
	}
	s := testShipped(t)
	per := map[string]int{}
	fired, topics := 0, 0
	for _, p := range posts {
		hits := s.Match(p)
		if len(hits) > 0 {
			fired++
		}
		topics += len(hits)
		for _, h := range hits {
			per[h.Topic.Name]++
			checkWords(t, p, h.Words)
		}
	}
	t.Logf("%d messages, %d (%.1f%%) fire a topic, %.2f topics each", len(posts), fired,
		100*float64(fired)/float64(len(posts)), float64(topics)/float64(fired))
	for _, topic := range s.Topics() {
		n := per[topic.Name]
		t.Logf("%5d %5.1f%% %s", n, 100*float64(n)/float64(len(posts)), topic.Name)
		if n == 0 && topic.Urgency != Grave { // nobody among them wrote while it burned
			t.Errorf("%s fires on no real message", topic.Name)
		}
	}
}

// checkWords holds reported words to the post: in order, apart, and at their place.
func checkWords(t *testing.T, p post.Post, words []Word) {
	t.Helper()
	for i, w := range words {
		field := textOf(&p, w.Field)
		if w.Start < 0 || w.Start >= w.End || w.End > len(field) || bare(field[w.Start:w.End]) != bare(w.Text) {
			t.Fatalf("post %s: word %+v is not at its place", p.ID, w)
		}
		if i > 0 && words[i-1].Field == w.Field && words[i-1].End > w.Start {
			t.Fatalf("post %s: words %+v and %+v overlap", p.ID, words[i-1], w)
		}
	}
}

// bare is a text without all that may stand between the characters of a word.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if f := factsOf(r); f.class != noise && f.class != invisible {
			return f.to
		}
		return -1
	}, s)
}
