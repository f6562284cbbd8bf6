// Package killtest kills the real program at random moments, and its engine too, and
// then checks post by post that nothing was lost and nothing was told twice.
package killtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/botapi"
	"huiyin/internal/chdb"
	"huiyin/internal/config"
	"huiyin/internal/warehouse"
)

var (
	kills = flag.Int("kills", 60, "how often the program is killed")
	seed  = flag.Uint64("seed", 20261121, "of the random moments and posts")
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(app.EngineChild(os.Args[2:]))
	}
	os.Exit(m.Run())
}

const (
	officer = 1001 // 王敏
	leader  = 2001 // 刘建国
	again   = "（补发：上次发送中断，您可能已经收到过）"
)

// TestKills is the proof of the promise: whatever the moment of a kill -9, every post
// that matches becomes one mention, one case or one more telling of it, one card on
// the officer's phone, and one row in ClickHouse; every post at all is kept there once; every tap and reply that Telegram
// took is on record once; and no alert that was confirmed is sent again. The one
// alert that was under way when the program died may come twice, and says so.
func TestKills(t *testing.T) {
	w := newWorld(t, rand.New(rand.NewPCG(*seed, 1)))
	w.start()
	w.bind(officer, "王敏")
	w.bind(leader, "刘建国")
	begun := time.Now()
	engineKills := 0
	for range *kills {
		// Starting takes above a second: some kills hit it, most the flow behind it.
		end := time.Now().Add(time.Duration(w.r.IntN(5000)) * time.Millisecond)
		for time.Now().Before(end) {
			w.live()
			if w.r.IntN(12) == 0 && w.killEngine() {
				engineKills++
			}
			time.Sleep(time.Duration(w.r.IntN(120)) * time.Millisecond)
		}
		w.kill()
		w.live() // posts and taps come while nobody listens
		w.start()
	}
	w.settle()
	w.checkReading()
	w.stop()
	w.checkReading() // and when none runs
	got := w.inspect()
	t.Logf("seed %d: %d kills of the program and %d of the engine in %v", *seed, *kills, engineKills, time.Since(begun).Round(time.Second))
	t.Logf("%d posts written, %d of them about something: matched %d = cased %d = delivered %d = shipped %d; %d cases",
		w.written, len(w.posts), got.matched, got.cased, got.delivered, got.shipped, got.cases)
	t.Logf("%d posts kept, each once", got.kept)
	t.Logf("%d taps and %d replies by the officer: all on record once", len(w.taps), len(w.replies))
	t.Logf("alerts that came twice, because the program died while they were sent: %d; alerts repeated without saying so: %d",
		got.repeated, got.unmarked)
	if want := len(w.posts); got.matched != want || got.cased != want || got.delivered != want || got.shipped != want {
		t.Errorf("%d posts should have been matched, cased, delivered and shipped", want)
	}
	if got.kept != w.written {
		t.Errorf("%d posts were written and %d are kept", w.written, got.kept)
	}
	if len(w.taps) == 0 || len(w.replies) == 0 || got.cases == 0 || engineKills == 0 {
		t.Error("the test did not exercise what it is for")
	}
}

// result is what ClickHouse and the phones hold in the end.
type result struct {
	matched, cased, delivered, shipped, cases, kept, repeated, unmarked int
}

type mention struct {
	ID   string `ch:"id"`
	Case string `ch:"case"`
	No   uint32 `ch:"no"`
	URL  string `ch:"url"`
}

type stored struct {
	URL    string   `ch:"url"`
	Topics []string `ch:"topics"`
}

type event struct {
	Case     string `ch:"case"`
	Seq      uint32 `ch:"seq"`
	Kind     string `ch:"kind"`
	Officer  string `ch:"officer"`
	Mentions uint32 `ch:"mentions"`
	Text     string `ch:"text"`
}

// inspect opens the engine's folder, now that the program is gone, and compares.
func (w *world) inspect() (got result) {
	t := w.t
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := chdb.Start(ctx, chdb.Options{Dir: w.dir + "/clickhouse", KeepFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	wh, err := warehouse.Open(warehouse.Options{Dial: e.DialContext, Log: w.log})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	var mentions []mention
	var events []event
	var posts []stored
	err = errors.Join(wh.Select(ctx, &mentions, "SELECT id, case, no, url FROM mentions ORDER BY case, no"),
		wh.Select(ctx, &events, "SELECT case, seq, kind, officer, mentions, text FROM case_events ORDER BY case, seq"),
		wh.Select(ctx, &posts, "SELECT url, topics FROM posts"))
	if err != nil {
		t.Fatal(err)
	}
	got.shipped = len(mentions)
	cased := w.checkMentions(mentions, &got)
	w.checkPosts(posts, &got)
	w.checkEvents(events)
	w.checkSums(ctx, wh)
	w.checkPhone(cased, events, &got)
	return got
}

// checkMentions sees that every post of ours is there once, and that those of a case
// are numbered without gaps. It returns how many mentions each case has.
func (w *world) checkMentions(mentions []mention, got *result) map[string]int {
	cased, seen := map[string]int{}, map[string]bool{}
	for _, m := range mentions {
		if seen[m.URL] {
			w.t.Errorf("post %s was shipped twice", m.URL)
		}
		seen[m.URL] = true
		if m.Case != "" {
			got.cased++
		}
		if cased[m.Case]++; int(m.No) != cased[m.Case] {
			w.t.Errorf("mention %s is number %d of case %s, want %d", m.URL, m.No, m.Case, cased[m.Case])
		}
	}
	for _, url := range w.posts {
		if seen[url] {
			got.matched++
		} else {
			w.t.Errorf("post %s is lost", url)
		}
	}
	got.cases = len(cased)
	return cased
}

// checkSums sees that the row of each case sums up all of its events.
func (w *world) checkSums(ctx context.Context, wh *warehouse.Warehouse) {
	var behind []struct {
		Case string `ch:"case"`
	}
	err := wh.Select(ctx, &behind, `SELECT case FROM (SELECT case, max(seq) AS last FROM case_events GROUP BY case) AS e
		FULL JOIN (SELECT case, seq AS last FROM cases FINAL) AS c USING case WHERE e.last != c.last`)
	if err != nil || len(behind) > 0 {
		w.t.Errorf("rows of cases are not as their events: %v, %v", behind, err)
	}
}

// checkReading sees that a command reads all the posts that were written.
func (w *world) checkReading() {
	cfg, err := config.Load(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	read := 0
	err = app.StoredPosts(context.Background(), cfg, 1, func(app.KeptPost) error { read++; return nil })
	if err != nil || read != w.written {
		w.t.Errorf("a command reads %d posts of %d, %v", read, w.written, err)
	}
}

// checkPosts sees that every post that was ever written is kept once, and that those
// fired a topic that are about something.
func (w *world) checkPosts(posts []stored, got *result) {
	kept := map[string]bool{}
	for _, p := range posts {
		if kept[p.URL] {
			w.t.Errorf("post %s is kept twice", p.URL)
		}
		kept[p.URL] = true
		if fired := len(p.Topics) > 0; fired != slices.Contains(w.posts, p.URL) {
			w.t.Errorf("post %s is kept with the topics %v", p.URL, p.Topics)
		}
	}
	for n := range w.written {
		if link := linkOf(n + 1); !kept[link] {
			w.t.Errorf("post %s is not kept", link)
		}
	}
	got.kept = len(posts)
}

// checkEvents sees that every case's events are numbered without gaps, and that each
// tap and each reply that Telegram took stands there once.
func (w *world) checkEvents(events []event) {
	last, signed, replied := map[string]uint32{}, map[string]int{}, map[string]int{}
	for _, e := range events {
		if last[e.Case]++; e.Seq != last[e.Case] {
			w.t.Errorf("case %s has event %d where %d belongs", e.Case, e.Seq, last[e.Case])
		}
		switch e.Kind {
		case "signed":
			signed[e.Case]++
		case "replied":
			replied[e.Text]++
		}
	}
	for number := range w.taps {
		if signed[number] != 1 {
			w.t.Errorf("case %s was signed by a tap and has %d signed events; its history: %v", number, signed[number], history(events, number))
		}
	}
	for _, text := range w.replies {
		if replied[text] != 1 {
			w.t.Errorf("reply %q is on record %d times", text, replied[text])
		}
	}
}

func history(events []event, number string) (kinds []string) {
	for _, e := range events {
		if e.Case == number {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

var cardHead = regexp.MustCompile(`· (\d{4}-\d{6})\n`)
var listHead = regexp.MustCompile(`一分钟内新到 (\d+) 件`)
var cardCount = regexp.MustCompile(`同一件事共 (\d+) 帖`)

// checkPhone sees that the officer's phone shows each case with all its mentions, and
// that a second message about one says that it is one.
func (w *world) checkPhone(cased map[string]int, events []event, got *result) {
	cards := map[string][]botapi.Message{}
	for _, m := range w.bot.Chat(officer) {
		if head := cardHead.FindStringSubmatch(m.Text); m.FromBot && head != nil {
			cards[head[1]] = append(cards[head[1]], m)
		}
	}
	inLists := 0 // cases that came many at once, and were told of together
	for _, m := range w.bot.Chat(officer) {
		if head := listHead.FindStringSubmatch(m.Text); head != nil {
			n, _ := strconv.Atoi(head[1])
			inLists += n
		}
	}
	told := map[string]int{}
	for _, e := range events {
		if e.Kind == "delivered" {
			told[e.Case] = max(told[e.Case], int(e.Mentions))
		}
	}
	for number, n := range cased {
		// The first message of a resent card is an orphan that is never edited: the
		// live one is the last.
		msgs := cards[number]
		if len(msgs) == 0 {
			if inLists--; inLists < 0 || told[number] != n {
				w.t.Errorf("case %s with %d mentions never reached the phone; its events say %d", number, n, told[number])
			}
			got.delivered += told[number]
			continue
		}
		if len(msgs) > 1 {
			got.repeated++
		}
		shown := 1
		if m := cardCount.FindStringSubmatch(msgs[len(msgs)-1].Text); m != nil {
			fmt.Sscan(m[1], &shown)
		}
		if shown != n || told[number] != n {
			w.t.Errorf("case %s has %d mentions, its card shows %d and its events say %d", number, n, shown, told[number])
			continue
		}
		got.delivered += n
		if extra := w.unmarked(number); extra > 0 {
			got.unmarked += extra
			w.t.Errorf("case %s: %d messages after the first did not say that they were sent again", number, extra)
		}
	}
}

// unmarked counts the calls that sent a card of a case which an earlier call had sent,
// without saying so. (An edit may take the mark off the message later.)
func (w *world) unmarked(number string) int {
	n := 0
	var first bool
	for _, c := range w.bot.Calls() {
		if c.Method != "sendMessage" || !c.Applied || !strings.Contains(c.Params["text"], "· "+number+"\n") {
			continue
		}
		if first && !strings.HasPrefix(c.Params["text"], again) {
			n++
		}
		first = true
	}
	return n
}

// cardsToTap lists the live cards on the officer's phone that offer a button.
func (w *world) cardsToTap(data string) []botapi.Message {
	return slices.DeleteFunc(w.bot.Chat(officer), func(m botapi.Message) bool {
		for _, row := range m.Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.Data, data) {
					return false
				}
			}
		}
		return true
	})
}
