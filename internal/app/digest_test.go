package app

import (
	"bytes"
	"fmt"
	"html"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/config"
	"huiyin/internal/report"
	qinghe "huiyin/internal/sample"
)

// quarter is the sample town's office, with what had happened there up to a moment in the
// record, and nothing in the journal. later ships what happened up to another one.
func quarter(t *testing.T, upTo time.Time) (a *App, later func(upTo time.Time)) {
	t.Helper()
	cfg := load(t, "")
	cfg.Agency, cfg.Board, cfg.Leaders = qinghe.Agency, qinghe.Board, qinghe.Leaders
	cfg.Units = nil
	hours := qinghe.Calendar().Hours()
	for _, u := range qinghe.Units {
		cfg.Units = append(cfg.Units, config.Unit{Name: u.Name, A: u.A, B: u.B, Head: u.Head, Hours: hours})
	}
	a, stop := running(t, cfg)
	t.Cleanup(stop)
	a.calendar = qinghe.Calendar()
	later = func(upTo time.Time) {
		t.Helper()
		for _, s := range qinghe.Shipments(upTo) {
			if err := a.warehouse.Ship(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	later(upTo)
	return a, later
}

// morning is the digest that somebody reads on a day, with a journal that knows what the
// record does.
func morning(t *testing.T, a *App, day time.Time, units ...string) report.Daily {
	t.Helper()
	from, until := report.Span(a.calendar, day)
	d := a.blank(units, cases.Span{From: from, Until: until}, day)
	a.figures(t.Context(), &d)
	if d.Figures == nil {
		t.Fatal("no figures")
	}
	var err error
	if d.Owed, err = a.warehouse.OwedAt(t.Context(), units, day); err != nil {
		t.Fatal(err)
	}
	d.Live = &cases.Live{Matched: d.Figures.Flow.Matched}
	d.Sources = len(qinghe.Channels())
	return d
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, qinghe.Zone())
	if err != nil {
		panic(err)
	}
	return t
}

// The digests of the sample quarter, as leaders and heads of units read them.
func TestDigestsOfTheQuarter(t *testing.T) {
	july := at("2026-07-15 08:30")
	a, later := quarter(t, july)
	leader := morning(t, a, july)
	golden(t, "leader.txt", leader.Text())
	golden(t, "head.txt", morning(t, a, july, a.pipeline.HeadOf("马国庆")...).Text())
	for _, level := range []cases.Level{cases.Brief, cases.Link} {
		d := leader
		d.Disclose.Level, d.Disclose.Board = level, qinghe.Board
		golden(t, string(level)+".txt", d.Text())
		draws(t, d, level == cases.Link)
	}
	draws(t, leader, false)
	later(qinghe.Now)
	golden(t, "after-weekend.txt", morning(t, a, at("2026-09-07 08:30")).Text())
	golden(t, "after-days-off.txt", morning(t, a, at("2026-10-08 08:30")).Text())
	golden(t, "head-of-two.txt", morning(t, a, at("2026-08-19 08:30"), a.pipeline.HeadOf("高建军")...).Text())
	for name, c := range map[string]struct {
		day   time.Time
		units []string
	}{
		"page-leader.html": {july, nil}, "page-head.html": {july, a.pipeline.HeadOf("马国庆")},
	} {
		page, err := a.digestPage(t.Context(), qinghe.Now, c.day, c.units)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, string(page))
		opens(t, a, string(page), qinghe.Now)
	}
	if page, err := a.digestPage(t.Context(), july, qinghe.Now, nil); err != nil || !strings.Contains(string(page), "还没有") {
		t.Errorf("a page of a day to come: %v\n%s", err, page)
	}
}

// draws draws a digest's picture; with bare it must tell of no unit.
func draws(t *testing.T, d report.Daily, bare bool) {
	t.Helper()
	picture, err := pictureOf(d)
	if err != nil || picture.From == nil {
		t.Fatal("no picture", err)
	}
	if named := strings.Contains(string(picture.From), "供水集团"); named == bare || len(picture.From) > 8<<10 {
		t.Errorf("the picture is drawn from %d bytes: %s", len(picture.From), picture.From)
	}
	content, err := drawPicture(picture.From)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), fmt.Sprintf("digest-%s-%d.png", d.Now.Format("0102"), len(content))), content, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(content)); err != nil || len(content) > 1<<20 {
		t.Errorf("a picture of %d bytes: %v", len(content), err)
	}
}

var link = regexp.MustCompile(`href="/cases\?([^"]*)">(\d+)<`)

// opens follows each link of a page that stands on a number: as many cases must be there.
func opens(t *testing.T, a *App, page string, now time.Time) {
	t.Helper()
	found := link.FindAllStringSubmatch(page, -1)
	if len(found) < 10 {
		t.Errorf("only %d figures can be opened", len(found))
	}
	for _, m := range found {
		query, err := url.ParseQuery(html.UnescapeString(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		_, n, err := a.warehouse.Cases(t.Context(), cases.FilterOf(query, qinghe.Zone()), now)
		if err != nil || strconv.Itoa(n) != m[2] {
			t.Errorf("%v says %s and leads to %d cases (%v)", query, m[2], n, err)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "digest", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimRight(string(want), "\n") != strings.TrimRight(got, "\n") {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// A digest reaches each leader and each head of a unit once, each with the own text.
func TestDigestReaders(t *testing.T) {
	a, _ := quarter(t, at("2026-07-15 08:30"))
	readers := a.digestReaders()
	if want := []string{"刘建国", "马国庆", "高建军", "何志远"}; !slices.Equal(readers, want) {
		t.Errorf("%v read digests, want %v", readers, want)
	}
	if units := a.digestOf("刘建国"); units != nil {
		t.Errorf("a leader who is the head of a unit too reads of %v only", units)
	}
	if units := a.digestOf("高建军"); !slices.Equal(units, []string{"住建局", "城管局"}) {
		t.Errorf("the head of two reads of %v", units)
	}
}
