package preset

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
)

// What the software sends, written for these tests in its shape: list.* is what is
// polled, post.* a post's own page, page.* what a person opens.
//
//go:embed testdata
var testdata embed.FS

var update = flag.Bool("update", false, "write the golden files")

// fixture is a file of testdata; ok is whether it is there.
func fixture(t testing.TB, preset, file string) (body []byte, ok bool) {
	t.Helper()
	body, err := testdata.ReadFile("testdata/" + preset + "/" + file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return body, err == nil
}

// read is what is read of a list's and a post's page in whatever charset.
type read struct {
	Next  string
	Items []parse.Item
	Post  *parse.Item `json:",omitempty"`
}

func readFixtures(t *testing.T, p Preset, recode func([]byte) []byte) read {
	t.Helper()
	s, err := p.Source(p.Example.URL, p.Example.With)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse(s.URL)
	zone := time.FixedZone("", 8*3600)
	at := parse.At{Base: base, Zone: zone, Now: time.Date(2026, 11, 21, 10, 0, 0, 0, zone)}
	format := map[string]string{"feed": ".xml", "forum": ".html", "json": ".json"}[p.Kind]
	list, ok := fixture(t, p.Name, "list"+format)
	if !ok {
		t.Fatalf("%s has no list%s", p.Name, format)
	}
	doc, err := readList(s, recode(list), at)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	out := read{Next: doc.Next, Items: doc.Items}
	if doc.Lost > 0 {
		t.Errorf("%s: %d items lost", p.Name, doc.Lost)
	}
	page, ok := fixture(t, p.Name, "post"+format)
	if ok != (s.Post != parse.PageFields{}) {
		t.Errorf("%s reads the posts' own pages and has none, or the other way round", p.Name)
	} else if ok {
		it, err := readPost(s, recode(page), at)
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		out.Post = &it
	}
	for i := range out.Items {
		out.Items[i].Published = out.Items[i].Published.In(zone)
	}
	if out.Post != nil {
		out.Post.Published = out.Post.Published.In(zone)
	}
	return out
}

func readList(s Source, body []byte, at parse.At) (parse.Document, error) {
	body, _, err := fetch.Decode(body, "", "")
	if err != nil {
		return parse.Document{}, err
	}
	switch s.Kind {
	case "feed":
		return parse.Feed(body, at)
	case "json":
		return parse.JSON(body, s.List, at)
	}
	return parse.List(body, s.List, at)
}

func readPost(s Source, body []byte, at parse.At) (parse.Item, error) {
	body, _, err := fetch.Decode(body, "", "")
	if err != nil {
		return parse.Item{}, err
	}
	if s.Kind == "json" {
		return parse.JSONPage(body, s.Post, at)
	}
	return parse.Page(body, s.Post, at)
}

func asIs(b []byte) []byte { return b }

func TestGolden(t *testing.T) {
	for _, p := range allOf(t) {
		got, err := json.MarshalIndent(readFixtures(t, p, asIs), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		path := "testdata/" + p.Name + "/golden"
		if *update {
			if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Name, diff)
		}
	}
}

// Each post has what is needed to answer it: a title, a link, and a time and a text in
// the list or on its own page.
func TestNothingIsMissing(t *testing.T) {
	for _, p := range allOf(t) {
		r := readFixtures(t, p, asIs)
		for _, it := range r.Items {
			if it.Title == "" || it.Link == "" || it.Published.IsZero() || it.Text == "" && p.Post.Text == "" {
				t.Errorf("%s: something is missing in %+v", p.Name, it)
			}
			if strings.Contains(p.List.Page, "{base}") && it.Page == "" {
				t.Errorf("%s: nothing says where the page of %s is read", p.Name, it.Title)
			}
		}
		if r.Post != nil && (r.Post.Text == "" || r.Post.Published.IsZero()) {
			t.Errorf("%s: something is missing on the page: %+v", p.Name, r.Post)
		}
	}
}

// A Discuz! in GBK, as most in China are, reads like one in UTF-8.
func TestDiscuzGBK(t *testing.T) {
	p, err := Find("discuz")
	if err != nil {
		t.Fatal(err)
	}
	gbk := func(b []byte) []byte {
		out, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(strings.ReplaceAll(string(b), "charset=utf-8", "charset=gbk")))
		if err != nil {
			t.Fatal(err)
		}
		if g := Guess(allOf(t), out); len(g) != 1 || g[0].Name != "discuz" {
			t.Errorf("in GBK it is taken for %d presets", len(g))
		}
		return out
	}
	if diff := cmp.Diff(readFixtures(t, p, asIs), readFixtures(t, p, gbk)); diff != "" {
		t.Errorf("UTF-8 and GBK differ:\n%s", diff)
	}
}

// Where the opening post is blocked, an answer to it is not taken for it.
func TestLockedPost(t *testing.T) {
	p, err := Find("discuz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := fixture(t, "discuz", "post-locked.html")
	var layout *parse.LayoutError
	if it, err := parse.Page(body, p.Post, parse.At{Zone: time.UTC, Now: time.Now()}); !errors.As(err, &layout) {
		t.Errorf("%+v, %v", it, err)
	}
}
