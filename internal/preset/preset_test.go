package preset

import (
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"huiyin/internal/parse"
	"huiyin/presets"
)

func allOf(t testing.TB) []Preset {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Each preset's example leads to an address at the example's host, and what it reads
// there can be read.
func TestShipped(t *testing.T) {
	all := allOf(t)
	if files, err := fs.Glob(presets.Files, "*.yaml"); err != nil || len(files) != len(all) || len(all) < 13 {
		t.Fatalf("%d files, %d presets: %v", len(files), len(all), err)
	}
	for _, p := range all {
		s, err := p.Source(p.Example.URL, p.Example.With)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		u, err := url.Parse(s.URL)
		example, _ := url.Parse(p.Example.URL)
		if err != nil || u.Host != example.Host || u.Scheme != example.Scheme {
			t.Errorf("%s: %s, %v", p.Name, s.URL, err)
		}
		check := parse.CheckSelector
		if p.Kind == "json" {
			check = parse.CheckPath
		}
		for _, f := range []string{
			s.List.Item, s.List.Title, s.List.Link, s.List.Page, s.List.Text, s.List.Author, s.List.Time, s.List.Replies, s.List.Views, s.List.Next,
			s.Post.Text, s.Post.Author, s.Post.Time,
		} {
			if strings.Contains(f, "{base}") {
				t.Errorf("%s: %q is not filled", p.Name, f)
			}
			if err := check(f); f != "" && err != nil {
				t.Errorf("%s: %q: %v", p.Name, f, err)
			}
		}
	}
}

const small = `name: x
title: 软件
kind: feed
channel: 论坛
help: 网址
example: {url: "https://a.example.cn/"}
params: [{name: word, title: 词}]
addresses: [{path: '(?P<dir>.*)/(?P<id>\d+)', query: {q: '(?P<more>.*)'}, poll: '{base}/{id}/{word}', ask: {m: '{more}'}}]
signs: [[a, b]]
`

// What is wrong with a preset's file is found when it is read.
func TestLoadRefuses(t *testing.T) {
	if _, err := load(fstest.MapFS{"x.yaml": {Data: []byte(small)}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"title: 软件", "titel: 软件", "titel"},
		{"title: 软件", "", "title"},
		{"channel: 论坛\n", "", "channel"},
		{"name: x", "name: y", `"y"`},
		{"kind: feed", "kind: page", `"page"`},
		{"kind: feed", "kind: json", "list"},
		{"kind: feed", "kind: feed\nlist: {item: a}", "list"},
		{"signs: [[a, b]]", "signs: []", "signs"},
		{"signs: [[a, b]]", "signs: [[]]", "empty sign"},
		{"[a, b]", `[a, ""]`, "empty sign"},
		{`\d+`, `(\d+`, "pattern"},
		{"'{base}/{id}", "'{base}{id}", "{base}/"},
		{"'{base}/{id}", "'https://evil.example.cn/{id}", "{base}/"},
		{"{word}'", "{wort}'", "{wort}"},
		{"'{more}'", "'{dir}'", "{dir}"},
		{"name: word", "name: Wort", "param"},
	} {
		text := strings.Replace(small, c.old, c.new, 1)
		if _, err := load(fstest.MapFS{"x.yaml": {Data: []byte(text)}}); text == small || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s → %s: %v, want something of %s", c.old, c.new, err, c.want)
		}
	}
}

// No preset takes the software of another for its own.
func TestGuess(t *testing.T) {
	all := allOf(t)
	for _, p := range all {
		files, err := fs.Glob(testdata, "testdata/"+p.Name+"/*.*ml")
		if err != nil {
			t.Fatal(err)
		}
		more, _ := fs.Glob(testdata, "testdata/"+p.Name+"/[lp]*.json")
		files = append(files, more...)
		if len(files) == 0 {
			t.Errorf("%s has no fixtures", p.Name)
		}
		for _, file := range files {
			body, err := fs.ReadFile(testdata, file)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, g := range Guess(all, body) {
				names = append(names, g.Name)
			}
			if len(names) != 1 || names[0] != p.Name {
				t.Errorf("%s is taken for %v", file, names)
			}
		}
	}
	if g := Guess(all, []byte(`<html><head><title>有人说 Discuz! 好用</title></head><body>WordPress、phpBB</body></html>`)); len(g) != 0 {
		t.Errorf("a page that only talks of software is taken for %s", g[0].Name)
	}
}
