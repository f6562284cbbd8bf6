package look

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// answer is a message to an office with what the office answered, and the case
// that Huiyin would have made of it.
type answer struct {
	ID, Kind, Title, Text, Reply string

	claim Claim
}

// realAnswers reads them from $DATA: a .jsonl file or the folder that holds it, as
// seen from the repository; by default the folder beside it. They are no part of
// the project; without them it returns nil and says so.
func realAnswers(t testing.TB) (out []answer) {
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
		t.Logf("no real answers to measure on: %v", err)
		return nil
	}
	defer f.Close()
	lists, err1 := match.LoadLists(dict.Files)
	topics, err2 := match.LoadTopics(alerts.Files, lists)
	seg, err3 := match.NewSegmenter(lists.Extra())
	set, err4 := match.Compile(topics, lists, seg)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var a answer
		if err := json.Unmarshal(sc.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		if a.Kind != "answered" {
			continue
		}
		a.claim = Claim{Title: a.Title, MentionText: a.Text}
		for _, h := range set.Match(post.Post{ID: a.ID, Title: a.Title, Text: a.Text}) {
			a.claim.Topic = cmp.Or(a.claim.Topic, h.Topic.Name)
			for _, w := range h.Words {
				a.claim.Words = append(a.claim.Words, w.Text)
			}
		}
		out = append(out, a)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRealAnswers measures what related says of real answers: to their own
// question, to another, and to another of the same topic.
func TestRealAnswers(t *testing.T) {
	all := realAnswers(t)
	if len(all) == 0 {
		return
	}
	type rate struct{ yes, of int }
	var own, shown, other, alike rate
	count := func(r *rate, p Page, c Claim) {
		r.of++
		if related(p, c) {
			r.yes++
		}
	}
	byTopic := map[string][]answer{}
	for _, a := range all {
		byTopic[a.claim.Topic] = append(byTopic[a.claim.Topic], a)
	}
	next := map[string]int{}
	for i, a := range all {
		count(&own, Page{Text: a.Reply}, a.claim)
		count(&shown, Page{Title: a.Title, Text: a.Text + "\n" + a.Reply}, a.claim)
		count(&other, Page{Text: all[(i+len(all)/2)%len(all)].Reply}, a.claim)
		if same := byTopic[a.claim.Topic]; a.claim.Topic != "" && len(same) > 1 {
			k := next[a.claim.Topic]
			next[a.claim.Topic]++
			count(&alike, Page{Text: same[(k+len(same)/2)%len(same)].Reply}, a.claim)
		}
	}
	share := func(r rate) float64 { return 100 * float64(r.yes) / float64(r.of) }
	t.Logf("related: %.1f%% of %d answers without their question, %.1f%% with it; %.1f%% of answers to another, %.1f%% to another of the topic",
		share(own), own.of, share(shown), share(other), share(alike))
	if share(own) < 85 || share(shown) < 99.5 || share(other) > 8 {
		t.Error("that is worse than it was")
	}
}
