package playground

import (
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/botapi"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// bare is a town with phones and without Huiyin, served at the URL.
func bare(t testing.TB) (*Playground, string) {
	t.Helper()
	p := &Playground{log: slog.New(slog.DiscardHandler), opened: make(chan struct{}), ended: make(chan struct{})}
	var err error
	if p.zone, err = time.LoadLocation("Asia/Shanghai"); err != nil {
		t.Fatal(err)
	}
	if p.town, err = openTown(filepath.Join(t.TempDir(), "town.bolt"), time.Now); err != nil {
		t.Fatal(err)
	}
	if p.bot, err = botapi.New(botapi.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range people {
		if err := p.bot.AddPerson(botapi.Person{ID: idOf(name), FirstName: name}); err != nil {
			t.Fatal(err)
		}
	}
	close(p.opened)
	srv := httptest.NewServer(p.handler())
	p.addr = srv.Listener.Addr().String()
	t.Cleanup(func() {
		close(p.ended)
		srv.Close()
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p, srv.URL
}

// get returns status, body and header of an answer.
func get(t testing.TB, url string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

// TestSeeds holds what becomes of each written post: which topics fire, and which
// story it joins, by testdata/seeds.txt.
func TestSeeds(t *testing.T) {
	lists, err := match.LoadLists(dict.Files)
	if err != nil {
		t.Fatal(err)
	}
	topics, err := match.LoadTopics(alerts.Files, lists)
	if err != nil {
		t.Fatal(err)
	}
	seg, err := match.NewSegmenter(lists.Extra())
	if err != nil {
		t.Fatal(err)
	}
	set, err := match.Compile(topics, lists, seg)
	if err != nil {
		t.Fatal(err)
	}
	written, err := readSeeds(townYAML)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := readSeeds(samplesYAML)
	if err != nil {
		t.Fatal(err)
	}
	if len(written) < 30 {
		t.Errorf("the town has %d posts, want some 30", len(written))
	}
	var got strings.Builder
	stories, titles := post.NewIndex(), map[string]string{}
	for i, s := range slices.Concat(written, samples) {
		var names []string
		for _, h := range set.Match(post.Post{Title: s.Title, Text: s.Text}) {
			names = append(names, h.Topic.Name)
		}
		line := s.Title + " → " + strings.Join(names, "、")
		if len(names) == 0 {
			line += "不响"
		} else if id, _ := stories.Find(post.SketchOf(s.Title, s.Text)); id != "" {
			line += "，并入：" + titles[id]
		} else {
			id := fmt.Sprint(i)
			titles[id] = s.Title
			stories.Add(id, post.SketchOf(s.Title, s.Text))
		}
		got.WriteString(line + "\n")
	}
	const golden = "testdata/seeds.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("what becomes of the posts (-want +got):\n%s", diff)
	}
}

// TestTownKeeps: opened again, a town is as it was, however late.
func TestTownKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.bolt")
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	open := func() *town {
		town, err := openTown(path, clock)
		if err != nil {
			t.Fatal(err)
		}
		return town
	}
	first := open()
	if _, err := first.post("网友", "停水了", "怎么办"); err != nil {
		t.Fatal(err)
	}
	before, total, err := first.list(forum, 0, 100)
	if err != nil || total < 20 {
		t.Fatalf("%d posts, error %v", total, err)
	}
	for _, p := range before {
		if age := now.Sub(p.At); age < 0 || age > 48*time.Hour {
			t.Errorf("%q is %v old, want at most two days", p.Title, age)
		}
	}
	if addr, err := first.address("127.0.0.1:1234"); err != nil || addr != "127.0.0.1:1234" {
		t.Fatalf("address %q, error %v", addr, err)
	}
	if err := first.db.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(72 * time.Hour)
	second := open()
	defer second.db.Close()
	after, _, err := second.list(forum, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the posts changed (-before +after):\n%s", diff)
	}
	if addr, err := second.address("127.0.0.1:9"); err != nil || addr != "127.0.0.1:1234" {
		t.Errorf("the address became %q, error %v", addr, err)
	}
}

func TestForum(t *testing.T) {
	p, home := bare(t)
	for name, c := range map[string]struct {
		form   url.Values
		status int
	}{
		"good":        {url.Values{"title": {"停水了"}}, http.StatusSeeOther},
		"no title":    {url.Values{"text": {"停水了"}}, http.StatusUnprocessableEntity},
		"blank title": {url.Values{"title": {" \n\t"}}, http.StatusUnprocessableEntity},
		"long title":  {url.Values{"title": {strings.Repeat("水", maxTitle+1)}}, http.StatusUnprocessableEntity},
		"long text":   {url.Values{"title": {"水"}, "text": {strings.Repeat("水", maxText+1)}}, http.StatusUnprocessableEntity},
		"long author": {url.Values{"title": {"水"}, "author": {strings.Repeat("水", maxAuthor+1)}}, http.StatusUnprocessableEntity},
		"too much":    {url.Values{"title": {"水"}, "text": {strings.Repeat("水", maxBody)}}, http.StatusBadRequest},
	} {
		if status, _ := postForm(t, p, c.form); status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
	}
	for path, want := range map[string]int{
		"/town/forum/0": 404, "/town/forum/99999": 404, "/town/forum/x": 404, "/town/forum/1": 404, // 1 is news
		"/town/news/1": 200, "/town/forum/2": 200, "/town/forum?page=-1": 200, "/town/forum?page=7": 200,
		"/town/answer": 200, "/town/forum/new": 200, "/static/page.js": 200, "/static/town.html": 404, "/static/nothing": 404,
		"/": 200, "/healthz": 503, "/nothing": 404,
	} {
		if got, _, _ := get(t, home+path); got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
}

// TestForumPages: every thread is on exactly one page, newest first.
func TestForumPages(t *testing.T) {
	p, home := bare(t)
	for i := range 2 * pageSize {
		if _, err := p.town.post("", fmt.Sprintf("第 %d 帖", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	_, total, err := p.town.list(forum, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	next := "/town/forum"
	for next != "" {
		_, body, _ := get(t, home+next)
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		doc.Find("li.thread a.title").Each(func(_ int, a *goquery.Selection) { links = append(links, a.AttrOr("href", "")) })
		next = doc.Find(".pages a:contains('较旧')").AttrOr("href", "")
	}
	if first := "/town/forum/"; len(links) != total || !strings.HasPrefix(links[0], first) {
		t.Fatalf("%d threads on the pages, want %d", len(links), total)
	}
	if slices.Sort(links); len(slices.Compact(links)) != total {
		t.Errorf("threads are on two pages")
	}
}

// TestUnchanged: a reader that has a page is not sent it again, until it changes.
func TestUnchanged(t *testing.T) {
	p, home := bare(t)
	for _, path := range []string{"/town/forum", "/town/news.xml", "/town/forum/2"} {
		_, _, h := get(t, home+path)
		status, body, _ := get(t, home+path, "If-None-Match", h.Get("ETag"))
		if status != http.StatusNotModified || body != "" {
			t.Errorf("%s again: %d with %d bytes, want 304", path, status, len(body))
		}
	}
	_, _, h := get(t, home+"/town/forum")
	if _, err := p.town.post("", "新帖", ""); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := get(t, home+"/town/forum", "If-None-Match", h.Get("ETag")); status != http.StatusOK {
		t.Errorf("the changed forum: %d, want 200", status)
	}
}

// FuzzTown: whatever is posted stays text: the page holds exactly the elements that it
// always holds, and gives back what was written; the feed stays XML.
func FuzzTown(f *testing.F) {
	f.Add("网友", "停水了", "第一行\n第二行")
	f.Add("<b>", "</a><script>alert(1)</script>", "\x00\u2028{{.}}&amp;]]>")
	f.Add("\"'", "<li class=thread>", "</textarea><form action=//evil>")
	p, home := bare(f)
	page := func(t testing.TB, no int) *goquery.Document {
		t.Helper()
		_, body, _ := get(t, fmt.Sprintf("%s/town/forum/%d", home, no))
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	elements := page(f, 2).Find("*").Length()
	f.Fuzz(func(t *testing.T, author, title, text string) {
		done, err := p.town.post(author, title, text)
		if err != nil {
			if _, ok := err.(refusal); !ok {
				t.Fatal(err)
			}
			return
		}
		doc := page(t, done.No)
		if n := doc.Find("*").Length(); n != elements {
			t.Errorf("the page of %q has %d elements, want %d", title, n, elements)
		}
		for sel, want := range map[string]string{"h1": done.Title, ".body": done.Text, ".author": done.Author} {
			if got := doc.Find(sel).Text(); seen(got) != seen(want) {
				t.Errorf("%s reads %q, want %q", sel, got, want)
			}
		}
		item, err := xml.Marshal(rssItem{Title: done.Title, Description: done.Text})
		var back rssItem
		if err != nil || xml.Unmarshal(item, &back) != nil || !utf8.ValidString(back.Title) {
			t.Errorf("the feed's item of %q is not XML: %v", title, err)
		}
	})
}

// seen is what of a text HTML can carry: control characters change on the way.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}
