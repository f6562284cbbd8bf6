package look

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"huiyin/internal/post"
)

// Of a page that was made to be slow, titles and headings are cut to what the parser can
// compare; its text stays. Of an ordinary page nothing changes.
func TestCurb(t *testing.T) {
	long := strings.Repeat("停水", 2000)
	for name, page := range map[string]string{
		"title":         "<title>" + long + "</title><p>停水",
		"heading":       "<h1>" + long + "</h1><p>停水",
		"headings":      "<title>停水</title>" + strings.Repeat("<h1>停水停水</h1>", 10_000),
		"second":        "<title>停水</title>" + strings.Repeat("<h2>停水停水</h2>", 10_000),
		"within":        strings.Repeat("<h1><div>停水", 200),
		"meta":          `<meta property="og:title" content="` + long + `"><p>停水`,
		"all":           "<title>" + long + "</title>" + strings.Repeat("<h1>停水停水</h1>", 10_000),
		"most ordinary": "<title>停水</title><h1>停水</h1><h2>何时</h2><p>停水",
	} {
		doc, err := parse([]byte("<html>" + page))
		if err != nil {
			t.Fatal(err)
		}
		before, whole := textOf(doc.Nodes[0]), htmlOf(t, doc.Html)
		curb(doc)
		if strings.Join(strings.Fields(textOf(doc.Nodes[0])), "") != strings.Join(strings.Fields(before), "") {
			t.Errorf("%s: the text changed", name)
		}
		if (htmlOf(t, doc.Html) == whole) != (name == "most ordinary") && name != "within" {
			t.Errorf("%s: the limits were not kept, or changed an ordinary page", name)
		}
		if n := doc.Find("h1, h2").Length(); n > maxHeadings {
			t.Errorf("%s: %d headings", name, n)
		}
		for _, n := range doc.Find("title, h1, h2").Nodes {
			if longer(n, maxHead) {
				t.Errorf("%s: a long %s", name, n.Data)
			}
		}
		if n := utf8.RuneCountInString(doc.Find("meta").AttrOr("content", "")); n > maxHead {
			t.Errorf("%s: %d runes of a title", name, n)
		}
	}
}

func htmlOf(t *testing.T, f func() (string, error)) string {
	t.Helper()
	s, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Pages that compare each of many headings with a long title are read to the end.
func TestManyHeadings(t *testing.T) {
	s := newSite(t, map[string]string{
		"/h1":  "<html><title>" + strings.Repeat("停水", 2000) + "</title><body>" + strings.Repeat("<h1>停水停水</h1>", 10_000),
		"/big": "<html><title>" + strings.Repeat("停水 ", 100_000) + "</title><body>" + strings.Repeat("<h1>停水停水</h1>", 20_000),
	})
	for path := range s.pages {
		p, err := newLooker(t, "127.0.0.1").Look(t.Context(), asked(s.URL+path))
		if err != nil || utf8.RuneCountInString(p.Text) != post.MaxText || !strings.HasPrefix(p.Text, "停水停水") {
			t.Errorf("%s: %d bytes, %v", path, len(p.Text), err)
		}
	}
}

// A number at the end of what is kept is masked, though the text is cut before.
func TestMaskedAtTheEnd(t *testing.T) {
	const number = "13812345678"
	for rest := range len(number) + 1 {
		s := strings.Repeat("水", 100-rest) + number + strings.Repeat("电", 500)
		if got, want := masked(s, 100), post.Cut(post.Mask(s), 100); got != want {
			t.Errorf("%d runes before the end: %s, want %s", rest, got, want)
		}
	}
}

// What is told of an address is the host to which it leads, not one it is made to look like.
func TestElsewhereTellsTheHost(t *testing.T) {
	for address, host := range map[string]string{
		"https://www.gov.cn@127.0.0.1:8399/": "127.0.0.1:8399",
		`https://evil.example\@www.gov.cn/`:  "evil.example",
		"https://www.gov.cn%2eevil.example/": "www.gov.cn%2eevil.example",
	} {
		faults := Verify(Page{URL: address, Title: "停水", Text: "停水"}, Claim{Sites: []string{"www.gov.cn"}, Words: []string{"停水"}})
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Text, fmt.Sprintf("回应链接在 %s，", host)) {
			t.Errorf("%s: %+v", address, faults)
		}
	}
}
